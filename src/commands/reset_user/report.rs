//! What `reset-user` reports for one user. Holds where the secret went, never the secret.

mod many;
mod views;

pub(super) use crate::views::{CallerView, JournalView, SecretView, SessionsView, UserView};
pub(super) use many::ManyReset;
pub(super) use views::ResetView;

use super::Args;
use super::prepare::Prepared;
use crate::error::{Error, Exit};
use crate::plan::Step;
use crate::render::{Report, Table};
use crate::sink::Place;
use crate::verdicts;
use crate::views::plan_table;
use serde::Serialize;
use serde_json::{Value, json};

const SCHEMA: &str = "admin-reset/reset-user/1";

/// How a reset ended, in the words of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    Done,
    Planned,
    Partial,
    Unknown,
    Failed,
}

impl Status {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Status::Done => "done",
            Status::Planned => "planned",
            Status::Partial => "partial",
            Status::Unknown => "unknown",
            Status::Failed => "failed",
        }
    }
}

/// The result for one user.
#[derive(Debug)]
pub(super) struct OneReset {
    pub(super) status: Status,
    pub(super) user: UserView,
    pub(super) reset: ResetView,
    pub(super) secret: SecretView,
    pub(super) sessions: Option<SessionsView>,
    pub(super) enabled: Option<bool>,
    /// Collections of the methods that were deleted.
    pub(super) deleted_methods: Vec<String>,
    pub(super) access_pass: Option<Value>,
    pub(super) caller: CallerView,
    pub(super) journal: JournalView,
    pub(super) request_ids: Vec<String>,
    pub(super) plan: Vec<Value>,
    /// What the plan rests on: for the document, and for the first line.
    may: (Value, String),
    pub(super) warnings: Vec<String>,
    pub(super) error: Option<Error>,
}

impl OneReset {
    /// A result before anything happened.
    pub(super) fn begun(prepared: &Prepared, caller: CallerView) -> Self {
        let target = prepared.target.as_ref();
        OneReset {
            status: Status::Failed,
            user: UserView {
                id: Some(prepared.user.id.clone()).filter(|id| !id.is_empty()),
                user_principal_name: prepared.user.user_principal_name.clone(),
                display_name: prepared.user.display_name.clone(),
                roles: prepared.roles(),
                synced: target.and_then(|target| target.synced),
                restricted_unit: target.and_then(|target| target.restricted),
            },
            reset: ResetView::default(),
            secret: SecretView::default(),
            sessions: None,
            enabled: None,
            deleted_methods: Vec::new(),
            access_pass: None,
            caller,
            journal: JournalView::default(),
            request_ids: Vec::new(),
            plan: Vec::new(),
            may: Default::default(),
            warnings: prepared.warnings.clone(),
            error: None,
        }
    }

    /// The result of a dry run.
    pub(super) fn planned(
        prepared: &Prepared,
        caller: CallerView,
        places: Vec<Place>,
        generated: bool,
        args: &Args,
    ) -> Self {
        let mut one = OneReset::begun(prepared, caller);
        one.status = Status::Planned;
        one.plan = prepared
            .plan()
            .iter()
            .map(|step| step.to_json(prepared.upn()))
            .collect();
        one.may = (
            prepared.verdicts_json(),
            verdicts::in_words(&prepared.judged),
        );
        one.reset.via = Some(prepared.via.as_str());
        one.reset.force_change = prepared.steps.iter().find_map(|step| match step {
            Step::ResetPassword { force_change, .. } => Some(*force_change),
            _ => None,
        });
        one.secret = SecretView {
            generated,
            sinks: places,
            ..SecretView::default()
        };
        one.journal.ticket.clone_from(&args.consent.ticket);
        one
    }

    /// A result for a user for whom nothing was sent.
    pub(super) fn refused(name: &str, error: Error) -> Self {
        let object = crate::ids::guid(name);
        OneReset {
            status: Status::Failed,
            user: UserView {
                user_principal_name: object.is_none().then(|| name.to_owned()),
                id: object,
                ..UserView::default()
            },
            reset: ResetView::default(),
            secret: SecretView::default(),
            sessions: None,
            enabled: None,
            deleted_methods: Vec::new(),
            access_pass: None,
            caller: CallerView::default(),
            journal: JournalView::default(),
            request_ids: Vec::new(),
            plan: Vec::new(),
            may: Default::default(),
            warnings: Vec::new(),
            error: Some(error),
        }
    }

    pub(super) fn is_done(&self) -> bool {
        self.status == Status::Done
    }

    pub(super) fn name(&self) -> &str {
        self.user
            .user_principal_name
            .as_deref()
            .or(self.user.id.as_deref())
            .unwrap_or("-")
    }

    fn body(&self) -> Value {
        let mut value = json!({
            "status": self.status,
            "user": self.user,
            "reset": self.reset,
            "secret": self.secret,
            "sessions": self.sessions,
            "caller": self.caller,
            "journal": self.journal,
            "requestIds": self.request_ids,
        });
        if let Some(enabled) = self.enabled {
            value["user"]["enabledByThisRun"] = json!(enabled);
        }
        if let Some(deleted) = super::extras::deleted(self) {
            value["methods"] = deleted;
        }
        if let Some(pass) = &self.access_pass {
            value["accessPass"] = pass.clone();
        }
        if self.status == Status::Planned {
            value["plan"] = json!(self.plan);
            value["verdicts"] = self.may.0.clone();
        }
        let mut warnings = self.warnings.clone();
        if self.changed() {
            warnings.extend(self.secret.sinks.iter().filter_map(Place::caution));
        }
        if !warnings.is_empty() {
            value["warnings"] = json!(warnings);
        }
        if let Some(error) = &self.error {
            value["error"] = error.to_json()["error"].clone();
        }
        value
    }

    pub(super) fn exit_code(&self) -> Exit {
        match (self.status, &self.error) {
            (Status::Done | Status::Planned, _) => Exit::Done,
            (Status::Partial | Status::Unknown, _) => Exit::Partial,
            (Status::Failed, Some(error)) => error.exit(),
            (Status::Failed, None) => Exit::Failure,
        }
    }

    fn row(&self) -> Vec<String> {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        vec![
            text(&self.user.user_principal_name),
            text(&self.user.id),
            self.status.as_str().to_owned(),
            self.reset.via.unwrap_or_default().to_owned(),
            text(&self.journal.operation_id),
            self.exit_code().code().to_string(),
            self.error
                .as_ref()
                .map(|error| error.code().as_str().to_owned())
                .unwrap_or_default(),
        ]
    }

    /// Where the password is, for a sentence.
    fn places(&self) -> String {
        let named: Vec<String> = self
            .secret
            .sinks
            .iter()
            .map(|place| match (place.kind, &place.location) {
                ("tty", _) => "was shown on the terminal".to_owned(),
                ("stdout", _) => "went to standard output".to_owned(),
                _ => format!("is in {place}"),
            })
            .collect();
        named.join(" and ")
    }
}

/// Header of the CSV, as the contract spells it.
pub(super) const COLUMNS: [&str; 7] = [
    "userPrincipalName",
    "id",
    "status",
    "via",
    "operationId",
    "exitCode",
    "errorCode",
];

impl Report for OneReset {
    fn json(&self) -> Value {
        let mut value = json!({ "schema": SCHEMA });
        if let (Value::Object(own), Value::Object(body)) = (&mut value, self.body()) {
            own.extend(body);
        }
        value
    }

    fn headline(&self) -> String {
        let name = self.name();
        let places = self.places();
        let kept = if places.is_empty() {
            String::new()
        } else {
            format!("; the password {places}")
        };
        match self.status {
            Status::Done if self.reset.proven => {
                format!("The password of {name} was reset and read back{kept}.")
            }
            Status::Done => format!("The password of {name} was reset{kept}."),
            Status::Planned => format!(
                "Nothing was changed: this is what would happen to {name}{}.",
                self.may.1
            ),
            Status::Partial => {
                format!("The password of {name} was reset{kept}, and a later step failed.")
            }
            Status::Unknown => {
                format!("Whether the password of {name} was reset is not known{kept}.")
            }
            Status::Failed => format!("The password of {name} was not reset."),
        }
    }

    fn table(&self) -> Option<Table> {
        if self.status == Status::Planned {
            return Some(plan_table(&self.plan));
        }
        let mut rows = vec![vec![
            "account".to_owned(),
            format!(
                "{} ({})",
                self.name(),
                self.user.id.as_deref().unwrap_or("id not read")
            ),
        ]];
        let mut add = |key: &str, value: String| rows.push(vec![key.to_owned(), value]);
        if !self.user.roles.is_empty() {
            add("roles", self.user.roles.join(", "));
        }
        if let Some(via) = self.reset.via {
            add("via", via.to_owned());
        }
        if let Some(at) = &self.reset.last_password_change_date_time {
            add("password changed", at.clone());
        }
        if let Some(force) = self
            .reset
            .force_change
            .filter(|_| self.status != Status::Failed)
        {
            add(
                "change at next sign-in",
                if force {
                    "yes".to_owned()
                } else {
                    "no".to_owned()
                },
            );
        }
        if let Some(policies) = &self.reset.password_policies {
            let side = |key: &str| policies[key].as_str().unwrap_or("not known").to_owned();
            add(
                "password policies",
                format!("{} -> {}", side("before"), side("after")),
            );
        }
        if !self.deleted_methods.is_empty() {
            add("methods deleted", self.deleted_methods.join(", "));
        }
        if let Some(sessions) = &self.sessions {
            add(
                "sessions",
                if sessions.revoked {
                    "ended".to_owned()
                } else {
                    "not ended".to_owned()
                },
            );
        }
        if let Some(id) = &self.journal.operation_id {
            add("operation", id.clone());
        }
        if let Some(head) = &self.journal.head {
            add("journal head", head.clone());
        }
        Some(Table {
            columns: vec!["what", "value"],
            rows,
        })
    }

    fn csv(&self) -> Table {
        Table {
            columns: COLUMNS.to_vec(),
            rows: vec![self.row()],
        }
    }

    fn next(&self) -> Vec<String> {
        let name = crate::consent::shell_word(self.name());
        match self.status {
            Status::Planned => vec![format!(
                "admin-reset reset-user {name} --secret-to file:PATH --confirm {name}"
            )],
            Status::Unknown | Status::Partial => match &self.journal.operation_id {
                Some(id) => vec![format!("admin-reset resume {id} --confirm {name}")],
                None => Vec::new(),
            },
            Status::Done => vec![format!("admin-reset check-security-info {name}")],
            Status::Failed => Vec::new(),
        }
    }

    fn exit(&self) -> Exit {
        self.exit_code()
    }

    fn error(&self) -> Option<Error> {
        self.error.as_ref().map(Error::copied)
    }

    fn changed(&self) -> bool {
        matches!(
            self.status,
            Status::Done | Status::Partial | Status::Unknown
        )
    }
}
