//! Who asks, in which request: from HTTP headers to a kit context.

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, header};
use faultmaven_kit::{Authenticate, Caller, Ctx, Fault};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tonic::transport::server::TcpConnectInfo;
use tracing::Span;

use crate::observe::RequestIds;
use crate::problem::Problem;
use crate::state::{App, AppState};

const SESSION_ID: &str = "x-session-id";
const SESSION_ID_MAX: usize = 64;
const FORWARDED_FOR: &str = "x-forwarded-for";
const CALL_TIMEOUT: Duration = Duration::from_secs(300);

/// The context of a request whose caller may be anybody.
pub(crate) struct Anyone(pub(crate) Ctx);

/// The context of a request whose caller has signed in.
pub(crate) struct SignedIn(pub(crate) Ctx);

/// Who sends a request, found out before its route is asked.
#[derive(Clone)]
pub(crate) struct Sender {
    pub(crate) ctx: Ctx,
    /// Why the token it brought is not believed.
    refusal: Option<Fault>,
}

impl Sender {
    /// Finds out who sends a request, or why that is refused.
    pub(crate) async fn of(app: &App, parts: &Parts, ids: RequestIds) -> Self {
        let mut ctx = context(parts, app, ids);
        let refusal = match bearer(&parts.headers) {
            Ok(None) => None,
            Ok(Some(token)) => sign_in(app, token, &mut ctx).await.err(),
            Err(fault) => Some(fault),
        };
        Self { ctx, refusal }
    }

    fn in_request(parts: &Parts) -> Result<Ctx, Problem> {
        match parts.extensions.get::<Self>() {
            Some(Self {
                refusal: Some(fault),
                ..
            }) => Err(fault.clone().into()),
            Some(sender) => Ok(sender.ctx.clone()),
            None => Err(Fault::unauthenticated("nobody asked who sends this").into()),
        }
    }
}

impl FromRequestParts<AppState> for Anyone {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, Problem> {
        Sender::in_request(parts).map(Self)
    }
}

impl FromRequestParts<AppState> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Problem> {
        let mut ctx = Sender::in_request(parts)?;
        match ctx.caller {
            Caller::User(_) => {}
            _ if !app.config.auth_required => sign_in(app, "", &mut ctx).await?,
            _ => {
                return Err(Fault::unauthenticated(
                    "sign in first: send the header `Authorization: Bearer <token>`",
                )
                .into());
            }
        }
        Ok(Self(ctx))
    }
}

async fn sign_in(app: &App, token: &str, ctx: &mut Ctx) -> Result<(), Fault> {
    let actor = app.authenticator.authenticate(token, ctx).await?;
    Span::current().record("user_id", &actor.user_id);
    ctx.caller = Caller::User(actor);
    Ok(())
}

fn context(parts: &Parts, app: &App, ids: RequestIds) -> Ctx {
    let mut ctx = Ctx::anonymous(ids.request_id).with_timeout(CALL_TIMEOUT);
    ctx.traceparent = Some(ids.trace);
    let session_id = text(&parts.headers, SESSION_ID).map(str::to_owned);
    ctx.session_id = session_id.filter(|id| is_session_id(id));
    ctx.client_address = client_address(parts, &app.config.trusted_proxies);
    ctx
}

/// Returns the context with the session that a body names, unless a header has named one.
pub(crate) fn in_session(ctx: Ctx, session_id: Option<String>) -> Ctx {
    let session_id = session_id.filter(|id| is_session_id(id));
    Ctx {
        session_id: ctx.session_id.or(session_id),
        ..ctx
    }
}

/// Returns whether `text` could be the id of a session; everything else is ignored, as unknown ids are.
fn is_session_id(text: &str) -> bool {
    (1..=SESSION_ID_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Returns where a request came from; forwarded-for headers count only from trusted proxies.
pub(crate) fn client_address(parts: &Parts, trusted: &[IpAddr]) -> Option<String> {
    let peer = peer(&parts.extensions)?.ip().to_canonical();
    if !trusted.contains(&peer) {
        return Some(peer.to_string());
    }
    let forwarded = text(&parts.headers, FORWARDED_FOR).unwrap_or_default();
    let client = forwarded
        .rsplit(',')
        .filter_map(|address| address.trim().parse::<IpAddr>().ok())
        .map(|address| address.to_canonical())
        .find(|address| !trusted.contains(address));
    Some(client.unwrap_or(peer).to_string())
}

/// Returns the other end of the connection, from whichever server accepted it.
fn peer(extensions: &Extensions) -> Option<SocketAddr> {
    let http = extensions.get::<ConnectInfo<SocketAddr>>();
    let grpc = extensions.get::<TcpConnectInfo>();
    http.map(|info| info.0)
        .or_else(|| grpc.and_then(TcpConnectInfo::remote_addr))
}

fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Fault> {
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        return Ok(None);
    };
    let token = value
        .to_str()
        .ok()
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
        .filter(|token| !token.is_empty());
    match token {
        Some(token) => Ok(Some(token)),
        None => Err(Fault::unauthenticated(
            "the authorization header must read `Bearer <token>`",
        )),
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_names_the_session_when_no_header_does() {
        let ctx = || Ctx::anonymous("req_1");
        let named = |text: &str| in_session(ctx(), Some(text.to_owned())).session_id;
        assert_eq!(named("a-1").as_deref(), Some("a-1"));
        for ignored in ["", "a b", "a\0b", "zw\u{f6}lf", &"x".repeat(65)] {
            assert_eq!(named(ignored), None, "{ignored:?}");
        }
        let with_header = Ctx {
            session_id: Some("b-2".to_owned()),
            ..ctx()
        };
        let both = in_session(with_header, Some("a-1".to_owned()));
        assert_eq!(both.session_id.as_deref(), Some("b-2"));
    }
}
