//! Where suspects stand and what a claim rests on, from the ledger.

use faultmaven_proto::case::v1::{Assurance, CaseStatus, Hypothesis, Need, Stance};
use faultmaven_proto::evidence::v1::Finding;

use super::cite::Cited;
use super::compose::{Composed, Told, graded};
use super::text::{inert, plain};
use super::{confirmation, explain, grade, investigation, objected, overview, short};
use crate::analyst::needs::{askable, command_of};
use crate::analyst::relevance::text_of;
use crate::analyst::situation::status_of;
use crate::analyst::topics;
use crate::analyst::words::content_stems;

const SUSPECTS_SHOWN: usize = 2;
const LINES_SHOWN: usize = 3;
const NEEDS_SHOWN: usize = 3;

/// Says what the claim about the cause rests on.
pub(super) fn why(answer: &mut Composed, told: &Told<'_>) {
    if status_of(told.after) == CaseStatus::Inquiry {
        overview::cause(answer, told);
        return;
    }
    answer.say(graded(told));
    match lead(told) {
        Some(lead) => {
            grounds(answer, told, lead);
            // What may have led to a condition is named with it.
            let mut causes = grade::open_causes(told.after).into_iter();
            let is_of_it = |it: &&Hypothesis| it.explains == lead.hypothesis_id && is_supported(it);
            causes
                .find(is_of_it)
                .into_iter()
                .for_each(|it| grounds(answer, told, it));
        }
        None => {
            answer.say("No candidate has evidence of its own yet, so I claim nothing more.");
            investigation::next_step(answer, told);
        }
    }
}

/// Says where what a user names stands, and what speaks for and against it.
pub(super) fn weigh(answer: &mut Composed, told: &Told<'_>, names: &[String]) {
    for name in names {
        named(answer, told, name);
    }
    if names.len() > 1 && status_of(told.after) == CaseStatus::Investigating {
        answer.say(graded(told));
    }
}

/// Says what the investigation lacks, and for which grade.
pub(super) fn needs(answer: &mut Composed, told: &Told<'_>) {
    if status_of(told.after) != CaseStatus::Investigating {
        overview::next_step(answer, told);
        return;
    }
    let lacks = match grade::of(told.after) {
        Assurance::Confirmed => "Nothing: the cause is confirmed.".to_owned(),
        Assurance::Likely => confirmation::missing(told).unwrap_or_default(),
        Assurance::Possible | Assurance::Unspecified => {
            "For “likely”, one cause needs support from at least two independent places, nothing of weight against it, and no other cause that fits as well.".to_owned()
        }
    };
    answer.say(lacks);
    let rows: Vec<String> = askable(told.after)
        .into_iter()
        .take(NEEDS_SHOWN)
        .map(row)
        .collect();
    if !rows.is_empty() {
        answer.say(format!("What would decide:\n{}", rows.join("\n")));
    } else if let Some(check) = explain::first_check(told) {
        let command = inert(&check.command, 300);
        answer.say(format!("What would tell more: {command}"));
    }
}

fn row(need: &Need) -> String {
    let request = plain(&need.request, 240);
    match command_of(need) {
        Some(command) => format!("- {request}: {}", inert(command, 300)),
        None => format!("- {request}. {}", plain(&need.how, 240)),
    }
}

/// The root, else what the conclusion leads with, else the likeliest cause that has evidence.
fn lead<'a>(told: &Told<'a>) -> Option<&'a Hypothesis> {
    let all = &told.after.hypotheses;
    let named = told.after.conclusion.as_ref();
    let named = named.map_or("", |it| it.lead_hypothesis_id.as_str());
    let root = all.iter().find(|it| it.root);
    let concluded = || all.iter().find(|it| it.hypothesis_id == named);
    let likeliest = || {
        let open = grade::open_causes(told.after);
        open.into_iter().find(|it| !it.links.is_empty())
    };
    root.or_else(concluded).or_else(likeliest)
}

fn grounds(answer: &mut Composed, told: &Told<'_>, hypothesis: &Hypothesis) {
    answer.say(format!(
        "“{}”: {}.",
        plain(&hypothesis.statement, 300).trim_end_matches('.'),
        short::standing(hypothesis)
    ));
    objected::grounds(answer, told, hypothesis);
}

fn named(answer: &mut Composed, told: &Told<'_>, name: &str) {
    let known = hypotheses(&told.after.hypotheses, name);
    for hypothesis in known.iter().take(SUSPECTS_SHOWN) {
        grounds(answer, told, hypothesis);
    }
    if !known.is_empty() {
        return;
    }
    let shown = inert(name, 120);
    let findings = &told.situation.assessment.findings;
    let wanted = content_stems(name);
    let speaks_of_it = |finding: &&Finding| {
        finding.kind != "onset" && !wanted.is_disjoint(&content_stems(&text_of(finding)))
    };
    let mut cited = Cited::default();
    let speaking = findings.iter().filter(speaks_of_it).take(LINES_SHOWN);
    speaking.for_each(|finding| cited.finding(finding, findings));
    let says = if cited.is_empty() {
        "and no finding names it; that rules nothing out"
    } else {
        "but these findings speak of it"
    };
    let heading = format!(
        "No candidate is noted that {shown} names, {says}. Say “could it be …?” and I note it with the check that tells."
    );
    if cited.is_empty() {
        answer.say(heading);
    } else {
        answer.cite(&heading, cited);
    }
}

fn is_supported(hypothesis: &Hypothesis) -> bool {
    let mut links = hypothesis.links.iter();
    links.any(|link| link.stance() == Stance::Supports)
}

/// The hypotheses that hold all telling words of a name, else any of them; supported ones first.
fn hypotheses<'a>(all: &'a [Hypothesis], name: &str) -> Vec<&'a Hypothesis> {
    let wanted = content_stems(name);
    let topic = topics::of_text(name).map(|topic| topic.id);
    let fits = |known: &Hypothesis, whole: bool| {
        let stems = content_stems(&known.statement);
        let has = match whole {
            true => wanted.is_subset(&stems),
            false => !wanted.is_disjoint(&stems),
        };
        has || topic.is_some_and(|topic| topic == known.catalogue_id)
    };
    let of = |whole: bool| -> Vec<&'a Hypothesis> {
        let fitting = all.iter().filter(|known| fits(known, whole));
        fitting.collect()
    };
    if wanted.is_empty() {
        return Vec::new();
    }
    let mut found = of(true);
    if found.is_empty() {
        found = of(false);
    }
    let supported = |it: &Hypothesis| {
        it.links
            .iter()
            .any(|link| link.stance() == Stance::Supports)
    };
    found.sort_by(|one, other| {
        let by_support = supported(other).cmp(&supported(one));
        by_support.then(other.likelihood.total_cmp(&one.likelihood))
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_finds_what_holds_all_of_it_first() {
        let hypothesis = |statement: &str| Hypothesis {
            statement: statement.to_owned(),
            ..Default::default()
        };
        let all = [
            hypothesis("The pool size limit is too low"),
            hypothesis("The thread pool is exhausted"),
            hypothesis("A process leaks memory"),
        ];
        let found = |name: &str| -> Vec<&str> {
            let found = hypotheses(&all, name);
            found.iter().map(|it| it.statement.as_str()).collect()
        };
        assert_eq!(found("pool size"), ["The pool size limit is too low"]);
        assert_eq!(found("leak"), ["A process leaks memory"]);
        assert_eq!(found("cache"), Vec::<&str>::new());
    }
}
