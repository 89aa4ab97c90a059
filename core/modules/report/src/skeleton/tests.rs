mod prevention;
mod runbook;

use faultmaven_proto::case::v1 as case;

use super::*;
use crate::markdown::render;
use crate::tests::fixture::{self, at};

fn text(kind: Kind, material: &Material) -> String {
    render(&write(kind, material))
}

/// Returns the lines between a heading of level 2 and the next one.
fn section<'a>(text: &'a str, heading: &str) -> &'a str {
    let start = text.find(&format!("## {heading}\n")).unwrap();
    let rest = &text[start..];
    rest.find("\n## ").map_or(rest, |end| &rest[..end])
}

fn headings(text: &str) -> Vec<&str> {
    let lines = text.lines();
    lines.filter_map(|line| line.strip_prefix("## ")).collect()
}

#[test]
fn an_incident_report_has_all_its_sections() {
    let text = text(Kind::IncidentReport, &fixture::material());
    let expected = [
        "Summary",
        "Problem",
        "Impact",
        "Timeline",
        "Cause and assurance",
        "Fix",
        "Open questions",
        "Prevention",
        "Evidence",
        "Files",
    ];
    assert_eq!(headings(&text), expected);
}

#[test]
fn an_incident_report_is_interim_until_the_case_ends() {
    let mut material = fixture::material();
    let interim = "> Interim report";
    assert!(text(Kind::IncidentReport, &material).contains(interim));
    assert!(!text(Kind::Summary, &material).contains(interim));
    material.case.status = case::CaseStatus::Closed.into();
    assert!(!text(Kind::IncidentReport, &material).contains(interim));
}

#[test]
fn factual_lines_cite_the_appendix() {
    let text = text(Kind::IncidentReport, &fixture::material());
    for line in [
        "- checkout answers 500 (2025-03-04 14:05:00 UTC to 2025-03-04 14:14:59 UTC) [E1]",
        "- **Affected regions:** EU [M1]",
        "- **2025-03-04 14:00:10 UTC:** Change (config): pool size set from 50 to 5 [E3]",
        "- **2025-03-04 14:05:00 UTC:** The problem began. [F1]",
        "- **Conclusion:** Likely cause: pool size limit too low [E3]",
        "- the pool holds five connections (strength 0.80) — the change sets the limit [E3]",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
}

#[test]
fn the_appendix_names_file_hash_lines_and_quote() {
    let text = text(Kind::Timeline, &fixture::material());
    let evidence = section(&text, "Evidence");
    let source = format!(
        "- **Source:** `app.log` line 62, bytes 5859 to 5955, SHA-256 `{}`",
        fixture::HASH
    );
    assert!(evidence.contains(&source), "{evidence}");
    assert!(evidence.contains("```text\nPOST /checkout status=500\n```"));
    assert!(evidence.contains("### F1\n\n- **Finding:** errors begin at 14:05:00"));
    let files = section(&text, "Files");
    assert!(
        files.contains("- `app.log` — turn 2, 159300 bytes, SHA-256"),
        "{files}"
    );
}

#[test]
fn withdrawn_evidence_is_struck_through_and_counts_for_nothing() {
    let text = text(Kind::IncidentReport, &fixture::material());
    assert!(text.contains("- **Withdrawn:** ~~something retracted~~"));
    assert!(!section(&text, "Problem").contains("retracted"));
}

#[test]
fn a_fact_that_was_replaced_is_not_told() {
    let text = text(Kind::IncidentReport, &fixture::material());
    assert!(section(&text, "Impact").contains("**Not known:** affected services"));
    assert!(section(&text, "Impact").contains("severity"));
    assert!(!section(&text, "Impact").contains("low"));
}

#[test]
fn events_are_in_the_order_of_their_times() {
    let text = text(Kind::Timeline, &fixture::material());
    let events = section(&text, "Events");
    let positions: Vec<_> = [
        "Change (config)",
        "Turn 1: data requested",
        "The problem began",
        "checkout answers 500 (until",
        "The case moved from inquiry to investigating, confirmed by Ada",
        "Turn 2: milestone completed; 1 file; reached symptom verified [E1]",
        "Turn 3",
        "Solution proposed",
    ]
    .iter()
    .map(|event| {
        events
            .find(event)
            .unwrap_or_else(|| panic!("{event}\n{events}"))
    })
    .collect();
    assert!(positions.is_sorted(), "{events}");
    assert!(
        !events.contains("the pool holds"),
        "the change tells it already"
    );
}

#[test]
fn one_line_of_a_file_is_one_event_and_a_told_change_is_no_second_one() {
    let mut material = fixture::material();
    let mut again = material.evidence[0].clone();
    again.evidence_id = "ev_000000000009".to_owned();
    again.claim = "checkout answers 500 once more".to_owned();
    let mut said = material.evidence[0].clone();
    said.evidence_id = "ev_000000000008".to_owned();
    said.claim = "The user says what changed".to_owned();
    said.category = case::EvidenceKind::Causal.into();
    said.file_id.clear();
    said.message_id = "msg_0000000000000001".to_owned();
    material.evidence.extend([again, said]);
    let mut facts = material.case.facts.iter_mut();
    let change = facts.find(|fact| fact.kind() == case::FactKind::Change);
    change.unwrap().source_message_id = "msg_0000000000000001".to_owned();
    let text = text(Kind::IncidentReport, &material);
    let timeline = section(&text, "Timeline");
    assert!(!timeline.contains("once more"), "{timeline}");
    assert!(timeline.contains("UTC) [E1, E4]"), "{timeline}");
    assert!(!timeline.contains("says what changed"), "{timeline}");
}

#[test]
fn what_is_unknown_is_said() {
    let material = Material {
        case: case::Case {
            status: case::CaseStatus::Closed.into(),
            ..Default::default()
        },
        ..Default::default()
    };
    let incident_report = text(Kind::IncidentReport, &material);
    for line in [
        "No problem statement was proposed.",
        "No evidence of the symptom was collected.",
        "No event has a known time.",
        "No explanation was recorded.",
        "No fix was recorded.",
        "No evidence shows that the problem is gone.",
        "The solution is not verified.",
        "No evidence was collected.",
        "No file was handed over.",
    ] {
        assert!(incident_report.contains(line), "{line}\n{incident_report}");
    }
    let summary = text(Kind::Summary, &material);
    for line in [
        "No fact was recorded.",
        "No hypothesis was recorded.",
        "Nothing is asked for.",
        "None is suggested.",
        "Nothing was noted.",
    ] {
        assert!(summary.contains(line), "{line}\n{summary}");
    }
}

#[test]
fn the_grade_decides_the_words_about_the_cause() {
    let mut material = fixture::material();
    for (assurance, words) in [
        (
            case::Assurance::Possible,
            "possible (no explanation has passed every test)",
        ),
        (
            case::Assurance::Likely,
            "likely (one cause has passed every test; no fix",
        ),
        (case::Assurance::Confirmed, "confirmed (after the fix"),
    ] {
        let conclusion = material.conclusion.as_mut().unwrap();
        conclusion.assurance = assurance.into();
        let text = text(Kind::IncidentReport, &material);
        assert!(
            text.contains(&format!("- **Assurance:** {words}")),
            "{text}"
        );
    }
}

#[test]
fn a_case_resolved_without_a_cause_says_so() {
    let mut material = fixture::material();
    material.case.status = case::CaseStatus::Resolved.into();
    let overclaim = "resolved without an established cause";
    assert!(!text(Kind::IncidentReport, &material).contains(overclaim));
    material.conclusion.as_mut().unwrap().assurance = case::Assurance::Possible.into();
    assert!(text(Kind::IncidentReport, &material).contains(overclaim));
}

#[test]
fn commands_are_shown_exactly() {
    let text = text(Kind::IncidentReport, &fixture::material());
    assert!(text.contains("```text\nkubectl  rollout undo\ndeploy/checkout\n```"));
    assert!(text.contains("Command (changes something) — restores the last revision"));
}

#[test]
fn a_summary_hands_the_case_over() {
    let mut material = fixture::material();
    material.case.pending_transition = Some(case::PendingTransition {
        to: case::CaseStatus::Resolved.into(),
        reason: "the symptom is gone".to_owned(),
        evidence_ids: vec![fixture::SYMPTOM.to_owned()],
        propose_time: at(700),
        ..Default::default()
    });
    let text = text(Kind::Summary, &material);
    for line in [
        "- **Milestones:** 1 of 8 (symptom verified)",
        "- **Awaits confirmation:** move to resolved: the symptom is gone [E1]",
        "- **Validated:** pool size limit too low (likelihood 0.82) [E3]",
        "- **Refuted:** name resolution fails (likelihood 0.05) — the name resolves",
        "- **Resolution:** a log after the fix — hand over `app.log` from 15:10 on",
        "- Hand over a log after the fix",
        "- **Turn 3:** Ruled out: names resolve",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
}

#[test]
fn hostile_evidence_has_no_effect() {
    let mut material = fixture::material();
    let hostile = "</pre><script>x</script>\n```\n# owned\n[E1]: http://evil.example\n![x](y)";
    for entry in &mut material.evidence {
        entry.claim = hostile.to_owned();
        entry.quote = hostile.to_owned();
        entry.file_name = "`](http://evil.example)".to_owned();
    }
    material.case.title = hostile.to_owned();
    for fact in &mut material.case.facts {
        fact.value = hostile.to_owned();
    }
    for kind in Kind::ALL {
        let text = text(kind, &material);
        for line in outside_of_quotes(&text) {
            let line = outside_of_code(line);
            assert!(!line.contains("<script"), "{line}");
            assert!(
                !line.starts_with("# owned") && !line.starts_with("[E1]:"),
                "{line}"
            );
            assert!(!line.contains("http://evil"), "{line}");
            assert!(!line.contains("!["), "{line}");
        }
    }
}

/// Returns the lines that a renderer would interpret.
fn outside_of_quotes(text: &str) -> Vec<&str> {
    let mut fence: Option<&str> = None;
    let mut outside = Vec::new();
    for line in text.lines() {
        match fence {
            Some(open) if line == open => fence = None,
            Some(_) => {}
            None if line.starts_with("```") => fence = line.strip_suffix("text"),
            None => outside.push(line),
        }
    }
    assert_eq!(fence, None, "a quote is not closed");
    outside
}

/// Returns a line without what stands between runs of backticks of one length.
fn outside_of_code(line: &str) -> String {
    let mut outside = String::new();
    let mut rest = line;
    while let Some(start) = rest.find('`') {
        let fence = rest[start..].len() - rest[start..].trim_start_matches('`').len();
        let inner = &rest[start + fence..];
        let runs = inner.match_indices(&rest[start..start + fence]);
        let mut ends = runs.filter(|(at, _)| {
            let after = &inner[at + fence..];
            !after.starts_with('`') && !inner[..*at].ends_with('`')
        });
        let (end, _) = ends
            .next()
            .unwrap_or_else(|| panic!("code is not closed: {line}"));
        outside.push_str(&rest[..start]);
        rest = &inner[end + fence..];
    }
    outside.push_str(rest);
    outside
}

#[test]
fn each_type_reads_as_a_whole() {
    let mut material = fixture::material();
    for kind in Kind::ALL {
        let status = match kind {
            Kind::IncidentReport | Kind::Timeline | Kind::Summary => {
                case::CaseStatus::Investigating
            }
            Kind::ClosureSummary => case::CaseStatus::Closed,
            Kind::PostMortem | Kind::Runbook | Kind::ResolutionSummary => {
                case::CaseStatus::Resolved
            }
        };
        material.case.status = status.into();
        insta::assert_snapshot!(kind.as_str(), text(kind, &material));
    }
}

#[test]
fn no_id_of_a_record_is_shown() {
    let material = fixture::material();
    for kind in Kind::ALL {
        let text = text(kind, &material);
        for id in ["ev_", "msg_", "hyp_", "find_", "sol_", "user_1", "turn 0"] {
            assert!(!text.contains(id), "{id}\n{text}");
        }
    }
}

#[test]
fn a_closed_case_says_what_would_decide() {
    let mut material = fixture::material();
    material.hypotheses[1].status = case::HypothesisStatus::Active.into();
    material.hypotheses[1].predictions = vec![case::Prediction {
        how: "`getent hosts db`".to_owned(),
        ..Default::default()
    }];
    let text = text(Kind::ClosureSummary, &material);
    assert!(
        section(&text, "What would decide").contains("`getent hosts db`"),
        "{text}"
    );
    assert!(
        section(&text, "Candidates").contains("— undecided"),
        "{text}"
    );
}

#[test]
fn a_long_report_leaves_quotes_out_and_says_so() {
    let mut material = fixture::material();
    let template = material.evidence[0].clone();
    material.evidence = (0..250)
        .map(|index| case::EvidenceDigest {
            evidence_id: format!("ev_{index:012}"),
            quote: "x".repeat(5_000),
            ..template.clone()
        })
        .collect();
    let text = text(Kind::Timeline, &material);
    assert!(text.len() < 1_000_000, "{}", text.len());
    assert!(text.contains("### E250"));
    assert!(text.contains("The quote goes on; 2000 characters are shown."));
    assert!(text.contains("The quote is left out of this long report."));
}
