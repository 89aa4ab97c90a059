//! Threads of Java as `jstack` and the virtual machine itself write them.

use super::{Part, Thread, Wait, WaitKind};
use crate::event::LineSample;

/// Locks that one thread holds, and those of all threads of a dump.
const HOLDS_MAX: usize = 100;
const HOLDS_TOTAL: usize = 20_000;
/// Packages that are no code of one's own.
const RUNTIME: [&str; 7] = [
    "java.",
    "javax.",
    "jdk.",
    "sun.",
    "com.sun.",
    "java.base@",
    "java.base/",
];

/// Takes a line of a dump.
pub(super) fn line(
    threads: &mut Vec<Thread>,
    held: &mut usize,
    text: &str,
    place: &dyn Fn() -> LineSample,
) -> Part {
    if let Some(head) = text.strip_prefix('"') {
        let name = head.split_once("\" ").map_or(head, |(name, _)| name);
        threads.push(Thread {
            name: name.trim_end_matches('"').to_owned(),
            ..Thread::default()
        });
        return Part::Own;
    }
    let inner = text.trim_start();
    let repeats = inner.starts_with("Found ") && inner.contains("deadlock");
    if repeats || inner.starts_with("Java stack information") {
        return Part::End;
    }
    let is_indented = inner.len() < text.len();
    let Some(thread) = threads.last_mut().filter(|_| is_indented) else {
        return match inner.is_empty() || inner.starts_with("Full thread dump") {
            true => Part::Own,
            false => Part::Stranger,
        };
    };
    if let Some(frame) = inner.strip_prefix("at ") {
        if thread.top.is_none() && !RUNTIME.iter().any(|it| frame.starts_with(it)) {
            let function = frame.split('(').next().unwrap_or(frame);
            thread.top = Some(function.to_owned());
        }
    } else if let Some(told) = inner.strip_prefix("- ") {
        monitor(thread, held, told, place);
    }
    Part::Own
}

/// Takes what a thread has to do with a lock.
fn monitor(thread: &mut Thread, held: &mut usize, told: &str, place: &dyn Fn() -> LineSample) {
    let Some(lock) = told.split(['<', '>']).nth(1).map(ToOwned::to_owned) else {
        return;
    };
    let class = told.split_once("(a ").map_or("", |(_, class)| class);
    let class = class.trim_end().trim_end_matches(')');
    let waits = told.starts_with("waiting to lock")
        || told.starts_with("waiting to re-lock")
        || told.starts_with("parking to wait for") && is_lock(class);
    if waits {
        thread.wait = Some(Wait {
            kind: WaitKind::Lock,
            lock,
            minutes: 0,
            place: place(),
        });
    } else if told.starts_with("waiting on") {
        thread.released = Some(lock);
    } else if (told.starts_with("locked") || told.starts_with('<'))
        && thread.holds.len() < HOLDS_MAX
        && *held < HOLDS_TOTAL
    {
        *held += 1;
        thread.holds.push((lock, place()));
    }
}

/// Threads of a pool that have nothing to do park as well, at conditions and queues.
fn is_lock(class: &str) -> bool {
    let counts = class.contains("CountDownLatch") || class.contains("Semaphore");
    class.ends_with("Sync") && !counts
}
