//! Who may verify a document.

use faultmaven_kit::{Ctx, Fault, Module};
use faultmaven_proto::auth::v1::team_service_client::TeamServiceClient;
use faultmaven_proto::auth::v1::{GetTeamRequest, TeamRole};

use crate::document::Scope;

/// Tells those who may verify from those who may only write.
#[derive(Clone)]
pub(crate) struct Verifiers {
    auth: Module,
}

impl Verifiers {
    pub(crate) fn new(auth: Module) -> Self {
        Self { auth }
    }

    /// Fails unless the caller, who may write in `scope`, is a person who may verify there.
    pub(crate) async fn require(&self, ctx: &Ctx, scope: &Scope) -> Result<(), Fault> {
        // Nothing else tells a person from a program that holds a person's token.
        if ctx.actor()?.scopes.is_some() {
            let remedy = "an API token cannot verify a document; read it, and sign in to verify it";
            return Err(Fault::forbidden(remedy));
        }
        match scope {
            Scope::Team(team_id) => self.require_manager(ctx, team_id).await,
            Scope::Personal | Scope::Global => Ok(()),
        }
    }

    async fn require_manager(&self, ctx: &Ctx, team_id: &str) -> Result<(), Fault> {
        let request = ctx.request(GetTeamRequest {
            team_id: team_id.to_owned(),
        });
        let answer = TeamServiceClient::new(self.auth.clone())
            .get_team(request)
            .await
            .map_err(|status| Fault::from_callee("auth", status))?;
        let team = answer.into_inner().team.unwrap_or_default();
        if team.own_role() == TeamRole::Manager {
            return Ok(());
        }
        let remedy = "only a manager of the team may verify its documents; ask one of them";
        Err(Fault::forbidden(remedy))
    }
}
