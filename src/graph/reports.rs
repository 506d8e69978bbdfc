//! Registration report: one row a user, up to 36 hours old, without disabled users; needs Entra ID P1.
//!
//! Source: userRegistrationDetails of the Graph v1.0 reference; only `$filter` and `$orderby` are documented, so no page size is asked.

use super::call::{Call, Need, Segment::Literal, Segment::Value};
use serde::Deserialize;

static READ: Need = Need {
    delegated: &["AuditLog.Read.All"],
    application: &["AuditLog.Read.All"],
    role: "Reports Reader",
};

/// One row of the report.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RegistrationDetails {
    /// Object id of the user.
    pub id: String,
    /// Registered methods, an open list.
    #[serde(default)]
    pub methods_registered: Vec<String>,
    /// Registered and permitted.
    pub is_sspr_capable: Option<bool>,
    /// Permitted by policy.
    pub is_sspr_enabled: Option<bool>,
    /// Has registered what the policy asks.
    pub is_sspr_registered: Option<bool>,
    /// ISO 8601, UTC.
    pub last_updated_date_time: Option<String>,
}

/// The row of one user, by object id.
#[must_use]
pub fn registration_details(user_id: &str) -> Call<RegistrationDetails> {
    Call::get(
        &READ,
        vec![
            Literal("reports"),
            Literal("authenticationMethods"),
            Literal("userRegistrationDetails"),
            Value(user_id.to_owned()),
        ],
    )
}
