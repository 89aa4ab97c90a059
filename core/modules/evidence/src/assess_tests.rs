use faultmaven_analysis::EntityKind;

use super::*;

fn entity(at: usize) -> Entity {
    Entity {
        kind: EntityKind::Host,
        value: format!("host-{at}"),
        count: at as u64,
        error_count: 0,
        first_seen: None,
        last_seen: None,
    }
}

#[test]
fn entities_of_thousands_of_files_stay_within_bounds_and_the_frequent_ones_stay() {
    let mut assessment = Assessment::default();
    let report = |from: usize| StoredReport {
        entities: (from..from + 500).map(entity).collect(),
        ..StoredReport::default()
    };
    for at in 0..ENTITIES_HELD / 250 {
        for entity in &report(at * 500).entities {
            assessment.merge_entity(entity);
        }
        if assessment.entities.len() > ENTITIES_HELD {
            assessment.keep_frequent_entities();
        }
    }
    assert!(assessment.entities.len() <= ENTITIES_HELD);
    let most = ENTITIES_HELD * 2 - 1;
    let key = ("host", format!("host-{most}"));
    assert!(assessment.entities.contains_key(&key));
}

#[test]
fn of_many_indications_the_direct_and_frequent_ones_stay() {
    let of = |strength: pb::IndicationStrength, count: i64| pb::Indication {
        strength: strength.into(),
        count,
        ..pb::Indication::default()
    };
    let mut indications = vec![of(pb::IndicationStrength::Indirect, 9_999)];
    indications.extend((0..1_000).map(|count| of(pb::IndicationStrength::Direct, count)));
    keep_telling(&mut indications);
    assert_eq!(indications.len(), INDICATIONS_HELD);
    assert_eq!(indications[0].count, 999);
    let is_direct = |it: &pb::Indication| it.strength() == pb::IndicationStrength::Direct;
    assert!(indications.iter().all(is_direct));
}

fn file(name: &str) -> Model {
    let time = "2026-10-12T09:00:00Z";
    let row = serde_json::json!({
        "file_id": name, "owner_id": "u", "uploaded_by": "u", "case_id": "c", "dedup_scope": "c",
        "uploaded_at": time, "uploaded_at_turn": 1, "parent_file_id": null, "member_path": "",
        "depth": 0, "origin": "Upload", "filename": name, "size_bytes": 1, "sha256": "",
        "blob_key": "", "media_type": "", "format": "", "encoding": "", "line_ending": "",
        "line_count": 1, "data_class": "", "class_confidence": 1.0, "class_from_user": false,
        "source_url": "", "state": "Analyzed", "summary": "", "error_reason": "",
        "error_message": "", "coverage": null, "job_id": "", "generation": 1, "attempts": 1,
        "registered": true, "deleting": false, "updated_at": time,
    });
    serde_json::from_value(row).unwrap()
}

#[test]
fn objects_of_several_files_speak_for_a_cause_together() {
    let pod = |name: &str, image: &str| {
        format!(
            r#"{{"kind":"Pod","metadata":{{"name":"{name}","namespace":"n","labels":{{"app":"cart"}}}},
            "spec":{{"containers":[{{"name":"main","image":"{image}"}}]}},"status":{{"phase":"Running"}}}}"#
        )
    };
    let list = |items: &str| format!(r#"{{"kind":"List","apiVersion":"v1","items":[{items}]}}"#);
    let pods = [
        pod("cart-0", "shop/cart:1"),
        pod("replayer", "tools/replay:2"),
    ];
    let service = r#"{"kind":"Service","metadata":{"name":"cart","namespace":"n"},"spec":{"selector":{"app":"cart"}}}"#;
    let catalogue = faultmaven_analysis::catalogue();
    let mut assessment = Assessment::default();
    for (name, text) in [
        ("pods.json", list(&pods.join(","))),
        ("services.json", list(service)),
    ] {
        let analysis = faultmaven_analysis::analyze(text.as_bytes(), Default::default());
        assessment.add(&file(name), &StoredReport::new(analysis, catalogue));
    }
    let told = assessment.into_wire(catalogue);
    let candidate = &told.candidates[0];
    assert_eq!(candidate.catalogue_id, "kubernetes.foreign_endpoint");
    assert_eq!(candidate.indications.len(), 1);
    let is_told = |it: &pb::Finding| it.statement.contains("pod replayer (image tools/replay:2)");
    assert!(told.findings.iter().any(is_told));
}
