//! Arithmetic with stored times, where the databases differ.

use sea_orm::IntoSimpleExpr;
use sea_orm::sea_query::{Expr, ExprTrait as _, Func, SimpleExpr};

use super::Backend;

const SECONDS_PER_DAY: i64 = 86_400;

/// Returns the seconds from one stored time to a later one.
pub fn seconds_between(
    backend: Backend,
    earlier: impl IntoSimpleExpr,
    later: impl IntoSimpleExpr,
) -> SimpleExpr {
    let (earlier, later) = (earlier.into_simple_expr(), later.into_simple_expr());
    match backend {
        Backend::Sqlite => {
            let day = |time: SimpleExpr| Expr::expr(Func::cust("julianday").arg(time));
            day(later).sub(day(earlier)).mul(SECONDS_PER_DAY)
        }
        Backend::Postgres => Expr::cust_with_exprs("EXTRACT(EPOCH FROM $1 - $2)", [later, earlier]),
    }
}

/// Returns the UTC day of a stored time as `YYYY-MM-DD`; connections to PostgreSQL speak UTC.
pub fn utc_day(time: impl IntoSimpleExpr) -> SimpleExpr {
    Func::cust("date")
        .arg(time.into_simple_expr())
        .cast_as("text")
}
