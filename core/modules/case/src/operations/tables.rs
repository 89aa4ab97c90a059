//! Describes the tables of this module.

use faultmaven_kit::Ctx;
use faultmaven_kit::db::Backend;
use faultmaven_proto::case::v1 as pb;

use super::Shared;
use crate::access::{Access, actor};
use crate::error::CaseError;
use crate::store::tables;

/// Returns every table with its columns and indexes.
pub(crate) fn describe(
    shared: &Shared,
    ctx: &Ctx,
) -> Result<pb::DescribeTablesResponse, CaseError> {
    actor(ctx, Access::Read)?;
    Ok(pb::DescribeTablesResponse {
        database: match shared.db.backend() {
            Backend::Sqlite => "sqlite".to_owned(),
            Backend::Postgres => "postgresql".to_owned(),
        },
        migration: tables::newest_migration().unwrap_or_default(),
        tables: tables::all(),
    })
}
