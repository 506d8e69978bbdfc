//! Activated directory roles with their members, and service principals as they are read.

use serde_json::{Map, Value, json};

use super::super::wire::Reply;
use super::super::{odata, properties};
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
    let row = x
        .tenant
        .visible_principal(key, x.now)
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
