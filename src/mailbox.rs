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
mod reader;
#[cfg(test)]
mod tests;
mod transfer;
mod walk;

pub use found::{Findings, Found, Sighting};

use crate::error::{Error, ErrorCode, Result};
use body::Body;
use kind::{Kind, PEEK};
use reader::Reader;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
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

/// Searches the paths. A path that is not there is an error; a file in a folder that cannot be read is told and left out.
pub fn search(paths: &[PathBuf], progress: &Progress) -> Result<(Findings, Looked)> {
    let mut files = Vec::new();
    for path in paths {
        files.extend(walk::files(path).map_err(|cause| unreadable(path, cause))?);
    }
    let (mut findings, mut looked) = (Findings::default(), Looked::default());
    let mut body = Body::new();
    let mut buffer = Vec::new();
    for file in &files {
        let size = std::fs::metadata(&file.path).map_or(0, |about| about.len());
        progress.total.fetch_add(size, Ordering::Relaxed);
    }
    for file in files {
        let name = file.path.display().to_string();
        let outcome = one(
            &file,
            &name,
            &mut body,
            &mut buffer,
            &mut findings,
            progress,
        );
        match outcome {
            Ok(true) => looked.files += 1,
            Ok(false) => looked.others += 1,
            Err(cause) if file.named => return Err(unreadable(&file.path, cause)),
            Err(cause) if looked.skipped.len() < MOST_SKIPPED => looked.skipped.push(Skipped {
                file: name,
                why: cause.to_string(),
            }),
            Err(_) => {}
        }
    }
    looked.bytes = progress.bytes.load(Ordering::Relaxed);
    looked.messages = findings.messages;
    looked.dropped = findings.dropped;
    Ok((findings, looked))
}

/// Searches one file; false when it was in a folder and is no mail.
fn one(
    file: &walk::Candidate,
    name: &str,
    body: &mut Body,
    buffer: &mut Vec<u8>,
    findings: &mut Findings,
    progress: &Progress,
) -> io::Result<bool> {
    let mut stream = File::open(&file.path)?;
    let mut head = Vec::with_capacity(PEEK);
    (&mut stream).take(PEEK as u64).read_to_end(&mut head)?;
    if head.starts_with(b"!BDN") {
        return Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "it is a data file of Outlook, whose text is scrambled; export the mail as .mbox or .eml",
        ));
    }
    let kind = match kind::kind(&head) {
        Some(kind) => kind,
        None if file.named => kind::kind_of_other(&head, name),
        None if is_outlook(&head) => Kind::Wide,
        None => return Ok(false),
    };
    findings.file = Some(Arc::from(name));
    let whole = head.as_slice().chain(stream);
    Reader::new(kind, body, findings).read(whole, buffer, |count| {
        progress.bytes.fetch_add(count as u64, Ordering::Relaxed);
    })?;
    Ok(true)
}

/// A single message saved by Outlook, or another document of that form.
fn is_outlook(head: &[u8]) -> bool {
    head.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
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
