//! App registrations: find, make, change; their federated credentials and their service principals.
//!
//! Source: Graph v1.0 reference pages of application, servicePrincipal and federatedIdentityCredential, read 2026-07.

use super::call::{Call, Change, Need, Segment, literal};
use super::paging::Page;
use crate::http::retry::Replay;
use Segment::{Keyed, Literal, Value};
use http::Method;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;

pub(super) static READ: Need = Need {
    delegated: &[
        "Application.Read.All",
        "Application.ReadWrite.All",
        "Directory.Read.All",
    ],
    application: &[
        "Application.Read.All",
        "Application.ReadWrite.All",
        "Directory.Read.All",
    ],
    role: "",
};
static WRITE: Need = Need {
    delegated: &["Application.ReadWrite.All"],
    application: &["Application.ReadWrite.OwnedBy", "Application.ReadWrite.All"],
    role: "Cloud Application Administrator",
};
/// One permission of a registration.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Access {
    /// Id of the permission.
    pub id: String,
    /// `Scope` for delegated, `Role` for application permissions.
    #[serde(rename = "type")]
    pub kind: String,
}

/// The permissions of one resource.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceAccess {
    /// Application id of the resource.
    pub resource_app_id: String,
    /// Its permissions.
    #[serde(default)]
    pub resource_access: Vec<Access>,
}

/// Redirect addresses of a public client.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PublicClient {
    /// Where the browser may come back to.
    #[serde(default)]
    pub redirect_uris: Vec<String>,
}

/// An app registration.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Application {
    /// Object id.
    pub id: String,
    /// Application (client) id.
    pub app_id: String,
    /// Display name.
    pub display_name: Option<String>,
    /// Who may sign in: `AzureADMyOrg` is this tenant alone.
    pub sign_in_audience: Option<String>,
    /// "Allow public client flows".
    pub is_fallback_public_client: Option<bool>,
    /// Redirect addresses of public clients.
    pub public_client: Option<PublicClient>,
    /// Declared permissions.
    #[serde(default)]
    pub required_resource_access: Vec<ResourceAccess>,
    /// When it was made.
    pub created_date_time: Option<String>,
}

/// Certificates of a registration as they are, so that sending them back loses nothing.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Keys {
    /// Every key, whatever its fields are.
    #[serde(default)]
    pub key_credentials: Vec<serde_json::Value>,
}

/// A federated credential.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Federated {
    /// Name, which cannot be changed.
    pub name: String,
    /// Issuer of the outside token.
    pub issuer: String,
    /// Subject of the outside token.
    pub subject: String,
    /// Audiences of the outside token.
    #[serde(default)]
    pub audiences: Vec<String>,
}

/// A service principal.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServicePrincipal {
    /// Object id.
    pub id: String,
    /// Whether the application may sign in here.
    pub account_enabled: Option<bool>,
    /// Whether people need an assignment to use it.
    pub app_role_assignment_required: Option<bool>,
}

/// What is read of a registration.
const FIELDS: &str = "id,appId,displayName,signInAudience,isFallbackPublicClient,publicClient,requiredResourceAccess,createdDateTime";

fn application(id: &str) -> Vec<Segment> {
    vec![Literal("applications"), Value(id.to_owned())]
}

/// Registrations of a display name.
#[must_use]
pub fn named(display_name: &str) -> Call<Page<Application>> {
    Call::get(&READ, vec![Literal("applications")])
        .query(
            "$filter",
            format!("displayName eq {}", literal(display_name)),
        )
        .query("$select", FIELDS)
}

/// A registration by its application (client) id.
#[must_use]
pub fn by_app_id(app_id: &str) -> Call<Application> {
    Call::get(
        &READ,
        vec![Keyed("applications", "appId", app_id.to_owned())],
    )
    .query("$select", FIELDS)
}

/// The object id of a registration.
#[must_use]
pub fn object_id(app_id: &str) -> Call<Application> {
    Call::get(
        &READ,
        vec![Keyed("applications", "appId", app_id.to_owned())],
    )
    .query("$select", "id")
}

/// The certificates of a registration, with their material.
#[must_use]
pub fn keys(id: &str) -> Call<Keys> {
    Call::get(&READ, application(id)).query("$select", "id,keyCredentials")
}

/// The federated credentials of a registration.
#[must_use]
pub fn federated(id: &str) -> Call<Page<Federated>> {
    let mut segments = application(id);
    segments.push(Literal("federatedIdentityCredentials"));
    Call::get(&READ, segments)
}

/// The service principal of an application.
#[must_use]
pub fn service_principal(app_id: &str) -> Call<ServicePrincipal> {
    Call::get(
        &READ,
        vec![Keyed("servicePrincipals", "appId", app_id.to_owned())],
    )
    .query("$select", "id,accountEnabled,appRoleAssignmentRequired")
}

/// Makes a registration from its properties.
#[must_use]
pub fn create(properties: serde_json::Value) -> Change<Application> {
    Change::new(
        Method::POST,
        &WRITE,
        vec![Literal("applications")],
        Some(properties),
        Replay::LookFirst,
    )
}

/// Changes properties of a registration. A list takes the place of the one that was there.
#[must_use]
pub fn update(id: &str, properties: serde_json::Value) -> Change<IgnoredAny> {
    Change::new(
        Method::PATCH,
        &WRITE,
        application(id),
        Some(properties),
        Replay::Safe,
    )
}

/// Lets an application prove itself with tokens of another issuer.
#[must_use]
pub fn add_federated(id: &str, credential: &Federated, description: &str) -> Change<Federated> {
    let mut segments = application(id);
    segments.push(Literal("federatedIdentityCredentials"));
    Change::new(
        Method::POST,
        &WRITE,
        segments,
        Some(json!({
            "name": credential.name,
            "issuer": credential.issuer,
            "subject": credential.subject,
            "audiences": credential.audiences,
            "description": description,
        })),
        Replay::LookFirst,
    )
}

/// Makes the service principal of an application.
#[must_use]
pub fn create_principal(app_id: &str) -> Change<ServicePrincipal> {
    Change::new(
        Method::POST,
        &WRITE,
        vec![Literal("servicePrincipals")],
        Some(json!({ "appId": app_id })),
        Replay::LookFirst,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_as_the_reference_writes_them() {
        assert_eq!(
            named("O'Hara's app")
                .spec()
                .relative_url()
                .split('&')
                .next(),
            Some("/applications?$filter=displayName%20eq%20%27O%27%27Hara%27%27s%20app%27")
        );
        assert_eq!(
            service_principal("a").spec().describe(),
            "GET /servicePrincipals(appId='a')"
        );
    }
}
