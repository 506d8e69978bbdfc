//! What the bundle holds, before and after it is written.

use super::contents::Part;
use crate::render::{Report, Table};
use serde_json::{Value, json};

/// The report.
pub(super) struct BundleReport {
    pub(super) planned: bool,
    pub(super) path: String,
    pub(super) names: bool,
    pub(super) records: usize,
    pub(super) parts: Vec<Part>,
}

/// Kinds of data about persons that may be inside.
const PERSONAL: [&str; 2] = ["object ids of accounts", "masked names of accounts"];

impl BundleReport {
    /// What of it is about persons, in a sentence.
    pub(super) fn personal(&self) -> String {
        if self.names {
            "About persons: object ids and user principal names of accounts.".to_owned()
        } else {
            "About persons: object ids of accounts; their names are masked.".to_owned()
        }
    }
}

impl Report for BundleReport {
    fn json(&self) -> Value {
        let files: Vec<Value> = self
            .parts
            .iter()
            .map(|part| json!({ "name": part.name, "bytes": part.text.len(), "holds": part.holds }))
            .collect();
        let personal = if self.names {
            [PERSONAL[0], "user principal names of accounts"]
        } else {
            PERSONAL
        };
        json!({
            "schema": "admin-reset/support-bundle/1",
            "status": if self.planned { "planned" } else { "done" },
            "path": self.path, "records": self.records, "files": files, "personalData": personal,
        })
    }

    fn headline(&self) -> String {
        if self.planned {
            format!("{} would be written; nothing was.", self.path)
        } else {
            format!("{} was written; only you can read it.", self.path)
        }
    }

    fn table(&self) -> Option<Table> {
        Some(self.csv())
    }

    fn csv(&self) -> Table {
        Table {
            columns: vec!["file", "bytes", "holds"],
            rows: self
                .parts
                .iter()
                .map(|part| {
                    vec![
                        part.name.to_owned(),
                        part.text.len().to_string(),
                        part.holds.to_owned(),
                    ]
                })
                .collect(),
        }
    }

    fn notes(&self) -> Vec<String> {
        vec![
            format!("{} records of the journal.", self.records),
            self.personal(),
        ]
    }

    fn next(&self) -> Vec<String> {
        if self.planned {
            Vec::new()
        } else {
            vec![format!("unzip -p {} requests.json", self.path)]
        }
    }
}
