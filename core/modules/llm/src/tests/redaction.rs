//! What models see of secrets and personal data, and what callers get back.

use faultmaven_kit::Ctx;
use faultmaven_proto::llm::v1 as pb;
use faultmaven_proto::llm::v1::llm_internal_service_client::LlmInternalServiceClient;
use serde_json::{Value, json};

use super::office::{Office, VENDORS, dialect, question, said, with_schema, with_tool};
use super::user_1;
use crate::Vendor;

const TEXT: &str = "10.20.4.17 called with password=hunter2secret, 10.20.4.18 did not";

fn about(text: &str) -> pb::CompleteRequest {
    pb::CompleteRequest {
        messages: vec![said(pb::ChatRole::User, text)],
        ..question()
    }
}

#[tokio::test]
async fn vendors_see_placeholders_and_callers_the_values() {
    for vendor in VENDORS {
        let office = Office::of(&[vendor]).await;
        let pieces = ["<IP_ADD", "RESS_1> is at fault, ", "<IP_ADDRESS_9> is not"];
        office.vendors[0].will_say([dialect(vendor).text(&pieces)]);
        let told = office.ask(about(TEXT)).await;
        let answer = told.answer();
        assert_eq!(answer.text, "10.20.4.17 is at fault, <IP_ADDRESS_9> is not");
        assert_eq!(answer.unknown_placeholders, 1);
        assert_eq!(told.text, answer.text);
        let seen = office.vendors[0].seen()[0].body.to_string();
        assert!(
            seen.contains("<IP_ADDRESS_1> called with password=<PASSWORD_1>"),
            "{seen}"
        );
        assert!(
            !seen.contains("10.20.4") && !seen.contains("hunter2"),
            "{seen}"
        );
        let redacted = &told.started[0].redacted;
        assert_eq!((redacted["IP_ADDRESS"], redacted["PASSWORD"]), (2, 1));
    }
}

#[tokio::test]
async fn a_value_keeps_its_placeholder_within_a_case_and_has_none_elsewhere() {
    let vendor = Vendor::OpenAi;
    let office = Office::of(&[vendor]).await;
    office.vendors[0].will_say((0..4).map(|_| dialect(vendor).text(&["ok"])));
    office.ask(about("10.20.4.17 fails")).await.answer();
    office
        .ask(about("10.20.4.99 called 10.20.4.17"))
        .await
        .answer();
    let other_case = pb::CompleteRequest {
        case_id: "case_2".to_owned(),
        ..about("10.20.4.99 fails")
    };
    office.ask(other_case).await.answer();
    let no_case = pb::CompleteRequest {
        case_id: String::new(),
        ..about("10.20.4.50 fails")
    };
    office.ask(no_case).await.answer();
    let seen = office.vendors[0].seen();
    let texts: Vec<String> = seen.iter().map(|it| it.body.to_string()).collect();
    assert!(
        texts[1].contains("<IP_ADDRESS_2> called <IP_ADDRESS_1>"),
        "{}",
        texts[1]
    );
    assert!(texts[2].contains("<IP_ADDRESS_1> fails"), "{}", texts[2]);
    assert!(texts[3].contains("<IP_ADDRESS_1> fails"), "{}", texts[3]);
}

#[tokio::test]
async fn values_come_back_in_tool_calls_and_in_json() {
    let vendor = Vendor::OpenAi;
    let office = Office::of(&[vendor]).await;
    let user = "login of \"ada@example.org\" failed";
    office.vendors[0].will_say([
        dialect(vendor).call("read_lines", &["{\"line\": 4, \"who\": \"<EMAIL_1>\"}"]),
        dialect(vendor).shaped(&["{\"cause\": \"<EMAIL_1>\"}"]),
    ]);
    let messages = vec![said(pb::ChatRole::User, user)];
    let told = office
        .ask(pb::CompleteRequest {
            messages: messages.clone(),
            ..with_tool()
        })
        .await;
    let arguments: Value = serde_json::from_str(&told.calls[0].arguments).unwrap();
    assert_eq!(arguments, json!({"line": 4, "who": "ada@example.org"}));
    let told = office
        .ask(pb::CompleteRequest {
            messages,
            ..with_schema()
        })
        .await;
    let answer: Value = serde_json::from_str(&told.answer().text).unwrap();
    assert_eq!(answer, json!({"cause": "ada@example.org"}));
}

#[tokio::test]
async fn values_come_back_across_the_borders_of_pieces() {
    for vendor in VENDORS {
        let office = Office::of(&[vendor]).await;
        let pieces = [
            "{\"cause\": \"<EMA",
            "IL",
            "_1> at <",
            "IP_ADDRESS_1",
            "> said \\\"no\\\"",
            "\"}",
        ];
        office.vendors[0].will_say([dialect(vendor).shaped(&pieces)]);
        let text = "ada@example.org at 10.20.4.17 said no";
        let request = pb::CompleteRequest {
            messages: vec![said(pb::ChatRole::User, text)],
            ..with_schema()
        };
        let told = office.ask(request).await;
        assert_eq!(told.text, told.answer().text, "{vendor:?}");
        let answer: Value = serde_json::from_str(&told.text).unwrap();
        let cause = "ada@example.org at 10.20.4.17 said \"no\"";
        assert_eq!(answer, json!({"cause": cause}), "{vendor:?}");
    }
}

#[tokio::test]
async fn a_case_that_is_gone_is_forgotten_and_only_by_modules() {
    let vendor = Vendor::OpenAi;
    let office = Office::of(&[vendor]).await;
    office.vendors[0].will_say((0..2).map(|_| dialect(vendor).text(&["ok"])));
    office.ask(about("10.20.4.17 fails")).await.answer();
    let mut client = LlmInternalServiceClient::new(office.world.module.clone());
    let case_id = "case_1".to_owned();
    let request = pb::ForgetCaseRequest { case_id };
    let person = Ctx::anonymous("req_1").on_behalf_of(user_1());
    let refused = client.forget_case(person.request(request.clone())).await;
    assert_eq!(refused.unwrap_err().code(), tonic::Code::PermissionDenied);
    let module = Ctx::system("agent", "req_1");
    client.forget_case(module.request(request)).await.unwrap();
    office.ask(about("10.20.4.99 fails")).await.answer();
    let seen = office.vendors[0].seen()[1].body.to_string();
    assert!(seen.contains("<IP_ADDRESS_1> fails"), "{seen}");
    assert_eq!(office.usage().await.calls, 2);
}

#[tokio::test]
async fn many_calls_of_one_case_at_once_agree_on_the_placeholders() {
    let vendor = Vendor::OpenAi;
    let office = Office::of(&[vendor]).await;
    office.vendors[0].will_say((0..8).map(|_| dialect(vendor).text(&["ok"])));
    let calls = (0..8).map(|n| office.ask(about(&format!("10.20.4.{} fails", 10 + n))));
    for told in futures::future::join_all(calls).await {
        told.answer();
    }
    let seen = office.vendors[0].seen();
    let bodies = seen.iter().map(|it| it.body.to_string());
    let numbers: std::collections::BTreeSet<String> = bodies
        .map(|it| it[it.find("<IP_ADDRESS_").unwrap()..][..14].to_owned())
        .collect();
    assert_eq!(numbers.len(), 8, "{numbers:?}");
}

#[tokio::test]
async fn without_the_map_no_model_is_asked() {
    let vendor = Vendor::OpenAi;
    let office = Office::of(&[vendor]).await;
    office.vendors[0].will_say([dialect(vendor).text(&["ok"])]);
    office.ask(about(TEXT)).await.answer();
    office.world.break_placeholders().await;
    let told = office.ask(about(TEXT)).await;
    assert_eq!(told.reason(), "not_redacted");
    assert_eq!(office.vendors[0].seen().len(), 1);
}

#[tokio::test]
async fn redaction_can_be_turned_off() {
    let vendor = Vendor::Ollama;
    let office = Office::with(&[vendor], |config| config.redaction = false).await;
    office.vendors[0].will_say([dialect(vendor).text(&["<IP_ADDRESS_1>"])]);
    let told = office.ask(about(TEXT)).await;
    assert_eq!(told.answer().text, "<IP_ADDRESS_1>");
    assert!(told.started[0].redacted.is_empty());
    let seen = office.vendors[0].seen()[0].body.to_string();
    assert!(seen.contains("hunter2secret"));
}
