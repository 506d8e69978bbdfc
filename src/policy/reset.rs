//! Who may do what to whom: the verdict on an action from the facts about caller and target. Pure; the tables are in
//! `matrix` and `permissions`, the facts in `people`, the sentences in `reason`.
//!
//! Each check answers pass, fail or cannot say. One failure denies, whatever is unknown; without a failure one "cannot
//! say" makes the verdict unknown; only proof on every count allows.

mod actions;
mod answer;
mod diagnose;
mod judge;
pub mod matrix;
mod people;
pub mod permissions;
mod privileged;
mod protection;
mod reach;
mod reason;
mod tenant;
#[cfg(test)]
mod tests;
mod ways;

pub use actions::{Action, Contact, Method, TenantAction, Via};
pub use answer::{By, Verdict, WhoCan};
pub use diagnose::{Cause, Diagnosis, diagnose};
pub use people::{Caller, CallerKind, HeldRole, Scope, Target};
pub use privileged::{LastAdministrator, Privileged, last_global_administrator, privileged_target};
pub use reason::{Reason, Refusal, capital, role_names};
pub use tenant::{roles_for, tenant_verdict};
pub use ways::{best_way, lacking, usual_way};

use super::clouds::Cloud;
use super::facts::Gap;
use answer::Findings;
use reach::Reach;

/// Decides an action on a user.
pub fn verdict(action: Action, caller: &Caller, target: &Target, cloud: Cloud) -> Verdict {
    let mut findings = Findings::default();
    let own = own_account(caller, target);
    self_target(&mut findings, action, own);
    preconditions(&mut findings, action, target, cloud);

    let own_methods = action == Action::ReadMethods && own == Some(true);
    // Ending one's own sessions is everybody's right.
    let own_right = own_methods || (action == Action::RevokeSessions && own == Some(true));
    let accepted = if own_methods {
        Some(permissions::OWN_METHODS)
    } else {
        permissions::for_action(action, caller.kind)
    };
    let permission = match accepted {
        Some(any_of) => findings.held_permission(any_of, &caller.permissions),
        None => {
            findings.failed.push(Reason::AppOnlyAction { action });
            None
        }
    };

    let mut role = None;
    if !own_right {
        match reach::caller_reaches(action, caller, target) {
            Reach::Yes(held) => role = held,
            Reach::No(reasons) => findings.failed.extend(reasons),
            Reach::Unsure(gaps, reasons) => {
                findings.missing.extend(gaps);
                findings.may_be.extend(reasons);
            }
        }
        // Restricted management is named before lack of permission: it is what no grant would mend.
        findings.failed.sort_by_key(order);
    }
    findings.conclude(By { role, permission }, || {
        who_can(action, caller.kind, target)
    })
}

/// Names who could do it to this target, counting roles the target may activate as protecting it.
pub fn who_can(action: Action, kind: CallerKind, target: &Target) -> WhoCan {
    let (roles, units) = judge::who_reaches(action, target);
    let permissions = permissions::for_action(action, kind)
        .or_else(|| permissions::for_action(action, CallerKind::Delegated))
        .unwrap_or(&[]);
    WhoCan {
        roles,
        units,
        permissions,
    }
}

/// Whether the caller is the target; unknown when the caller's own id is not.
fn own_account(caller: &Caller, target: &Target) -> Option<bool> {
    match (caller.kind, &caller.id) {
        (CallerKind::AppOnly, _) => Some(false),
        (CallerKind::Delegated, Some(id)) => Some(id.eq_ignore_ascii_case(&target.id)),
        (CallerKind::Delegated, None) => None,
    }
}

/// Graph refuses these on the own account, and the last two would lock the caller out.
fn self_target(findings: &mut Findings, action: Action, own: Option<bool>) {
    let matters = matches!(
        action,
        Action::ResetPassword { .. }
            | Action::IssueAccessPass
            | Action::WriteMethods(_)
            | Action::DeleteUser
            | Action::EnableAccount
            | Action::DisableAccount
    );
    if matters {
        findings.refuse_if(
            own,
            || Reason::SelfTarget { action },
            || Gap::not_read("which account is signed in, so it might be the target itself"),
        );
    }
}

fn preconditions(findings: &mut Findings, action: Action, target: &Target, cloud: Cloud) {
    let home_only = matches!(
        action,
        Action::ResetPassword { .. } | Action::RevokeSessions | Action::IssueAccessPass
    );
    if home_only && target.guest {
        findings.failed.push(Reason::GuestHomeTenant { action });
    }
    findings.failed.extend(lacking(action, cloud));
    let sync_gap = || {
        Gap::permission(
            "whether the account is synced from on-premises",
            &["User.Read.All"],
        )
    };
    match action {
        Action::ResetPassword { via } => {
            password_source(findings, via, target, sync_gap);
        }
        Action::EnableAccount
        | Action::DisableAccount
        | Action::UpdateIdentity
        | Action::UpdateContact(_) => {
            findings.refuse_if(
                target.synced,
                || Reason::SyncedAttribute { action },
                sync_gap,
            );
        }
        _ => {}
    }
}

/// Where the password lives: here, on-premises, or with another identity provider.
fn password_source(findings: &mut Findings, via: Via, target: &Target, sync_gap: impl Fn() -> Gap) {
    let domain_gap = || {
        Gap::permission(
            "whether the domain of the account is federated",
            &["Domain.Read.All"],
        )
    };
    let writeback = target.writeback.complete().copied();
    match via {
        Via::Direct | Via::DirectCloudOnly => {
            if via == Via::Direct {
                findings.refuse_if(
                    target.synced,
                    || Reason::SyncedNoWriteback { via },
                    sync_gap,
                );
            }
            findings.refuse_if(
                target.federated_domain,
                || Reason::FederatedDomain,
                domain_gap,
            );
        }
        Via::Method => {
            // The reset action writes through to on-premises, so it works on what is synced with writeback.
            let written_back = match (target.synced, writeback) {
                (Some(true), Some(on)) => Some(on),
                (Some(false), _) => Some(false),
                (None, _) | (Some(true), None) => None,
            };
            match (target.synced, writeback) {
                (Some(false), _) | (_, Some(true)) => {}
                (Some(true), Some(false)) => {
                    findings.failed.push(Reason::SyncedNoWriteback { via })
                }
                (Some(true), None) => {
                    findings.missing.extend(
                        target
                            .writeback
                            .open_questions("whether password writeback is on"),
                    );
                    findings.may_be.push(Reason::SyncedNoWriteback { via });
                }
                (None, _) => {
                    findings.missing.push(sync_gap());
                    findings.may_be.push(Reason::SyncedNoWriteback { via });
                }
            }
            match (target.federated_domain, written_back) {
                (Some(false), _) | (_, Some(true)) => {}
                (Some(true), Some(false)) => findings.failed.push(Reason::FederatedDomain),
                (Some(true), None) => findings.may_be.push(Reason::FederatedDomain),
                (None, _) => {
                    findings.missing.push(domain_gap());
                    findings.may_be.push(Reason::FederatedDomain);
                }
            }
        }
    }
}

/// The order in which reasons are told: the one no other remedy gets around comes first.
fn order(reason: &Reason) -> u8 {
    match reason {
        Reason::SelfTarget { .. } => 0,
        Reason::RestrictedUnit { .. } => 1,
        Reason::SyncedNoWriteback { .. }
        | Reason::SyncedAttribute { .. }
        | Reason::FederatedDomain
        | Reason::GuestHomeTenant { .. }
        | Reason::CloudLacks { .. }
        | Reason::AppOnlyAction { .. } => 2,
        Reason::MissingPermission { .. } => 3,
        Reason::RoleEligibleNotActive { .. } | Reason::RoleNotInToken { .. } => 4,
        Reason::TargetHoldsHigherRole { .. }
        | Reason::TargetEligibleForHigherRole { .. }
        | Reason::TargetInRoleAssignableGroup { .. }
        | Reason::NotInCallersUnit { .. }
        | Reason::NoCallerRole { .. } => 5,
    }
}
