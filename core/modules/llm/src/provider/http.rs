//! Calls vendors.

use std::time::Duration;

use chrono::{DateTime, Utc};
use faultmaven_kit::is_loopback;
use futures::stream::BoxStream;
use reqwest::header::{DATE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use serde_json::Value;
use url::Url;

use super::sse;
use super::vendor::{Call, Framing, refusal};
use crate::failure::Failure;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const ERROR_BODY_MAX: usize = 64 << 10;
const RETRY_AFTER_MS: &str = "retry-after-ms";

/// The connections to one vendor.
pub(crate) struct Http(Client);

/// A client that cannot be built, for instance without certificates to trust.
#[derive(Debug, thiserror::Error)]
#[error("no connection to models can be made")]
pub(crate) struct BadClient(#[from] reqwest::Error);

impl Http {
    /// Returns connections to `base`; they are made when first needed.
    pub(crate) fn new(base: &Url) -> Result<Self, BadClient> {
        // A redirect would take the key elsewhere.
        let client = Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .redirect(Policy::none())
            .user_agent(concat!("faultmaven/", env!("CARGO_PKG_VERSION")));
        let client = if base.host_str().is_some_and(is_loopback) {
            client.no_proxy()
        } else {
            client
        };
        Ok(Self(client.build()?))
    }

    /// Makes a call and returns the payloads of its answer.
    pub(crate) async fn payloads(
        &self,
        call: Call,
        framing: Framing,
    ) -> Result<BoxStream<'static, Result<String, Failure>>, Failure> {
        let response = self.send(call).await?;
        if response.status().is_success() {
            return Ok(sse::payloads(response.bytes_stream(), framing));
        }
        Err(refused(response).await)
    }

    async fn send(&self, call: Call) -> Result<Response, Failure> {
        let mut request = self.0.post(call.url).json(&call.body);
        for (name, value) in call.headers {
            let value = HeaderValue::from_str(value.reveal());
            let mut value = value.map_err(|_| Failure::BadKey)?;
            value.set_sensitive(true);
            request = request.header(name, value);
        }
        request.send().await.map_err(|error| {
            let error = error.without_url();
            tracing::debug!(error = %faultmaven_kit::fault::chain(&error), "a vendor cannot be reached");
            Failure::Unreachable
        })
    }
}

async fn refused(mut response: Response) -> Failure {
    let status = response.status().as_u16();
    let retry_after = retry_after(response.headers());
    let mut body = Vec::new();
    while body.len() < ERROR_BODY_MAX
        && let Ok(Some(chunk)) = response.chunk().await
    {
        body.extend_from_slice(&chunk);
    }
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let mut refusal = refusal(status, &body);
    refusal.retry_after = retry_after;
    refusal.failure()
}

/// Returns how long a vendor asks to wait: in seconds, in milliseconds, or until a date.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |value: Option<&HeaderValue>| value?.to_str().ok().map(str::to_owned);
    let number = |text: &str| text.trim().parse::<f64>().ok();
    let millis = text(headers.get(RETRY_AFTER_MS)).and_then(|it| number(&it));
    if let Some(millis) = millis {
        return Duration::try_from_secs_f64(millis / 1_000.0).ok();
    }
    let value = text(headers.get(RETRY_AFTER))?;
    match number(&value) {
        Some(seconds) => Duration::try_from_secs_f64(seconds).ok(),
        None => {
            let now = date(&text(headers.get(DATE))?)?;
            (date(&value)? - now).to_std().ok()
        }
    }
}

fn date(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc2822(text)
        .ok()
        .map(|it| it.to_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = pairs.iter();
        pairs
            .map(|(name, value)| {
                let name = reqwest::header::HeaderName::from_static(name);
                (name, HeaderValue::from_static(value))
            })
            .collect()
    }

    #[test]
    fn the_wait_is_read_in_every_form() {
        for (pairs, seconds) in [
            (vec![("retry-after", "7")], Some(7.0)),
            (vec![("retry-after", "0.5")], Some(0.5)),
            (
                vec![("retry-after-ms", "250"), ("retry-after", "1")],
                Some(0.25),
            ),
            (
                vec![
                    ("date", "Tue, 04 Mar 2025 14:00:00 GMT"),
                    ("retry-after", "Tue, 04 Mar 2025 14:00:20 GMT"),
                ],
                Some(20.0),
            ),
            (vec![("retry-after", "soon")], None),
            (vec![("retry-after", "-3")], None),
            (vec![], None),
        ] {
            let wait = retry_after(&headers(&pairs)).map(|it| it.as_secs_f64());
            assert_eq!(wait, seconds, "{pairs:?}");
        }
    }
}
