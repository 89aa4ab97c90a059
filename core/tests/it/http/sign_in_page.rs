//! The page that signs people in, in a real browser.

use reqwest::Url;
use serde_json::json;

use crate::contract::expect_shape;
use crate::harness::{App, Browser, PASSWORD};

/// Waits until a part of the page is shown.
const SHOWN: &str = "const shown = async (id) => {
    const part = () => document.getElementById(id);
    while (document.readyState !== 'complete' || !part() || part().hidden)
        await new Promise((next) => requestAnimationFrame(next));
    return part();
};";

/// Starts the browser of this machine; none leaves the story out, except in CI.
#[expect(clippy::print_stdout, reason = "whoever runs the tests is told")]
async fn browser() -> Option<Browser> {
    let browser = Browser::start().await;
    if browser.is_none() {
        let is_ci = std::env::var_os("CI").is_some_and(|it| !it.is_empty());
        let remedy = "no browser; install chromium, as deploy/dev/run-tests.sh does";
        assert!(!is_ci, "{remedy}");
        println!("skipped: neither chromium nor google-chrome is installed");
    }
    browser
}

#[tokio::test]
async fn the_page_hands_a_sign_in_over_and_asks_before_it_connects_the_extension() {
    let app = App::start().await;
    app.admin().await;
    let Some(mut browser) = browser().await else {
        return;
    };
    let dashboard = app.base().replace("127.0.0.1", "localhost");
    browser
        .visit(&format!("{dashboard}/login?source=extension"))
        .await;
    let fill = format!(
        "{SHOWN} const form = await shown('login');
        form.elements.username.value = 'ada';
        form.elements.password.value = '{PASSWORD}';
        const handed = new Promise((told) => addEventListener('message', told));
        form.requestSubmit();
        const event = await handed;
        await shown('signed-in');
        return {{
            type: event.data.type, payload: event.data.payload,
            from: event.origin, here: location.origin,
            kept: JSON.parse(localStorage.getItem('fm_auth_state')),
        }};"
    );
    let handed = browser.run(&fill).await;
    assert_eq!(handed["type"], "FM_AUTH_SUCCESS");
    assert_eq!(handed["from"], dashboard);
    expect_shape("sign_in", &handed["payload"]);
    assert_eq!(handed["kept"], handed["payload"]);

    let asked = "response_type=code&client_id=faultmaven-copilot\
        &redirect_uri=https://abcdefghijklmnopabcdefghijklmnop.chromiumapp.org/\
        &state=0123456789abcdef0123456789abcdef\
        &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256\
        &scope=openid%20cases:read";
    browser
        .visit(&format!("{dashboard}/auth/authorize?{asked}"))
        .await;
    let question = format!(
        "{SHOWN} const form = await shown('consent');
        return [...form.querySelectorAll('#scopes li')].map((line) => line.textContent);"
    );
    let scopes = browser.run(&question).await;
    assert_eq!(
        scopes,
        json!(["See your name and e-mail address", "Read your cases"])
    );
    let allow = "document.querySelector('#consent [value=yes]').click()";
    let left = browser
        .leaves_for("https://*.chromiumapp.org/*", allow)
        .await;
    let left: Url = left.parse().unwrap();
    let names: Vec<String> = left
        .query_pairs()
        .map(|(name, _)| name.into_owned())
        .collect();
    assert_eq!(
        left.host_str(),
        Some("abcdefghijklmnopabcdefghijklmnop.chromiumapp.org")
    );
    assert_eq!(names, ["code", "state"]);
}

#[tokio::test]
async fn who_signs_in_without_the_extension_gets_a_token_to_try_the_api_with() {
    let app = App::start().await;
    app.admin().await;
    let Some(mut browser) = browser().await else {
        return;
    };
    browser.visit(&format!("{}/login", app.base())).await;
    let fill = format!(
        "{SHOWN} const form = await shown('login');
        form.elements.username.value = 'ada';
        form.elements.password.value = '{PASSWORD}';
        form.requestSubmit();
        await shown('token-part');
        const token = document.getElementById('token').value;
        const headers = {{ authorization: `Bearer ${{token}}` }};
        const answer = await fetch('/api/v1/auth/me', {{ headers }});
        return {{ status: answer.status, title: document.getElementById('title').textContent }};"
    );
    let signed_in = browser.run(&fill).await;
    assert_eq!(
        signed_in,
        json!({"status": 200, "title": "You are signed in"})
    );
}
