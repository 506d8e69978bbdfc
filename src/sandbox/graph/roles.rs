//! Role assignments and role definitions, with what `$expand` adds to them.

use serde_json::{Value, json};

use super::super::tenant::{Assignment, Tenant};
use super::super::wire::Reply;
use super::super::{properties, roles, rules, stamp};
use super::fault::{self, Fault, empty_reply};
use super::listing::Shape;
use super::members;
use super::request::Exchange;
use super::{audit, check};

const PATH: &str = "/roleManagement/directory";

const ASSIGNMENTS: Shape = Shape {
    kind: "unifiedRoleAssignment",
    context: "roleManagement/directory/roleAssignments",
    properties: properties::ROLE_ASSIGNMENT,
    defaults: &[],
    collections: &[],
    options: &["$filter", "$select", "$expand", "$skiptoken"],
    page: (100, 999),
    filters: &["principalId", "roleDefinitionId"],
};

const DEFINITIONS: Shape = Shape {
    kind: "unifiedRoleDefinition",
    context: "roleManagement/directory/roleDefinitions",
    properties: properties::ROLE_DEFINITION,
    defaults: &[],
    collections: &["resourceScopes", "rolePermissions"],
    options: &["$filter", "$select", "$top", "$skiptoken"],
    page: (100, 999),
    filters: &["id", "displayName", "isBuiltIn", "templateId"],
};

fn assignment_row(x: &Exchange<'_>, one: &Assignment) -> Value {
    json!({
        "id": one.id, "principalId": one.principal_id, "principalOrganizationId": x.tenant.tenant_id(),
        "resourceScope": one.scope, "directoryScopeId": one.scope, "roleDefinitionId": one.role_id,
        "appScopeId": null, "condition": null,
    })
}

fn definition_row(x: &Exchange<'_>, id: &str) -> Option<Value> {
    if let Some(role) = roles::built_in(id) {
        let actions = match role.id {
            roles::HELPDESK_ADMINISTRATOR | roles::PASSWORD_ADMINISTRATOR => json!([
                "microsoft.directory/users/invalidateAllRefreshTokens",
                "microsoft.directory/users/password/update"
            ]),
            _ => json!([]),
        };
        return Some(json!({
            "id": role.id, "description": format!("The built-in role {}.", role.name), "displayName": role.name,
            "isBuiltIn": true, "isEnabled": true, "resourceScopes": ["/"], "templateId": role.id, "version": "1",
            "rolePermissions": [{"allowedResourceActions": actions, "condition": null}],
        }));
    }
    let custom = |role: &&Value| {
        role["id"]
            .as_str()
            .is_some_and(|one| one.eq_ignore_ascii_case(id))
    };
    x.tenant.custom_roles.iter().find(custom).cloned()
}

/// Adds what `$expand` asks for; `many` where both may be asked at once.
fn expand(x: &Exchange<'_>, rows: &mut [Value], many: bool) -> Result<String, Fault> {
    let Some(text) = x.option("$expand") else {
        return Ok(String::new());
    };
    let names: Vec<&str> = text.split(',').map(str::trim).collect();
    let known = names
        .iter()
        .all(|name| matches!(*name, "principal" | "roleDefinition"));
    if !known || (names.len() > 1 && !many) {
        let message = format!("$expand={text} is not supported here.");
        return Err(fault::malformed(message.clone()).breach(message));
    }
    for row in rows {
        for name in &names {
            let key = if *name == "principal" {
                "principalId"
            } else {
                "roleDefinitionId"
            };
            let id = row[key].as_str().unwrap_or_default().to_owned();
            let found = if *name == "principal" {
                x.tenant
                    .user(&id)
                    .map(|user| super::users::row(x, &user))
                    .map_or_else(
                        || members::object_row(x, &id),
                        |mut row| {
                            row["@odata.type"] = json!("#microsoft.graph.user");
                            Some(row)
                        },
                    )
            } else {
                definition_row(x, &id)
            };
            row[*name] = found.unwrap_or(Value::Null);
        }
    }
    Ok(format!(
        "({})",
        names
            .iter()
            .map(|name| format!("{name}()"))
            .collect::<Vec<_>>()
            .join(",")
    ))
}

/// A list with `$expand`: filtered and paged first, expanded after.
pub(super) fn expanded(
    x: &Exchange<'_>,
    rows: Vec<Value>,
    shape: &Shape,
    many: bool,
) -> Result<Reply, Fault> {
    let mut reply = x.collection(rows, shape)?;
    if x.option("$expand").is_none() {
        return Ok(reply);
    }
    if x.option("$select").is_some() {
        let message = "$select together with $expand is not supported here.";
        return Err(fault::malformed(message).breach(message));
    }
    if let super::super::wire::Body::Json(body) = &mut reply.body {
        let mut rows = body["value"].as_array().cloned().unwrap_or_default();
        let tail = expand(x, &mut rows, many)?;
        body["value"] = json!(rows);
        body["@odata.context"] = json!(x.context(&format!("{}{tail}", shape.context)));
    }
    Ok(reply)
}

/// `GET …/roleAssignments`.
pub(super) fn assignments(x: &Exchange<'_>) -> Result<Reply, Fault> {
    x.require(&format!("GET {PATH}/roleAssignments"))?;
    let rows = x
        .tenant
        .assignments
        .iter()
        .map(|one| assignment_row(x, one))
        .collect();
    expanded(x, rows, &ASSIGNMENTS, false)
}

/// `GET …/roleAssignments/{id}`.
pub(super) fn assignment(x: &Exchange<'_>, id: &str) -> Result<Reply, Fault> {
    x.require(&format!("GET {PATH}/roleAssignments/{{id}}"))?;
    let found = x
        .tenant
        .assignments
        .iter()
        .find(|one| one.id == id)
        .ok_or_else(|| fault::not_found(id))?;
    let mut rows = [assignment_row(x, found)];
    expand(x, &mut rows, false)?;
    let [row] = rows;
    x.entity(200, row, &ASSIGNMENTS)
}

/// `POST …/roleAssignments`.
pub(super) fn assign(x: &mut Exchange<'_>) -> Result<Reply, Fault> {
    x.require(&format!("POST {PATH}/roleAssignments"))?;
    x.require_role_manager()?;
    let body = x.body()?;
    check::names(&body, properties::ROLE_ASSIGNMENT, "unifiedRoleAssignment")?;
    let text = |name: &str| {
        body.get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_lowercase()
    };
    let (principal, role) = (text("principalId"), text("roleDefinitionId"));
    let scope = body
        .get("directoryScopeId")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    for (name, value) in [
        ("principalId", &principal),
        ("roleDefinitionId", &role),
        ("directoryScopeId", &scope),
    ] {
        if value.is_empty() {
            return Err(check::missing(name));
        }
    }
    if let Some(wrong) = [&principal, &role]
        .into_iter()
        .find(|id| !stamp::is_guid(id))
    {
        let message = format!("Invalid object identifier '{wrong}'.");
        return Err(fault::bad_request(message.clone()).breach(message));
    }
    if !x.tenant.role_exists(&role) || roles::IMPLICIT.contains(&role.as_str()) {
        return Err(fault::not_found(&role));
    }
    let group = x
        .tenant
        .group(&principal)
        .filter(|group| group.visible_from <= x.now);
    let known = x.visible_user(&principal).is_some()
        || x.tenant.visible_principal(&principal, x.now).is_some();
    match group {
        Some(group) if !group.role_assignable() => {
            return Err(fault::bad_request("The group is not assignable to a role."));
        }
        None if !known => return Err(fault::not_found(&principal)),
        _ => {}
    }
    if scope != "/" {
        let unit = scope
            .strip_prefix("/administrativeUnits/")
            .and_then(|id| x.tenant.unit(id));
        if unit.is_none_or(|unit| unit.visible_from > x.now) {
            return Err(fault::not_found(&scope));
        }
        if roles::built_in(&role).is_some_and(|role| !role.unit_scope) {
            return Err(fault::bad_request(
                "The given built-in role is not supported to be assigned to a single resource scope.",
            ));
        }
    }
    let assignment = Tenant::new_assignment(&role, &principal, &scope, x.now);
    if x.tenant
        .assignments
        .iter()
        .any(|one| one.id == assignment.id)
    {
        return Err(fault::conflicting());
    }
    let row = assignment_row(x, &assignment);
    x.tenant.add_assignment(assignment);
    x.touch();
    note_role(x, "Add member to role", &principal);
    if x.tenant.has_plan("AAD_PREMIUM_P2") {
        note_role(
            x,
            "Add member to role outside of PIM (permanent)",
            &principal,
        );
    }
    x.entity(201, row, &ASSIGNMENTS)
}

fn note_role(x: &mut Exchange<'_>, activity: &str, principal: &str) {
    match x.tenant.user(principal).map(|user| user.into_owned()) {
        Some(user) => audit::about_user(x, activity, "Core Directory", &user),
        None => audit::about(x, activity, "Other", principal, ""),
    }
}

/// `DELETE …/roleAssignments/{id}`.
pub(super) fn unassign(x: &mut Exchange<'_>, id: &str) -> Result<Reply, Fault> {
    x.require(&format!("DELETE {PATH}/roleAssignments/{{id}}"))?;
    x.require_role_manager()?;
    let found = x
        .tenant
        .assignments
        .iter()
        .find(|one| one.id == id)
        .ok_or_else(|| fault::not_found(id))?;
    let own = rules::is_self(x.caller, &found.principal_id)
        && found.role_id == roles::GLOBAL_ADMINISTRATOR;
    if own {
        return Err(fault::denied());
    }
    let principal = found.principal_id.clone();
    x.tenant.assignments.retain(|one| one.id != id);
    x.touch();
    note_role(x, "Remove member from role", &principal);
    Ok(empty_reply(204))
}

/// `GET …/roleDefinitions`.
pub(super) fn definitions(x: &Exchange<'_>) -> Result<Reply, Fault> {
    x.require(&format!("GET {PATH}/roleDefinitions"))?;
    let built_in = roles::BUILT_IN
        .iter()
        .filter_map(|role| definition_row(x, role.id));
    let rows = built_in
        .chain(x.tenant.custom_roles.iter().cloned())
        .collect();
    x.collection(rows, &DEFINITIONS)
}

/// `GET …/roleDefinitions/{id}`.
pub(super) fn definition(x: &Exchange<'_>, id: &str) -> Result<Reply, Fault> {
    x.require(&format!("GET {PATH}/roleDefinitions/{{id}}"))?;
    let row = definition_row(x, id).ok_or_else(|| fault::not_found(id))?;
    x.entity(200, row, &DEFINITIONS)
}
