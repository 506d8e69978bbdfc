//! Searches exported mail for user names of initial domains: mbox, single messages, Maildir, and folders of them.
//!
//! Reads each file once as a stream, decodes what mail wraps addresses in, and keeps what it found in bounded memory: gigabytes cost
//! time, not memory. Writes nothing, asks nothing, and knows no command. What the order of candidates is, [`crate::policy`] says.

mod address;
mod body;
mod found;
mod header;
mod html;
mod kind;
mod pieces;
mod reader;
#[cfg(test)]
mod tests;
mod transfer;
mod walk;

pub use found::{Findings, Found, Sighting};

use crate::error::{Error, ErrorCode, Result};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// How far a search is; another thread may look.
#[derive(Debug, Default)]
pub struct Progress {
    /// Bytes read.
    pub bytes: AtomicU64,
    /// Bytes there are, as far as is known.
    pub total: AtomicU64,
}

/// A file that was not looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Its path.
    pub file: String,
    /// Why, in a sentence.
    pub why: String,
}

/// What a search looked at.
#[derive(Debug, Clone, Default)]
pub struct Looked {
    /// Files.
    pub files: u64,
    /// Messages in them.
    pub messages: u64,
    /// Bytes.
    pub bytes: u64,
    /// Files in folders that are no mail.
    pub others: u64,
    /// Files that could not be looked at; the first hundred.
    pub skipped: Vec<Skipped>,
    /// Addresses beyond as many as can be kept.
    pub dropped: u64,
}

/// Most skipped files that are told.
const MOST_SKIPPED: usize = 100;

/// Searches the paths, on as many threads as help. A path that is not there is an error; a file in a folder that cannot be read is
/// told and left out.
pub fn search(paths: &[PathBuf], progress: &Progress) -> Result<(Findings, Looked)> {
    let mut files = Vec::new();
    for path in paths {
        files.extend(walk::files(path).map_err(|cause| unreadable(path, cause))?);
    }
    for file in &files {
        let size = std::fs::metadata(&file.path).map_or(0, |about| about.len());
        progress.total.fetch_add(size, Ordering::Relaxed);
    }
    pieces::search(&files, pieces::PIECE, progress)
}

fn unreadable(path: &Path, cause: io::Error) -> Error {
    Error::new(
        ErrorCode::BadInput,
        format!(
            "The mailbox {} could not be read.",
            crate::files::shown(path)
        ),
    )
    .why(match cause.kind() {
        io::ErrorKind::NotFound => "There is no such file or folder.".to_owned(),
        io::ErrorKind::PermissionDenied => "Reading it is not permitted.".to_owned(),
        _ => format!("{cause}."),
    })
    .fix("Give a file (.mbox, .eml), a Maildir, or a folder of them, as mail programs export it.")
}
