//! Why something is not allowed: each reason knows its stable code, its sentence, its remedy and whether the matter is one
//! of permission (exit 5) or of a precondition (exit 6).

use super::actions::{Action, Contact, Method, Via};
use super::people::{CallerKind, HeldRole};
use super::permissions::{self, AnyOf};
use crate::policy::clouds::{Cloud, Feature};
use crate::policy::roles;

/// Why something is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The caller is the target.
    SelfTarget {
        /// What was to be done.
        action: Action,
    },
    /// The target is in a unit with restricted management and the caller's role is not scoped to that unit.
    RestrictedUnit {
        /// Ids of the units, when known.
        units: Vec<String>,
        /// The target is an administrator, so that no unit-scoped role documented to work exists.
        administrator: bool,
    },
    /// Synced from on-premises, and the new password would not get there.
    SyncedNoWriteback {
        /// Which way it was to be written.
        via: Via,
    },
    /// Synced from on-premises, where the property is mastered.
    SyncedAttribute {
        /// What was to be done.
        action: Action,
    },
    /// The password lives with another identity provider.
    FederatedDomain,
    /// The account's home is another tenant.
    GuestHomeTenant {
        /// What was to be done.
        action: Action,
    },
    /// The cloud does not offer the endpoint.
    CloudLacks {
        /// The cloud.
        cloud: Cloud,
        /// What it lacks.
        feature: Feature,
    },
    /// Applications may not call this at all.
    AppOnlyAction {
        /// What was to be done.
        action: Action,
    },
    /// The token lacks the permission.
    MissingPermission {
        /// Sufficient sets, least first.
        any_of: AnyOf,
    },
    /// A role would do, and the caller may activate it but has not.
    RoleEligibleNotActive {
        /// The role to activate.
        role: HeldRole,
    },
    /// The role that would do is in force, and the token does not name it yet.
    RoleNotInToken {
        /// The role.
        role: HeldRole,
    },
    /// No role of the caller gives any right to this.
    NoCallerRole {
        /// Template ids of roles that would do.
        needs: Vec<&'static str>,
    },
    /// The target holds a role that the caller's roles may not touch.
    TargetHoldsHigherRole {
        /// The role that protects the target.
        role: HeldRole,
        /// Template ids of caller roles that may.
        needs: Vec<&'static str>,
    },
    /// The target may activate a role that would protect it, if eligibility protects at all.
    TargetEligibleForHigherRole {
        /// The role that may protect the target.
        role: HeldRole,
        /// Template ids of caller roles that may act in either case.
        needs: Vec<&'static str>,
    },
    /// The target belongs to a group that can carry roles.
    TargetInRoleAssignableGroup {
        /// Template ids of caller roles that may.
        needs: Vec<&'static str>,
    },
    /// The caller's role reaches only the members of a unit.
    NotInCallersUnit {
        /// The caller's role.
        role: HeldRole,
        /// Id of the unit.
        unit: String,
    },
}

/// What kind of refusal it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Refusal {
    /// The caller may not.
    Permission,
    /// Nobody may in this state, or not this way.
    Precondition,
}

impl Refusal {
    /// The exit code of the command line for it.
    pub const fn exit_code(self) -> u8 {
        match self {
            Refusal::Permission => 5,
            Refusal::Precondition => 6,
        }
    }
}

impl Reason {
    /// Stable code for documents and tests.
    pub const fn code(&self) -> &'static str {
        match self {
            Reason::SelfTarget { .. } => "selfTarget",
            Reason::RestrictedUnit { .. } => "restrictedUnit",
            Reason::SyncedNoWriteback { .. } => "syncedNoWriteback",
            Reason::SyncedAttribute { .. } => "syncedAttribute",
            Reason::FederatedDomain => "federatedDomain",
            Reason::GuestHomeTenant { .. } => "guestHomeTenant",
            Reason::CloudLacks { .. } => "cloudLacks",
            Reason::AppOnlyAction { .. } => "appOnlyAction",
            Reason::MissingPermission { .. } => "missingPermission",
            Reason::RoleEligibleNotActive { .. } => "roleEligibleNotActive",
            Reason::RoleNotInToken { .. } => "roleNotInToken",
            Reason::NoCallerRole { .. } => "noCallerRole",
            Reason::TargetHoldsHigherRole { .. } => "targetHoldsHigherRole",
            Reason::TargetEligibleForHigherRole { .. } => "targetEligibleForHigherRole",
            Reason::TargetInRoleAssignableGroup { .. } => "targetInRoleAssignableGroup",
            Reason::NotInCallersUnit { .. } => "notInCallersUnit",
        }
    }

    /// Whether the matter is one of permission or of a precondition.
    pub const fn refusal(&self) -> Refusal {
        match self {
            Reason::SelfTarget { .. }
            | Reason::RestrictedUnit { .. }
            | Reason::SyncedNoWriteback { .. }
            | Reason::SyncedAttribute { .. }
            | Reason::FederatedDomain
            | Reason::GuestHomeTenant { .. }
            | Reason::CloudLacks { .. }
            | Reason::AppOnlyAction { .. } => Refusal::Precondition,
            Reason::MissingPermission { .. }
            | Reason::RoleEligibleNotActive { .. }
            | Reason::RoleNotInToken { .. }
            | Reason::NoCallerRole { .. }
            | Reason::TargetHoldsHigherRole { .. }
            | Reason::TargetEligibleForHigherRole { .. }
            | Reason::TargetInRoleAssignableGroup { .. }
            | Reason::NotInCallersUnit { .. } => Refusal::Permission,
        }
    }

    /// One sentence: why.
    pub fn why(&self) -> String {
        match self {
            Reason::SelfTarget { action } => match action {
                Action::ResetPassword { .. } => "An administrator's reset is not possible on one's own account.".into(),
                Action::IssueAccessPass => "Nobody can issue a Temporary Access Pass for the own account.".into(),
                Action::WriteMethods(_) => "Security info of the own account cannot be written through Graph.".into(),
                other => format!("This would {} of the signed-in administrator.", other.phrase()),
            },
            Reason::RestrictedUnit { units, administrator } => {
                let which = if units.is_empty() { String::new() } else { format!(" ({})", units.join(", ")) };
                if *administrator {
                    format!(
                        "The account is an administrator inside a restricted management administrative unit{which}: no role in the tenant reaches it there."
                    )
                } else {
                    format!(
                        "The account is in a restricted management administrative unit{which}: only roles scoped to that unit reach it."
                    )
                }
            }
            Reason::SyncedNoWriteback { via: Via::Method } => {
                "The account is synced from on-premises and password writeback is off.".into()
            }
            Reason::SyncedNoWriteback { .. } => {
                "The account is synced from on-premises, and this way of writing leaves the password there as it was.".into()
            }
            Reason::SyncedAttribute { action } => {
                format!("The account is synced from on-premises, so the cloud cannot {}.", action.phrase())
            }
            Reason::FederatedDomain => {
                "The domain of the account is federated: its password is kept by another identity provider.".into()
            }
            Reason::GuestHomeTenant { action } => {
                format!("The account is a guest: only its home tenant can {}.", action.phrase())
            }
            Reason::CloudLacks { cloud, feature } => format!("{} does not offer {}.", capital(cloud.title()), feature.title()),
            Reason::AppOnlyAction { action } => {
                format!("Graph lets no application {} this way, whatever it may hold.", action.phrase())
            }
            Reason::MissingPermission { any_of } => {
                format!("The token lacks {}.", permissions::in_words(any_of))
            }
            Reason::RoleEligibleNotActive { role } => {
                format!("{} would be enough; it is only eligible and has not been activated.", role.display_name())
            }
            Reason::RoleNotInToken { role } => format!(
                "{} is in force, but the token is older than its activation and does not name it.",
                role.display_name()
            ),
            Reason::NoCallerRole { .. } => "None of the caller's active roles gives the right to do this.".into(),
            Reason::TargetHoldsHigherRole { role, .. } => {
                format!("The account holds {}, which the caller's roles may not touch.", role.display_name())
            }
            Reason::TargetEligibleForHigherRole { role, .. } => format!(
                "The account may activate {}; whether that alone protects it is not documented.",
                role.display_name()
            ),
            Reason::TargetInRoleAssignableGroup { .. } => {
                "The account is member or owner of a role-assignable group, which protects it like an administrator.".into()
            }
            Reason::NotInCallersUnit { role, unit } => format!(
                "{} is held only for administrative unit {unit}, and the account is not a direct member of it.",
                role.display_name()
            ),
        }
    }

    /// One sentence: what to do.
    pub fn fix(&self) -> String {
        match self {
            Reason::SelfTarget { action } => match action {
                Action::ResetPassword { .. } => {
                    "Change the own password in the browser, or have another administrator reset it.".into()
                }
                Action::WriteMethods(_) => "Register it on the security info page in the browser.".into(),
                _ => "Have another administrator do it.".into(),
            },
            Reason::RestrictedUnit { administrator: true, .. } => {
                "Let a Global Administrator or Privileged Role Administrator take it out of the unit, do this, and put it back.".into()
            }
            Reason::RestrictedUnit { administrator: false, .. } => {
                "Use a role assigned at the scope of that unit, or let a Global Administrator or Privileged Role Administrator take the account out for the time.".into()
            }
            Reason::SyncedNoWriteback { via: Via::Method } => {
                "Reset the password in the on-premises directory, or turn on password writeback.".into()
            }
            Reason::SyncedNoWriteback { .. } => {
                "Reset it in the on-premises directory, use the reset action with writeback, or accept a cloud-only password with `--cloud-only-write`.".into()
            }
            Reason::SyncedAttribute { .. } => "Change it in the on-premises directory and wait for the sync.".into(),
            Reason::FederatedDomain => "Reset the password where the domain signs in.".into(),
            Reason::GuestHomeTenant { .. } => "Ask the administrators of the guest's home tenant.".into(),
            Reason::CloudLacks { feature, .. } => {
                feature.instead().unwrap_or("Use the portal of that cloud, as far as it offers this.").into()
            }
            Reason::AppOnlyAction { .. } => {
                "Sign in as an administrator, or write the password profile directly (`--via direct`).".into()
            }
            Reason::MissingPermission { any_of } => format!(
                "Grant {} to the application with admin consent, then sign in again.",
                any_of.first().map_or_else(String::new, |set| set.join(" and "))
            ),
            Reason::RoleEligibleNotActive { role } => {
                format!("Activate {} in Privileged Identity Management, then sign in again for a new token.", role.display_name())
            }
            Reason::RoleNotInToken { .. } => "Sign in again for a token that names the role.".into(),
            Reason::NoCallerRole { needs }
            | Reason::TargetHoldsHigherRole { needs, .. }
            | Reason::TargetEligibleForHigherRole { needs, .. }
            | Reason::TargetInRoleAssignableGroup { needs } => format!("Ask a holder of {}.", role_names(needs)),
            Reason::NotInCallersUnit { .. } => {
                "Use a role at tenant scope, or add the account itself (not a group) to that unit.".into()
            }
        }
    }

    /// One reason of each kind, for tables and tests.
    pub fn samples() -> Vec<Reason> {
        let role = HeldRole::tenant(roles::GLOBAL_ADMINISTRATOR);
        let needs = vec![
            roles::PRIVILEGED_AUTHENTICATION_ADMINISTRATOR,
            roles::GLOBAL_ADMINISTRATOR,
        ];
        let reset = Action::ResetPassword { via: Via::Method };
        vec![
            Reason::SelfTarget { action: reset },
            Reason::RestrictedUnit {
                units: Vec::new(),
                administrator: false,
            },
            Reason::SyncedNoWriteback { via: Via::Direct },
            Reason::SyncedAttribute {
                action: Action::UpdateContact(Contact::Phones),
            },
            Reason::FederatedDomain,
            Reason::GuestHomeTenant { action: reset },
            Reason::CloudLacks {
                cloud: Cloud::China,
                feature: Feature::ResetPasswordAction,
            },
            Reason::AppOnlyAction { action: reset },
            Reason::MissingPermission {
                any_of: permissions::for_action(reset, CallerKind::Delegated).unwrap_or(&[]),
            },
            Reason::RoleEligibleNotActive { role: role.clone() },
            Reason::RoleNotInToken { role: role.clone() },
            Reason::NoCallerRole {
                needs: needs.clone(),
            },
            Reason::TargetHoldsHigherRole {
                role: role.clone(),
                needs: needs.clone(),
            },
            Reason::TargetEligibleForHigherRole {
                role,
                needs: needs.clone(),
            },
            Reason::TargetInRoleAssignableGroup { needs },
            Reason::NotInCallersUnit {
                role: HeldRole::tenant(roles::HELPDESK_ADMINISTRATOR),
                unit: "00000000-0000-0000-0000-000000000000".into(),
            },
        ]
    }
}

/// Names roles for a sentence: "A or B".
pub fn role_names(ids: &[&str]) -> String {
    let names: Vec<&str> = ids.iter().map(|id| roles::display_name(id)).collect();
    match names.as_slice() {
        [] => "no role known to work".to_owned(),
        [one] => (*one).to_owned(),
        [rest @ .., last] => format!("{} or {last}", rest.join(", ")),
    }
}

/// A sentence's beginning.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// The feature an action needs, where some cloud may lack it.
pub(super) const fn feature_of(action: Action) -> Option<Feature> {
    match action {
        Action::ResetPassword { via: Via::Method } => Some(Feature::ResetPasswordAction),
        Action::IssueAccessPass => Some(Feature::TemporaryAccessPass),
        Action::WriteMethods(Method::Email) => Some(Feature::EmailMethods),
        _ => None,
    }
}
