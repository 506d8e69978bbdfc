//! Whom a bulk run is to change, and how: durable before the first change, and there until nobody on the list is left or open.
//!
//! Holds of people what the journal holds: object ids, and names where nothing was read. No secret. Decides nothing about an account.

use crate::error::{Error, ErrorCode, Result};
use crate::files::{self, Folder, Turn, shown};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::HashSet;
use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Folder of the lists, below the state folder.
const FOLDER: &str = "runs";
/// Longest list that is read; one of 10,000 users has 400 KB.
const MOST: u64 = 64 * 1024 * 1024;
/// Fewest characters of an id that name a run.
const SHORTEST: usize = 8;

/// One run that is not at its end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Run {
    /// Version of the form: 1.
    pub(crate) v: u32,
    /// Id of the run.
    pub(crate) id: String,
    /// Command: `reset-user`.
    pub(crate) command: String,
    /// When it was begun, in UTC.
    pub(crate) at: String,
    /// Tenant, where the token told it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) tenant: Option<String>,
    /// What the flags asked for, as the command understands it.
    pub(crate) options: Value,
    /// Whom, in order.
    pub(crate) users: Vec<String>,
}

impl Run {
    /// Whether an id, or the beginning of one, names this run.
    pub(crate) fn is(&self, id: &str) -> bool {
        names(&self.id, id)
    }
}

/// Whether `asked` is the id of a run, or enough of its beginning.
pub(crate) fn names(run: &str, asked: &str) -> bool {
    let asked = asked.trim();
    run.eq_ignore_ascii_case(asked)
        || (asked.len() >= SHORTEST
            && run
                .get(..asked.len())
                .is_some_and(|head| head.eq_ignore_ascii_case(asked)))
}

fn name(id: &str) -> OsString {
    format!("{id}.json").into()
}

fn written(run: &Run) -> Result<Vec<u8>> {
    serde_json::to_vec(run).map_err(|cause| {
        Error::new(
            ErrorCode::Internal,
            "The list of the run could not be written.",
        )
        .source(cause)
    })
}

/// Writes a list down. After an error nothing may be sent.
pub(crate) fn keep(state_dir: &Path, run: &Run) -> Result<()> {
    let bytes = written(run)?;
    Folder::private(&state_dir.join(FOLDER))
        .and_then(|folder| folder.create(&name(&run.id), &bytes))
        .map(|_| ())
        .map_err(|error| error.recode(ErrorCode::JournalRefused))
}

/// Puts a shorter list in the place of the one that is kept, in one step.
pub(crate) fn shorten(state_dir: &Path, run: &Run) -> Result<()> {
    let folder = state_dir.join(FOLDER);
    let ours = files::open_to_read(&folder.join(name(&run.id)))?;
    Folder::private(&folder)?
        .replace(&name(&run.id), &ours, &written(run)?)
        .map(|_| ())
        .map_err(|error| error.recode(ErrorCode::JournalRefused))
}

fn staging(id: &str) -> OsString {
    format!("{id}.staging").into()
}

/// Writes down that a secret is about to be put where there is none of this user. After an error nothing may be put there.
pub(crate) fn is_staging(state_dir: &Path, run: &str, user: &str) -> Result<()> {
    let told = Folder::private(&state_dir.join(FOLDER)).and_then(|folder| {
        let file = folder.log(&staging(run))?;
        files::append(&file, format!("{user}\n").as_bytes()).map_err(|cause| {
            Error::new(
                ErrorCode::JournalRefused,
                "The list of the run could not be written.",
            )
            .source(cause)
        })
    });
    told.map_err(|error| error.recode(ErrorCode::JournalRefused))
}

/// For whom a run was about to put a secret down, in lower case.
pub(crate) fn staged(state_dir: &Path, run: &str) -> HashSet<String> {
    let path = state_dir.join(FOLDER).join(staging(run));
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines().map(str::to_ascii_lowercase).collect()
}

/// Takes the list of a run away that is at its end.
pub(crate) fn forget(state_dir: &Path, id: &str) -> Result<()> {
    let folder = state_dir.join(FOLDER);
    if let Ok(file) = files::open_to_read(&folder.join(staging(id))) {
        Folder::private(&folder)?.remove(&staging(id), &file)?;
    }
    let file = files::open_to_read(&folder.join(name(id)))?;
    Folder::private(&folder)?.remove(&name(id), &file)
}

/// All runs that are not at their end, without making anything.
pub(crate) fn all(state_dir: &Path) -> Result<Vec<Run>> {
    let Ok(entries) = std::fs::read_dir(state_dir.join(FOLDER)) else {
        return Ok(Vec::new());
    };
    let mut paths: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .collect();
    paths.sort();
    paths.iter().map(|path| read(path)).collect()
}

fn read(path: &Path) -> Result<Run> {
    let damaged = || {
        Error::new(
            ErrorCode::JournalRefused,
            format!("{} is no list of a run.", shown(path)),
        )
        .why("It is damaged, or of another version of this tool.")
        .fix("Look at it; move it elsewhere when nobody on it is left to do.")
    };
    let file = files::open_to_read(path)?;
    let mut bytes = Vec::new();
    file.take(MOST)
        .read_to_end(&mut bytes)
        .map_err(|cause| damaged().source(cause))?;
    let run: Run = serde_json::from_slice(&bytes).map_err(|cause| damaged().source(cause))?;
    if run.v == 1 { Ok(run) } else { Err(damaged()) }
}

/// Whether another process works on the run.
pub(crate) fn is_at_work(state_dir: &Path, id: &str) -> Result<bool> {
    Ok(Turn::take(state_dir, lock(id))?.is_none())
}

fn lock(id: &str) -> OsString {
    format!("run-{id}.lock").into()
}

/// Makes this the only process that works on the run.
pub(crate) fn turn(state_dir: &Path, id: &str) -> Result<Turn> {
    Turn::take(state_dir, lock(id))?.ok_or_else(|| {
        Error::new(
            ErrorCode::JournalRefused,
            format!("Run {id} is still at work; nothing was sent."),
        )
        .why("Two runs at once would reset somebody twice.")
        .fix("Wait until it has ended.")
    })
}

/// How long another run may take to begin.
const STARTING: Duration = Duration::from_secs(30);

/// The right to begin a run or to go on with one, for as long as it takes to look at the others and to take its turn.
pub(crate) async fn starting(state_dir: &Path, wait: Option<Duration>) -> Result<Turn> {
    let since = Instant::now();
    loop {
        if let Some(turn) = Turn::take(state_dir, "runs.lock".into())? {
            return Ok(turn);
        }
        if since.elapsed() >= wait.unwrap_or(STARTING) {
            return Err(Error::new(
                ErrorCode::JournalRefused,
                "Another run is being begun on this machine; nothing was sent.",
            )
            .fix("Wait until it has begun, and run the command again."));
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Refuses when a run is at work that has one of these users on its list.
pub(crate) fn nobody_else_is_at_work(
    state_dir: &Path,
    run: &Run,
    users: &HashSet<String>,
) -> Result<()> {
    let common = |user: &String| users.contains(&user.to_ascii_lowercase());
    if !run.users.iter().any(common) || !is_at_work(state_dir, &run.id)? {
        return Ok(());
    }
    Err(Error::new(
        ErrorCode::TargetChanged,
        format!(
            "Run {} is at work on users of this list; nothing was changed.",
            run.id
        ),
    )
    .why("Two runs at once would give somebody two passwords.")
    .fix("Wait until it has ended."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(id: &str, users: usize) -> Run {
        Run {
            v: 1,
            id: id.to_owned(),
            command: "reset-user".to_owned(),
            at: "2026-11-25T10:11:12Z".to_owned(),
            tenant: None,
            options: serde_json::json!({}),
            users: (0..users)
                .map(|n| format!("{n:08x}-7182-493a-a4b5-c6d7e8f90a1b"))
                .collect(),
        }
    }

    #[test]
    fn lists_are_kept_found_and_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(all(folder.path()).unwrap(), []);
        let long = run("0f8fad5b-d9cb-469f-a165-70867728950e", 10_000);
        keep(folder.path(), &long).unwrap();
        assert!(keep(folder.path(), &long).is_err(), "never overwritten");
        let path = folder.path().join("runs").join(name(&long.id));
        assert!(std::fs::metadata(&path).unwrap().len() < 500_000);
        assert_eq!(all(folder.path()).unwrap(), std::slice::from_ref(&long));
        assert!(long.is("0F8FAD5B") && long.is(&long.id) && !long.is("0f8fad5"));
        forget(folder.path(), &long.id).unwrap();
        assert_eq!(all(folder.path()).unwrap(), []);
        std::fs::write(&path, "{\"v\":1").unwrap();
        let error = all(folder.path()).unwrap_err();
        assert_eq!(error.code(), ErrorCode::JournalRefused);
    }

    #[test]
    fn one_process_works_on_a_run() {
        let folder = tempfile::tempdir().unwrap();
        let first = turn(folder.path(), "r").unwrap();
        assert!(turn(folder.path(), "r").is_err());
        assert!(is_at_work(folder.path(), "r").unwrap());
        assert!(!is_at_work(folder.path(), "other").unwrap());
        drop(first);
        assert!(!is_at_work(folder.path(), "r").unwrap());
        assert!(turn(folder.path(), "r").is_ok());
    }
}
