//! `journal verify`: follows the chain of hashes from the first line, and repairs a torn last one when asked to.

use super::{VerifyArgs, no_journal};
use crate::context::Context;
use crate::error::{Error, ErrorCode, Exit, Result};
use crate::journal::{self, Verified};
use crate::render::{Report, Table};
use serde_json::{Value, json};
use std::path::PathBuf;

/// Runs the check.
pub(super) fn verify(args: &VerifyArgs, context: &Context) -> Result<Box<dyn Report>> {
    if let Some(head) = &args.head {
        let head = head.trim();
        if head.len() != 64 || !head.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(Error::new(ErrorCode::BadInput, "--head is no head hash.")
                .why("Rule: a head hash has 64 hexadecimal digits.")
                .fix("Give the `journal head` that the report of a change shows."));
        }
    }
    let path = match &args.file {
        Some(path) => path.clone(),
        None => context.settings.state_dir()?.join(journal::FILE),
    };
    if args.file.is_none() && !path.exists() {
        return Err(no_journal(context)?);
    }
    let repaired = if args.repair {
        journal::repair(context.settings.state_dir()?)?
    } else {
        0
    };
    let found = journal::verify(&path, args.head.as_deref())?;
    Ok(Box::new(Checked {
        path,
        anchor: args.head.is_some(),
        repaired,
        found,
    }))
}

struct Checked {
    path: PathBuf,
    anchor: bool,
    repaired: u64,
    found: Verified,
}

impl Report for Checked {
    fn json(&self) -> Value {
        let mut value = json!(self.found);
        value["schema"] = json!("admin-reset/journal-verify/1");
        value["file"] = json!(self.path.to_string_lossy());
        value["whole"] = json!(self.found.is_sound());
        value["repairedBytes"] = json!(self.repaired);
        value
    }

    fn headline(&self) -> String {
        match (&self.found.broken, self.anchor) {
            (None, true) => format!(
                "The journal is whole: {} records, and the head that was given is among them.",
                self.found.records
            ),
            (None, false) => format!("The journal is whole: {} records.", self.found.records),
            (Some(broken), _) => format!(
                "The journal is NOT whole: line {}: {}.",
                broken.line, broken.problem
            ),
        }
    }

    fn table(&self) -> Option<Table> {
        None
    }

    fn csv(&self) -> Table {
        let text = |value: Option<String>| value.unwrap_or_default();
        Table {
            columns: vec!["file", "whole", "records", "head", "line", "problem"],
            rows: vec![vec![
                self.path.to_string_lossy().into_owned(),
                self.found.is_sound().to_string(),
                self.found.records.to_string(),
                text(self.found.head.clone()),
                text(
                    self.found
                        .broken
                        .as_ref()
                        .map(|broken| broken.line.to_string()),
                ),
                text(
                    self.found
                        .broken
                        .as_ref()
                        .map(|broken| broken.problem.clone()),
                ),
            ]],
        }
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.repaired > 0 {
            notes.push(format!(
                "A torn last line of {} bytes was removed; the journal has a note of that.",
                self.repaired
            ));
        }
        if let Some(head) = &self.found.head {
            notes.push(format!("Head: {head}"));
        }
        if self.found.is_sound() && !self.anchor {
            notes.push("Whether its end was cut off, or all of it was rebuilt, only a head hash that was kept elsewhere shows (--head).".to_owned());
        }
        notes
    }

    fn next(&self) -> Vec<String> {
        match &self.found.broken {
            Some(broken) if broken.is_torn() => {
                vec!["admin-reset journal verify --repair".to_owned()]
            }
            _ => Vec::new(),
        }
    }

    fn exit(&self) -> Exit {
        if self.found.is_sound() {
            Exit::Done
        } else {
            Exit::CheckFailed
        }
    }
}
