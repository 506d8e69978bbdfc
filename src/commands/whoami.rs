//! `whoami`: who is signed in, where, with what, until when, and where each setting came from. Shows no secret.

use crate::context::Context;
use crate::error::{Error, ErrorCode, Result};
use crate::facts::{self, Surroundings};
use crate::graph::roles::{self, Schedule};
use crate::graph::tenant::Organization;
use crate::policy::Known;
use crate::policy::reset::{CallerKind, HeldRole, Scope};
use crate::policy::roles as catalogue;
use crate::render::{Report, Table};
use crate::settings::{Given, Told as Setting};
use crate::sign_ins::SignIn;
use serde_json::{Value, json};
use std::time::SystemTime;

const COLUMNS: [&str; 3] = ["what", "value", "from"];

/// Columns of a line of permissions.
const WIDTH: usize = 96;

/// Tell who is signed in, to which tenant, with which roles and permissions, and which settings apply
///
/// Lists the directory roles that are active and those that may be activated, the permissions of the token, when the sign-in ends,
/// and where each setting came from. No token and no secret is shown.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:
  admin-reset whoami
  admin-reset whoami -o json --query 'roles.active[].name'
  admin-reset whoami --sandbox")]
pub struct Args {}

/// Runs the command.
pub async fn run(_args: Args, context: &Context) -> Result<Box<dyn Report>> {
    let client = context.client_for("whoami", &[])?;
    let mut surroundings = facts::surroundings(&client).await?;
    let mut eligible_not_read = None;
    let eligible = if surroundings.caller.kind == CallerKind::AppOnly {
        Some(Vec::new())
    } else {
        match client.pages(&roles::my_eligibilities())?.all().await {
            Ok(found) => Some(found),
            Err(error) if is_gap(&error) => {
                eligible_not_read = Some(format!(
                    "The roles that may be activated could not be read: {}",
                    error.cause().unwrap_or_else(|| error.message().to_owned())
                ));
                None
            }
            Err(error) => return Err(error),
        }
    };
    if let Some(found) = &eligible {
        // Read already, with the day each ends: the second look need not ask again.
        surroundings.caller.eligible =
            Known::Known(found.iter().map(facts::eligible_role).collect());
    }
    facts::second_look_at_caller(&client, &mut surroundings).await?;
    let token = client.token().await?;
    let mut not_read: Vec<String> = surroundings
        .caller
        .roles
        .gaps()
        .iter()
        .map(|gap| gap.sentence())
        .collect();
    not_read.extend(eligible_not_read);
    let claims = &token.claims;
    let kept = client.kept_sign_in();
    let mut settings = context.settings.told();
    if let Some(record) = kept {
        remembered(&mut settings, record);
    }
    let sign_in = json!({
        "auth": client.signed_in_by(),
        "kept": kept.is_some(),
        "keptIn": kept.map(|_| "keyring"),
        "profile": kept.map(|one| one.profile.clone()),
        "signedInAt": kept.map(|one| one.signed_in_at.clone()),
        "renewedAt": kept.map(|one| one.renewed_at.clone()),
        "tokenEndsAt": token.ends_at().and_then(time),
    });
    Ok(Box::new(Answer {
        app: json!({ "id": claims.app_id, "name": claims.app_name }),
        permissions: claims.permissions.clone(),
        name: claims.name.clone(),
        tenant_id: claims.tid.clone(),
        ends: ends(kept.is_some(), client.signed_in_by()),
        token_ends: token.ends_at().and_then(time),
        sign_in,
        settings,
        cloud: context.settings.endpoints.cloud.name(),
        surroundings,
        eligible,
        not_read,
    }))
}

/// What the kept sign-in says where nothing else did.
fn remembered(settings: &mut [Setting], record: &SignIn) {
    for one in settings.iter_mut().filter(|one| one.value.is_none()) {
        let said = match one.name {
            "profile" => &record.profile,
            "tenant" => &record.tenant,
            "clientId" => &record.client_id,
            _ => continue,
        };
        one.value = Some(said.clone());
        one.from = Given::Profile;
    }
}

/// Refusals that leave a question open without ending the command.
fn is_gap(error: &Error) -> bool {
    matches!(
        error.code(),
        ErrorCode::NotPermitted
            | ErrorCode::LicenceMissing
            | ErrorCode::NotFound
            | ErrorCode::ContentRefused
    )
}

/// When the session ends, in words; the service tells no date.
fn ends(kept: bool, way: &str) -> &'static str {
    match (kept, way) {
        (true, _) => {
            "The kept sign-in ends 90 days after its last use, or when the password changes, sessions are revoked, or a policy asks for a new sign-in."
        }
        (false, "browser" | "device-code") => {
            "The sign-in ends with this command; `admin-reset login` keeps one."
        }
        (false, "token") => "The token was given ready and cannot be renewed.",
        (false, _) => "Each command signs in anew.",
    }
}

/// Names in lines that fit a terminal.
fn wrapped(names: &[String]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for (at, name) in names.iter().enumerate() {
        let comma = if at + 1 < names.len() { "," } else { "" };
        match lines.last_mut() {
            Some(line) if line.len() + name.len() + 2 <= WIDTH => {
                line.push_str(&format!(" {name}{comma}"));
            }
            _ => lines.push(format!("  {name}{comma}")),
        }
    }
    lines
}

fn time(at: SystemTime) -> Option<String> {
    let at = jiff::Timestamp::try_from(at).ok()?;
    Some(at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

struct Answer {
    surroundings: Surroundings,
    eligible: Option<Vec<Schedule>>,
    not_read: Vec<String>,
    app: Value,
    permissions: Option<Vec<String>>,
    name: Option<String>,
    tenant_id: Option<String>,
    sign_in: Value,
    token_ends: Option<String>,
    ends: &'static str,
    settings: Vec<Setting>,
    cloud: &'static str,
}

impl Answer {
    fn who(&self) -> String {
        self.surroundings
            .caller_name
            .clone()
            .or_else(|| self.surroundings.caller.id.clone())
            .unwrap_or_else(|| "somebody whose token cannot be read".to_owned())
    }

    fn organization(&self) -> Option<&Organization> {
        self.surroundings.organization.as_ref()
    }

    fn active(&self) -> Vec<&HeldRole> {
        self.surroundings
            .caller
            .roles
            .items()
            .iter()
            .filter(|role| !role.is_implicit())
            .collect()
    }

    /// How the sign-in came about and where it is kept.
    fn way(&self) -> (String, &'static str) {
        let text = |key: &str| self.sign_in[key].as_str().unwrap_or_default();
        if self.sign_in["kept"] != true {
            return (text("auth").to_owned(), "not kept");
        }
        let times = format!(
            "{}, since {}, renewed {}",
            text("auth"),
            text("signedInAt"),
            text("renewedAt")
        );
        (times, "kept in the keyring")
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let mut rows = Vec::new();
        let mut add = |what: &str, value: String, note: &str| {
            rows.push(vec![what.to_owned(), value, note.to_owned()]);
        };
        let named = |name: Option<&str>, id: Option<&str>| match (name, id) {
            (Some(name), Some(id)) if name != id => Some(format!("{name} ({id})")),
            (name, id) => name.or(id).map(str::to_owned),
        };
        let caller = &self.surroundings;
        let account = named(caller.caller_name.as_deref(), caller.caller.id.as_deref());
        let app = named(self.app["name"].as_str(), self.app["id"].as_str());
        let tenant = self.organization().map(|one| one.id.as_str());
        let tenant = named(caller.domain(), tenant.or(self.tenant_id.as_deref()));
        for (what, value) in [("account", account), ("app", app), ("directory", tenant)] {
            if let Some(value) = value {
                add(what, value, "signed in");
            }
        }
        let (way, place) = self.way();
        add("sign-in", way, place);
        for role in self.active() {
            let place = match &role.scope {
                Scope::Tenant => "active",
                _ => "active, not tenant-wide",
            };
            add("role", role.display_name().to_owned(), place);
        }
        for one in self.eligible.iter().flatten() {
            add(
                "role",
                eligible_name(one),
                "eligible: activate it in PIM first",
            );
        }
        for one in &self.settings {
            if let Some(value) = &one.value {
                add(one.name, value.clone(), one.from.as_str());
            }
        }
        rows
    }
}

fn scope(role: &HeldRole) -> String {
    match &role.scope {
        Scope::Tenant => "/".to_owned(),
        Scope::Unit { id, .. } => format!("/administrativeUnits/{id}"),
        Scope::Object(id) => format!("/{id}"),
    }
}

fn eligible_name(one: &Schedule) -> String {
    one.role_definition
        .as_ref()
        .and_then(|role| role.display_name.clone())
        .or_else(|| {
            catalogue::by_template_id(&one.role_definition_id).map(|role| role.name.to_owned())
        })
        .unwrap_or_else(|| one.role_definition_id.clone())
}

impl Report for Answer {
    fn json(&self) -> Value {
        let active: Vec<Value> = self
            .active()
            .iter()
            .map(|role| json!({ "name": role.display_name(), "templateId": role.template_id, "scope": scope(role), "viaGroup": role.via_group }))
            .collect();
        let eligible = self.eligible.as_ref().map(|found| {
            found
                .iter()
                .map(|one| {
                    json!({
                        "name": eligible_name(one),
                        "templateId": one.role_definition_id,
                        "scope": one.directory_scope_id,
                        "until": one.end_date_time,
                    })
                })
                .collect::<Vec<_>>()
        });
        let settings: Vec<Value> = self
            .settings
            .iter()
            .map(|one| json!({ "name": one.name, "value": one.value, "from": one.from.as_str() }))
            .collect();
        json!({
            "schema": "admin-reset/whoami/1",
            "caller": {
                "kind": match self.surroundings.caller.kind {
                    CallerKind::Delegated => "user",
                    CallerKind::AppOnly => "app",
                },
                "id": self.surroundings.caller.id,
                "name": self.surroundings.caller_name,
                "displayName": self.name,
            },
            "app": self.app,
            "tenant": {
                "id": self.organization().map(|one| one.id.clone()).or_else(|| self.tenant_id.clone()),
                "initialDomain": self.surroundings.domain(),
                "cloud": self.cloud,
            },
            "roles": { "active": active, "eligible": eligible, "notRead": self.not_read },
            "permissions": self.permissions,
            "signIn": self.sign_in,
            "settings": settings,
        })
    }

    fn headline(&self) -> String {
        let kind = match self.surroundings.caller.kind {
            CallerKind::Delegated => "",
            CallerKind::AppOnly => " (an app)",
        };
        let tenant = self
            .surroundings
            .domain()
            .map(str::to_owned)
            .or_else(|| self.tenant_id.clone())
            .map_or_else(String::new, |tenant| format!(" in {tenant}"));
        format!("Signed in as {}{kind}{tenant}.", self.who())
    }

    fn table(&self) -> Option<Table> {
        Some(Table {
            columns: COLUMNS.to_vec(),
            rows: self.rows(),
        })
    }

    /// As the table, and a row for each permission.
    fn csv(&self) -> Table {
        let mut rows = self.rows();
        for permission in self.permissions.iter().flatten() {
            let row = ["permission", permission, "token"];
            rows.push(row.map(str::to_owned).to_vec());
        }
        Table {
            columns: COLUMNS.to_vec(),
            rows,
        }
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = match &self.permissions {
            None => vec!["The permissions are not known: the token cannot be read.".to_owned()],
            Some(none) if none.is_empty() => vec!["The token has no permissions.".to_owned()],
            Some(names) => {
                let mut lines = vec![format!("Permissions of the token ({}):", names.len())];
                lines.extend(wrapped(names));
                lines
            }
        };
        if let Some(at) = &self.token_ends {
            notes.push(format!("The access token is used until {at}."));
        }
        notes.push(self.ends.to_owned());
        notes.extend(self.not_read.iter().cloned());
        notes
    }
}
