//! Finds cases that are over and have something in common with another one.

use std::collections::BTreeSet;

use faultmaven_kit::Ctx;
use faultmaven_proto::case::v1 as pb;

use super::Shared;
use crate::access::{Access, actor};
use crate::case::Case;
use crate::convert;
use crate::error::CaseError;
use crate::ledger::Ledger;
use crate::readmodel::conclusion::conclusion;
use crate::request::SimilarCases;
use crate::similar::{Likeness, nearness};
use crate::store::ledgers;
use crate::store::reader::Reader;
use crate::store::search::{self, CaseQuery};
use crate::vocabulary::CaseStatus;

/// Of more cases, the ones that moved last are compared.
const COMPARED_MAX: u64 = 50;

/// Returns the cases that the caller may read, those with most in common first.
pub(crate) async fn find(
    shared: &Shared,
    ctx: &Ctx,
    wanted: SimilarCases,
) -> Result<Vec<pb::SimilarCase>, CaseError> {
    let reader = Reader::new(actor(ctx, Access::Read)?);
    let over = CaseQuery {
        statuses: vec![CaseStatus::Resolved, CaseStatus::Closed],
        ..CaseQuery::default()
    };
    let db = shared.db.read();
    let (mut cases, _) = search::find(db, &reader, &over, 0, COMPARED_MAX).await?;
    cases.retain(|case| case.case_id != wanted.case_id);
    let ids: Vec<&str> = cases.iter().map(|case| case.case_id.as_str()).collect();
    let mut ledgers = ledgers::of_cases(db, &ids).await?;
    let problems: Vec<&str> = cases.iter().map(problem).collect();
    let nearness = nearness(&wanted.text, &problems);
    let compared = cases.iter().zip(nearness).map(|(case, nearness)| {
        let ledger = ledgers.remove(&case.case_id).unwrap_or_default();
        let shared_signatures = shared_signatures(&ledger, &wanted.signatures);
        let likeness = Likeness {
            shared_signatures,
            nearness,
        };
        (likeness, case, ledger)
    });
    let mut alike: Vec<(Likeness, &Case, Ledger)> = compared
        .filter(|(likeness, ..)| likeness.is_any())
        .collect();
    alike.sort_by(|(one, ..), (other, ..)| other.cmp(one));
    let alike = alike.into_iter().take(wanted.limit);
    Ok(alike
        .map(|(likeness, case, ledger)| pb::SimilarCase {
            case: Some(convert::case(case)),
            shared_signatures: i32::try_from(likeness.shared_signatures).unwrap_or(i32::MAX),
            assurance: conclusion(&ledger).assurance,
        })
        .collect())
}

fn problem(case: &Case) -> &str {
    match case.overview.statement.text.as_str() {
        "" => &case.title,
        text => text,
    }
}

fn shared_signatures(ledger: &Ledger, wanted: &BTreeSet<String>) -> usize {
    let evidence = ledger.evidence.iter().filter(|it| !it.withdrawn);
    let signatures: BTreeSet<&str> = evidence.map(|it| it.signature.as_str()).collect();
    let shared = signatures.into_iter().filter(|it| wanted.contains(*it));
    shared.count()
}
