//! The `resetPassword` action and the operation behind it.

use serde_json::{Value, json};

use super::super::rules::Action;
use super::super::stamp;
use super::super::tenant::{Operation, Password, secret};
use super::super::wire::Reply;
use super::fault::{self, Fault, empty_reply, json_reply};
use super::request::Exchange;
use super::{audit, check, methods};

const ENDPOINT: &str = "POST /users/{id}/authentication/methods/{id}/resetPassword";
/// Invented: the texts of failed operations are not documented.
const FAILURE: &str = "PolicyViolation";

/// `POST …/methods/28c1…/resetPassword`.
pub(super) fn reset(x: &mut Exchange<'_>, key: &str, method_id: &str) -> Result<Reply, Fault> {
    if x.caller.app_only {
        return Err(fault::no_user_in_token());
    }
    if x.request.batched {
        return Err(fault::malformed("This action cannot be part of a batch.")
            .breach("resetPassword inside $batch"));
    }
    let user = methods::user(x, key)?;
    x.require_methods_write(ENDPOINT, &user, Action::Password)?;
    x.allow_options(&[])?;
    if !method_id.eq_ignore_ascii_case(methods::PASSWORD_ID) || user.guest() {
        return Err(fault::method_not_found());
    }
    let body = x.body()?;
    check::names(&body, &["newPassword"], "resetPassword")?;
    let given = match body.get("newPassword") {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text.clone()),
        Some(_) => return Err(check::wrong_type("newPassword")),
    };
    if x.tenant.federated(user.domain()) {
        return Err(fault::method_refused(
            "The password of a federated user is not set here.",
        ));
    }
    if given.is_none() && user.synced() {
        return Err(fault::method_refused(
            "newPassword is required for a user synchronised from on-premises.",
        ));
    }
    let clear = given.clone().unwrap_or_else(secret::generated);
    let relaxed = user.policy("DisableStrongPassword");
    // Length and classes are refused at once, a banned word only by the operation: both ways are documented.
    if !secret::well_formed(&clear, relaxed) {
        return Err(fault::weak_password());
    }
    let fails = !secret::acceptable(&clear, user.upn(), relaxed);
    let operation = Operation {
        id: stamp::new_id(),
        user_id: user.id().to_owned(),
        created: x.now,
        due: x.now + x.tenant.operation_lag,
        password: (!fails).then(|| Password::new(&clear)),
        failure: fails.then(|| FAILURE.to_owned()),
        routing: ("DUB02P".to_owned(), "ssprprod-a".to_owned()),
        initiator: audit::initiator(x),
    };
    let location = format!(
        "{}/v1.0/users/{}/authentication/operations/{}?aadgdc={}&aadgsu={}",
        x.origin,
        user.id(),
        operation.id,
        operation.routing.0,
        operation.routing.1
    );
    x.tenant.operations.push(operation);
    x.touch();
    let now = x.now;
    x.tenant.tick(now);
    let mut reply = match given {
        Some(_) => empty_reply(202),
        None => {
            let context = x.context("microsoft.graph.passwordResetResponse");
            json_reply(
                202,
                json!({"@odata.context": context, "newPassword": clear}),
            )
        }
    };
    reply.headers.push(("Location".to_owned(), location));
    if let Some(seconds) = retry_after(x.tenant.operation_lag) {
        reply.headers.push(("Retry-After".to_owned(), seconds));
    }
    Ok(reply)
}

/// The header is optional; below a second it would only slow a rehearsal down.
fn retry_after(remaining_ms: i64) -> Option<String> {
    (remaining_ms >= 1_000).then(|| ((remaining_ms + 999) / 1_000).min(5).to_string())
}

/// `GET …/operations/{id}`.
pub(super) fn operation(x: &Exchange<'_>, key: &str, id: &str) -> Result<Reply, Fault> {
    if x.caller.app_only {
        return Err(fault::access_denied());
    }
    let user = methods::user(x, key)?;
    x.require_methods_read("GET /users/{id}/authentication/operations/{id}", &user)?;
    let found = x
        .tenant
        .operations
        .iter()
        .find(|one| one.id == id && one.user_id == user.id());
    let operation = found.ok_or_else(|| fault::operation_not_found(None))?;
    let routed = x.option("aadgdc") == Some(operation.routing.0.as_str())
        && x.option("aadgsu") == Some(operation.routing.1.as_str());
    if !routed {
        return Err(fault::operation_not_found(Some(
            "the query of the operation's Location was not kept",
        )));
    }
    let half = operation.created + (operation.due - operation.created) / 10;
    let (status, detail) = match &operation.failure {
        _ if x.now < half => ("notStarted", None),
        _ if x.now < operation.due => ("running", None),
        Some(failure) => ("failed", Some(failure.as_str())),
        None => ("succeeded", Some("ResetSuccess")),
    };
    let base = format!("{}/v1.0/users/{}/authentication", x.origin, user.id());
    let body = json!({
        "@odata.context": x.context(&format!("users('{}')/authentication/operations/$entity", user.id())),
        "id": operation.id, "createdDateTime": stamp::iso(operation.created, 0),
        "lastActionDateTime": stamp::iso(x.now.min(operation.due), 0), "status": status, "statusDetail": detail,
        "resourceLocation": format!("{base}/methods/{}", methods::PASSWORD_ID),
    });
    // A published sample shows 202 with a finished operation, so half of them answer like that.
    let code = if status == "succeeded" && operation.id.starts_with(|c: char| c.is_ascii_digit()) {
        202
    } else {
        200
    };
    let mut reply = json_reply(code, body);
    if let Some(seconds) = retry_after(operation.due - x.now) {
        reply.headers.push(("Retry-After".to_owned(), seconds));
    }
    Ok(reply)
}
