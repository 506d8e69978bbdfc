//! What `revoke-sessions` reports: one user, or counts and each user's own result.

use super::SCHEMA;
use crate::consent::shell_word;
use crate::error::{Error, Exit, of_several};
use crate::preflight::Judged;
use crate::render::{Report, Table};
use crate::views::{self, CallerView, SessionsView, UserView};
use serde_json::{Value, json};

/// The result for one user.
#[derive(Debug)]
pub(super) struct One {
    pub(super) status: &'static str,
    pub(super) user: UserView,
    pub(super) sessions: SessionsView,
    pub(super) proven: bool,
    pub(super) operation_id: Option<String>,
    pub(super) plan: Vec<Value>,
    /// What the plan rests on: for the document, and for the first line.
    pub(super) may: (Value, String),
    pub(super) error: Option<Error>,
}

impl Default for One {
    fn default() -> Self {
        One {
            status: "failed",
            user: UserView::default(),
            sessions: SessionsView::default(),
            proven: false,
            operation_id: None,
            plan: Vec::new(),
            may: Default::default(),
            error: None,
        }
    }
}

impl One {
    pub(super) fn of(judged: &Judged) -> Self {
        One {
            user: judged.view(),
            ..One::default()
        }
    }

    fn exit(&self) -> Exit {
        match (self.status, &self.error) {
            ("done" | "planned", _) => Exit::Done,
            ("failed", Some(error)) => error.exit(),
            ("failed", None) => Exit::Failure,
            _ => Exit::Partial,
        }
    }

    fn json(&self) -> Value {
        let mut value = json!({
            "status": self.status,
            "user": self.user,
            "sessions": {
                "revoked": self.sessions.revoked,
                "validFrom": self.sessions.valid_from,
                "readBack": self.proven,
            },
            "operationId": self.operation_id,
        });
        if self.status == "planned" {
            value["plan"] = json!(self.plan);
            value["verdicts"] = self.may.0.clone();
        }
        if let Some(error) = &self.error {
            value["error"] = error.to_json()["error"].clone();
        }
        value
    }

    fn row(&self) -> Vec<String> {
        vec![
            self.user.user_principal_name.clone().unwrap_or_default(),
            self.user.id.clone().unwrap_or_default(),
            self.status.to_owned(),
            self.sessions.valid_from.clone().unwrap_or_default(),
            self.operation_id.clone().unwrap_or_default(),
            self.exit().code().to_string(),
            self.error
                .as_ref()
                .map(|error| error.code().as_str().to_owned())
                .unwrap_or_default(),
        ]
    }
}

/// What is reported.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) many: bool,
    pub(super) dry_run: bool,
    pub(super) users: Vec<One>,
    pub(super) caller: CallerView,
    pub(super) ticket: Option<String>,
    pub(super) head: Option<String>,
}

impl Ended {
    fn count(&self, status: &str) -> usize {
        self.users.iter().filter(|one| one.status == status).count()
    }
}

impl Report for Ended {
    fn json(&self) -> Value {
        let journal = json!({ "ticket": self.ticket, "head": self.head });
        if let ([one], false) = (&self.users[..], self.many) {
            let mut value = one.json();
            value["schema"] = json!(SCHEMA);
            value["caller"] = json!(self.caller);
            value["journal"] = journal;
            value["journal"]["operationId"] = json!(one.operation_id);
            return value;
        }
        json!({
            "schema": SCHEMA,
            "summary": {
                "users": self.users.len(),
                "done": self.count("done"),
                "planned": self.count("planned"),
                "unknown": self.count("unknown"),
                "failed": self.count("failed") + self.count("partial"),
            },
            "caller": self.caller,
            "journal": journal,
            "users": self.users.iter().map(One::json).collect::<Vec<_>>(),
        })
    }

    fn jsonl(&self) -> Vec<Value> {
        let own = |one: &One| {
            let mut value = one.json();
            value["schema"] = json!(SCHEMA);
            value
        };
        self.users.iter().map(own).collect()
    }

    fn headline(&self) -> String {
        let (all, done) = (self.users.len(), self.count("done"));
        match (&self.users[..], self.dry_run) {
            ([one], true) if !self.many => format!(
                "Nothing was changed: this is what would happen to {}{}.",
                one.user.name(),
                one.may.1
            ),
            (_, true) => format!(
                "Nothing was changed: the sessions of {} of {all} users would end.",
                self.count("planned")
            ),
            ([one], false) if !self.many && one.status == "done" => format!(
                "All sessions of {} were ended{}.",
                one.user.name(),
                if one.proven {
                    ""
                } else {
                    "; the account does not show it yet"
                }
            ),
            ([one], false) if !self.many => format!(
                "Whether the sessions of {} were ended is not known.",
                one.user.name()
            ),
            _ => format!("The sessions of {done} of {all} users were ended."),
        }
    }

    fn table(&self) -> Option<Table> {
        if let ([one], false) = (&self.users[..], self.many) {
            if self.dry_run {
                return Some(views::plan_table(&one.plan));
            }
            let mut rows = vec![vec![
                "account".to_owned(),
                format!(
                    "{} ({})",
                    one.user.name(),
                    one.user.id.as_deref().unwrap_or("-")
                ),
            ]];
            let mut add = |what: &str, value: &Option<String>| {
                if let Some(value) = value {
                    rows.push(vec![what.to_owned(), value.clone()]);
                }
            };
            add("valid from", &one.sessions.valid_from);
            add("operation", &one.operation_id);
            add("journal head", &self.head);
            return Some(Table {
                columns: vec!["what", "value"],
                rows,
            });
        }
        let why = |one: &One| {
            one.error
                .as_ref()
                .map(|error| error.message().to_owned())
                .unwrap_or_default()
        };
        Some(Table {
            columns: vec!["user", "status", "valid from", "why"],
            rows: self
                .users
                .iter()
                .map(|one| {
                    vec![
                        one.user.name().to_owned(),
                        one.status.to_owned(),
                        one.sessions.valid_from.clone().unwrap_or_default(),
                        why(one),
                    ]
                })
                .collect(),
        })
    }

    fn csv(&self) -> Table {
        Table {
            columns: vec![
                "userPrincipalName",
                "id",
                "status",
                "validFrom",
                "operationId",
                "exitCode",
                "errorCode",
            ],
            rows: self.users.iter().map(One::row).collect(),
        }
    }

    fn next(&self) -> Vec<String> {
        match &self.users[..] {
            [one] if self.dry_run && !self.many => {
                let name = shell_word(one.user.name());
                vec![format!(
                    "admin-reset revoke-sessions {name} --confirm {name}"
                )]
            }
            [one] if one.status == "unknown" => vec![format!(
                "admin-reset revoke-sessions {}",
                shell_word(one.user.name())
            )],
            _ => Vec::new(),
        }
    }

    fn exit(&self) -> Exit {
        Exit::merge(&self.users.iter().map(One::exit).collect::<Vec<_>>())
    }

    fn error(&self) -> Option<Error> {
        let errors: Vec<&Error> = self
            .users
            .iter()
            .filter_map(|one| one.error.as_ref())
            .collect();
        of_several(
            self.exit(),
            &errors,
            self.users.len(),
            |failed, all| {
                format!("The sessions of {failed} of {all} users were not ended cleanly.")
            },
            "Each user's own error is in the report; users that are done need nothing more.",
        )
    }

    fn changed(&self) -> bool {
        self.users
            .iter()
            .any(|one| matches!(one.status, "done" | "unknown" | "partial"))
    }
}
