//! Turns that their user stops, and turns whose user merely goes away.

use faultmaven_testing::{Dialect, StandIn};
use reqwest::header::HeaderName;
use reqwest::multipart::{Form, Part};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::harness::{App, User, until};

const KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// A case whose turns a model answers that may fall silent.
struct Desk {
    _app: App,
    vendor: StandIn,
    ada: User,
    case_id: String,
}

impl Desk {
    async fn new(settings: &[(&str, &str)]) -> Self {
        let vendor = StandIn::start().await;
        let address = vendor.url().to_string();
        let mut all = vec![
            ("LLM_PROVIDER", "openai"),
            ("OPENAI_BASE_URL", address.as_str()),
            ("OPENAI_API_KEY", "sk-test"),
        ];
        all.extend(settings);
        let app = App::with(&all).await;
        let ada = app.admin().await;
        let case_id = ada.open_case().await;
        Self {
            _app: app,
            vendor,
            ada,
            case_id,
        }
    }

    /// Lets the model begin its next answer and never end it.
    fn silence(&self) {
        let words = Dialect::OpenAi.text(&["{\"answer\": \"One", " moment\"}"]);
        self.vendor.will_say([words.silent_after(1)]);
    }

    fn model_answers(&self) {
        let answer = json!({"answer": "Nothing can be said yet."}).to_string();
        self.vendor.will_say([Dialect::OpenAi.shaped(&[&answer])]);
    }

    /// Begins a turn with a file and waits until the model was asked.
    async fn begin(&self, how: &str) -> reqwest::Response {
        let asked = self.vendor.seen().len();
        let (response, ()) = tokio::join!(
            self.request(how).send(),
            until(async || self.vendor.seen().len() > asked)
        );
        response.unwrap()
    }

    fn request(&self, how: &str) -> RequestBuilder {
        let log = "2025-03-04T14:05:00Z ERROR checkout failed\n".repeat(30);
        let form = Form::new()
            .text("query", "Why does checkout answer 500 since 14:05?")
            .part("files", Part::bytes(log.into_bytes()).file_name("app.log"));
        let path = format!("/api/v1/cases/{}/turns{how}", self.case_id);
        let request = self.ada.request(Method::POST, &path).multipart(form);
        request.header(KEY, "turn-that-is-stopped")
    }

    async fn cancel(&self) -> bool {
        let path = format!("/api/v1/cases/{}/turns/current", self.case_id);
        let body = self.ada.delete(&path).await.expect(200);
        assert_eq!(body["case_id"], self.case_id.as_str());
        body["cancelled"].as_bool().unwrap()
    }

    async fn list(&self, what: &str) -> Vec<Value> {
        let path = format!("/api/v1/cases/{}/{what}", self.case_id);
        let member = what.rsplit('-').next().unwrap();
        let body = self.ada.get(&path).await.expect(200);
        body[member].as_array().unwrap().clone()
    }

    /// Fails unless no turn was kept, the file was, and the next turn is the first.
    async fn expect_nothing_but_the_file(&self) {
        assert_eq!(self.list("messages").await, Vec::<Value>::new());
        assert_eq!(self.list("evidence").await, Vec::<Value>::new());
        let files = self.list("uploaded-files").await;
        assert_eq!(files.len(), 1, "{files:#?}");
        assert_eq!(files[0]["filename"], "app.log");
        assert!(!self.cancel().await, "nothing runs any more");
        self.model_answers();
        let turn = self.ada.say(&self.case_id, "What does it tell?").await;
        assert_eq!(turn["turn_number"], 1, "{turn:#}");
    }
}

#[tokio::test]
async fn a_streamed_turn_that_is_cancelled_ends_in_an_event_of_its_own_and_leaves_its_file() {
    let desk = Desk::new(&[]).await;
    assert!(!desk.cancel().await, "no turn runs yet");
    desk.silence();
    let stream = desk.begin("/stream").await;
    assert!(desk.cancel().await);
    let told = stream.text().await.unwrap();
    let (_, last) = told.rsplit_once("event: ").unwrap();
    let (name, data) = last.split_once("\ndata: ").unwrap();
    let problem: Value = serde_json::from_str(data.trim()).unwrap();
    assert_eq!(
        (name, &problem["code"]),
        ("cancelled", &json!("turn_cancelled"))
    );
    let detail = problem["detail"].as_str().unwrap();
    assert!(
        detail.contains("files that were handed over stay"),
        "{detail}"
    );
    desk.expect_nothing_but_the_file().await;
}

#[tokio::test]
async fn who_waits_for_a_turn_that_is_cancelled_is_told_so() {
    let desk = Desk::new(&[]).await;
    desk.silence();
    let (answer, ()) = tokio::join!(desk.begin(""), async {
        until(async || !desk.vendor.seen().is_empty()).await;
        assert!(desk.cancel().await);
    });
    assert_eq!(answer.status(), 409);
    let problem: Value = answer.json().await.unwrap();
    assert_eq!(problem["code"], "turn_cancelled", "{problem:#}");
    desk.expect_nothing_but_the_file().await;
}

#[tokio::test]
async fn the_job_of_a_cancelled_turn_is_cancelled_as_well() {
    let desk = Desk::new(&[("TURN_SYNC_WAIT_S", "0")]).await;
    desk.silence();
    let answer: Value = desk.begin("").await.json().await.unwrap();
    let path = format!("/api/v1/jobs/{}", answer["job_id"].as_str().unwrap());
    assert!(desk.cancel().await);
    let mut job = Value::Null;
    until(async || {
        job = desk.ada.get(&path).await.expect(200);
        !matches!(job["status"].as_str(), Some("pending" | "running"))
    })
    .await;
    assert_eq!(job["status"], "cancelled", "{job:#}");
    assert_eq!(desk.list("messages").await, Vec::<Value>::new());
    assert_eq!(desk.list("uploaded-files").await.len(), 1);
}

#[tokio::test]
async fn a_turn_whose_client_hangs_up_goes_on() {
    let desk = Desk::new(&[]).await;
    desk.model_answers();
    drop(desk.begin("/stream").await);
    until(async || desk.list("messages").await.len() == 2).await;
    let again = desk.ada.run(desk.request("")).await;
    assert_eq!(again.headers["x-idempotency-replayed"], "true");
    assert_eq!(again.expect(200)["path"], "model");
    assert!(!desk.cancel().await);
}
