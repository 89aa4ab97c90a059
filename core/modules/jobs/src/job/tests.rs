use super::*;

fn policy() -> Policy {
    Policy {
        lease: Duration::from_secs(60),
        attempts: 3,
        backoff: [5, 30, 120].map(Duration::from_secs).to_vec(),
    }
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

fn job() -> Job {
    let new = NewJob {
        kind: "analyze_file".to_owned(),
        module: "evidence".to_owned(),
        owner_id: "user_1".to_owned(),
        case_id: None,
        input: "{}".to_owned(),
        key: Some("file_1".to_owned()),
    };
    Job::pending("job_1".to_owned(), new, at(0))
}

fn leased() -> Job {
    let mut job = job();
    assert!(job.lease("worker_1", &policy(), at(0)));
    job
}

fn failure() -> Failure {
    Failure {
        reason: "storage_unavailable".to_owned(),
        message: "the disk is full".to_owned(),
    }
}

#[test]
fn a_lease_counts_the_attempt_and_ends_after_its_time() {
    let job = leased();
    assert_eq!(
        (job.status, job.attempt, job.lease_epoch),
        (Status::Running, 1, 1)
    );
    assert_eq!(job.available_at, Some(at(60)));
    assert_eq!(job.started_at, Some(at(0)));
}

#[test]
fn a_heartbeat_extends_the_lease() {
    let mut job = leased();
    job.heartbeat(1, 10, "reading", &policy(), at(30)).unwrap();
    assert_eq!(job.available_at, Some(at(90)));
    assert_eq!(job.stage, "reading");
}

#[test]
fn progress_never_falls_and_stays_below_100_until_completed() {
    let mut job = leased();
    for (reported, stored) in [(40, 40), (10, 40), (-5, 40), (100, 99), (1_000, 99)] {
        job.heartbeat(1, reported, "", &policy(), at(1)).unwrap();
        assert_eq!(job.progress, stored);
    }
    job.complete(1, None, at(2)).unwrap();
    assert_eq!(job.progress, 100);
}

#[test]
fn an_expired_lease_is_taken_over_with_one_more_attempt_and_the_old_worker_is_refused() {
    let mut job = leased();
    assert!(job.lease("worker_2", &policy(), at(61)));
    assert_eq!((job.attempt, job.lease_epoch), (2, 2));
    assert_eq!(job.started_at, Some(at(0)));
    assert_eq!(job.heartbeat(1, 50, "", &policy(), at(62)), Err(LeaseLost));
    assert_eq!(job.complete(1, None, at(62)), Err(LeaseLost));
    let failed = Failed::ForGood(failure());
    assert_eq!(job.fail(1, failed, &policy(), at(62)), Err(LeaseLost));
    assert_eq!(job.release(1, at(62)), Err(LeaseLost));
}

#[test]
fn a_job_whose_last_lease_expired_has_failed() {
    let mut job = leased();
    assert!(job.lease("worker_2", &policy(), at(61)));
    assert!(job.lease("worker_3", &policy(), at(122)));
    assert!(!job.lease("worker_4", &policy(), at(183)));
    assert_eq!(job.status, Status::Failed);
    assert_eq!(job.failure.unwrap().reason, "lease_expired");
    assert_eq!(job.finished_at, Some(at(183)));
}

#[test]
fn a_failure_that_may_pass_waits_longer_each_time_and_then_stays() {
    let mut job = leased();
    let failed = Failed::MayPass(failure());
    job.fail(1, failed.clone(), &policy(), at(10)).unwrap();
    assert_eq!(
        (job.status, job.available_at),
        (Status::Pending, Some(at(15)))
    );
    job.lease("worker_1", &policy(), at(15));
    job.fail(2, failed.clone(), &policy(), at(20)).unwrap();
    assert_eq!(
        (job.status, job.available_at),
        (Status::Pending, Some(at(50)))
    );
    assert_eq!(job.failure, None);
    job.lease("worker_1", &policy(), at(50));
    job.fail(3, failed, &policy(), at(60)).unwrap();
    assert_eq!((job.status, job.available_at), (Status::Failed, None));
    assert_eq!(job.failure, Some(failure()));
}

#[test]
fn the_last_pause_repeats() {
    let policy = policy();
    assert_eq!(policy.pause_after(3), Duration::from_secs(120));
    assert_eq!(policy.pause_after(9), Duration::from_secs(120));
}

#[test]
fn a_failure_for_good_ends_the_job_at_once() {
    let mut job = leased();
    job.fail(1, Failed::ForGood(failure()), &policy(), at(1))
        .unwrap();
    assert_eq!(job.status, Status::Failed);
}

#[test]
fn a_repeated_report_changes_nothing() {
    let mut completed = leased();
    completed.complete(1, Some("1".to_owned()), at(1)).unwrap();
    let before = completed.clone();
    completed.complete(1, Some("2".to_owned()), at(2)).unwrap();
    assert_eq!(completed, before);

    let mut waiting = leased();
    let failed = Failed::MayPass(failure());
    waiting.fail(1, failed.clone(), &policy(), at(1)).unwrap();
    let before = waiting.clone();
    waiting.fail(1, failed, &policy(), at(2)).unwrap();
    assert_eq!(waiting, before);

    let mut released = leased();
    released.release(1, at(1)).unwrap();
    let before = released.clone();
    released.release(1, at(2)).unwrap();
    assert_eq!(released, before);
}

#[test]
fn a_completed_job_cannot_fail_afterwards() {
    let mut job = leased();
    job.complete(1, None, at(1)).unwrap();
    let failed = Failed::ForGood(failure());
    assert_eq!(job.fail(1, failed, &policy(), at(2)), Err(LeaseLost));
}

#[test]
fn a_released_job_has_not_been_tried() {
    let mut job = leased();
    job.release(1, at(7)).unwrap();
    assert_eq!((job.status, job.attempt), (Status::Pending, 0));
    assert_eq!((job.available_at, job.started_at), (Some(at(7)), None));
    assert!(job.lease("worker_2", &policy(), at(8)));
    assert_eq!(job.lease_epoch, 2);
}

#[test]
fn a_pending_job_is_cancelled_at_once() {
    let mut job = job();
    job.cancel(at(1)).unwrap();
    assert_eq!(
        (job.status, job.finished_at),
        (Status::Cancelled, Some(at(1)))
    );
    assert_eq!(job.cancel(at(2)), Err(AlreadyEnded(Status::Cancelled)));
}

#[test]
fn a_running_job_is_asked_to_stop_and_is_cancelled_when_its_worker_reports() {
    let ends: [fn(&mut Job); 4] = [
        |job| job.fail(1, Failed::Cancelled, &policy(), at(2)).unwrap(),
        |job| {
            let failed = Failed::MayPass(failure());
            job.fail(1, failed, &policy(), at(2)).unwrap();
        },
        |job| job.release(1, at(2)).unwrap(),
        |job| assert!(!job.lease("worker_2", &policy(), at(61))),
    ];
    for end in ends {
        let mut job = leased();
        job.cancel(at(1)).unwrap();
        assert_eq!((job.status, job.cancel_requested), (Status::Running, true));
        end(&mut job);
        assert_eq!(job.status, Status::Cancelled);
    }
}

#[test]
fn a_job_whose_worker_is_gone_is_cancelled_at_once() {
    let mut job = leased();
    job.cancel(at(60)).unwrap();
    assert_eq!(job.status, Status::Cancelled);
}

#[test]
fn work_that_was_done_before_the_worker_heard_of_the_cancellation_is_completed() {
    let mut job = leased();
    job.cancel(at(1)).unwrap();
    job.complete(1, None, at(2)).unwrap();
    assert_eq!(job.status, Status::Completed);
}

#[test]
fn only_a_job_that_did_not_succeed_gives_up_its_key() {
    let mut completed = leased();
    completed.complete(1, None, at(1)).unwrap();
    assert!(completed.key.is_some());
    let mut failed = leased();
    failed
        .fail(1, Failed::ForGood(failure()), &policy(), at(1))
        .unwrap();
    assert_eq!(failed.key, None);
}
