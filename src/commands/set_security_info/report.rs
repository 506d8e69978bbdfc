//! What `set-security-info` reports: the difference, masked unless asked otherwise, and what became of it.

use super::SCHEMA;
use super::difference::Difference;
use crate::consent::shell_word;
use crate::error::{Error, Exit, of_several};
use crate::preflight::Judged;
use crate::render::{Report, Table};
use crate::views::{CallerView, UserView};
use serde_json::{Value, json};

/// One value, as it is shown.
#[derive(Debug, Clone)]
pub(super) struct Shown {
    what: &'static str,
    action: &'static str,
    before: Option<String>,
    after: Option<String>,
}

/// The result for one user.
#[derive(Debug)]
pub(super) struct OneSet {
    pub(super) status: &'static str,
    pub(super) user: UserView,
    pub(super) changes: Vec<Shown>,
    pub(super) read_back: bool,
    /// After a failure: whether everything is as it was before.
    pub(super) restored: Option<bool>,
    /// Whether something is, or may be, different from before.
    pub(super) touched: bool,
    pub(super) operation_id: Option<String>,
    pub(super) plan: Vec<Value>,
    pub(super) warnings: Vec<String>,
    pub(super) error: Option<Error>,
}

impl OneSet {
    /// A result before anything happened.
    pub(super) fn of(judged: &Judged, difference: &Difference, whole: bool) -> Self {
        let shown = difference
            .changes
            .iter()
            .map(|change| Shown {
                what: change.what,
                action: change.action(),
                before: change.shown(change.before.as_ref(), whole),
                after: change.shown(change.after.as_ref(), whole),
            })
            .collect();
        OneSet {
            status: "failed",
            user: judged.view(),
            changes: shown,
            read_back: false,
            restored: None,
            touched: false,
            operation_id: None,
            plan: Vec::new(),
            warnings: judged
                .warnings
                .iter()
                .chain(&difference.warnings)
                .cloned()
                .collect(),
            error: None,
        }
    }

    /// A user for whom nothing was sent.
    pub(super) fn refused(user: UserView, error: Error) -> Self {
        OneSet {
            status: "failed",
            user,
            changes: Vec::new(),
            read_back: false,
            restored: None,
            touched: false,
            operation_id: None,
            plan: Vec::new(),
            warnings: Vec::new(),
            error: Some(error),
        }
    }

    fn exit(&self) -> Exit {
        match (self.status, &self.error) {
            ("done" | "planned" | "unchanged", _) => Exit::Done,
            ("failed", Some(error)) => error.exit(),
            ("failed", None) => Exit::Failure,
            _ => Exit::Partial,
        }
    }

    fn json(&self) -> Value {
        let changes: Vec<Value> = self
            .changes
            .iter()
            .map(|one| {
                json!({
                    "what": one.what,
                    "action": one.action,
                    "before": one.before,
                    "after": one.after,
                })
            })
            .collect();
        let mut value = json!({
            "status": self.status,
            "user": self.user,
            "changes": changes,
            "readBack": self.read_back,
            "operationId": self.operation_id,
        });
        if let Some(restored) = self.restored {
            value["restored"] = json!(restored);
        }
        if self.status == "planned" {
            value["plan"] = json!(self.plan);
        }
        if !self.warnings.is_empty() {
            value["warnings"] = json!(self.warnings);
        }
        if let Some(error) = &self.error {
            value["error"] = error.to_json()["error"].clone();
        }
        value
    }

    fn of_kind(&self, email: bool) -> Option<&Shown> {
        self.changes
            .iter()
            .find(|one| (one.what == "email") == email)
    }

    fn row(&self) -> Vec<String> {
        let text = |value: Option<&String>| value.cloned().unwrap_or_default();
        let (email, phone) = (self.of_kind(true), self.of_kind(false));
        let action = |one: Option<&Shown>| one.map_or("", |one| one.action).to_owned();
        let after = |one: Option<&Shown>| text(one.and_then(|one| one.after.as_ref()));
        vec![
            text(self.user.user_principal_name.as_ref()),
            text(self.user.id.as_ref()),
            self.status.to_owned(),
            action(email),
            after(email),
            phone.map_or("", |one| one.what).to_owned(),
            action(phone),
            after(phone),
            text(self.operation_id.as_ref()),
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
pub(super) struct SetReport {
    pub(super) many: bool,
    pub(super) dry_run: bool,
    pub(super) users: Vec<OneSet>,
    pub(super) caller: CallerView,
    pub(super) ticket: Option<String>,
    pub(super) head: Option<String>,
}

impl SetReport {
    fn count(&self, status: &str) -> usize {
        self.users.iter().filter(|one| one.status == status).count()
    }

    fn single(&self) -> Option<&OneSet> {
        match &self.users[..] {
            [one] if !self.many => Some(one),
            _ => None,
        }
    }
}

impl Report for SetReport {
    fn json(&self) -> Value {
        let journal = json!({ "ticket": self.ticket, "head": self.head });
        if let Some(one) = self.single() {
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
                "unchanged": self.count("unchanged"),
                "planned": self.count("planned"),
                "partial": self.count("partial"),
                "unknown": self.count("unknown"),
                "failed": self.count("failed"),
            },
            "caller": self.caller,
            "journal": journal,
            "users": self.users.iter().map(OneSet::json).collect::<Vec<_>>(),
        })
    }

    fn jsonl(&self) -> Vec<Value> {
        let own = |one: &OneSet| {
            let mut value = one.json();
            value["schema"] = json!(SCHEMA);
            value
        };
        self.users.iter().map(own).collect()
    }

    fn headline(&self) -> String {
        if let Some(one) = self.single() {
            let name = one.user.name();
            return match one.status {
                "planned" => {
                    format!("Nothing was changed: this is what would happen to {name}.")
                }
                "unchanged" => format!("{name} has what was asked for; nothing was changed."),
                "done" if one.read_back => {
                    format!("The security info of {name} was changed and read back.")
                }
                "done" => format!("The security info of {name} was changed."),
                "partial" => format!("The security info of {name} was changed in part."),
                "unknown" => {
                    format!("Whether the security info of {name} was changed is not known.")
                }
                _ => format!("The security info of {name} is as it was before."),
            };
        }
        let all = self.users.len();
        if self.dry_run {
            return format!(
                "Nothing was changed: {} of {all} users would be changed.",
                self.count("planned")
            );
        }
        format!(
            "{} of {all} users were changed, {} had what was asked for.",
            self.count("done"),
            self.count("unchanged")
        )
    }

    fn table(&self) -> Option<Table> {
        let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
        if let Some(one) = self.single() {
            return Some(Table {
                columns: vec!["what", "action", "before", "after"],
                rows: one
                    .changes
                    .iter()
                    .map(|change| {
                        vec![
                            change.what.to_owned(),
                            change.action.to_owned(),
                            text(&change.before),
                            text(&change.after),
                        ]
                    })
                    .collect(),
            });
        }
        let told = |one: &OneSet, email: bool| {
            one.of_kind(email).map_or_else(String::new, |change| {
                format!("{} {}", change.action, text(&change.after))
            })
        };
        Some(Table {
            columns: vec!["user", "status", "email", "phone", "why"],
            rows: self
                .users
                .iter()
                .map(|one| {
                    vec![
                        one.user.name().to_owned(),
                        one.status.to_owned(),
                        told(one, true),
                        told(one, false),
                        one.error
                            .as_ref()
                            .map(|error| error.message().to_owned())
                            .unwrap_or_default(),
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
                "emailAction",
                "email",
                "phoneType",
                "phoneAction",
                "phone",
                "operationId",
                "exitCode",
                "errorCode",
            ],
            rows: self.users.iter().map(OneSet::row).collect(),
        }
    }

    fn notes(&self) -> Vec<String> {
        match self.single() {
            Some(one) => {
                let mut notes: Vec<String> = Vec::new();
                if let Some(id) = &one.operation_id {
                    notes.push(format!("Operation {id}."));
                }
                notes
            }
            None => Vec::new(),
        }
    }

    fn next(&self) -> Vec<String> {
        match self.single() {
            Some(one) if one.status != "planned" => vec![format!(
                "admin-reset check-security-info {}",
                shell_word(one.user.name())
            )],
            _ => Vec::new(),
        }
    }

    fn exit(&self) -> Exit {
        Exit::merge(&self.users.iter().map(OneSet::exit).collect::<Vec<_>>())
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
            |failed, all| format!("{failed} of {all} users were not changed cleanly."),
            "Each user's own error is in the report; run the command again after mending the causes.",
        )
    }

    fn changed(&self) -> bool {
        self.users.iter().any(|one| one.touched)
    }
}
