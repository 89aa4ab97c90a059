//! Hypotheses that people bring themselves, and what they say about those that are there.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use faultmaven_kit::{Ctx, Fault};
use faultmaven_proto::agent::v1 as agent;
use faultmaven_proto::agent::v1::{ClientDialect, IntentType};
use faultmaven_proto::case::v1 as proto;
use faultmaven_proto::case::v1::{CaseAccess, HypothesisCategory};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Hypothesis;
use crate::context::SignedIn;
use crate::extract::{IdempotencyKey, JsonBody, PathOf};
use crate::problem::{Problem, ProblemBody};
use crate::routes::turns::run_turn;
use crate::state::{App, AppState};
use crate::wire;

/// Returns the routes of this file.
pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(add_hypothesis))
        .routes(routes!(put_hypothesis, patch_hypothesis))
}

/// A hypothesis of the caller's own.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default)]
struct NewHypothesis {
    /// Says it in one sentence; without it the description does.
    #[schema(max_length = 500)]
    title: Option<String>,
    /// The reasons; without a title it is the statement, and then has at most 500 characters.
    #[schema(max_length = 1_000)]
    description: Option<String>,
    /// The area of the cause, for instance `config`; others count as `other`.
    category: Option<String>,
    /// 0 to 1; held between 0.05 and 0.5 until evidence is linked.
    #[schema(minimum = 0, maximum = 1)]
    confidence: Option<f64>,
    /// How it could be tested.
    #[schema(max_items = 5)]
    suggested_tests: Vec<String>,
}

/// The hypothesis, or one that said the same before.
#[derive(Serialize, ToSchema)]
struct AddedHypothesis {
    case_id: String,
    hypothesis: Hypothesis,
    total_hypotheses: i32,
}

/// What the caller says about a hypothesis; absent members say nothing.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default)]
struct ChangeHypothesis {
    /// `validated`, `refuted` or `retired`: what the caller asserts; evidence decides what comes of it.
    status: Option<String>,
    /// 0 to 1; only before any evidence is linked.
    #[schema(minimum = 0, maximum = 1)]
    confidence: Option<f64>,
    /// Why; kept in the conversation, with a change of status or by itself.
    #[schema(max_length = 200_000)]
    validation_notes: Option<String>,
}

/// Adds a hypothesis.
#[utoipa::path(post, path = "/api/v1/cases/{case_id}/hypotheses", tag = "cases", params(("case_id" = String, Path)), request_body = NewHypothesis, responses(
    (status = 200, body = AddedHypothesis),
    (status = 404, body = ProblemBody),
    (status = 409, description = "The case has ended, or this was refuted before", body = ProblemBody),
    (status = 422, body = ProblemBody),
))]
async fn add_hypothesis(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf(case_id): PathOf<String>,
    IdempotencyKey(request_id): IdempotencyKey,
    JsonBody(body): JsonBody<NewHypothesis>,
) -> Result<(HeaderMap, Json<AddedHypothesis>), Problem> {
    let request = ctx.request(proto::AddHypothesisRequest {
        request_id,
        ..body.into_proto(case_id.clone())?
    });
    let reply = app.case().add_hypothesis(request).await?.into_inner();
    let added = AddedHypothesis {
        case_id,
        hypothesis: Hypothesis::from_proto(reply.hypothesis.unwrap_or_default()),
        total_hypotheses: reply.total_size,
    };
    Ok((wire::replayed(reply.replayed), Json(added)))
}

/// Tells what the caller thinks of a hypothesis.
#[utoipa::path(put, path = "/api/v1/cases/{case_id}/hypotheses/{hypothesis_id}", tag = "cases", params(("case_id" = String, Path), ("hypothesis_id" = String, Path)), request_body = ChangeHypothesis, responses(
    (status = 200, body = Hypothesis),
    (status = 404, body = ProblemBody),
    (status = 409, description = "Evidence decides this", body = ProblemBody),
    (status = 422, body = ProblemBody),
))]
async fn put_hypothesis(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf((case_id, hypothesis_id)): PathOf<(String, String)>,
    JsonBody(body): JsonBody<ChangeHypothesis>,
) -> Result<Json<Hypothesis>, Problem> {
    Ok(Json(
        change(&app, &ctx, case_id, hypothesis_id, body).await?,
    ))
}

/// Does the same as PUT.
#[utoipa::path(patch, path = "/api/v1/cases/{case_id}/hypotheses/{hypothesis_id}", tag = "cases", params(("case_id" = String, Path), ("hypothesis_id" = String, Path)), request_body = ChangeHypothesis, responses(
    (status = 200, body = Hypothesis),
    (status = 404, body = ProblemBody),
    (status = 409, body = ProblemBody),
    (status = 422, body = ProblemBody),
))]
async fn patch_hypothesis(
    State(app): State<AppState>,
    SignedIn(ctx): SignedIn,
    PathOf((case_id, hypothesis_id)): PathOf<(String, String)>,
    JsonBody(body): JsonBody<ChangeHypothesis>,
) -> Result<Json<Hypothesis>, Problem> {
    Ok(Json(
        change(&app, &ctx, case_id, hypothesis_id, body).await?,
    ))
}

async fn change(
    app: &App,
    ctx: &Ctx,
    case_id: String,
    hypothesis_id: String,
    body: ChangeHypothesis,
) -> Result<Hypothesis, Problem> {
    let before = find(app, ctx, &case_id, &hypothesis_id).await?;
    let asserted = body.status.filter(|status| *status != before.status);
    let action = asserted.as_deref().map(action).transpose()?;
    let prior = checked(body.confidence)?;
    let notes = body.validation_notes.filter(|it| has_text(Some(it)));
    if action.is_none() && prior.is_none() && notes.is_none() {
        expect_may_change(app, ctx, &case_id).await?;
        return Ok(before);
    }
    if let Some(prior) = prior {
        let request = ctx.request(proto::SetPriorRequest {
            case_id: case_id.clone(),
            hypothesis_id: hypothesis_id.clone(),
            prior,
        });
        app.case().set_prior(request).await?;
    }
    if let Some(action) = action {
        let turn = agent::SubmitTurnRequest {
            case_id: case_id.clone(),
            text: notes.unwrap_or_default(),
            intent: Some(agent::Intent {
                r#type: IntentType::HypothesisAction.into(),
                hypothesis_id: hypothesis_id.clone(),
                hypothesis_action: action.to_owned(),
                ..Default::default()
            }),
            dialect: ClientDialect::Legacy.into(),
            ..Default::default()
        };
        run_turn(app, ctx, turn).await?;
    } else if let Some(content) = notes {
        let request = ctx.request(proto::AddMessageRequest {
            case_id: case_id.clone(),
            role: proto::MessageRole::User.into(),
            content,
            ..Default::default()
        });
        app.case().add_message(request).await?;
    }
    find(app, ctx, &case_id, &hypothesis_id).await
}

fn has_text(notes: Option<&str>) -> bool {
    notes.is_some_and(|notes| !notes.trim().is_empty())
}

/// Refuses those who may not change the case, also when their request changes nothing.
async fn expect_may_change(app: &App, ctx: &Ctx, case_id: &str) -> Result<(), Problem> {
    let request = ctx.request(proto::CheckAccessRequest {
        case_id: case_id.to_owned(),
        access: CaseAccess::Write.into(),
    });
    app.case_internal().check_access(request).await?;
    Ok(())
}

async fn find(
    app: &App,
    ctx: &Ctx,
    case_id: &str,
    hypothesis_id: &str,
) -> Result<Hypothesis, Problem> {
    let request = ctx.request(proto::ListHypothesesRequest {
        case_id: case_id.to_owned(),
    });
    let reply = app.case().list_hypotheses(request).await?.into_inner();
    let mut hypotheses = reply.hypotheses.into_iter();
    let found = hypotheses.find(|it| it.hypothesis_id == hypothesis_id);
    match found {
        Some(hypothesis) => Ok(Hypothesis::from_proto(hypothesis)),
        None => Err(Fault::not_found("hypothesis").into()),
    }
}

/// Returns what somebody does who gives a hypothesis this status.
fn action(status: &str) -> Result<&'static str, Problem> {
    match status {
        "validated" => Ok("validate"),
        "refuted" => Ok("refute"),
        "retired" => Ok("retire"),
        "captured" | "active" | "inconclusive" => Err(Fault::precondition(
            "status_is_computed",
            "the evidence decides this status; say validated, refuted or retired to have your word weighed",
        )
        .into()),
        _ => Err(Fault::invalid("status", "must be validated, refuted or retired").into()),
    }
}

impl NewHypothesis {
    fn into_proto(self, case_id: String) -> Result<proto::AddHypothesisRequest, Problem> {
        let given = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        let (statement, rationale) = match (given(self.title), given(self.description)) {
            (Some(title), description) => (title, description.unwrap_or_default()),
            (None, Some(description)) => (description, String::new()),
            (None, None) => {
                return Err(Fault::invalid("description", "say what may be the cause").into());
            }
        };
        Ok(proto::AddHypothesisRequest {
            case_id,
            statement,
            rationale,
            category: category(self.category.as_deref().unwrap_or_default()).into(),
            prior: checked(self.confidence)?,
            checks: self.suggested_tests,
            request_id: String::new(),
        })
    }
}

/// Returns how sure somebody is, unless that is no share of certainty.
fn checked(confidence: Option<f64>) -> Result<Option<f64>, Problem> {
    match confidence {
        Some(given) if !(0.0..=1.0).contains(&given) => {
            let advice = "must be a number from 0 to 1, such as 0.4";
            Err(Fault::invalid("confidence", advice).into())
        }
        held => Ok(held),
    }
}

/// Returns the area that a word of ours names; `root_cause` and other words of older clients name none.
fn category(word: &str) -> HypothesisCategory {
    let name = format!("HYPOTHESIS_CATEGORY_{}", word.to_uppercase());
    HypothesisCategory::from_str_name(&name)
        .filter(|category| *category != HypothesisCategory::Unspecified)
        .unwrap_or(HypothesisCategory::Other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_three_statuses_can_be_asserted() {
        assert_eq!(action("refuted").unwrap(), "refute");
        let computed = format!("{:?}", action("active").unwrap_err());
        assert!(computed.contains("status_is_computed"), "{computed}");
        assert!(action("true").is_err());
    }

    #[test]
    fn a_title_is_the_statement_and_the_description_its_reason() {
        let body = NewHypothesis {
            title: Some("The disk is full".into()),
            description: Some("df says so".into()),
            ..Default::default()
        };
        let request = body.into_proto("case_1".into()).unwrap();
        assert_eq!(request.statement, "The disk is full");
        assert_eq!(request.rationale, "df says so");
        assert!(
            NewHypothesis::default()
                .into_proto("case_1".into())
                .is_err()
        );
    }

    #[test]
    fn words_of_older_clients_name_no_area() {
        assert_eq!(category("network"), HypothesisCategory::Network);
        assert_eq!(category("root_cause"), HypothesisCategory::Other);
        assert_eq!(category(""), HypothesisCategory::Other);
    }
}
