//! The metric that a file is called after, for answers whose series bear no name.

/// Names of files that say nothing of what is measured.
const SAYS_NOTHING: [&str; 24] = [
    "answer",
    "data",
    "download",
    "dump",
    "export",
    "file",
    "graph",
    "input",
    "instant",
    "matrix",
    "metric",
    "metrics",
    "out",
    "output",
    "panel",
    "paste",
    "prom",
    "prometheus",
    "query",
    "range",
    "response",
    "result",
    "results",
    "series",
];

/// Returns the name of the metric that a file is called after; none when its name says nothing.
pub(super) fn file_metric(file_name: &str) -> Option<String> {
    let name = file_name.rsplit(['/', '\\']).next().unwrap_or(file_name);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let stem = stem.strip_suffix(".json").unwrap_or(stem);
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || letter == ':';
    let plain: String = stem
        .chars()
        .map(|letter| if is_plain(letter) { letter } else { '_' })
        .collect();
    let words = plain.split('_').filter(|word| {
        let has_letter = word.bytes().any(|it| it.is_ascii_alphabetic());
        has_letter && !SAYS_NOTHING.contains(&word.to_ascii_lowercase().as_str())
    });
    let letters = plain.bytes().filter(u8::is_ascii_alphabetic).count();
    let digits = plain.bytes().filter(u8::is_ascii_digit).count();
    let says_something = words.count() > 0 && letters > digits;
    says_something.then(|| plain.trim_matches('_').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_names_its_metric_unless_its_name_says_nothing() {
        for (file, expected) in [
            ("cfs_throttled_ratio.json", Some("cfs_throttled_ratio")),
            (
                "metrics/pool.connections-max.json",
                Some("pool_connections_max"),
            ),
            ("latency_p95.json.gz", Some("latency_p95")),
            ("query_range.json", None),
            ("paste-20261129-170650.txt", None),
            ("8f14e45f-ceea-467f-a3c1-9b2d0c7e5a11.json", None),
            ("", None),
            (".json", None),
        ] {
            assert_eq!(file_metric(file).as_deref(), expected, "{file}");
        }
    }
}
