//! What a service principal was granted: consents to delegated permissions, and application permissions.
//!
//! Source: Graph v1.0 reference pages of oAuth2PermissionGrant and appRoleAssignment, read 2026-07.

use super::apps::READ;
use super::call::{Call, Change, Need, Segment, literal};
use super::paging::Page;
use crate::http::cloud::GRAPH_APP_ID;
use crate::http::retry::Replay;
use Segment::{Keyed, Literal, Value};
use http::Method;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;

static READ_CONSENTS: Need = Need {
    delegated: &[
        "Directory.Read.All",
        "DelegatedPermissionGrant.ReadWrite.All",
    ],
    application: &[
        "Directory.Read.All",
        "DelegatedPermissionGrant.ReadWrite.All",
    ],
    role: "",
};
static CONSENT: Need = Need {
    delegated: &[
        "DelegatedPermissionGrant.ReadWrite.All",
        "Directory.ReadWrite.All",
    ],
    application: &[
        "DelegatedPermissionGrant.ReadWrite.All",
        "Directory.ReadWrite.All",
    ],
    role: "Cloud Application Administrator",
};
static GIVE: Need = Need {
    delegated: &["AppRoleAssignment.ReadWrite.All"],
    application: &["AppRoleAssignment.ReadWrite.All"],
    role: "Privileged Role Administrator",
};

/// A permission that a resource offers.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Offered {
    /// Id.
    pub id: String,
    /// Name, as in a token.
    pub value: Option<String>,
}

/// Microsoft Graph as this tenant knows it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GraphResource {
    /// Object id of its service principal.
    pub id: String,
    /// Application permissions.
    #[serde(default)]
    pub app_roles: Vec<Offered>,
    /// Delegated permissions.
    #[serde(default)]
    pub oauth2_permission_scopes: Vec<Offered>,
}

/// A consent to delegated permissions.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Consent {
    /// Id.
    pub id: String,
    /// `AllPrincipals` for everybody.
    pub consent_type: Option<String>,
    /// Object id of the resource's service principal.
    pub resource_id: String,
    /// Permissions, separated by blanks.
    pub scope: Option<String>,
}

/// An application permission that was given.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AppRole {
    /// Id of the permission.
    pub app_role_id: String,
    /// Object id of the resource's service principal.
    pub resource_id: String,
}

fn principal(id: &str, rest: &'static str) -> Vec<Segment> {
    vec![
        Literal("servicePrincipals"),
        Value(id.to_owned()),
        Literal(rest),
    ]
}

/// The object id of Microsoft Graph's own service principal.
#[must_use]
pub fn graph_id() -> Call<GraphResource> {
    Call::get(
        &READ,
        vec![Keyed("servicePrincipals", "appId", GRAPH_APP_ID.to_owned())],
    )
    .query("$select", "id")
}

/// Microsoft Graph's own service principal, with the ids of its permissions.
#[must_use]
pub fn graph_resource() -> Call<GraphResource> {
    Call::get(
        &READ,
        vec![Keyed("servicePrincipals", "appId", GRAPH_APP_ID.to_owned())],
    )
    .query("$select", "id,appRoles,oauth2PermissionScopes")
}

/// Consents to delegated permissions of a service principal.
#[must_use]
pub fn consents(principal_id: &str) -> Call<Page<Consent>> {
    Call::get(&READ_CONSENTS, vec![Literal("oauth2PermissionGrants")])
        .query("$filter", format!("clientId eq {}", literal(principal_id)))
}

/// Application permissions of a service principal.
#[must_use]
pub fn app_roles(principal_id: &str) -> Call<Page<AppRole>> {
    Call::get(&READ, principal(principal_id, "appRoleAssignments"))
}

/// Consents to delegated permissions for everybody.
#[must_use]
pub fn consent(principal_id: &str, resource_id: &str, scopes: &str) -> Change<Consent> {
    Change::new(
        Method::POST,
        &CONSENT,
        vec![Literal("oauth2PermissionGrants")],
        Some(json!({
            "clientId": principal_id,
            "consentType": "AllPrincipals",
            "principalId": null,
            "resourceId": resource_id,
            "scope": scopes,
        })),
        Replay::LookFirst,
    )
}

/// Changes what was consented to, as a whole.
#[must_use]
pub fn widen_consent(consent_id: &str, scopes: &str) -> Change<IgnoredAny> {
    Change::new(
        Method::PATCH,
        &CONSENT,
        vec![
            Literal("oauth2PermissionGrants"),
            Value(consent_id.to_owned()),
        ],
        Some(json!({ "scope": scopes })),
        Replay::Safe,
    )
}

/// Gives an application permission.
#[must_use]
pub fn give_app_role(principal_id: &str, resource_id: &str, role_id: &str) -> Change<AppRole> {
    Change::new(
        Method::POST,
        &GIVE,
        principal(principal_id, "appRoleAssignments"),
        Some(json!({
            "principalId": principal_id,
            "resourceId": resource_id,
            "appRoleId": role_id,
        })),
        Replay::LookFirst,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_as_the_reference_writes_them() {
        assert_eq!(
            give_app_role("sp", "graph", "role").spec().describe(),
            "POST /servicePrincipals/sp/appRoleAssignments"
        );
        assert_eq!(
            widen_consent("g/1", "A").spec().describe(),
            "PATCH /oauth2PermissionGrants/g%2F1"
        );
    }
}
