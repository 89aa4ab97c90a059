//! Other programs, run with an end to their time and their output.

use std::env;
use std::ffi::OsStr;
use std::io::{self, Read as _, Write as _};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

/// How often a program that has said everything is asked whether it has ended.
const ASKED_EVERY: Duration = Duration::from_millis(5);
/// What it is told of the surroundings.
const KEPT: [&str; 6] = [
    "PATH",
    "LANG",
    "LC_ALL",
    "TMPDIR",
    "LD_LIBRARY_PATH",
    "TESSDATA_PREFIX",
];

/// Why a program gave no answer.
#[derive(Debug)]
pub(crate) enum RunError {
    NotFound,
    NotStarted(io::Error),
    TooSlow,
    TooLong,
    /// It ended by a signal.
    Killed,
    Failed,
}

/// Returns what a program prints when it is given `input`.
pub(crate) fn run(
    program: &OsStr,
    arguments: &[&OsStr],
    input: &[u8],
    time: Duration,
    output_max: usize,
) -> Result<Vec<u8>, RunError> {
    let mut command = Command::new(program);
    command
        .args(arguments)
        // Secrets of this process are none of its business.
        .env_clear()
        .envs(
            KEPT.iter()
                .filter_map(|name| Some((name, env::var_os(name)?))),
        )
        .env("OMP_THREAD_LIMIT", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0);
    let child = command.spawn().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => RunError::NotFound,
        _ => RunError::NotStarted(error),
    })?;
    converse(child, input, time, output_max)
}

fn converse(
    mut child: Child,
    input: &[u8],
    time: Duration,
    output_max: usize,
) -> Result<Vec<u8>, RunError> {
    let until = Instant::now() + time;
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    let (sender, printed) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(move || {
            // A program that has read enough may close its input.
            let _ = stdin.map(|mut it| it.write_all(input));
        });
        scope.spawn(move || {
            let mut output = Vec::new();
            let most = output_max as u64 + 1;
            let read = stdout.map(|it| it.take(most).read_to_end(&mut output));
            // Nobody waits any more when the time is over.
            let _ = sender.send(read.transpose().map(|_| output));
        });
        let output = printed.recv_timeout(time);
        let ended = match &output {
            Ok(Ok(output)) if output.len() <= output_max => wait(&mut child, until),
            _ => None,
        };
        if ended.is_none() {
            end(&mut child);
        }
        match (output, ended) {
            (Ok(Ok(output)), _) if output.len() > output_max => Err(RunError::TooLong),
            (Ok(Ok(output)), Some(status)) if status.success() => Ok(output),
            (Ok(Ok(_)), Some(status)) if status.signal().is_some() => Err(RunError::Killed),
            (Ok(_), Some(_)) | (Ok(Err(_)), None) => Err(RunError::Failed),
            (Ok(Ok(_)), None) | (Err(_), _) => Err(RunError::TooSlow),
        }
    })
}

fn wait(child: &mut Child, until: Instant) -> Option<std::process::ExitStatus> {
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if Instant::now() < until => thread::sleep(ASKED_EVERY),
            _ => return None,
        }
    }
}

/// Ends a program and all it has started, which hold its pipes open.
fn end(child: &mut Child) {
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    // What has ended already needs no signal.
    let _ = group.map(|group| kill_process_group(group, Signal::KILL));
    let _ = child.wait();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, input: &[u8], time: Duration) -> Result<Vec<u8>, RunError> {
        let arguments = [OsStr::new("-c"), OsStr::new(script)];
        run(OsStr::new("sh"), &arguments, input, time, 1_000)
    }

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn a_program_gets_its_input_and_gives_its_output() {
        let input = b"x".repeat(500);
        assert_eq!(shell("cat", &input, LONG).unwrap(), input);
        assert_eq!(
            shell("echo no input read", &b"y".repeat(1 << 20), LONG).unwrap(),
            b"no input read\n"
        );
    }

    #[test]
    fn a_program_that_does_not_end_is_ended_with_all_it_started() {
        let brief = Duration::from_millis(50);
        for script in [
            "sleep 1000",
            "sleep 1000 & wait",
            "exec >&-; sleep 1000",
            "yes",
        ] {
            let ended = shell(script, b"", brief);
            assert!(
                matches!(ended, Err(RunError::TooSlow | RunError::TooLong)),
                "{script}: {ended:?}"
            );
        }
    }

    #[test]
    fn failures_are_told_apart() {
        assert!(matches!(shell("exit 3", b"", LONG), Err(RunError::Failed)));
        assert!(matches!(
            shell("kill -ABRT $$", b"", LONG),
            Err(RunError::Killed)
        ));
        assert!(matches!(shell("yes", b"", LONG), Err(RunError::TooLong)));
        let absent = run(OsStr::new("/no/such/program"), &[], b"", LONG, 1);
        assert!(matches!(absent, Err(RunError::NotFound)));
    }
}
