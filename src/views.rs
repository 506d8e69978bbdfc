//! The parts of a report that are the same in every document about an account: who it is, who asked, where a secret went.

use crate::auth::claims::TokenClaims;
use crate::facts::Surroundings;
use crate::policy::reset::CallerKind;
use crate::render::Table;
use crate::sink::Place;
use serde::Serialize;
use serde_json::Value;

#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UserView {
    pub(crate) id: Option<String>,
    pub(crate) user_principal_name: Option<String>,
    pub(crate) display_name: Option<String>,
    pub(crate) roles: Vec<String>,
    pub(crate) synced: Option<bool>,
    pub(crate) restricted_unit: Option<bool>,
}

#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SecretView {
    pub(crate) generated: bool,
    pub(crate) length: Option<usize>,
    pub(crate) sinks: Vec<Place>,
    /// The sealed copy, as long as it stays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) escrow: Option<String>,
}

#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SessionsView {
    pub(crate) revoked: bool,
    pub(crate) valid_from: Option<String>,
}

impl UserView {
    /// Name for people.
    pub(crate) fn name(&self) -> &str {
        self.user_principal_name
            .as_deref()
            .or(self.id.as_deref())
            .unwrap_or("-")
    }
}

/// The steps of a plan as a table.
pub(crate) fn plan_table(plan: &[Value]) -> Table {
    let text = |step: &Value, key: &str| step[key].as_str().unwrap_or_default().to_owned();
    Table {
        columns: vec!["#", "step", "what"],
        rows: plan
            .iter()
            .enumerate()
            .map(|(at, step)| {
                vec![
                    (at + 1).to_string(),
                    text(step, "step"),
                    text(step, "description"),
                ]
            })
            .collect(),
    }
}

/// Who asked.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct CallerView {
    kind: Option<&'static str>,
    name: Option<String>,
    roles: Vec<String>,
}

impl CallerView {
    pub(crate) fn of(surroundings: Option<&Surroundings>, claims: &TokenClaims) -> Self {
        let kind = match (surroundings.map(|s| s.caller.kind), claims.app_only) {
            (Some(CallerKind::AppOnly), _) | (None, Some(true)) => Some("app"),
            (Some(CallerKind::Delegated), _) | (None, Some(false)) => Some("user"),
            (None, None) => None,
        };
        let name = surroundings
            .and_then(|s| s.caller_name.clone())
            .or_else(|| claims.upn.clone())
            .or_else(|| claims.app_id.clone());
        let roles = surroundings.map(|s| {
            s.caller
                .roles
                .items()
                .iter()
                .filter(|role| !role.is_implicit())
                .map(|role| role.display_name().to_owned())
                .collect()
        });
        CallerView {
            kind,
            name,
            roles: roles.unwrap_or_default(),
        }
    }

    pub(crate) fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }
}

#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct JournalView {
    pub(crate) operation_id: Option<String>,
    pub(crate) ticket: Option<String>,
    pub(crate) head: Option<String>,
}
