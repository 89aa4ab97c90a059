//! The limit of a call without a deadline: it ends when nothing has moved for a while.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::{Request, Response};
use http_body_util::BodyExt as _;
use tokio::time::Instant;
use tonic::body::Body;
use tonic::{Code, Status};

use super::cut::cut_short;
use crate::Fault;

/// Returns the answer, or DEADLINE_EXCEEDED once neither side has sent anything for `limit`.
pub(super) async fn unless_idle<F>(
    limit: Duration,
    request: Request<Body>,
    call: impl FnOnce(Request<Body>) -> F,
) -> Response<Body>
where
    F: Future<Output = Response<Body>>,
{
    let activity = Activity::now();
    let request = request.map(|body| activity.marked_by(body));
    tokio::select! {
        response = call(request) => {
            activity.mark();
            let response = response.map(|body| activity.marked_by(body));
            cut_short(response, move || Box::pin(activity.stalled(limit)))
        }
        status = activity.clone().stalled(limit) => status.into_http(),
    }
}

/// When something was last sent, in either direction.
#[derive(Clone)]
struct Activity {
    started: Instant,
    /// Milliseconds after the start.
    last: Arc<AtomicU64>,
}

impl Activity {
    fn now() -> Self {
        Self {
            started: Instant::now(),
            last: Arc::default(),
        }
    }

    fn mark(&self) {
        let since = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last.store(since, Ordering::Relaxed);
    }

    /// Returns a body each of whose frames counts as activity.
    fn marked_by(&self, body: Body) -> Body {
        if http_body::Body::is_end_stream(&body) {
            return body;
        }
        let activity = self.clone();
        Body::new(body.map_frame(move |frame| {
            activity.mark();
            frame
        }))
    }

    /// Returns once nothing has moved for `limit`.
    async fn stalled(self, limit: Duration) -> Status {
        loop {
            let last = Duration::from_millis(self.last.load(Ordering::Relaxed));
            let end = self.started + last + limit;
            if Instant::now() >= end {
                let seconds = limit.as_secs_f32();
                let message = format!("nothing was sent for {seconds} seconds; try again");
                return Fault::new(Code::DeadlineExceeded, "call_stalled", message).into();
            }
            tokio::time::sleep_until(end).await;
        }
    }
}
