//! Who calls, in which request, and until when: carried as metadata on every call.

use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::{Fault, Ids, TraceParent};

pub(crate) mod headers;

/// What a token must cover to use the rights of an administrator.
const ADMIN_SCOPE: &str = "admin";

/// What a person may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// May do everything.
    Admin,
    /// May work on cases.
    Member,
    /// May look.
    Viewer,
}

impl Role {
    /// Returns the name that is stored and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Member => "member",
            Self::Viewer => "viewer",
        }
    }
}

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(name: &str) -> Result<Self, UnknownRole> {
        match name {
            "admin" => Ok(Self::Admin),
            "member" => Ok(Self::Member),
            "viewer" => Ok(Self::Viewer),
            _ => Err(UnknownRole(name.to_owned())),
        }
    }
}

/// A role name nobody knows.
#[derive(Debug, thiserror::Error)]
#[error("unknown role {0:?}")]
pub struct UnknownRole(pub String);

/// A signed-in person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The account's id.
    pub user_id: String,
    /// The account's name.
    pub username: String,
    /// The account's address.
    pub email: String,
    /// Whether the address was proven.
    pub email_verified: bool,
    /// The name to show.
    pub display_name: String,
    /// What the person may do.
    pub role: Role,
    /// What an API token was limited to; `None` means everything the role allows.
    pub scopes: Option<Vec<String>>,
    /// The token that authenticated the call.
    pub token_id: String,
    /// The teams the person belongs to.
    pub team_ids: Vec<String>,
}

impl Actor {
    /// Returns whether the person is an administrator.
    pub fn is_admin(&self) -> bool {
        self.role == Role::Admin
    }

    /// Returns whether the token covers `scope`, for example `cases:write`.
    pub fn has_scope(&self, scope: &str) -> bool {
        match &self.scopes {
            None => true,
            Some(scopes) => scopes.iter().any(|granted| granted == scope),
        }
    }

    /// Returns whether the person is an administrator with a token that covers it.
    pub fn may_administer(&self) -> bool {
        self.is_admin() && self.has_scope(ADMIN_SCOPE)
    }

    /// Returns the person, or a fault unless the token covers `scope`.
    pub fn require_scope(&self, scope: &str) -> Result<&Self, Fault> {
        self.require_any_scope(&[scope])
    }

    /// Returns the person, or a fault unless the token covers one of `scopes`.
    pub fn require_any_scope(&self, scopes: &[&str]) -> Result<&Self, Fault> {
        if scopes.iter().any(|scope| self.has_scope(scope)) {
            return Ok(self);
        }
        let needed = scopes.join(" or ");
        let message = format!("the token lacks the scope {needed}");
        Err(Fault::forbidden(message).with("scope", needed))
    }

    /// Returns the person, or a fault for those who may only look; `action` completes "viewers may not …".
    pub fn require_member(&self, action: &str) -> Result<&Self, Fault> {
        if self.role == Role::Viewer {
            return Err(Fault::forbidden(format!("viewers may not {action}")));
        }
        Ok(self)
    }

    /// Returns the person, or a fault unless it is an administrator; `action` completes "only administrators may …".
    pub fn require_admin(&self, action: &str) -> Result<&Self, Fault> {
        if !self.is_admin() {
            let message = format!("only administrators may {action}");
            return Err(Fault::forbidden(message));
        }
        self.require_scope(ADMIN_SCOPE)
    }
}

/// Who makes a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Caller {
    /// Nobody known.
    Anonymous,
    /// A signed-in person.
    User(Actor),
    /// A module's own job or start-up work.
    System {
        /// The module.
        module: String,
    },
}

/// The context of one request.
#[derive(Debug, Clone)]
pub struct Ctx {
    /// Who calls.
    pub caller: Caller,
    /// The id that joins the log lines of one request.
    pub request_id: String,
    /// The W3C trace context.
    pub traceparent: Option<TraceParent>,
    /// Where the request came from.
    pub client_address: Option<String>,
    /// The client's session.
    pub session_id: Option<String>,
    /// When the caller stops waiting.
    pub deadline: Option<Instant>,
}

impl Ctx {
    /// Returns the context of a caller nobody knows.
    pub fn anonymous(request_id: impl Into<String>) -> Self {
        Self {
            caller: Caller::Anonymous,
            request_id: request_id.into(),
            traceparent: None,
            client_address: None,
            session_id: None,
            deadline: None,
        }
    }

    /// Returns the context of a module's own work.
    pub fn system(module: impl Into<String>, request_id: impl Into<String>) -> Self {
        let module = module.into();
        Self {
            caller: Caller::System { module },
            ..Self::anonymous(request_id)
        }
    }

    /// Returns the context that `request` carries; without one the caller is anonymous.
    pub fn from_request<T>(request: &tonic::Request<T>) -> Result<Self, Fault> {
        headers::read(request.metadata().as_ref(), &Ids::random())
    }

    /// Returns the person who calls, or a fault when nobody is signed in.
    pub fn actor(&self) -> Result<&Actor, Fault> {
        match &self.caller {
            Caller::User(actor) => Ok(actor),
            Caller::Anonymous | Caller::System { .. } => {
                Err(Fault::unauthenticated("sign in to do this"))
            }
        }
    }

    /// Returns this context with `actor` as the caller.
    #[must_use]
    pub fn on_behalf_of(mut self, actor: Actor) -> Self {
        self.caller = Caller::User(actor);
        self
    }

    /// Returns this context with the deadline moved to `timeout` from now, never later than it was.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        let latest = Instant::now() + timeout;
        self.deadline = Some(self.deadline.map_or(latest, |set| set.min(latest)));
        self
    }

    /// Returns a request that carries `message` and this context to another module.
    pub fn request<T>(&self, message: T) -> tonic::Request<T> {
        let mut request = tonic::Request::new(message);
        headers::write(self, request.metadata_mut().as_mut());
        request
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actor(role: Role) -> Actor {
        Actor {
            user_id: "user_1".into(),
            username: "ada".into(),
            email: "ada@example.org".into(),
            email_verified: true,
            display_name: "Ada Ł".into(),
            role,
            scopes: None,
            token_id: "token_1".into(),
            team_ids: vec!["team_1".into()],
        }
    }

    #[tokio::test(start_paused = true)]
    async fn everything_but_the_past_travels() {
        let mut ctx = Ctx::anonymous("req_1")
            .on_behalf_of(actor(Role::Member))
            .with_timeout(Duration::from_secs(30));
        ctx.client_address = Some("192.0.2.7".into());
        ctx.session_id = Some("session_1".into());
        ctx.traceparent = Some(TraceParent::random(&Ids::random()));

        let arrived = Ctx::from_request(&ctx.request(())).unwrap();
        assert_eq!(arrived.caller, ctx.caller);
        assert_eq!(arrived.request_id, ctx.request_id);
        assert_eq!(arrived.client_address, ctx.client_address);
        assert_eq!(arrived.session_id, ctx.session_id);
        assert_eq!(arrived.traceparent, ctx.traceparent);
        assert_eq!(arrived.deadline, ctx.deadline);
    }

    #[test]
    fn without_metadata_the_caller_is_anonymous_and_gets_a_request_id() {
        let ctx = Ctx::from_request(&tonic::Request::new(())).unwrap();
        assert_eq!(ctx.caller, Caller::Anonymous);
        assert!(!ctx.request_id.is_empty());
        assert_eq!(ctx.actor().unwrap_err().reason, "unauthenticated");
    }

    #[test]
    fn a_garbled_context_is_refused() {
        let mut request = tonic::Request::new(());
        let metadata = request.metadata_mut();
        metadata.insert("x-fm-context", "e30".parse().unwrap());
        assert!(Ctx::from_request(&request).is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn a_timeout_never_extends_the_deadline() {
        let ctx = Ctx::system("case", "req_1").with_timeout(Duration::from_secs(1));
        let longer = ctx.clone().with_timeout(Duration::from_secs(9));
        assert_eq!(longer.deadline, ctx.deadline);
    }

    #[test]
    fn scopes_limit_a_token_and_their_absence_does_not() {
        let mut actor = actor(Role::Admin);
        assert!(actor.is_admin() && actor.has_scope("cases:write"));
        actor.scopes = Some(vec!["cases:read".into()]);
        assert!(actor.has_scope("cases:read") && !actor.has_scope("cases:write"));
    }

    #[test]
    fn what_a_role_or_a_token_lacks_is_named() {
        let mut viewer = actor(Role::Viewer);
        viewer.scopes = Some(vec!["cases:read".into()]);
        let scope = viewer.require_any_scope(&["cases:write", "admin"]);
        let scope = scope.unwrap_err();
        assert_eq!(
            scope.message,
            "the token lacks the scope cases:write or admin"
        );
        assert_eq!(scope.metadata["scope"], "cases:write or admin");
        viewer.require_scope("cases:read").unwrap();
        let role = viewer.require_member("change cases").unwrap_err();
        assert_eq!(role.message, "viewers may not change cases");
        actor(Role::Member).require_member("change cases").unwrap();
    }

    #[test]
    fn administrators_need_the_role_and_the_scope() {
        let mut ada = actor(Role::Admin);
        assert!(ada.may_administer() && ada.require_admin("look").is_ok());
        ada.scopes = Some(vec!["cases:read".into()]);
        assert!(!ada.may_administer() && ada.require_admin("look").is_err());
        let refused = actor(Role::Member).require_admin("look").unwrap_err();
        assert_eq!(refused.message, "only administrators may look");
    }

    #[test]
    fn roles_keep_their_names() {
        for role in [Role::Admin, Role::Member, Role::Viewer] {
            assert_eq!(role.as_str().parse::<Role>().unwrap(), role);
        }
        assert!("root".parse::<Role>().is_err());
    }
}
