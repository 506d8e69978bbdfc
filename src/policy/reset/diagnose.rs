//! What stands behind a 403. Graph answers alike for a missing permission, a missing role, a protected target and a role
//! that is not in force; the engine of the verdict tells them apart.

use super::actions::Action;
use super::people::{Caller, Target};
use super::reason::Reason;
use super::{Verdict, verdict};
use crate::policy::clouds::Cloud;
use crate::policy::facts::Gap;

/// The cause of a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cause {
    /// The token lacks the permission.
    MissingPermission,
    /// The caller lacks a role.
    MissingRole,
    /// The target is out of reach of the caller's roles.
    ProtectedTarget,
    /// A role is eligible and not activated.
    RoleNotActivated,
    /// The target is in a restricted management unit.
    RestrictedUnit,
    /// A state of the account or the cloud, not a right.
    Precondition,
    /// By all we know it is allowed: the token is older than the grant, or a policy outside these rules refused.
    StaleToken,
    /// The facts do not tell.
    Undecided,
}

impl Cause {
    /// All causes.
    pub const ALL: [Cause; 8] = [
        Cause::MissingPermission,
        Cause::MissingRole,
        Cause::ProtectedTarget,
        Cause::RoleNotActivated,
        Cause::RestrictedUnit,
        Cause::Precondition,
        Cause::StaleToken,
        Cause::Undecided,
    ];

    /// Short sentence for people.
    pub const fn title(self) -> &'static str {
        match self {
            Cause::MissingPermission => "The token lacks the permission.",
            Cause::MissingRole => "The caller holds no role that gives the right.",
            Cause::ProtectedTarget => "The account is protected from the caller's roles.",
            Cause::RoleNotActivated => "The needed role is eligible but not active.",
            Cause::RestrictedUnit => {
                "The account is in a restricted management administrative unit."
            }
            Cause::Precondition => "The state of the account or the cloud rules it out.",
            Cause::StaleToken => {
                "Role and permission are there: the token may be older than the grant, or the change has not spread yet."
            }
            Cause::Undecided => "Not enough could be read to tell the cause.",
        }
    }
}

/// The result of a diagnosis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnosis {
    /// The most likely cause.
    pub cause: Cause,
    /// True when the facts prove it.
    pub certain: bool,
    /// The reasons behind it, with sentences and remedies.
    pub reasons: Vec<Reason>,
    /// What was not read.
    pub missing: Vec<Gap>,
}

/// Explains a refusal. `message` is Graph's text: one fragment of it names the restricted unit, nothing else is matched.
pub fn diagnose(
    action: Action,
    caller: &Caller,
    target: &Target,
    cloud: Cloud,
    message: Option<&str>,
) -> Diagnosis {
    let answer = verdict(action, caller, target, cloud);
    let reasons = answer.reasons().to_vec();
    let missing = match &answer {
        Verdict::Unknown { missing, .. } => missing.clone(),
        Verdict::Allowed { .. } | Verdict::Denied { .. } => Vec::new(),
    };
    let named = message.is_some_and(|text| {
        text.to_ascii_lowercase()
            .contains("restricted management administrative unit")
    });
    if named {
        return Diagnosis {
            cause: Cause::RestrictedUnit,
            certain: true,
            reasons,
            missing,
        };
    }
    let (cause, certain) = match &answer {
        Verdict::Allowed { .. } => (Cause::StaleToken, false),
        Verdict::Denied { reasons, .. } => {
            (reasons.first().map_or(Cause::Undecided, cause_of), true)
        }
        Verdict::Unknown { may_be, .. } => match may_be.as_slice() {
            [] => (Cause::Undecided, false),
            [only] => (cause_of(only), false),
            [first, ..] => (
                if all_alike(may_be) {
                    cause_of(first)
                } else {
                    Cause::Undecided
                },
                false,
            ),
        },
    };
    Diagnosis {
        cause,
        certain,
        reasons,
        missing,
    }
}

fn all_alike(reasons: &[Reason]) -> bool {
    reasons
        .windows(2)
        .all(|pair| matches!(pair, [a, b] if cause_of(a) == cause_of(b)))
}

const fn cause_of(reason: &Reason) -> Cause {
    match reason {
        Reason::MissingPermission { .. } => Cause::MissingPermission,
        Reason::NoCallerRole { .. } => Cause::MissingRole,
        Reason::RoleEligibleNotActive { .. } => Cause::RoleNotActivated,
        Reason::RoleNotInToken { .. } => Cause::StaleToken,
        Reason::RestrictedUnit { .. } => Cause::RestrictedUnit,
        Reason::TargetHoldsHigherRole { .. }
        | Reason::TargetEligibleForHigherRole { .. }
        | Reason::TargetInRoleAssignableGroup { .. }
        | Reason::NotInCallersUnit { .. } => Cause::ProtectedTarget,
        Reason::SelfTarget { .. }
        | Reason::SyncedNoWriteback { .. }
        | Reason::SyncedAttribute { .. }
        | Reason::FederatedDomain
        | Reason::GuestHomeTenant { .. }
        | Reason::CloudLacks { .. }
        | Reason::AppOnlyAction { .. } => Cause::Precondition,
    }
}
