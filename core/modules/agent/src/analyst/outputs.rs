//! Output that was asked for: which need a new file answers.

use faultmaven_proto::case::v1 as case_pb;
use faultmaven_proto::case::v1::diff_op::Op;
use faultmaven_proto::case::v1::{
    EvidenceKind, Investigation, Need, NeedState, SuggestedAction, SuggestionType,
};
use faultmaven_proto::evidence::v1::{FileCitation, FileOrigin};

use super::layouts;
use super::needs::{command_of, is_open};
use super::plan::{Plan, Sighting};
use super::restored::FileLines;
use super::situation::Situation;
use crate::lookup::citation;
use crate::reply::text::inert;

/// Share of a command's words that its echo in a file has to repeat.
const ECHO_SHARE: f64 = 0.6;
/// Rows of an output that are shown.
const ROWS_MAX: usize = 3;
/// How the claim of an output begins.
const OUTPUT_OF: &str = "Output of ";

/// The output of a command that was asked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Output {
    pub(crate) command: String,
    /// The rows of it that tell something.
    pub(crate) rows: Vec<FileCitation>,
}

/// Marks needs as met by the output of their command, whatever it says; returns the output.
pub(crate) fn take(plan: &mut Plan, situation: &Situation) -> Vec<Output> {
    let mut taken = Vec::new();
    for file in &situation.heads {
        let Some((need, command)) = answered(situation, file) else {
            continue;
        };
        let rows = layouts::telling_rows(command, file, ROWS_MAX);
        let rows: Vec<FileCitation> = rows
            .into_iter()
            .map(|line| citation(&file.file, line.clone()))
            .collect();
        let is_met = plan
            .ops
            .iter()
            .any(|op| matches!(op, Op::UpdateNeed(update) if update.need_id == need.need_id));
        // An output without rows shows at least that it came.
        let first = rows.first().cloned().or_else(|| first_line(file));
        let evidence = first
            .filter(|_| !is_met)
            .and_then(|row| cite(plan, situation, &row, command));
        if let Some(evidence) = evidence {
            plan.push(Op::UpdateNeed(case_pb::UpdateNeed {
                need_id: need.need_id.clone(),
                state: NeedState::Fulfilled.into(),
                fulfilling_evidence: vec![evidence],
                ..Default::default()
            }));
        }
        taken.push(Output {
            command: command.to_owned(),
            rows,
        });
    }
    taken
}

/// Returns whether a claim says no more than that a command has an output.
pub(crate) fn is_mere_output(claim: &str) -> bool {
    claim.starts_with(OUTPUT_OF)
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
/// was pasted.
fn answered<'a>(situation: &'a Situation, file: &FileLines) -> Option<(&'a Need, &'a str)> {
    let open = || {
        let needs = situation.investigation.needs.iter();
        needs.filter(|need| is_open(need))
    };
    let with_command = || open().filter_map(|need| Some((need, command_of(need)?)));
    let echoed = file.lines.iter().find_map(|line| echo(&line.text));
    if let Some(echoed) = echoed {
        let repeated = with_command().find(|(_, command)| repeats(echoed, command));
        let of_program = || {
            let program = programs(echoed).into_iter().next()?;
            with_command().find(|(_, command)| programs(command).contains(&program))
        };
        return repeated.or_else(of_program);
    }
    let asked = || suggested_runs(&situation.investigation).find(|run| !run.need_id.is_empty());
    let was_asked = |need: &Need| asked().is_some_and(|it| it.need_id == need.need_id);
    let mut shown = with_command().filter(|(_, command)| layouts::is_output_of(command, file));
    let by_shape = shown.clone().find(|(need, _)| was_asked(need));
    let by_shape = by_shape.or_else(|| shown.next());
    let is_paste = file.file.origin() == FileOrigin::Paste;
    by_shape.or_else(|| with_command().find(|(need, _)| is_paste && was_asked(need)))
}

/// The programs of a command line that look at something.
fn programs(command: &str) -> Vec<&str> {
    const PLUMBING: [&str; 6] = ["echo", "sudo", "grep", "head", "tail", "sort"];
    let parts = command.split(['|', ';', '&']);
    let first = parts.filter_map(|part| part.split_whitespace().next());
    first
        .filter(|program| !PLUMBING.contains(program))
        .collect()
}

/// The command that a line such as `$ df -h` or `# 2025-03-04T14:20:00Z df -h` repeats.
fn echo(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let echoed = line
        .strip_prefix("$ ")
        .or_else(|| line.strip_prefix("# "))?;
    (!echoed.starts_with("HELP ") && !echoed.starts_with("TYPE ")).then_some(echoed)
}

fn repeats(echoed: &str, command: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        let cut = |letter: char| letter.is_whitespace() || matches!(letter, '\'' | '"' | '|' | ';');
        let words = text.split(cut).filter(|word| !word.is_empty());
        words.map(str::to_lowercase).collect()
    };
    let (echoed, wanted) = (words(echoed), words(command));
    let shared = wanted.iter().filter(|word| echoed.contains(word)).count();
    let names_program = wanted
        .first()
        .is_some_and(|program| echoed.contains(program));
    names_program && shared as f64 >= ECHO_SHARE * wanted.len() as f64
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
    use faultmaven_proto::evidence::v1::{Line, UploadedFile};

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
