//! How often a client may call: a token bucket per class of calls, and per user, else per address.

use std::num::NonZeroU32;
use std::time::Duration;

use async_trait::async_trait;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use faultmaven_kit::front_door::Limit;
use faultmaven_kit::{Caller, Code, Ctx, Fault, Redis, SharedClock, client_network};
use tokio::sync::Semaphore;
use tokio::time::Instant;

mod bucket;

use bucket::Buckets;

const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// How long a call may be held back before it is refused.
const PATIENCE: Duration = Duration::from_secs(2);
/// How many calls of a class may be held back at once.
const HELD_BACK_MAX: usize = 256;

/// Calls that share a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// Whoever guesses passwords does these; counted per address, whoever calls.
    SignIn,
    /// Held back rather than refused: some clients answer a refused read by reading again at once.
    Read,
    /// Everything that changes something.
    Change,
}

/// The whole policy: each class with its share of the configured limit, and what happens beyond it.
const POLICY: [(Class, NonZeroU32, Beyond); 3] = [
    (Class::SignIn, TENTH, Beyond::Refuse),
    (Class::Read, WHOLE, Beyond::HoldBack),
    (Class::Change, WHOLE, Beyond::Refuse),
];
const WHOLE: NonZeroU32 = NonZeroU32::MIN;
const TENTH: NonZeroU32 = NonZeroU32::MIN.saturating_add(9);

/// How the routes begin that passwords, codes and secrets can be guessed at.
const SIGN_IN_ROUTES: [&str; 8] = [
    "/api/v1/auth/dev-login",
    "/api/v1/auth/dev-register",
    "/api/v1/auth/login",
    "/api/v1/auth/oauth/",
    "/api/v1/auth/password",
    "/api/v1/auth/refresh",
    "/api/v1/auth/register",
    "/api/v1/invitations/accept",
];
const SIGN_IN_CALLS: [&str; 11] = [
    "AcceptInvitation",
    "Authorize",
    "ChangePassword",
    "DevLogin",
    "DevRegister",
    "ExchangeGrant",
    "GetConsent",
    "Login",
    "RefreshToken",
    "Register",
    "RevokeGrant",
];
const READING_CALLS: [&str; 6] = ["Get", "List", "Search", "Download", "Verify", "Check"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Beyond {
    Refuse,
    HoldBack,
}

impl Class {
    /// Returns the class of a route; pages and documents have none.
    pub(crate) fn of_route(method: &Method, route: &str) -> Option<Self> {
        let is_api = ["/api/", "/v1/", "/admin/"]
            .iter()
            .any(|prefix| route.starts_with(prefix));
        let is_sign_in = SIGN_IN_ROUTES.iter().any(|start| route.starts_with(start));
        if is_sign_in {
            Some(Self::SignIn)
        } else if !is_api {
            None
        } else if method.is_safe() {
            Some(Self::Read)
        } else {
            Some(Self::Change)
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::Read => "read",
            Self::Change => "change",
        }
    }

    fn of_call(path: &str) -> Self {
        let method = path.rsplit('/').next().unwrap_or(path);
        if SIGN_IN_CALLS.contains(&method) {
            Self::SignIn
        } else if READING_CALLS.iter().any(|verb| method.starts_with(verb)) {
            Self::Read
        } else {
            Self::Change
        }
    }
}

/// What a client has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    limit: u32,
    remaining: u32,
    /// Until everything is there again.
    full_after: Duration,
}

impl Standing {
    /// Tells the client, in the words other limiters use too.
    pub(crate) fn write(self, headers: &mut HeaderMap, clock: &SharedClock) {
        let full_after = i64::try_from(self.full_after.as_secs()).unwrap_or(i64::MAX);
        let reset = clock.now().timestamp().saturating_add(full_after);
        headers.insert(LIMIT, HeaderValue::from(self.limit));
        headers.insert(REMAINING, HeaderValue::from(self.remaining));
        headers.insert(RESET, HeaderValue::from(reset));
    }
}

/// A refused call.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) standing: Standing,
    pub(crate) fault: Fault,
}

/// The policy at work.
pub(crate) struct Limits(Vec<(Class, Gate)>);

/// Lets the calls of one class pass.
struct Gate {
    buckets: Buckets,
    beyond: Beyond,
    waiting: Semaphore,
}

impl Limits {
    /// Returns limits that count in Redis, if there is one, and in memory while it does not answer.
    pub(crate) fn new(requests_per_minute: NonZeroU32, redis: Option<&Redis>) -> Self {
        let gates = POLICY.map(|(class, share, beyond)| {
            let limit = requests_per_minute.get() / share;
            let limit = NonZeroU32::new(limit).unwrap_or(NonZeroU32::MIN);
            let buckets = Buckets::new(class.as_str(), limit, redis.cloned());
            (class, Gate::new(buckets, beyond))
        });
        Self(gates.into())
    }

    /// Takes a token from the bucket of a client.
    pub(crate) async fn admit(&self, class: Class, ctx: &Ctx) -> Result<Option<Standing>, Refused> {
        let gate = self.0.iter().find(|(it, _)| *it == class);
        match gate {
            Some((_, gate)) => gate.admit(client(class, ctx)).await.map(Some),
            None => Ok(None),
        }
    }
}

#[async_trait]
impl Limit for Limits {
    async fn admit(&self, path: &str, ctx: &Ctx) -> Result<(), Fault> {
        let admitted = Self::admit(self, Class::of_call(path), ctx).await;
        admitted.map(drop).map_err(|refused| refused.fault)
    }
}

/// Returns whose bucket it is.
fn client(class: Class, ctx: &Ctx) -> String {
    match &ctx.caller {
        Caller::User(actor) if class != Class::SignIn => actor.user_id.clone(),
        _ => client_network(ctx.client_address.as_deref().unwrap_or_default()),
    }
}

impl Gate {
    fn new(buckets: Buckets, beyond: Beyond) -> Self {
        Self {
            buckets,
            beyond,
            waiting: Semaphore::new(HELD_BACK_MAX),
        }
    }

    async fn admit(&self, client: String) -> Result<Standing, Refused> {
        let mut wait = match self.take(&client).await {
            Ok(standing) => return Ok(standing),
            Err(wait) => wait,
        };
        let place = self.waiting.try_acquire();
        if self.beyond == Beyond::Refuse || place.is_err() {
            return Err(self.refused(wait));
        }
        let give_up = Instant::now() + PATIENCE;
        while Instant::now() + wait <= give_up {
            tokio::time::sleep(wait).await;
            wait = match self.take(&client).await {
                Ok(standing) => return Ok(standing),
                Err(wait) => wait,
            };
        }
        Err(self.refused(wait))
    }

    async fn take(&self, client: &String) -> Result<Standing, Duration> {
        let left = self.buckets.take(client).await?;
        Ok(self.standing(left))
    }

    fn standing(&self, remaining: u32) -> Standing {
        let limit = self.buckets.limit();
        Standing {
            limit,
            remaining,
            full_after: self.buckets.interval() * limit.saturating_sub(remaining),
        }
    }

    fn refused(&self, wait: Duration) -> Refused {
        let seconds = wait.as_secs() + 1;
        let limit = self.buckets.limit();
        let message = format!("more than {limit} requests a minute; try again in {seconds} s");
        let fault = Fault::new(Code::ResourceExhausted, "rate_limited", message);
        Refused {
            standing: self.standing(0),
            fault: fault.retry_after(Duration::from_secs(seconds)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(per_minute: u32) -> Limits {
        Limits::new(NonZeroU32::new(per_minute).unwrap(), None)
    }

    fn at(address: &str) -> Ctx {
        let mut ctx = Ctx::anonymous("req_1");
        ctx.client_address = Some(address.to_owned());
        ctx
    }

    async fn is_admitted(limits: &Limits, class: Class, ctx: &Ctx) -> bool {
        limits.admit(class, ctx).await.is_ok()
    }

    #[tokio::test(start_paused = true)]
    async fn changes_beyond_the_limit_are_refused_until_tokens_come_back() {
        let limits = limits(60);
        let ctx = at("192.0.2.1");
        for left in (0..60).rev() {
            let standing = limits.admit(Class::Change, &ctx).await.unwrap().unwrap();
            assert_eq!((standing.limit, standing.remaining), (60, left));
        }
        let refused = limits.admit(Class::Change, &ctx).await.unwrap_err();
        assert_eq!(refused.fault.reason, "rate_limited");
        assert_eq!(refused.fault.retry_after, Some(Duration::from_secs(2)));
        assert_eq!(refused.standing.full_after, Duration::from_secs(60));
        assert!(
            is_admitted(&limits, Class::Read, &ctx).await,
            "a class of its own"
        );
        assert!(is_admitted(&limits, Class::Change, &at("192.0.2.2")).await);
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(is_admitted(&limits, Class::Change, &ctx).await);
        assert!(!is_admitted(&limits, Class::Change, &ctx).await);
    }

    #[tokio::test(start_paused = true)]
    async fn a_storm_of_reads_is_slowed_down_to_the_limit() {
        let limits = limits(600);
        let ctx = at("192.0.2.1");
        let started = Instant::now();
        for _ in 0..1_200 {
            assert!(is_admitted(&limits, Class::Read, &ctx).await);
        }
        assert_eq!(started.elapsed().as_secs(), 60);
    }

    #[tokio::test(start_paused = true)]
    async fn a_flood_at_once_is_refused() {
        let limits = limits(60);
        let ctx = at("192.0.2.1");
        let flood = (0..100).map(|_| is_admitted(&limits, Class::Read, &ctx));
        let admitted = futures::future::join_all(flood).await;
        assert!(admitted.iter().filter(|it| **it).count() < 65);
    }

    #[tokio::test(start_paused = true)]
    async fn sign_in_has_a_tenth_and_is_counted_by_network() {
        let limits = limits(60);
        for number in 0..6 {
            let ctx = at(&format!("2001:db8::{number}"));
            assert!(is_admitted(&limits, Class::SignIn, &ctx).await);
        }
        assert!(!is_admitted(&limits, Class::SignIn, &at("2001:db8::ffff")).await);
    }

    #[test]
    fn whatever_strangers_may_send_counts_as_sign_in_except_sessions() {
        let document = serde_json::to_value(crate::openapi_document()).unwrap();
        let mut found = 0;
        for (path, operations) in document["paths"].as_object().unwrap() {
            let Some(post) = operations.get("post") else {
                continue;
            };
            let open_to_all = post["security"] == serde_json::json!([{}]);
            if open_to_all && path != "/api/v1/sessions" {
                found += 1;
                let class = Class::of_route(&Method::POST, path);
                assert_eq!(class, Some(Class::SignIn), "{path}");
            }
        }
        assert!(found > 5, "the document names {found} such routes");
    }

    #[test]
    fn every_call_belongs_to_a_class() {
        for (method, route, class) in [
            (Method::POST, "/api/v1/auth/login", Some(Class::SignIn)),
            (
                Method::GET,
                "/api/v1/auth/oauth/authorize",
                Some(Class::SignIn),
            ),
            (Method::GET, "/api/v1/auth/me", Some(Class::Read)),
            (Method::GET, "/api/v1/cases", Some(Class::Read)),
            (Method::POST, "/api/v1/cases", Some(Class::Change)),
            (Method::GET, "/redoc", None),
        ] {
            assert_eq!(Class::of_route(&method, route), class, "{route}");
        }
        for (path, class) in [
            ("/faultmaven.auth.v1.AuthService/Login", Class::SignIn),
            ("/faultmaven.case.v1.CaseService/ListCases", Class::Read),
            (
                "/faultmaven.agent.v1.AgentService/SubmitTurn",
                Class::Change,
            ),
        ] {
            assert_eq!(Class::of_call(path), class, "{path}");
        }
    }
}
