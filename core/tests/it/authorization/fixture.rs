//! A case with everything in it, its owner, the team it is shared with, and others.

use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::json;

use super::Asker;
use crate::harness::{App, User, WorkedExample};

/// People and the things of the owner.
pub(super) struct Fixture {
    _app: App,
    nobody: User,
    stranger: User,
    administrator: User,
    viewer: User,
    member: User,
    owner: User,
    pub(super) case_id: String,
    pub(super) file_id: String,
    pub(super) other_file_id: String,
    pub(super) evidence_id: String,
    pub(super) hypothesis_id: String,
    pub(super) report_id: String,
    pub(super) document_id: String,
    pub(super) other_document_id: String,
    pub(super) global_document_id: String,
    pub(super) session_id: String,
    pub(super) token_id: String,
    pub(super) job_id: String,
    pub(super) user_id: String,
    pub(super) team_id: String,
    pub(super) invitation_id: String,
    names: AtomicU32,
}

impl Fixture {
    #[expect(clippy::too_many_lines, reason = "one of everything")]
    pub(super) async fn create() -> Self {
        let app = App::start().await;
        let administrator = app.admin().await;
        let owner = app.user(&administrator, "bob", "member").await;
        let stranger = app.user(&administrator, "carol", "member").await;
        let viewer = app.user(&administrator, "victor", "viewer").await;
        let member = app.user(&administrator, "erin", "member").await;
        let case_id = owner.open_case().await;
        owner
            .say(&case_id, "Why does checkout answer 500 since 14:05?")
            .await;
        let turn = owner
            .hand_over(&case_id, None, &[("app.log", WorkedExample::app_log())])
            .await;
        owner.say(&case_id, "yes").await;
        let file_id = turn["attachments_processed"][0]["file_id"]
            .as_str()
            .unwrap()
            .to_owned();
        let other = owner.upload(&case_id, "other.log", b"ERROR other".to_vec());
        let other = other.await.expect(201);
        let other_file_id = other["evidence_id"].as_str().unwrap().to_owned();
        let documents = "/api/v1/knowledge/documents";
        let note = json!({"title": "Note", "content": "note"});
        let rule = json!({"title": "Rule", "content": "rule", "scope": "global"});
        let report = json!({"report_types": ["timeline"]});
        let document = json!({"title": "Guide", "content": "text", "document_type": "guide"});
        let token = json!({"name": "ci", "scopes": ["cases:read"]});
        let team_id = made(&owner, "/api/v1/teams", json!({"name": "SRE"}), "/team_id").await;
        for user in [&viewer, &member] {
            let path = format!("/api/v1/teams/{team_id}/members/{}", user.id());
            owner.put(&path, json!({})).await.expect(200);
        }
        let invitation_id = made(
            &owner,
            "/api/v1/invitations",
            json!({"team_id": team_id}),
            "/invitation_id",
        )
        .await;
        let shared = json!({"shared_team_ids": [team_id]});
        let case = format!("/api/v1/cases/{case_id}");
        owner.put(&case, shared).await.expect(200);
        Self {
            evidence_id: first(
                &owner,
                &format!("/api/v1/cases/{case_id}/evidence"),
                "evidence",
                "evidence_id",
            )
            .await,
            hypothesis_id: first(
                &owner,
                &format!("/api/v1/cases/{case_id}/hypotheses"),
                "hypotheses",
                "hypothesis_id",
            )
            .await,
            report_id: made(
                &owner,
                &format!("/api/v1/cases/{case_id}/reports"),
                report,
                "/reports/0/report_id",
            )
            .await,
            document_id: made(&owner, documents, document, "/document_id").await,
            other_document_id: made(&owner, documents, note, "/document_id").await,
            global_document_id: made(&administrator, documents, rule, "/document_id").await,
            session_id: made(&owner, "/api/v1/sessions", json!({}), "/session_id").await,
            token_id: made(&owner, "/api/v1/auth/tokens", token, "/token_id").await,
            job_id: first(&owner, "/api/v1/jobs", "jobs", "job_id").await,
            user_id: owner.id().to_owned(),
            names: AtomicU32::new(0),
            nobody: app.anonymous(),
            stranger,
            administrator,
            viewer,
            member,
            owner,
            _app: app,
            case_id,
            file_id,
            other_file_id,
            team_id,
            invitation_id,
        }
    }

    /// Returns a name that nothing has yet.
    pub(super) fn unique_name(&self) -> String {
        format!("name {}", self.names.fetch_add(1, Ordering::Relaxed))
    }

    pub(super) fn user(&self, asker: Asker) -> &User {
        match asker {
            Asker::Nobody => &self.nobody,
            Asker::Stranger => &self.stranger,
            Asker::Administrator => &self.administrator,
            Asker::Viewer => &self.viewer,
            Asker::Member => &self.member,
            Asker::Owner => &self.owner,
        }
    }

    /// Returns `path` with the ids of the owner's things.
    pub(super) fn fill(&self, path: &str) -> String {
        [
            ("{case_id}", &self.case_id),
            ("{file_id}", &self.file_id),
            ("{data_id}", &self.file_id),
            ("{hypothesis_id}", &self.hypothesis_id),
            ("{report_id}", &self.report_id),
            ("{document_id}", &self.document_id),
            ("{session_id}", &self.session_id),
            ("{token_id}", &self.token_id),
            ("{job_id}", &self.job_id),
            ("{user_id}", &self.user_id),
            ("{team_id}", &self.team_id),
            ("{invitation_id}", &self.invitation_id),
        ]
        .iter()
        .fold(path.to_owned(), |path, (name, id)| path.replace(name, id))
    }
}

async fn made(user: &User, path: &str, body: serde_json::Value, pointer: &str) -> String {
    let reply = user.post(path, body).await;
    assert!(reply.status < 300, "{path}: {:#}", reply.body);
    reply
        .body
        .pointer(pointer)
        .unwrap()
        .as_str()
        .unwrap()
        .to_owned()
}

async fn first(user: &User, path: &str, list: &str, field: &str) -> String {
    let body = user.get(path).await.expect(200);
    body[list][0][field].as_str().unwrap().to_owned()
}
