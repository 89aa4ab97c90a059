use faultmaven_kit::{Code, Ctx, Role};
use faultmaven_proto::case::v1 as pb;

use super::harness::{Harness, answer, person, scoped};

fn named(title: &str, request_id: &str) -> pb::CreateCaseRequest {
    pb::CreateCaseRequest {
        title: title.to_owned(),
        request_id: request_id.to_owned(),
        ..pb::CreateCaseRequest::default()
    }
}

fn update(case_id: &str) -> pb::UpdateCaseRequest {
    pb::UpdateCaseRequest {
        case_id: case_id.to_owned(),
        ..pb::UpdateCaseRequest::default()
    }
}

#[tokio::test]
async fn a_case_without_title_is_numbered_per_owner_and_day() {
    let harness = Harness::start().await;
    assert_eq!(harness.open().await.title, "Case-0304-1");
    assert_eq!(harness.open().await.title, "Case-0304-2");
    harness
        .clock
        .advance(std::time::Duration::from_secs(86_400));
    let case = harness.open().await;
    assert_eq!(case.title, "Case-0305-1");
    assert_eq!(case.title_source, i32::from(pb::TitleSource::Placeholder));
    assert_eq!(case.status, i32::from(pb::CaseStatus::Inquiry));
    assert_eq!(
        case.valid_next_states,
        [pb::CaseStatus::Investigating, pb::CaseStatus::Closed].map(i32::from)
    );
    assert_eq!(harness.get(&case.case_id).await, case);
}

#[tokio::test]
async fn opening_a_case_is_audited_without_waiting() {
    let harness = Harness::start().await;
    let case = harness.open().await;
    harness.audit.wait_for("case.create", &case.case_id).await;
    assert!(
        harness
            .tasks
            .shutdown(std::time::Duration::from_secs(5))
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn a_repeated_request_opens_one_case() {
    let harness = Harness::start().await;
    let create = |request: pb::CreateCaseRequest| {
        let request = harness.owner.request(request);
        async { answer(harness.cases().create_case(request).await) }
    };
    let first = create(named("one", "request-1")).await.unwrap();
    let second = create(named("one", "request-1")).await.unwrap();
    assert!(!first.replayed && second.replayed);
    assert_eq!(first.case, second.case);
    let reused = create(named("two", "request-1")).await.unwrap_err();
    assert_eq!(
        (reused.code, &*reused.reason),
        (Code::Aborted, "idempotency_key_reused")
    );
    let malformed = create(named("two", "short")).await.unwrap_err();
    assert_eq!(malformed.violations[0].field, "request_id");
}

#[tokio::test]
async fn fields_are_checked_and_named() {
    let harness = Harness::start().await;
    let bad = [
        (
            "title",
            pb::CreateCaseRequest {
                title: "x".repeat(201),
                ..Default::default()
            },
        ),
        (
            "description",
            pb::CreateCaseRequest {
                description: "x".repeat(2_001),
                ..Default::default()
            },
        ),
        (
            "tags",
            pb::CreateCaseRequest {
                tags: vec![String::new()],
                ..Default::default()
            },
        ),
        (
            "metadata_json",
            pb::CreateCaseRequest {
                metadata_json: "[]".into(),
                ..Default::default()
            },
        ),
    ];
    for (field, request) in bad {
        let refused = answer(
            harness
                .cases()
                .create_case(harness.owner.request(request))
                .await,
        );
        let fault = refused.unwrap_err();
        assert_eq!(fault.code, Code::InvalidArgument);
        assert_eq!(fault.violations[0].field, field);
    }
}

#[tokio::test]
async fn an_edit_checks_the_version_and_keeps_the_state_version() {
    let harness = Harness::start().await;
    let case = harness.open().await;
    let edit = pb::UpdateCaseRequest {
        title: Some("mine".into()),
        tags: vec!["EU".into()],
        replace_tags: true,
        metadata_json: Some("{ }".into()),
        expected_version: Some(case.version),
        ..update(&case.case_id)
    };
    let changed = answer(
        harness
            .cases()
            .update_case(harness.owner.request(edit.clone()))
            .await,
    );
    let changed = changed.unwrap().case.unwrap();
    assert_eq!(
        (changed.title.as_str(), changed.version),
        ("mine", case.version + 1)
    );
    assert_eq!(changed.state_version, case.state_version);
    assert_eq!(
        (changed.tags.as_slice(), changed.metadata_json.as_str()),
        (&["eu".to_owned()][..], "{ }")
    );
    let late = answer(
        harness
            .cases()
            .update_case(harness.owner.request(edit))
            .await,
    );
    let late = late.unwrap_err();
    assert_eq!(
        (late.code, &*late.reason),
        (Code::Aborted, "version_conflict")
    );
    assert_eq!(late.metadata["expected_version"], "1");
    assert_eq!(late.metadata["actual_version"], "2");
}

#[tokio::test]
async fn a_deleted_case_is_gone_at_once_and_comes_back_within_its_grace() {
    let harness = Harness::start().await;
    let case = harness.open().await;
    let delete = pb::DeleteCaseRequest {
        case_id: case.case_id.clone(),
        expected_version: None,
    };
    answer(
        harness
            .cases()
            .delete_case(harness.owner.request(delete.clone()))
            .await,
    )
    .unwrap();
    let get = pb::GetCaseRequest {
        case_id: case.case_id.clone(),
    };
    let gone = answer(harness.cases().get_case(harness.owner.request(get)).await).unwrap_err();
    let message = "Case not found; check the id, or list your cases";
    assert_eq!(
        (gone.code, gone.message.as_str()),
        (Code::NotFound, message)
    );
    let restore = pb::RestoreCaseRequest {
        case_id: case.case_id.clone(),
    };
    let stranger = person(Role::Member);
    let foreign = answer(
        harness
            .cases()
            .restore_case(stranger.request(restore.clone()))
            .await,
    );
    assert_eq!(foreign.unwrap_err().code, Code::NotFound);
    let back = answer(
        harness
            .cases()
            .restore_case(harness.owner.request(restore.clone()))
            .await,
    );
    assert_eq!(back.unwrap().case.unwrap().case_id, case.case_id);
    answer(
        harness
            .cases()
            .delete_case(harness.owner.request(delete))
            .await,
    )
    .unwrap();
    harness
        .clock
        .advance(std::time::Duration::from_secs(8 * 86_400));
    let late = answer(
        harness
            .cases()
            .restore_case(harness.owner.request(restore))
            .await,
    );
    assert_eq!(late.unwrap_err().reason, "case_not_found");
    harness.audit.wait_for("case.delete", &case.case_id).await;
    harness.audit.wait_for("case.restore", &case.case_id).await;
}

#[tokio::test]
async fn what_nobody_can_restore_is_removed_for_good_and_only_by_modules() {
    let harness = Harness::start().await;
    let (kept, gone) = (harness.open().await, harness.open().await);
    let delete = pb::DeleteCaseRequest {
        case_id: gone.case_id.clone(),
        ..Default::default()
    };
    let delete = harness.owner.request(delete);
    answer(harness.cases().delete_case(delete).await).unwrap();
    let module = Ctx::system("agent", "req_1");
    let list = async || {
        let request = module.request(pb::ListPurgeableRequest { max_results: 10 });
        let listed = harness.internal().list_purgeable(request).await;
        answer(listed).unwrap().case_ids
    };
    let purge = async |ctx: &Ctx, case: &pb::Case| {
        let case_id = case.case_id.clone();
        let request = ctx.request(pb::PurgeCaseRequest { case_id });
        answer(harness.internal().purge_case(request).await)
    };
    assert_eq!(list().await, Vec::<String>::new());
    let early = purge(&module, &gone).await;
    assert_eq!(early.unwrap_err().code, Code::NotFound);
    let grace = std::time::Duration::from_secs(8 * 86_400);
    harness.clock.advance(grace);
    assert_eq!(list().await, std::slice::from_ref(&gone.case_id));
    harness.clock.set_back(grace);
    let restore = pb::RestoreCaseRequest {
        case_id: gone.case_id.clone(),
    };
    let restore = harness.owner.request(restore);
    let late = answer(harness.cases().restore_case(restore).await);
    assert!(
        late.is_err(),
        "a clock that lags restores what is being removed"
    );
    harness.clock.advance(grace);
    let foreign = purge(&harness.owner, &gone).await;
    assert_eq!(foreign.unwrap_err().code, Code::PermissionDenied);
    for _ in 0..2 {
        purge(&module, &gone).await.unwrap();
    }
    assert_eq!(list().await, Vec::<String>::new());
    assert!(purge(&module, &kept).await.is_err());
    assert_eq!(harness.get(&kept.case_id).await.case_id, kept.case_id);
}

#[tokio::test]
async fn foreign_cases_do_not_exist_and_viewers_only_look() {
    let harness = Harness::start().await;
    let case = harness.open().await;
    let get = || pb::GetCaseRequest {
        case_id: case.case_id.clone(),
    };
    for stranger in [
        person(Role::Member),
        person(Role::Admin),
        person(Role::Viewer),
    ] {
        let foreign = answer(harness.cases().get_case(stranger.request(get())).await);
        assert_eq!(
            foreign.unwrap_err().message,
            "Case not found; check the id, or list your cases"
        );
    }
    for id in ["", "case_1", "case_000000000000"] {
        let request = pb::GetCaseRequest { case_id: id.into() };
        let unknown = answer(
            harness
                .cases()
                .get_case(harness.owner.request(request))
                .await,
        );
        assert_eq!(
            unknown.unwrap_err().message,
            "Case not found; check the id, or list your cases"
        );
    }
    let nobody = Ctx::anonymous("request");
    let anonymous = answer(harness.cases().get_case(nobody.request(get())).await);
    assert_eq!(anonymous.unwrap_err().code, Code::Unauthenticated);
    let viewer = person(Role::Viewer);
    let create = viewer.request(pb::CreateCaseRequest::default());
    let refused = answer(harness.cases().create_case(create).await).unwrap_err();
    assert_eq!(
        (refused.code, &*refused.reason),
        (Code::PermissionDenied, "forbidden")
    );
}

#[tokio::test]
async fn a_token_reaches_as_far_as_its_scopes() {
    let harness = Harness::start().await;
    let case = harness.open().await;
    let reader = scoped(&harness.owner, &["cases:read"]);
    let get = pb::GetCaseRequest {
        case_id: case.case_id.clone(),
    };
    answer(harness.cases().get_case(reader.request(get.clone())).await).unwrap();
    let edit = answer(
        harness
            .cases()
            .update_case(reader.request(update(&case.case_id)))
            .await,
    );
    assert!(edit.unwrap_err().message.contains("cases:write"));
    let none = scoped(&harness.owner, &[]);
    let refused = answer(harness.cases().get_case(none.request(get)).await);
    assert_eq!(refused.unwrap_err().code, Code::PermissionDenied);
}

#[tokio::test]
async fn access_is_told_to_other_modules() {
    let harness = Harness::start().await;
    let case = harness.open().await;
    let ask = |access: pb::CaseAccess| pb::CheckAccessRequest {
        case_id: case.case_id.clone(),
        access: access.into(),
    };
    let request = harness.owner.request(ask(pb::CaseAccess::AddFiles));
    let allowed = answer(harness.internal().check_access(request).await).unwrap();
    assert_eq!(allowed.owner_id, case.owner_id);
    let system = Ctx::system("evidence", "request");
    let request = system.request(ask(pb::CaseAccess::Read));
    answer(harness.internal().check_access(request).await).unwrap();
    let stranger = person(Role::Member).request(ask(pb::CaseAccess::Read));
    let refused = answer(harness.internal().check_access(stranger).await);
    assert_eq!(refused.unwrap_err().reason, "case_not_found");
    let unnamed = harness.owner.request(ask(pb::CaseAccess::Unspecified));
    let refused = answer(harness.internal().check_access(unnamed).await);
    assert_eq!(refused.unwrap_err().violations[0].field, "access");
}
