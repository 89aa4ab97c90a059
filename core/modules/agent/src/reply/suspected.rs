//! What is said to a suspicion: where it stands, and what the files say about it.

use faultmaven_proto::case::v1::HypothesisStatus;

use super::answers::searched_in;
use super::cite::Cited;
use super::compose::{Composed, Told};
use super::short;
use super::text::{counted, inert, plain};
use crate::analyst::suspicion::Suspected;

const TRACES_SHOWN: usize = 3;

/// Answers a suspicion.
pub(crate) fn answer(answer: &mut Composed, told: &Told<'_>, suspected: &Suspected) {
    match suspected {
        Suspected::New { statement, check } => {
            answer.say(format!(
                "Possible: I noted “{}” as your hypothesis.",
                plain(statement, 300)
            ));
            traces(answer, told);
            answer.say(match check {
                Some(command) => format!("What would tell: {}", inert(command, 300)),
                None => "Tell me how it could be checked, or add data that show it.".to_owned(),
            });
        }
        Suspected::Known { hypothesis_id } => {
            let mut known = told.after.hypotheses.iter();
            let known = known.find(|known| known.hypothesis_id == *hypothesis_id);
            if let Some(known) = known {
                answer.say(format!(
                    "“{}” is among the hypotheses already: {}.",
                    plain(&known.statement, 300),
                    short::standing(known)
                ));
                traces(answer, told);
            }
        }
        Suspected::Settled {
            statement,
            status,
            reason,
        } => {
            let word = if *status == HypothesisStatus::Refuted {
                "ruled out"
            } else {
                "set aside"
            };
            answer.say(format!(
                "“{}” was {word} before ({}). New data that show it would open it again.",
                plain(statement, 300),
                plain(reason, 200)
            ));
        }
    }
}

/// Lines that speak of it, or that there are none.
fn traces(answer: &mut Composed, told: &Told<'_>) {
    let Some(traces) = &told.situation.traces else {
        answer.say("There are no files yet that could speak for or against it.");
        return;
    };
    let names = searched_in(traces);
    if traces.hits.is_empty() {
        answer.say(format!(
            "I searched {names} for signs of it: no line mentions any, which does not rule it out."
        ));
        return;
    }
    let mut cited = Cited::default();
    let shown = traces.hits.iter().take(TRACES_SHOWN);
    shown.for_each(|hit| cited.citation("a line that mentions it", hit));
    let lines = counted(traces.count(), "line mentions", "lines mention");
    answer.cite(&format!("In {names}, {lines} it:"), cited);
}
