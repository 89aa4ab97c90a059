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
