//! What is told of the times of lines: what stops, comes back, comes more often, and when trouble set in.

#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

use std::fmt::Write;

use chrono::{DateTime, Duration, Utc};
use faultmaven_analysis::{
    Analysis, Analyzer, Finding, FindingKind, OnsetGroundKind, Options, Period, Severity, analyze,
};

/// Lines of a log in order of time, each at a second of it.
#[derive(Default)]
struct Log(Vec<(i64, String)>);

impl Log {
    fn with(mut self, seconds: impl Iterator<Item = i64>, text: &str) -> Self {
        let lines = seconds.map(|at| (at, text.replace("{}", &at.to_string())));
        self.0.extend(lines);
        self
    }

    fn text(&self) -> String {
        let mut lines = self.0.clone();
        lines.sort_by_key(|line| line.0);
        let mut text = String::new();
        for (at, line) in lines {
            let time = second(at).format("%Y-%m-%dT%H:%M:%SZ");
            writeln!(text, "{time} {line}").unwrap();
        }
        text
    }

    fn read(&self) -> Analysis {
        analyze(self.text().as_bytes(), Options::default())
    }
}

const SERVED: &str = "INFO api: served request {} in 5 ms";
const REFUSED: &str = "ERROR api: upstream refused request {}";
const BEAT: &str = "INFO worker: heartbeat {} sent";

fn second(at: i64) -> DateTime<Utc> {
    let start: DateTime<Utc> = "2025-03-04T10:00:00Z".parse().unwrap();
    start + Duration::seconds(at)
}

fn of_kind(analysis: &Analysis, kind: FindingKind) -> Vec<&Finding> {
    let findings = analysis.findings.iter();
    let mut found: Vec<&Finding> = findings.filter(|it| it.kind == kind).collect();
    found.sort_by_key(|it| it.first_seen);
    found
}

fn period_of(analysis: &Analysis, words: &str) -> Option<Period> {
    let mut templates = analysis.templates.iter();
    templates.find(|it| it.text.contains(words)).unwrap().period
}

#[test]
fn what_stops_while_the_log_goes_on_is_one_hint_for_each_moment() {
    let log = Log::default()
        .with(0..7_200, SERVED)
        .with((0..4_800).step_by(30), BEAT)
        .with((7..4_800).step_by(45), "INFO worker: took job {}")
        .with((3..6_000).step_by(20), "INFO mail: queue flushed");
    let analysis = log.read();
    let found = of_kind(&analysis, FindingKind::TemplateStopped);
    let told: Vec<&str> = found.iter().map(|it| it.statement.as_str()).collect();
    assert_eq!(
        told,
        [
            "Stops at 2025-03-04 11:19:30.000 UTC, while the log goes on: \"heartbeat <*> sent\" (every 30 s until then), \"took job <*>\" (every 45 s until then)",
            "Stops at 2025-03-04 11:39:43.000 UTC, while the log goes on: \"queue flushed\" (every 20 s until then)",
        ]
    );
    assert!(found.iter().all(|it| it.severity == Severity::Info));
    assert_eq!(found[0].first_seen, Some(second(4_770)));
    assert_eq!(found[0].last_seen, Some(second(7_199)));
    assert!(found[0].citations[0].quote.contains("heartbeat 4770"));
    assert_eq!(analysis.onset, None, "nothing failed");
}

#[test]
fn what_hardly_comes_any_more_has_nearly_stopped() {
    let log = Log::default()
        .with((0..7_200).step_by(5), BEAT)
        .with(0..3_600, SERVED)
        .with((3_600..7_200).step_by(60), SERVED);
    let analysis = log.read();
    let found = of_kind(&analysis, FindingKind::TemplateStopped);
    assert_eq!(found.len(), 1, "{:#?}", analysis.findings);
    let statement = &found[0].statement;
    assert!(
        statement.starts_with("Nearly stops at 2025-03-04 11:00:0"),
        "{statement}"
    );
}

#[test]
fn lines_of_a_start_rare_lines_and_the_end_of_a_log_are_no_stop() {
    let logs = [
        // Steps of a start, at one time.
        Log::default()
            .with(0..7_200, SERVED)
            .with((0..300).step_by(2), "INFO api: loaded table {}"),
        // Few lines, far apart.
        Log::default()
            .with(0..7_200, SERVED)
            .with((0..4_000).step_by(900), BEAT),
        // Came in runs that were as long apart.
        Log::default()
            .with(0..7_200, SERVED)
            .with((0..4_800).filter(|at| at % 2_400 < 300), BEAT),
        // The log ends as a whole, but for one line.
        Log::default()
            .with(0..4_800, SERVED)
            .with((0..4_800).step_by(30), BEAT)
            .with(7_199..7_200, BEAT),
        // Was not there at the beginning.
        Log::default()
            .with(0..7_200, SERVED)
            .with((1_800..4_500).step_by(5), "INFO batch: row {} done"),
        // An error that ends is good news.
        Log::default()
            .with(0..7_200, SERVED)
            .with((0..4_800).step_by(5), REFUSED),
    ];
    for (at, log) in logs.iter().enumerate() {
        let analysis = log.read();
        let found = of_kind(&analysis, FindingKind::TemplateStopped);
        assert!(found.is_empty(), "{at}: {found:#?}");
    }
}

#[test]
fn an_error_that_comes_back_at_a_fixed_time_is_told_as_such() {
    let jittered = (0..24).map(|run| 40 + run * 300 + run % 3);
    let log = Log::default()
        .with((0..7_200).step_by(7), SERVED)
        .with(jittered, "ERROR cron: backup of {} bytes failed");
    let analysis = log.read();
    let period = period_of(&analysis, "backup").unwrap();
    assert!((period.seconds - 300.0).abs() < 0.2, "{period:?}");
    assert!((0.1..2.0).contains(&period.jitter_s), "{period:?}");
    let failed = of_kind(&analysis, FindingKind::ErrorSignature);
    let told = "cron: \"backup of <*> bytes failed\" 24 times, every 300 s";
    assert!(failed[0].statement.starts_with(told), "{failed:#?}");
    let json = serde_json::to_value(&analysis).unwrap();
    let template = json["templates"].as_array().unwrap().iter();
    let periods: Vec<&serde_json::Value> = template.map(|it| &it["period"]["seconds"]).collect();
    assert_eq!(*periods[0], 7.0);
}

#[test]
fn what_comes_at_fixed_times_is_no_burst_and_nothing_new() {
    let rows = (0..7).flat_map(|run| (0..400).map(move |row| 3_000 + run * 10_800 + row / 200));
    let job = Log::default()
        .with((0..75_600).step_by(60), SERVED)
        .with(rows, "INFO job: row copied");
    let analysis = job.read();
    assert_eq!(period_of(&analysis, "copied").unwrap().seconds, 10_800.0);
    assert!(of_kind(&analysis, FindingKind::TemplateBurst).is_empty());
    let burst = job.with(std::iter::repeat_n(35_400, 9_000), "INFO job: row copied");
    let burst = burst.read();
    let told = of_kind(&burst, FindingKind::TemplateBurst);
    assert_eq!(told.len(), 1, "{:#?}", burst.findings);

    let outage = Log::default()
        .with((0..3_600).step_by(3), SERVED)
        .with(400..3_600, REFUSED);
    let regular = outage.with((390..3_600).step_by(400), "INFO cron: caches warmed");
    let told = |analysis: &Analysis| {
        let new = of_kind(analysis, FindingKind::TemplateNew);
        new.iter()
            .map(|it| it.statement.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(told(&regular.read()), Vec::<String>::new());
    let fresh = regular.with(
        [395, 500, 1_100].into_iter(),
        "INFO deploy: release 7 begins",
    );
    assert_eq!(
        told(&fresh.read()),
        ["First seen 5 s before the onset: \"release <*> begins\""]
    );
}

#[test]
fn a_warning_that_comes_once_in_a_long_log_is_rare() {
    let log = |lines: i64| {
        Log::default()
            .with(0..lines, SERVED)
            .with(
                (100..400).step_by(3),
                "ERROR api: connect to 10.0.0.5:5432 failed: Connection refused",
            )
            .with(50..51, "WARN mail: relay answered Connection refused")
            .read()
    };
    let long = log(2_000);
    let rare = of_kind(&long, FindingKind::TemplateRare);
    let told: Vec<&str> = rare.iter().map(|it| it.statement.as_str()).collect();
    assert_eq!(told, ["Rare: \"relay answered Connection refused\""]);
    assert_eq!(rare[0].citations[0].line_start, 52);
    assert!(of_kind(&log(600), FindingKind::TemplateRare).is_empty());
}

#[test]
fn lasting_changes_of_a_rate_are_told_with_their_lines() {
    let log = Log::default()
        .with((0..7_200).step_by(20), BEAT)
        .with((0..3_600).step_by(10), SERVED)
        .with(3_600..7_200, SERVED)
        .with((0..2_400).step_by(2), "INFO cache: hit for key {}")
        .with((2_400..7_200).step_by(15), "INFO cache: hit for key {}");
    let analysis = log.read();
    let changes = |words: &str| {
        let mut templates = analysis.templates.iter();
        let found = templates.find(|it| it.text.contains(words)).unwrap();
        let row = |it: &faultmaven_analysis::RateChange| {
            (
                it.time,
                it.before_per_minute.round(),
                it.after_per_minute.round(),
            )
        };
        found.rate_changes.iter().map(row).collect::<Vec<_>>()
    };
    assert_eq!(changes("served"), [(second(3_600), 6.0, 60.0)]);
    assert_eq!(changes("hit for"), [(second(2_400), 30.0, 4.0)]);
    assert_eq!(changes("heartbeat"), []);
    let told = of_kind(&analysis, FindingKind::RateChange);
    let told: Vec<&str> = told.iter().map(|it| it.statement.as_str()).collect();
    assert_eq!(
        told,
        [
            "Comes at another rate from 2025-03-04 10:40:00.000 UTC on: \"hit for key <*>\" from 30.0 to 4.0 lines a minute",
            "Comes at another rate from 2025-03-04 11:00:00.000 UTC on: \"served request <*> in <*>\" from 6.0 to 60.0 lines a minute",
        ]
    );
}

#[test]
fn trouble_set_in_between_the_last_line_that_was_well_and_the_first_that_failed() {
    let log = Log::default()
        .with((0..7_200).step_by(4), "INFO web: page {} shown")
        .with((0..5_002).step_by(2), SERVED)
        .with((5_006..7_200).step_by(2), REFUSED)
        .with((5_013..7_200).step_by(5), "WARN web: answer took 3000 ms");
    let analysis = log.read();
    let onset = analysis.onset.as_ref().unwrap();
    let near =
        |time: DateTime<Utc>, at: i64| (time - second(at)).abs() < Duration::milliseconds(50);
    assert!(
        near(onset.earliest, 5_000) && near(onset.latest, 5_006),
        "{onset:#?}"
    );
    let grounds = onset.grounds.iter().map(|it| (it.kind, it.time));
    assert_eq!(
        grounds.collect::<Vec<_>>(),
        [
            (OnsetGroundKind::Stopped, second(5_000)),
            (OnsetGroundKind::SetIn, second(5_006)),
            (OnsetGroundKind::SetIn, second(5_013)),
        ]
    );
    let told = "Trouble set in between 2025-03-04 11:23:20 and 2025-03-04 11:23:26 UTC. ";
    assert!(analysis.summary.contains(told), "{}", analysis.summary);
}

#[test]
fn the_onset_of_random_errors_lies_three_mean_intervals_back_at_most() {
    let mut state = 11u64;
    let random = (0..1_500).map(|_| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        3_000 + ((state >> 33) % 4_200).cast_signed()
    });
    let random: Vec<i64> = random.collect();
    let first = *random.iter().min().unwrap();
    let log = Log::default()
        .with((0..7_200).step_by(4), SERVED)
        .with(random.into_iter(), REFUSED)
        .with(900..901, "ERROR api: token of request {} expired");
    let analysis = log.read();
    let onset = analysis.onset.as_ref().unwrap();
    assert_eq!(onset.latest, second(first));
    let back = (onset.latest - onset.earliest).num_seconds();
    assert!((7..=9).contains(&back), "{onset:#?}");
    assert!(onset.earliest <= second(3_000), "{onset:#?}");
}

#[test]
fn each_template_has_its_lines_per_step_and_each_level_has_its_own() {
    let log = Log::default()
        .with(0..7_200, SERVED)
        .with((3_600..5_400).step_by(2), REFUSED);
    let json = serde_json::to_value(log.read()).unwrap();
    let histogram = &json["histogram"];
    assert_eq!(
        (&histogram["step_s"], &histogram["start"]),
        (&60.into(), &"2025-03-04T10:00:00Z".into())
    );
    let buckets = histogram["buckets"].as_array().unwrap();
    let errors = buckets
        .iter()
        .map(|it| it["levels"]["error"].as_u64().unwrap());
    let errors: Vec<u64> = errors.collect();
    assert_eq!(errors.len(), 120);
    assert_eq!(
        (errors[59], errors[60], errors[89], errors[90]),
        (0, 30, 30, 0)
    );
    let served = &json["templates"][0]["series"];
    assert_eq!(served["counts"].as_array().unwrap().len(), 120);
    let refused = &json["templates"][1]["series"];
    assert_eq!(
        *refused,
        serde_json::json!({"start": "2025-03-04T11:00:00Z", "step_s": 60, "counts": vec![30; 30]})
    );
}

#[test]
fn a_clock_that_jumps_back_is_told_apart_from_lines_that_are_late() {
    let (before, after) = (Log::default().with(3_600..4_200, SERVED), Log::default());
    let after = after.with(600..1_200, SERVED).text();
    let jump = analyze((before.text() + &after).as_bytes(), Options::default());
    let coverage = &jump.coverage;
    assert_eq!((coverage.out_of_order_lines, coverage.clock_jumps), (0, 1));
    let first = coverage.first_clock_jump.as_ref().unwrap();
    assert_eq!((first.back_ms, first.citation.line_start), (3_599_000, 601));
    let note = "the times jump back by 3599 s at line 601";
    assert!(
        coverage.notes().contains(&note.to_owned()),
        "{:?}",
        coverage.notes()
    );

    let mut late: Vec<String> = before.text().lines().map(ToOwned::to_owned).collect();
    for at in [100, 200, 300] {
        late.swap(at, at + 3);
        let far = late.remove(at + 20);
        late.insert(at + 290, far);
    }
    let late = analyze(late.join("\n").as_bytes(), Options::default()).coverage;
    assert_eq!((late.clock_jumps, late.first_clock_jump.clone()), (0, None));
    assert!(late.out_of_order_lines >= 6, "{late:#?}");
    assert!(late.notes().iter().all(|note| !note.contains("jump")));
}

#[test]
fn neither_chunks_nor_threads_change_what_is_told_of_times() {
    let log = Log::default()
        .with(0..7_200, SERVED)
        .with((0..4_800).step_by(30), BEAT)
        .with((4_900..7_200).step_by(2), REFUSED)
        .with((0..7_200).step_by(300), "INFO cron: caches warmed");
    let text = log.text() + &Log::default().with(10..400, SERVED).text();
    let whole = analyze(text.as_bytes(), Options::default());
    assert!(whole.onset.is_some() && whole.coverage.clock_jumps == 1);
    for (threads, size) in [(1, 77), (2, 4_096), (3, 100_000)] {
        let options = Options {
            threads,
            ..Options::default()
        };
        let mut analyzer = Analyzer::new(options);
        text.as_bytes()
            .chunks(size)
            .for_each(|chunk| analyzer.push(chunk));
        assert_eq!(analyzer.finish(), whole);
    }
}
