//! `kubectl get`, `kubectl get events` and `kubectl describe`.

use super::layout::{Report, cell};

/// Returns whether a line opens the output of `kubectl`.
pub(super) fn is_heading(text: &str, words: &[&str]) -> bool {
    let holds = |needed: &[&str]| needed.iter().all(|word| words.contains(word));
    holds(&["NAME", "READY", "STATUS", "RESTARTS"])
        || holds(&["NAME", "STATUS", "ROLES", "VERSION"])
        || holds(&["NAME", "STATUS", "VOLUME", "CAPACITY"])
        || holds(&["NAME", "READY", "UP-TO-DATE", "AVAILABLE"])
        || holds(&["NAME", "MINPODS", "MAXPODS", "REPLICAS"])
        || holds(&["TYPE", "REASON", "OBJECT", "MESSAGE"])
        // A described object is aligned with spaces; YAML is not.
        || text.starts_with("Name:  ")
}

/// Reports what a line shows; `columns` holds the heading, or the object that is described.
pub(super) fn facts(text: &str, columns: &mut Vec<String>, report: &mut Report<'_>) {
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    if let Some(name) = text.strip_prefix("Name:") {
        *columns = vec![DESCRIBED.to_owned(), name.trim().to_owned()];
    } else if matches!(words.first(), Some(&("NAME" | "NAMESPACE" | "LAST"))) {
        // "LAST SEEN" is one column.
        let joined = words.iter().filter(|word| **word != "SEEN");
        *columns = joined.map(|word| (*word).to_owned()).collect();
    } else if let [kind, name] = columns.as_slice()
        && kind == DESCRIBED
    {
        described(&name.clone(), text.trim(), &words, report);
    } else if columns.iter().any(|column| column == "REASON") {
        event(&words, columns, report);
    } else {
        row(&words, columns, report);
    }
}

const DESCRIBED: &str = "described";

fn described(name: &str, text: &str, words: &[&str], report: &mut Report<'_>) {
    let value = |key: &str| text.strip_prefix(key).map(str::trim);
    if let Some(reason) = value("Reason:") {
        report(name, "status", reason, None);
    } else if let Some(phase @ ("Pending" | "Failed")) = value("Status:") {
        report(name, "status", phase, None);
    } else if let Some(code) = value("Exit Code:") {
        report(name, "exit_code", code, code.parse().ok());
    } else if let Some(restarts) = value("Restart Count:") {
        report(name, "restarts", restarts, restarts.parse().ok());
    } else if let ["Warning", reason, ..] = words {
        report(name, "event", reason, None);
        // Type, reason, age and source stand in front; ages have blanks, columns are two apart.
        let columns = text.split("  ").filter(|it| !it.trim().is_empty());
        let message: Vec<&str> = columns.skip(4).map(str::trim).collect();
        if !message.is_empty() {
            report(name, "event_message", &message.join(" "), None);
        }
    } else if let [
        pressure @ ("MemoryPressure" | "DiskPressure" | "PIDPressure"),
        "True",
        ..,
    ] = words
    {
        report(name, "event", pressure, None);
    }
}

fn event(words: &[&str], columns: &[String], report: &mut Report<'_>) {
    let column = |name: &str| columns.iter().position(|column| column == name);
    let warning = words.iter().position(|word| *word == "Warning");
    let (Some(kind), Some(warning)) = (column("TYPE"), warning) else {
        return;
    };
    // When it was seen may take several words, which stand in front.
    let at = |name: &str| (column(name)? + warning).checked_sub(kind);
    let cell = |name: &str| words.get(at(name)?).copied();
    if let (Some(reason), Some(object)) = (cell("REASON"), cell("OBJECT")) {
        report(object, "event", reason, None);
        let is_last = columns.last().is_some_and(|it| it == "MESSAGE");
        if let Some(message) = at("MESSAGE")
            .filter(|_| is_last)
            .and_then(|at| words.get(at..))
        {
            report(object, "event_message", &message.join(" "), None);
        }
    }
}

fn row(words: &[&str], columns: &[String], report: &mut Report<'_>) {
    let cell = |name: &str| cell(words, columns, name);
    if cell("STATUS").is_none() {
        return workload(words, columns, report);
    }
    let (Some(name), Some(status)) = (cell("NAME"), cell("STATUS")) else {
        return;
    };
    let has = |name: &str| columns.iter().any(|column| column == name);
    let object = if has("ROLES") {
        format!("node/{name}")
    } else if has("VOLUME") {
        format!("persistentvolumeclaim/{name}")
    } else {
        name.to_owned()
    };
    report(&object, "status", status, None);
    if let Some(ready) = cell("READY") {
        report(&object, "ready", ready, None);
    }
    if let Some(restarts) = cell("RESTARTS") {
        report(&object, "restarts", restarts, restarts.parse().ok());
    }
}

/// A deployment, a daemon set or an autoscaler.
fn workload(words: &[&str], columns: &[String], report: &mut Report<'_>) {
    let cell = |name: &str| cell(words, columns, name);
    let Some(name) = cell("NAME") else { return };
    // Its targets may hold blanks, so that columns count from the end.
    let last = |name: &str| {
        let at = columns.iter().rev().position(|column| column == name)?;
        words.iter().rev().nth(at).copied()
    };
    if let (Some(most), Some(now)) = (last("MAXPODS"), last("REPLICAS")) {
        let full = format!("horizontalpodautoscaler/{name}");
        if most == now && last("MINPODS") != Some(most) {
            report(&full, "replicas_at_maximum", most, most.parse().ok());
        }
        return;
    }
    let counts = match (cell("READY"), cell("DESIRED")) {
        (Some(ready), Some(wanted)) => Some((ready, wanted, "daemonset")),
        (Some(ready), None) => ready
            .split_once('/')
            .map(|(ready, wanted)| (ready, wanted, "deployment")),
        _ => None,
    };
    if let Some((ready, wanted, kind)) = counts
        && let (Ok(is), Ok(should)) = (ready.parse::<u32>(), wanted.parse::<u32>())
        && is < should
    {
        let value = format!("{ready} of {wanted}");
        report(&format!("{kind}/{name}"), "replicas_missing", &value, None);
    }
}
