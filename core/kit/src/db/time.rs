//! Arithmetic with stored times, where the databases differ.

use sea_orm::IntoSimpleExpr;
use sea_orm::sea_query::{Expr, ExprTrait as _, Func, SimpleExpr};

use super::Backend;

/// Returns the seconds from one stored time to a later one.
pub fn seconds_between(
    backend: Backend,
    earlier: impl IntoSimpleExpr,
    later: impl IntoSimpleExpr,
) -> SimpleExpr {
    let times = [later.into_simple_expr(), earlier.into_simple_expr()];
    match backend {
        Backend::Sqlite => Expr::cust_with_exprs("(julianday($1) - julianday($2)) * 86400", times),
        Backend::Postgres => Expr::cust_with_exprs("EXTRACT(EPOCH FROM $1 - $2)", times),
    }
}

/// Returns the UTC day of a stored time as `YYYY-MM-DD`; connections to PostgreSQL speak UTC.
pub fn utc_day(time: impl IntoSimpleExpr) -> SimpleExpr {
    Func::cust("date")
        .arg(time.into_simple_expr())
        .cast_as("text")
}
