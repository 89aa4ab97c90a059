//! Lines of the audit log as comma-separated values that no spreadsheet takes for formulas.

use std::io;

use super::AuditEvent;

const HEAD: [&str; 10] = [
    "audit_id",
    "time",
    "actor",
    "token_id",
    "action",
    "object",
    "outcome",
    "request_id",
    "address",
    "details",
];

/// Returns the rows of some lines, below the head when they are the first.
pub(super) fn rows(
    is_first: bool,
    events: impl Iterator<Item = AuditEvent>,
) -> io::Result<Vec<u8>> {
    let mut table = csv::Writer::from_writer(Vec::new());
    if is_first {
        table.write_record(HEAD)?;
    }
    for event in events {
        let cells = [
            event.audit_id.to_string(),
            event.time,
            event.actor.unwrap_or_default(),
            event.token_id.unwrap_or_default(),
            event.action,
            event.object.unwrap_or_default(),
            event.outcome,
            event.request_id,
            event.address.unwrap_or_default(),
            event.details.to_string(),
        ];
        table.write_record(cells.map(|cell| plain(&cell)))?;
    }
    table.into_inner().map_err(|error| error.into_error())
}

/// Returns a cell that a spreadsheet shows instead of computing it.
fn plain(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        return format!("'{cell}");
    }
    cell.to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn formulas_are_text_and_quotes_are_doubled() {
        let event = AuditEvent {
            audit_id: 7,
            time: "2025-03-04T14:05:00.000000Z".to_owned(),
            actor: None,
            token_id: None,
            action: "case.delete".to_owned(),
            object: Some("=HYPERLINK(\"http://evil\")".to_owned()),
            outcome: "ok".to_owned(),
            request_id: "@req".to_owned(),
            address: None,
            details: json!({"k": 1}),
        };
        let text = String::from_utf8(rows(true, [event].into_iter()).unwrap()).unwrap();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0], HEAD.join(","));
        assert_eq!(
            lines[1],
            "7,2025-03-04T14:05:00.000000Z,,,case.delete,\"'=HYPERLINK(\"\"http://evil\"\")\",ok,'@req,,\"{\"\"k\"\":1}\""
        );
    }
}
