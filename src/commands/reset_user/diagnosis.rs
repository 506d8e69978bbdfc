//! A refusal that came all the same: the engine of the verdict tells which of the look-alike causes it is, and the error says so
//! where that contradicts what was decided beforehand.

use super::judge::way_through;
use super::prepare::Prepared;
use super::report::{OneReset, Status};
use crate::error::{Error, ErrorCode};
use crate::facts;
use crate::graph::Client;
use crate::plan::Via;
use crate::policy::Gap;
use crate::policy::reset::{
    Action, By, Caller, Cause, Diagnosis, Reason, Target, Verdict, Via as PolicyVia, diagnose,
    verdict, who_can,
};
use crate::verdicts;

/// Explains the refusal of a reset in its error. Reads at most one batch, and only when nothing was read before.
pub(super) async fn explain(one: &mut OneReset, prepared: &Prepared, client: &Client) {
    if one.status != Status::Failed {
        return;
    }
    let Some(error) = one.error.take() else {
        return;
    };
    one.error = Some(if is_open(&error) {
        explained(error, prepared, client).await
    } else {
        error
    });
}

/// Refusals that have several causes; the others say what they mean.
fn is_open(error: &Error) -> bool {
    match error.said().http_status {
        Some(403) => !matches!(error.code(), ErrorCode::LicenceMissing),
        Some(400) => error.code() == ErrorCode::ContentRefused,
        _ => false,
    }
}

async fn explained(error: Error, prepared: &Prepared, client: &Client) -> Error {
    if let (Some(caller), Some(target)) = (&prepared.caller, &prepared.target) {
        return if prepared.units.is_empty() {
            told(error, prepared, caller, target)
        } else {
            told(error, prepared, caller, &target.outside_restricted_units())
        };
    }
    match facts::first_look(client, prepared.name.as_str()).await {
        Ok((surroundings, Ok(subject))) => {
            told(error, prepared, &surroundings.caller, &subject.target)
        }
        // The refusal itself is what matters; that nothing more could be read does not.
        Ok((_, Err(_))) | Err(_) => error,
    }
}

fn told(error: Error, prepared: &Prepared, caller: &Caller, target: &Target) -> Error {
    let action = Action::ResetPassword {
        via: match prepared.via {
            Via::Method => PolicyVia::Method,
            Via::Direct => PolicyVia::Direct,
        },
    };
    let found = diagnose(
        action,
        caller,
        target,
        prepared.cloud,
        error.said().message.as_deref(),
    );
    // The words of a 400 are about the content; only a proven fact explains them better.
    if error.said().http_status == Some(400)
        && !(found.certain && found.cause == Cause::Precondition)
    {
        return error;
    }
    let message = format!(
        "Graph refused to reset the password of {}; nothing was changed.",
        prepared.upn()
    );
    let reasons: Vec<Reason> = match found.cause {
        Cause::RestrictedUnit => found
            .reasons
            .iter()
            .filter(|reason| matches!(reason, Reason::RestrictedUnit { .. }))
            .cloned()
            .collect(),
        _ => found.reasons.clone(),
    };
    let words = verdicts::told(
        message,
        &reasons,
        &who_can(action, caller.kind, target),
        Some((caller.kind, prepared.cloud)),
    );
    let code = match (found.cause, verdicts::leading(&reasons)) {
        (Cause::RestrictedUnit, _) => ErrorCode::RestrictedUnit,
        (_, Some(reason)) if found.certain => verdicts::code_of(reason),
        _ => error.code(),
    };
    let by = match verdict(action, caller, target, prepared.cloud) {
        Verdict::Allowed { by } => Some(by),
        Verdict::Denied { .. } | Verdict::Unknown { .. } => None,
    };
    let words = words
        .recode(code)
        .why(why(&found, &reasons, by.as_ref(), prepared))
        .have(verdicts::have(caller))
        .service(error.said().clone());
    let words = match fix(&found, &reasons, prepared) {
        Some(fix) => words.fix(fix),
        None => words,
    };
    match error.operation_id() {
        Some(id) => words.operation(id),
        None => words,
    }
}

fn why(found: &Diagnosis, reasons: &[Reason], by: Option<&By>, prepared: &Prepared) -> String {
    let was_allowed = prepared.verdict.as_ref().is_some_and(Verdict::is_allowed);
    let mut parts = Vec::new();
    let answered = !found.missing.is_empty()
        && found
            .missing
            .iter()
            .all(|gap| matches!(gap, Gap::Undocumented { .. }));
    if answered && !reasons.is_empty() {
        parts.push("The documentation leaves it open, and Graph says no.".to_owned());
    } else if reasons.is_empty() || !found.certain {
        parts.push(found.cause.title().to_owned());
    }
    if let Some(by) = by {
        let role = by
            .role
            .as_ref()
            .map_or("no role needed", |role| role.display_name());
        let permission = by.permission.as_deref().unwrap_or("no permission needed");
        parts.push(format!(
            "This contradicts what was read: by the published rules {role} with {permission} is enough."
        ));
    }
    if !reasons.is_empty() {
        parts.push(verdicts::why(reasons));
    }
    if found.cause == Cause::RestrictedUnit && was_allowed {
        parts.push("Beforehand Graph did not call the account restricted, so it was put into the unit meanwhile.".to_owned());
    }
    if found.cause == Cause::Undecided {
        parts.extend(found.missing.iter().map(Gap::sentence));
    }
    parts.join(" ")
}

/// What to do where the reasons do not say it already.
fn fix(found: &Diagnosis, reasons: &[Reason], prepared: &Prepared) -> Option<String> {
    let name = crate::consent::shell_word(prepared.upn());
    match found.cause {
        Cause::RestrictedUnit => {
            let administrator = reasons.iter().any(
                |reason| matches!(reason, Reason::RestrictedUnit { administrator, .. } if *administrator),
            );
            Some(way_through(administrator).to_owned())
        }
        Cause::StaleToken if reasons.is_empty() => Some(
            "Sign in again for a new token; after a change of roles wait some minutes. If it stays, give the request id to support."
                .to_owned(),
        ),
        Cause::Undecided => {
            let wanted = found.missing.iter().find_map(|gap| match gap {
                Gap::Permission { any_of, .. } => any_of.first(),
                _ => None,
            });
            Some(match wanted {
                Some(permission) => format!(
                    "Grant {permission} to the application, then `admin-reset who-can-reset {name}` tells the cause."
                ),
                None => format!("Run `admin-reset who-can-reset {name}`: it tells the cause."),
            })
        }
        _ => None,
    }
}
