use super::*;
use crate::store::Store;
use crate::sweep::sweep;

#[tokio::test]
async fn an_ended_job_is_kept_for_seven_days() {
    let world = World::start().await;
    let store = Store::new(world.db.clone());
    let ended = world.store_job().await;
    let job = world.lease().await.unwrap();
    world.complete(&job, "").await.unwrap();
    let pending = world.store_job().await;

    world.clock.advance(seven_days());
    sweep(&store, &*world.clock, TimeDelta::days(7))
        .await
        .unwrap();
    assert!(world.get(owner(), &ended).await.is_ok());

    world.clock.advance(Duration::from_secs(1));
    sweep(&store, &*world.clock, TimeDelta::days(7))
        .await
        .unwrap();
    assert!(world.get(owner(), &ended).await.is_err());
    assert!(world.get(owner(), &pending).await.is_ok());
}
