//! A refusal that came all the same: the engine of the verdict tells which of the look-alike causes it is, and the error says so
//! where that contradicts what was decided beforehand.

use crate::consent::shell_word;
use crate::error::{Error, ErrorCode};
use crate::policy::reset::{
    Action, By, Caller, Cause, Diagnosis, Reason, Target, Verdict, diagnose, verdict, who_can,
};
use crate::policy::{Cloud, Gap};
use crate::verdicts;

/// What was refused, and what is known about it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Refused<'a> {
    /// What was to be done.
    pub(crate) action: Action,
    /// The account, for people.
    pub(crate) whom: &'a str,
    /// Who asked.
    pub(crate) caller: &'a Caller,
    /// The facts about the account.
    pub(crate) target: &'a Target,
    /// The cloud.
    pub(crate) cloud: Cloud,
    /// Whether the verdict beforehand was a yes.
    pub(crate) was_allowed: bool,
    /// Whether nothing else had been changed.
    pub(crate) first: bool,
}

/// The error with what stands behind it. Errors that say themselves what they mean come back as they are.
pub(crate) fn explained(error: Error, refused: &Refused<'_>) -> Error {
    let status = error.said().http_status;
    if !is_open(&error) {
        return error;
    }
    let Refused {
        action,
        caller,
        target,
        cloud,
        ..
    } = *refused;
    let found = diagnose(
        action,
        caller,
        target,
        cloud,
        error.said().message.as_deref(),
    );
    // The words of a 400 are about the content; only a proven fact explains them better.
    if status == Some(400) && !(found.certain && found.cause == Cause::Precondition) {
        return error;
    }
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
        message(refused),
        &reasons,
        &who_can(action, caller.kind, target),
        Some((caller.kind, cloud)),
    );
    let code = match (found.cause, verdicts::leading(&reasons)) {
        (Cause::RestrictedUnit, _) => ErrorCode::RestrictedUnit,
        (_, Some(reason)) if found.certain => verdicts::code_of(reason),
        _ => error.code(),
    };
    let by = match verdict(action, caller, target, cloud) {
        Verdict::Allowed { by } => Some(by),
        Verdict::Denied { .. } | Verdict::Unknown { .. } => None,
    };
    let mut words = words
        .recode(code)
        .why(why(&found, &reasons, by.as_ref(), refused))
        .have(verdicts::have_for(caller, verdicts::around(&action)))
        .service(error.said().clone());
    if let Some(fix) = fix(&found, &reasons, refused) {
        words = words.fix(fix);
    }
    match error.operation_id() {
        Some(id) => words.operation(id),
        None => words,
    }
}

/// Refusals that have several causes; the others say what they mean.
pub(crate) fn is_open(error: &Error) -> bool {
    match error.said().http_status {
        Some(403) => !matches!(error.code(), ErrorCode::LicenceMissing),
        Some(400) => error.code() == ErrorCode::ContentRefused,
        _ => false,
    }
}

fn message(refused: &Refused<'_>) -> String {
    let what = refused.action.phrase_of(refused.whom);
    if refused.first {
        format!("Graph refused to {what}; nothing was changed.")
    } else {
        format!("Graph refused to {what}.")
    }
}

fn why(found: &Diagnosis, reasons: &[Reason], by: Option<&By>, refused: &Refused<'_>) -> String {
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
    if found.cause == Cause::RestrictedUnit && refused.was_allowed {
        parts.push("Beforehand Graph did not call the account restricted, so it was put into the unit meanwhile.".to_owned());
    }
    if found.cause == Cause::Undecided {
        parts.extend(found.missing.iter().map(Gap::sentence));
    }
    parts.join(" ")
}

/// What to do where the reasons do not say it already.
fn fix(found: &Diagnosis, reasons: &[Reason], refused: &Refused<'_>) -> Option<String> {
    let name = shell_word(refused.whom);
    match found.cause {
        Cause::StaleToken if reasons.is_empty() => Some(
            "Sign in again for a new token; after a change of roles wait some minutes. If it stays, give the request id to support."
                .to_owned(),
        ),
        Cause::RestrictedUnit if reasons.is_empty() => Some(
            "Use a role assigned at the scope of that unit, or let a Global Administrator or Privileged Role Administrator take the account out for the time."
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
