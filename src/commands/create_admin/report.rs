//! What `create-admin` reports. Holds where the secret went, never the secret; never calls an account ready.

pub(super) use super::account::{OneAccount, Status};

use super::wanted::{TenantView, Warning};
use crate::consent::shell_word;
use crate::error::{Error, ErrorCode, Exit};
use crate::render::{Report, Table};
use serde_json::{Value, json};

const SCHEMA: &str = "admin-reset/create-admin/1";

/// The whole report.
#[derive(Debug)]
pub(super) struct CreateReport {
    pub(super) tenant: TenantView,
    pub(super) accounts: Vec<OneAccount>,
    pub(super) warnings: Vec<Warning>,
    pub(super) ticket: Option<String>,
    pub(super) head: Option<String>,
    pub(super) request_ids: Vec<String>,
    /// The command line that carries out what a dry run showed.
    pub(super) go_on: Option<String>,
    /// Whether the accounts are for emergencies, and what is left to do is told.
    pub(super) break_glass: bool,
}

impl CreateReport {
    fn status(&self) -> Status {
        let any = |status: Status| self.accounts.iter().any(|one| one.status == status);
        let all = |status: Status| self.accounts.iter().all(|one| one.status == status);
        if any(Status::Unknown) {
            Status::Unknown
        } else if any(Status::Partial) {
            Status::Partial
        } else if any(Status::Planned) {
            Status::Planned
        } else if all(Status::Exists) {
            Status::Exists
        } else if any(Status::Failed) || any(Status::Skipped) {
            if any(Status::Done) {
                Status::Partial
            } else {
                Status::Failed
            }
        } else {
            Status::Done
        }
    }

    fn merged(&self) -> Exit {
        // An account that is there as wanted has nothing done to it: it decides nothing beside others.
        let exits: Vec<Exit> = self
            .accounts
            .iter()
            .filter(|one| {
                one.status != Status::Skipped
                    && !(one.status == Status::Exists && one.error.is_none())
            })
            .map(OneAccount::exit_code)
            .collect();
        Exit::merge(&exits)
    }

    /// The operation of the first account; the second one of a pair has its own.
    fn operation_id(&self) -> Option<&str> {
        self.accounts
            .iter()
            .find_map(|one| one.operation_id.as_deref())
    }

    fn names(&self, status: Status) -> String {
        self.accounts
            .iter()
            .filter(|one| one.status == status)
            .map(|one| one.upn.clone())
            .collect::<Vec<_>>()
            .join(" and ")
    }
}

impl Report for CreateReport {
    fn json(&self) -> Value {
        let mut value = json!({
            "schema": SCHEMA,
            "status": self.status(),
            "tenant": self.tenant,
            "accounts": self.accounts.iter().map(OneAccount::json).collect::<Vec<_>>(),
            "warnings": self.warnings,
            "journal": { "operationId": self.operation_id(), "ticket": self.ticket, "head": self.head },
            "requestIds": self.request_ids,
        });
        if self.status() == Status::Planned {
            value["plan"] = self
                .accounts
                .iter()
                .flat_map(|one| one.plan.clone())
                .collect();
        }
        value
    }

    fn headline(&self) -> String {
        let domain = &self.tenant.initial_domain;
        let caution = if self.break_glass {
            "; a password alone does not open the admin portals"
        } else {
            ""
        };
        let verb = |created: &str, finished: &str| {
            if self
                .accounts
                .iter()
                .any(|one| one.status == Status::Done && one.created)
            {
                created.to_owned()
            } else {
                finished.to_owned()
            }
        };
        match self.status() {
            Status::Done => format!(
                "{} in {domain}: {}{caution}.",
                verb("Created", "Finished"),
                self.names(Status::Done)
            ),
            Status::Planned => {
                format!("Nothing was changed: this is what would happen in {domain}.")
            }
            Status::Exists if self.accounts.iter().all(|one| one.error.is_none()) => format!(
                "Nothing to do: {} exists as asked for.",
                self.names(Status::Exists)
            ),
            Status::Exists => format!(
                "Nothing was changed: {} exists and differs.",
                self.names(Status::Exists)
            ),
            Status::Partial => format!("Partly done in {domain}: see what exists below."),
            Status::Unknown => format!(
                "Whether {} is complete is not known; its password is kept.",
                self.names(Status::Unknown)
            ),
            Status::Failed | Status::Skipped => format!("No account was created in {domain}."),
        }
    }

    fn table(&self) -> Option<Table> {
        if self.status() == Status::Planned {
            let steps = self.accounts.iter().flat_map(|one| &one.plan);
            let text = |step: &Value, key: &str| step[key].as_str().unwrap_or_default().to_owned();
            let rows = steps
                .enumerate()
                .map(|(index, step)| {
                    vec![
                        (index + 1).to_string(),
                        text(step, "step"),
                        text(step, "description"),
                    ]
                })
                .collect();
            return Some(Table {
                columns: vec!["#", "step", "what"],
                rows,
            });
        }
        let rows = self
            .accounts
            .iter()
            .map(|one| {
                vec![
                    one.upn.clone(),
                    one.id.clone().unwrap_or_else(|| "-".to_owned()),
                    one.status.as_str().to_owned(),
                    one.role_names(),
                    if one.places().is_empty() {
                        "-".to_owned()
                    } else {
                        one.places()
                    },
                ]
            })
            .collect();
        Some(Table {
            columns: vec!["account", "id", "status", "roles", "password in"],
            rows,
        })
    }

    fn csv(&self) -> Table {
        let rows = self
            .accounts
            .iter()
            .map(|one| {
                vec![
                    one.upn.clone(),
                    one.id.clone().unwrap_or_default(),
                    one.status.as_str().to_owned(),
                    one.role_names(),
                    one.operation_id.clone().unwrap_or_default(),
                    one.exit_code().code().to_string(),
                    one.error
                        .as_ref()
                        .map(|error| error.code().as_str().to_owned())
                        .unwrap_or_default(),
                ]
            })
            .collect();
        Table {
            columns: vec![
                "userPrincipalName",
                "id",
                "status",
                "roles",
                "operationId",
                "exitCode",
                "errorCode",
            ],
            rows,
        }
    }

    fn notes(&self) -> Vec<String> {
        let mut notes: Vec<String> = self
            .accounts
            .iter()
            .flat_map(|one| {
                one.differences.iter().map(|difference| {
                    format!(
                        "{}: {} is {}, expected {}.",
                        one.upn, difference.property, difference.found, difference.expected
                    )
                })
            })
            .collect();
        notes.extend(
            self.warnings
                .iter()
                .map(|warning| format!("Note: {}", warning.message)),
        );
        let operations: Vec<&str> = self
            .accounts
            .iter()
            .filter_map(|one| one.operation_id.as_deref())
            .collect();
        if !operations.is_empty() {
            let head = self.head.as_ref();
            let head = head.map_or(String::new(), |head| format!(", journal head {head}"));
            notes.push(format!("Operation {}{head}.", operations.join(" and ")));
        }
        notes
    }

    fn next(&self) -> Vec<String> {
        if let Some(line) = &self.go_on {
            return vec![line.clone()];
        }
        let mut lines = Vec::new();
        for one in &self.accounts {
            let name = shell_word(&one.upn);
            match one.status {
                Status::Done if self.break_glass => lines.push(format!(
                    "admin-reset check-security-info {name} --require passkey"
                )),
                Status::Done => lines.push(format!("admin-reset check-security-info {name}")),
                _ => {}
            }
        }
        lines
    }

    fn exit(&self) -> Exit {
        self.merged()
    }

    fn error(&self) -> Option<Error> {
        let exit = self.merged();
        if exit == Exit::Done {
            return None;
        }
        let troubled: Vec<&OneAccount> = self
            .accounts
            .iter()
            .filter(|one| one.exit_code() != Exit::Done && one.status != Status::Skipped)
            .collect();
        let first = troubled.first().and_then(|one| one.error.as_ref())?;
        if first.exit() == exit {
            return Some(first.copied());
        }
        let done = self.names(Status::Done);
        let mut words = format!("{} {}", first.message(), first.cause().unwrap_or_default());
        if !done.is_empty() {
            words = format!("{done} is done. {words}");
        }
        Some(
            Error::new(
                ErrorCode::PartlyDone,
                "Not every account was created cleanly.",
            )
            .why(words.trim().to_owned())
            .fix(first.remedy().to_owned())
            .service(first.said().clone()),
        )
    }

    fn changed(&self) -> bool {
        self.accounts.iter().any(|one| {
            one.created || matches!(one.status, Status::Done | Status::Partial | Status::Unknown)
        })
    }
}

#[cfg(test)]
mod tests;
