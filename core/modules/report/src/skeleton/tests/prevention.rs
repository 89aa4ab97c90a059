use super::*;

fn prevention(material: &Material) -> String {
    let text = text(Kind::IncidentReport, material);
    section(&text, "Prevention").to_owned()
}

#[test]
fn prevention_names_the_change_the_solution_and_the_first_signs() {
    let mut material = fixture::material();
    let pool = &mut material.hypotheses[0];
    pool.predictions = vec![case::Prediction {
        how: "$ curl localhost:8081/metrics".to_owned(),
        if_true: "the limit is 5".to_owned(),
        ..Default::default()
    }];
    material.case.facts.push(case::Fact {
        kind: case::FactKind::NoticedAt.into(),
        value: "2025-03-04T14:17:00Z".to_owned(),
        ..Default::default()
    });
    let text = prevention(&material);
    for line in [
        "- **To check before such a change:** pool size set from 50 to 5 (2025-03-04 14:00:10 UTC) [E3]",
        "- **To keep:** set the pool size back to 50 (not verified)",
        "- **To check from time to time:** `curl localhost:8081/metrics` — if it is the cause: the limit is 5",
        "- An alert could wait for text such as `POST /checkout status=500` [E1]",
        "- **What an alert gains:** the problem was noticed 12 minutes after it began",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
}

#[test]
fn a_change_that_is_no_evidence_for_the_cause_is_no_lesson() {
    let mut material = fixture::material();
    material.hypotheses[0].links.clear();
    let text = prevention(&material);
    assert!(!text.contains("such a change"), "{text}");
}

#[test]
fn without_an_established_cause_prevention_says_so_and_nothing_of_causes() {
    let mut material = fixture::material();
    material.conclusion.as_mut().unwrap().assurance = case::Assurance::Possible.into();
    let open = prevention(&material);
    assert!(open.contains("The cause is not established"), "{open}");
    assert!(
        open.contains("An alert could wait for") && !open.contains("To keep"),
        "{open}"
    );
    material.evidence.clear();
    let nothing = prevention(&material);
    assert!(nothing.contains("The case holds no record of what would prevent it."));
}
