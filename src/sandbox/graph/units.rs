//! Administrative units: read, create, members, scoped role members.

use serde_json::{Value, json};

use super::super::tenant::{Tenant, Unit};
use super::super::wire::Reply;
use super::super::{properties, roles, stamp};
use super::fault::{self, Fault, empty_reply, json_reply};
use super::members::{self, UNITS};
use super::request::Exchange;
use super::{audit, check};

const PATH: &str = "/directory/administrativeUnits";

fn find<'a>(x: &'a Exchange<'_>, id: &str) -> Result<&'a Unit, Fault> {
    x.tenant
        .unit(id)
        .filter(|unit| unit.visible_from <= x.now)
        .ok_or_else(|| fault::not_found(id))
}

/// `GET /directory/administrativeUnits`.
pub(super) fn list(x: &Exchange<'_>) -> Result<Reply, Fault> {
    x.require(&format!("GET {PATH}"))?;
    let rows = x
        .tenant
        .units
        .iter()
        .filter(|unit| unit.visible_from <= x.now)
        .map(members::unit_row)
        .collect();
    x.collection(rows, &UNITS)
}

/// `GET /directory/administrativeUnits/{id}`.
pub(super) fn get(x: &Exchange<'_>, id: &str) -> Result<Reply, Fault> {
    x.require(&format!("GET {PATH}/{{id}}"))?;
    x.entity(200, members::unit_row(find(x, id)?), &UNITS)
}

/// `POST /directory/administrativeUnits`.
pub(super) fn create(x: &mut Exchange<'_>) -> Result<Reply, Fault> {
    x.require(&format!("POST {PATH}"))?;
    x.require_role_manager()?;
    let body = x.body()?;
    check::names(&body, properties::ADMINISTRATIVE_UNIT, "administrativeUnit")?;
    let Some(name) = body
        .get("displayName")
        .and_then(Value::as_str)
        .map(str::to_owned)
    else {
        return Err(check::missing("displayName"));
    };
    let id = stamp::new_id();
    let mut props = body;
    props.insert("id".to_owned(), json!(id));
    let visible_from = x.now + x.tenant.visible_lag;
    let unit = Unit {
        props,
        members: Vec::new(),
        visible_from,
    };
    let row = members::unit_row(&unit);
    x.tenant.units.push(unit);
    x.touch();
    audit::about(
        x,
        "Add administrative unit",
        "AdministrativeUnit",
        &id,
        &name,
    );
    x.entity(201, row, &UNITS)
}

/// `DELETE /directory/administrativeUnits/{id}`.
pub(super) fn delete(x: &mut Exchange<'_>, id: &str) -> Result<Reply, Fault> {
    x.require(&format!("DELETE {PATH}/{{id}}"))?;
    x.require_role_manager()?;
    let id = find(x, id)?.id().to_owned();
    x.tenant.units.retain(|unit| unit.id() != id);
    let scope = format!("/administrativeUnits/{id}");
    x.tenant.assignments.retain(|one| one.scope != scope);
    x.touch();
    audit::about(
        x,
        "Delete administrative unit",
        "AdministrativeUnit",
        &id,
        "",
    );
    Ok(empty_reply(204))
}

/// `GET …/{id}/members`.
pub(super) fn list_members(x: &Exchange<'_>, id: &str, tail: &[&str]) -> Result<Reply, Fault> {
    x.require(&format!("GET {PATH}/{{id}}/members"))?;
    let ids = find(x, id)?.members.clone();
    members::list_members(x, &ids, tail)
}

/// `POST …/{id}/members/$ref`.
pub(super) fn add_member(x: &mut Exchange<'_>, id: &str) -> Result<Reply, Fault> {
    x.require(&format!("POST {PATH}/{{id}}/members/$ref"))?;
    x.require_role_manager()?;
    let unit = find(x, id)?.clone();
    let member = check::linked_id(&x.body()?, x.origin)?;
    if members::object_row(x, &member).is_none() {
        return Err(fault::not_found(&member));
    }
    if unit
        .members
        .iter()
        .any(|one| one.eq_ignore_ascii_case(&member))
    {
        return Err(fault::bad_request(
            "One or more added object references already exist for the following modified properties: 'members'.",
        ));
    }
    if let Some(held) = x.tenant.units.iter_mut().find(|one| one.id() == unit.id()) {
        held.members.push(member.to_lowercase());
    }
    x.touch();
    let kind = if unit.restricted() {
        "restricted management "
    } else {
        ""
    };
    audit::about(
        x,
        &format!("Add member to {kind}administrative unit"),
        "AdministrativeUnit",
        unit.id(),
        "",
    );
    Ok(empty_reply(204))
}

/// `DELETE …/{id}/members/{member id}/$ref`.
pub(super) fn remove_member(x: &mut Exchange<'_>, id: &str, member: &str) -> Result<Reply, Fault> {
    x.require(&format!("DELETE {PATH}/{{id}}/members/{{id}}/$ref"))?;
    x.require_role_manager()?;
    let unit = find(x, id)?.clone();
    if !unit
        .members
        .iter()
        .any(|one| one.eq_ignore_ascii_case(member))
    {
        return Err(fault::not_found(member));
    }
    if let Some(held) = x.tenant.units.iter_mut().find(|one| one.id() == unit.id()) {
        held.members.retain(|one| !one.eq_ignore_ascii_case(member));
    }
    x.touch();
    let kind = if unit.restricted() {
        "restricted management "
    } else {
        ""
    };
    audit::about(
        x,
        &format!("Remove member from {kind}administrative unit"),
        "AdministrativeUnit",
        unit.id(),
        "",
    );
    Ok(empty_reply(204))
}

fn scoped_row(
    x: &Exchange<'_>,
    unit_id: &str,
    role_id: &str,
    principal_id: &str,
    id: &str,
) -> Value {
    let role = x
        .tenant
        .directory_roles
        .get(role_id)
        .cloned()
        .unwrap_or_default();
    let name = x
        .tenant
        .user(principal_id)
        .map(|user| user.text("displayName").to_owned());
    json!({
        "id": id, "roleId": role, "administrativeUnitId": unit_id,
        "roleMemberInfo": {"id": principal_id, "displayName": name},
    })
}

/// `GET …/{id}/scopedRoleMembers`.
pub(super) fn scoped_roles(x: &Exchange<'_>, id: &str) -> Result<Reply, Fault> {
    x.require(&format!("GET {PATH}/{{id}}/scopedRoleMembers"))?;
    x.allow_options(&[])?;
    let unit = find(x, id)?.id().to_owned();
    let scope = format!("/administrativeUnits/{unit}");
    let rows = x
        .tenant
        .assignments
        .iter()
        .filter(|one| one.scope == scope)
        .map(|one| scoped_row(x, &unit, &one.role_id, &one.principal_id, &one.id))
        .collect();
    Ok(x.page(rows, "scopedRoleMemberships", None, None))
}

/// `POST …/{id}/scopedRoleMembers`.
pub(super) fn add_scoped_role(x: &mut Exchange<'_>, id: &str) -> Result<Reply, Fault> {
    x.require(&format!("POST {PATH}/{{id}}/scopedRoleMembers"))?;
    x.require_role_manager()?;
    let unit = find(x, id)?.id().to_owned();
    let body = x.body()?;
    check::names(
        &body,
        properties::SCOPED_ROLE_MEMBERSHIP,
        "scopedRoleMembership",
    )?;
    let role_object = body
        .get("roleId")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let member = body
        .get("roleMemberInfo")
        .and_then(|info| info.get("id"))
        .and_then(Value::as_str)
        .unwrap_or_default();
    // The id of the activated role in this tenant, not the template id.
    let template = x
        .tenant
        .directory_roles
        .iter()
        .find(|(_, id)| id.eq_ignore_ascii_case(role_object));
    let Some(template) = template.map(|(template, _)| template.clone()) else {
        return Err(fault::not_found(role_object));
    };
    let member = x.user(member)?.id().to_owned();
    if !roles::built_in(&template).is_some_and(|role| role.unit_scope) {
        return Err(fault::bad_request(
            "The given built-in role is not supported to be assigned to a single resource scope.",
        ));
    }
    let scope = format!("/administrativeUnits/{unit}");
    let assignment = Tenant::new_assignment(&template, &member, &scope, x.now);
    if x.tenant
        .assignments
        .iter()
        .any(|one| one.id == assignment.id)
    {
        return Err(fault::conflicting());
    }
    let mut row = scoped_row(x, &unit, &template, &member, &assignment.id);
    x.tenant.add_assignment(assignment);
    x.touch();
    audit::about(x, "Add scoped member to role", "User", &member, "");
    row["@odata.context"] = json!(x.context("scopedRoleMemberships/$entity"));
    Ok(json_reply(201, row))
}
