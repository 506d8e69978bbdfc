//! What is asked about or done to one user beside reading and writing properties: sessions, licences, group checks.

use serde_json::{Value, json};

use super::super::rules::Action;
use super::super::wire::Reply;
use super::audit;
use super::fault::{self, Fault, json_reply};
use super::request::Exchange;

/// `POST /users/{id}/revokeSignInSessions`.
pub(super) fn revoke_sessions(x: &mut Exchange<'_>, key: &str) -> Result<Reply, Fault> {
    x.require("POST /users/{id}/revokeSignInSessions")?;
    let user = x.user(key)?;
    x.reaches(user.id(), Action::Sessions)?;
    if user.guest() {
        return Err(fault::bad_request(
            "The sessions of an external user are revoked in the home tenant.",
        ));
    }
    let now = x.now;
    if let Some(user) = x.tenant.user_mut(user.id()) {
        user.end_sessions(now);
    }
    x.touch();
    audit::about_user(
        x,
        "Update StsRefreshTokenValidFrom Timestamp",
        "Core Directory",
        &user,
    );
    let context = x.context("Edm.Boolean");
    Ok(json_reply(
        200,
        json!({"@odata.context": context, "value": true}),
    ))
}

/// `GET /users/{id}/licenseDetails`.
pub(super) fn licenses(x: &Exchange<'_>, key: &str) -> Result<Reply, Fault> {
    let user = x.user(key)?;
    x.require_on("GET /users/{id}/licenseDetails", &user)?;
    let assigned = user
        .props
        .get("assignedLicenses")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let rows = x
        .tenant
        .skus
        .iter()
        .filter(|sku| assigned.iter().any(|one| one.get("skuId") == sku.get("skuId")))
        .map(|sku| {
            json!({
                "id": "-yn7lP-JSUuDCLkGRt9vcQ", "skuId": sku["skuId"], "skuPartNumber": sku["skuPartNumber"],
                "servicePlans": sku["servicePlans"],
            })
        })
        .collect();
    let context = format!("users('{}')/licenseDetails", user.id());
    x.allow_options(&[])?;
    Ok(x.page(rows, &context, None, None))
}

/// `POST /users/{id}/checkMemberGroups`.
pub(super) fn check_member_groups(x: &Exchange<'_>, key: &str) -> Result<Reply, Fault> {
    let user = x.user(key)?;
    x.require_on("POST /users/{id}/checkMemberGroups", &user)?;
    let body = x.body()?;
    let ids = body.get("groupIds").and_then(Value::as_array);
    let Some(ids) = ids.filter(|ids| body.len() == 1 && (1..=20).contains(&ids.len())) else {
        return Err(fault::bad_request("groupIds must hold 1 to 20 ids.")
            .breach("checkMemberGroups takes 1 to 20 groupIds"));
    };
    let groups = x.tenant.groups_of(user.id());
    let found: Vec<&Value> = ids
        .iter()
        .filter(|id| {
            groups.iter().any(|group| {
                id.as_str()
                    .is_some_and(|id| group.id().eq_ignore_ascii_case(id))
            })
        })
        .collect();
    Ok(json_reply(
        200,
        json!({"@odata.context": x.context("Collection(Edm.String)"), "value": found}),
    ))
}
