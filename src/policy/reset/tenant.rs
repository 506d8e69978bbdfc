//! Actions without an account whose protection counts: creating users, assigning roles, changing groups and units.

use super::actions::TenantAction;
use super::answer::{By, Findings, Verdict, WhoCan};
use super::matrix::{self, names};
use super::people::{Caller, CallerKind, HeldRole, Scope};
use super::permissions;
use super::reach::token_gap;
use super::reason::Reason;
use crate::policy::facts::Gap;
use crate::policy::roles;

/// Decides an action in the tenant. Applications act by permission alone.
pub fn tenant_verdict(action: TenantAction, caller: &Caller) -> Verdict {
    let mut findings = Findings::default();
    let any_of = permissions::for_tenant_action(action);
    let permission = findings.held_permission(any_of, &caller.permissions);
    let wanted = roles_for(action);
    let fits = |held: &&HeldRole| held.scope == Scope::Tenant && names(wanted, &held.template_id);
    let fitting = || caller.roles.items().iter().filter(fits);
    let role = fitting()
        .find(|held| !caller.token_lacks(held))
        .or_else(|| fitting().next())
        .cloned();
    match &role {
        Some(held) if caller.token_lacks(held) => {
            findings.missing.push(token_gap(held));
            findings
                .may_be
                .push(Reason::RoleNotInToken { role: held.clone() });
        }
        None if caller.kind == CallerKind::Delegated => refuse(&mut findings, caller, wanted),
        _ => {}
    }
    let who_can = || WhoCan {
        roles: wanted
            .iter()
            .filter_map(|id| roles::by_template_id(id))
            .collect(),
        units: Vec::new(),
        permissions: any_of,
    };
    findings.conclude(By { role, permission }, who_can)
}

fn refuse(findings: &mut Findings, caller: &Caller, wanted: &'static [&'static str]) {
    let eligible = caller
        .eligible
        .items()
        .iter()
        .find(|held| held.scope == Scope::Tenant && names(wanted, &held.template_id));
    let reason = match eligible {
        Some(role) => Reason::RoleEligibleNotActive { role: role.clone() },
        None => Reason::NoCallerRole {
            needs: wanted.to_vec(),
        },
    };
    let mut gaps = caller.roles.open_questions("the roles of the caller");
    for held in caller.roles.items() {
        if held.rights_unknown() && held.scope == Scope::Tenant {
            gaps.push(Gap::not_read(format!(
                "the rights that the role {} gives",
                held.display_name()
            )));
        }
    }
    if gaps.is_empty() {
        findings.failed.push(reason);
    } else {
        findings.missing.extend(gaps);
        findings.may_be.push(reason);
    }
}

/// Roles for an action in the tenant, least first.
pub const fn roles_for(action: TenantAction) -> &'static [&'static str] {
    match action {
        TenantAction::CreateUser => matrix::CREATE_USER,
        TenantAction::AssignRole
        | TenantAction::RemoveRole
        | TenantAction::MakeEligible
        | TenantAction::ChangeRoleAssignableGroup
        | TenantAction::ChangeUnitMembers => matrix::ASSIGN_ROLE,
        TenantAction::RegisterApp => matrix::REGISTER_APP,
        TenantAction::ConsentForEverybody => matrix::CONSENT,
        TenantAction::GiveAppPermission => matrix::GIVE_APP_PERMISSION,
    }
}
