//! Command output: which tool printed it, how it ended, which values it shows.

mod clients;
mod kubernetes;
mod layout;
mod outcome;
mod rows;
mod system;

use chrono::{DateTime, Utc};

use super::{CommandHeader, command_header};
use crate::analysis::{CommandFact, CommandOutcome, CommandRun};
use crate::citation::Citation;
use crate::constants::QUOTE_MAX_BYTES;
use crate::encoding::Encoding;
use crate::logs::TextLine;

pub(crate) use layout::tool_of_layout;
use rows::Rows;

const FACTS_PER_RUN: usize = 500;
/// Lines of an output within which its heading is looked for.
const HEADING_WITHIN: u64 = 40;

/// Reads commands and their output line by line.
#[derive(Debug)]
pub(crate) struct CommandReader {
    pub(crate) runs: Vec<CommandRun>,
    pub(crate) dropped: u64,
    limit: usize,
    unit: u64,
    open: Option<Open>,
}

/// The command whose output is being read.
#[derive(Debug)]
struct Open {
    command: Option<String>,
    tool: String,
    observed_at: Option<DateTime<Utc>>,
    outcome: CommandOutcome,
    facts: Vec<CommandFact>,
    columns: Vec<String>,
    rows: Rows,
    citation: Citation,
    output_lines: u64,
}

impl CommandReader {
    pub(crate) fn new(limit: usize, encoding: Encoding) -> Self {
        let unit = encoding.encoded_len("\n") as u64;
        Self {
            runs: Vec::new(),
            dropped: 0,
            limit,
            unit,
            open: None,
        }
    }

    /// Takes the next line.
    pub(crate) fn line(&mut self, line: &TextLine<'_>) {
        if let Some(header) = command_header(line.text) {
            self.close();
            self.open = Some(Open::new(Some(header), line));
            return;
        }
        let open = match &mut self.open {
            Some(open) => open,
            None => {
                if line.text.trim().is_empty() {
                    return;
                }
                self.open.insert(Open::new(None, line))
            }
        };
        open.output(line, self.unit);
    }

    /// Closes the last command.
    pub(crate) fn finish(&mut self) {
        self.close();
        rows::join(&mut self.runs);
    }

    fn close(&mut self) {
        let Some(open) = self.open.take() else { return };
        if self.runs.len() < self.limit {
            self.runs.push(open.run());
        } else {
            self.dropped += 1;
        }
    }
}

impl Open {
    fn new(header: Option<CommandHeader>, line: &TextLine<'_>) -> Self {
        let (command, observed_at) = match header {
            Some(header) => (Some(header.command), header.observed_at),
            None => (None, None),
        };
        let tool = command.as_deref().map_or_else(String::new, tool);
        let asks = command.as_deref().map(str::to_ascii_lowercase);
        let asks_for_limit = asks.is_some_and(|it| it.contains("show max_connections"));
        Self {
            command,
            tool,
            observed_at,
            outcome: CommandOutcome::Unknown,
            facts: Vec::new(),
            // Without headings, the answer is a number alone.
            columns: match asks_for_limit {
                true => vec![clients::MAX_CONNECTIONS.to_owned()],
                false => Vec::new(),
            },
            rows: Rows::default(),
            citation: line.citation(),
            output_lines: 0,
        }
    }

    fn output(&mut self, line: &TextLine<'_>, unit: u64) {
        let text = line.text;
        let is_carrier = matches!(self.tool.as_str(), "curl" | "wget" | "docker" | "podman");
        let told = match self.tool.as_str() {
            _ if self.output_lines >= HEADING_WITHIN => None,
            "" => tool_of_layout(text),
            _ if is_carrier => rows::tool_of_heading(text),
            _ => None,
        };
        if let Some(tool) = told {
            self.tool = tool.to_owned();
        }
        self.extend(line, unit);
        if text.trim().is_empty() {
            return;
        }
        self.output_lines += 1;
        if let Some(outcome) = outcome::outcome(&self.tool, text) {
            self.outcome = outcome::worse(self.outcome, outcome);
        }
        if rows::are_printed_by(&self.tool) {
            self.rows.take(line);
        }
        if self.facts.len() < FACTS_PER_RUN {
            layout::facts(
                &self.tool,
                text,
                &mut self.columns,
                &mut |object, key, value, number| {
                    self.facts.push(CommandFact {
                        object: object.to_owned(),
                        key: key.to_owned(),
                        value: value.to_owned(),
                        number,
                        citation: line.citation(),
                    });
                },
            );
        }
    }

    /// Lets the citation grow over the output while it fits.
    fn extend(&mut self, line: &TextLine<'_>, unit: u64) {
        let joint = match line.start.saturating_sub(self.citation.byte_end) {
            gap if gap == unit => "\n",
            gap if gap == unit * 2 => "\r\n",
            _ => return,
        };
        let length = line.end - self.citation.byte_start;
        if length > QUOTE_MAX_BYTES as u64 / 4 || self.citation.line_end + 1 != line.number {
            return;
        }
        self.citation.quote.push_str(joint);
        self.citation.quote.push_str(line.quote);
        self.citation.byte_end = line.end;
        self.citation.line_end = line.number;
    }

    fn run(mut self) -> CommandRun {
        let shown = self.rows.facts(&self.tool, self.observed_at);
        self.facts.extend(shown);
        let silent = self.output_lines == 0 && self.command.is_some();
        let outcome = match self.outcome {
            CommandOutcome::Unknown => {
                outcome::default_outcome(&self.tool, silent, !self.facts.is_empty())
            }
            known => known,
        };
        CommandRun {
            command: self.command,
            tool: self.tool,
            observed_at: self.observed_at,
            until: None,
            outcome,
            facts: self.facts,
            citation: self.citation,
        }
    }
}

/// Returns the command that stands behind the options of `docker exec` and the container.
fn in_container(rest: &str) -> String {
    // Of the options, these take the next word as their value; letters may stand together.
    const VALUED: [&str; 5] = [
        "--user",
        "--env",
        "--env-file",
        "--workdir",
        "--detach-keys",
    ];
    let mut words = rest.split_ascii_whitespace();
    while let Some(word) = words.next() {
        let letters = word.strip_prefix('-').filter(|it| !it.starts_with('-'));
        let is_short = letters.is_some_and(|it| it.ends_with(['u', 'e', 'w']));
        if VALUED.contains(&word) || is_short {
            words.next();
        } else if !word.starts_with('-') {
            break;
        }
    }
    words.collect::<Vec<&str>>().join(" ")
}

/// Returns the program of a command line, wrappers left out.
fn tool(command: &str) -> String {
    let skip = ["sudo", "time", "watch", "nohup", "env", "exec"];
    let command = command.strip_prefix("sudo -u ").map_or(command, |rest| {
        rest.trim_start()
            .split_once(' ')
            .map_or("", |(_, rest)| rest)
    });
    let mut words = command
        .split_ascii_whitespace()
        .filter(|word| !skip.contains(word) && !word.contains('=') && !word.starts_with('-'));
    let first = words.next().unwrap_or("");
    let program = first.rsplit('/').next().unwrap_or(first);
    if program == "kubectl"
        && command.contains(" exec ")
        && let Some((_, inner)) = command.split_once(" -- ")
    {
        return tool(inner);
    }
    if matches!(program, "docker" | "podman" | "nerdctl")
        && let Some((_, rest)) = command.split_once(" exec ")
    {
        return tool(&in_container(rest));
    }
    match program {
        "mariadb" => "mysql",
        program => program.strip_suffix(".sh").unwrap_or(program),
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::tool;
    use crate::{Options, analyze};

    #[test]
    fn the_program_in_a_container_is_found_behind_options() {
        for (command, expected) in [
            ("docker exec db psql -c 'select 1'", "psql"),
            ("docker exec -u postgres db psql -c 'select 1'", "psql"),
            ("docker exec -itu postgres db psql", "psql"),
            ("docker exec --user=postgres -e A=b db psql", "psql"),
            ("sudo docker exec -it --workdir /tmp db df -h", "df"),
            (
                "docker compose exec -T -u redis cache redis-cli info",
                "redis-cli",
            ),
            ("kubectl -n shop exec db-0 -- psql", "psql"),
            ("docker exec", "docker"),
            ("docker ps", "docker"),
        ] {
            assert_eq!(tool(command), expected, "{command}");
        }
    }

    #[test]
    fn a_heading_is_looked_for_at_the_start_of_an_output_alone() {
        let told = |lines: usize| {
            let body = "a line of a page\n".repeat(lines);
            let table = "health,status,index\nred,open,logs\n";
            let text = format!("$ curl -s search:9200/_cat/indices\n{body}{table}");
            analyze(text.as_bytes(), Options::default()).commands[0]
                .tool
                .clone()
        };
        assert_eq!(told(3), "elasticsearch");
        assert_eq!(told(60), "curl");
    }
}
