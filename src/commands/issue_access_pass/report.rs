//! What `issue-access-pass` reports. Holds where the code went, never the code.

use super::SCHEMA;
use crate::consent::shell_word;
use crate::error::{Error, Exit};
use crate::render::{Report, Table};
use crate::views::{self, CallerView, JournalView, UserView};
use serde_json::{Value, json};

/// What is reported. Holds where the code went, never the code.
#[derive(Debug)]
pub(super) struct PassReport {
    pub(super) status: &'static str,
    pub(super) user: UserView,
    pub(super) pass: Option<Value>,
    pub(super) replaced: bool,
    pub(super) caller: CallerView,
    pub(super) journal: JournalView,
    pub(super) request_ids: Vec<String>,
    pub(super) warnings: Vec<String>,
    pub(super) plan: Vec<Value>,
    /// What the plan rests on: for the document, and for the first line.
    pub(super) may: (Value, String),
    pub(super) error: Option<Error>,
}

impl PassReport {
    fn name(&self) -> &str {
        self.user.name()
    }

    fn of(&self, key: &str) -> String {
        match self.pass.as_ref().map(|pass| &pass[key]) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Null) | None => String::new(),
            Some(other) => other.to_string(),
        }
    }
}

impl Report for PassReport {
    fn json(&self) -> Value {
        let mut value = json!({
            "schema": SCHEMA,
            "status": self.status,
            "user": self.user,
            "accessPass": self.pass,
            "replacedExisting": self.replaced,
            "caller": self.caller,
            "journal": self.journal,
            "requestIds": self.request_ids,
        });
        if self.status == "planned" {
            value["plan"] = json!(self.plan);
            value["verdicts"] = self.may.0.clone();
        }
        if !self.warnings.is_empty() {
            value["warnings"] = json!(self.warnings);
        }
        if let Some(error) = &self.error {
            value["error"] = error.to_json()["error"].clone();
        }
        value
    }

    fn headline(&self) -> String {
        let name = self.name();
        match self.status {
            "planned" => format!(
                "Nothing was changed: this is what would happen to {name}{}.",
                self.may.1
            ),
            "done" if self.of("isUsable") == "false" => format!(
                "An access pass was issued for {name}; it works from {} on.",
                self.of("startDateTime")
            ),
            "done" => format!("An access pass was issued for {name}."),
            "partial" => format!("An access pass was issued for {name}, and a later step failed."),
            _ => format!("Whether an access pass was issued for {name} is not known."),
        }
    }

    fn table(&self) -> Option<Table> {
        if self.status == "planned" {
            return Some(views::plan_table(&self.plan));
        }
        let mut rows = vec![vec![
            "account".to_owned(),
            format!(
                "{} ({})",
                self.name(),
                self.user.id.as_deref().unwrap_or("-")
            ),
        ]];
        for (what, key) in [
            ("minutes", "lifetimeInMinutes"),
            ("begins", "startDateTime"),
            ("ends", "endDateTime"),
            ("works once", "isUsableOnce"),
        ] {
            let value = self.of(key);
            if !value.is_empty() {
                rows.push(vec![what.to_owned(), value]);
            }
        }
        if let Some(id) = &self.journal.operation_id {
            rows.push(vec!["operation".to_owned(), id.clone()]);
        }
        if let Some(head) = &self.journal.head {
            rows.push(vec!["journal head".to_owned(), head.clone()]);
        }
        Some(Table {
            columns: vec!["what", "value"],
            rows,
        })
    }

    fn csv(&self) -> Table {
        Table {
            columns: vec![
                "userPrincipalName",
                "id",
                "status",
                "lifetimeInMinutes",
                "startDateTime",
                "endDateTime",
                "isUsableOnce",
                "operationId",
                "exitCode",
            ],
            rows: vec![vec![
                self.user.user_principal_name.clone().unwrap_or_default(),
                self.user.id.clone().unwrap_or_default(),
                self.status.to_owned(),
                self.of("lifetimeInMinutes"),
                self.of("startDateTime"),
                self.of("endDateTime"),
                self.of("isUsableOnce"),
                self.journal.operation_id.clone().unwrap_or_default(),
                self.exit().code().to_string(),
            ]],
        }
    }

    fn notes(&self) -> Vec<String> {
        match self.status {
            "done" => vec!["Sign in with it instead of the password; it counts as multifactor authentication and lets a passkey be registered.".to_owned()],
            _ => Vec::new(),
        }
    }

    fn next(&self) -> Vec<String> {
        let name = shell_word(self.name());
        match self.status {
            "planned" => vec![format!(
                "admin-reset issue-access-pass {name} --secret-to file:PATH --confirm {name}"
            )],
            "done" => vec![format!("admin-reset check-security-info {name}")],
            _ => vec![format!("admin-reset issue-access-pass {name}")],
        }
    }

    fn exit(&self) -> Exit {
        match self.status {
            "done" | "planned" => Exit::Done,
            _ => Exit::Partial,
        }
    }

    fn error(&self) -> Option<Error> {
        self.error.as_ref().map(Error::copied)
    }

    fn changed(&self) -> bool {
        self.status != "planned"
    }
}
