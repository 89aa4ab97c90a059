use super::*;

#[tokio::test]
async fn the_owner_sees_everything_of_a_job() {
    let world = World::start().await;
    let job_id = world.store_job().await;
    let leased = world.lease().await.unwrap();
    world.complete(&leased, r#"{"findings":3}"#).await.unwrap();
    let job = world.get(owner(), &job_id).await.unwrap();
    assert_eq!(job.input_json, r#"{"file_id":"file_1"}"#);
    assert_eq!(job.result_json, r#"{"findings":3}"#);
    assert_eq!((job.progress, job.case_id.as_str()), (100, "case_1"));
    assert!(job.create_time.is_some() && job.start_time.is_some() && job.finish_time.is_some());
}

#[tokio::test]
async fn an_administrator_sees_foreign_jobs_without_input_and_result() {
    let world = World::start().await;
    let job_id = world.store_job().await;
    let leased = world.lease().await.unwrap();
    world.complete(&leased, "1").await.unwrap();
    let job = world.get(actor("admin_1", Role::Admin), &job_id).await;
    let job = job.unwrap();
    assert_eq!(job.status(), pb::JobStatus::Completed);
    assert_eq!(
        (job.input_json.as_str(), job.result_json.as_str()),
        ("", "")
    );
}

#[tokio::test]
async fn a_stranger_cannot_tell_a_foreign_job_from_none() {
    let world = World::start().await;
    let job_id = world.store_job().await;
    let stranger = || actor("user_2", Role::Member);
    let foreign = world.get(stranger(), &job_id).await.unwrap_err();
    let unknown = world.get(stranger(), "job_0000000000000000").await;
    assert_eq!(foreign, unknown.unwrap_err());
    assert_eq!(foreign.message, "Job not found; check the id");
    let cancelled = world.cancel(stranger(), &job_id).await.unwrap_err();
    assert_eq!(cancelled, foreign);
}

#[tokio::test]
async fn nobody_sees_jobs_without_signing_in() {
    let world = World::start().await;
    let request = Ctx::anonymous("req_1").request(pb::ListJobsRequest::default());
    let status = world.public().list_jobs(request).await.unwrap_err();
    assert_eq!(status.code(), tonic::Code::Unauthenticated);
}

#[tokio::test]
async fn a_token_needs_the_scope_and_a_viewer_cancels_nothing() {
    let world = World::start().await;
    let job_id = world.store_job().await;
    let reader = Actor {
        scopes: Some(vec!["cases:read".to_owned()]),
        ..owner()
    };
    world.get(reader.clone(), &job_id).await.unwrap();
    let fault = world.cancel(reader, &job_id).await.unwrap_err();
    assert!(fault.message.contains("cases:write"), "{fault}");
    let viewer = actor("user_1", Role::Viewer);
    assert_eq!(
        world.cancel(viewer, &job_id).await.unwrap_err().reason,
        "forbidden"
    );
}

#[tokio::test]
async fn a_pending_job_is_cancelled_and_never_leased() {
    let world = World::start().await;
    let job_id = world.store_job().await;
    let job = world.cancel(owner(), &job_id).await.unwrap();
    assert_eq!(job.status(), pb::JobStatus::Cancelled);
    assert!(world.lease().await.is_none());
    let fault = world.cancel(owner(), &job_id).await.unwrap_err();
    assert_eq!(fault.reason, "job_finished");
    assert_eq!(fault.code, tonic::Code::FailedPrecondition);
}

#[tokio::test]
async fn the_worker_of_a_cancelled_job_hears_of_it_with_its_heartbeat() {
    let world = World::start().await;
    let job_id = world.store_job().await;
    let leased = world.lease().await.unwrap();
    let job = world.cancel(owner(), &job_id).await.unwrap();
    assert_eq!(
        (job.status(), job.cancel_requested),
        (pb::JobStatus::Running, true)
    );
    assert!(world.heartbeat(&leased, 10).await.unwrap());
    let job = world.fail(&leased, true).await.unwrap();
    assert_eq!(job.status(), pb::JobStatus::Cancelled);
}

#[tokio::test]
async fn the_list_holds_the_callers_jobs_newest_first() {
    let world = World::start().await;
    let mut stored = Vec::new();
    for _ in 0..5 {
        stored.push(world.store_job().await);
        world.clock.advance(Duration::from_secs(1));
    }
    stored.reverse();
    let foreign = pb::EnqueueJobRequest {
        owner_id: "user_2".to_owned(),
        ..analyze_file()
    };
    world.enqueue(foreign).await;

    let mut listed = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = pb::ListJobsRequest {
            page_size: 2,
            page_token,
            ..Default::default()
        };
        let page = world.list(owner(), request).await.unwrap();
        assert!(page.jobs.len() <= 2);
        listed.extend(page.jobs.into_iter().map(|job| job.job_id));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(listed, stored);
}

#[tokio::test]
async fn pages_split_jobs_of_the_same_moment() {
    let world = World::start().await;
    for _ in 0..3 {
        world.store_job().await;
    }
    let request = pb::ListJobsRequest {
        page_size: 2,
        ..Default::default()
    };
    let first = world.list(owner(), request.clone()).await.unwrap();
    let page_token = first.next_page_token;
    let second = world
        .list(
            owner(),
            pb::ListJobsRequest {
                page_token,
                ..request
            },
        )
        .await;
    assert_eq!((first.jobs.len(), second.unwrap().jobs.len()), (2, 1));
}

#[tokio::test]
async fn a_page_of_large_results_ends_early() {
    let world = World::start().await;
    let result = format!("{:?}", "x".repeat(1_500_000));
    for _ in 0..3 {
        world.store_job().await;
        let job = world.lease().await.unwrap();
        world.complete(&job, &result).await.unwrap();
    }
    let page = world.list(owner(), pb::ListJobsRequest::default()).await;
    let page = page.unwrap();
    assert_eq!(page.jobs.len(), 1);
    assert!(!page.next_page_token.is_empty());
}

#[tokio::test]
async fn the_list_can_be_narrowed_to_a_case_and_a_status() {
    let world = World::start().await;
    world.store_job().await;
    world.lease().await.unwrap();
    let elsewhere = pb::EnqueueJobRequest {
        case_id: "case_2".to_owned(),
        ..analyze_file()
    };
    world.enqueue(elsewhere).await;

    let of_case = pb::ListJobsRequest {
        case_id: "case_2".to_owned(),
        ..Default::default()
    };
    let jobs = world.list(owner(), of_case).await.unwrap().jobs;
    assert!(jobs.len() == 1 && jobs[0].case_id == "case_2");
    let status = pb::JobStatus::Running.into();
    let running = pb::ListJobsRequest {
        status,
        ..Default::default()
    };
    let jobs = world.list(owner(), running).await.unwrap().jobs;
    assert!(jobs.len() == 1 && jobs[0].case_id == "case_1");
}

#[tokio::test]
async fn a_selection_that_makes_no_sense_is_refused_with_its_field() {
    let world = World::start().await;
    let forged = faultmaven_kit::PageToken::encode(&(0_i64, "\0".to_owned())).unwrap();
    let requests = [
        (
            "status",
            pb::ListJobsRequest {
                status: 99,
                ..Default::default()
            },
        ),
        (
            "page_size",
            pb::ListJobsRequest {
                page_size: -1,
                ..Default::default()
            },
        ),
        (
            "page_token",
            pb::ListJobsRequest {
                page_token: "?".to_owned(),
                ..Default::default()
            },
        ),
        (
            "page_token",
            pb::ListJobsRequest {
                page_token: forged,
                ..Default::default()
            },
        ),
    ];
    for (field, request) in requests {
        let fault = world.list(owner(), request).await.unwrap_err();
        assert_eq!(fault.violations[0].field, field);
    }
}
