//! States of a review as messages, and requests about them as what they mean.

use faultmaven_kit::Fault;
use faultmaven_kit::text::optional_text;
use faultmaven_proto::knowledge::v1 as pb;

use crate::review::{Review, Verdict};

const REASON_MAX: usize = 500;

/// Reads the state that a document is to have.
pub(crate) fn verdict(request: &pb::ReviewDocumentRequest) -> Result<Verdict, Fault> {
    let review = review(request.review)?;
    let reason = optional_text("reason", &request.reason, REASON_MAX)?;
    if review == Review::Rejected && reason.is_none() {
        let remedy = "must tell the writer why the document is rejected";
        return Err(Fault::invalid("reason", remedy));
    }
    Ok(Verdict {
        review,
        reason: reason.unwrap_or_default(),
        expected_version: request.expected_version,
    })
}

/// Reads the state that a new document is in.
pub(super) fn first(code: i32) -> Result<Review, Fault> {
    if code == i32::from(pb::DocumentReview::Unspecified) {
        return Ok(Review::Published);
    }
    match review(code)? {
        first @ (Review::Draft | Review::Published) => Ok(first),
        _ => {
            let remedy = "must be draft or published; ReviewDocument leads to the other states";
            Err(Fault::invalid("review", remedy))
        }
    }
}

/// Reads the states that documents may be in.
pub(super) fn all(codes: &[i32]) -> Result<Vec<Review>, Fault> {
    codes.iter().map(|code| review(*code)).collect()
}

fn review(code: i32) -> Result<Review, Fault> {
    match pb::DocumentReview::try_from(code) {
        Ok(pb::DocumentReview::Draft) => Ok(Review::Draft),
        Ok(pb::DocumentReview::InReview) => Ok(Review::InReview),
        Ok(pb::DocumentReview::Verified) => Ok(Review::Verified),
        Ok(pb::DocumentReview::Published) => Ok(Review::Published),
        Ok(pb::DocumentReview::Rejected) => Ok(Review::Rejected),
        Ok(pb::DocumentReview::Stale) => Ok(Review::Stale),
        Ok(pb::DocumentReview::Deprecated) => Ok(Review::Deprecated),
        Ok(pb::DocumentReview::Unspecified) | Err(_) => {
            let known = Review::ALL.map(Review::as_str).join(", ");
            Err(Fault::invalid("review", format!("must be one of {known}")))
        }
    }
}

/// Returns the code of a stored state.
pub(super) fn code(stored: &str) -> pb::DocumentReview {
    match Review::of_stored(stored) {
        Review::Draft => pb::DocumentReview::Draft,
        Review::InReview => pb::DocumentReview::InReview,
        Review::Verified => pb::DocumentReview::Verified,
        Review::Published => pb::DocumentReview::Published,
        Review::Rejected => pb::DocumentReview::Rejected,
        Review::Stale => pb::DocumentReview::Stale,
        Review::Deprecated => pb::DocumentReview::Deprecated,
    }
}
