//! The door of REST, in both dialects.

use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::door::{Door, Refused};
use super::files::file;
use super::sight::{Evidence, Input, Sight, Told};
use crate::contract::expect_shape;
use crate::harness::{Reply, User};

/// Which client talks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// Each file is a turn of its own.
    Legacy,
    Current,
}

/// The door of REST.
pub(super) struct Rest {
    pub(super) user: User,
    pub(super) dialect: Dialect,
}

impl Rest {
    async fn read(&self, case_id: &str, path: &str) -> Value {
        let path = format!("/api/v1/cases/{case_id}{path}");
        self.user.get(&path).await.expect(200)
    }

    async fn say(&self, case_id: &str, text: &str) -> Value {
        let path = format!("/api/v1/cases/{case_id}/queries");
        let reply = self.user.post(&path, json!({"message": text})).await;
        reply.expect(200)
    }

    /// Hands over a file as older clients do.
    async fn upload(&self, case_id: &str, name: &str, kind: &str, bytes: Vec<u8>) -> Reply {
        let source = json!({"source_type": kind});
        let form = Form::new()
            .text("session_id", "none")
            .part("file", Part::bytes(bytes).file_name(name.to_owned()))
            .text("source_metadata", source.to_string());
        let path = format!("/api/v1/cases/{case_id}/data");
        self.user.post_form(&path, form).await
    }

    async fn take_one_by_one(&self, case_id: &str, input: &Input) -> Told {
        let mut told = None;
        if !input.text.is_empty() {
            told = Some(self.told(&self.say(case_id, input.text).await));
        }
        let files = input.files.iter();
        let files = files.map(|name| (*name, "file_upload", file(name).bytes()));
        let pasted = input.pasted.iter();
        let pasted = pasted.map(|name| ("text-data-1.txt", "text_paste", with_crlf(name)));
        for (name, kind, bytes) in files.chain(pasted) {
            let stored = self.upload(case_id, name, kind, bytes).await.expect(200);
            let mut answer = stored["agent_response"].clone();
            answer["turn_number"] = stored["turn_number"].clone();
            answer["agent_response"] = answer["content"].clone();
            told = Some(self.told(&answer));
        }
        told.unwrap()
    }

    async fn take_at_once(&self, case_id: &str, input: &Input) -> Told {
        let mut form = Form::new();
        if !input.text.is_empty() {
            form = form.text("query", input.text);
        }
        for name in input.files {
            let part = Part::bytes(file(name).bytes()).file_name(*name);
            form = form.part("files", part);
        }
        if let Some(name) = input.pasted {
            let text = String::from_utf8(with_crlf(name)).unwrap();
            form = form
                .text("pasted_content", text)
                .text("input_type", "paste");
        }
        let reply = self.user.turn(case_id, form).await.expect(200);
        assert_eq!(
            reply["attachments_processed"].as_array().unwrap().len(),
            input.files.len() + input.pasted.iter().count()
        );
        self.told(&reply)
    }

    fn told(&self, reply: &Value) -> Told {
        let status = match self.dialect {
            Dialect::Legacy => ours(text(&reply["case_status"])),
            Dialect::Current => text(&reply["case_state"]),
        };
        let answer = text(&reply["agent_response"]);
        // Clients without buttons see them in the text.
        let offers = reply["suggested_actions"].to_string().contains("DECIDE");
        let ends_with_pair = answer.trim_end().ends_with("[✅ Yes] [❌ No]");
        assert_eq!(ends_with_pair, offers && self.dialect == Dialect::Legacy);
        Told {
            turn_number: reply["turn_number"].as_i64().unwrap(),
            status,
            answer,
            suggestions: parsed(&reply["suggested_actions"]),
        }
    }

    /// The stage stands in the words of the client that took the newest turn.
    async fn check_stage(&self, case_id: &str) {
        let stage = match self.dialect {
            Dialect::Legacy => "analysis_stage",
            Dialect::Current => "investigation_stage",
        };
        let ui = self.read(case_id, "/ui").await;
        let progress = &ui["progress"];
        assert_eq!(progress["current_stage"], progress[stage], "{ui:#}");
    }
}

impl Door for Rest {
    async fn open_case(&self) -> String {
        let body = match self.dialect {
            Dialect::Legacy => json!({"priority": "medium"}),
            Dialect::Current => json!({"title": null}),
        };
        let case = self.user.post("/api/v1/cases", body).await.expect(201);
        text(&case["case_id"])
    }

    async fn take(&self, case_id: &str, input: &Input) -> Told {
        let told = match self.dialect {
            Dialect::Legacy => self.take_one_by_one(case_id, input).await,
            Dialect::Current => self.take_at_once(case_id, input).await,
        };
        self.check_stage(case_id).await;
        told
    }

    async fn look(&self, case_id: &str) -> Sight {
        let ui = self.read(case_id, "/ui").await;
        assert_eq!(ours(text(&ui["status"])), text(&ui["state"]));
        let ledger = self.read(case_id, "/hypotheses").await;
        let evidence = self.read(case_id, "/evidence?page_size=100").await;
        let turns = self.read(case_id, "/turns?page_size=100").await;
        let stored = self.read(case_id, "/uploaded-files").await;
        let mut sight = Sight {
            hypotheses: parsed(&ledger["hypotheses"]),
            grade: text(&ledger["conclusion"]["assurance"]),
            confidence: ledger["conclusion"]["confidence"].as_f64().unwrap_or(0.0),
            evidence: parsed(&evidence["evidence"]),
            turns: parsed(&turns["turns"]),
            files: parsed(&stored["files"]),
            ..seen(&ui)
        };
        for file in &mut sight.files {
            let path = format!("/api/v1/evidence/{}/analysis", file.file_id);
            let analysis = self.user.get(&path).await.expect(200);
            file.coverage = parsed(&analysis["coverage"]);
        }
        sight
    }

    async fn bytes(&self, file_id: &str) -> Vec<u8> {
        let path = format!("/api/v1/evidence/{file_id}/download");
        let answer = self.user.request(Method::GET, &path).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.bytes().await.unwrap().to_vec()
    }

    async fn check(&self, _: &Evidence) {}

    async fn check_resolved(&self, case_id: &str) {
        let ui = self.read(case_id, "/ui").await;
        expect_shape("header_resolved", &ui);
        assert_eq!(ui["root_cause"]["cause_assurance"], "confirmed", "{ui:#}");
        assert_eq!(ui["root_cause"]["cause_overclaim"], false);
        let applied = text(&ui["solution_applied"]["applied_at"]);
        assert!(applied.starts_with("2025-03-04T15:08:00"), "{applied}");
        assert_eq!(ui["solution_applied"]["applied_by"], "user");
        let verified = &ui["verification_status"];
        assert_eq!(verified["verified"], true, "{ui:#}");
        assert_eq!(verified["verification_method"], "evidence");
        let numbers = &ui["resolution_summary"];
        assert_eq!(numbers["milestones_completed"], 8);
        assert!(!numbers["key_insights"].as_array().unwrap().is_empty());
        let report = &ui["reports_available"][0];
        assert_eq!(report["report_type"], "resolution_summary", "{ui:#}");
        assert_eq!(report["status"], "auto_generated");
        let summary = self.user.get("/api/v1/cases/analytics/summary").await;
        let summary = summary.expect(200);
        let hours = summary["avg_resolution_time_hours"].as_f64().unwrap();
        assert!((0.0..1.0).contains(&hours), "{summary:#}");
    }

    async fn hand_over_late(&self, case_id: &str) -> Refused {
        let (name, bytes) = ("late.txt", b"late".to_vec());
        let refused = match self.dialect {
            Dialect::Legacy => self.upload(case_id, name, "file_upload", bytes).await,
            Dialect::Current => {
                let part = Part::bytes(bytes).file_name(name);
                self.user
                    .turn(case_id, Form::new().part("files", part))
                    .await
            }
        };
        refused.problem(409).to_owned()
    }

    async fn take_out(&self, case_id: &str, file_id: &str) -> Refused {
        let path = format!("/api/v1/cases/{case_id}/data/{file_id}");
        self.user.delete(&path).await.problem(409).to_owned()
    }

    async fn rename(&self, case_id: &str, title: &str) {
        let path = format!("/api/v1/cases/{case_id}");
        let renamed = self.user.put(&path, json!({"title": title})).await;
        renamed.expect(200);
    }

    async fn summary(&self, case_id: &str) -> (i64, String) {
        let listed = self.read(case_id, "/reports").await;
        let reports = listed["reports"].as_array().unwrap();
        let is_summary = |it: &&Value| it["report_type"] == "resolution_summary";
        let summary = reports.iter().find(is_summary).unwrap();
        let path = format!("/reports/{}/download", text(&summary["report_id"]));
        let content = self.read(case_id, &path).await;
        (summary["version"].as_i64().unwrap(), text(&content))
    }

    async fn runbook(&self, case_id: &str) -> [Vec<u8>; 4] {
        let path = format!("/api/v1/cases/{case_id}/reports");
        let types = json!({"report_types": ["runbook"]});
        let made = self.user.post(&path, types).await.expect(200);
        let report_id = text(&made["reports"][0]["report_id"]);
        let mut forms = [const { Vec::new() }; 4];
        for (form, format) in forms.iter_mut().zip(["markdown", "html", "pdf", "json"]) {
            let path = format!("{path}/{report_id}/download?format={format}");
            let answer = self.user.request(Method::GET, &path).send().await.unwrap();
            assert_eq!(answer.status(), 200, "{format}");
            *form = answer.bytes().await.unwrap().to_vec();
        }
        forms
    }

    async fn draft(&self, case_id: &str) -> (String, String) {
        let path = format!("/api/v1/cases/{case_id}/runbook-draft");
        let drafted = self.user.post(&path, json!({})).await.expect(201);
        (text(&drafted["document_id"]), text(&drafted["content"]))
    }

    async fn review(&self, document_id: &str, review: &str) {
        let path = format!("/api/v1/knowledge/documents/{document_id}/review");
        let reviewed = self.user.post(&path, json!({"review": review})).await;
        assert_eq!(reviewed.expect(200)["review"], review);
    }
}

/// Returns what the header alone tells.
fn seen(ui: &Value) -> Sight {
    let progress = &ui["progress"];
    let problem = &ui["problem_verification"];
    Sight {
        title: text(&ui["title"]),
        title_source: text(&ui["title_source"]),
        status: text(&ui["state"]),
        owner_id: text(&ui["owner_id"]),
        statement: text(&ui["inquiry"]["proposed_problem_statement"]),
        statement_confirmed: ui["inquiry"]["problem_statement_confirmed"] == true,
        awaits_confirmation: ui["agent_status"] == "awaiting_confirmation",
        regions: parsed(&problem["impact"]["affected_regions"]),
        started_at: parsed(&problem["temporal_state"]["started_at"]),
        milestones: parsed(&progress["completed_milestone_ids"]),
        analysis_stage: text(&progress["analysis_stage"]),
        investigation_stage: text(&progress["investigation_stage"]),
        resolved_eligibility: text(&ui["disposition_eligibility"]["resolved"]),
        resolved_at: parsed(&ui["resolved_at"]),
        closed_at: parsed(&ui["closed_at"]),
        state_version: None,
        grade: String::new(),
        confidence: 0.0,
        hypotheses: Vec::new(),
        evidence: Vec::new(),
        files: Vec::new(),
        turns: Vec::new(),
    }
}

/// Returns our word for a status of the legacy dialect.
fn ours(word: String) -> String {
    assert_ne!(word, "inquiry");
    if word == "consulting" {
        return "inquiry".to_owned();
    }
    word
}

/// Returns a file with the line ends of a form of a browser.
pub(super) fn with_crlf(name: &str) -> Vec<u8> {
    let text = String::from_utf8(file(name).bytes()).unwrap();
    text.replace('\n', "\r\n").into_bytes()
}

/// Returns a text, which is empty where there is none.
fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[track_caller]
fn parsed<T: DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{error}: {value:#}"))
}
