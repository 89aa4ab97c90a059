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
const FORWARDED_FOR: &str = "x-forwarded-for";
const CALL_TIMEOUT: Duration = Duration::from_secs(300);

/// The context of a request whose caller may be anybody.
pub(crate) struct Anyone(pub(crate) Ctx);

/// The context of a request whose caller has signed in.
pub(crate) struct SignedIn(pub(crate) Ctx);

impl FromRequestParts<AppState> for Anyone {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Problem> {
        let ctx = context(parts, app);
        match bearer(&parts.headers)? {
            Some(token) => Ok(Self(signed_in(app, token, ctx).await?)),
            None => Ok(Self(ctx)),
        }
    }
}

impl FromRequestParts<AppState> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Problem> {
        let ctx = context(parts, app);
        match bearer(&parts.headers)? {
            Some(token) => Ok(Self(signed_in(app, token, ctx).await?)),
            None if !app.config.auth_required => Ok(Self(signed_in(app, "", ctx).await?)),
            None => Err(Fault::unauthenticated(
                "sign in first: send the header `Authorization: Bearer <token>`",
            )
            .into()),
        }
    }
}

async fn signed_in(app: &App, token: &str, mut ctx: Ctx) -> Result<Ctx, Problem> {
    let actor = app.authenticator.authenticate(token, &ctx).await?;
    Span::current().record("user_id", &actor.user_id);
    ctx.caller = Caller::User(actor);
    Ok(ctx)
}

fn context(parts: &Parts, app: &App) -> Ctx {
    let ids = parts.extensions.get::<RequestIds>();
    let request_id = ids.map_or_else(|| app.deps.ids.hex16("req"), |ids| ids.request_id.clone());
    let mut ctx = Ctx::anonymous(request_id).with_timeout(CALL_TIMEOUT);
    ctx.traceparent = ids.map(|ids| ids.trace);
    ctx.session_id = text(&parts.headers, SESSION_ID).map(str::to_owned);
    ctx.client_address = client_address(parts, &app.config.trusted_proxies);
    ctx
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

fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
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
        None => Err(
            Fault::unauthenticated("the authorization header must read `Bearer <token>`").into(),
        ),
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
