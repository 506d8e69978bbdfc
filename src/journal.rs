//! The record of what was about to be done and what came of it: JSON lines, each with the hash of the one before.
//!
//! An intent is on the disk before anything is sent; if it cannot be, nothing is sent. Takes ids, names, codes and the words of
//! `--reason` and `--ticket`, and has no field that could hold a secret. Anybody who can write the file can rebuild it: only a
//! head hash that was kept elsewhere shows that.

mod chain;
mod operation;
mod record;
mod store;

#[cfg(test)]
mod tests;

pub use chain::{Broken, Verified, verify};
pub use operation::{Operation, State, Taken, find, operations, stamp, time};
pub use record::{How, Intent, Kind, Record, StepResult, Target};

use crate::error::{Error, ErrorCode, Result};
use record::word;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, SystemTime};
use store::Store;

/// Name of the file in the state folder.
pub const FILE: &str = "journal.jsonl";

/// How long the file system may stay silent: longer is a hung mount.
const SILENCE: Duration = Duration::from_secs(2);

/// What is known from outside when a record is made: the server's clock, and who acts.
#[derive(Debug, Clone, Default)]
pub struct Now {
    /// The server's clock.
    pub server_time: Option<SystemTime>,
    /// Object id of the caller.
    pub caller_id: Option<String>,
}

/// The journal, open for adding.
pub struct Journal {
    path: PathBuf,
    store: Option<Store>,
    head: String,
    now: Box<dyn Fn() -> Now>,
}

impl Journal {
    /// Opens the journal of a state folder, making both when they are missing. Reads the end of the file only.
    pub fn open(state_dir: &Path) -> Result<Self> {
        let path = state_dir.join(FILE);
        let folder = state_dir.to_path_buf();
        let store = bounded(&path, move |_| Store::open(&folder)).map_err(refused)?;
        let head = store.head();
        Ok(Journal {
            path,
            store: Some(store),
            head,
            now: Box::new(Now::default),
        })
    }

    /// Stamps each record with what `now` tells.
    #[must_use]
    pub fn stamped_by(mut self, now: impl Fn() -> Now + 'static) -> Self {
        self.now = Box::new(now);
        self
    }

    /// Records an intent; it is on the disk when this returns. After an error nothing may be sent.
    pub fn begin(&mut self, intent: &Intent<'_>) -> Result<()> {
        self.begin_with(intent, None)
    }

    /// The same, with how the change is to be made.
    pub fn begin_with(&mut self, intent: &Intent<'_>, how: Option<How>) -> Result<()> {
        let target = (intent.target_id, intent.target_name);
        let record = Record {
            tenant: intent.tenant.map(str::to_owned),
            caller: intent.caller.map(str::to_owned),
            reason: intent.reason.map(str::to_owned),
            ticket: intent.ticket.map(str::to_owned),
            sinks: intent.sinks.clone(),
            how,
            ..Record::about(
                Kind::Intent,
                intent.operation_id,
                intent.command,
                intent.step,
                target,
            )?
        };
        self.add(record).map_err(refused)
    }

    /// Records what came of a step; it is on the disk when this returns.
    pub fn end(&mut self, result: &StepResult<'_>) -> Result<()> {
        let target = (result.target_id, result.target_name);
        let record = Record {
            outcome: Some(word(result.outcome)?),
            request_ids: result.request_ids.clone(),
            error: result.error.map(word).transpose()?,
            ..Record::about(
                Kind::Result,
                result.operation_id,
                result.command,
                result.step,
                target,
            )?
        };
        self.add(record).map_err(|error| {
            let why = error.cause().unwrap_or_default();
            Error::new(
                ErrorCode::OutputFailed,
                "What came of the step could not be recorded in the journal.",
            )
            .why(format!("{} {why}", error.message()))
            .fix("The step was taken; keep this report. Make the state folder writable.")
            .source(error)
        })
    }

    fn add(&mut self, mut record: Record) -> Result<()> {
        let now = (self.now)();
        record.server_time = now.server_time.and_then(operation::stamp);
        record.caller_id = now.caller_id;
        let Some(mut store) = self.store.take() else {
            return Err(hung(&self.path));
        };
        // When the file system hangs, the store stays with the thread that hangs, and later records are refused at once.
        let (store, done) = bounded(&self.path, move |beat| {
            let done = store.append(record, beat);
            Ok((store, done))
        })?;
        self.head = store.head();
        self.store = Some(store);
        done
    }

    /// Hash of the last record this run knows of, to be printed: kept elsewhere, it anchors the journal.
    #[must_use]
    pub fn head(&self) -> String {
        self.head.clone()
    }

    /// Path of the file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The records in order; a line that is none ends them with an error.
    pub fn records(&self) -> Result<impl Iterator<Item = Result<Record>> + use<>> {
        records(&self.path)
    }

    /// Intents that have no result, oldest first; of one command, or of all.
    pub fn unfinished(&self, command: Option<&str>) -> Result<Vec<Record>> {
        let mut open: HashMap<_, Record> = HashMap::new();
        for record in self.records()? {
            let record = record?;
            // By operation and step alone: the result may know an id that the intent did not.
            let key = (record.operation_id.clone(), record.step.clone());
            match record.kind {
                Kind::Intent
                    if command.is_none_or(|name| record.command.as_deref() == Some(name)) =>
                {
                    open.insert(key, record);
                }
                Kind::Result => {
                    open.remove(&key);
                }
                _ => {}
            }
        }
        let mut open: Vec<Record> = open.into_values().collect();
        open.sort_by_key(|record| record.seq);
        Ok(open)
    }
}

/// The records of a journal file, in order, without making anything; a torn last line is left out.
pub fn records(path: &Path) -> Result<impl Iterator<Item = Result<Record>> + use<>> {
    let shown = crate::files::shown(path);
    let file = bounded(path, {
        let path = path.to_path_buf();
        move |_| crate::files::open_to_read(&path)
    })
    .map_err(refused)?;
    Ok(chain::Lines::new(std::io::BufReader::new(file))
        .filter(|line| line.as_ref().map_or(true, |line| line.whole))
        .map(move |line| {
            let line = line.map_err(|cause| {
                Error::new(
                    ErrorCode::JournalRefused,
                    format!("{shown} cannot be read."),
                )
                .source(cause)
            })?;
            chain::parse(&line.bytes)
                .map(|(record, _)| record)
                .map_err(|problem| chain::damaged(&shown, line.number, problem))
        }))
}

/// What the journal of a state folder tells, by operation, oldest first, without making one.
pub fn read(state_dir: &Path) -> Result<Vec<Operation>> {
    let path = state_dir.join(FILE);
    if !path.exists() {
        return Ok(Vec::new());
    }
    let records: Vec<Record> = records(&path)?.collect::<Result<_>>()?;
    Ok(operations(records))
}

/// Takes away a torn last line, and notes that; how many bytes it had.
pub fn repair(state_dir: &Path) -> Result<u64> {
    let folder = state_dir.to_path_buf();
    bounded(&state_dir.join(FILE), move |beat| {
        Store::open(&folder)?.repair(beat)
    })
    .map_err(refused)
}

/// Runs file work on a thread that may be left behind, and gives up when it is silent for too long.
fn bounded<T: Send + 'static>(
    path: &Path,
    work: impl FnOnce(&AtomicU64) -> Result<T> + Send + 'static,
) -> Result<T> {
    let beat = Arc::new(AtomicU64::new(0));
    let (sender, receiver) = mpsc::channel();
    let shared = Arc::clone(&beat);
    let spawned = std::thread::Builder::new()
        .name("journal".into())
        .spawn(move || {
            let _ = sender.send(work(&shared));
        });
    if let Err(cause) = spawned {
        return Err(Error::new(
            ErrorCode::JournalRefused,
            "The system gave no thread for the journal.",
        )
        .source(cause));
    }
    let mut last = 0;
    loop {
        match receiver.recv_timeout(SILENCE) {
            Ok(result) => return result,
            Err(RecvTimeoutError::Disconnected) => {
                return Err(Error::new(
                    ErrorCode::Internal,
                    "The journal's thread ended without a word.",
                ));
            }
            // Waiting for another run's lock is no silence.
            Err(RecvTimeoutError::Timeout) => {
                let now = beat.load(Ordering::Relaxed);
                if now == last {
                    return Err(hung(path));
                }
                last = now;
            }
        }
    }
}

fn hung(path: &Path) -> Error {
    Error::new(
        ErrorCode::JournalRefused,
        format!("{} does not answer.", crate::files::shown(path)),
    )
    .why(format!(
        "The file system was silent for {} s.",
        SILENCE.as_secs()
    ))
    .fix("Set ADMIN_RESET_STATE_DIR to a folder on a local disk.")
}

/// Any trouble with the journal before something is sent has one code.
fn refused(error: Error) -> Error {
    error.recode(ErrorCode::JournalRefused)
}
