//! A body that ends with a status when something happens before its end.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::future::BoxFuture;
use http::Response;
use http_body::Frame;
use tonic::Status;
use tonic::body::Body;

use super::guard::trailers;

/// Returns the response, its body cut short by the status that the future of `cut` returns.
pub(crate) fn cut_short<F>(mut response: Response<Body>, cut: F) -> Response<Body>
where
    F: FnOnce() -> BoxFuture<'static, Status> + Send + Unpin + 'static,
{
    if http_body::Body::is_end_stream(response.body()) {
        return response;
    }
    let body = std::mem::take(response.body_mut());
    *response.body_mut() = Body::new(CutBody {
        body: Some(body),
        cut: Cut::Later(Some(cut)),
    });
    response
}

struct CutBody<F> {
    body: Option<Body>,
    cut: Cut<F>,
}

/// Most bodies are complete at once, so the future is made only for one that waits.
enum Cut<F> {
    Later(Option<F>),
    Awaited(BoxFuture<'static, Status>),
}

impl<F: FnOnce() -> BoxFuture<'static, Status>> Cut<F> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Status> {
        if let Self::Later(make) = self
            && let Some(make) = make.take()
        {
            *self = Self::Awaited(make());
        }
        match self {
            Self::Awaited(cut) => cut.as_mut().poll(cx),
            Self::Later(_) => Poll::Pending,
        }
    }
}

impl<F: FnOnce() -> BoxFuture<'static, Status> + Unpin> http_body::Body for CutBody<F> {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let Some(body) = &mut self.body else {
            return Poll::Ready(None);
        };
        if let ready @ Poll::Ready(_) = Pin::new(body).poll_frame(cx) {
            return ready;
        }
        self.cut.poll(cx).map(|status| {
            self.body = None;
            Some(trailers(&status))
        })
    }

    fn is_end_stream(&self) -> bool {
        self.body
            .as_ref()
            .is_none_or(http_body::Body::is_end_stream)
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.body.as_ref().map_or_else(
            || http_body::SizeHint::with_exact(0),
            http_body::Body::size_hint,
        )
    }
}
