//! Records of what happened, for the directory audit log.

use serde_json::{Value, json};

use super::super::stamp;
use super::super::tenant::{Tenant, User};
use super::request::Exchange;

/// The person or application behind a request, as the audit log names it.
pub(super) fn initiator(x: &Exchange<'_>) -> Value {
    if x.caller.app_only {
        let name = x
            .tenant
            .client(&x.caller.client_id)
            .map(|client| client.display_name);
        return json!({"user": null, "app": {
            "appId": null, "displayName": name, "servicePrincipalId": x.caller.object_id, "servicePrincipalName": null,
        }});
    }
    let upn = x
        .tenant
        .user(&x.caller.object_id)
        .map(|user| user.upn().to_owned());
    json!({"app": null, "user": {
        "id": x.caller.object_id, "displayName": null, "userPrincipalName": upn, "ipAddress": "127.0.0.1",
    }})
}

/// One record.
pub(super) fn record(
    by: Value,
    at_ms: i64,
    activity: &str,
    service: &str,
    targets: Value,
) -> Value {
    let category = if activity.contains("role") {
        "RoleManagement"
    } else {
        "UserManagement"
    };
    let operation = match activity.split(' ').next() {
        Some("Add") => "Add",
        Some("Delete" | "Remove") => "Delete",
        _ => "Update",
    };
    json!({
        "id": format!("Directory_{}_{}", stamp::new_id(), at_ms), "category": category,
        "correlationId": stamp::new_id(), "result": "success", "resultReason": "",
        "activityDisplayName": activity, "activityDateTime": stamp::iso(at_ms, 7), "loggedByService": service,
        "operationType": operation, "initiatedBy": by, "targetResources": targets, "additionalDetails": [],
    })
}

/// A user as a target.
pub(super) fn target(user: &User) -> Value {
    json!([{
        "id": user.id(), "displayName": user.text("displayName"), "type": "User", "userPrincipalName": user.upn(),
        "groupType": null, "modifiedProperties": [],
    }])
}

/// Writes a record about a user.
pub(super) fn about_user(x: &mut Exchange<'_>, activity: &str, service: &str, user: &User) {
    let record = record(initiator(x), x.now, activity, service, target(user));
    x.tenant.log_audit(record);
}

/// Writes a record about another object.
pub(super) fn about(x: &mut Exchange<'_>, activity: &str, kind: &str, id: &str, name: &str) {
    let targets = json!([{
        "id": id, "displayName": name, "type": kind, "userPrincipalName": null, "groupType": null,
        "modifiedProperties": [],
    }]);
    let record = record(initiator(x), x.now, activity, "Core Directory", targets);
    x.tenant.log_audit(record);
}

impl Tenant {
    /// The two records a finished password reset leaves.
    pub(in crate::sandbox) fn log_reset(&mut self, by: Value, at_ms: i64, user: &User) {
        let mut first = record(
            by.clone(),
            at_ms,
            "Reset password (by admin)",
            "Self-service Password Management",
            target(user),
        );
        first["resultReason"] = json!("Successfully completed reset.");
        self.log_audit(first);
        self.log_audit(record(
            by,
            at_ms,
            "Reset user password",
            "Core Directory",
            target(user),
        ));
    }
}
