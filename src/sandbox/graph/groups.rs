//! Groups: read, create, members, owners.

use serde_json::{Value, json};

use super::super::tenant::Group;
use super::super::wire::Reply;
use super::super::{properties, roles, rules, stamp};
use super::fault::{self, Fault, empty_reply};
use super::members::{self, GROUPS};
use super::request::Exchange;
use super::{audit, check};

fn find<'a>(x: &'a Exchange<'_>, id: &str) -> Result<&'a Group, Fault> {
    x.tenant
        .group(id)
        .filter(|group| group.visible_from <= x.now)
        .ok_or_else(|| fault::not_found(id))
}

fn row(group: &Group, x: &Exchange<'_>) -> Value {
    let mut row = members::group_row(group);
    row["isManagementRestricted"] = json!(x.tenant.restricted(group.id()).then_some(true));
    row
}

/// `GET /groups`.
pub(super) fn list(x: &Exchange<'_>) -> Result<Reply, Fault> {
    x.require("GET /groups")?;
    let rows = x
        .tenant
        .groups
        .iter()
        .filter(|group| group.visible_from <= x.now)
        .map(|group| row(group, x))
        .collect();
    x.collection(rows, &GROUPS)
}

/// `GET /groups/{id}`.
pub(super) fn get(x: &Exchange<'_>, id: &str) -> Result<Reply, Fault> {
    x.require("GET /groups/{id}")?;
    let group = find(x, id)?;
    x.entity(200, row(group, x), &GROUPS)
}

/// `POST /groups`.
pub(super) fn create(x: &mut Exchange<'_>) -> Result<Reply, Fault> {
    x.require("POST /groups")?;
    let body = x.body()?;
    let links = ["members@odata.bind", "owners@odata.bind"];
    let known: Vec<&str> = properties::GROUP.iter().copied().chain(links).collect();
    check::names(&body, &known, "group")?;
    for required in [
        "displayName",
        "mailEnabled",
        "mailNickname",
        "securityEnabled",
    ] {
        if body.get(required).is_none_or(Value::is_null) {
            return Err(check::missing(required));
        }
    }
    if let Some(name) = body.keys().find(|name| links.contains(&name.as_str())) {
        return Err(fault::not_modelled(format!("{name} on a new group")));
    }
    let assignable = body.get("isAssignableToRole") == Some(&Value::Bool(true));
    if assignable {
        if !x.granted(&["RoleManagement.ReadWrite.Directory"]) {
            return Err(fault::denied());
        }
        x.require_role_manager()?;
    } else if !x.caller.app_only && !manages_groups(x, None) {
        return Err(fault::denied());
    }
    let id = stamp::new_id();
    let mut props = body;
    props.insert("id".to_owned(), json!(id));
    props.insert("createdDateTime".to_owned(), json!(stamp::iso(x.now, 0)));
    props.entry("groupTypes").or_insert_with(|| json!([]));
    let name = props
        .get("displayName")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    let visible_from = x.now + x.tenant.visible_lag;
    let group = Group {
        props,
        members: Vec::new(),
        owners: Vec::new(),
        visible_from,
    };
    let row = row(&group, x);
    x.tenant.groups.push(group);
    x.touch();
    audit::about(x, "Add group", "Group", &id, &name);
    x.entity(201, row, &GROUPS)
}

/// Whether the caller may change ordinary groups, or owns this one.
fn manages_groups(x: &Exchange<'_>, group: Option<&Group>) -> bool {
    let wanted = [
        roles::GROUPS_ADMINISTRATOR,
        roles::USER_ADMINISTRATOR,
        roles::GLOBAL_ADMINISTRATOR,
    ];
    rules::holds_any(x.tenant, x.caller, &wanted)
        || group.is_some_and(|group| {
            group
                .owners
                .iter()
                .any(|one| one.eq_ignore_ascii_case(&x.caller.object_id))
        })
}

/// `GET /groups/{id}/members`, `transitiveMembers`, `owners`.
pub(super) fn people(
    x: &Exchange<'_>,
    id: &str,
    which: &str,
    tail: &[&str],
) -> Result<Reply, Fault> {
    x.require(&format!("GET /groups/{{id}}/{which}"))?;
    let group = find(x, id)?;
    let ids = match which {
        "owners" => group.owners.clone(),
        "members" => group.members.clone(),
        _ => transitive(x, group),
    };
    members::list_members(x, &ids, tail)
}

fn transitive(x: &Exchange<'_>, group: &Group) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    let mut queue: Vec<String> = group.members.clone();
    while let Some(id) = queue.pop() {
        if ids.contains(&id) {
            continue;
        }
        if let Some(inner) = x.tenant.group(&id) {
            queue.extend(inner.members.iter().cloned());
        }
        ids.push(id);
    }
    ids.sort();
    ids
}

/// Permission and role for changing the members of a group.
fn check_membership(x: &Exchange<'_>, group: &Group) -> Result<(), Fault> {
    if group.role_assignable() {
        if !x.granted(&["RoleManagement.ReadWrite.Directory"]) {
            return Err(fault::denied());
        }
        x.require_role_manager()?;
    } else {
        x.require("POST /groups/{id}/members/$ref")?;
        if !x.caller.app_only && !manages_groups(x, Some(group)) {
            return Err(fault::denied());
        }
    }
    if x.tenant.restricted(group.id()) {
        Err(fault::restricted())
    } else {
        Ok(())
    }
}

/// `POST /groups/{id}/members/$ref`.
pub(super) fn add_member(x: &mut Exchange<'_>, id: &str) -> Result<Reply, Fault> {
    let group = find(x, id)?.clone();
    check_membership(x, &group)?;
    let member = check::linked_id(&x.body()?, x.origin)?;
    let object = members::object_row(x, &member).ok_or_else(|| fault::not_found(&member))?;
    let nested = object["@odata.type"] == "#microsoft.graph.group";
    if nested && group.role_assignable() {
        return Err(fault::bad_request(
            "A role-assignable group cannot have a group as its member.",
        ));
    }
    if group
        .members
        .iter()
        .any(|one| one.eq_ignore_ascii_case(&member))
    {
        return Err(fault::bad_request(
            "One or more added object references already exist for the following modified properties: 'members'.",
        ));
    }
    if let Some(held) = x
        .tenant
        .groups
        .iter_mut()
        .find(|one| one.id() == group.id())
    {
        held.members.push(member.to_lowercase());
    }
    x.touch();
    audit::about(x, "Add member to group", "Group", id, "");
    Ok(empty_reply(204))
}

/// `DELETE /groups/{id}/members/{id}/$ref`.
pub(super) fn remove_member(x: &mut Exchange<'_>, id: &str, member: &str) -> Result<Reply, Fault> {
    let group = find(x, id)?.clone();
    check_membership(x, &group)?;
    if !group
        .members
        .iter()
        .any(|one| one.eq_ignore_ascii_case(member))
    {
        return Err(fault::not_found(member));
    }
    if let Some(held) = x
        .tenant
        .groups
        .iter_mut()
        .find(|one| one.id() == group.id())
    {
        held.members.retain(|one| !one.eq_ignore_ascii_case(member));
    }
    x.touch();
    audit::about(x, "Remove member from group", "Group", id, "");
    Ok(empty_reply(204))
}
