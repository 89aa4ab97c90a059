//! Goroutines, and threads of Python as `faulthandler` and `py-spy` write them.

use super::{Part, Thread, Wait, WaitKind};
use crate::event::LineSample;

/// Packages of the standard library of Go in which goroutines wait.
const GO_LIBRARY: [&str; 16] = [
    "runtime.",
    "runtime/",
    "sync.",
    "internal/",
    "net.",
    "net/",
    "os.",
    "os/",
    "syscall.",
    "time.",
    "context.",
    "bufio.",
    "io.",
    "reflect.",
    "crypto/",
    "golang.org/x/",
];
/// Modules of Python in which threads wait for work.
const IDLE: [&str; 4] = ["queue.py", "selectors.py", "thread.py", "socketserver.py"];
const CONDITION: &str = "threading.py";
const PYTHON_LIBRARY: [&str; 5] = [
    "socket.py",
    "ssl.py",
    "subprocess.py",
    "runners.py",
    "events.py",
];

/// Returns what a goroutine is doing by its first line.
pub(super) fn goroutine(text: &str) -> Option<&str> {
    let head = text.strip_prefix("goroutine ")?;
    let (number, state) = head.split_once('[')?;
    let is_number = number
        .trim_start()
        .starts_with(|it: char| it.is_ascii_digit());
    state.trim_end().strip_suffix("]:").filter(|_| is_number)
}

/// Takes a line of a dump of Go.
pub(super) fn go(threads: &mut Vec<Thread>, text: &str, place: &dyn Fn() -> LineSample) -> Part {
    if let Some(state) = goroutine(text) {
        let kind = state.split(',').next().unwrap_or(state);
        let kind = match kind {
            "semacquire" | "sync.Mutex.Lock" | "sync.RWMutex.Lock" | "sync.RWMutex.RLock" => {
                Some(WaitKind::Mutex)
            }
            "chan send" | "chan send (nil chan)" => Some(WaitKind::Send),
            "chan receive" | "chan receive (nil chan)" => Some(WaitKind::Receive),
            _ => None,
        };
        let minutes = state.split(", ").find_map(|it| it.strip_suffix(" minutes"));
        threads.push(Thread {
            wait: kind.map(|kind| Wait {
                kind,
                lock: String::new(),
                minutes: minutes.and_then(|it| it.parse().ok()).unwrap_or(0),
                place: place(),
            }),
            ..Thread::default()
        });
        return Part::Own;
    }
    let Some(thread) = threads.last_mut() else {
        return Part::Stranger;
    };
    let frame = go_frame(text);
    if text.starts_with("sync.(*WaitGroup)") {
        // It waits for others to end, as every group of workers does.
        thread.wait = None;
    }
    let own = frame.filter(|it| !GO_LIBRARY.iter().any(|library| it.starts_with(library)));
    if thread.top.is_none() {
        thread.top = own.map(ToOwned::to_owned);
    }
    match frame.is_some() || text.starts_with('\t') || text.trim().is_empty() {
        true => Part::Own,
        false => Part::Stranger,
    }
}

/// Returns the function of a frame, or the one that started the goroutine.
fn go_frame(text: &str) -> Option<&str> {
    if let Some(starter) = text.strip_prefix("created by ") {
        return starter.split(" in goroutine ").next();
    }
    let (function, _) = text.strip_suffix(')')?.rsplit_once('(')?;
    (!function.contains(' ')).then_some(function)
}

/// Takes a line of a dump of Python.
pub(super) fn python(
    threads: &mut Vec<Thread>,
    text: &str,
    place: &dyn Fn() -> LineSample,
) -> Part {
    if super::Language::of(text).is_some() {
        // `py-spy` says which threads compute.
        let waits = !text.contains("(active");
        threads.push(Thread {
            wait: waits.then(|| Wait {
                kind: WaitKind::Call,
                lock: String::new(),
                minutes: 0,
                place: place(),
            }),
            ..Thread::default()
        });
        return Part::Own;
    }
    let inner = text.trim();
    let (Some(thread), Some((function, file))) = (threads.last_mut(), python_frame(inner)) else {
        return match inner.is_empty() || text.starts_with(' ') {
            true => Part::Own,
            false => Part::Stranger,
        };
    };
    if thread.top.is_some() {
        return Part::Own;
    }
    let base = file.rsplit('/').next().unwrap_or(file);
    let is_package = file.contains("-packages/");
    let is_library = file.contains("/lib/python") && !is_package || PYTHON_LIBRARY.contains(&base);
    if IDLE.contains(&base) {
        thread.wait = None;
    } else if base == CONDITION {
        let wait = thread.wait.as_mut();
        wait.into_iter()
            .for_each(|it| it.kind = WaitKind::Condition);
    } else if !is_library {
        thread.top = Some(format!("{function} ({base})"));
    }
    Part::Own
}

/// Returns function and file of `File "a.py", line 1 in f` or `f (a.py:1)`.
fn python_frame(inner: &str) -> Option<(&str, &str)> {
    if let Some(told) = inner.strip_prefix("File \"") {
        let (file, rest) = told.split_once("\", line ")?;
        return Some((rest.split_once(" in ")?.1, file));
    }
    let (function, place) = inner.split_once(" (")?;
    let (file, line) = place.strip_suffix(')')?.rsplit_once(':')?;
    let is_line = line.bytes().all(|it| it.is_ascii_digit());
    is_line.then_some((function, file))
}
