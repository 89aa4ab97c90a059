//! What holds for every operation of the API document: who is refused, and which input is.

mod document;
mod forms;

use serde_json::{Value, json};

use crate::harness::{App, Reply, User};
use crate::sample::{Extent, members, required, value, wrong_value};
use document::{Api, Operation};

/// One address sends more than any client would.
const UNLIMITED: (&str, &str) = ("RATE_LIMIT_ENABLED", "false");
const JSON: &str = "application/json";

async fn send(user: &User, operation: &Operation<'_>, body: Option<String>) -> Reply {
    let request = user.request(operation.method.clone(), &operation.url());
    user.run(match body {
        Some(body) => request.header("content-type", JSON).body(body),
        None => request,
    })
    .await
}

#[tokio::test]
async fn without_a_token_nobody_gets_in_and_with_a_bad_one_not_even_where_none_is_needed() {
    let app = App::with(&[UNLIMITED]).await;
    app.admin().await;
    let nobody = app.anonymous();
    let stranger = nobody.with_token("nonsense");
    let api = Api::read();
    let mut wrong = Vec::new();
    for operation in api.operations() {
        if !operation.is_public() {
            let reply = send(&nobody, &operation, None).await;
            wrong.extend(operation.not_refused("no token", &reply, 401, "unauthenticated"));
        }
        if !operation.looks_at_no_token() {
            let reply = send(&stranger, &operation, None).await;
            wrong.extend(operation.not_refused("a bad token", &reply, 401, "invalid_token"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn a_body_of_the_wrong_type_or_size_is_refused() {
    let app = App::with(&[UNLIMITED]).await;
    let ada = app.admin().await;
    let api = Api::read();
    let oversize = Value::String("x".repeat(3 << 20)).to_string();
    let mut wrong = Vec::new();
    for operation in api.operations() {
        if operation.body(JSON).is_none() {
            continue;
        }
        for (body, status) in [("5", 422), ("{", 422), (oversize.as_str(), 413)] {
            let reply = send(&ada, &operation, Some(body.to_owned())).await;
            let what = &body[..body.len().min(9)];
            wrong.extend(operation.not_told(what, &reply, status));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn every_member_that_is_missing_or_of_the_wrong_type_is_named() {
    let app = App::with(&[UNLIMITED]).await;
    let ada = app.admin().await;
    let api = Api::read();
    let mut wrong = Vec::new();
    let mut told = 0;
    for operation in api.operations() {
        for (field, body) in spoilt_bodies(&api, &operation) {
            let what = format!("{field} in {body}");
            let reply = send(&ada, &operation, Some(body.to_string())).await;
            wrong.extend(operation.field_not_named(&what, &reply, &field));
            told += 1;
        }
    }
    println!("{told} bodies were refused for one member");
    assert!(told > 100 && wrong.is_empty(), "{told}: {wrong:#?}");
}

/// Returns bodies with one mistake each, and where it is.
fn spoilt_bodies(api: &Api, operation: &Operation<'_>) -> Vec<(String, Value)> {
    let document = api.document();
    let Some(schema) = operation.body(JSON) else {
        return Vec::new();
    };
    // In a list, the mistake is in its only item.
    let (schema, is_list) = match schema.get("items") {
        Some(item) => (item, true),
        None => (schema, false),
    };
    let whole = value(document, schema, Extent::Required);
    let without = |name: &str| {
        let mut body = whole.clone();
        body.as_object_mut().unwrap().remove(name);
        (name.to_owned(), body)
    };
    let with = |(name, schema): (&str, &Value)| {
        let mut body = whole.clone();
        body[name] = wrong_value(document, schema)?;
        Some((name.to_owned(), body))
    };
    let members = members(document, schema);
    let missing = required(document, schema).into_iter().map(without);
    let spoilt = missing.chain(members.into_iter().filter_map(with));
    let spoilt = spoilt.map(|(name, body)| match is_list {
        true => (format!("[0].{name}"), json!([body])),
        false => (name, body),
    });
    spoilt.collect()
}

#[tokio::test]
async fn every_query_parameter_of_the_wrong_type_is_named() {
    let app = App::with(&[UNLIMITED]).await;
    let ada = app.admin().await;
    let api = Api::read();
    let mut wrong = Vec::new();
    let mut told = 0;
    for operation in api.operations() {
        for (name, text) in spoilt_queries(&api, &operation) {
            let request = ada.request(operation.method.clone(), &operation.url());
            let others = operation
                .parameters("query")
                .filter(|it| it["required"] == true);
            let others = others.filter_map(|it| it["name"].as_str());
            let others = others.filter(|it| *it != name).map(|it| (it, "checkout"));
            let spoilt = text.as_deref().map(|text| (name.as_str(), text));
            let reply = ada.run(request.query(&others.chain(spoilt).collect::<Vec<_>>()));
            let what = format!("?{name}={text:?}");
            wrong.extend(operation.field_not_named(&what, &reply.await, &name));
            told += 1;
        }
    }
    println!("{told} queries were refused for one parameter");
    assert!(told > 50 && wrong.is_empty(), "{told}: {wrong:#?}");
}

/// Returns parameters with a value that is none of theirs, or without one that they need.
fn spoilt_queries(api: &Api, operation: &Operation<'_>) -> Vec<(String, Option<String>)> {
    let mut spoilt = Vec::new();
    for parameter in operation.parameters("query") {
        let name = parameter["name"].as_str().unwrap();
        let schema = &parameter["schema"];
        // Every text is of the right type.
        let wrong = wrong_value(api.document(), schema).filter(Value::is_string);
        let beyond = schema["maximum"].as_i64().map(|most| most + 1);
        let below = schema["minimum"].as_i64().map(|least| least - 1);
        let numbers = [beyond, below].into_iter().flatten();
        let texts = numbers.map(|number| number.to_string());
        let texts = texts.chain(wrong.and_then(|text| text.as_str().map(str::to_owned)));
        spoilt.extend(texts.map(|text| (name.to_owned(), Some(text))));
        if parameter["required"] == true {
            spoilt.push((name.to_owned(), None));
        }
    }
    spoilt
}
