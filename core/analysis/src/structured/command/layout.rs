//! Layouts of common tools.

use super::{clients, kubernetes, rows, system};
use crate::structured::number_with_unit;

/// Takes object, key, value and number of each value a line shows.
pub(crate) type Report<'a> = dyn FnMut(&str, &str, &str, Option<f64>) + 'a;

/// Returns the tool whose output starts with this line.
pub(crate) fn tool_of_layout(text: &str) -> Option<&'static str> {
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    let holds = |needed: &[&str]| needed.iter().all(|word| words.contains(word));
    if text.starts_with("; <<>> DiG") || text.starts_with(";; ->>HEADER<<-") {
        Some("dig")
    } else if holds(&["Filesystem", "Mounted", "on"]) {
        Some("df")
    } else if holds(&["total", "used", "free"]) && text.starts_with(' ') {
        Some("free")
    } else if kubernetes::is_heading(text, &words) {
        Some("kubectl")
    } else if text.starts_with("CONTAINER ID") {
        Some("docker")
    } else if text.starts_with("top - ") {
        Some("top")
    } else if holds(&["UNIT", "LOAD", "ACTIVE", "SUB"]) || text.starts_with(['●', '×']) {
        Some("systemctl")
    } else if text.starts_with("PING ") {
        Some("ping")
    } else if holds(&["PID", "COMMAND"]) && (holds(&["USER"]) || holds(&["TTY"])) {
        Some("ps")
    } else if text.starts_with("Active Internet connections")
        || holds(&["State", "Recv-Q", "Send-Q"])
    {
        Some("ss")
    } else if text.contains(" load average: ") {
        Some("uptime")
    } else if text.starts_with("procs -----------memory") {
        Some("vmstat")
    } else if holds(&["%util"]) || text.starts_with("avg-cpu: ") {
        Some("iostat")
    } else if text.starts_with("notBefore=") || text.starts_with("notAfter=") {
        Some("openssl")
    } else if text.starts_with("HTTP/") && words.len() >= 2 {
        Some("curl")
    } else if text.starts_with("redis_version:") || text.starts_with("id=") && holds_client(text) {
        Some("redis-cli")
    } else if text
        .trim_start_matches(['{', ' '])
        .starts_with("\"cluster_name\"")
    {
        Some("elasticsearch")
    } else if clients::is_directory(text) {
        Some("du")
    } else {
        rows::tool_of_heading(text)
    }
}

fn holds_client(text: &str) -> bool {
    text.contains(" addr=") && text.contains(" cmd=")
}

/// Reports object, key, value and number of each value a line shows.
pub(crate) fn facts(tool: &str, text: &str, columns: &mut Vec<String>, report: &mut Report<'_>) {
    match tool {
        "getent" => {
            if let Some(address) = first_address(text) {
                let name = text.split_ascii_whitespace().last().unwrap_or(address);
                report(name, "address", address, None);
            }
        }
        "dig" => {
            if let Some((name, address)) = dig_answer(text) {
                report(name, "address", address, None);
            }
        }
        "host" => {
            if let Some((name, address)) = text.split_once(" has address ") {
                report(name, "address", address.trim(), None);
            }
        }
        "kubectl" => kubernetes::facts(text, columns, report),
        "df" | "docker" => table(tool, text, columns, report),
        "ps" => system::ps(text, columns, report),
        "vmstat" => system::vmstat(text, columns, report),
        "iostat" => system::iostat(text, columns, report),
        "free" => memory(text, columns, report),
        "top" => {
            load(text, report);
            system::top(text, columns, report);
        }
        "uptime" => load(text, report),
        "systemctl" => system::unit(text, columns, report),
        "ss" | "netstat" => system::socket(text, report),
        "psql" => clients::plan(text, columns, report),
        "redis-cli" => clients::redis(text, columns, report),
        "elasticsearch" => clients::cluster_health(text, columns, report),
        "du" => clients::directory(text, report),
        "kafka-consumer-groups" => rows::notice(text, report),
        "openssl" => clients::certificate(text, report),
        "curl" | "wget" => {
            if let Some(status) = http_status(text) {
                report(
                    "response",
                    "status",
                    &status.to_string(),
                    Some(f64::from(status)),
                );
            }
        }
        _ => {}
    }
}

/// Returns the word that stands under a heading.
pub(super) fn cell<'a>(words: &[&'a str], columns: &[String], name: &str) -> Option<&'a str> {
    let at = columns.iter().position(|column| column == name)?;
    words.get(at).copied()
}

pub(super) fn first_address(text: &str) -> Option<&str> {
    let first = text.split_ascii_whitespace().next()?;
    first.parse::<std::net::IpAddr>().is_ok().then_some(first)
}

pub(super) fn dig_answer(text: &str) -> Option<(&str, &str)> {
    if text.starts_with(';') {
        return None;
    }
    if let Some(address) = first_address(text) {
        return Some(("answer", address));
    }
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    let record = words
        .iter()
        .position(|word| matches!(*word, "A" | "AAAA" | "CNAME"))?;
    let value = words.get(record + 1)?;
    (record >= 2).then(|| (words[0].trim_end_matches('.'), *value))
}

pub(super) fn http_status(text: &str) -> Option<u16> {
    let rest = text.trim_start_matches(['<', ' ']).strip_prefix("HTTP/")?;
    rest.split_ascii_whitespace().nth(1)?.parse().ok()
}

/// Rows below a heading of column names.
fn table(tool: &str, text: &str, columns: &mut Vec<String>, report: &mut Report<'_>) {
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    let heading = matches!(words.first(), Some(&("Filesystem" | "CONTAINER")));
    if heading {
        *columns = words.iter().map(|word| (*word).to_owned()).collect();
        return;
    }
    match tool {
        "df" => disk_row(&words, columns, report),
        "docker" => container_row(text, &words, report),
        _ => {}
    }
}

fn disk_row(words: &[&str], columns: &[String], report: &mut Report<'_>) {
    let Some(at) = words.iter().rposition(|word| word.ends_with('%')) else {
        return;
    };
    let Some(mount) = words.get(at + 1) else {
        return;
    };
    let inodes = columns
        .iter()
        .any(|column| column.starts_with("IUse") || column == "Inodes");
    let key = if inodes {
        "inode_percent"
    } else {
        "use_percent"
    };
    report(
        mount,
        key,
        words[at],
        number_with_unit(words[at]).map(|(number, _)| number),
    );
}

fn container_row(text: &str, words: &[&str], report: &mut Report<'_>) {
    let Some(name) = words.last() else { return };
    if let Some(at) = text.find("Exited (") {
        let code: String = text[at + 8..]
            .chars()
            .take_while(char::is_ascii_digit)
            .collect();
        report(name, "exit_code", &code, code.parse().ok());
    } else if text.contains("(unhealthy)") {
        report(name, "health", "unhealthy", None);
    } else if text.contains("Restarting (") {
        report(name, "health", "restarting", None);
    }
}

fn memory(text: &str, columns: &mut Vec<String>, report: &mut Report<'_>) {
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    if words.first() == Some(&"total") {
        *columns = words.iter().map(|word| (*word).to_owned()).collect();
        return;
    }
    let Some(object) = words.first().map(|word| word.trim_end_matches(':')) else {
        return;
    };
    let cell = |name: &str| {
        let at = columns.iter().position(|column| column == name)?;
        number_with_unit(words.get(at + 1)?).map(|(number, _)| number)
    };
    let Some(total) = cell("total").filter(|total| *total > 0.0) else {
        return;
    };
    let used = match cell("available") {
        Some(available) if object == "Mem" => total - available,
        _ => cell("used").unwrap_or(0.0),
    };
    let percent = (used / total * 100.0).round();
    report(object, "use_percent", &format!("{percent}%"), Some(percent));
}

fn load(text: &str, report: &mut Report<'_>) {
    if let Some((_, loads)) = text.split_once("load average: ") {
        let first = loads.split(',').next().unwrap_or("").trim();
        report("system", "load_1", first, first.parse().ok());
    }
}
