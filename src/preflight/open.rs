//! What is open after the first look, which refusal is told among several, and the verdict on what is done in the tenant.

use crate::consent::shell_word;
use crate::error::{Error, Result};
use crate::facts::{self, Open, Subject, Surroundings};
use crate::graph::Client;
use crate::policy::Cloud;
use crate::policy::reset::{
    Action, Caller, CallerKind, Privileged, Reason, Refusal, Scope, TenantAction, Verdict, Via,
    WhoCan, privileged_target, tenant_verdict,
};
use crate::policy::roles::GLOBAL_ADMINISTRATOR;
use crate::verdicts;

/// What the second batch has to find out; nothing when the first one settled everything.
///
/// `ask_privileged`: whether it matters if the account is privileged, beside the verdict.
pub(crate) fn still_open(
    answers: &[&Verdict],
    actions: &[Action],
    subject: &Subject,
    ask_privileged: bool,
) -> Open {
    // One certain no ends it, and nobody needs a warning about a change that will not take place.
    if answers
        .iter()
        .any(|answer| matches!(answer, Verdict::Denied { .. }))
    {
        return Open::default();
    }
    let target = &subject.target;
    let undecided = answers
        .iter()
        .any(|answer| matches!(answer, Verdict::Unknown { .. }));
    let asks_roles =
        !undecided && ask_privileged && matches!(privileged_target(target), Privileged::Unknown(_));
    let goes_on = answers.iter().all(|answer| {
        answer.is_allowed()
            || answer
                .reasons()
                .iter()
                .all(|reason| reason.refusal() == Refusal::Precondition)
    });
    let is_administrator = target
        .roles
        .items()
        .iter()
        .any(|role| role.scope == Scope::Tenant && role.template_id == GLOBAL_ADMINISTRATOR);
    Open {
        protection: undecided || asks_roles,
        caller: undecided,
        units: undecided,
        writeback: undecided && actions.contains(&Action::ResetPassword { via: Via::Method }),
        administrators: goes_on && is_administrator,
    }
}

/// Whether an account counts as privileged: also one about which a verdict could not be reached.
pub(crate) fn privileged<'v>(
    subject: &Subject,
    mut answers: impl Iterator<Item = &'v Verdict>,
) -> Privileged {
    match privileged_target(&subject.target) {
        Privileged::No => answers
            .find_map(|answer| match answer {
                Verdict::Unknown { missing, .. } => Some(Privileged::Unknown(missing.clone())),
                Verdict::Allowed { .. } | Verdict::Denied { .. } => None,
            })
            .unwrap_or(Privileged::No),
        other => other,
    }
}

/// Decides what is done in the tenant rather than to an account: the first refusal, and the warnings about what is not known. Reads
/// once more, and only when the roles of the first look do not settle it.
pub(crate) async fn in_tenant(
    client: &Client,
    surroundings: &mut Surroundings,
    actions: &[TenantAction],
    cloud: Cloud,
) -> Result<(Option<Error>, Vec<String>)> {
    let settled = |surroundings: &Surroundings| {
        actions
            .iter()
            .all(|action| tenant_verdict(*action, &surroundings.caller).is_allowed())
    };
    if surroundings.caller.kind == CallerKind::Delegated && !settled(surroundings) {
        // Roles at unit scope, custom roles and eligible ones of the caller settle what the first look left open.
        facts::second_look_at_caller(client, surroundings).await?;
    }
    let caller = &surroundings.caller;
    let place = match surroundings.domain() {
        Some(domain) => format!("in {domain}"),
        None => "in this tenant".to_owned(),
    };
    let (mut refusal, mut warnings) = (None, Vec::new());
    for action in actions {
        match tenant_verdict(*action, caller) {
            Verdict::Allowed { .. } => {}
            Verdict::Denied { reasons, who_can } => {
                refusal.get_or_insert_with(|| {
                    verdicts::refused(action.phrase(), &place, &reasons, &who_can, caller, cloud)
                });
            }
            Verdict::Unknown {
                missing, may_be, ..
            } => {
                let text = verdicts::warning_with(&missing, &may_be, caller.kind, cloud);
                if !warnings.contains(&text) {
                    warnings.push(text);
                }
            }
        }
    }
    Ok((refusal, warnings))
}

/// The refusal that is told among several: a precondition outranks a lack of permission, then the order of the actions counts.
pub(crate) fn denied(judged: &[(Action, Verdict)]) -> Option<(Action, &[Reason], &WhoCan)> {
    let of = |wanted: Refusal| {
        judged.iter().find_map(|(action, answer)| match answer {
            Verdict::Denied { reasons, who_can } if answer.refusal() == Some(wanted) => {
                Some((*action, reasons.as_slice(), who_can))
            }
            _ => None,
        })
    };
    of(Refusal::Precondition).or_else(|| of(Refusal::Permission))
}

/// The error of a refusal, foreseen: the words of the verdict, and where the people it names are listed.
pub(crate) fn refused(
    action: Action,
    whom: &str,
    reasons: &[Reason],
    who_can: &WhoCan,
    caller: &Caller,
    cloud: Cloud,
) -> Error {
    let error = verdicts::refused_to(action, whom, reasons, who_can, caller, cloud);
    // The list is about passwords and what their table covers besides.
    let listed = matches!(
        action,
        Action::ResetPassword { .. } | Action::RevokeSessions
    );
    let ask = error.remedy().strip_suffix('.');
    match ask.filter(|ask| listed && ask.starts_with("Ask a holder of ")) {
        Some(ask) => {
            let fix = format!(
                "{ask}; `admin-reset who-can-reset {}` lists them.",
                shell_word(whom)
            );
            error.fix(fix)
        }
        None => error,
    }
}

/// Whether a reason is about restricted management, for commands that know a way through.
pub(crate) fn restricted(reasons: &[Reason]) -> Option<bool> {
    match verdicts::leading(reasons) {
        Some(Reason::RestrictedUnit { administrator, .. }) => Some(*administrator),
        _ => None,
    }
}
