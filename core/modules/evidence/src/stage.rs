//! Claims become evidence: every quote is found in stored bytes or in the user's own words.

use std::collections::HashMap;
use std::slice;

use faultmaven_analysis::Citation;
use faultmaven_kit::{Caller, Ctx};
use faultmaven_proto::evidence::v1 as pb;

use crate::absence::{self, StoredProof};
use crate::claims::{self, Observation};
use crate::convert::{self, from_time, signed};
use crate::entity::file::Model as File;
use crate::entity::record::{Category, EvidenceState, Model as Record};
use crate::error::EvidenceError;
use crate::parts::Parts;
use crate::quotes::{self, Refusal, Wanted};

const CLAIMS_MAX: usize = 200;
const EXCERPT_CHARS: usize = 200;

/// One turn's claims and what they may cite.
struct Staging<'a> {
    parts: &'a Parts,
    request: &'a pb::StageEvidenceRequest,
    author_id: String,
    files: Vec<File>,
}

/// A claim that the bytes bear out.
struct Verified {
    category: Category,
    claim: String,
    source: Source,
    citation: Citation,
    observation: Observation,
    absence: Option<StoredProof>,
}

enum Source {
    File(Box<File>),
    Message,
}

/// Verifies claims and stores those that hold, invisible until their turn is committed.
pub(crate) async fn stage(
    parts: &Parts,
    ctx: &Ctx,
    request: pb::StageEvidenceRequest,
) -> Result<pb::StageEvidenceResponse, EvidenceError> {
    if request.turn_token.is_empty() {
        return Err(EvidenceError::invalid("turn_token", "must not be empty"));
    }
    if request.claims.len() > CLAIMS_MAX {
        return Err(EvidenceError::invalid(
            "claims",
            format!("must be at most {CLAIMS_MAX}"),
        ));
    }
    let staging = Staging {
        parts,
        request: &request,
        author_id: author(ctx),
        files: parts.store.files_of_case(&request.case_id).await?,
    };
    let mut verified = Vec::new();
    let mut refused = Vec::new();
    let located = staging.locate_file_quotes().await?;
    for (claim, located) in request.claims.iter().zip(located) {
        match staging.verify(claim, located).await? {
            Ok(held) => verified.push((claim, held)),
            Err(refusal) => refused.push(refused_claim(claim, refusal)),
        }
    }
    let records = staging.records(verified)?;
    parts
        .store
        .stage(records.iter().map(|(_, record)| record.clone()).collect())
        .await?;
    let staged = records
        .into_iter()
        .map(|(reference, record)| pb::StagedEvidence {
            r#ref: reference,
            evidence: Some(convert::evidence::to_wire(record)),
        });
    Ok(pb::StageEvidenceResponse {
        staged: staged.collect(),
        refused,
    })
}

fn author(ctx: &Ctx) -> String {
    match &ctx.caller {
        Caller::User(actor) => actor.user_id.clone(),
        Caller::Anonymous | Caller::System { .. } => String::new(),
    }
}

fn refused_claim(claim: &pb::EvidenceClaim, refusal: Refusal) -> pb::RefusedClaim {
    pb::RefusedClaim {
        r#ref: claim.r#ref.clone(),
        reason: refusal.as_str().to_owned(),
        excerpt: claim.quote.chars().take(EXCERPT_CHARS).collect(),
    }
}

impl Staging<'_> {
    /// Reads each cited file once; the answer has one element per claim.
    async fn locate_file_quotes(&self) -> Result<Vec<Option<Citation>>, EvidenceError> {
        let claims = &self.request.claims;
        let mut by_file: HashMap<&str, Vec<usize>> = HashMap::new();
        for (at, claim) in claims.iter().enumerate() {
            if self.citable(claim).is_ok() {
                by_file.entry(&claim.file_id).or_default().push(at);
            }
        }
        let mut located = vec![None; claims.len()];
        for (file_id, positions) in by_file {
            let Some(file) = self.file(file_id) else {
                continue;
            };
            let wanted = positions.iter().map(|&at| wanted(&claims[at])).collect();
            let found = quotes::in_file(self.parts, file, wanted).await?;
            for (at, citation) in positions.into_iter().zip(found) {
                located[at] = citation;
            }
        }
        Ok(located)
    }

    /// Returns the file a claim may cite.
    fn citable(&self, claim: &pb::EvidenceClaim) -> Result<&File, Refusal> {
        if claim.from_message {
            return Err(Refusal::NotCitable);
        }
        let file = self.file(&claim.file_id).ok_or(Refusal::ForeignId)?;
        if !file.is_text() {
            return Err(Refusal::NotCitable);
        }
        quotes::check_quote(&claim.quote)?;
        Ok(file)
    }

    fn file(&self, file_id: &str) -> Option<&File> {
        self.files.iter().find(|file| file.file_id == file_id)
    }

    async fn verify(
        &self,
        claim: &pb::EvidenceClaim,
        located: Option<Citation>,
    ) -> Result<Result<Verified, Refusal>, EvidenceError> {
        let Some(category) = convert::evidence::category_from_wire(claim.category) else {
            return Ok(Err(Refusal::UnknownValue));
        };
        let Some(text) = claims::claim_text(&claim.claim) else {
            return Ok(Err(Refusal::UnknownValue));
        };
        if claim.from_message {
            return Ok(self.verify_message(claim, category, text));
        }
        let file = match self.citable(claim) {
            Ok(file) => file,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let Some(citation) = located else {
            return Ok(Err(Refusal::QuoteNotFound));
        };
        let absence = match self.absence(claim, category, file, &citation).await? {
            Ok(absence) => absence,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let observation = self
            .observation(claim, file, &citation, absence.as_ref())
            .await?;
        Ok(Ok(Verified {
            category,
            claim: text,
            source: Source::File(Box::new(file.clone())),
            citation,
            observation,
            absence,
        }))
    }

    fn verify_message(
        &self,
        claim: &pb::EvidenceClaim,
        category: Category,
        text: String,
    ) -> Result<Verified, Refusal> {
        if self.request.message_id.is_empty() {
            return Err(Refusal::NotCitable);
        }
        let citation = quotes::in_message(&self.request.message_text, &claim.quote)?;
        let seen = claims::message_observation(&citation.quote);
        Ok(Verified {
            category,
            claim: text,
            source: Source::Message,
            observation: named_by(claim, seen),
            citation,
            absence: None,
        })
    }

    /// Searches again what is claimed to be absent; only then the claim's range is believed.
    async fn absence(
        &self,
        claim: &pb::EvidenceClaim,
        category: Category,
        file: &File,
        citation: &Citation,
    ) -> Result<Result<Option<StoredProof>, Refusal>, EvidenceError> {
        let Some(named) = &claim.absence else {
            // A value that contradicts a cause needs no search, a symptom that is gone does.
            let needs_proof = category == Category::SymptomAbsence;
            return Ok(if needs_proof {
                Err(Refusal::AbsenceNotProven)
            } else {
                Ok(None)
            });
        };
        let signature = &named.signature;
        let proof = absence::prove(self.parts, &self.files, signature, file).await?;
        Ok(match proof {
            Ok(proven) if proven.citation.byte_start == citation.byte_start => {
                Ok(Some(proven.proof))
            }
            Ok(_) | Err(_) => Err(Refusal::AbsenceNotProven),
        })
    }

    async fn observation(
        &self,
        claim: &pb::EvidenceClaim,
        file: &File,
        citation: &Citation,
        absence: Option<&StoredProof>,
    ) -> Result<Observation, EvidenceError> {
        if let Some(proof) = absence {
            return Ok(Observation {
                signature: proof.signature.clone(),
                from: proof.start_time,
                to: proof.end_time,
            });
        }
        let reports = self.parts.store.reports(slice::from_ref(file)).await?;
        let report = reports.into_iter().next().map(|(_, report)| report);
        let report = report.unwrap_or_default();
        Ok(named_by(
            claim,
            claims::observation(&report, file.class(), citation),
        ))
    }

    fn records(
        &self,
        verified: Vec<(&pb::EvidenceClaim, Verified)>,
    ) -> Result<Vec<(String, Record)>, EvidenceError> {
        let now = self.parts.now();
        let mut records = Vec::with_capacity(verified.len());
        for (at, (claim, held)) in verified.into_iter().enumerate() {
            // The order of the claims is kept by a microsecond each.
            let collected_at = now + chrono::TimeDelta::microseconds(signed(at as u64));
            records.push((claim.r#ref.clone(), self.record(claim, held, collected_at)?));
        }
        Ok(records)
    }

    fn record(
        &self,
        claim: &pb::EvidenceClaim,
        held: Verified,
        collected_at: chrono::DateTime<chrono::Utc>,
    ) -> Result<Record, EvidenceError> {
        let absence = held
            .absence
            .map(|proof| serde_json::to_string(&proof))
            .transpose()?;
        let (file, message_id, author_id) = match held.source {
            Source::File(file) => (Some(*file), None, String::new()),
            Source::Message => (
                None,
                Some(self.request.message_id.clone()),
                self.author_id.clone(),
            ),
        };
        let collected_by = match claim.collected_by.trim() {
            "" => "analyst".to_owned(),
            named => named.chars().take(EXCERPT_CHARS).collect(),
        };
        Ok(Record {
            evidence_id: self.parts.ids.hex12("ev"),
            case_id: self.request.case_id.clone(),
            turn_number: self.request.turn_number,
            turn_token: self.request.turn_token.clone(),
            state: EvidenceState::Staged,
            category: held.category,
            claim: held.claim,
            collected_by,
            collected_at,
            filename: file
                .as_ref()
                .map(|file| file.filename.clone())
                .unwrap_or_default(),
            sha256: file
                .as_ref()
                .map(|file| file.sha256.clone())
                .unwrap_or_default(),
            file_id: file.map(|file| file.file_id),
            message_id,
            author_id,
            byte_start: signed(held.citation.byte_start),
            byte_end: signed(held.citation.byte_end),
            line_start: signed(held.citation.line_start),
            line_end: signed(held.citation.line_end),
            quote: held.citation.quote,
            signature: held.observation.signature,
            observed_from: held.observation.from,
            observed_to: held.observation.to,
            absence,
        })
    }
}

fn wanted(claim: &pb::EvidenceClaim) -> Wanted {
    Wanted {
        quote: claim.quote.clone(),
        line_hint: u64::try_from(claim.line_hint).ok().filter(|&line| line > 0),
    }
}

/// What the caller took from a finding is kept; the bytes fill in the rest.
fn named_by(claim: &pb::EvidenceClaim, seen: Observation) -> Observation {
    let from = from_time(claim.observed_from.as_ref());
    let to = from_time(claim.observed_to.as_ref());
    Observation {
        signature: match claim.signature.as_str() {
            "" => seen.signature,
            named => named.to_owned(),
        },
        from: from.or(seen.from),
        to: to.or(from).or(seen.to),
    }
}
