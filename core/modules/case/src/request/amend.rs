//! What an owner wants to add to the ledger.

use faultmaven_kit::Fault;
use faultmaven_kit::text::{checked_text, optional_text};
use faultmaven_proto::case::v1 as pb;
use pb::diff_op::Op;

use crate::limits::{
    ACTION_BODY_MAX, ACTION_TITLE_MAX, HYPOTHESIS_STATEMENT_MAX, PREDICTION_TEXT_MAX,
    PREDICTIONS_MAX, RATIONALE_MAX,
};
use crate::operations::amend::AmendmentOp;
use crate::turn::NEW;
use crate::vocabulary::{HypothesisCategory, Word as _};

/// A change of one ledger.
#[derive(Debug, Clone)]
pub(crate) struct Amendment {
    pub(crate) case_id: String,
    pub(crate) op: AmendmentOp,
}

/// Returns the hypothesis a request adds.
pub(crate) fn hypothesis(request: pb::AddHypothesisRequest) -> Result<Amendment, Fault> {
    let category =
        HypothesisCategory::from_wire(request.category).unwrap_or(HypothesisCategory::Other);
    if request.checks.len() > PREDICTIONS_MAX {
        let limit = format!("must have at most {PREDICTIONS_MAX} entries");
        return Err(Fault::invalid("checks", limit));
    }
    let prediction = |check: &String| {
        Ok(pb::Prediction {
            how: checked_text("checks", check, PREDICTION_TEXT_MAX)?,
            ..Default::default()
        })
    };
    let op = pb::AddHypothesis {
        r#ref: NEW.to_owned(),
        statement: checked_text("statement", &request.statement, HYPOTHESIS_STATEMENT_MAX)?,
        rationale: optional_text("rationale", &request.rationale, RATIONALE_MAX)?
            .unwrap_or_default(),
        kind: pb::HypothesisKind::Cause.into(),
        category: category.into(),
        prior: request.prior.map(finite).transpose()?,
        source: pb::HypothesisSource::User.into(),
        predictions: request
            .checks
            .iter()
            .map(prediction)
            .collect::<Result<_, Fault>>()?,
        ..Default::default()
    };
    Ok(Amendment {
        case_id: request.case_id,
        op: AmendmentOp::Add(Box::new(Op::AddHypothesis(op))),
    })
}

/// Returns the prior a request sets.
pub(crate) fn prior(request: pb::SetPriorRequest) -> Result<Amendment, Fault> {
    Ok(Amendment {
        case_id: request.case_id,
        op: AmendmentOp::SetPrior {
            prior: finite(request.prior)?,
            hypothesis_id: request.hypothesis_id,
        },
    })
}

/// Returns the action a request adds.
pub(crate) fn action(request: pb::AddActionRequest) -> Result<Amendment, Fault> {
    let mut body =
        optional_text("description", &request.description, ACTION_BODY_MAX)?.unwrap_or_default();
    for (number, step) in (1..).zip(&request.steps) {
        let step = checked_text("steps", step, ACTION_BODY_MAX)?;
        let gap = match (number, body.is_empty()) {
            (_, true) => "",
            (1, false) => "\n\n",
            _ => "\n",
        };
        body.push_str(&format!("{gap}{number}. {step}"));
    }
    if body.chars().count() > ACTION_BODY_MAX {
        let limit = format!("description and steps must have at most {ACTION_BODY_MAX} characters");
        return Err(Fault::invalid("steps", limit));
    }
    let op = pb::ProposeAction {
        r#ref: NEW.to_owned(),
        r#type: pb::ActionType::Solution.into(),
        kind: pb::ActionKind::Other.into(),
        title: checked_text("title", &request.title, ACTION_TITLE_MAX)?,
        body,
        ..Default::default()
    };
    Ok(Amendment {
        case_id: request.case_id,
        op: AmendmentOp::Add(Box::new(Op::ProposeAction(op))),
    })
}

/// The ledger holds a prior within its bounds, which only a number can be.
fn finite(prior: f64) -> Result<f64, Fault> {
    if prior.is_finite() {
        return Ok(prior);
    }
    Err(Fault::invalid("prior", "must be a number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_steps_of_a_fix_are_numbered_behind_its_description() {
        let request = pb::AddActionRequest {
            case_id: "case_1".into(),
            title: "Raise the limit".into(),
            description: "The pool is too small.".into(),
            steps: vec!["Set it to 50".into(), "Restart".into()],
            ..Default::default()
        };
        let AmendmentOp::Add(op) = action(request).unwrap().op else {
            panic!("something is added");
        };
        let Op::ProposeAction(op) = *op else {
            panic!("an action is added");
        };
        assert_eq!(
            op.body,
            "The pool is too small.\n\n1. Set it to 50\n2. Restart"
        );
    }

    #[test]
    fn a_hypothesis_says_something() {
        let request = pb::AddHypothesisRequest::default();
        let refused = hypothesis(request).unwrap_err();
        assert_eq!(refused.violations[0].field, "statement");
    }
}
