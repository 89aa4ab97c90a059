//! What the audit log remembers.

use faultmaven_kit::Ctx;
use faultmaven_proto::auth::v1 as pb;
use sea_orm::{EntityTrait as _, QueryOrder as _};

use super::world::{World, fault};
use crate::entity::audit;

async fn lines(world: &World) -> Vec<audit::Model> {
    audit::Entity::find()
        .order_by_asc(audit::Column::AuditId)
        .all(world.db.read())
        .await
        .unwrap()
}

fn record(action: &str, object: &str) -> pb::RecordAuditRequest {
    pb::RecordAuditRequest {
        action: action.to_owned(),
        object: object.to_owned(),
        outcome: pb::AuditOutcome::Ok.into(),
        details_json: String::new(),
    }
}

#[tokio::test]
async fn the_ways_in_and_out_are_remembered() {
    let world = World::new().await;
    let ada = world.register("ada").await.unwrap();
    world.login("ada", "wrong horse").await.unwrap_err();
    world.login("nobody", "wrong horse").await.unwrap_err();
    world.refresh(&ada.refresh_token).await.unwrap();
    world.refresh(&ada.refresh_token).await.unwrap_err();
    let again = world.login("ada", super::world::PASSWORD).await.unwrap();
    world.logout(&again.access_token, false).await.unwrap();
    world.settle().await;
    let ada = ada.user.unwrap().user_id;
    let lines = lines(&world).await;
    let remembered: Vec<_> = lines
        .iter()
        .map(|line| (&*line.action, &*line.outcome, &*line.actor, &*line.object))
        .collect();
    assert_eq!(
        remembered,
        [
            ("auth.register", "ok", &*ada, &*ada),
            ("auth.login", "failed", "", &*ada),
            ("auth.login", "failed", "", ""),
            ("auth.refresh_reuse", "denied", "", &*ada),
            ("auth.login", "ok", &*ada, &*ada),
            ("auth.logout", "ok", &*ada, &*ada),
        ]
    );
    assert!(lines.iter().all(|line| line.address == "192.0.2.1"));
    assert!(lines.iter().all(|line| line.request_id == "req_1"));
}

#[tokio::test]
async fn every_line_of_a_module_is_stored_in_order() {
    let world = World::new().await;
    let ctx = Ctx::system("case", "req_7");
    for number in 0..1_000 {
        let request = ctx.request(record("case.create", &number.to_string()));
        fault(world.internal.clone().record_audit(request).await).unwrap();
    }
    world.settle().await;
    let late = ctx.request(record("case.create", "late"));
    fault(world.internal.clone().record_audit(late).await).unwrap();
    let lines = lines(&world).await;
    assert_eq!(lines.len(), 1_001);
    for (number, line) in lines[..1_000].iter().enumerate() {
        assert_eq!(line.object, number.to_string());
        assert_eq!(line.actor, "system:case");
    }
    assert_eq!(lines[1_000].object, "late");
}

#[tokio::test]
async fn a_line_that_says_nothing_is_refused() {
    let world = World::new().await;
    for (request, field) in [
        (record("", "x"), "action"),
        (record("case.create", &"x".repeat(201)), "object"),
        (
            pb::RecordAuditRequest {
                outcome: 0,
                ..record("a.b", "")
            },
            "outcome",
        ),
        (
            pb::RecordAuditRequest {
                details_json: "[]".to_owned(),
                ..record("a.b", "")
            },
            "details_json",
        ),
    ] {
        let fault = fault(world.internal.clone().record_audit(request).await).unwrap_err();
        assert_eq!(fault.violations[0].field, field);
    }
}
