//! Output that was asked for: which need a new file answers.

use faultmaven_proto::case::v1 as case_pb;
use faultmaven_proto::case::v1::diff_op::Op;
use faultmaven_proto::case::v1::{
    EvidenceKind, Investigation, Need, NeedState, SuggestedAction, SuggestionType,
};
use faultmaven_proto::evidence::v1::{FileCitation, FileOrigin};

use super::command_line::{calls_one_of, echo, is_of_one_kind, is_same_look, prompted, repeats};
use super::layouts;
use super::needs::{command_of, is_open};
use super::plan::{Plan, Sighting};
use super::restored::FileLines;
use super::situation::Situation;
use crate::lookup::citation;
use crate::reply::text::inert;

/// Rows of an output that are shown.
const ROWS_MAX: usize = 3;
/// How the claim of an output begins.
const OUTPUT_OF: &str = "Output of ";

/// The output of a command.
#[derive(Debug, Clone, Default)]
pub(crate) struct Output {
    pub(crate) command: String,
    /// Whether an open check had asked for it.
    pub(crate) was_asked_for: bool,
    /// The rows of it that tell something.
    pub(crate) rows: Vec<FileCitation>,
}

/// Marks needs as met by the output of their command, whatever it says; returns all output.
pub(crate) fn take(plan: &mut Plan, situation: &Situation) -> Vec<Output> {
    let mut taken = Vec::new();
    for file in &situation.heads {
        let answered = answered(situation, file);
        let Some(command) = answered
            .map(|(_, command)| command)
            .or_else(|| unasked(file))
        else {
            continue;
        };
        let rows = layouts::telling_rows(command, file, ROWS_MAX);
        let rows: Vec<FileCitation> = rows
            .into_iter()
            .map(|line| citation(&file.file, line.clone()))
            .collect();
        // An output without rows shows at least that it came.
        let first = rows.first().cloned().or_else(|| first_line(file));
        meet(
            plan,
            situation,
            answered.map(|(need, _)| need),
            command,
            first,
        );
        taken.push(Output {
            command: command.to_owned(),
            was_asked_for: answered.is_some(),
            rows,
        });
    }
    taken
}

/// Cites the first row of an output, by which the need that asked for it is met.
fn meet(
    plan: &mut Plan,
    situation: &Situation,
    need: Option<&Need>,
    command: &str,
    row: Option<FileCitation>,
) {
    let is_met = plan.ops.iter().any(|op| {
        matches!(op, Op::UpdateNeed(update) if need.is_some_and(|it| it.need_id == update.need_id))
    });
    let evidence = row
        .filter(|_| !is_met)
        .and_then(|row| cite(plan, situation, &row, command));
    if let (Some(evidence), Some(need)) = (evidence, need) {
        plan.push(Op::UpdateNeed(case_pb::UpdateNeed {
            need_id: need.need_id.clone(),
            state: NeedState::Fulfilled.into(),
            fulfilling_evidence: vec![evidence],
            ..Default::default()
        }));
    }
}

/// Returns whether a claim says no more than that a command has an output.
pub(crate) fn is_mere_output(claim: &str) -> bool {
    claim.starts_with(OUTPUT_OF)
}

/// Returns whether an output came in of what a command looks at first.
pub(crate) fn is_printed(investigation: &Investigation, command: &str) -> bool {
    let evidence = investigation.evidence.iter().filter(|it| !it.withdrawn);
    let mut printed = evidence.filter_map(|it| it.claim.strip_prefix(OUTPUT_OF));
    printed.any(|it| is_same_look(it.trim_matches('`').trim(), command))
}

/// Returns the commands that the newest answer suggests.
pub(crate) fn suggested_runs(
    investigation: &Investigation,
) -> impl Iterator<Item = &SuggestedAction> {
    let newest = investigation
        .recent_messages
        .iter()
        .rev()
        .find(|message| !message.suggested_actions.is_empty());
    let suggested = newest.map(|message| message.suggested_actions.as_slice());
    suggested
        .unwrap_or_default()
        .iter()
        .filter(|action| action.r#type() == SuggestionType::Run)
}

/// The need whose command the file repeats or has the shape of, else the one asked for last if the file
/// was pasted and can come from its command.
fn answered<'a>(situation: &'a Situation, file: &FileLines) -> Option<(&'a Need, &'a str)> {
    let needs = situation.investigation.needs.iter();
    let open: Vec<(&Need, &str)> = needs
        .filter(|need| is_open(need))
        .filter_map(|need| Some((need, command_of(need)?)))
        .collect();
    let first = |holds: &dyn Fn(&str) -> bool| {
        let mut open = open.iter().copied();
        open.find(|(_, command)| holds(command))
    };
    let echoed: Vec<&str> = file.lines.iter().filter_map(|it| echo(&it.text)).collect();
    let repeated = first(&|command| echoed.iter().any(|it| repeats(it, command)));
    let prompted: Vec<&str> = file
        .lines
        .iter()
        .filter_map(|it| prompted(&it.text))
        .collect();
    if repeated.is_some() || !prompted.is_empty() {
        let by_kind = || first(&|command| is_of_one_kind(&prompted, command));
        let by_shape = || {
            first(&|command| {
                calls_one_of(&prompted, command) && layouts::is_output_of(command, file)
            })
        };
        return repeated.or_else(by_kind).or_else(by_shape);
    }
    let asked = suggested_runs(&situation.investigation).find(|run| !run.need_id.is_empty());
    let was_asked = |need: &Need| asked.is_some_and(|it| it.need_id == need.need_id);
    let shown = || {
        let open = open.iter().copied();
        open.filter(|(_, command)| layouts::is_output_of(command, file))
    };
    let by_shape = shown()
        .find(|(need, _)| was_asked(need))
        .or_else(|| shown().next());
    if by_shape.is_some() || file.file.origin() != FileOrigin::Paste {
        return by_shape;
    }
    let last = open.iter().copied().find(|(need, _)| was_asked(need));
    last.filter(|(_, command)| {
        layouts::command_of(file).is_none() && layouts::may_print(command, file)
    })
}

/// The command that a pasted output names, or whose shape it has, although nothing asked for it.
fn unasked(file: &FileLines) -> Option<&str> {
    let is_paste = file.file.origin() == FileOrigin::Paste;
    let named = || file.lines.iter().find_map(|line| prompted(&line.text));
    is_paste
        .then(|| named().or_else(|| layouts::command_of(file)))
        .flatten()
}

fn first_line(file: &FileLines) -> Option<FileCitation> {
    let mut lines = file.lines.iter();
    let line = lines.find(|line| !line.text.trim().is_empty())?;
    Some(citation(&file.file, line.clone()))
}

fn cite(
    plan: &mut Plan,
    situation: &Situation,
    row: &FileCitation,
    command: &str,
) -> Option<String> {
    let sighting = Sighting {
        citation: row,
        signature: "",
        text: format!("{OUTPUT_OF}{}", inert(command, 300)),
        from: None,
        to: None,
    };
    plan.cite(situation, EvidenceKind::Other, sighting)
}

#[cfg(test)]
mod tests {
    use faultmaven_proto::case::v1::Message;
    use faultmaven_proto::evidence::v1::{DataClass, Line, UploadedFile};

    use super::super::needs::command_how;
    use super::*;

    fn situation(first_line: &str, origin: FileOrigin) -> Situation {
        let mut situation = Situation::default();
        for (need_id, command) in [("need_1", "df -h; df -i"), ("need_2", "free -m")] {
            situation.investigation.needs.push(Need {
                need_id: need_id.to_owned(),
                how: command_how(command),
                state: NeedState::Pending.into(),
                ..Default::default()
            });
        }
        situation.investigation.recent_messages.push(Message {
            suggested_actions: vec![SuggestedAction {
                r#type: SuggestionType::Run.into(),
                need_id: "need_2".to_owned(),
                ..Default::default()
            }],
            ..Default::default()
        });
        let mut file = UploadedFile::default();
        file.set_origin(origin);
        let line = Line {
            number: 1,
            text: first_line.to_owned(),
            ..Default::default()
        };
        situation.heads.push(FileLines {
            file,
            lines: vec![line],
        });
        situation
    }

    fn met(situation: &Situation) -> Vec<String> {
        let mut plan = Plan::default();
        take(&mut plan, situation);
        let met = plan.ops.iter().filter_map(|op| match op {
            Op::UpdateNeed(update) => Some(update.need_id.clone()),
            _ => None,
        });
        met.collect()
    }

    #[test]
    fn an_echoed_command_names_its_need() {
        assert_eq!(met(&situation("$ df -h", FileOrigin::Upload)), ["need_1"]);
        let other = situation("$ kubectl get pods", FileOrigin::Paste);
        assert_eq!(met(&other), Vec::<String>::new());
    }

    #[test]
    fn what_names_another_command_is_no_answer_to_a_check() {
        let mut other = situation("$ kubectl top pod a-1", FileOrigin::Paste);
        other.heads[0].lines.push(Line {
            number: 2,
            text: "a-1   12m   1010Mi".to_owned(),
            ..Default::default()
        });
        let mut plan = Plan::default();
        let taken = take(&mut plan, &other);
        assert_eq!(taken[0].command, "kubectl top pod a-1");
        assert!(!taken[0].was_asked_for);
        assert!(plan.ops.is_empty(), "{:?}", plan.ops);
    }

    #[test]
    fn a_pasted_trace_is_no_output_of_what_prints_no_logs() {
        let mut trace = situation("Traceback (most recent call last):", FileOrigin::Paste);
        trace.heads[0].file.set_data_class(DataClass::ErrorReport);
        assert_eq!(met(&trace), Vec::<String>::new());
    }

    #[test]
    fn a_paste_without_one_answers_what_was_asked_last() {
        assert_eq!(met(&situation("Mem: 7 6 1", FileOrigin::Paste)), ["need_2"]);
        let uploaded = situation("Mem: 7 6 1", FileOrigin::Upload);
        assert_eq!(met(&uploaded), Vec::<String>::new());
    }

    #[test]
    fn an_upload_answers_by_its_shape() {
        let head = "Filesystem      Size  Used Avail Use% Mounted on";
        let mut situation = situation(head, FileOrigin::Upload);
        situation.heads[0].lines.push(Line {
            number: 2,
            text: "/dev/sdb1  200G  200G  0  100% /data".to_owned(),
            ..Default::default()
        });
        let mut plan = Plan::default();
        let taken = take(&mut plan, &situation);
        assert_eq!(taken[0].command, "df -h; df -i");
        assert_eq!(taken[0].rows[0].line_start, 2);
        assert_eq!(plan.claims.len(), 1);
    }
}
