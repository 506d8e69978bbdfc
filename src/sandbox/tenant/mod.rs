//! State of the emulated tenant as plain data, and the look-ups both sides of the sandbox need.
//!
//! Owns what exists and who holds what. Who may do what is decided in `rules`, how it is asked and answered in `graph`.

pub(super) mod apps;
mod directory;
mod edit;
mod generated;
mod people;
pub(super) mod secret;
pub(super) mod user;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub(super) use directory::Held;
pub(super) use generated::Generated;
pub use people::{Person, SignIn};
pub(super) use secret::Password;
pub(super) use user::{User, method_kind};

use super::cloud::Cloud;
use super::seed;

/// A group with its members and owners.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Group {
    /// Properties under their wire names.
    pub(super) props: Map<String, Value>,
    /// Object ids of direct members.
    pub(super) members: Vec<String>,
    /// Object ids of owners.
    pub(super) owners: Vec<String>,
    /// When replication shows the object.
    pub(super) visible_from: i64,
}

/// An administrative unit with its members.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Unit {
    /// Properties under their wire names.
    pub(super) props: Map<String, Value>,
    /// Object ids of members.
    pub(super) members: Vec<String>,
    /// When replication shows the object.
    pub(super) visible_from: i64,
}

/// A role assignment or an eligibility.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Assignment {
    /// Identifier built from role, principal and scope.
    pub(super) id: String,
    /// Who holds it: user, group or service principal.
    pub(super) principal_id: String,
    /// Role definition.
    pub(super) role_id: String,
    /// `/` or `/administrativeUnits/{id}`.
    pub(super) scope: String,
    /// Start, milliseconds.
    pub(super) start: i64,
    /// End, milliseconds; none = permanent.
    pub(super) end: Option<i64>,
    /// Whether PIM activated it just now, instead of a standing assignment.
    pub(super) activated: bool,
    /// Identifier of the schedule behind it.
    pub(super) schedule_id: String,
}

/// A password reset under way.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Operation {
    /// Identifier.
    pub(super) id: String,
    /// Target user.
    pub(super) user_id: String,
    /// When it was accepted.
    pub(super) created: i64,
    /// When it completes.
    pub(super) due: i64,
    /// The password it puts in force; none when it will fail or has been applied.
    pub(super) password: Option<Password>,
    /// Failure text, when it fails.
    pub(super) failure: Option<String>,
    /// Routing values that must come back when polling.
    pub(super) routing: (String, String),
    /// Who asked for it.
    pub(super) initiator: Value,
}

/// An application that may sign in.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClientApp {
    /// Application (client) id.
    pub client_id: String,
    /// Name shown on consent pages.
    pub display_name: String,
    /// Object id of its service principal.
    pub service_principal_id: String,
    /// Whether it may sign people in without a secret.
    pub public_client: bool,
    /// Registered redirect URIs.
    pub redirect_uris: Vec<String>,
    /// Delegated permissions consented for everybody.
    pub scopes: Vec<String>,
    /// Application permissions granted.
    pub app_roles: Vec<String>,
    /// Whether the service principal is enabled.
    pub enabled: bool,
}

/// The emulated tenant.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tenant {
    pub(super) version: u32,
    pub(super) users: Vec<User>,
    pub(super) deleted: Vec<User>,
    pub(super) generated: Generated,
    pub(super) groups: Vec<Group>,
    pub(super) units: Vec<Unit>,
    pub(super) assignments: Vec<Assignment>,
    pub(super) eligibilities: Vec<Assignment>,
    pub(super) custom_roles: Vec<Value>,
    /// Activated roles: template id to the object id of this tenant.
    pub(super) directory_roles: BTreeMap<String, String>,
    pub(super) clients: Vec<ClientApp>,
    pub(super) service_principals: Vec<Value>,
    /// App registrations.
    #[serde(default)]
    pub(super) applications: Vec<apps::Application>,
    /// Consents that were given beside those the seeded clients came with.
    #[serde(default)]
    pub(super) consents: Vec<Value>,
    /// Application permissions that were given beside those the seeded clients came with.
    #[serde(default)]
    pub(super) app_role_grants: Vec<Value>,
    /// When replication shows a service principal, by object id.
    #[serde(default)]
    pub(super) principal_visible_from: BTreeMap<String, i64>,
    pub(super) organization: Value,
    pub(super) domains: Vec<Value>,
    pub(super) authorization_policy: Value,
    pub(super) security_defaults: Value,
    pub(super) methods_policy: Value,
    pub(super) conditional_access: Vec<Value>,
    pub(super) skus: Vec<Value>,
    pub(super) operations: Vec<Operation>,
    pub(super) sign_ins: Vec<Value>,
    pub(super) audits: Vec<Value>,
    #[serde(default)]
    pub(super) visible_lag: i64,
    #[serde(default)]
    pub(super) operation_lag: i64,
    /// The cloud it stands in, as the run says.
    #[serde(skip)]
    pub(super) cloud: Cloud,
}

/// Version of the state document; another one is refused.
pub(super) const STATE_VERSION: u32 = 1;

/// Longest list of log records that is kept.
const LOG_MAX: usize = 5_000;

impl Tenant {
    /// The seeded tenant "Contoso" as of the given moment.
    pub fn seeded(now_ms: i64) -> Tenant {
        seed::tenant(now_ms)
    }

    /// Adds `n` computed users `user1@contoso.com` …; those that were changed before are kept.
    pub fn set_generated_users(&mut self, n: u64) {
        self.generated.count = n;
    }

    /// Sets how long a new object stays invisible and how long a reset runs, in milliseconds.
    pub fn set_lag_ms(&mut self, visible: i64, operation: i64) {
        self.visible_lag = visible.max(0);
        self.operation_lag = operation.max(0);
    }

    /// The state as one JSON document without any clear secret.
    pub fn to_state(&self) -> Value {
        serde_json::to_value(self).unwrap_or(Value::Null)
    }

    /// Reads a document written by [`Tenant::to_state`].
    pub fn from_state(v: Value) -> Result<Tenant, String> {
        let mut tenant: Tenant = serde_json::from_value(v).map_err(|error| error.to_string())?;
        if tenant.version != STATE_VERSION {
            return Err(format!(
                "state version {} is not {STATE_VERSION}",
                tenant.version
            ));
        }
        // A state that was written before registrations were kept.
        if tenant.applications.is_empty() {
            tenant.applications = apps::seeded(&tenant.clients);
        }
        Ok(tenant)
    }

    /// Tenant id.
    pub fn tenant_id(&self) -> &str {
        self.organization
            .get("id")
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// The `*.onmicrosoft.com` domain the tenant was born with.
    pub fn initial_domain(&self) -> &str {
        let initial = self
            .domains
            .iter()
            .find(|domain| domain.get("isInitial") == Some(&Value::Bool(true)));
        initial
            .and_then(|domain| domain.get("id"))
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// Whether a path segment of a login URL names this tenant: its id or one of its domains.
    pub fn knows_tenant(&self, segment: &str) -> bool {
        segment.eq_ignore_ascii_case(self.tenant_id()) || self.domain(segment).is_some()
    }

    /// The application with that client id.
    pub fn client(&self, client_id: &str) -> Option<ClientApp> {
        self.clients
            .iter()
            .find(|client| client.client_id.eq_ignore_ascii_case(client_id))
            .cloned()
            .or_else(|| self.registered_client(client_id))
    }

    /// Whether the secret is the one of that confidential client.
    pub fn check_client_secret(&self, client_id: &str, secret: &str) -> bool {
        client_id.eq_ignore_ascii_case(seed::CONFIDENTIAL_CLIENT_ID)
            && secret == seed::CONFIDENTIAL_CLIENT_SECRET
    }

    /// Lets time pass: finished operations take effect, ended activations go.
    pub(super) fn tick(&mut self, now_ms: i64) -> bool {
        let mut changed = false;
        let mut due = Vec::new();
        for operation in &mut self.operations {
            if operation.due <= now_ms
                && let Some(password) = operation.password.take()
            {
                due.push((
                    operation.user_id.clone(),
                    password,
                    operation.due,
                    operation.initiator.clone(),
                ));
            }
        }
        for (user_id, password, at, by) in due {
            if let Some(user) = self.user_mut(&user_id) {
                user.set_password(password, true, at);
                let user = user.clone();
                self.log_reset(by, at, &user);
            }
            changed = true;
        }
        let before = self.assignments.len();
        self.assignments
            .retain(|one| one.end.is_none_or(|end| end > now_ms));
        changed || self.assignments.len() != before
    }

    /// Adds a record to the audit log, newest last.
    pub(super) fn log_audit(&mut self, record: Value) {
        self.audits.push(record);
        if self.audits.len() > LOG_MAX {
            self.audits.remove(0);
        }
    }

    /// Adds a record to the sign-in log, newest last.
    pub(super) fn log_sign_in(&mut self, record: Value) {
        self.sign_ins.push(record);
        if self.sign_ins.len() > LOG_MAX {
            self.sign_ins.remove(0);
        }
    }
}

#[cfg(test)]
mod tests;
