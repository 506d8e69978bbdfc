//! Activated directory roles with their members, service principals, and what was consented for them.

use serde_json::{Map, Value, json};

use super::super::wire::Reply;
use super::super::{odata, properties, stamp};
use super::fault::{self, Fault, json_reply};
use super::listing::Shape;
use super::members::{self, DIRECTORY_ROLES};
use super::request::Exchange;

/// `GET /directoryRoles`.
pub(super) fn directory_roles(x: &Exchange<'_>) -> Result<Reply, Fault> {
    x.require("GET /directoryRoles")?;
    let rows = x
        .tenant
        .directory_roles
        .iter()
        .map(|(template, id)| members::role_row(x, template, id))
        .collect();
    // All at once: there is no paging here and no $top.
    let shape = Shape {
        options: &["$select", "$filter"],
        page: (usize::MAX / 2, 999),
        ..DIRECTORY_ROLES
    };
    x.collection(rows, &shape)
}

/// `GET /directoryRoles/{id}/members`, by object id or `roleTemplateId=…`.
pub(super) fn directory_role_members(
    x: &Exchange<'_>,
    key: &str,
    tail: &[&str],
) -> Result<Reply, Fault> {
    x.require("GET /directoryRoles/{id}/members")?;
    let template = match key.strip_prefix("roleTemplateId=") {
        Some(template) => x
            .tenant
            .directory_roles
            .contains_key(template)
            .then(|| template.to_owned()),
        None => x
            .tenant
            .directory_roles
            .iter()
            .find(|(_, id)| id.eq_ignore_ascii_case(key))
            .map(|(one, _)| one.clone()),
    };
    // A role that was never activated is not there.
    let template =
        template.ok_or_else(|| fault::not_found(key.trim_start_matches("roleTemplateId=")))?;
    let ids: Vec<String> = x
        .tenant
        .assignments
        .iter()
        .filter(|one| one.scope == "/" && one.role_id == template)
        .map(|one| one.principal_id.clone())
        .collect();
    members::list_members(x, &ids, tail)
}

/// `GET /servicePrincipals/{id}`, by object id or `appId=…`, and its memberships.
pub(super) fn service_principal(
    x: &Exchange<'_>,
    key: &str,
    tail: &[&str],
) -> Result<Reply, Fault> {
    let endpoint = if tail.is_empty() {
        "GET /servicePrincipals/{id}"
    } else {
        "GET /servicePrincipals/{id}/transitiveMemberOf"
    };
    x.require(endpoint)?;
    let found = match key.strip_prefix("appId=") {
        Some(app) => x.tenant.service_principals.iter().find(|one| {
            one["appId"]
                .as_str()
                .is_some_and(|id| id.eq_ignore_ascii_case(app))
        }),
        None => x.tenant.service_principal(key),
    };
    let row = found
        .cloned()
        .ok_or_else(|| fault::not_found(key.trim_start_matches("appId=")))?;
    match tail {
        [] => {
            x.allow_options(&["$select"])?;
            let select = odata::read_select(
                x.option("$select"),
                properties::SERVICE_PRINCIPAL,
                "servicePrincipal",
            )?;
            let names = select
                .map(|names| format!("({})", names.join(",")))
                .unwrap_or_default();
            let mut body = match x.option("$select") {
                Some(text) => {
                    let names: Vec<&str> = text.split(',').map(str::trim).collect();
                    Value::Object(odata::project(
                        row.as_object().unwrap_or(&Map::new()),
                        &names,
                        &[],
                    ))
                }
                None => row,
            };
            body["@odata.context"] = json!(x.context(&format!("servicePrincipals{names}/$entity")));
            Ok(json_reply(200, body))
        }
        ["transitiveMemberOf", rest @ ..] => {
            let id = row["id"].as_str().unwrap_or_default().to_owned();
            members::member_of(x, &id, true, rest)
        }
        _ => Err(fault::not_modelled(format!(
            "path below servicePrincipals: {}",
            tail.join("/")
        ))),
    }
}

const GRANTS: Shape = Shape {
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

/// `GET /oauth2PermissionGrants`: one grant for everybody per client with delegated permissions.
pub(super) fn grants(x: &Exchange<'_>) -> Result<Reply, Fault> {
    x.require("GET /oauth2PermissionGrants")?;
    let rows = x
        .tenant
        .clients
        .iter()
        .filter(|client| !client.scopes.is_empty())
        .map(|client| {
            json!({
                "id": stamp::derived_id(&format!("grant {}", client.client_id)), "clientId": client.service_principal_id,
                "consentType": "AllPrincipals", "principalId": null,
                "resourceId": stamp::derived_id("servicePrincipal Microsoft Graph"), "scope": client.scopes.join(" "),
            })
        })
        .collect();
    x.collection(rows, &GRANTS)
}
