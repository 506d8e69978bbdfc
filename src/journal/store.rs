//! The journal's file: its end, its lock, and adding to it.
//!
//! Never reads more than the end, never writes without the lock, never leaves half a line of its own.

use super::chain::{self, ZERO};
use super::{FILE, Kind, Record};
use crate::error::{Error, ErrorCode, Result};
use crate::files::{self, Folder, shown};
use std::ffi::OsStr;
use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How long another run may hold the lock. Each holds it for one record, a few milliseconds.
const LOCK_WAIT: Duration = Duration::from_secs(10);
/// First guess of how far back the last line begins.
const STRETCH: u64 = 8 * 1024;

/// The file and what is known of its end.
pub(super) struct Store {
    folder: Folder,
    file: File,
    path: PathBuf,
    tail: Tail,
}

/// The end of the file.
struct Tail {
    /// Length of the file when it was looked at.
    size: u64,
    /// Where the last whole line ends.
    end: u64,
    /// Number of the last record.
    seq: u64,
    /// SHA-256 of the last line: what the next one carries as `prev`.
    line_hash: String,
    /// `hash` of the last record.
    head: String,
}

impl Store {
    pub(super) fn open(state_dir: &Path) -> Result<Self> {
        let folder = Folder::private(state_dir)?;
        let file = folder.log(OsStr::new(FILE))?;
        let path = folder.file(OsStr::new(FILE));
        let tail = read_tail(&file, &path)?;
        Ok(Store {
            folder,
            file,
            path,
            tail,
        })
    }

    pub(super) fn head(&self) -> String {
        self.tail.head.clone()
    }

    /// Adds a record under the lock, durably. `beat` tells the waiting side that time passes for a reason.
    pub(super) fn append(&mut self, record: Record, beat: &AtomicU64) -> Result<()> {
        self.lock(beat)?;
        let done = self.append_locked(Some(record));
        let _ = self.file.unlock();
        done
    }

    /// Removes a torn last line under the lock, with a note in its place; the bytes it had.
    pub(super) fn repair(&mut self, beat: &AtomicU64) -> Result<u64> {
        self.lock(beat)?;
        let done = self.look_again().and_then(|()| {
            let torn = self.tail.size - self.tail.end;
            match torn {
                0 => Ok(0),
                _ => self.append_locked(None).map(|()| torn),
            }
        });
        let _ = self.file.unlock();
        done
    }

    /// Reads the end anew when the file is not as long as it was.
    fn look_again(&mut self) -> Result<()> {
        self.folder.still_ours(OsStr::new(FILE), &self.file)?;
        let size = self
            .file
            .metadata()
            .map_err(|cause| self.failed("cannot be examined", cause))?
            .len();
        if size != self.tail.size {
            self.tail = read_tail(&self.file, &self.path)?;
        }
        Ok(())
    }

    fn append_locked(&mut self, record: Option<Record>) -> Result<()> {
        self.look_again()?;
        let mut text = Vec::new();
        let mut tail = Tail {
            line_hash: self.tail.line_hash.clone(),
            head: self.tail.head.clone(),
            ..self.tail
        };
        if tail.size > tail.end {
            let torn = tail.size - tail.end;
            self.file
                .set_len(tail.end)
                .map_err(|cause| self.failed("cannot be repaired", cause))?;
            let mut note = Record::blank(Kind::Note);
            note.outcome = Some("repaired".into());
            note.error = Some(format!("a torn last line of {torn} bytes was removed"));
            chain_on(&mut tail, &mut text, &mut note)?;
        }
        if let Some(mut record) = record {
            chain_on(&mut tail, &mut text, &mut record)?;
        }
        if let Err(cause) = files::append(&self.file, &text) {
            // What stands there now is looked at again before the next record.
            self.tail.size = u64::MAX;
            return Err(self.failed("cannot be written", cause));
        }
        if self.tail.end == 0 {
            self.folder
                .sync()
                .map_err(|cause| self.failed("cannot be made durable", cause))?;
        }
        tail.end += text.len() as u64;
        tail.size = tail.end;
        self.tail = tail;
        Ok(())
    }

    fn lock(&self, beat: &AtomicU64) -> Result<()> {
        let since = Instant::now();
        loop {
            match self.file.try_lock() {
                Ok(()) => return Ok(()),
                Err(TryLockError::Error(cause)) if cause.kind() != io::ErrorKind::Interrupted => {
                    return Err(self.failed("cannot be locked", cause));
                }
                Err(_) if since.elapsed() > LOCK_WAIT => {
                    return Err(Error::new(
                        ErrorCode::JournalRefused,
                        format!("{} is locked by another run.", shown(&self.path)),
                    )
                    .why(format!("It was not free for {} s.", LOCK_WAIT.as_secs()))
                    .fix("Wait for the other run, or end it, and run the command again."));
                }
                Err(_) => {
                    beat.fetch_add(1, Ordering::Relaxed);
                    std::thread::sleep(Duration::from_millis(2));
                }
            }
        }
    }

    fn failed(&self, what: &str, cause: io::Error) -> Error {
        Error::new(
            ErrorCode::JournalRefused,
            format!("{} {what}.", shown(&self.path)),
        )
        .why(format!("{cause}."))
        .source(cause)
    }
}

/// Puts a record behind the end: number, hash of the line before, its own hash.
fn chain_on(tail: &mut Tail, text: &mut Vec<u8>, record: &mut Record) -> Result<()> {
    record.seq = tail.seq + 1;
    record.prev.clone_from(&tail.line_hash);
    let (line, head) = chain::line(record)?;
    tail.seq = record.seq;
    tail.line_hash = chain::sha256(line.as_bytes());
    tail.head = head;
    text.extend_from_slice(line.as_bytes());
    text.push(b'\n');
    Ok(())
}

fn read_tail(mut file: &File, path: &Path) -> Result<Tail> {
    let trouble = |cause: io::Error| {
        Error::new(
            ErrorCode::JournalRefused,
            format!("{} cannot be read.", shown(path)),
        )
        .source(cause)
    };
    let size = file.metadata().map_err(trouble)?.len();
    let mut stretch = STRETCH;
    loop {
        let start = size.saturating_sub(stretch);
        let mut bytes = vec![0; usize::try_from(size - start).unwrap_or(0)];
        file.seek(SeekFrom::Start(start))
            .and_then(|_| file.read_exact(&mut bytes))
            .map_err(trouble)?;
        let newline = |bytes: &[u8]| bytes.iter().rposition(|byte| *byte == b'\n');
        let Some(last) = newline(&bytes) else {
            if start == 0 {
                // A file of one torn line must at least look like ours, or somebody else's file would be emptied.
                let own = b"{\"v\":1,\"seq\":";
                let ours = bytes.iter().zip(own).all(|(a, b)| a == b)
                    || bytes.iter().all(|byte| *byte == 0);
                return if ours {
                    Ok(empty(size))
                } else {
                    Err(chain::damaged(&shown(path), 1, "it is no record"))
                };
            }
            stretch = longer(stretch, path)?;
            continue;
        };
        let before = newline(&bytes[..last]);
        if before.is_none() && start > 0 {
            stretch = longer(stretch, path)?;
            continue;
        }
        let line = &bytes[before.map_or(0, |at| at + 1)..last];
        let (record, head) = chain::parse(line).map_err(|problem| {
            chain::damaged(&shown(path), 0, problem).fix(format!(
                "Keep it for examination: rename {}; a new one is begun.",
                shown(path)
            ))
        })?;
        return Ok(Tail {
            size,
            end: start + last as u64 + 1,
            seq: record.seq,
            line_hash: chain::sha256(line),
            head,
        });
    }
}

fn empty(size: u64) -> Tail {
    Tail {
        size,
        end: 0,
        seq: 0,
        line_hash: ZERO.into(),
        head: ZERO.into(),
    }
}

fn longer(stretch: u64, path: &Path) -> Result<u64> {
    if stretch > chain::LONGEST as u64 * 2 {
        return Err(chain::damaged(
            &shown(path),
            0,
            "the last line is longer than a record can be",
        ));
    }
    Ok(stretch * 4)
}
