//! Earlier cases, as a model finds them.

use super::*;

#[tokio::test]
async fn earlier_cases_are_found_by_what_their_data_have_in_common() {
    let story = Story::begin(&[]).await;
    let ada = &story.ada;
    let path = format!("/api/v1/cases/{}/close", story.case_id);
    let reason = json!({"reason": "abandoned"});
    ada.post(&path, reason).await.expect(200);

    let case_id = ada.open_case().await;
    let files = [("again.log", WorkedExample::app_log())];
    story.vendor.will_say([
        VENDOR.call("similar_cases", &["{}"]),
        answers("There was a case like this."),
    ]);
    let turn = ada
        .hand_over(&case_id, Some("the shop is down"), &files)
        .await;
    assert_eq!(turn["path"], "model", "{turn:#}");
    let found = story.tools_said().concat();
    assert!(found.contains("(closed as abandoned, grade of the cause possible, "));
    assert!(!found.contains(" 0 signatures in common"), "{found}");
    assert!(found.contains("checkout answers 500"), "{found}");
}
