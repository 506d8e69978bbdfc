//! What would make a refused reset possible: one thing a line, with the command or the page.

use super::Judged;
use crate::consent::shell_word;
use crate::policy::Cloud;
use crate::policy::Gap;
use crate::policy::reset::{
    Action, Caller, Reason, TenantAction, Verdict, Via, tenant_verdict, verdict,
};
use crate::verdicts::{self, PIM_PLACE};
use serde::Serialize;

/// One thing that would make it possible.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Possible {
    pub(super) what: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) command: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) link: Option<String>,
}

impl Possible {
    fn by_hand(what: impl Into<String>) -> Self {
        Possible {
            what: what.into(),
            command: None,
            link: None,
        }
    }

    fn command(what: impl Into<String>, command: String) -> Self {
        Possible {
            command: Some(command),
            ..Possible::by_hand(what)
        }
    }

    fn link(what: impl Into<String>, link: &str) -> Self {
        Possible {
            link: Some(link.to_owned()),
            ..Possible::by_hand(what)
        }
    }
}

/// Everything that would help this caller with this target; nothing when it is allowed already.
pub(super) fn ways(judged: &Judged, caller: &Caller, cloud: Cloud) -> Vec<Possible> {
    let mut ways: Vec<Possible> = Vec::new();
    let mut add = |one: Possible| {
        if !ways.contains(&one) {
            ways.push(one);
        }
    };
    for reason in judged.verdict.reasons() {
        for one in about(reason, judged, caller, cloud) {
            add(one);
        }
    }
    if let Verdict::Unknown { missing, .. } = &judged.verdict {
        for gap in missing {
            if let Gap::Permission { any_of, .. } = gap
                && let Some(first) = any_of.first()
            {
                add(Possible::by_hand(format!(
                    "Grant {first} to the application, so that it can be decided beforehand."
                )));
            }
        }
    }
    ways
}

fn about(reason: &Reason, judged: &Judged, caller: &Caller, cloud: Cloud) -> Vec<Possible> {
    let pages = cloud.portals();
    let name = shell_word(&judged.subject.target.upn);
    let plain = || Possible::by_hand(verdicts::fix_for(reason, caller.kind, cloud));
    match reason {
        Reason::SelfTarget { .. } => vec![
            Possible::link(
                "Change your own password in the browser.",
                pages.security_info,
            ),
            Possible::command(
                "Without the old password, while still signed in: make a second administrator and let that one reset it.",
                "admin-reset recover-own".to_owned(),
            ),
        ],
        Reason::RestrictedUnit { .. } => through_unit(judged, caller, cloud, &name),
        Reason::SyncedNoWriteback { .. } => {
            let action = Action::ResetPassword {
                via: Via::DirectCloudOnly,
            };
            let cloud_only = verdict(action, caller, &judged.subject.target, cloud);
            let mut ways = vec![Possible::by_hand(
                "Reset the password in the on-premises directory, or turn on password writeback.",
            )];
            if cloud_only.is_allowed() {
                ways.push(Possible::command(
                    "Set the password in the cloud alone; the one on premises stays as it is.",
                    format!("admin-reset reset-user {name} --cloud-only-write"),
                ));
            }
            ways
        }
        Reason::AppOnlyAction { .. } => vec![Possible::command(
            "Write the password profile directly.",
            format!("admin-reset reset-user {name} --via direct"),
        )],
        Reason::MissingPermission { any_of } => vec![Possible::link(
            format!(
                "Grant {} to the application (App registrations > API permissions) with admin consent, then sign in again.",
                any_of
                    .first()
                    .map_or_else(String::new, |set| set.join(" and "))
            ),
            pages.entra,
        )],
        Reason::RoleEligibleNotActive { role } => vec![Possible::link(
            format!(
                "Activate {} ({PIM_PLACE}), then sign in again.",
                role.display_name()
            ),
            pages.entra,
        )],
        Reason::NoCallerRole { needs }
        | Reason::TargetHoldsHigherRole { needs, .. }
        | Reason::TargetEligibleForHigherRole { needs, .. }
        | Reason::TargetInRoleAssignableGroup { needs } => {
            let mut ways = vec![plain()];
            // Whoever assigns roles may assign the missing one to oneself.
            if tenant_verdict(TenantAction::AssignRole, caller).is_allowed()
                && let Some(least) = needs.first()
            {
                ways.push(Possible::link(
                    format!(
                        "Assign {} to yourself (you may assign roles), then sign in again.",
                        crate::policy::reset::role_names(&[least])
                    ),
                    pages.entra,
                ));
            }
            ways
        }
        _ => vec![plain()],
    }
}

/// Out of the unit and back, by the caller or by somebody who may.
fn through_unit(judged: &Judged, caller: &Caller, cloud: Cloud, name: &str) -> Vec<Possible> {
    let target = &judged.subject.target;
    let outside = target.outside_restricted_units();
    let action = Action::ResetPassword { via: judged.via };
    let may = tenant_verdict(TenantAction::ChangeUnitMembers, caller).is_allowed()
        && verdict(action, caller, &outside, cloud).is_allowed();
    if may {
        return vec![Possible::command(
            "Take the account out of its restricted unit, reset it, and put it back.",
            format!("admin-reset reset-user {name} --through-restricted-unit"),
        )];
    }
    vec![Possible::by_hand(
        "Have a Global Administrator or Privileged Role Administrator take the account out of the unit for the time.",
    )]
}
