//! Calls of which nobody knows whether they ever return: made on a thread of their own and given up after a while.
//!
//! Knows nothing of key stores. The thread of a call that was given up is left behind; it never holds up the end of the program.

use std::time::Duration;
use tokio::sync::oneshot;

/// How a call ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Ended<T> {
    /// With its value.
    Answered(T),
    /// Not at all, in the time it was given.
    Silent,
    /// A person or the system asked the program to end first.
    Interrupted,
}

/// The time a call gets.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// When nobody has to do anything.
    pub(crate) quick: Duration,
    /// After that, when a person may have something to answer elsewhere.
    pub(crate) person: Option<Duration>,
}

/// Runs `work`; `announce` is called before the wait for a person. The value of a call that was given up goes to `too_late`.
pub(crate) fn run<T: Send + 'static>(
    patience: Patience,
    announce: impl Fn() + Sync,
    work: impl FnOnce() -> T + Send + 'static,
    too_late: impl FnOnce(T) + Send + 'static,
) -> Ended<T> {
    let (sender, mut answer) = oneshot::channel();
    let body = move || {
        if let Err(value) = sender.send(work()) {
            too_late(value);
        }
    };
    let begun = std::thread::Builder::new()
        .name("keyring".into())
        .spawn(body);
    if begun.is_err() {
        return Ended::Silent;
    }
    // The caller may be inside a runtime, which cannot wait while it is blocked here.
    let ended = std::thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .ok()?;
            Some(runtime.block_on(wait(patience, &announce, &mut answer)))
        });
        waiting.join().ok().flatten().unwrap_or(Ended::Silent)
    });
    if matches!(ended, Ended::Answered(_)) {
        return ended;
    }
    // An answer of the last moment is either taken here or goes to `too_late`, never lost.
    answer.close();
    answer.try_recv().map_or(ended, Ended::Answered)
}

async fn wait<T>(
    patience: Patience,
    announce: &impl Fn(),
    answer: &mut oneshot::Receiver<T>,
) -> Ended<T> {
    let answered = async {
        if let Ok(value) = tokio::time::timeout(patience.quick, &mut *answer).await {
            return value.map_or(Ended::Silent, Ended::Answered);
        }
        let Some(longer) = patience.person else {
            return Ended::Silent;
        };
        announce();
        match tokio::time::timeout(longer, answer).await {
            Ok(Ok(value)) => Ended::Answered(value),
            _ => Ended::Silent,
        }
    };
    let interrupted = async {
        if !crate::signal::wait().await {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        biased;
        ended = answered => ended,
        () = interrupted => Ended::Interrupted,
    }
}
