//! Command lines: those behind a prompt, and whether two of them look at the same.

use std::sync::LazyLock;

use regex::Regex;

/// Share of a command's words that its echo in a file has to repeat.
const ECHO_SHARE: f64 = 0.6;

/// Returns whether one of the commands looks at the same as a part of another.
pub(super) fn is_of_one_kind(prompted: &[&str], command: &str) -> bool {
    let wanted = kinds(command);
    let mut kinds = prompted.iter().flat_map(|it| kinds(it));
    kinds.any(|kind| wanted.contains(&kind))
}

/// Returns whether a command calls the program of one of the others.
pub(super) fn calls_one_of(prompted: &[&str], command: &str) -> bool {
    let program = |line: &str| line.split_whitespace().next().map(str::to_owned);
    prompted.iter().any(|it| program(it) == program(command))
}

/// Returns whether an output that came in is what a command looks at first.
pub(super) fn is_same_look(printed: &str, command: &str) -> bool {
    let first = command.split([';', '|', '&']).next().unwrap_or(command);
    let names_object = kinds(first).iter().any(|kind| kind.contains(' '));
    repeats(printed, command) || names_object && is_of_one_kind(&[printed], first)
}

/// What the parts of a command line look at: a program, and what it is told to do where it does many things.
fn kinds(command: &str) -> Vec<String> {
    const PLUMBING: [&str; 6] = ["echo", "sudo", "grep", "head", "tail", "sort"];
    const MANY: [&str; 10] = [
        "kubectl",
        "oc",
        "git",
        "docker",
        "podman",
        "systemctl",
        "helm",
        "aws",
        "gcloud",
        "az",
    ];
    /// Programs of which only all that they are told says what is looked at.
    const ASKING: [&str; 8] = [
        "psql",
        "mysql",
        "mongosh",
        "sqlite3",
        "curl",
        "redis-cli",
        "cat",
        "openssl",
    ];
    /// Verbs of which only their object tells what is looked at.
    const VAGUE: [&str; 4] = ["get", "describe", "rollout", "show"];
    let parts = command.split(['|', ';', '&']).map(|part| {
        let words = part.split_whitespace();
        let mut words = words.filter(|word| *word != "sudo");
        (words.next().unwrap_or_default(), words.collect::<Vec<_>>())
    });
    let kinds = parts
        .filter(|(program, _)| !program.is_empty() && !PLUMBING.contains(program))
        .map(|(program, rest)| {
            let mut kind = program.to_owned();
            if ASKING.contains(&program) {
                return format!("{kind} {}", rest.join(" "));
            }
            let mut told = told(&rest).into_iter();
            if MANY.contains(&program)
                && let Some(verb) = told.next()
            {
                kind.push_str(&format!(" {verb}"));
                let object = told.next().filter(|_| VAGUE.contains(&verb));
                let object = object.and_then(|it| it.split('/').next());
                kind.push_str(
                    &object.map_or_else(String::new, |it| format!(" {}", it.trim_end_matches('s'))),
                );
            }
            kind
        });
    kinds.collect()
}

/// The words of a command line that are neither options nor their values.
fn told<'a>(words: &[&'a str]) -> Vec<&'a str> {
    const VALUED: [&str; 6] = ["-n", "--namespace", "-c", "--context", "-C", "-f"];
    let mut told = Vec::new();
    let mut is_value = false;
    for word in words {
        let is_option = word.starts_with('-');
        if !is_option && !is_value {
            told.push(*word);
        }
        is_value = VALUED.contains(word);
    }
    told
}

/// What stands before the sign of a prompt: `ada@web1:~`, `[root@web1 log]`, `web-1:/var/log`.
static BEFORE_SIGN: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^(\[?[\w.-]+@[\w.-]+[: ][^ \]]*\]?|[\w.-]+:[~/][^ ]*)$").ok());

/// Returns the command behind a prompt such as `$ df -h` or `ada@web1:~$ df -h`.
pub(super) fn prompted(line: &str) -> Option<&str> {
    let line = line.trim_start();
    if let Some(command) = line.strip_prefix("$ ") {
        return Some(command.trim()).filter(|it| !it.is_empty());
    }
    let (prompt, command) = line.split_once("$ ").or_else(|| line.split_once("# "))?;
    let is_prompt = BEFORE_SIGN.as_ref().is_some_and(|it| it.is_match(prompt));
    Some(command.trim()).filter(|it| is_prompt && !it.is_empty())
}

/// Returns the command that a prompt or a line such as `# 2025-03-04T14:20:00Z df -h` repeats.
pub(super) fn echo(line: &str) -> Option<&str> {
    prompted(line).or_else(|| {
        let echoed = line.trim_start().strip_prefix("# ")?;
        (!echoed.starts_with("HELP ") && !echoed.starts_with("TYPE ")).then_some(echoed)
    })
}

/// Returns whether words repeat most of a command.
pub(super) fn repeats(echoed: &str, command: &str) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_told_from_others_of_its_program() {
        for (prompted, command, expected) in [
            (
                "kubectl -n shop top pod a-1 --containers",
                "kubectl top pod <pod>; kubectl get pod <pod> -o json",
                true,
            ),
            ("kubectl top pod a-1", "kubectl logs a-1 --previous", false),
            ("kubectl get pods", "kubectl get pod a-1 -o yaml", true),
            ("kubectl get events", "kubectl get pod a-1", false),
            (
                "kubectl rollout history deployment/a",
                "kubectl rollout history deployment/<name>",
                true,
            ),
            ("df -h /data", "df -h; df -i", true),
            ("psql -c 'select 1'", "psql -c 'select 2'", false),
        ] {
            assert_eq!(is_of_one_kind(&[prompted], command), expected, "{prompted}");
        }
        assert_eq!(prompted("ada@web1:~$ df -h"), Some("df -h"));
        assert_eq!(prompted("db-12:~$ df -h"), Some("df -h"));
        assert_eq!(prompted("[root@db-12 ~]# df -h"), Some("df -h"));
        assert_eq!(prompted("costs 5$ or so"), None);
        assert_eq!(prompted("12:30 took 5$ more"), None);
    }
}
