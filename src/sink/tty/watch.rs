//! Notices, while a secret is shown, that the terminal hangs up or the process is told to end; the wait for Enter then ends.
//!
//! Ends nothing itself: what a signal means for the run is decided by whoever runs it. Ctrl-C is a key during the wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

/// A watcher on a thread of its own: the wait blocks the thread that would otherwise hear the signal.
pub(super) struct Watch(Arc<AtomicBool>);

impl Watch {
    /// Starts to watch; none when the system gives no thread.
    pub(super) fn start() -> Option<Self> {
        let ended = Arc::new(AtomicBool::new(false));
        let shared = Arc::clone(&ended);
        let (ready, is_ready) = mpsc::channel();
        let body = move || {
            let Ok(runtime) = tokio::runtime::Builder::new_current_thread()
                .enable_io()
                .build()
            else {
                return;
            };
            runtime.block_on(async move {
                let kinds = (
                    signal(SignalKind::hangup()),
                    signal(SignalKind::terminate()),
                );
                let (Ok(mut hangup), Ok(mut terminate)) = kinds else {
                    return;
                };
                let _ = ready.send(());
                tokio::select! {
                    _ = hangup.recv() => {}
                    _ = terminate.recv() => {}
                }
                shared.store(true, Ordering::SeqCst);
            });
        };
        std::thread::Builder::new()
            .name("screen".into())
            .spawn(body)
            .ok()?;
        // Without the handlers in place the display would not be safe yet.
        is_ready
            .recv_timeout(Duration::from_secs(1))
            .ok()
            .map(|()| Watch(ended))
    }

    /// Set once it happened.
    pub(super) fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.0)
    }
}
