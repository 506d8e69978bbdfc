//! Service principals that are made, and what they are granted: delegated consents and application permissions.
//!
//! Source: Graph reference pages of `servicePrincipal`, `oAuth2PermissionGrant` and `appRoleAssignment`, mid 2026; the words of
//! refusals as seen in public logs.

use serde_json::{Value, json};

use super::super::tenant::apps::{GRAPH_APP_ID, app_role_row, graph_principal_id};
use super::super::wire::Reply;
use super::super::{permission_ids, properties, roles, rules, stamp};
use super::applications::require_manager;
use super::fault::{self, Fault, empty_reply};
use super::listing::Shape;
use super::request::Exchange;
use super::{audit, check};

const PRINCIPALS: Shape = Shape {
    kind: "servicePrincipal",
    context: "servicePrincipals",
    properties: properties::SERVICE_PRINCIPAL,
    defaults: &[],
    collections: &[
        "appRoles",
        "oauth2PermissionScopes",
        "servicePrincipalNames",
        "tags",
    ],
    options: &["$select", "$filter", "$top", "$skiptoken"],
    page: (100, 999),
    filters: &["appId", "displayName", "id"],
};

const CONSENTS: Shape = Shape {
    kind: "oAuth2PermissionGrant",
    context: "oauth2PermissionGrants",
    properties: properties::PERMISSION_GRANT,
    defaults: &[],
    collections: &[],
    options: &["$filter", "$select", "$top", "$skiptoken"],
    page: (100, 999),
    filters: &[
        "clientId",
        "consentType",
        "principalId",
        "resourceId",
        "scope",
    ],
};

const APP_ROLES: Shape = Shape {
    kind: "appRoleAssignment",
    context: "appRoleAssignments",
    properties: properties::APP_ROLE_ASSIGNMENT,
    defaults: &[],
    collections: &[],
    options: &["$select", "$filter", "$top", "$skiptoken"],
    page: (100, 999),
    filters: &["resourceId", "appRoleId"],
};

/// Who may consent to delegated permissions for everybody.
const CONSENTERS: [&str; 4] = [
    roles::CLOUD_APPLICATION_ADMINISTRATOR,
    roles::APPLICATION_ADMINISTRATOR,
    roles::PRIVILEGED_ROLE_ADMINISTRATOR,
    roles::GLOBAL_ADMINISTRATOR,
];

/// Who may give application permissions of Microsoft Graph.
const GIVERS: [&str; 2] = [
    roles::PRIVILEGED_ROLE_ADMINISTRATOR,
    roles::GLOBAL_ADMINISTRATOR,
];

fn require_one_of(x: &Exchange<'_>, wanted: &[&str]) -> Result<(), Fault> {
    if x.caller.app_only || rules::holds_any(x.tenant, x.caller, wanted) {
        Ok(())
    } else {
        Err(fault::denied())
    }
}

/// `POST /servicePrincipals`.
pub(super) fn create_principal(x: &mut Exchange<'_>) -> Result<Reply, Fault> {
    x.require("POST /servicePrincipals")?;
    require_manager(x)?;
    let body = x.body()?;
    check::names(&body, properties::SERVICE_PRINCIPAL, "servicePrincipal")?;
    let app_id = body
        .get("appId")
        .and_then(Value::as_str)
        .filter(|id| stamp::is_guid(id))
        .ok_or_else(|| {
            fault::bad_request(
                "A value is required for property 'appId' of resource 'ServicePrincipal'.",
            )
            .breach("appId of a service principal")
        })?
        .to_lowercase();
    let taken = x
        .tenant
        .service_principals
        .iter()
        .any(|one| one["appId"].as_str() == Some(&app_id));
    if taken || app_id == GRAPH_APP_ID {
        return Err(fault::key_taken(format!(
            "The service principal cannot be created, updated, or restored because the service principal name {app_id} is already in use."
        )));
    }
    let application = x
        .tenant
        .application(&format!("appId={app_id}"))
        .filter(|one| one.visible_from <= x.now);
    let Some(application) = application else {
        return Err(fault::bad_request(format!(
            "The appId '{app_id}' of the service principal does not reference a valid application object."
        ))
        .detail("NoBackingApplicationObject", Some("appId")));
    };
    let name = application.text("displayName").to_owned();
    let id = stamp::new_id();
    let mut row = json!({
        "id": id, "deletedDateTime": null, "accountEnabled": true, "appId": app_id, "displayName": name,
        "appDisplayName": name, "appOwnerOrganizationId": x.tenant.tenant_id(), "appRoleAssignmentRequired": false,
        "servicePrincipalType": "Application", "signInAudience": application.text("signInAudience"),
        "servicePrincipalNames": [app_id], "tags": [], "appRoles": [], "oauth2PermissionScopes": [],
    });
    for (name, value) in body {
        row[name] = value;
    }
    let visible_from = x.now + x.tenant.visible_lag;
    x.tenant
        .principal_visible_from
        .insert(id.clone(), visible_from);
    x.tenant.service_principals.push(row.clone());
    x.touch();
    audit::about(x, "Add service principal", "ServicePrincipal", &id, &name);
    x.entity(201, row, &PRINCIPALS)
}

fn principal_id(x: &Exchange<'_>, key: &str) -> Result<String, Fault> {
    x.tenant
        .visible_principal(key, x.now)
        .and_then(|row| row["id"].as_str().map(str::to_owned))
        .ok_or_else(|| fault::not_found(key.trim_start_matches("appId=")))
}

/// `GET /servicePrincipals/{id}/appRoleAssignments`.
pub(super) fn app_roles(x: &Exchange<'_>, key: &str) -> Result<Reply, Fault> {
    x.require("GET /servicePrincipals/{id}/appRoleAssignments")?;
    let id = principal_id(x, key)?;
    x.collection(x.tenant.app_roles_of(&id), &APP_ROLES)
}

/// `POST /servicePrincipals/{id}/appRoleAssignments`.
pub(super) fn add_app_role(x: &mut Exchange<'_>, key: &str) -> Result<Reply, Fault> {
    x.require("POST /servicePrincipals/{id}/appRoleAssignments")?;
    // The page asks for a permission to read applications beside it.
    if !x.granted(&[
        "Application.Read.All",
        "Application.ReadWrite.All",
        "Directory.Read.All",
        "Directory.ReadWrite.All",
    ]) {
        return Err(fault::denied());
    }
    require_one_of(x, &GIVERS)?;
    let id = principal_id(x, key)?;
    let body = x.body()?;
    check::names(&body, properties::APP_ROLE_ASSIGNMENT, "appRoleAssignment")?;
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    for name in ["principalId", "resourceId", "appRoleId"] {
        if !stamp::is_guid(text(name)) {
            return Err(fault::bad_request(format!(
                "A value is required for property '{name}' of resource 'AppRoleAssignment'."
            ))
            .breach(format!("{name} of an app role assignment")));
        }
    }
    if text("principalId") != id {
        return Err(fault::bad_request(
            "The principalId does not match the service principal of the request.",
        )
        .breach("principalId of an app role assignment"));
    }
    if text("resourceId") != graph_principal_id() {
        return Err(fault::not_found(text("resourceId")));
    }
    if permission_ids::role_name(text("appRoleId")).is_none() {
        return Err(fault::bad_request(
            "Permission being assigned was not found on application",
        ));
    }
    let held = x.tenant.app_roles_of(&id);
    if held
        .iter()
        .any(|one| one["appRoleId"].as_str() == Some(text("appRoleId")))
    {
        return Err(
            fault::bad_request("Permission being assigned already exists on the object")
                .detail("InvalidUpdate", None),
        );
    }
    let name = x
        .tenant
        .service_principal(&id)
        .and_then(|row| row["displayName"].as_str().map(str::to_owned))
        .unwrap_or_default();
    let row = app_role_row(&id, &name, text("appRoleId"), x.now);
    x.tenant.app_role_grants.push(row.clone());
    x.touch();
    audit::about(
        x,
        "Add app role assignment to service principal",
        "ServicePrincipal",
        &id,
        &name,
    );
    x.entity(201, row, &APP_ROLES)
}

/// `GET /oauth2PermissionGrants`.
pub(super) fn list(x: &Exchange<'_>) -> Result<Reply, Fault> {
    x.require("GET /oauth2PermissionGrants")?;
    x.collection(x.tenant.all_consents(), &CONSENTS)
}

/// `POST /oauth2PermissionGrants`.
pub(super) fn create(x: &mut Exchange<'_>) -> Result<Reply, Fault> {
    x.require("POST /oauth2PermissionGrants")?;
    require_one_of(x, &CONSENTERS)?;
    let body = x.body()?;
    check::names(&body, properties::PERMISSION_GRANT, "oAuth2PermissionGrant")?;
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    let everybody = text("consentType") == "AllPrincipals";
    let person = text("principalId");
    let fine = stamp::is_guid(text("clientId"))
        && stamp::is_guid(text("resourceId"))
        && (everybody && person.is_empty()
            || text("consentType") == "Principal" && stamp::is_guid(person));
    if !fine {
        return Err(fault::bad_request(
            "Invalid value specified for a property of resource 'OAuth2PermissionGrant'.",
        )
        .breach("ids and consentType of a permission grant"));
    }
    check_scope(text("scope"))?;
    principal_id(x, text("clientId"))?;
    if text("resourceId") != graph_principal_id() {
        return Err(fault::not_found(text("resourceId")));
    }
    let clash = x.tenant.all_consents().iter().any(|one| {
        ["clientId", "resourceId", "consentType"]
            .iter()
            .all(|name| one[*name].as_str() == Some(text(name)))
            && one["principalId"].as_str().unwrap_or_default() == person
    });
    if clash {
        return Err(fault::key_taken("Permission entry already exists."));
    }
    let row = json!({
        "id": stamp::new_id(), "clientId": text("clientId"), "consentType": text("consentType"),
        "principalId": if person.is_empty() { Value::Null } else { json!(person) },
        "resourceId": text("resourceId"), "scope": text("scope"),
    });
    let client = text("clientId").to_owned();
    x.tenant.consents.push(row.clone());
    x.touch();
    audit::about(
        x,
        "Add delegated permission grant",
        "ServicePrincipal",
        &client,
        "",
    );
    x.entity(201, row, &CONSENTS)
}

/// `PATCH /oauth2PermissionGrants/{id}`: the scope, which is replaced as a whole.
pub(super) fn update(x: &mut Exchange<'_>, id: &str) -> Result<Reply, Fault> {
    x.require("PATCH /oauth2PermissionGrants/{id}")?;
    require_one_of(x, &CONSENTERS)?;
    let body = x.body()?;
    if body.keys().any(|name| name != "scope") {
        return Err(
            fault::bad_request("Only the scope of a permission grant can be changed.")
                .breach("PATCH of a permission grant"),
        );
    }
    let scope = body
        .get("scope")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    check_scope(&scope)?;
    let names = || scope.split_whitespace().map(str::to_owned).collect();
    if let Some(row) = x
        .tenant
        .consents
        .iter_mut()
        .find(|one| one["id"].as_str() == Some(id))
    {
        row["scope"] = json!(scope);
    } else if let Some(client) = x
        .tenant
        .clients
        .iter_mut()
        .find(|one| stamp::derived_id(&format!("grant {}", one.client_id)) == id)
    {
        client.scopes = names();
    } else {
        return Err(fault::not_found(id));
    }
    x.touch();
    Ok(empty_reply(204))
}

fn check_scope(scope: &str) -> Result<(), Fault> {
    let unknown = scope
        .split_whitespace()
        .find(|name| !permission_ids::is_scope(name));
    match unknown {
        None if scope.len() <= 3850 => Ok(()),
        unknown => Err(fault::bad_request(format!(
            "The scope '{}' is not published by the resource, or the list is too long.",
            unknown.unwrap_or("...")
        ))
        .breach("scope of a permission grant")),
    }
}
