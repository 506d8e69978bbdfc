//! Finding a staged secret again, in files and tables that a run left; and taking out of a table what never came into force.
//!
//! Reads what the journal names and nothing else. Never removes the line of a change that may have been made.

use super::csv::HEADER;
use crate::error::{Error, ErrorCode, Result};
use crate::files::{self, Folder, shown};
use crate::secret::Secret;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Largest table that is read.
const MOST: u64 = 64 * 1024 * 1024;

/// The file of a place as the journal spells it.
#[must_use]
pub fn file_of(place: &str) -> Option<PathBuf> {
    place.strip_prefix("file:").map(PathBuf::from)
}

/// The secret of an operation in a place of the journal; `None` where the place cannot be read back or holds no such secret.
pub fn find(place: &str, operation_id: &str) -> Result<Option<Secret>> {
    let Some(path) = file_of(place) else {
        return Ok(None);
    };
    if !path.exists() {
        return Ok(None);
    }
    let bytes = read(&path)?;
    if bytes.starts_with(HEADER) {
        for row in rows(&bytes) {
            if row.operation_id == operation_id {
                return Ok(Some(Secret::new(row.secret.as_str())));
            }
        }
        return Ok(None);
    }
    let text = std::str::from_utf8(&bytes).unwrap_or_default();
    let text = text.strip_suffix('\n').unwrap_or_default();
    if text.is_empty() || text.contains('\n') {
        return Ok(None);
    }
    Ok(Some(Secret::new(text)))
}

pub(super) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>> {
    let file = files::open_to_read(path)?;
    let failed = |cause: std::io::Error| {
        Error::new(
            ErrorCode::SinkRefused,
            format!("{} cannot be read.", shown(path)),
        )
        .source(cause)
    };
    let length = file.metadata().map_err(failed)?.len();
    let mut bytes = Zeroizing::new(Vec::with_capacity(
        usize::try_from(length.min(MOST)).unwrap_or_default() + 1,
    ));
    file.take(MOST).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

struct Row {
    id: String,
    secret: Zeroizing<String>,
    operation_id: String,
    /// Where its bytes end.
    end: usize,
}

/// The whole rows of a table; a torn last one is left out.
fn rows(bytes: &[u8]) -> Vec<Row> {
    let mut found = Vec::new();
    let whole = bytes
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |at| at + 1);
    let mut reader = ::csv::ReaderBuilder::new()
        .flexible(true)
        .from_reader(&bytes[..whole]);
    let mut record = ::csv::StringRecord::new();
    while matches!(reader.read_record(&mut record), Ok(true)) {
        if let (Some(secret), Some(operation_id)) = (record.get(2), record.get(3)) {
            found.push(Row {
                id: record.get(1).unwrap_or_default().to_owned(),
                secret: Zeroizing::new(secret.to_owned()),
                operation_id: operation_id.to_owned(),
                end: usize::try_from(reader.position().byte()).unwrap_or(usize::MAX),
            });
        }
    }
    found
}

/// The users of a table with the place of their lines; none when it is no table of ours. What was cut is left out.
pub(super) fn spans(bytes: &[u8]) -> Option<Vec<(String, std::ops::Range<usize>)>> {
    if !bytes.starts_with(HEADER) {
        return None;
    }
    let mut start = HEADER.len();
    let spans = rows(bytes).into_iter().map(|row| {
        let span = start..row.end;
        start = row.end;
        (row.id, span)
    });
    Some(spans.collect())
}

/// Takes the rows out of a table whose operation `opens_nothing` says so, atomically; how many they were.
pub fn tidy(path: &Path, opens_nothing: impl Fn(&str) -> bool) -> Result<usize> {
    if !path.exists() {
        return Ok(0);
    }
    let bytes = read(path)?;
    if !bytes.starts_with(HEADER) {
        return Ok(0);
    }
    let all = rows(&bytes);
    let mut kept = Zeroizing::new(Vec::with_capacity(bytes.len()));
    kept.extend_from_slice(HEADER);
    let (mut start, mut dropped) = (HEADER.len(), 0);
    for row in &all {
        if opens_nothing(&row.operation_id) {
            dropped += 1;
        } else if let Some(line) = bytes.get(start..row.end) {
            kept.extend_from_slice(line);
        }
        start = row.end;
    }
    if kept.len() == bytes.len() {
        return Ok(0);
    }
    let (folder, name) = files::split(path)?;
    let folder = Folder::open(&folder)?;
    let ours = files::open_to_read(path)?;
    folder
        .replace(&name, &ours, &kept)?
        .flush()
        .map_err(|cause| {
            Error::new(
                ErrorCode::SinkRefused,
                format!("{} cannot be written.", shown(path)),
            )
            .source(cause)
        })?;
    Ok(dropped)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(lines: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new.csv");
        let text = format!("{}{lines}", String::from_utf8_lossy(HEADER));
        std::fs::write(&path, text).unwrap();
        (folder, path)
    }

    fn found(path: &Path, id: &str) -> Option<String> {
        find(&format!("file:{}", path.display()), id)
            .unwrap()
            .map(|secret| secret.expose().to_owned())
    }

    #[test]
    fn a_secret_is_found_by_its_operation() {
        let (folder, path) = table("ada@x.y,1,\"Aa,\"\"1\",op-1\nbo@x.y,2,Bb2,op-2\ncy@x.y,3,Cc");
        assert_eq!(found(&path, "op-1").as_deref(), Some("Aa,\"1"));
        assert_eq!(found(&path, "op-2").as_deref(), Some("Bb2"));
        assert_eq!(found(&path, "op-3"), None);
        let alone = folder.path().join("p.txt");
        std::fs::write(&alone, "Quartz-1\n").unwrap();
        assert_eq!(found(&alone, "any").as_deref(), Some("Quartz-1"));
        for bad in ["", "torn", "two\nlines\n"] {
            std::fs::write(&alone, bad).unwrap();
            assert_eq!(found(&alone, "any"), None, "{bad:?}");
        }
        assert!(find("tty", "any").unwrap().is_none());
        assert!(find("file:/nowhere/at/all", "any").unwrap().is_none());
    }

    #[test]
    fn only_what_opens_nothing_goes() {
        let (_folder, path) = table("ada@x.y,1,Aa1,op-1\nbo@x.y,2,\"B\"\"b\",op-2\ncy@x.y,3,Cc");
        assert_eq!(tidy(&path, |id| id == "op-1").unwrap(), 1);
        let left = std::fs::read_to_string(&path).unwrap();
        assert_eq!(
            left,
            format!(
                "{}bo@x.y,2,\"B\"\"b\",op-2\n",
                String::from_utf8_lossy(HEADER)
            )
        );
        assert_eq!(tidy(&path, |_| false).unwrap(), 0);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), left);
    }
}
