//! Verdicts of [`crate::policy`] in the words of an error: which of the look-alike causes it is, and the one thing to do.

mod have;
mod view;

pub(crate) use have::around;
pub use have::{have, have_for, relevant_permissions};
pub use view::{all_json, in_words, role_json, to_json};

use crate::error::{Error, ErrorCode};
use crate::policy::clouds::Feature;
use crate::policy::reset::{
    Action, Caller, CallerKind, Reason, Refusal, WhoCan, permissions, role_names,
};
use crate::policy::roles::USER_ADMINISTRATOR;
use crate::policy::{Cloud, Gap};

/// Where in the Entra admin center eligible roles are activated.
pub const PIM_PLACE: &str = "Identity governance > Privileged Identity Management > My roles";

/// The error for an action the caller may not do; the first reason leads.
#[must_use]
pub fn denied(action: &str, whom: &str, reasons: &[Reason], who_can: &WhoCan) -> Error {
    told(
        format!("You may not {action} {whom}; nothing was changed."),
        reasons,
        who_can,
        None,
    )
}

/// As whom and where: what turns a remedy into the exact one.
pub(crate) type Place = (CallerKind, Cloud);

/// The same, with what the caller has and the links of the cloud.
#[must_use]
pub fn refused(
    action: &str,
    whom: &str,
    reasons: &[Reason],
    who_can: &WhoCan,
    caller: &Caller,
    cloud: Cloud,
) -> Error {
    told(
        format!("You may not {action} {whom}; nothing was changed."),
        reasons,
        who_can,
        Some((caller.kind, cloud)),
    )
    .have(have(caller))
}

/// The same for an action on an account, with what the caller has that matters for it.
#[must_use]
pub fn refused_to(
    action: Action,
    whom: &str,
    reasons: &[Reason],
    who_can: &WhoCan,
    caller: &Caller,
    cloud: Cloud,
) -> Error {
    told(
        format!(
            "You may not {}; nothing was changed.",
            action.phrase_of(whom)
        ),
        reasons,
        who_can,
        Some((caller.kind, cloud)),
    )
    .have(have_for(caller, around(&action)))
}

/// An error with the words of the reasons.
pub(crate) fn told(
    message: String,
    reasons: &[Reason],
    who_can: &WhoCan,
    place: Option<Place>,
) -> Error {
    let leading = leading(reasons);
    let code = leading.map_or(ErrorCode::NotPermitted, code_of);
    let fix = leading.map_or_else(
        || who_can.sentence(),
        |reason| {
            place.map_or_else(
                || reason.fix(),
                |(kind, cloud)| fix_for(reason, kind, cloud),
            )
        },
    );
    Error::new(code, message)
        .why(why(reasons))
        .fix(fix)
        .need(needed(reasons, who_can))
        .reasons(reasons.iter().map(Reason::code).collect())
}

/// The reason that decides the exit: a precondition outranks a lack of permission.
#[must_use]
pub fn leading(reasons: &[Reason]) -> Option<&Reason> {
    reasons
        .iter()
        .find(|reason| reason.refusal() == Refusal::Precondition)
        .or_else(|| reasons.first())
}

/// Every reason in a sentence, the leading one first.
#[must_use]
pub fn why(reasons: &[Reason]) -> String {
    let leading = leading(reasons);
    let sentences: Vec<String> = leading
        .into_iter()
        .chain(reasons.iter().filter(|reason| Some(*reason) != leading))
        .map(Reason::why)
        .collect();
    sentences.join(" ")
}

/// What to do about a reason, with the page of the cloud where there is one.
#[must_use]
pub fn fix(reason: &Reason, cloud: Cloud) -> String {
    let pages = cloud.portals();
    match reason {
        Reason::SelfTarget {
            action: Action::ResetPassword { .. },
        } => format!(
            "Change your own password at {}, have another administrator reset it, or, signed in and without the old one, run `admin-reset recover-own`.",
            pages.security_info
        ),
        Reason::SelfTarget {
            action: Action::WriteMethods(_),
        } => format!("Register it at {}.", pages.security_info),
        Reason::RoleEligibleNotActive { role } => format!(
            "Activate {} at {} ({PIM_PLACE}), then sign in again for a new token.",
            role.display_name(),
            pages.entra
        ),
        Reason::CloudLacks {
            feature: Feature::TemporaryAccessPass,
            ..
        } => format!(
            "Set a password instead with `admin-reset reset-user USER`; at {} the person then registers anew what was lost.",
            pages.security_info
        ),
        Reason::CloudLacks {
            feature: Feature::EmailMethods,
            ..
        } => format!(
            "The person registers the address at {}; a phone can be set from here with --phone.",
            pages.security_info
        ),
        Reason::MissingPermission { any_of } => format!(
            "Grant {} to the application at {} (App registrations > API permissions) with admin consent, then sign in again.",
            any_of
                .first()
                .map_or_else(String::new, |set| set.join(" and ")),
            pages.entra
        ),
        other => other.fix(),
    }
}

/// The same for a certain caller: an application is given a role instead of asking a holder.
#[must_use]
pub fn fix_for(reason: &Reason, caller: CallerKind, cloud: Cloud) -> String {
    match reason {
        Reason::NoCallerRole { needs }
        | Reason::TargetHoldsHigherRole { needs, .. }
        | Reason::TargetEligibleForHigherRole { needs, .. }
        | Reason::TargetInRoleAssignableGroup { needs }
            if caller == CallerKind::AppOnly && !needs.is_empty() =>
        {
            // The reference asks for User Administrator at least, whatever the tables say of people.
            let least = needs
                .iter()
                .find(|id| **id == USER_ADMINISTRATOR)
                .unwrap_or(&needs[0]);
            format!(
                "Assign {} to the application's service principal, or ask a holder of {}.",
                role_names(&[least]),
                role_names(needs)
            )
        }
        other => fix(other, cloud),
    }
}

/// Who could do it, as items: the roles that would work, where, and the permissions the token would need.
fn needed(reasons: &[Reason], who_can: &WhoCan) -> Vec<String> {
    let permission = format!("permission: {}", permissions::in_words(who_can.permissions));
    let about_token = |reason: &Reason| matches!(reason, Reason::MissingPermission { .. });
    // Nothing was found against the roles, so none is asked for.
    if !reasons.is_empty() && reasons.iter().all(about_token) {
        return vec![permission];
    }
    let ids: Vec<&str> = who_can.roles.iter().map(|role| role.template_id).collect();
    if ids.is_empty() {
        return vec!["nobody can as things stand".to_owned()];
    }
    let place = match who_can.units.as_slice() {
        [] => String::new(),
        units => format!(" for administrative unit {}", units.join(" or ")),
    };
    vec![format!("role: {}{place}", role_names(&ids)), permission]
}

pub(crate) fn code_of(reason: &Reason) -> ErrorCode {
    match reason {
        Reason::SelfTarget { .. } => ErrorCode::OwnAccount,
        Reason::RestrictedUnit { .. } => ErrorCode::RestrictedUnit,
        Reason::SyncedNoWriteback { .. } | Reason::SyncedAttribute { .. } => ErrorCode::SyncedUser,
        Reason::FederatedDomain => ErrorCode::FederatedUser,
        Reason::GuestHomeTenant { .. } => ErrorCode::GuestUser,
        Reason::CloudLacks { .. } => ErrorCode::CloudLacks,
        Reason::AppOnlyAction { .. } => ErrorCode::ContentRefused,
        _ => ErrorCode::NotPermitted,
    }
}

/// The warning under which a change goes on although the verdict is unknown.
#[must_use]
pub fn warning(missing: &[Gap]) -> String {
    let gaps: Vec<String> = missing.iter().map(Gap::sentence).collect();
    format!(
        "Whether you may do this could not be decided beforehand; Graph decides. {}",
        gaps.join(" ")
    )
}

/// The same with the likeliest reason and what to do about it, should Graph refuse.
#[must_use]
pub fn warning_with(
    missing: &[Gap],
    may_be: &[Reason],
    caller: CallerKind,
    cloud: Cloud,
) -> String {
    let mut text = warning(missing);
    if let Some(reason) = leading(may_be) {
        text.push_str(&format!(
            " If it is refused: {} {}",
            reason.why(),
            fix_for(reason, caller, cloud)
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Known;
    use crate::policy::reset::{HeldRole, Via};
    use crate::policy::roles::{GLOBAL_ADMINISTRATOR, HELPDESK_ADMINISTRATOR};

    #[test]
    fn every_reason_has_an_exit_of_5_or_6() {
        for reason in Reason::samples() {
            let exit = code_of(&reason).exit().code();
            assert_eq!(exit, reason.refusal().exit_code(), "{}", reason.code());
        }
    }

    #[test]
    fn every_fix_is_a_sentence_in_every_cloud_and_links_stay_there() {
        for cloud in Cloud::ALL {
            for reason in Reason::samples() {
                let text = fix(&reason, cloud);
                assert!(text.ends_with('.') && text.len() > 10, "{text}");
            }
            let own = Reason::SelfTarget {
                action: Action::ResetPassword { via: Via::Method },
            };
            assert!(fix(&own, cloud).contains(cloud.portals().security_info));
        }
    }

    fn caller() -> Caller {
        Caller {
            kind: CallerKind::Delegated,
            id: None,
            permissions: Known::Known(vec![
                "User.Read.All".to_owned(),
                "UserAuthenticationMethod.ReadWrite.All".to_owned(),
            ]),
            roles: Known::Known(vec![HeldRole::in_unit(HELPDESK_ADMINISTRATOR, "u-1")]),
            eligible: Known::Known(vec![HeldRole::tenant(GLOBAL_ADMINISTRATOR)]),
            token_roles: None,
        }
    }

    #[test]
    fn what_the_caller_has_is_told_in_items() {
        assert_eq!(
            have(&caller()),
            [
                "role: Helpdesk Administrator for administrative unit u-1",
                "role: Global Administrator (eligible, not active)",
                "permission: UserAuthenticationMethod.ReadWrite.All",
            ]
        );
        let bare = Caller {
            permissions: Known::Missing(Vec::new()),
            roles: Known::Known(Vec::new()),
            eligible: Known::Known(Vec::new()),
            ..caller()
        };
        assert_eq!(
            have(&bare),
            ["no directory role", "permissions: not readable"]
        );
    }

    #[test]
    fn a_missing_permission_alone_asks_for_no_role() {
        let any_of = permissions::for_action(
            Action::ResetPassword { via: Via::Method },
            CallerKind::Delegated,
        )
        .unwrap();
        let who_can = WhoCan {
            roles: Vec::new(),
            units: Vec::new(),
            permissions: any_of,
        };
        let error = denied(
            "reset the password of",
            "x",
            &[Reason::MissingPermission { any_of }],
            &who_can,
        );
        assert_eq!(
            error.needs(),
            ["permission: UserAuthenticationMethod.ReadWrite.All"]
        );
    }
}
