//! What was set up, or would be, and how to use it.

use super::SCHEMA;
use super::look::Found;
use super::usage::{configuration, consent_link_of, lines};
use super::wanted::Wanted;
use crate::consent::shell_word;
use crate::context::Context;
use crate::error::{Error, ErrorCode, Exit};
use crate::plan::Step;
use crate::policy::Cloud;
use crate::policy::permissions::Kind;
use crate::render::{Report, Table};
use crate::views::plan_table;
use serde_json::{Map, Value, json};

/// A step that was tried.
pub(super) struct StepDone {
    pub(super) step: Step,
    pub(super) outcome: &'static str,
    /// Whether a read afterwards showed it.
    pub(super) shown: bool,
}

/// What the journal and the service know of the run.
pub(super) struct Record {
    pub(super) operation_id: String,
    pub(super) ticket: Option<String>,
    pub(super) head: String,
    pub(super) request_ids: Vec<String>,
}

pub(super) struct Done {
    name: String,
    kind: Kind,
    cloud: Cloud,
    status: &'static str,
    permissions: Vec<(&'static str, &'static str)>,
    not_granted: Option<Vec<String>>,
    excess: Vec<String>,
    roles: Vec<String>,
    role_held: bool,
    app_id: Option<String>,
    object_id: Option<String>,
    principal_id: Option<String>,
    tenant: Option<String>,
    plan: Vec<Value>,
    steps: Vec<(String, String, &'static str)>,
    consent_link: Option<String>,
    configuration: Vec<(&'static str, String)>,
    notes: Vec<String>,
    error: Option<Error>,
    journal: Value,
    request_ids: Vec<String>,
    changed: bool,
}

impl Done {
    /// Nothing was to be done, or nothing was done on purpose.
    pub(super) fn without_changes(
        status: &'static str,
        wanted: &Wanted,
        found: &Found,
        plan: &[Step],
        context: &Context,
    ) -> Self {
        let mut done = Done::about(wanted, found, context);
        done.status = status;
        done.plan = plan.iter().map(|step| step.to_json(&wanted.name)).collect();
        let left = |wanted: fn(&Step) -> bool| plan.iter().any(wanted);
        done.role_held =
            wanted.role.is_some() && !left(|step| matches!(step, Step::AssignRole { .. }));
        done
    }

    /// After the steps were taken.
    pub(super) fn after(
        wanted: &Wanted,
        found: &Found,
        steps: Vec<StepDone>,
        problem: Option<Error>,
        record: &Record,
        context: &Context,
    ) -> Self {
        let mut done = Done::about(wanted, found, context);
        done.status = match problem.as_ref().map(Error::code) {
            None => "done",
            Some(ErrorCode::OutcomeUnknown) => "unknown",
            Some(_) => "partial",
        };
        for one in &steps {
            done.account_for(one, wanted);
        }
        if done.not_granted.as_ref().is_some_and(Vec::is_empty) {
            done.consent_link = None;
        }
        done.error = problem;
        done.journal = json!({
            "operationId": record.operation_id, "ticket": record.ticket, "head": record.head,
        });
        done.request_ids.clone_from(&record.request_ids);
        done.changed = true;
        done
    }

    fn account_for(&mut self, one: &StepDone, wanted: &Wanted) {
        let sentence = one.step.sentence(&wanted.name);
        if !one.shown {
            self.notes.push(format!(
                "Accepted, and not shown yet when it was read back: {sentence}. A second run tells whether it took effect."
            ));
        }
        self.steps
            .push((one.step.journal_name(), sentence, one.outcome));
        if one.outcome != "done" {
            return;
        }
        match &one.step {
            Step::AssignRole { .. } => self.role_held = true,
            Step::App(step) => {
                let granted = step.granted();
                if granted.is_empty() {
                    return;
                }
                // What could not be read before is asked for as a whole.
                let all = || {
                    wanted
                        .permissions
                        .iter()
                        .map(|(name, _)| (*name).to_owned())
                        .collect()
                };
                self.not_granted
                    .get_or_insert_with(all)
                    .retain(|name| !granted.contains(name));
            }
            _ => {}
        }
    }

    fn about(wanted: &Wanted, found: &Found, context: &Context) -> Self {
        let app_id = found.app.as_ref().map(|app| app.app_id.clone());
        let tenant = found.tenant.clone().or_else(|| {
            let named = context.settings.tenant.as_ref();
            named.map(|(tenant, _)| tenant.as_str().to_owned())
        });
        let not_granted = found.not_granted(wanted);
        let open = not_granted.as_ref().is_none_or(|list| !list.is_empty());
        let consent_link = app_id.as_deref().zip(tenant.as_deref());
        let consent_link = consent_link.filter(|_| open).map(|(app, tenant)| {
            consent_link_of(&context.settings.endpoints.login.to_string(), tenant, app)
        });
        let configuration = app_id
            .as_deref()
            .map(|app| configuration(wanted, app, tenant.as_deref().unwrap_or("TENANT")))
            .unwrap_or_default();
        let mut notes = found.notes.clone();
        notes.extend(wanted.notes.iter().cloned());
        Done {
            name: wanted.name.clone(),
            kind: wanted.kind,
            cloud: wanted.cloud,
            status: "done",
            permissions: wanted.permissions.clone(),
            not_granted,
            excess: found.excess(wanted),
            roles: wanted.roles.clone(),
            role_held: false,
            app_id,
            object_id: found.app.as_ref().map(|app| app.id.clone()),
            principal_id: found.principal.as_ref().map(|one| one.id.clone()),
            tenant,
            plan: Vec::new(),
            steps: Vec::new(),
            consent_link,
            configuration,
            notes,
            error: None,
            journal: Value::Null,
            request_ids: Vec::new(),
            changed: false,
        }
    }
}

impl Report for Done {
    fn json(&self) -> Value {
        let permissions: Vec<Value> = self
            .permissions
            .iter()
            .map(|(name, id)| json!({ "name": name, "id": id }))
            .collect();
        let steps: Vec<Value> = self
            .steps
            .iter()
            .map(|(step, what, outcome)| {
                json!({ "step": step, "description": what, "outcome": outcome })
            })
            .collect();
        let configuration: Map<String, Value> = self
            .configuration
            .iter()
            .map(|(key, value)| ((*key).to_owned(), json!(value)))
            .collect();
        json!({
            "schema": SCHEMA,
            "status": self.status,
            "app": {
                "displayName": self.name,
                "kind": self.kind.word(),
                "clientId": self.app_id,
                "objectId": self.object_id,
                "servicePrincipalId": self.principal_id,
            },
            "tenantId": self.tenant,
            "permissions": permissions,
            "notGranted": self.not_granted,
            "excess": self.excess,
            "rolesNeeded": self.roles,
            "roleHeld": self.role_held,
            "consentLink": self.consent_link,
            "plan": self.plan,
            "steps": steps,
            "configuration": configuration,
            "notes": self.notes,
            "journal": self.journal,
            "requestIds": self.request_ids,
        })
    }

    fn headline(&self) -> String {
        let name = &self.name;
        match self.status {
            "planned" if self.plan.is_empty() => {
                format!("{name} is as wanted; nothing would be changed.")
            }
            "planned" if self.plan.len() == 1 => format!("Would take 1 step to set up {name}."),
            "planned" => format!("Would take {} steps to set up {name}.", self.plan.len()),
            "unchanged" => format!("{name} is as wanted; nothing was changed."),
            "done" => format!(
                "{name} is set up: client id {}.",
                self.app_id.as_deref().unwrap_or("not known")
            ),
            _ => format!("{name} is set up in part."),
        }
    }

    fn table(&self) -> Option<Table> {
        if !self.plan.is_empty() {
            return Some(plan_table(&self.plan));
        }
        (!self.steps.is_empty()).then(|| Table {
            columns: vec!["step", "outcome"],
            rows: self
                .steps
                .iter()
                .map(|(_, what, outcome)| vec![what.clone(), (*outcome).to_owned()])
                .collect(),
        })
    }

    fn csv(&self) -> Table {
        let planned = self.plan.iter().map(|step| {
            let text = |key: &str| step[key].as_str().unwrap_or_default().to_owned();
            vec![text("step"), text("description"), "planned".to_owned()]
        });
        let taken = self
            .steps
            .iter()
            .map(|(step, what, outcome)| vec![step.clone(), what.clone(), (*outcome).to_owned()]);
        let rows = planned
            .chain(taken)
            .map(|mut row| {
                row.insert(0, self.app_id.clone().unwrap_or_default());
                row
            })
            .collect();
        Table {
            columns: vec!["clientId", "step", "description", "outcome"],
            rows,
        }
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = self.notes.clone();
        let names: Vec<&str> = self.permissions.iter().map(|(name, _)| *name).collect();
        notes.push(format!("Permissions: {}.", names.join(", ")));
        if !self.excess.is_empty() {
            notes.push(format!(
                "It has more than these commands need, which is left as it is: {}.",
                self.excess.join(", ")
            ));
        }
        if let Some(left) = self.not_granted.as_ref().filter(|left| !left.is_empty())
            && self.app_id.is_some()
        {
            notes.push(format!("Not consented to yet: {}.", left.join(", ")));
        }
        if let Some(link) = &self.consent_link {
            let who = match self.kind {
                Kind::Person => "A Cloud Application Administrator or above",
                Kind::App => "A Privileged Role Administrator or above",
            };
            notes.push(format!(
                "{who} consents at {link} (the page may end at an address where nothing answers), or runs this command with --grant."
            ));
        }
        if !self.roles.is_empty() && !self.role_held {
            let whom = match self.kind {
                Kind::Person => "Whoever signs in needs a directory role",
                Kind::App => "Its service principal needs a directory role",
            };
            notes.push(format!("{whom}: {}.", self.roles.join("; ")));
        }
        notes.extend(lines(self.kind, &self.configuration));
        notes
    }

    fn next(&self) -> Vec<String> {
        if self.error.is_some() || self.status == "planned" {
            return Vec::new();
        }
        match (self.kind, &self.app_id, &self.tenant) {
            (Kind::Person, Some(app), Some(tenant)) => {
                let cloud = if self.cloud == Cloud::default() {
                    String::new()
                } else {
                    format!(" --cloud {}", self.cloud)
                };
                vec![format!(
                    "admin-reset login --tenant {} --client-id {}{cloud}",
                    shell_word(tenant),
                    shell_word(app)
                )]
            }
            _ => Vec::new(),
        }
    }

    fn exit(&self) -> Exit {
        self.error.as_ref().map_or(Exit::Done, Error::exit)
    }

    fn error(&self) -> Option<Error> {
        self.error.as_ref().map(Error::copied)
    }

    fn changed(&self) -> bool {
        self.changed
    }
}
