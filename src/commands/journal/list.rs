//! `journal list` and `journal show`: operations as this machine's journal tells them. Asks no service.

use super::{ListArgs, ShowArgs, find};
use crate::consent::shell_word;
use crate::context::Context;
use crate::error::Result;
use crate::journal::{self, Operation};
use crate::render::{Report, Table};
use crate::runs;
use serde_json::{Value, json};
use std::collections::HashSet;

/// `journal list`.
pub(super) fn list(args: &ListArgs, context: &Context) -> Result<Box<dyn Report>> {
    let mut operations = journal::read(context.settings.state_dir()?)?;
    operations.reverse();
    if let Some(user) = &args.user {
        operations.retain(|one| concerns(one, user));
    }
    if args.open {
        operations.retain(Operation::is_unfinished);
    }
    operations.truncate(args.limit.unwrap_or(usize::MAX));
    // A list that cannot be read is told by the command that needs it.
    let runs = match args.user {
        None => runs::all(context.settings.state_dir()?).unwrap_or_default(),
        Some(_) => Vec::new(),
    };
    let runs = runs.into_iter().map(|run| run.id).collect();
    Ok(Box::new(Listed { operations, runs }))
}

/// `journal show`.
pub(super) fn show(args: &ShowArgs, context: &Context) -> Result<Box<dyn Report>> {
    let mut operations = journal::read(context.settings.state_dir()?)?;
    let at = find(&operations, &args.id)?;
    Ok(Box::new(Shown {
        operation: operations.swap_remove(at),
    }))
}

fn concerns(operation: &Operation, user: &str) -> bool {
    [&operation.target.id, &operation.target.user_principal_name]
        .into_iter()
        .flatten()
        .any(|own| own.eq_ignore_ascii_case(user.trim()))
}

fn body(operation: &Operation) -> Value {
    let mut value = json!(operation);
    value["state"] = json!(operation.standing());
    value["unfinished"] = json!(operation.is_unfinished());
    value
}

fn name(operation: &Operation) -> String {
    operation
        .target
        .user_principal_name
        .clone()
        .or_else(|| operation.target.id.clone())
        .unwrap_or_default()
}

struct Listed {
    operations: Vec<Operation>,
    /// Runs that are not at their end, with users they never began.
    runs: Vec<String>,
}

const COLUMNS: [&str; 7] = [
    "operationId",
    "began",
    "command",
    "userPrincipalName",
    "id",
    "state",
    "ticket",
];

impl Report for Listed {
    fn json(&self) -> Value {
        json!({
            "schema": "admin-reset/journal-list/1",
            "operations": self.operations.iter().map(body).collect::<Vec<_>>(),
        })
    }

    fn headline(&self) -> String {
        let open = self
            .operations
            .iter()
            .filter(|one| one.is_unfinished())
            .count();
        match (self.operations.len(), open) {
            (0, _) => "The journal has no such operation.".to_owned(),
            (1, 0) => "One operation, finished.".to_owned(),
            (1, _) => "One operation, not finished.".to_owned(),
            (all, 0) => format!("{all} operations, all finished."),
            (all, open) => format!("{all} operations, {open} of them not finished."),
        }
    }

    fn table(&self) -> Option<Table> {
        Some(Table {
            columns: vec!["operation", "began", "command", "user", "state"],
            rows: self
                .operations
                .iter()
                .map(|one| {
                    vec![
                        one.operation_id.clone(),
                        one.began.clone(),
                        one.command.clone(),
                        name(one),
                        one.standing().to_owned(),
                    ]
                })
                .collect(),
        })
    }

    fn csv(&self) -> Table {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        Table {
            columns: COLUMNS.to_vec(),
            rows: self
                .operations
                .iter()
                .map(|one| {
                    vec![
                        one.operation_id.clone(),
                        one.began.clone(),
                        one.command.clone(),
                        text(&one.target.user_principal_name),
                        text(&one.target.id),
                        one.standing().to_owned(),
                        text(&one.ticket),
                    ]
                })
                .collect(),
        }
    }

    fn jsonl(&self) -> Vec<Value> {
        self.operations
            .iter()
            .map(|one| {
                let mut value = body(one);
                value["schema"] = json!("admin-reset/journal-list/1");
                value
            })
            .collect()
    }

    fn next(&self) -> Vec<String> {
        // A run is gone on with as a whole: with those it never began, too.
        let open = self.operations.iter().filter(|one| one.is_unfinished());
        let mut ids: Vec<&String> = open
            .map(|one| one.how.run.as_ref().unwrap_or(&one.operation_id))
            .chain(&self.runs)
            .collect();
        let mut seen = HashSet::new();
        ids.retain(|id| seen.insert(*id));
        ids.truncate(3);
        ids.into_iter()
            .map(|id| format!("admin-reset resume {}", shell_word(id)))
            .collect()
    }
}

struct Shown {
    operation: Operation,
}

impl Report for Shown {
    fn json(&self) -> Value {
        let mut value = body(&self.operation);
        value["schema"] = json!("admin-reset/journal-show/1");
        value
    }

    fn headline(&self) -> String {
        let one = &self.operation;
        let state = match one.standing() {
            "done" => "is finished",
            "failed" => "changed nothing, or was undone",
            "partial" => "is done in part",
            "unknown" => "has an outcome that is not known",
            _ => "was not brought to its end",
        };
        format!(
            "Operation {} ({} of {}) {state}.",
            one.operation_id,
            one.command,
            name(one)
        )
    }

    fn table(&self) -> Option<Table> {
        Some(Table {
            columns: vec!["step", "state", "begun", "ended", "error"],
            rows: self
                .operation
                .steps
                .iter()
                .map(|step| {
                    let text = |value: &Option<String>| value.clone().unwrap_or_default();
                    vec![
                        step.step.clone(),
                        step.state.as_str().to_owned(),
                        text(&step.at),
                        text(&step.ended_at),
                        text(&step.error),
                    ]
                })
                .collect(),
        })
    }

    fn csv(&self) -> Table {
        let mut table = self.table().unwrap_or_default();
        table.columns = vec!["step", "state", "beganAt", "endedAt", "errorCode"];
        table
    }

    fn notes(&self) -> Vec<String> {
        let one = &self.operation;
        let mut notes = Vec::new();
        let mut add = |what: &str, value: &Option<String>| {
            if let Some(value) = value {
                notes.push(format!("{what}: {value}"));
            }
        };
        add("Account", &one.target.id);
        add("Caller", &one.caller);
        add("Reason", &one.reason);
        add("Ticket", &one.ticket);
        add(
            "Secret",
            &Some(one.sinks.join(", ")).filter(|text| !text.is_empty()),
        );
        add("Sealed copy", &one.how.escrow);
        notes
    }

    fn next(&self) -> Vec<String> {
        if self.operation.is_unfinished() {
            vec![format!(
                "admin-reset resume {}",
                shell_word(&self.operation.operation_id)
            )]
        } else {
            Vec::new()
        }
    }
}
