//! The result for one account. Holds where the secret went, never the secret.

use super::existing::{Difference, Existing, never_expires};
use super::wanted::WantedAccount;
use crate::error::{Error, ErrorCode, Exit};
use crate::plan::grant::is_grant;
use crate::sink::Place;
use serde::Serialize;
use serde_json::{Value, json};

/// How it ended, in the words of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    Done,
    Planned,
    Exists,
    Partial,
    Unknown,
    Failed,
    Skipped,
}

impl Status {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Status::Done => "done",
            Status::Planned => "planned",
            Status::Exists => "exists",
            Status::Partial => "partial",
            Status::Unknown => "unknown",
            Status::Failed => "failed",
            Status::Skipped => "skipped",
        }
    }
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RoleView {
    pub(crate) name: String,
    pub(crate) template_id: String,
    pub(crate) scope: String,
    pub(crate) mode: &'static str,
    pub(crate) permanent: bool,
    pub(crate) assignment_id: Option<String>,
    pub(crate) verified: bool,
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

/// The result for one account.
#[derive(Debug)]
pub(crate) struct OneAccount {
    pub(crate) status: Status,
    pub(crate) id: Option<String>,
    pub(crate) upn: String,
    pub(crate) display_name: String,
    pub(crate) created: bool,
    pub(crate) cloud_only: Option<bool>,
    pub(crate) roles: Vec<RoleView>,
    pub(crate) password_never_expires: Option<bool>,
    pub(crate) access_pass: Option<Value>,
    pub(crate) methods: Option<Vec<String>>,
    pub(crate) secret: SecretView,
    pub(crate) differences: Vec<Difference>,
    pub(crate) plan: Vec<Value>,
    pub(crate) operation_id: Option<String>,
    pub(crate) error: Option<Error>,
}

impl OneAccount {
    /// A result before anything happened.
    pub(crate) fn begun(wanted: &WantedAccount, status: Status) -> Self {
        OneAccount {
            status,
            id: None,
            upn: wanted.upn.clone(),
            display_name: wanted.display_name.clone(),
            created: false,
            cloud_only: None,
            roles: wanted
                .roles
                .iter()
                .map(|role| RoleView {
                    name: role.name.clone(),
                    template_id: role.id.clone(),
                    scope: role.scope.clone(),
                    mode: "active",
                    permanent: true,
                    assignment_id: None,
                    verified: false,
                })
                .collect(),
            password_never_expires: Some(wanted.never_expires),
            access_pass: None,
            methods: None,
            secret: SecretView::default(),
            differences: Vec::new(),
            plan: Vec::new(),
            operation_id: None,
            error: None,
        }
    }

    /// An account that is there, with what it holds.
    pub(crate) fn there(existing: &Existing) -> Self {
        let mut one = OneAccount::begun(&existing.wanted, Status::Exists);
        one.id = Some(existing.user.id.clone());
        one.display_name = existing.user.display_name.clone().unwrap_or_default();
        one.cloud_only = Some(existing.user.on_premises_sync_enabled != Some(true));
        one.password_never_expires = Some(never_expires(&existing.user));
        one.roles.retain(|role| {
            !existing
                .missing_roles
                .iter()
                .any(|missing| missing.id == role.template_id && missing.scope == role.scope)
        });
        one.note_assignments(&existing.assignments);
        one.differences.clone_from(&existing.differences);
        if !existing.matches() {
            let told: Vec<String> = existing
                .differences
                .iter()
                .map(|one| {
                    format!(
                        "{}: expected {}, found {}",
                        one.property, one.expected, one.found
                    )
                })
                .collect();
            one.error = Some(
                Error::new(ErrorCode::AlreadyExists, format!("{} exists and differs from what was asked for; nothing was changed.", one.upn))
                    .why(format!("{}.", told.join("; ")))
                    .fix("Choose another name or correct the account; --if-exists fix finishes an account that this tool began."),
            );
        }
        one
    }

    /// Marks the roles that were read back.
    pub(crate) fn note_assignments(&mut self, assignments: &[crate::graph::roles::Assignment]) {
        for role in &mut self.roles {
            if let Some(found) = assignments
                .iter()
                .find(|one| is_grant(one, &role.template_id, &role.scope))
            {
                role.verified = true;
                role.assignment_id = Some(found.id.clone());
            }
        }
    }

    /// Marks a role that Graph said yes to.
    pub(crate) fn note_given(&mut self, role_id: &str, scope: &str, assignment_id: String) {
        if let Some(role) = self
            .roles
            .iter_mut()
            .find(|role| role.template_id == role_id && role.scope == scope)
        {
            role.assignment_id = Some(assignment_id);
        }
    }

    pub(crate) fn json(&self) -> Value {
        let mut value = json!({
            "id": self.id,
            "userPrincipalName": self.upn,
            "displayName": self.display_name,
            "status": self.status,
            "operationId": self.operation_id,
            "created": self.created,
            "cloudOnly": self.cloud_only,
            "roles": self.roles,
            "passwordNeverExpires": self.password_never_expires,
            "excludeGroup": null,
            "restrictedUnit": null,
            "accessPass": self.access_pass,
            "methods": self.methods,
            "secret": self.secret,
        });
        if !self.differences.is_empty() {
            value["differences"] = json!(self.differences);
        }
        if let Some(error) = &self.error {
            value["error"] = error.to_json()["error"].clone();
        }
        value
    }

    pub(crate) fn exit_code(&self) -> Exit {
        match (self.status, &self.error) {
            (Status::Done | Status::Planned, _) | (Status::Exists, None) => Exit::Done,
            (Status::Partial | Status::Unknown, _) => Exit::Partial,
            (Status::Failed | Status::Exists | Status::Skipped, Some(error)) => error.exit(),
            (Status::Failed | Status::Skipped, None) => Exit::Failure,
        }
    }

    pub(crate) fn role_names(&self) -> String {
        let planned = self.status == Status::Planned;
        self.roles
            .iter()
            .filter(|role| planned || role.assignment_id.is_some())
            .map(|role| role.name.clone())
            .collect::<Vec<_>>()
            .join(", ")
    }

    pub(crate) fn places(&self) -> String {
        self.secret
            .sinks
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(", ")
    }
}
