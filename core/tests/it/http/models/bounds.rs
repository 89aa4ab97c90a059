//! A model that looks things up for ever, too many at once, or too much of them.

use super::*;

const PROSE: &str = "The pool may be too small.";
/// As much as all tools of a turn may say.
const RESULTS_MAX: usize = 30_000;

/// Asks for so many things at once.
fn many_calls(tool: &str, arguments: &Value, count: usize) -> Says {
    let calls: Vec<Value> = (0..count)
        .map(|at| {
            json!({"index": at, "id": format!("call_{at}"), "type": "function",
                "function": {"name": tool, "arguments": arguments.to_string()}})
        })
        .collect();
    let chunk = |delta: Value, reason: Value| {
        let choices = json!([{"index": 0, "delta": delta, "finish_reason": reason}]);
        format!(
            "data: {}\n\n",
            json!({"id": "c", "model": "m", "choices": choices})
        )
    };
    let pieces = vec![
        chunk(
            json!({"role": "assistant", "tool_calls": calls}),
            Value::Null,
        ),
        chunk(json!({}), json!("tool_calls")),
        "data: [DONE]\n\n".to_owned(),
    ];
    Says::new(200, "text/event-stream", pieces)
}

#[tokio::test]
async fn who_only_looks_things_up_is_stopped_after_some_rounds() {
    let story = Story::begin(&[]).await;
    let asked_before = story.vendor.seen().len();
    story
        .vendor
        .always_says(VENDOR.call("list_evidence", &["{}"]));
    let turn = story.ask([]).await;
    assert_fell_back(&turn, "had not the form");
    let seen = story.vendor.seen();
    let seen = &seen[asked_before..];
    assert_eq!(seen.len(), 5, "four rounds and one without tools");
    let (last, rounds) = seen.split_last().unwrap();
    assert!(rounds.iter().all(|it| it.body["tools"].is_array()));
    assert!(last.body["tools"].is_null(), "{:#}", last.body);
}

#[tokio::test]
async fn a_hundred_calls_at_once_are_eight() {
    let story = Story::begin(&[]).await;
    let call = many_calls("list_evidence", &json!({}), 100);
    let turn = story.ask([call, answers(PROSE)]).await;
    assert_eq!(turn["path"], "model", "{turn:#}");
    let found = story.tools_said();
    assert_eq!(found.len(), 8, "{found:#?}");
    assert!(found[0].contains(&story.evidence_id), "{found:#?}");
    let told = "92 more calls were too many at once and not made.";
    assert!(found[7].ends_with(told), "{found:#?}");
}

#[tokio::test]
async fn what_tools_say_in_all_has_a_limit() {
    let story = Story::begin(&[]).await;
    let wanted = json!({"file": story.file_id, "first_line": 61, "count": 200});
    let greedy = many_calls("read_lines", &wanted, 3);
    let turn = story.ask([greedy, answers(PROSE)]).await;
    assert_eq!(turn["path"], "model", "{turn:#}");
    let found = story.tools_said();
    assert!(found[0].len() > RESULTS_MAX / 2, "{}", found[0].len());
    assert!(found[1].contains("(cut)"), "{}", found[1]);
    assert!(found[2].starts_with("Nothing more can be looked up"));
    let told: usize = found[..2].iter().map(String::len).sum();
    assert!(told <= RESULTS_MAX, "{told}");
    let seen = story.vendor.seen();
    assert!(seen.last().unwrap().body["tools"].is_null());
}
