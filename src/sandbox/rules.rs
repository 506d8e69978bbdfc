//! Who may do what to whom: this sandbox's own reading of the permission documents, as two tables and the rules around them.
//!
//! It must never be filled from, or compared by, the client's policy code: a test holds the two readings against each other.
//! Sources: "Who can reset passwords" and "Who can perform sensitive actions" of the Entra privileged roles page (January
//! 2026 edition, same in the mid-2026 mirror); administrative units, restricted management units, role-assignable groups and
//! authentication methods pages of the same time; read 2026-11.

mod tables;
#[cfg(test)]
mod tests;

use super::roles;
use super::tenant::{Held, Tenant};
use super::wire::Caller;

pub use tables::UNVERIFIED;
use tables::{Columns, MATRIX, NON_ADMIN_ONLY, PROTECTED, UNPRIVILEGED, bit};

/// A change to a person that depends on the person's own roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Set a new password.
    Password,
    /// Void refresh tokens.
    Sessions,
    /// Phone numbers and e-mail addresses of the profile.
    Contact,
    /// Enable or disable sign-in.
    AccountEnabled,
    /// User principal name and immutable id.
    Identity,
    /// Delete, restore or purge.
    DeleteOrRestore,
    /// Add, change or remove an authentication method.
    Methods,
    /// Issue a Temporary Access Pass.
    AccessPass,
}

/// Why an action is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such user.
    NotFound,
    /// The caller's roles do not reach the target.
    Denied,
    /// The target is in a restricted management unit of which the caller is no administrator.
    Restricted,
    /// The caller is the target, and the action is for others only.
    OwnAccount,
}

/// What about a target decides the row of the matrix.
struct Standing {
    /// Roles held or eligible, implicit ones left out.
    roles: Vec<String>,
    /// Member or owner of a role-assignable group.
    guarded_group: bool,
    /// Holds a role in the scope of a restricted unit.
    restricted_scope: bool,
    /// Paths of the units the target is in.
    units: Vec<String>,
    /// Paths of those of them that restrict management.
    restricted_units: Vec<String>,
}

impl Standing {
    fn of(tenant: &Tenant, id: &str) -> Standing {
        let mut held = tenant.held(id);
        // An eligible role protects its holder here, although nobody has confirmed that (see `UNVERIFIED`).
        held.extend(tenant.eligible(id));
        held.retain(|one| !roles::IMPLICIT.contains(&one.role_id.as_str()));
        let path = |unit: &str| format!("/administrativeUnits/{unit}");
        let restricted_scope = held.iter().any(|one| {
            one.scope
                .strip_prefix("/administrativeUnits/")
                .and_then(|unit| tenant.unit(unit))
                .is_some_and(|unit| unit.restricted())
        });
        let member = tenant
            .groups_of(id)
            .into_iter()
            .any(|group| group.role_assignable());
        let owner = tenant.groups.iter().any(|group| {
            group.role_assignable() && group.owners.iter().any(|one| one.eq_ignore_ascii_case(id))
        });
        Standing {
            roles: held.into_iter().map(|one| one.role_id).collect(),
            guarded_group: member || owner,
            restricted_scope,
            units: tenant.units_of(id).map(|unit| path(unit.id())).collect(),
            restricted_units: tenant
                .units_of(id)
                .filter(|unit| unit.restricted())
                .map(|unit| path(unit.id()))
                .collect(),
        }
    }

    /// Neither administrator nor guarded by a group.
    fn plain(&self) -> bool {
        self.roles.is_empty() && !self.guarded_group
    }

    /// Caller roles that pass every row matching the target.
    fn columns(&self) -> Columns {
        let mut all = Columns {
            reset: u8::MAX,
            sensitive: u8::MAX,
        };
        let mut narrow = |row: Columns| {
            all.reset &= row.reset;
            all.sensitive &= row.sensitive;
        };
        for role in &self.roles {
            let row = MATRIX.iter().find(|(id, _)| id.eq_ignore_ascii_case(role));
            narrow(row.map_or(PROTECTED, |(_, columns)| *columns));
        }
        if self.restricted_scope {
            narrow(PROTECTED);
        }
        if self.roles.is_empty() {
            narrow(if self.guarded_group {
                PROTECTED
            } else {
                UNPRIVILEGED
            });
        }
        all
    }
}

/// Roles the caller can use now. A tenant-wide role activated after a person's token was issued is not in the token yet.
fn usable_roles(tenant: &Tenant, caller: &Caller) -> Vec<Held> {
    let mut held = tenant.held(&caller.object_id);
    held.retain(|one| {
        let in_token = caller
            .wids
            .iter()
            .any(|wid| wid.eq_ignore_ascii_case(&one.role_id));
        caller.app_only || one.scope != "/" || in_token
    });
    held
}

/// Whether the caller holds one of the roles for the whole tenant.
pub(super) fn holds_any(tenant: &Tenant, caller: &Caller, wanted: &[&str]) -> bool {
    usable_roles(tenant, caller)
        .iter()
        .any(|one| one.scope == "/" && wanted.contains(&one.role_id.as_str()))
}

/// Whether the caller is an external guest, who sees only itself.
pub(super) fn is_guest(tenant: &Tenant, caller: &Caller) -> bool {
    !caller.app_only
        && tenant
            .user(&caller.object_id)
            .is_some_and(|user| user.guest())
}

/// Whether the caller acts on its own account.
pub(super) fn is_self(caller: &Caller, target_id: &str) -> bool {
    !caller.app_only && caller.object_id.eq_ignore_ascii_case(target_id)
}

/// Whether the role passes for the action, given the columns of the target.
fn passes(role: &str, action: Action, columns: Columns) -> bool {
    let one = bit(role);
    let (reset, sensitive) = (columns.reset & one != 0, columns.sensitive & one != 0);
    let methods = [
        roles::AUTHENTICATION_ADMINISTRATOR,
        roles::PRIVILEGED_AUTHENTICATION_ADMINISTRATOR,
        roles::GLOBAL_ADMINISTRATOR,
    ];
    match action {
        Action::Password | Action::Sessions => reset,
        Action::Contact => reset && sensitive,
        Action::AccountEnabled | Action::Identity | Action::DeleteOrRestore => sensitive,
        Action::Methods | Action::AccessPass => sensitive && methods.contains(&role),
    }
}

/// Roles outside the two tables that the role list gives a part of these powers.
fn passes_by_role_list(role: &str, action: Action, plain: bool) -> bool {
    match action {
        Action::Password | Action::Sessions if role == roles::PARTNER_TIER2_SUPPORT => {
            action == Action::Password
        }
        Action::Password => plain && NON_ADMIN_ONLY.contains(&role),
        Action::Sessions | Action::AccountEnabled => {
            plain && role == roles::ENTRA_SOC_IDENTITY_RESPONDER
        }
        _ => false,
    }
}

/// Whether the caller's roles reach the target; permissions in the token are looked at elsewhere.
///
/// A person's tenant-wide roles count only if [`Caller::wids`] names them too; an application's count as they stand.
pub fn may(
    tenant: &Tenant,
    caller: &Caller,
    target_id: &str,
    action: Action,
) -> Result<(), Refusal> {
    let known = tenant.user(target_id).map(|user| user.id().to_owned());
    let deleted = tenant
        .deleted
        .iter()
        .find(|user| user.id().eq_ignore_ascii_case(target_id));
    let Some(id) = known.or_else(|| deleted.map(|user| user.id().to_owned())) else {
        return Err(Refusal::NotFound);
    };
    if is_self(caller, &id) {
        match action {
            // Ending one's own sessions is everybody's right.
            Action::Sessions => return Ok(()),
            Action::Password | Action::Methods | Action::AccessPass => {
                return Err(Refusal::OwnAccount);
            }
            _ => {}
        }
    }
    let target = Standing::of(tenant, &id);
    let caller_roles = usable_roles(tenant, caller);
    if !target.restricted_units.is_empty() {
        let scoped: Vec<&Held> = caller_roles
            .iter()
            .filter(|one| target.restricted_units.contains(&one.scope))
            .collect();
        if scoped.is_empty() {
            return Err(Refusal::Restricted);
        }
        let passes = target.plain()
            && scoped
                .iter()
                .any(|one| passes(&one.role_id, action, UNPRIVILEGED));
        return if passes { Ok(()) } else { Err(Refusal::Denied) };
    }
    if caller.app_only && target.plain() && action != Action::Password {
        return Ok(());
    }
    let columns = target.columns();
    let reached = caller_roles.iter().any(|one| {
        if one.scope == "/" {
            if action == Action::AccessPass && one.role_id == roles::AUTHENTICATION_ADMINISTRATOR {
                return target.plain();
            }
            passes(&one.role_id, action, columns)
                || passes_by_role_list(&one.role_id, action, target.plain())
        } else {
            // A role scoped to a unit reaches members without any administrator role only.
            target.plain()
                && target.units.contains(&one.scope)
                && passes(&one.role_id, action, UNPRIVILEGED)
        }
    });
    if reached {
        Ok(())
    } else {
        Err(Refusal::Denied)
    }
}

/// Whether the caller's roles allow setting the target's password.
pub fn may_reset(tenant: &Tenant, caller: &Caller, target_id: &str) -> Result<(), Refusal> {
    may(tenant, caller, target_id, Action::Password)
}

/// Whether the caller's roles allow reading the target's authentication methods.
pub fn may_read_methods(tenant: &Tenant, caller: &Caller, target_id: &str) -> Result<(), Refusal> {
    let Some(id) = tenant.user(target_id).map(|user| user.id().to_owned()) else {
        return Err(Refusal::NotFound);
    };
    if caller.app_only || is_self(caller, &id) {
        return Ok(());
    }
    let readers = [
        roles::GLOBAL_READER,
        roles::AUTHENTICATION_ADMINISTRATOR,
        roles::PRIVILEGED_AUTHENTICATION_ADMINISTRATOR,
        roles::GLOBAL_ADMINISTRATOR,
    ];
    let target = Standing::of(tenant, &id);
    let reached = usable_roles(tenant, caller).iter().any(|one| {
        let reads = readers.contains(&one.role_id.as_str());
        reads && (one.scope == "/" || (target.plain() && target.units.contains(&one.scope)))
    });
    if reached {
        Ok(())
    } else {
        Err(Refusal::Denied)
    }
}

/// Whether the caller sees phone numbers in full: not one who reads others by the authentication role alone.
pub(super) fn sees_phone_numbers(tenant: &Tenant, caller: &Caller, target_id: &str) -> bool {
    if caller.app_only || is_self(caller, target_id) {
        return true;
    }
    holds_any(
        tenant,
        caller,
        &[
            roles::GLOBAL_READER,
            roles::PRIVILEGED_AUTHENTICATION_ADMINISTRATOR,
            roles::GLOBAL_ADMINISTRATOR,
        ],
    )
}

/// Whether the caller may hand out roles and manage role-assignable groups and units.
pub fn may_assign_roles(tenant: &Tenant, caller: &Caller) -> bool {
    caller.app_only
        || holds_any(
            tenant,
            caller,
            &[
                roles::PRIVILEGED_ROLE_ADMINISTRATOR,
                roles::GLOBAL_ADMINISTRATOR,
            ],
        )
}

/// Whether the caller may create users and change their ordinary properties.
pub fn may_manage_users(tenant: &Tenant, caller: &Caller) -> bool {
    caller.app_only
        || holds_any(
            tenant,
            caller,
            &[roles::USER_ADMINISTRATOR, roles::GLOBAL_ADMINISTRATOR],
        )
}

/// Whether the object holds an administrator role now.
pub(super) fn is_admin(tenant: &Tenant, id: &str) -> bool {
    tenant
        .held(id)
        .iter()
        .any(|one| !roles::IMPLICIT.contains(&one.role_id.as_str()))
}
