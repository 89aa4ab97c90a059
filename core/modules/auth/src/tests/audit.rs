//! What the audit log remembers.

use faultmaven_kit::{Ctx, Fault};
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

fn line(action: &str, object: &str) -> pb::AuditEvent {
    pb::AuditEvent {
        actor: "system:case".to_owned(),
        action: action.to_owned(),
        object: object.to_owned(),
        outcome: pb::AuditOutcome::Ok.into(),
        ..pb::AuditEvent::default()
    }
}

async fn record(world: &World, events: Vec<pb::AuditEvent>) -> Result<(), Fault> {
    let request = Ctx::system("case", "req_7").request(pb::RecordAuditRequest { events });
    fault(world.internal.clone().record_audit(request).await)?;
    Ok(())
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
    for hundred in 0..10 {
        let numbers = hundred * 100..(hundred + 1) * 100;
        let events = numbers.map(|number| line("case.create", &number.to_string()));
        record(&world, events.collect()).await.unwrap();
    }
    world.settle().await;
    record(&world, vec![line("case.create", "late")])
        .await
        .unwrap();
    let lines = lines(&world).await;
    assert_eq!(lines.len(), 1_001);
    for (number, line) in lines[..1_000].iter().enumerate() {
        assert_eq!(line.object, number.to_string());
        assert_eq!(line.actor, "system:case");
    }
    assert_eq!(lines[1_000].object, "late");
}

#[tokio::test]
async fn a_line_that_says_nothing_is_refused_and_the_others_are_stored() {
    let world = World::new().await;
    let good = |object| line("case.create", object);
    for (bad, field) in [
        (line("", "x"), "action"),
        (line("case.create", &"x".repeat(201)), "object"),
        (
            pb::AuditEvent {
                outcome: 0,
                ..line("a.b", "")
            },
            "outcome",
        ),
        (
            pb::AuditEvent {
                details_json: "[]".to_owned(),
                ..line("a.b", "")
            },
            "details_json",
        ),
    ] {
        let fault = record(&world, vec![good("before"), bad, good("behind")])
            .await
            .unwrap_err();
        assert_eq!(fault.violations[0].field, field);
    }
    let fault = record(&world, vec![good("too many"); 257])
        .await
        .unwrap_err();
    assert_eq!(fault.violations[0].field, "events");
    world.settle().await;
    let objects: Vec<String> = lines(&world)
        .await
        .into_iter()
        .map(|it| it.object)
        .collect();
    assert_eq!(objects, ["before", "behind"].repeat(4));
}
