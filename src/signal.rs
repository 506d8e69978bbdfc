//! Waits for the person or the runner to interrupt: Ctrl-C, and on Unix SIGTERM and SIGHUP.

/// Waits for the next interruption; false when this system offers no way to hear one.
pub(crate) async fn wait() -> bool {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let (Ok(mut term), Ok(mut hangup)) = (
            signal(SignalKind::terminate()),
            signal(SignalKind::hangup()),
        ) else {
            return false;
        };
        tokio::select! {
            ended = tokio::signal::ctrl_c() => ended.is_ok(),
            _ = term.recv() => true,
            _ = hangup.recv() => true,
        }
    }
    #[cfg(not(unix))]
    {
        tokio::signal::ctrl_c().await.is_ok()
    }
}
