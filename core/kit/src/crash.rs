//! Ends the process at an exact moment, or one part of its work, so that tests can look at what a
//! crash leaves behind.
//!
//! Release builds have neither the variable nor the code.

/// Runs `work`; in debug builds `FAULTMAVEN_CRASH_AT=<name>:<n>` ends the process when the work
/// goes on after its `n`-th await, or has ended with it.
#[cfg(debug_assertions)]
pub async fn at_each_await<F: Future>(name: &str, work: F) -> F::Output {
    let Some(last) = injected::last_await(name) else {
        return work.await;
    };
    let mut work = std::pin::pin!(work);
    let mut awaits = 0;
    std::future::poll_fn(move |context| {
        injected::end_when(awaits == last);
        let polled = work.as_mut().poll(context);
        awaits += 1;
        injected::end_when(polled.is_ready() && awaits == last);
        polled
    })
    .await
}

/// Runs `work`.
#[cfg(not(debug_assertions))]
pub async fn at_each_await<F: Future>(_: &str, work: F) -> F::Output {
    work.await
}

/// Panics in debug builds when `FAULTMAVEN_CRASH_AT=<name>:<part>` says so.
#[cfg(debug_assertions)]
#[expect(clippy::panic, reason = "the panic is what is asked for")]
pub fn in_part(name: &str, part: &str) {
    if injected::is_part(name, part) {
        panic!("{name}:{part} was to fail");
    }
}

/// Does nothing.
#[cfg(not(debug_assertions))]
pub fn in_part(_: &str, _: &str) {}

#[cfg(debug_assertions)]
mod injected {
    use std::sync::LazyLock;

    static MOMENT: LazyLock<Option<(String, String)>> = LazyLock::new(|| {
        let moment = std::env::var("FAULTMAVEN_CRASH_AT").ok()?;
        let (name, place) = moment.rsplit_once(':')?;
        Some((name.to_owned(), place.to_owned()))
    });

    /// Returns the await after which work of this name ends the process.
    pub(super) fn last_await(name: &str) -> Option<u64> {
        let (named, last) = MOMENT.as_ref()?;
        (named == name).then(|| last.parse().ok())?
    }

    /// Returns whether this part of work of this name is to fail.
    pub(super) fn is_part(name: &str, part: &str) -> bool {
        MOMENT
            .as_ref()
            .is_some_and(|(named, failing)| named == name && failing == part)
    }

    /// Ends the process as SIGKILL would: nothing is flushed, closed or answered.
    pub(super) fn end_when(is_time: bool) {
        if is_time {
            std::process::abort();
        }
    }
}
