//! Soft-deleted users: list, read, restore, purge.

use serde_json::{Value, json};

use super::super::properties;
use super::super::rules::Action;
use super::super::tenant::User;
use super::super::wire::Reply;
use super::fault::{self, Fault, empty_reply};
use super::listing::Shape;
use super::request::Exchange;
use super::{audit, check, users};

const SHAPE: Shape = Shape {
    kind: "user",
    context: "directory/deletedItems/microsoft.graph.user",
    properties: properties::USER,
    defaults: users::DEFAULTS,
    collections: users::COLLECTIONS,
    options: &[
        "$select",
        "$filter",
        "$top",
        "$count",
        "$orderby",
        "$skiptoken",
    ],
    page: (100, 999),
    filters: &[
        "id",
        "userPrincipalName",
        "displayName",
        "mail",
        "deletedDateTime",
    ],
};

fn find<'a>(x: &'a Exchange<'_>, id: &str) -> Result<&'a User, Fault> {
    let found = x
        .tenant
        .deleted
        .iter()
        .find(|user| user.id().eq_ignore_ascii_case(id));
    found.ok_or_else(|| fault::not_found(id))
}

/// `GET /directory/deletedItems/microsoft.graph.user`.
pub(super) fn list(x: &Exchange<'_>) -> Result<Reply, Fault> {
    x.require("GET /directory/deletedItems/microsoft.graph.user")?;
    let rows = x
        .tenant
        .deleted
        .iter()
        .map(|user| Value::Object(user.props.clone()))
        .collect();
    x.collection(rows, &SHAPE)
}

/// `GET /directory/deletedItems/{id}`.
pub(super) fn get(x: &Exchange<'_>, id: &str) -> Result<Reply, Fault> {
    x.require("GET /directory/deletedItems/{id}")?;
    let mut row = Value::Object(find(x, id)?.props.clone());
    row["@odata.type"] = json!("#microsoft.graph.user");
    let shape = Shape {
        context: "directory/deletedItems",
        ..SHAPE
    };
    x.entity(200, row, &shape)
}

/// `POST /directory/deletedItems/{id}/restore`.
pub(super) fn restore(x: &mut Exchange<'_>, id: &str) -> Result<Reply, Fault> {
    x.require("POST /directory/deletedItems/{id}/restore")?;
    let user = find(x, id)?.clone();
    x.reaches(user.id(), Action::DeleteOrRestore)?;
    let body = x.body()?;
    check::names(
        &body,
        &["autoReconcileProxyConflict", "newUserPrincipalName"],
        "restore",
    )?;
    let kept = user
        .upn()
        .strip_prefix(&user.id().replace('-', ""))
        .unwrap_or(user.upn());
    let upn = body
        .get("newUserPrincipalName")
        .and_then(Value::as_str)
        .unwrap_or(kept)
        .to_owned();
    check::upn(x.tenant, &upn, Some(user.id()))?;
    x.tenant.deleted.retain(|one| one.id() != user.id());
    let mut back = user;
    back.set("userPrincipalName", json!(upn));
    back.set("deletedDateTime", Value::Null);
    if let Some(index) = generated_index(x, &back) {
        x.tenant.generated.removed.remove(&index);
        x.tenant.generated.changed.insert(index, back.clone());
    } else {
        x.tenant.users.push(back.clone());
    }
    x.touch();
    audit::about_user(x, "Restore user", "Core Directory", &back);
    let mut row = users::row(x, &back);
    row["@odata.type"] = json!("#microsoft.graph.user");
    let shape = Shape {
        context: "directoryObjects",
        ..users::SHAPE
    };
    x.entity(200, row, &shape)
}

/// The number of a computed user, although it counts as removed.
fn generated_index(x: &Exchange<'_>, user: &User) -> Option<u64> {
    let mut all = x.tenant.generated.clone();
    all.removed.clear();
    all.index(user.id())
}

/// `DELETE /directory/deletedItems/{id}`.
pub(super) fn purge(x: &mut Exchange<'_>, id: &str) -> Result<Reply, Fault> {
    x.require("DELETE /directory/deletedItems/{id}")?;
    let user = find(x, id)?.clone();
    x.reaches(user.id(), Action::DeleteOrRestore)?;
    x.tenant.deleted.retain(|one| one.id() != user.id());
    x.touch();
    audit::about_user(x, "Hard Delete user", "Core Directory", &user);
    Ok(empty_reply(204))
}
