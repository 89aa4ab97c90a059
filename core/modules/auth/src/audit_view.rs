//! Reading the audit log: administrators all of it, everybody else their own lines.

use chrono::{DateTime, Utc};
use faultmaven_kit::clock::timestamp;
use faultmaven_kit::{Ctx, Fault, PageToken, page_size};
use faultmaven_proto::auth::v1 as pb;

use crate::audit::Outcome;
use crate::auth::{Auth, person};
use crate::convert::cut;
use crate::entity::audit::Model;
use crate::error::Error;

const LIST: &str = "auth.audit_list";
const PAGE_SIZE: u64 = 50;
const PAGE_SIZE_MAX: u64 = 1_000;

/// Which lines are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) actor: Option<String>,
    /// One action, or all below a name that ends with a dot.
    pub(crate) action: Option<String>,
    pub(crate) start: Option<DateTime<Utc>>,
    pub(crate) end: Option<DateTime<Utc>>,
}

impl Wanted {
    /// Returns what a request asks for; an empty actor means anybody.
    fn parse(actor: &str, filter: Option<pb::AuditFilter>) -> Result<Self, Fault> {
        let filter = filter.unwrap_or_default();
        let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let wanted = Self {
            actor: given(actor),
            action: given(&filter.action),
            start: time("start_time", filter.start_time)?,
            end: time("end_time", filter.end_time)?,
        };
        match (wanted.start, wanted.end) {
            (Some(start), Some(end)) if start >= end => {
                Err(Fault::invalid("end_time", "must be later than start_time"))
            }
            _ => Ok(wanted),
        }
    }
}

fn time(field: &str, time: Option<prost_types::Timestamp>) -> Result<Option<DateTime<Utc>>, Fault> {
    let Some(time) = time else { return Ok(None) };
    let nanos = u32::try_from(time.nanos).ok();
    nanos
        .and_then(|nanos| DateTime::from_timestamp(time.seconds, nanos))
        .map(Some)
        .ok_or_else(|| Fault::invalid(field, "is no time"))
}

impl Auth {
    /// Returns one page of the lines of everybody.
    pub(crate) async fn audit_events(
        &self,
        ctx: &Ctx,
        request: pb::ListAuditEventsRequest,
    ) -> Result<pb::ListAuditEventsResponse, Error> {
        self.administrator(ctx, LIST).await?;
        let wanted = Wanted::parse(&request.actor, request.filter)?;
        let page = self.page(&wanted, request.page_size, &request.page_token);
        let (events, next_page_token) = page.await?;
        Ok(pb::ListAuditEventsResponse {
            events,
            next_page_token,
        })
    }

    /// Returns one page of the caller's lines.
    pub(crate) async fn own_audit_events(
        &self,
        ctx: &Ctx,
        request: pb::ListOwnAuditEventsRequest,
    ) -> Result<pb::ListOwnAuditEventsResponse, Error> {
        let wanted = Wanted::parse(&person(ctx)?.user_id, request.filter)?;
        let page = self.page(&wanted, request.page_size, &request.page_token);
        let (events, next_page_token) = page.await?;
        Ok(pb::ListOwnAuditEventsResponse {
            events,
            next_page_token,
        })
    }

    async fn page(
        &self,
        wanted: &Wanted,
        size: i32,
        token: &str,
    ) -> Result<(Vec<pb::AuditEvent>, String), Error> {
        let size = page_size(size, PAGE_SIZE, PAGE_SIZE_MAX)?;
        let before = PageToken::<i64>::decode(token)?;
        let mut lines = self.store.audit_events(wanted, before, size + 1).await?;
        let has_more = cut(&mut lines, size);
        let next_page_token = match lines.last() {
            Some(last) if has_more => PageToken::encode(&last.audit_id)?,
            _ => String::new(),
        };
        Ok((lines.into_iter().map(event).collect(), next_page_token))
    }
}

fn event(line: Model) -> pb::AuditEvent {
    let outcome = match line.outcome.as_str() {
        name if name == Outcome::Denied.as_str() => pb::AuditOutcome::Denied,
        name if name == Outcome::Failed.as_str() => pb::AuditOutcome::Failed,
        _ => pb::AuditOutcome::Ok,
    };
    pb::AuditEvent {
        audit_id: line.audit_id,
        time: Some(timestamp(line.time)),
        actor: line.actor,
        token_id: line.token_id,
        action: line.action,
        object: line.object,
        outcome: outcome.into(),
        request_id: line.request_id,
        address: line.address,
        details_json: line.details,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_must_not_end_before_it_begins() {
        let at = |seconds| Some(prost_types::Timestamp { seconds, nanos: 0 });
        let filter = |start_time, end_time| {
            let action = "case.".to_owned();
            Some(pb::AuditFilter {
                action,
                start_time,
                end_time,
            })
        };
        let wanted = Wanted::parse("", filter(at(1), at(2))).unwrap();
        assert_eq!(
            (wanted.actor, wanted.action.as_deref()),
            (None, Some("case."))
        );
        for (start, end, field) in [
            (at(2), at(2), "end_time"),
            (at(i64::MAX), None, "start_time"),
        ] {
            let fault = Wanted::parse("", filter(start, end)).unwrap_err();
            assert_eq!(fault.violations[0].field, field);
        }
    }
}
