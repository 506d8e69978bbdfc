//! The search in exported mail, on a thread of its own, so that Ctrl-C and progress work meanwhile.

use super::report::{FoundReport, Query};
use crate::context::Context;
use crate::error::{Error, ErrorCode, Result};
use crate::mailbox::{self, Progress};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// How often progress is shown.
const TICK: Duration = Duration::from_millis(200);

/// Searches the paths; with a text only candidates that contain it are kept.
pub(super) async fn search(
    context: &Context,
    paths: Vec<PathBuf>,
    text: Option<&str>,
) -> Result<FoundReport> {
    let progress = Arc::new(Progress::default());
    let told = Arc::clone(&progress);
    let mut work = tokio::task::spawn_blocking(move || mailbox::search(&paths, &told));
    let (findings, looked) = loop {
        tokio::select! {
            done = &mut work => {
                context.console.clear_progress();
                break done.map_err(|_| {
                    Error::new(ErrorCode::Internal, "The search of the mailbox ended early.")
                })??;
            }
            () = tokio::time::sleep(TICK) => {
                let (bytes, total) = (
                    progress.bytes.load(Ordering::Relaxed) >> 20,
                    progress.total.load(Ordering::Relaxed) >> 20,
                );
                context.console.progress(&format!("Read {bytes} of {total} MB"));
            }
        }
    };
    let (mut candidates, domains) = findings.ranked();
    if let Some(text) = text {
        let lower = text.to_lowercase();
        candidates.retain(|one| one.address.contains(&lower));
    }
    Ok(FoundReport {
        query: text.map(|text| Query {
            text: text.to_owned(),
            kind: "part",
        }),
        candidates,
        domains,
        looked: Some(looked),
        ..FoundReport::default()
    })
}
