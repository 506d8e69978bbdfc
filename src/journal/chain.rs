//! The form of a line and the chain of lines: building, parsing, verifying.
//!
//! A line is the record as JSON with `hash`, the SHA-256 of the line without that last key, at its end. `prev` is the SHA-256 of
//! the whole line before, so `sha256sum` is enough to follow the chain. Pure, but for reading.

use super::Record;
use crate::error::{Error, ErrorCode, Result};
use crate::files;
use serde::Serialize;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// `prev` of the first record.
pub(super) const ZERO: &str = "0000000000000000000000000000000000000000000000000000000000000000";
/// The longest line a journal may hold.
pub(super) const LONGEST: usize = 1024 * 1024;
const KEY: &str = ",\"hash\":\"";

/// SHA-256 in lower-case hexadecimal.
pub(super) fn sha256(bytes: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
    digest
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The line of a record, without line end, and its hash.
pub(super) fn line(record: &Record) -> Result<(String, String)> {
    let mut line = serde_json::to_string(record).map_err(|cause| {
        Error::new(ErrorCode::Internal, "A record cannot be written as JSON.").source(cause)
    })?;
    let hash = sha256(line.as_bytes());
    line.pop();
    line = format!("{line}{KEY}{hash}\"}}");
    if line.len() > LONGEST {
        return Err(Error::new(
            ErrorCode::BadInput,
            "The record is too long for the journal.",
        )
        .why("Rule: a record is at most 1 MiB.")
        .fix("Give a shorter --reason."));
    }
    Ok((line, hash))
}

/// Reads a line back and checks its own hash.
pub(super) fn parse(line: &[u8]) -> std::result::Result<(Record, String), &'static str> {
    let text = std::str::from_utf8(line).map_err(|_| "it is not UTF-8")?;
    let cut = text
        .len()
        .checked_sub(KEY.len() + ZERO.len() + 2)
        .filter(|cut| text.is_char_boundary(*cut))
        .ok_or("it is no record")?;
    let (body, tail) = text.split_at(cut);
    let hash = tail
        .strip_prefix(KEY)
        .and_then(|rest| rest.strip_suffix("\"}"))
        .ok_or("it is no record")?;
    if sha256(format!("{body}}}").as_bytes()) != hash {
        return Err("it does not match its hash");
    }
    let record: Record = serde_json::from_str(text).map_err(|_| "it is no record")?;
    if record.v != 1 {
        return Err("it has a form that this version does not know");
    }
    Ok((record, hash.to_owned()))
}

pub(super) fn damaged(path: &str, line: u64, problem: &str) -> Error {
    let which = if line == 0 {
        "its last line".to_owned()
    } else {
        format!("line {line}")
    };
    Error::new(
        ErrorCode::JournalRefused,
        format!("The journal {path} is damaged."),
    )
    .why(format!("Of {which}: {problem}."))
}

/// A line of the file.
pub(super) struct Line {
    /// From 1.
    pub(super) number: u64,
    /// Without the line end.
    pub(super) bytes: Vec<u8>,
    /// Whether it had one.
    pub(super) whole: bool,
}

/// The lines of a journal, one at a time.
pub(super) struct Lines<R> {
    reader: R,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(reader: R) -> Self {
        Lines { reader, number: 0 }
    }
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = io::Result<Line>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut bytes = Vec::new();
        // A line that never ends must not fill the memory; cut, it fails its hash.
        match self
            .reader
            .by_ref()
            .take(LONGEST as u64 + 1)
            .read_until(b'\n', &mut bytes)
        {
            Err(cause) => return Some(Err(cause)),
            Ok(0) => return None,
            Ok(_) => {}
        }
        self.number += 1;
        let whole = bytes.last() == Some(&b'\n') || bytes.len() > LONGEST;
        if bytes.last() == Some(&b'\n') {
            bytes.pop();
        }
        Some(Ok(Line {
            number: self.number,
            bytes,
            whole,
        }))
    }
}

/// What verifying a journal found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Verified {
    /// Records that are sound, from the first on.
    pub records: u64,
    /// Hash of the last sound record.
    pub head: Option<String>,
    /// Number of the record that has the expected hash.
    pub anchored: Option<u64>,
    /// The first fault.
    pub broken: Option<Broken>,
}

/// Where a journal is broken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Broken {
    /// Line, from 1; one behind the last when the end is missing.
    pub line: u64,
    /// What is wrong.
    pub problem: String,
}

/// What a last line without its end is called.
const TORN: &str = "it is torn";

impl Broken {
    /// Whether the last line is torn, as a run that died leaves it.
    #[must_use]
    pub fn is_torn(&self) -> bool {
        self.problem == TORN
    }
}

impl Verified {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.broken.is_none()
    }
}

/// Goes through a journal from the first record. A head that was kept elsewhere shows whether the end was cut or all was rebuilt.
pub fn verify(path: &Path, expected_head: Option<&str>) -> Result<Verified> {
    let file =
        files::open_to_read(path).map_err(|error| error.recode(ErrorCode::JournalRefused))?;
    follow(BufReader::new(file), expected_head).map_err(|cause| {
        Error::new(
            ErrorCode::JournalRefused,
            format!("{} cannot be read.", files::shown(path)),
        )
        .source(cause)
    })
}

/// Follows the chain through the bytes of a journal.
pub(super) fn follow(reader: impl BufRead, expected_head: Option<&str>) -> io::Result<Verified> {
    let expected = expected_head.map(|head| head.trim().to_ascii_lowercase());
    let mut found = Verified {
        records: 0,
        head: None,
        anchored: None,
        broken: None,
    };
    let mut prev = ZERO.to_owned();
    for line in Lines::new(reader) {
        let line = line?;
        let checked = if line.whole {
            parse(&line.bytes)
        } else {
            Err(TORN)
        };
        let sound = checked.and_then(|(record, hash)| match record {
            record if record.prev != prev => Err("it does not follow the line before"),
            record if record.seq != found.records + 1 => Err("its number does not follow"),
            _ => Ok(hash),
        });
        match sound {
            Ok(hash) => {
                found.records += 1;
                prev = sha256(&line.bytes);
                if expected.as_ref() == Some(&hash) {
                    found.anchored = Some(found.records);
                }
                found.head = Some(hash);
            }
            Err(problem) => {
                found.broken = Some(Broken {
                    line: line.number,
                    problem: problem.to_owned(),
                });
                return Ok(found);
            }
        }
    }
    if expected.is_some() && found.anchored.is_none() {
        let problem = "the expected head is not in the journal: its end was cut, or it was rebuilt"
            .to_owned();
        found.broken = Some(Broken {
            line: found.records + 1,
            problem,
        });
    }
    Ok(found)
}
