//! Things of every kind for the operations of the contract to be called on.

use serde_json::{Value, json};

use crate::harness::{App, PASSWORD, User, WorkedExample};

/// A user who owns one of everything.
pub(super) struct World {
    app: App,
    user: User,
    /// Signed in besides, so that signing out disturbs nobody.
    leaving: User,
    case_id: String,
    file_id: String,
    evidence_id: String,
    hypothesis_id: String,
    report_id: String,
    document_id: String,
    spare_document_id: String,
    session_id: String,
}

impl World {
    pub(super) async fn create() -> Self {
        let app = App::with(&[("AUTH_DEV_LOGIN", "true"), ("REGISTRATION", "open")]).await;
        let user = app.admin().await;
        let leaving = app.login("ada").await;
        let case_id = user.open_case().await;
        let case = format!("/api/v1/cases/{case_id}");
        user.say(&case_id, "Why does checkout answer 500 since 14:05?")
            .await;
        let turn = user
            .hand_over(&case_id, None, &[("app.log", WorkedExample::app_log())])
            .await;
        user.say(&case_id, "yes").await;
        let hypothesis = json!({"description": "a name does not resolve"});
        Self {
            file_id: text(&turn, "/attachments_processed/0/file_id"),
            evidence_id: text(
                &user.get(&format!("{case}/evidence")).await.expect(200),
                "/evidence/0/evidence_id",
            ),
            hypothesis_id: made(
                &user,
                &format!("{case}/hypotheses"),
                hypothesis,
                "/hypothesis/hypothesis_id",
            )
            .await,
            report_id: made(
                &user,
                &format!("{case}/reports"),
                json!({"report_types": ["incident_report"]}),
                "/reports/0/report_id",
            )
            .await,
            document_id: document(&user, "Reading a pool").await,
            spare_document_id: document(&user, "Reading a disk").await,
            session_id: made(&user, "/api/v1/sessions", json!({}), "/session_id").await,
            app,
            user,
            leaving,
            case_id,
        }
    }

    /// Returns who calls an operation.
    pub(super) fn older_client(&self, operation: &str) -> &User {
        match operation {
            "authLogout" => &self.leaving,
            _ => &self.user,
        }
    }

    /// Returns somebody who has not signed in.
    pub(super) fn anonymous(&self) -> User {
        self.app.anonymous()
    }

    /// Returns the ids in the path or query of an operation; one that ends things gets its own.
    pub(super) async fn ids(&self, operation: &str) -> Vec<(&'static str, String)> {
        let mut ids = vec![
            ("case_id", self.case_id.clone()),
            ("data_id", self.file_id.clone()),
            ("file_id", self.file_id.clone()),
            ("evidence_id", self.file_id.clone()),
            ("hypothesis_id", self.hypothesis_id.clone()),
            ("report_id", self.report_id.clone()),
            ("document_id", self.document_id.clone()),
            ("session_id", self.session_id.clone()),
        ];
        let spare = match operation {
            "caseEvidenceGet" => Some(("evidence_id", self.evidence_id.clone())),
            "caseUpdate" | "caseSetStatus" | "caseClose" | "caseDelete" | "caseArchive"
            | "caseTitle" => Some(("case_id", self.spare_case().await)),
            "caseDataDelete" => Some(("data_id", self.spare_file(&self.case_id).await)),
            "evidenceDelete" => Some(("evidence_id", self.spare_file(&self.case_id).await)),
            "evidenceLink" => Some(("evidence_id", self.spare_file("").await)),
            "documentDelete" => {
                Some(("document_id", document(&self.user, "Reading a queue").await))
            }
            _ => None,
        };
        if let Some((name, id)) = spare {
            ids.retain(|(known, _)| *known != name);
            ids.push((name, id));
        }
        ids
    }

    pub(super) fn case_id(&self) -> &str {
        &self.case_id
    }

    pub(super) fn file_id(&self) -> &str {
        &self.file_id
    }

    pub(super) fn document_id(&self) -> &str {
        &self.document_id
    }

    pub(super) fn spare_document_id(&self) -> &str {
        &self.spare_document_id
    }

    pub(super) fn password(&self) -> &'static str {
        PASSWORD
    }

    pub(super) fn refresh_token(&self) -> &str {
        let sign_in = self.user.sign_in();
        sign_in["refresh_token"].as_str().unwrap()
    }

    async fn spare_case(&self) -> String {
        let case_id = self.user.open_case().await;
        self.user.say(&case_id, "Checkout answers 500").await;
        case_id
    }

    async fn spare_file(&self, case_id: &str) -> String {
        let bytes = format!("spare {case_id}\n").into_bytes();
        let stored = self.user.upload(case_id, "spare.log", bytes).await;
        text(&stored.expect(201), "/evidence_id")
    }
}

async fn document(user: &User, title: &str) -> String {
    let body =
        json!({"title": title, "content": "Look at active first.", "document_type": "guide"});
    made(user, "/api/v1/knowledge/documents", body, "/document_id").await
}

async fn made(user: &User, path: &str, body: Value, pointer: &str) -> String {
    let reply = user.post(path, body).await;
    assert!(reply.status < 300, "{path}: {:#}", reply.body);
    text(&reply.body, pointer)
}

fn text(body: &Value, pointer: &str) -> String {
    let found = body.pointer(pointer).and_then(Value::as_str);
    found
        .unwrap_or_else(|| panic!("{pointer}: {body:#}"))
        .to_owned()
}
