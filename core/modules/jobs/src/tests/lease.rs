use super::*;

#[tokio::test]
async fn a_stored_job_is_leased_once() {
    let world = World::start().await;
    let job_id = world.store_job().await;
    let job = world.lease().await.unwrap();
    assert_eq!(job.job_id, job_id);
    assert_eq!(job.status(), pb::JobStatus::Running);
    assert_eq!((job.attempt, job.lease_epoch), (1, 1));
    assert_eq!(job.input_json, r#"{"file_id":"file_1"}"#);
    assert!(world.lease().await.is_none());
}

#[tokio::test]
async fn the_job_that_has_been_due_longest_comes_first() {
    let world = World::start().await;
    let mut stored = Vec::new();
    for _ in 0..3 {
        stored.push(world.store_job().await);
        world.clock.advance(Duration::from_secs(1));
    }
    for job_id in stored {
        assert_eq!(world.lease().await.unwrap().job_id, job_id);
    }
}

#[tokio::test]
async fn a_worker_gets_only_its_module_and_kinds() {
    let world = World::start().await;
    let other_kind = pb::EnqueueJobRequest {
        kind: "sweep_staged".to_owned(),
        ..analyze_file()
    };
    let other_module = pb::EnqueueJobRequest {
        module: "report".to_owned(),
        ..analyze_file()
    };
    world.enqueue(other_kind).await;
    world.enqueue(other_module).await;
    assert!(world.lease().await.is_none());
}

#[tokio::test]
async fn a_waiting_worker_is_woken_by_a_new_job() {
    let world = World::start().await;
    let request = system().request(wanted(Duration::from_secs(30)));
    let mut client = world.internal();
    let waiting = world.tasks.spawn("worker", async move {
        client.lease_job(request).await.unwrap().into_inner().job
    });
    let job_id = world.store_job().await;
    assert_eq!(waiting.await.unwrap().unwrap().job_id, job_id);
}

#[tokio::test]
async fn a_waiting_worker_is_sent_home_at_shutdown() {
    let world = World::start().await;
    let request = system().request(wanted(Duration::from_secs(30)));
    let mut client = world.internal();
    let waiting = world
        .tasks
        .spawn("worker", async move { client.lease_job(request).await });
    let late = world.tasks.shutdown(Duration::from_secs(5)).await;
    assert!(late.is_empty(), "{late:?}");
    let status = waiting.await.unwrap().unwrap_err();
    assert_eq!(Fault::from_status(&status).reason, "jobs_unavailable");
}

#[tokio::test]
async fn concurrent_workers_never_share_a_job() {
    let world = World::start().await;
    let other = world.another_process().await;
    for _ in 0..20 {
        world.store_job().await;
    }
    let workers = (0..8).map(|worker| {
        let module = match worker % 2 {
            0 => world.module.clone(),
            _ => other.clone(),
        };
        world.tasks.spawn(format!("worker {worker}"), drain(module))
    });
    let mut leased = Vec::new();
    for worker in workers.collect::<Vec<_>>() {
        leased.extend(worker.await.unwrap());
    }
    leased.sort();
    leased.dedup();
    assert_eq!(leased.len(), 20);
}

/// Leases until nothing is left.
async fn drain(module: Module) -> Vec<String> {
    let mut client = JobsInternalServiceClient::new(module);
    let mut leased = Vec::new();
    loop {
        let request = system().request(wanted(Duration::from_millis(200)));
        let response = client.lease_job(request).await.unwrap().into_inner();
        match response.job {
            Some(job) => leased.push(job.job_id),
            None => return leased,
        }
    }
}

#[tokio::test]
async fn an_expired_lease_is_taken_over_and_the_first_worker_is_told() {
    let world = World::start().await;
    world.store_job().await;
    let first = world.lease().await.unwrap();
    world.clock.advance(Duration::from_secs(59));
    assert!(world.lease().await.is_none());
    world.clock.advance(Duration::from_secs(1));
    let second = world.lease().await.unwrap();
    assert_eq!((second.attempt, second.lease_epoch), (2, 2));

    let fault = world.heartbeat(&first, 50).await.unwrap_err();
    assert_eq!(fault.reason, "lease_lost");
    assert_eq!(
        world.complete(&first, "1").await.unwrap_err().reason,
        "lease_lost"
    );
    world.complete(&second, "2").await.unwrap();
    let job = world.get(owner(), &second.job_id).await.unwrap();
    assert_eq!(job.result_json, "2");
}

#[tokio::test]
async fn a_heartbeat_keeps_the_lease() {
    let world = World::start().await;
    world.store_job().await;
    let job = world.lease().await.unwrap();
    world.clock.advance(Duration::from_secs(45));
    assert!(!world.heartbeat(&job, 30).await.unwrap());
    world.clock.advance(Duration::from_secs(45));
    assert!(world.lease().await.is_none());
    let job = world.get(owner(), &job.job_id).await.unwrap();
    assert_eq!((job.progress, job.stage.as_str()), (30, "reading"));
}

#[tokio::test]
async fn a_job_that_nobody_finishes_fails_after_the_last_attempt() {
    let world = World::start().await;
    let job_id = world.store_job().await;
    for attempt in 1..=3 {
        assert_eq!(world.lease().await.unwrap().attempt, attempt);
        world.clock.advance(Duration::from_secs(60));
    }
    assert!(world.lease().await.is_none());
    let job = world.get(owner(), &job_id).await.unwrap();
    assert_eq!(job.status(), pb::JobStatus::Failed);
    assert_eq!(job.error.unwrap().reason, "lease_expired");
}

#[tokio::test]
async fn a_failed_attempt_is_repeated_after_a_pause() {
    let world = World::start().await;
    world.store_job().await;
    for pause in [5, 30] {
        let job = world.lease().await.unwrap();
        let job = world.fail(&job, true).await.unwrap();
        assert_eq!(job.status(), pb::JobStatus::Pending);
        world.clock.advance(Duration::from_secs(pause - 1));
        assert!(world.lease().await.is_none());
        world.clock.advance(Duration::from_secs(1));
    }
    let job = world.lease().await.unwrap();
    let job = world.fail(&job, true).await.unwrap();
    assert_eq!(job.status(), pb::JobStatus::Failed);
    assert_eq!(job.error.unwrap().reason, "storage_unavailable");
}

#[tokio::test]
async fn a_released_job_is_leased_again_at_once_as_the_same_attempt() {
    let world = World::start().await;
    world.store_job().await;
    let job = world.lease().await.unwrap();
    let request = system().request(pb::ReleaseJobRequest {
        job_id: job.job_id.clone(),
        lease_epoch: job.lease_epoch,
    });
    world.internal().release_job(request).await.unwrap();
    let again = world.lease().await.unwrap();
    assert_eq!((again.attempt, again.lease_epoch), (1, 2));
}

#[tokio::test]
async fn a_key_is_taken_until_its_job_has_failed() {
    let world = World::start().await;
    let first = world.enqueue(with_key("file_1")).await;
    assert!(!first.existing);
    let second = world.enqueue(with_key("file_1")).await;
    assert!(second.existing);
    assert_eq!(first.job.unwrap().job_id, second.job.unwrap().job_id);

    let job = world.lease().await.unwrap();
    world.fail(&job, false).await.unwrap();
    let third = world.enqueue(with_key("file_1")).await;
    assert!(!third.existing);
}

#[tokio::test]
async fn a_completed_job_keeps_its_key_and_other_kinds_are_free() {
    let world = World::start().await;
    world.enqueue(with_key("file_1")).await;
    let job = world.lease().await.unwrap();
    world.complete(&job, "").await.unwrap();
    assert!(world.enqueue(with_key("file_1")).await.existing);
    let other_kind = pb::EnqueueJobRequest {
        kind: "unpack_archive".to_owned(),
        ..with_key("file_1")
    };
    assert!(!world.enqueue(other_kind).await.existing);
    assert!(!world.enqueue(analyze_file()).await.existing);
}

#[tokio::test]
async fn simultaneous_jobs_with_one_key_become_one() {
    let world = World::start().await;
    let calls: Vec<_> = (0..8)
        .map(|_| {
            let mut client = world.internal();
            let request = system().request(with_key("file_1"));
            world.tasks.spawn("enqueue", async move {
                client.enqueue_job(request).await.unwrap().into_inner()
            })
        })
        .collect();
    let mut new = 0;
    for call in calls {
        new += i32::from(!call.await.unwrap().existing);
    }
    assert_eq!(new, 1);
}

#[tokio::test]
async fn a_request_that_makes_no_sense_is_refused_with_its_field() {
    let world = World::start().await;
    let requests = [
        (
            "kind",
            pb::EnqueueJobRequest {
                kind: " ".to_owned(),
                ..analyze_file()
            },
        ),
        (
            "module",
            pb::EnqueueJobRequest {
                module: String::new(),
                ..analyze_file()
            },
        ),
        (
            "input_json",
            pb::EnqueueJobRequest {
                input_json: "[1]".to_owned(),
                ..analyze_file()
            },
        ),
        (
            "input_json",
            pb::EnqueueJobRequest {
                input_json: "{".to_owned(),
                ..analyze_file()
            },
        ),
        ("key", with_key(&"x".repeat(256))),
    ];
    for (field, request) in requests {
        let status = world
            .internal()
            .enqueue_job(system().request(request))
            .await;
        let fault = Fault::from_status(&status.unwrap_err());
        assert_eq!(fault.violations[0].field, field);
    }
    let nothing = pb::LeaseJobRequest {
        kinds: Vec::new(),
        ..wanted(Duration::ZERO)
    };
    let status = world.internal().lease_job(system().request(nothing)).await;
    assert_eq!(
        Fault::from_status(&status.unwrap_err()).reason,
        "invalid_field"
    );
}

#[tokio::test]
async fn a_report_on_a_job_that_does_not_exist_is_refused() {
    let world = World::start().await;
    for job_id in ["job_0000000000000000", "nonsense", "job_\0"] {
        let job = pb::Job {
            job_id: job_id.to_owned(),
            ..pb::Job::default()
        };
        assert_eq!(
            world.complete(&job, "").await.unwrap_err().reason,
            "job_not_found"
        );
    }
}
