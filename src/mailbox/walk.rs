//! Which files are looked at: those that were named, and in folders those that look like mail. Follows no link inside a folder and
//! opens nothing that is not a file, so that it can neither loop nor hang.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Folders inside folders.
const MOST_DEPTH: usize = 64;

/// A file to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) path: PathBuf,
    /// Named by the person, not found in a folder.
    pub(super) named: bool,
}

/// Endings of index files that mail programs keep beside mail.
const INDEXES: &[&str] = &[
    "msf",
    "dat",
    "sqlite",
    "sqlite-wal",
    "sqlite-shm",
    "db",
    "plist",
    "sbd",
    "cmeta",
    "ev-summary",
    "ibex",
    "idx",
];

/// Files under a path, in a fixed order; a path that is a file is that file.
pub(super) fn files(path: &Path) -> io::Result<Vec<Candidate>> {
    let about = fs::metadata(path)?;
    if about.is_file() {
        return Ok(vec![Candidate {
            path: path.to_path_buf(),
            named: true,
        }]);
    }
    if !about.is_dir() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "it is neither a file nor a folder",
        ));
    }
    let (mut found, mut folders) = (Vec::new(), vec![(path.to_path_buf(), 0)]);
    while let Some((folder, depth)) = folders.pop() {
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(cause) if depth == 0 => return Err(cause),
            Err(_) => continue,
        };
        for entry in entries.flatten() {
            let Ok(kind) = entry.file_type() else {
                continue;
            };
            let path = entry.path();
            if kind.is_dir() && depth < MOST_DEPTH {
                folders.push((path, depth + 1));
            } else if kind.is_file() && !is_index(&path) {
                found.push(Candidate { path, named: false });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

fn is_index(path: &Path) -> bool {
    let ending = path
        .extension()
        .and_then(|ending| ending.to_str())
        .unwrap_or_default()
        .to_ascii_lowercase();
    INDEXES.contains(&&ending[..])
}
