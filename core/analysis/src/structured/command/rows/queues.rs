//! What lists of queues and of their readers show.

use std::collections::BTreeMap;

use super::TableRow;
use crate::analysis::CommandFact;

const LAG_MIN: f64 = 1_000.0;
const MESSAGES_MIN: f64 = 1_000.0;

/// Returns which groups of readers lag behind.
pub(super) fn kafka(rows: &[TableRow]) -> Vec<CommandFact> {
    let mut groups: BTreeMap<(String, &str), Vec<(f64, &TableRow)>> = BTreeMap::new();
    for row in rows {
        let (Some(topic), Some(lag)) = (row.get(&["topic"]), row.number(&["lag"])) else {
            continue;
        };
        let group = row.get(&["group"]).unwrap_or("the group").to_owned();
        groups.entry((group, topic)).or_default().push((lag, row));
    }
    let told = groups.into_iter().filter_map(|((group, topic), parts)| {
        let all: f64 = parts.iter().map(|(lag, _)| lag).sum();
        let (most, row) = parts.iter().max_by(|a, b| a.0.total_cmp(&b.0))?;
        let partition = row.get(&["partition"]).unwrap_or("?");
        let unread = parts.iter().filter(|(lag, row)| {
            *lag > 0.0 && matches!(row.get(&["consumer-id", "consumer_id"]), Some("-"))
        });
        let unread = unread.count();
        let one = if parts.len() > 1 && *most >= all * 0.8 {
            format!(", nearly all of it in partition {partition}")
        } else {
            String::new()
        };
        let alone = match unread {
            0 => String::new(),
            count if count == parts.len() => ", and no reader is there".to_owned(),
            count => format!(", and {count} of {} partitions have no reader", parts.len()),
        };
        let value = format!("{all} messages behind on {topic}{one}{alone}");
        let is_late = all >= LAG_MIN || (unread > 0 && all > 0.0);
        is_late.then(|| row.fact(&group, "consumer_lag", &value, Some(all)))
    });
    told.collect()
}

/// Returns which queues are full, or read by nobody.
pub(super) fn rabbit(rows: &[TableRow]) -> Vec<CommandFact> {
    let told = rows.iter().filter_map(|row| {
        let name = row.get(&["name"])?;
        let ready = row.number(&["messages_ready"]);
        let held = row.number(&["messages_unacknowledged"]);
        let all = row
            .number(&["messages"])
            .or_else(|| Some(ready? + held.unwrap_or(0.0)))?;
        let readers = row.number(&["consumers"]);
        if readers == Some(0.0) && all > 0.0 {
            let value = format!("{all} messages and no consumer");
            return Some(row.fact(name, "queue_unread", &value, Some(all)));
        }
        let held = held.filter(|held| *held >= all * 0.8);
        let unacknowledged = held.map_or_else(String::new, |held| {
            format!(", {held} of them delivered and not acknowledged")
        });
        let value = format!("{all} messages{unacknowledged}");
        (all >= MESSAGES_MIN).then(|| row.fact(name, "queue_depth", &value, Some(all)))
    });
    told.collect()
}
