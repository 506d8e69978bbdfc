//! What `journal match` reports: each step with its verdict, then the resets nobody here made.

use super::matching::{Pairing, Verdict};
use crate::error::Exit;
use crate::render::{Report, Table};
use serde_json::{Value, json};

/// The comparison of one period.
pub(super) struct Matched {
    pub(super) from: String,
    pub(super) until: String,
    /// Records of the log in the period.
    pub(super) records: usize,
    /// Operations older than the period.
    pub(super) older: usize,
    /// Operations in other tenants.
    pub(super) elsewhere: usize,
    pub(super) pairings: Vec<Pairing>,
}

impl Matched {
    fn count(&self, verdict: Verdict) -> usize {
        self.pairings
            .iter()
            .filter(|one| one.verdict == verdict)
            .count()
    }
}

fn body(one: &Pairing) -> Value {
    json!({
        "operationId": one.operation_id,
        "step": one.step,
        "userPrincipalName": one.user_name,
        "id": one.user_id,
        "at": one.at,
        "by": one.by,
        "verdict": one.verdict.as_str(),
        "why": one.why,
        "records": one.evidence.iter().map(|record| json!({
            "id": record.id, "activity": record.activity, "at": record.at, "correlated": record.correlated,
        })).collect::<Vec<_>>(),
    })
}

impl Report for Matched {
    fn json(&self) -> Value {
        let (ours, foreign): (Vec<&Pairing>, Vec<&Pairing>) = self
            .pairings
            .iter()
            .partition(|one| one.operation_id.is_some());
        json!({
            "schema": "admin-reset/journal-match/1",
            "period": { "from": self.from, "until": self.until },
            "summary": {
                "matched": self.count(Verdict::Matched),
                "missing": self.count(Verdict::Missing),
                "contradicted": self.count(Verdict::Contradicted),
                "foreign": self.count(Verdict::Foreign),
                "undecided": self.count(Verdict::Undecided),
                "notCompared": self.count(Verdict::NotCompared),
                "recordsRead": self.records,
                "olderOperations": self.older,
                "otherTenants": self.elsewhere,
            },
            "entries": ours.into_iter().map(body).collect::<Vec<_>>(),
            "unclaimed": foreign.into_iter().map(body).collect::<Vec<_>>(),
        })
    }

    fn headline(&self) -> String {
        let mut parts = Vec::new();
        for (verdict, words) in [
            (Verdict::Missing, "of the journal not in Entra's log"),
            (Verdict::Contradicted, "contradicted by Entra's log"),
            (Verdict::Foreign, "of Entra's resets not in the journal"),
            (Verdict::Undecided, "not to be decided"),
        ] {
            let count = self.count(verdict);
            if count > 0 {
                parts.push(format!("{count} {words}"));
            }
        }
        let matched = self.count(Verdict::Matched);
        if parts.is_empty() {
            return format!(
                "Journal and Entra's audit log agree since {}: {matched} steps compared.",
                self.from
            );
        }
        format!(
            "Since {}: {matched} steps match; {}.",
            self.from,
            parts.join(", ")
        )
    }

    fn table(&self) -> Option<Table> {
        Some(Table {
            columns: vec!["step", "user", "at", "by", "verdict", "why"],
            rows: self
                .pairings
                .iter()
                .map(|one| {
                    let text = |value: &Option<String>| value.clone().unwrap_or_default();
                    vec![
                        one.step.clone(),
                        one.user_name
                            .clone()
                            .or_else(|| one.user_id.clone())
                            .unwrap_or_default(),
                        text(&one.at),
                        text(&one.by),
                        one.verdict.as_str().to_owned(),
                        one.why.clone(),
                    ]
                })
                .collect(),
        })
    }

    fn csv(&self) -> Table {
        Table {
            columns: vec![
                "operationId",
                "step",
                "userPrincipalName",
                "id",
                "at",
                "by",
                "verdict",
                "recordIds",
                "why",
            ],
            rows: self
                .pairings
                .iter()
                .map(|one| {
                    let text = |value: &Option<String>| value.clone().unwrap_or_default();
                    vec![
                        text(&one.operation_id),
                        one.step.clone(),
                        text(&one.user_name),
                        text(&one.user_id),
                        text(&one.at),
                        text(&one.by),
                        one.verdict.as_str().to_owned(),
                        one.evidence
                            .iter()
                            .map(|record| record.id.as_str())
                            .collect::<Vec<_>>()
                            .join(" "),
                        one.why.clone(),
                    ]
                })
                .collect(),
        }
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.older > 0 {
            notes.push(format!(
                "{} operations are older than the period and were not compared.",
                self.older
            ));
        }
        if self.elsewhere > 0 {
            notes.push(format!(
                "{} operations belong to another tenant.",
                self.elsewhere
            ));
        }
        notes
    }

    fn exit(&self) -> Exit {
        let any = |verdicts: &[Verdict]| verdicts.iter().any(|one| self.count(*one) > 0);
        if any(&[Verdict::Missing, Verdict::Contradicted, Verdict::Foreign]) {
            Exit::CheckFailed
        } else if any(&[Verdict::Undecided]) {
            Exit::Undecided
        } else {
            Exit::Done
        }
    }
}
