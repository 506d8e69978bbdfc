//! What `recover-own` reports: how far it came, where the secrets are, what became of the second administrator.

use super::ground::First;
use super::second::Second;
use super::{SCHEMA, Then, WHY};
use crate::consent::shell_word;
use crate::error::{Error, Exit};
use crate::plan::Via;
use crate::plan::reset::Done;
use crate::render::{Report, Table};
use crate::sink::Place;
use serde_json::{Value, json};

/// A step that was taken.
#[derive(Debug, Clone)]
pub(super) struct StepView {
    pub(super) step: &'static str,
    pub(super) text: String,
}

/// What is reported.
#[derive(Debug)]
pub(super) struct RecoverReport {
    pub(super) status: &'static str,
    first: (String, String),
    then: Then,
    operation_id: String,
    pub(super) second: Option<Second>,
    pub(super) access_pass: Option<Value>,
    /// Whether the second administrator stays; not known before the end.
    pub(super) kept: Option<bool>,
    reset: Option<Value>,
    /// Where the first password is.
    pub(super) places: Vec<Place>,
    pub(super) steps: Vec<StepView>,
    pub(super) plan: Vec<Value>,
    pub(super) warnings: Vec<String>,
    pub(super) ticket: Option<String>,
    pub(super) head: Option<String>,
    pub(super) error: Option<Error>,
}

impl RecoverReport {
    /// A report before anything happened.
    pub(super) fn begun(first: &First, then: Then, operation_id: &str) -> Self {
        RecoverReport {
            status: "failed",
            first: (first.id.clone(), first.upn.clone()),
            then,
            operation_id: operation_id.to_owned(),
            second: None,
            access_pass: None,
            kept: None,
            reset: None,
            places: Vec::new(),
            steps: Vec::new(),
            plan: Vec::new(),
            warnings: Vec::new(),
            ticket: None,
            head: None,
            error: None,
        }
    }

    pub(super) fn note_second(&mut self, second: &Second) {
        self.second = Some(second.clone());
    }

    pub(super) fn note_reset(&mut self, via: Via, done: &Done, places: Vec<Place>) {
        let user = done.user.as_ref();
        self.reset = Some(json!({
            "via": done.via.unwrap_or(via).as_str(),
            "forceChange": via == Via::Method,
            "operation": done.operation,
            "lastPasswordChangeDateTime": user.and_then(|user| user.last_password_change_date_time.clone()),
            "proven": done.proven,
        }));
        self.warnings.extend(done.warnings.iter().cloned());
        self.places = places;
    }
}

impl Report for RecoverReport {
    fn json(&self) -> Value {
        let then = match self.then {
            Then::Keep => "keep",
            Then::Remove => "remove",
        };
        let steps: Vec<Value> = self
            .steps
            .iter()
            .map(|one| json!({ "step": one.step, "description": one.text }))
            .collect();
        let mut value = json!({
            "schema": SCHEMA,
            "status": self.status,
            "user": { "id": self.first.0, "userPrincipalName": self.first.1 },
            "second": self.second.as_ref().map(|second| json!({
                "id": second.id,
                "userPrincipalName": second.upn,
                "role": super::second::role_name(self.then),
                "sinks": second.places,
                "accessPass": self.access_pass,
                "kept": self.kept,
            })),
            "then": then,
            "reset": self.reset,
            "secret": { "sinks": self.places },
            "steps": steps,
            "why": WHY,
            "journal": { "operationId": self.operation_id, "ticket": self.ticket, "head": self.head },
        });
        if self.status == "planned" {
            value["plan"] = json!(self.plan);
            value["journal"]["operationId"] = Value::Null;
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
        let first = &self.first.1;
        match (self.status, self.kept) {
            ("planned", _) => {
                format!("Nothing was changed: this is how {first} would be recovered.")
            }
            ("done", Some(true)) => format!(
                "{first} is recovered; {} stays as a break-glass account.",
                self.second
                    .as_ref()
                    .map_or("the second one", |second| second.upn.as_str())
            ),
            ("done", _) => {
                format!("{first} is recovered, and the second administrator was deleted.")
            }
            _ => format!("{first} is not recovered yet."),
        }
    }

    fn table(&self) -> Option<Table> {
        if self.status == "planned" {
            return Some(crate::views::plan_table(&self.plan));
        }
        let mut rows: Vec<Vec<String>> = self
            .steps
            .iter()
            .map(|one| vec![one.step.to_owned(), one.text.clone()])
            .collect();
        let places: Vec<String> = self.places.iter().map(ToString::to_string).collect();
        if !places.is_empty() {
            rows.push(vec!["new password".to_owned(), places.join(", ")]);
        }
        rows.push(vec!["operation".to_owned(), self.operation_id.clone()]);
        if let Some(head) = &self.head {
            rows.push(vec!["journal head".to_owned(), head.clone()]);
        }
        Some(Table {
            columns: vec!["step", "what"],
            rows,
        })
    }

    fn csv(&self) -> Table {
        Table {
            columns: vec![
                "userPrincipalName",
                "id",
                "status",
                "secondUserPrincipalName",
                "secondKept",
                "operationId",
                "exitCode",
            ],
            rows: vec![vec![
                self.first.1.clone(),
                self.first.0.clone(),
                self.status.to_owned(),
                self.second
                    .as_ref()
                    .map(|second| second.upn.clone())
                    .unwrap_or_default(),
                self.kept.map(|kept| kept.to_string()).unwrap_or_default(),
                self.operation_id.clone(),
                self.exit().code().to_string(),
            ]],
        }
    }

    fn notes(&self) -> Vec<String> {
        match (self.status, self.kept) {
            ("planned", _) => vec![WHY.to_owned()],
            ("done", Some(true)) => vec![
                "A password alone does not open the portals: register a passkey for the break-glass account, and keep its secret apart from yours.".to_owned(),
            ],
            _ => Vec::new(),
        }
    }

    fn next(&self) -> Vec<String> {
        let check = |upn: &str| format!("admin-reset check-security-info {}", shell_word(upn));
        match (self.status, &self.second) {
            ("planned", _) => Vec::new(),
            ("done", _) => vec![check(&self.first.1)],
            _ => vec![format!(
                "admin-reset recover-own --resume {}",
                self.operation_id
            )],
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
