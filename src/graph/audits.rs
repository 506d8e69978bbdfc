//! Directory audit log: who changed which object, as Entra recorded it.
//!
//! Source: directoryAudit of the Graph v1.0 reference, metadata of 2026-08-20. Records come late, are kept 7 days (30 with a
//! premium licence), newest first; the page size is not documented, so none is asked.

use super::call::{Call, Need, Segment::Literal};
use super::paging::Page;
use serde::Deserialize;

static READ: Need = Need {
    delegated: &["AuditLog.Read.All"],
    application: &["AuditLog.Read.All"],
    role: "Reports Reader",
};

/// One record of the log.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DirectoryAudit {
    /// Id of the record.
    pub id: String,
    /// What happened: "Reset user password".
    pub activity_display_name: Option<String>,
    /// ISO 8601, UTC.
    pub activity_date_time: Option<String>,
    /// Ties records of one request together; what of a request it repeats is not documented.
    pub correlation_id: Option<String>,
    /// `success`, `failure`, `timeout` or `unknownFutureValue`.
    pub result: Option<String>,
    /// Who did it.
    pub initiated_by: Option<InitiatedBy>,
    /// To what.
    pub target_resources: Option<Vec<TargetResource>>,
}

/// A person or an app.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct InitiatedBy {
    /// The person.
    pub user: Option<UserIdentity>,
    /// The app.
    pub app: Option<AppIdentity>,
}

/// A person who did something.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct UserIdentity {
    /// Object id.
    pub id: Option<String>,
    /// User principal name.
    pub user_principal_name: Option<String>,
}

/// An app that did something.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AppIdentity {
    /// Client id.
    pub app_id: Option<String>,
    /// Display name.
    pub display_name: Option<String>,
    /// Object id of the service principal.
    pub service_principal_id: Option<String>,
}

/// An object something was done to.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TargetResource {
    /// Object id.
    pub id: Option<String>,
    /// User principal name, of a user.
    pub user_principal_name: Option<String>,
}

/// Records from a moment on (ISO 8601, UTC).
#[must_use]
pub fn since(from: &str) -> Call<Page<DirectoryAudit>> {
    Call::get(
        &READ,
        vec![Literal("auditLogs"), Literal("directoryAudits")],
    )
    .query("$filter", format!("activityDateTime ge {from}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_is_asked_from_a_moment_on() {
        assert_eq!(
            since("2026-11-20T10:11:12Z").spec().relative_url(),
            "/auditLogs/directoryAudits?$filter=activityDateTime%20ge%202026-11-20T10:11:12Z"
        );
    }

    #[test]
    fn a_record_may_lack_everything() {
        let one: DirectoryAudit =
            serde_json::from_str(r#"{"id":"x","initiatedBy":{"user":null,"app":null}}"#).unwrap();
        assert!(one.target_resources.is_none() && one.initiated_by.unwrap().user.is_none());
    }
}
