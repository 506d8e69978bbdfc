//! The parts of a reset's report that are the same in every document.

use crate::auth::claims::TokenClaims;
use crate::facts::Surroundings;
use crate::policy::reset::CallerKind;
use crate::sink::Place;
use serde::Serialize;

#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::commands::reset_user) struct UserView {
    pub(in crate::commands::reset_user) id: Option<String>,
    pub(in crate::commands::reset_user) user_principal_name: Option<String>,
    pub(in crate::commands::reset_user) display_name: Option<String>,
    pub(in crate::commands::reset_user) roles: Vec<String>,
    pub(in crate::commands::reset_user) synced: Option<bool>,
    pub(in crate::commands::reset_user) restricted_unit: Option<bool>,
}

#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::commands::reset_user) struct ResetView {
    pub(in crate::commands::reset_user) via: Option<&'static str>,
    pub(in crate::commands::reset_user) force_change: Option<bool>,
    pub(in crate::commands::reset_user) operation: Option<String>,
    pub(in crate::commands::reset_user) writeback: Option<bool>,
    pub(in crate::commands::reset_user) last_password_change_date_time: Option<String>,
    pub(in crate::commands::reset_user) proven: bool,
}

#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::commands::reset_user) struct SecretView {
    pub(in crate::commands::reset_user) generated: bool,
    pub(in crate::commands::reset_user) length: Option<usize>,
    pub(in crate::commands::reset_user) sinks: Vec<Place>,
}

#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::commands::reset_user) struct SessionsView {
    pub(in crate::commands::reset_user) revoked: bool,
    pub(in crate::commands::reset_user) valid_from: Option<String>,
}

/// Who asked.
#[derive(Debug, Clone, Default, Serialize)]
pub(in crate::commands::reset_user) struct CallerView {
    kind: Option<&'static str>,
    name: Option<String>,
    roles: Vec<String>,
}

impl CallerView {
    pub(in crate::commands::reset_user) fn of(
        surroundings: Option<&Surroundings>,
        claims: &TokenClaims,
    ) -> Self {
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

    pub(in crate::commands::reset_user) fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }
}

#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::commands::reset_user) struct JournalView {
    pub(in crate::commands::reset_user) operation_id: Option<String>,
    pub(in crate::commands::reset_user) ticket: Option<String>,
    pub(in crate::commands::reset_user) head: Option<String>,
}
