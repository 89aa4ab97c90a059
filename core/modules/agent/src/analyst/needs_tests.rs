//! What is asked for, and when it is given up.

use super::*;

fn need(id: &str, request: &str, priority: i32, surfaced: i32) -> Need {
    Need {
        need_id: id.to_owned(),
        request: request.to_owned(),
        how: command_how("pg_isready"),
        priority,
        surfaced_turns: surfaced,
        state: NeedState::Pending.into(),
        ..Default::default()
    }
}

#[test]
fn urgent_needs_come_first_and_nothing_is_asked_for_ever() {
    let investigation = Investigation {
        needs: vec![
            need("a", "a", 2, 0),
            need("b", "b", 1, 1),
            need("c", "c", 1, SURFACE_MAX),
        ],
        ..Default::default()
    };
    let ids: Vec<&str> = askable(&investigation)
        .iter()
        .map(|need| need.need_id.as_str())
        .collect();
    assert_eq!(ids, ["b", "a"]);
}

#[test]
fn a_refusal_finds_the_need_it_is_about() {
    let mut situation = Situation {
        text: "no access to the database host".to_owned(),
        ..Situation::default()
    };
    situation.investigation.needs = vec![
        need("a", "The configuration", 1, 0),
        need("b", "State of the database", 2, 0),
    ];
    let mut plan = Plan::default();
    assert_eq!(
        give_up(&mut plan, &situation).as_deref(),
        Some("State of the database")
    );
    let Op::UpdateNeed(update) = &plan.ops[0] else {
        panic!("{:?}", plan.ops)
    };
    assert_eq!(update.obtainability(), Obtainability::Unobtainable);
}

#[test]
fn commands_are_told_from_other_ways() {
    assert_eq!(command_of(&need("a", "a", 1, 0)), Some("pg_isready"));
}
