//! What vendors are asked, and what becomes of their answers.

use faultmaven_kit::{Module, Tasks};
use faultmaven_proto::llm::v1 as pb;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::office::{KEY, Office, VENDORS, dialect, question, said, with_schema, with_tool};
use crate::Vendor;

#[tokio::test]
async fn every_vendor_streams_words_and_its_tokens_are_written_down() {
    for (vendor, cached, cost_usd) in [
        (Vendor::OpenAi, 500, 0.001_41),
        (Vendor::Anthropic, 500, 0.002_025),
        (Vendor::Ollama, 0, 0.0),
    ] {
        let office = Office::of(&[vendor]).await;
        office.vendors[0].will_say([dialect(vendor).text(&["The pool ", "is empty."])]);
        let told = office.ask(question()).await;
        assert_eq!(told.text, "The pool is empty.");
        let answer = told.answer();
        assert_eq!(answer.text, told.text);
        assert_eq!(answer.stop_reason(), pb::StopReason::End);
        let ended = &told.ended[0];
        let counts = (ended.tokens_in, ended.tokens_out, ended.tokens_cached);
        assert_eq!(counts, (1_000, 20, cached), "{vendor:?}");
        assert!((ended.cost_usd - cost_usd).abs() < 1e-9, "{ended:?}");
        let usage = office.usage().await;
        assert_eq!((usage.calls, usage.tokens_in), (1, 1_000));
        assert_eq!(usage.cost_usd, ended.cost_usd);
    }
}

#[tokio::test]
async fn every_vendor_is_asked_in_its_own_way() {
    for (vendor, path, key) in [
        (
            Vendor::OpenAi,
            "/chat/completions",
            ("authorization", format!("Bearer {KEY}")),
        ),
        (
            Vendor::Anthropic,
            "/v1/messages",
            ("x-api-key", KEY.to_owned()),
        ),
        (
            Vendor::Ollama,
            "/api/chat",
            ("content-type", "application/json".to_owned()),
        ),
    ] {
        let office = Office::of(&[vendor]).await;
        office.vendors[0].will_say([dialect(vendor).text(&["ok"])]);
        office.ask(question()).await.answer();
        let seen = &office.vendors[0].seen()[0];
        assert_eq!(seen.path, path);
        assert_eq!(seen.header(key.0), Some(key.1.as_str()));
        assert_eq!(seen.body["stream"], true);
        let body = seen.body.to_string();
        assert!(body.contains("Answer briefly.") && body.contains("checkout"));
    }
}

#[tokio::test]
async fn what_stays_the_same_is_marked_for_anthropics_cache() {
    let office = Office::of(&[Vendor::Anthropic]).await;
    office.vendors[0].will_say([dialect(Vendor::Anthropic).text(&["ok"])]);
    office.ask(question()).await.answer();
    let body = &office.vendors[0].seen()[0].body;
    let ephemeral = json!({"type": "ephemeral"});
    assert_eq!(body["system"][0]["cache_control"], ephemeral);
    let last = &body["messages"][0]["content"][0];
    assert_eq!(last["cache_control"], ephemeral);
}

#[tokio::test]
async fn a_tool_call_is_passed_on_and_its_result_goes_back() {
    for vendor in VENDORS {
        let office = Office::of(&[vendor]).await;
        let dialect = dialect(vendor);
        let replies = [
            dialect.call("read_lines", &["{\"li", "ne\": 4}"]),
            dialect.text(&["Line 4 says so."]),
        ];
        office.vendors[0].will_say(replies);
        let told = office.ask(with_tool()).await;
        assert_eq!(told.answer().stop_reason(), pb::StopReason::ToolCalls);
        let call = told.calls[0].clone();
        assert_eq!(
            (call.name.as_str(), call.problem.as_str()),
            ("read_lines", "")
        );
        let arguments: Value = serde_json::from_str(&call.arguments).unwrap();
        assert_eq!(arguments, json!({"line": 4}));

        let mut request = with_tool();
        let result = pb::ChatMessage {
            tool_call_id: call.id.clone(),
            ..said(pb::ChatRole::Tool, "ERROR pool exhausted")
        };
        request.messages.push(pb::ChatMessage {
            tool_calls: vec![call],
            ..said(pb::ChatRole::Assistant, "")
        });
        request.messages.push(result);
        let told = office.ask(request).await;
        assert_eq!(told.answer().text, "Line 4 says so.");
        let body = &office.vendors[0].seen()[1].body;
        let last = body["messages"].as_array().unwrap().last().unwrap();
        let (role, pointer, name) = match vendor {
            Vendor::Anthropic => ("user", "/content/0/tool_use_id", "toolu_01"),
            Vendor::Ollama => ("tool", "/tool_name", "read_lines"),
            Vendor::OpenAi | Vendor::OpenAiCompatible => ("tool", "/tool_call_id", "call_abc"),
        };
        assert_eq!(last["role"], role);
        assert_eq!(last.pointer(pointer).unwrap(), name);
    }
}

#[tokio::test]
async fn a_tool_call_with_wrong_arguments_says_what_is_wrong() {
    for vendor in VENDORS {
        let office = Office::of(&[vendor]).await;
        let dialect = dialect(vendor);
        let replies = [
            dialect.call("read_lines", &["{\"line\": \"four\"}"]),
            dialect.call("delete_everything", &["{}"]),
        ];
        office.vendors[0].will_say(replies);
        let told = office.ask(with_tool()).await;
        assert!(told.calls[0].problem.contains("integer"), "{told:?}");
        let told = office.ask(with_tool()).await;
        assert_eq!(told.calls[0].problem, "there is no such tool");
    }
    for vendor in [Vendor::OpenAi, Vendor::Anthropic] {
        let office = Office::of(&[vendor]).await;
        office.vendors[0].will_say([dialect(vendor).call("read_lines", &["{\"line\": "])]);
        let told = office.ask(with_tool()).await;
        assert_eq!(told.calls[0].problem, "the arguments are not JSON");
    }
}

#[tokio::test]
async fn an_answer_is_shaped_by_the_vendor_where_it_can() {
    for vendor in VENDORS {
        let office = Office::of(&[vendor]).await;
        let answer = dialect(vendor).shaped(&["{\"cause\":", " \"the pool\"}"]);
        office.vendors[0].will_say([answer]);
        let told = office.ask(with_schema()).await;
        assert_eq!(told.answer().text, "{\"cause\": \"the pool\"}");
        assert_eq!(told.answer().stop_reason(), pb::StopReason::End);
        let body = &office.vendors[0].seen()[0].body;
        let schema = match vendor {
            Vendor::Anthropic => &body["tools"][0]["input_schema"],
            Vendor::Ollama => &body["format"],
            Vendor::OpenAi | Vendor::OpenAiCompatible => {
                assert_eq!(body["response_format"]["json_schema"]["strict"], true);
                &body["response_format"]["json_schema"]["schema"]
            }
        };
        assert_eq!(schema["required"], json!(["cause"]), "{vendor:?}");
    }
}

#[tokio::test]
async fn a_vendor_that_cannot_shape_answers_is_told_the_schema_in_words() {
    let office = Office::of(&[Vendor::OpenAiCompatible]).await;
    let wrapped = ["Sure:\n```json\n", "{\"cause\": \"the pool\"}\n```"];
    office.vendors[0].will_say([dialect(Vendor::OpenAiCompatible).text(&wrapped)]);
    let told = office.ask(with_schema()).await;
    assert_eq!(told.answer().text, "{\"cause\": \"the pool\"}");
    let body = &office.vendors[0].seen()[0].body;
    assert_eq!(body.get("response_format"), None);
    let instructions = body["messages"][0]["content"].as_str().unwrap();
    assert!(instructions.contains("\"required\":[\"cause\"]"));
    assert_eq!(body["max_tokens"], 4_096);
}

#[tokio::test]
async fn an_answer_out_of_shape_is_corrected_once() {
    for vendor in VENDORS {
        let office = Office::of(&[vendor]).await;
        let dialect = dialect(vendor);
        let (wrong, right) = (
            dialect.shaped(&["{\"reason\": 1}"]),
            dialect.shaped(&["{\"cause\": \"the pool\"}"]),
        );
        office.vendors[0].will_say([wrong.clone(), right, wrong.clone(), wrong]);
        let told = office.ask(with_schema()).await;
        assert_eq!(told.answer().text, "{\"cause\": \"the pool\"}");
        assert_eq!(told.started.len(), 2);
        let correction = office.vendors[0].seen()[1].body.to_string();
        assert!(correction.contains("does not match"), "{correction}");

        let told = office.ask(with_schema()).await;
        assert_eq!(told.reason(), "bad_answer");
        assert_eq!(told.started.len(), 2);
    }
}

#[tokio::test]
async fn an_answer_that_the_limit_cuts_says_so() {
    for vendor in VENDORS {
        let office = Office::of(&[vendor]).await;
        office.vendors[0].will_say([dialect(vendor).long(&["{\"cause\": \"the"])]);
        let told = office.ask(with_schema()).await;
        assert_eq!(told.answer().stop_reason(), pb::StopReason::Length);
    }
}

/// Asks with a picture; tells whether each vendor got it.
async fn who_is_shown(vendors: &[Vendor], redaction: bool) -> Vec<bool> {
    let office = Office::with(vendors, |config| {
        config.redaction = redaction;
        for provider in &mut config.providers {
            if provider.vendor == Vendor::Ollama {
                provider.model = "llama3.2-vision".to_owned();
            }
        }
    })
    .await;
    let mut request = question();
    request.messages[0].images.push(pb::Image {
        media_type: "image/png".to_owned(),
        data: b"picture".to_vec(),
    });
    let mut shown = Vec::new();
    for (vendor, stand_in) in vendors.iter().zip(&office.vendors) {
        stand_in.will_say([dialect(*vendor).text(&["ok"])]);
        office.ask(request.clone()).await.answer();
        let body = stand_in.seen()[0].body.to_string();
        let is_shown = body.contains("cGljdHVyZQ==");
        assert_ne!(is_shown, body.contains("cannot be shown to you"), "{body}");
        shown.push(is_shown);
        let name = vendor.name().to_owned();
        request.excluded_providers.push(name);
    }
    let sees: Vec<bool> = office.world.providers().await[..vendors.len()]
        .iter()
        .map(|it| it.sees_pictures)
        .collect();
    assert_eq!(sees, shown);
    shown
}

#[tokio::test]
async fn pictures_stay_at_home_while_secrets_are_masked() {
    assert_eq!(who_is_shown(&VENDORS, true).await, [false, false, true]);
    assert_eq!(who_is_shown(&VENDORS, false).await, [true; 3]);
}

#[tokio::test]
async fn who_cannot_see_is_told_that_there_were_pictures() {
    let blind = [Vendor::OpenAiCompatible];
    assert_eq!(who_is_shown(&blind, false).await, [false]);
}

#[tokio::test]
async fn a_request_that_makes_no_sense_is_refused_with_its_field() {
    let office = Office::of(&[Vendor::OpenAi]).await;
    let nameless = |name: &str| {
        let mut request = with_tool();
        request.tools[0].name = name.to_owned();
        request
    };
    for (field, request) in [
        (
            "task",
            pb::CompleteRequest {
                task: String::new(),
                ..question()
            },
        ),
        (
            "messages",
            pb::CompleteRequest {
                messages: Vec::new(),
                ..question()
            },
        ),
        (
            "messages.role",
            pb::CompleteRequest {
                messages: vec![said(pb::ChatRole::Unspecified, "?")],
                ..question()
            },
        ),
        (
            "messages.tool_call_id",
            pb::CompleteRequest {
                messages: vec![said(pb::ChatRole::Tool, "4")],
                ..question()
            },
        ),
        ("tools.name", nameless("read lines")),
        (
            "answer_schema",
            pb::CompleteRequest {
                answer_schema: "[1]".to_owned(),
                ..question()
            },
        ),
    ] {
        let told = office.ask(request).await;
        assert_eq!(told.fault.unwrap().violations[0].field, field);
    }
    assert!(office.vendors[0].seen().is_empty());
}

#[tokio::test]
async fn over_the_network_it_is_the_same() {
    let mut office = Office::of(&[Vendor::Anthropic]).await;
    let (tasks, routes) = (Tasks::new(), office.world.hosted.routes());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let served = faultmaven_kit::serve_grpc(listener, routes, tasks.shutdown_token());
    tasks.spawn("llm", served);
    office.world.module = Module::remote("llm", &address, None).unwrap();
    let dialect = dialect(Vendor::Anthropic);
    let replies = [
        dialect.text(&["The ", "pool."]),
        dialect.refusal(401, "authentication_error", ""),
    ];
    office.vendors[0].will_say(replies);
    let told = office.ask(question()).await;
    assert_eq!(told.text, "The pool.");
    assert_eq!(told.answer().text, "The pool.");
    assert_eq!(office.ask(question()).await.reason(), "bad_key");
}
