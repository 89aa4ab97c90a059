//! What holds on every route: errors, ids, origins, methods, bodies.

use std::num::NonZeroU32;

use faultmaven_kit::Fault;
use faultmaven_proto::auth::v1 as auth;
use faultmaven_proto::case::v1 as case;
use faultmaven_proto::case::v1::case_service_client::CaseServiceClient;
use faultmaven_testing::Log;
use serde_json::json;

use crate::fake::{Fake, config};

const EXTENSION: &str = "chrome-extension://abcdefghijklmnopabcdefghijklmnop";
const LIST: &str = "/faultmaven.case.v1.CaseService/ListCases";

#[tokio::test]
async fn an_unknown_path_is_a_problem() {
    let reply = Fake::new()
        .gateway()
        .send("GET", "/api/v1/nowhere", "")
        .await;
    assert_eq!(reply.status, 404);
    let body = reply.json();
    assert_eq!(
        (&body["error"], &body["code"]),
        (&json!("path_not_found"), &json!("path_not_found"))
    );
    assert_eq!(body["detail"], body["message"]);
    assert_eq!(body["request_id"], reply.header("x-request-id"));
    assert_eq!(body["errors"], json!([]));
}

#[tokio::test]
async fn a_wrong_method_is_a_problem_that_names_the_right_ones() {
    let reply = Fake::new()
        .gateway()
        .send("PATCH", "/api/v1/sessions", "")
        .await;
    assert_eq!(reply.status, 405);
    assert_eq!(reply.json()["error"], "method_not_allowed");
    assert!(reply.header("allow").contains("POST"), "{reply:?}");
}

#[tokio::test]
async fn a_panic_is_a_problem_that_reveals_nothing() {
    let gateway = Fake::new()
        .on(
            LIST,
            |_: case::ListCasesRequest| -> Result<case::ListCasesResponse, _> { panic!("secret") },
        )
        .gateway();
    let reply = gateway.send("GET", "/api/v1/cases", "").await;
    assert_eq!(reply.status, 500);
    assert_eq!(reply.json()["error"], "internal");
    assert!(!reply.text().contains("secret"));
}

#[tokio::test]
async fn the_request_id_of_the_client_is_kept_when_it_is_one() {
    let gateway = Fake::new().gateway();
    for (sent, kept) in [("req-42", true), ("a b", false), ("", false)] {
        let headers = [("x-request-id", sent)];
        let reply = gateway.send_with("GET", "/health/live", &headers, "").await;
        assert_eq!(reply.header("x-request-id") == sent, kept, "{sent:?}");
        assert!(!reply.header("x-request-id").is_empty());
    }
}

#[tokio::test]
async fn without_or_with_a_bad_token_nobody_comes_in() {
    let gateway = Fake::new().gateway();
    for authorization in ["", "Bearer bad", "Basic abc"] {
        let mut headers = vec![("content-type", "application/json")];
        if !authorization.is_empty() {
            headers.push(("authorization", authorization));
        }
        let reply = gateway
            .send_with("GET", "/api/v1/cases", &headers, "")
            .await;
        assert_eq!(reply.status, 401, "{authorization}");
        assert!(reply.json()["detail"].is_string());
        assert_eq!(reply.json()["code"], "unauthenticated");
        assert_eq!(reply.json()["error"], "missing_authorization");
        assert_eq!(reply.header("www-authenticate"), "Bearer");
    }
}

#[tokio::test]
async fn an_empty_body_under_a_json_content_type_is_accepted() {
    let gateway = Fake::new()
        .on(
            "/faultmaven.auth.v1.AuthService/Logout",
            |_: auth::LogoutRequest| {
                Ok(auth::LogoutResponse {
                    revoked_tokens: 2,
                    all_sessions_ended: true,
                })
            },
        )
        .gateway();
    for path in ["/api/v1/auth/logout", "/v1/auth/logout"] {
        let reply = gateway.send("POST", path, "").await;
        assert_eq!(reply.status, 200, "{reply:?}");
        assert_eq!(reply.json()["all_sessions_ended"], true);
    }
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused() {
    let large = format!("{{\"title\": \"{}\"}}", "x".repeat(70_000));
    let reply = Fake::new()
        .gateway()
        .send("POST", "/api/v1/cases", large)
        .await;
    assert_eq!(reply.status, 413);
    assert_eq!(reply.json()["error"], "body_too_large");
    let detail = reply.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("65536 bytes, a fixed limit"), "{detail}");
    assert!(detail.contains("POST /api/v1/evidence"), "{detail}");
}

#[tokio::test]
async fn a_body_that_is_no_object_is_refused_before_a_module_is_asked() {
    let gateway = Fake::new().gateway();
    for path in [
        "/api/v1/cases",
        "/api/v1/auth/login",
        "/api/v1/auth/oauth/token",
        "/api/v1/cases/case_1/turns",
        "/api/v1/cases/case_1/data",
        "/api/v1/knowledge/documents",
    ] {
        for (body, found) in [
            ("[]", "an array"),
            ("\"x\"", "a string"),
            ("null", "null"),
            ("5", "a number"),
        ] {
            let reply = gateway.send("POST", path, body).await;
            assert_eq!(reply.status, 422, "{path} {body}: {reply:?}");
            let problem = reply.json();
            assert_eq!(problem["errors"][0]["field"], "body", "{path} {body}");
            let detail = problem["detail"].as_str().unwrap();
            assert!(detail.ends_with(&format!("not {found}")), "{detail}");
        }
    }
}

#[tokio::test]
async fn an_array_in_place_of_a_nested_object_is_refused_before_a_module_is_asked() {
    let gateway = Fake::new().gateway();
    for (path, body, field) in [
        (
            "knowledge/search",
            r#"{"query": "x", "filters": []}"#,
            "filters",
        ),
        (
            "search",
            r#"{"query": "x", "filters": ["runbook"]}"#,
            "filters",
        ),
        (
            "agent/chat/case_1",
            r#"{"message": "x", "attachments": [["file_1"]]}"#,
            "attachments[0]",
        ),
        (
            "cases/case_1/turns",
            r#"{"query": "x", "intent_data": ["confirmation"]}"#,
            "intent_data",
        ),
        ("knowledge/documents/bulk-update", r#"[["id"]]"#, "[0]"),
        ("cases", r#"{"metadata": []}"#, "metadata"),
    ] {
        let reply = gateway.send("POST", &format!("/api/v1/{path}"), body).await;
        assert_eq!(reply.status, 422, "{path}: {reply:?}");
        let problem = reply.json();
        assert_eq!(problem["errors"][0]["field"], field, "{path}");
    }
}

#[tokio::test]
async fn a_number_without_a_fraction_is_a_whole_one() {
    let gateway = Fake::new()
        .on(
            "/faultmaven.case.v1.CaseService/SearchCases",
            |request: case::SearchCasesRequest| {
                assert_eq!((request.page_size, request.offset), (27, 3));
                Ok(case::SearchCasesResponse::default())
            },
        )
        .gateway();
    let search = async |body: &str| {
        let path = "/api/v1/cases/search";
        gateway.send("POST", path, body.to_owned()).await
    };
    let found = search(r#"{"limit": 27.0, "offset": 3}"#).await;
    assert_eq!(found.status, 200, "{found:?}");
    assert_eq!(search(r#"{"limit": 27.5}"#).await.status, 422);
}

#[tokio::test]
async fn the_farthest_page_is_an_empty_one() {
    let gateway = Fake::new()
        .on(LIST, |_: case::ListCasesRequest| {
            Ok(case::ListCasesResponse::default())
        })
        .gateway();
    for rows in ["limit=1&offset=2147483647", "page_size=100&page=2147483647"] {
        let reply = gateway
            .send("GET", &format!("/api/v1/cases?{rows}"), "")
            .await;
        assert_eq!(reply.status, 200, "{reply:?}");
        assert_eq!(reply.json()["cases"], json!([]));
    }
}

#[tokio::test]
async fn a_wrong_idempotency_key_is_named_as_the_header() {
    let gateway = Fake::new().gateway();
    for path in ["/api/v1/cases", "/api/v1/cases/case_1/turns"] {
        for key in ["short", "with a blank"] {
            let headers = [("authorization", "Bearer good"), ("idempotency-key", key)];
            let reply = gateway.send_with("POST", path, &headers, "{}").await;
            assert_eq!(reply.status, 422, "{path}: {reply:?}");
            let problem = reply.json();
            assert_eq!(problem["errors"][0]["field"], "Idempotency-Key");
            let detail = problem["detail"].as_str().unwrap();
            assert!(detail.contains("8 to 255"), "{detail}");
        }
    }
}

#[tokio::test]
async fn a_wrong_value_is_told_with_what_is_allowed() {
    let gateway = Fake::new().gateway();
    for (path, detail) in [
        ("cases?limit=0", "limit: must be 1 to 100, not 0"),
        (
            "cases?limit=a%20lot",
            "limit: must be a whole number, not \"a lot\"",
        ),
        ("cases?offset=", "offset: must be a whole number, not \"\""),
        (
            "cases?offset=99999999999999999999",
            "offset: must be a whole number of fewer digits, not \"99999999999999999999\"",
        ),
        ("cases/%ff", "path: must be percent-encoded UTF-8 text"),
    ] {
        let reply = gateway.send("GET", &format!("/api/v1/{path}"), "").await;
        assert_eq!(reply.status, 422, "{path}");
        assert_eq!(reply.json()["detail"], detail, "{path}");
    }
}

#[tokio::test]
async fn a_wrong_parameter_is_named() {
    let gateway = Fake::new().gateway();
    for (path, field) in [
        ("/api/v1/cases?limit=0", "limit"),
        ("/api/v1/cases?page_size=101", "page_size"),
        ("/api/v1/cases?limit=many", "limit"),
        ("/api/v1/cases?status=archived", "status"),
        ("/api/v1/evidence/file_1/search", "q"),
        ("/api/v1/usage?start=yesterday", "start"),
    ] {
        let reply = gateway.send("GET", path, "").await;
        assert_eq!(reply.status, 422, "{path}");
        assert_eq!(
            reply.json()["errors"][0]["field"],
            field,
            "{path}: {reply:?}"
        );
    }
}

#[tokio::test]
async fn a_fault_of_a_module_keeps_reason_and_wording() {
    let gateway = Fake::new()
        .on(
            "/faultmaven.case.v1.CaseService/GetCase",
            |_: case::GetCaseRequest| {
                Err::<case::GetCaseResponse, _>(Fault::not_found("case").into())
            },
        )
        .gateway();
    let reply = gateway
        .send("GET", "/api/v1/cases/case_000000000000", "")
        .await;
    assert_eq!(reply.status, 404);
    assert_eq!(reply.json()["detail"], "Case not found; check the id");
    assert_eq!(reply.json()["error"], "case_not_found");
    assert_eq!(reply.header("x-error-code"), "CASE_NOT_FOUND");
}

#[tokio::test]
async fn a_preflight_of_an_extension_is_answered_for_each_method() {
    let gateway = Fake::new().gateway();
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
        let headers = [
            ("origin", EXTENSION),
            ("access-control-request-method", method),
            (
                "access-control-request-headers",
                "authorization,content-type,x-session-id,idempotency-key",
            ),
        ];
        let reply = gateway
            .send_with("OPTIONS", "/api/v1/cases", &headers, "")
            .await;
        assert_eq!(reply.status, 200);
        assert_eq!(reply.header("access-control-allow-origin"), EXTENSION);
        assert_eq!(reply.header("access-control-allow-credentials"), "true");
        assert!(
            reply
                .header("access-control-allow-methods")
                .contains(method)
        );
        let allowed = reply.header("access-control-allow-headers");
        assert!(allowed.contains("idempotency-key"), "{allowed}");
    }
}

#[tokio::test]
async fn only_known_origins_may_read_answers() {
    let gateway = Fake::new().gateway();
    for (origin, allowed) in [
        (EXTENSION, true),
        ("https://ops.example", true),
        ("http://localhost:8000", true),
        ("https://evil.example", false),
    ] {
        let reply = gateway
            .send_with("GET", "/health/live", &[("origin", origin)], "")
            .await;
        assert_eq!(reply.status, 200);
        let echoed = reply.header("access-control-allow-origin") == origin;
        assert_eq!(echoed, allowed, "{origin}");
        let exposed = reply.header("access-control-expose-headers");
        assert!(exposed.contains("x-request-id"), "{exposed}");
    }
}

#[tokio::test]
async fn a_trailing_slash_is_no_other_path() {
    let gateway = Fake::new()
        .on(LIST, |_: case::ListCasesRequest| {
            Ok(case::ListCasesResponse::default())
        })
        .gateway();
    let reply = gateway.send("GET", "/api/v1/cases/?limit=5", "").await;
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!(reply.json()["limit"], 5);
}

#[tokio::test]
async fn an_unknown_page_is_the_first_one_for_browsers() {
    let gateway = Fake::new().gateway();
    let browser = [("accept", "text/html,*/*")];
    for path in ["/nonsense", "/kb", "/cases/case_1?tab=report"] {
        let page = gateway.send_with("GET", path, &browser, "").await;
        assert_eq!(page.status, 200, "{path}");
        assert!(
            page.header("content-security-policy")
                .contains("default-src 'none'")
        );
        assert!(page.text().contains("<h1>FaultMaven</h1>"), "{path}");
        let reply = gateway.send("GET", path, "").await;
        assert_eq!(reply.status, 404, "{path}");
        assert_eq!(reply.json()["error"], "path_not_found");
    }
    for path in ["/api/v1/nothing", "/assets/gone.js"] {
        let reply = gateway.send_with("GET", path, &browser, "").await;
        assert_eq!(reply.json()["error"], "path_not_found", "{path}");
    }
}

#[tokio::test]
async fn home_is_a_page_for_browsers_and_json_for_the_rest() {
    let gateway = Fake::new().gateway();
    let page = gateway
        .send_with("GET", "/", &[("accept", "text/html,*/*")], "")
        .await;
    assert!(page.header("content-type").starts_with("text/html"));
    assert!(
        page.header("content-security-policy")
            .contains("default-src 'none'")
    );
    let json = gateway.send_with("GET", "/", &[], "").await;
    assert_eq!(json.json()["service"], "faultmaven");
}

#[tokio::test]
async fn the_document_and_its_readers_are_served() {
    let gateway = Fake::new().gateway();
    let document = gateway.send_with("GET", "/openapi.json", &[], "").await;
    assert!(document.json()["paths"]["/api/v1/cases"].is_object());
    let docs = gateway.send_with("GET", "/docs/", &[], "").await;
    assert_eq!(docs.status, 200);
    let redoc = gateway.send_with("GET", "/redoc", &[], "").await;
    assert!(redoc.header("content-type").starts_with("text/html"));
}

#[tokio::test]
async fn internal_services_are_closed_to_clients() {
    let headers = [("content-type", "application/grpc-web+proto")];
    let path = "/faultmaven.auth.v1.AuthInternalService/Authenticate";
    let gateway = Fake::new().gateway();
    let reply = gateway
        .send_with("POST", path, &headers, "\0\0\0\0\0")
        .await;
    assert_eq!(reply.header("grpc-status"), "7");
    assert_eq!(gateway.calls_of("Authenticate"), 0);
}

#[tokio::test]
async fn without_required_sign_in_the_built_in_user_comes_in() {
    let gateway = Fake::new()
        .on(
            "/faultmaven.auth.v1.AuthInternalService/Authenticate",
            |request: auth::AuthenticateRequest| {
                assert_eq!(request.token, "");
                Ok(auth::AuthenticateResponse {
                    user: Some(auth::User::default()),
                    ..Default::default()
                })
            },
        )
        .on(LIST, |_: case::ListCasesRequest| {
            Ok(case::ListCasesResponse::default())
        })
        .gateway_with(faultmaven_gateway::Config {
            auth_required: false,
            ..config()
        });
    let reply = gateway.send_with("GET", "/api/v1/cases", &[], "").await;
    assert_eq!(reply.status, 200);
}

#[tokio::test]
async fn modules_learn_who_calls_from_where() {
    let gateway = Fake::new()
        .on(LIST, |_: case::ListCasesRequest| {
            Ok(case::ListCasesResponse::default())
        })
        .gateway();
    for (method, path, content_type, body) in [
        ("GET", "/api/v1/cases", "application/json", ""),
        ("POST", LIST, "application/grpc-web+proto", "\0\0\0\0\0"),
    ] {
        let headers = [
            ("authorization", "Bearer good"),
            ("content-type", content_type),
            ("x-request-id", "req-42"),
            ("x-forwarded-for", "198.51.100.1"),
        ];
        gateway.send_with(method, path, &headers, body).await;
        let ctx = gateway.last_context();
        assert_eq!(ctx.actor().unwrap().user_id, "u1");
        assert_eq!(ctx.request_id, "req-42");
        assert_eq!(ctx.client_address.as_deref(), Some("192.0.2.7"), "{path}");
    }
}

#[tokio::test]
async fn a_trace_is_joined_or_begun_carried_on_and_told() {
    let gateway = Fake::new()
        .on(LIST, |_: case::ListCasesRequest| {
            Ok(case::ListCasesResponse::default())
        })
        .gateway();
    let sent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    for (method, path, content_type, body) in [
        ("GET", "/api/v1/cases", "application/json", ""),
        ("POST", LIST, "application/grpc-web+proto", "\0\0\0\0\0"),
    ] {
        for (traceparent, joined) in [(sent, true), ("garbage", false)] {
            let headers = [
                ("authorization", "Bearer good"),
                ("content-type", content_type),
                ("traceparent", traceparent),
            ];
            let reply = gateway.send_with(method, path, &headers, body).await;
            let told = reply.header("x-trace-id");
            assert_eq!(told.len(), 32, "{path}");
            assert_eq!(told == &sent[3..35], joined, "{path}");
            let carried = gateway.last_context().traceparent.unwrap();
            assert_eq!(carried.trace_id(), told, "{path}");
        }
    }
    let refused = gateway.send_with("GET", "/api/v1/cases", &[], "").await;
    let probe = gateway.send_with("GET", "/health/live", &[], "").await;
    let foreign = [("origin", "https://evil.example")];
    let foreign = gateway
        .send_with("POST", "/api/v1/cases", &foreign, "")
        .await;
    for reply in [refused, probe, foreign] {
        assert_eq!(reply.header("x-trace-id").len(), 32, "{reply:?}");
        assert!(
            reply.header("x-request-id").starts_with("req_"),
            "{reply:?}"
        );
    }
}

#[tokio::test]
async fn a_request_has_one_line_in_the_log_and_a_probe_none() {
    let log = Log::default();
    let _guard = log.install();
    let gateway = Fake::new()
        .on(LIST, |_: case::ListCasesRequest| {
            Ok(case::ListCasesResponse::default())
        })
        .gateway();
    gateway.send_with("GET", "/health/live", &[], "").await;
    let headers = [
        ("authorization", "Bearer good"),
        ("x-request-id", "find-me"),
    ];
    let reply = gateway
        .send_with("GET", "/api/v1/cases?limit=5", &headers, "")
        .await;
    let lines = log.lines();
    let [line] = &lines[..] else {
        panic!("{lines:#?}");
    };
    assert_eq!(line["level"], "INFO");
    assert_eq!(line["method"], "GET");
    assert_eq!(line["route"], "/api/v1/cases");
    assert_eq!(line["status"], 200);
    assert!(line["duration_ms"].is_number());
    assert_eq!(line["span"]["request_id"], "find-me");
    assert_eq!(line["span"]["trace_id"], reply.header("x-trace-id"));
    assert_eq!(line["span"]["user_id"], "u1");
}

#[tokio::test]
async fn the_grpc_port_hands_on_who_calls_from_where() {
    let fake = Fake::new().on(LIST, |_: case::ListCasesRequest| {
        Ok(case::ListCasesResponse::default())
    });
    let (address, gateway) = fake.grpc_port().await;
    let mut client = CaseServiceClient::connect(address).await.unwrap();
    let mut request = tonic::Request::new(case::ListCasesRequest::default());
    let bearer = "Bearer good".parse().unwrap();
    request.metadata_mut().insert("authorization", bearer);
    client.list_cases(request).await.unwrap();
    let ctx = gateway.last_context();
    assert_eq!(ctx.client_address.as_deref(), Some("127.0.0.1"));
}

#[tokio::test]
async fn a_mapped_address_is_the_ipv4_address_it_stands_for() {
    let gateway = Fake::new()
        .on(LIST, |_: case::ListCasesRequest| {
            Ok(case::ListCasesResponse::default())
        })
        .gateway_with(faultmaven_gateway::Config {
            trusted_proxies: vec!["192.0.2.7".parse().unwrap()],
            ..config()
        });
    let headers = [
        ("authorization", "Bearer good"),
        ("x-forwarded-for", "::ffff:198.51.100.1"),
    ];
    gateway
        .send_with("GET", "/api/v1/cases", &headers, "")
        .await;
    let ctx = gateway.last_context();
    assert_eq!(ctx.client_address.as_deref(), Some("198.51.100.1"));
}

#[tokio::test]
async fn who_calls_too_often_is_told_when_to_come_back() {
    let gateway = Fake::new()
        .on(LIST, |_: case::ListCasesRequest| {
            Ok(case::ListCasesResponse::default())
        })
        .gateway_with(faultmaven_gateway::Config {
            requests_per_minute: NonZeroU32::new(60),
            ..config()
        });
    let headers = [("origin", EXTENSION), ("content-type", "application/json")];
    let body = r#"{"username": "ada", "password": "guess"}"#;
    for left in ["5", "4", "3", "2", "1", "0"] {
        let reply = gateway
            .send_with("POST", "/api/v1/auth/login", &headers, body)
            .await;
        assert_eq!(reply.header("x-ratelimit-limit"), "6");
        assert_eq!(reply.header("x-ratelimit-remaining"), left);
    }
    let reply = gateway
        .send_with("POST", "/api/v1/auth/login", &headers, body)
        .await;
    assert_eq!(reply.status, 429);
    assert_eq!(reply.json()["code"], "rate_limited");
    assert_eq!(reply.json()["error"], "rate_limit_exceeded");
    assert_eq!(reply.header("retry-after"), "10");
    assert_eq!(reply.header("x-ratelimit-remaining"), "0");
    assert!(reply.header("x-ratelimit-reset").parse::<i64>().unwrap() > 1_700_000_000);
    assert_eq!(reply.header("access-control-allow-origin"), EXTENSION);
    assert_eq!(gateway.calls_of("Login"), 6);
    let other = gateway.send("GET", "/api/v1/cases", "").await;
    assert_eq!(other.header("x-ratelimit-remaining"), "59");
    let probe = gateway.send_with("GET", "/health/live", &[], "").await;
    assert_eq!(probe.header("x-ratelimit-limit"), "");
}

#[tokio::test]
async fn grpc_is_limited_too() {
    let gateway = Fake::new().gateway_with(faultmaven_gateway::Config {
        requests_per_minute: NonZeroU32::new(10),
        ..config()
    });
    let headers = [("content-type", "application/grpc-web+proto")];
    let path = "/faultmaven.auth.v1.AuthService/Login";
    for status in ["12", "8"] {
        let reply = gateway
            .send_with("POST", path, &headers, "\0\0\0\0\0")
            .await;
        assert_eq!(reply.header("grpc-status"), status);
    }
}

#[tokio::test]
async fn unchanged_data_is_not_sent_again() {
    let gateway = Fake::new()
        .on(LIST, |_: case::ListCasesRequest| {
            Ok(case::ListCasesResponse::default())
        })
        .gateway();
    let first = gateway.send("GET", "/api/v1/cases", "").await;
    let tag = first.header("etag");
    assert_eq!(first.header("cache-control"), "private, no-cache");
    for (path, known, status) in [
        ("/api/v1/cases", tag, 304),
        ("/api/v1/cases", "\"other\"", 200),
        ("/api/v1/cases?limit=5", tag, 200),
    ] {
        let headers = [("authorization", "Bearer good"), ("if-none-match", known)];
        let reply = gateway.send_with("GET", path, &headers, "").await;
        assert_eq!(reply.status, status, "{path} {known}");
        assert_eq!(reply.body.is_empty(), status == 304, "{path} {known}");
        assert_eq!(
            reply.header("etag") == tag,
            status == 304 || path == "/api/v1/cases"
        );
        assert!(reply.header("x-request-id").starts_with("req_"));
    }
}
