//! Screenshots, and who gets to see them.

use super::*;

/// One grey dot.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0:~\x9bU\0\0\0\nIDATx\x9cch\0\0\0\x82\0\x81w\xcdr\xb6\0\0\0\0IEND\xaeB`\x82";
const ENCODED: &str = "iVBORw0KGgo";

async fn is_shown(dialect: Dialect, settings: &[(&str, &str)]) -> bool {
    let story = Story::with(dialect, settings).await;
    let seen = "The picture `graph.png` may show a peak.";
    let answer = json!({"answer": seen}).to_string();
    story.vendor.will_say([dialect.shaped(&[&answer])]);
    let files = [("graph.png", PNG.to_vec())];
    let turn = story
        .ada
        .hand_over(&story.case_id, Some("What does the graph tell?"), &files)
        .await;
    assert_eq!(turn["path"], "model", "{turn:#}");
    assert!(turn["agent_response"].as_str().unwrap().contains(seen));
    let body = story.vendor.seen().last().unwrap().body.to_string();
    body.contains(ENCODED)
}

#[tokio::test]
async fn a_screenshot_is_shown_to_a_model_at_home_that_can_see() {
    assert!(is_shown(Dialect::Ollama, &[]).await);
    assert!(!is_shown(Dialect::Ollama, &[("OLLAMA_MODEL", "llama3.1:8b")]).await);
}

#[tokio::test]
async fn a_screenshot_leaves_only_when_nothing_is_masked() {
    for dialect in [Dialect::OpenAi, Dialect::Anthropic] {
        assert!(!is_shown(dialect, &[]).await, "{dialect:?}");
        assert!(
            is_shown(dialect, &[("REDACTION", "off")]).await,
            "{dialect:?}"
        );
    }
}
