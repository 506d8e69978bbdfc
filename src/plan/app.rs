//! The steps that set up an application: registration, service principal, credentials, consents. Sending is in `app/send.rs`
//! and `app/grants.rs`.

mod grants;
mod send;

pub use send::{Made, NewKey};

use serde_json::{Value, json};

/// One change of an app registration or of its service principal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AppStep {
    /// Register the application.
    Register {
        /// Whether people sign in with it.
        public: bool,
        /// Permissions it declares.
        permissions: Vec<String>,
    },
    /// Bring the registration in line.
    Adjust {
        /// What changes, in words.
        changes: Vec<String>,
    },
    /// Make its service principal.
    MakePrincipal,
    /// Add a certificate to those it has.
    AddCertificate {
        /// SHA-256 of the certificate, in hexadecimal.
        sha256: String,
        /// Its last day.
        ends_on: String,
    },
    /// Let it prove itself with tokens of another issuer.
    TrustIssuer {
        /// Name of the credential.
        name: String,
        /// Issuer.
        issuer: String,
        /// Subject.
        subject: String,
    },
    /// Consent to delegated permissions for everybody.
    Consent {
        /// The permissions that are added.
        permissions: Vec<String>,
    },
    /// Give an application permission.
    GivePermission {
        /// Its name.
        permission: String,
    },
}

impl AppStep {
    /// Stable name, in journal and JSON.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            AppStep::Register { .. } => "registerApp",
            AppStep::Adjust { .. } => "adjustApp",
            AppStep::MakePrincipal => "makeServicePrincipal",
            AppStep::AddCertificate { .. } => "addCertificate",
            AppStep::TrustIssuer { .. } => "trustIssuer",
            AppStep::Consent { .. } => "consent",
            AppStep::GivePermission { .. } => "givePermission",
        }
    }

    /// Name in the journal.
    #[must_use]
    pub fn journal_name(&self) -> String {
        match self {
            AppStep::GivePermission { permission } => format!("{}.{permission}", self.name()),
            _ => self.name().to_owned(),
        }
    }

    /// The permissions that are granted by it.
    #[must_use]
    pub fn granted(&self) -> Vec<String> {
        match self {
            AppStep::Consent { permissions } => permissions.clone(),
            AppStep::GivePermission { permission } => vec![permission.clone()],
            _ => Vec::new(),
        }
    }

    /// What it will do to which application.
    #[must_use]
    pub fn sentence(&self, app: &str) -> String {
        match self {
            AppStep::Register {
                public,
                permissions,
            } => {
                let kind = if *public {
                    "a public client with the redirect http://localhost"
                } else {
                    "a confidential client"
                };
                let declares = match permissions.len() {
                    1 => "1 permission".to_owned(),
                    count => format!("{count} permissions"),
                };
                format!("register {app}, for this tenant alone, as {kind}, declaring {declares}")
            }
            AppStep::Adjust { changes } => format!("change {app}: {}", changes.join("; ")),
            AppStep::MakePrincipal => format!("make the service principal of {app}"),
            AppStep::AddCertificate { sha256, ends_on } => format!(
                "add the certificate {sha256}, which ends on {ends_on}, to {app}, beside those it has"
            ),
            AppStep::TrustIssuer {
                issuer, subject, ..
            } => format!("let {subject} of {issuer} sign in as {app}"),
            AppStep::Consent { permissions } => format!(
                "consent for everybody in the tenant to {} for {app}",
                permissions.join(", ")
            ),
            AppStep::GivePermission { permission } => {
                format!("give {app} the application permission {permission}")
            }
        }
    }

    /// Adds its own fields to the step's JSON.
    pub(super) fn describe(&self, value: &mut Value) {
        match self {
            AppStep::Register { permissions, .. } | AppStep::Consent { permissions } => {
                value["permissions"] = json!(permissions);
            }
            AppStep::Adjust { changes } => value["changes"] = json!(changes),
            AppStep::MakePrincipal => {}
            AppStep::AddCertificate { sha256, ends_on } => {
                value["sha256"] = json!(sha256);
                value["endsOn"] = json!(ends_on);
            }
            AppStep::TrustIssuer {
                name,
                issuer,
                subject,
            } => {
                value["name"] = json!(name);
                value["issuer"] = json!(issuer);
                value["subject"] = json!(subject);
            }
            AppStep::GivePermission { permission } => value["permissions"] = json!([permission]),
        }
    }
}
