//! What was found, as a report: settings with their origin, checks, commands.

use super::check::{Check, SignedIn, Status};
use super::judge::{Excess, Standing, State};
use super::redact;
use crate::error::Exit;
use crate::policy::reset::{CallerKind, HeldRole, capital};
use crate::render::{Report, Table};
use crate::settings::{Given, Settings, Told};
use serde_json::{Value, json};
use std::time::SystemTime;

/// Everything that was found.
pub(crate) struct Findings {
    settings: Vec<Told>,
    cloud: &'static str,
    /// Commands that have to work.
    pub(super) wanted: Vec<&'static str>,
    pub(super) checks: Vec<Check>,
    pub(super) commands: Vec<State>,
    pub(super) excess: Excess,
    pub(super) caller: Option<SignedIn>,
    /// The sign-in service's clock, and ours at that moment.
    pub(super) login_date: Option<(SystemTime, SystemTime)>,
    /// Graph's clock, likewise.
    pub(super) graph_date: Option<(SystemTime, SystemTime)>,
}

impl Findings {
    pub(super) fn of(settings: &Settings, wanted: Vec<&'static str>) -> Self {
        Findings {
            settings: settings.told(),
            cloud: settings.endpoints.cloud.name(),
            wanted,
            checks: Vec::new(),
            commands: Vec::new(),
            excess: Excess::default(),
            caller: None,
            login_date: None,
            graph_date: None,
        }
    }

    /// The document for somebody else's eyes: without settings and paths, and with names of accounts masked unless `names` says whole.
    pub(crate) fn for_support(&self, names: bool) -> Value {
        let mut document = self.json();
        if let Some(map) = document.as_object_mut() {
            map.remove("settings");
        }
        let paths: Vec<&str> = self
            .settings
            .iter()
            .filter(|one| matches!(one.name, "caFile" | "configDir" | "stateDir"))
            .filter_map(|one| one.value.as_deref())
            .collect();
        redact::redact(&mut document, &paths, names);
        document
    }

    pub(super) fn add(&mut self, check: Check) {
        self.checks.push(check);
    }

    /// A command counts when it was named.
    fn counts(&self, state: &State) -> bool {
        self.wanted.contains(&state.command)
    }

    fn failed(&self) -> usize {
        let checks = self
            .checks
            .iter()
            .filter(|check| check.status == Status::Fail)
            .count();
        let commands = self
            .commands
            .iter()
            .filter(|state| self.counts(state) && state.usable == Some(false))
            .count();
        checks + commands
    }

    fn undecided(&self) -> usize {
        let checks = self
            .checks
            .iter()
            .filter(|check| check.status == Status::Unknown)
            .count();
        let commands = self
            .commands
            .iter()
            .filter(|state| self.counts(state) && state.usable.is_none())
            .count();
        // Without a sign-in nothing can be said about the commands that were named.
        let unsaid = self
            .wanted
            .iter()
            .filter(|name| !self.commands.iter().any(|state| state.command == **name))
            .count();
        checks + commands + unsaid
    }
}

fn roles(list: &[HeldRole]) -> Vec<Value> {
    list.iter()
        .map(|role| {
            json!({ "name": role.display_name(), "templateId": role.template_id, "viaGroup": role.via_group })
        })
        .collect()
}

fn role_words(standing: Standing, needed: &[String]) -> String {
    let needed = needed.join(" and ");
    match standing {
        Standing::NotNeeded => "no role needed".to_owned(),
        Standing::Active => "role held".to_owned(),
        Standing::Eligible => format!("to be activated: {needed}"),
        Standing::InUnit => "role held for a unit only".to_owned(),
        Standing::Missing => format!("not held: {needed}"),
        Standing::Unknown => format!("not known whether held: {needed}"),
    }
}

/// What a command has and lacks, in one sentence.
fn command_words(state: &State) -> String {
    if !state.possible {
        return "Not offered to this caller here.".to_owned();
    }
    let mut parts: Vec<String> = Vec::new();
    if !state.missing.is_empty() {
        parts.push(format!("lacks {}", state.missing.join(", ")));
    }
    parts.push(role_words(state.role, &state.role_needed));
    let admins = role_words(
        state.role_for_administrators,
        &state.role_needed_for_administrators,
    );
    if state.role_for_administrators != state.role
        || state.role_needed_for_administrators != state.role_needed
    {
        parts.push(format!("for accounts of administrators {admins}"));
    }
    if !state.missing_for_full_answer.is_empty() {
        parts.push(format!(
            "less is known without {}",
            state.missing_for_full_answer.join(", ")
        ));
    }
    parts.extend(
        state
            .flags
            .iter()
            .map(|flag| format!("{} lacks {}", flag.flag, flag.missing.join(", "))),
    );
    let mut text = parts.join("; ");
    text.push('.');
    capital(&text)
}

impl State {
    const fn status(&self) -> &'static str {
        match self.usable {
            Some(true) => "ok",
            Some(false) => "lacks",
            None => "unknown",
        }
    }
}

impl Report for Findings {
    fn json(&self) -> Value {
        let settings: Vec<Value> = self
            .settings
            .iter()
            .map(|one| json!({ "name": one.name, "value": one.value, "from": one.from.as_str() }))
            .collect();
        let checks: Vec<Value> = self
            .checks
            .iter()
            .map(|one| {
                json!({
                    "check": one.check,
                    "status": one.status.word(),
                    "found": one.found,
                    "fix": one.fix,
                })
            })
            .collect();
        let caller = self.caller.as_ref().map(|signed_in| {
            let caller = &signed_in.caller;
            json!({
                "kind": match caller.kind { CallerKind::AppOnly => "app", CallerKind::Delegated => "user" },
                "name": signed_in.name,
                "id": caller.id,
                "tenantId": signed_in.tenant_id,
                "roles": roles(caller.roles.items()),
                "rolesComplete": caller.roles.is_complete(),
                "eligibleRoles": roles(caller.eligible.items()),
                "permissions": if caller.permissions.is_complete() { json!(caller.permissions.items()) } else { Value::Null },
            })
        });
        json!({
            "schema": "admin-reset/doctor/1",
            "ok": self.exit() == Exit::Done,
            "cloud": self.cloud,
            "settings": settings,
            "checks": checks,
            "caller": caller,
            "excess": self.excess.unused,
            "broader": self.excess.broader,
            "commands": self.commands,
        })
    }

    fn headline(&self) -> String {
        let lacking = self
            .commands
            .iter()
            .filter(|state| !self.counts(state) && state.usable != Some(true))
            .count();
        match (self.failed(), self.undecided()) {
            (0, 0) if lacking == 0 => "All is well.".to_owned(),
            (0, 0) => format!(
                "All is well; {lacking} of {} commands lack something.",
                self.commands.len()
            ),
            (0, 1) => "One thing could not be decided.".to_owned(),
            (0, n) => format!("{n} things could not be decided."),
            (1, _) => "One thing is wrong.".to_owned(),
            (n, _) => format!("{n} things are wrong."),
        }
    }

    fn table(&self) -> Option<Table> {
        let mut rows = Vec::new();
        let add_fix = |rows: &mut Vec<Vec<String>>, fix: &str| {
            rows.push(vec![String::new(), String::new(), format!("Fix: {fix}")]);
        };
        for one in &self.checks {
            rows.push(vec![
                one.check.to_owned(),
                one.status.word().to_owned(),
                one.found.clone(),
            ]);
            if let Some(fix) = &one.fix {
                add_fix(&mut rows, fix);
            }
        }
        for state in &self.commands {
            rows.push(vec![
                state.command.to_owned(),
                state.status().to_owned(),
                command_words(state),
            ]);
            for fix in &state.fix {
                add_fix(&mut rows, fix);
            }
        }
        Some(Table {
            columns: vec!["check", "status", "found"],
            rows,
        })
    }

    fn csv(&self) -> Table {
        let checks = self.checks.iter().map(|one| {
            vec![
                one.check.to_owned(),
                one.status.word().to_owned(),
                one.found.clone(),
                one.fix.clone().unwrap_or_default(),
            ]
        });
        let commands = self.commands.iter().map(|state| {
            vec![
                state.command.to_owned(),
                state.status().to_owned(),
                command_words(state),
                state.fix.join(" "),
            ]
        });
        Table {
            columns: vec!["check", "status", "found", "fix"],
            rows: checks.chain(commands).collect(),
        }
    }

    fn notes(&self) -> Vec<String> {
        self.settings
            .iter()
            .filter(|one| one.from != Given::Default)
            .filter_map(|one| {
                Some(format!(
                    "{}: {} ({})",
                    one.name,
                    one.value.as_ref()?,
                    one.from.as_str()
                ))
            })
            .collect()
    }

    fn exit(&self) -> Exit {
        if self.failed() > 0 {
            Exit::CheckFailed
        } else if self.undecided() > 0 {
            Exit::Undecided
        } else {
            Exit::Done
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(status: Status) -> Findings {
        Findings {
            settings: Vec::new(),
            cloud: "global",
            wanted: Vec::new(),
            checks: vec![Check::new("dns", status, "x".to_owned())],
            commands: Vec::new(),
            excess: Excess::default(),
            caller: None,
            login_date: None,
            graph_date: None,
        }
    }

    #[test]
    fn what_is_wrong_beats_what_is_not_decided() {
        for (status, exit) in [
            (Status::Ok, Exit::Done),
            (Status::Note, Exit::Done),
            (Status::Warn, Exit::Done),
            (Status::Skipped, Exit::Done),
            (Status::Unknown, Exit::Undecided),
            (Status::Fail, Exit::CheckFailed),
        ] {
            assert_eq!(findings(status).exit(), exit, "{status:?}");
        }
        let mut both = findings(Status::Fail);
        both.add(Check::new("graph", Status::Unknown, "y".to_owned()));
        assert_eq!(both.exit(), Exit::CheckFailed);
        // A command that was named and about which nothing is known.
        let mut named = findings(Status::Ok);
        named.wanted.push("reset-user");
        assert_eq!(named.exit(), Exit::Undecided);
    }
}
