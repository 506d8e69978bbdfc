//! What protects a target: its roles in force, those it may activate, role-assignable groups and restricted units, as far
//! as they were read.

use super::actions::Action;
use super::people::{HeldRole, Scope, Target};
use super::reason::Reason;
use crate::policy::facts::Gap;

/// One reading of what protects a target.
#[derive(Clone, Default)]
pub(super) struct Profile<'a> {
    /// Administrator roles.
    pub(super) roles: Vec<&'a HeldRole>,
    /// Member or owner of a role-assignable group.
    pub(super) group: bool,
    /// In force although no role can be named: the worst case of what was not read.
    pub(super) protected: bool,
}

impl<'a> Profile<'a> {
    fn new(roles: impl Iterator<Item = &'a HeldRole>, group: bool) -> Profile<'a> {
        Profile {
            roles: roles.filter(|role| !role.is_implicit()).collect(),
            group,
            protected: false,
        }
    }

    pub(super) fn of_role(role: &'a HeldRole) -> Profile<'a> {
        Profile {
            roles: vec![role],
            ..Profile::default()
        }
    }

    pub(super) fn of_group() -> Profile<'a> {
        Profile {
            group: true,
            ..Profile::default()
        }
    }

    pub(super) fn worst() -> Profile<'a> {
        Profile {
            protected: true,
            ..Profile::default()
        }
    }

    /// No administrator in any sense.
    pub(super) fn is_plain(&self) -> bool {
        self.roles.is_empty() && !self.group && !self.protected
    }
}

/// Everything about the target's protection, as far as it was read.
pub(super) struct Protection<'a> {
    /// With the roles in force.
    pub(super) active: Profile<'a>,
    /// With the roles in force and those the target may activate.
    pub(super) with_eligible: Profile<'a>,
    /// What might protect it beside, for all we know.
    pub(super) open: Vec<Gap>,
    restricted: Option<bool>,
    restricted_units: &'a [String],
}

impl<'a> Protection<'a> {
    pub(super) fn of(target: &'a Target) -> Protection<'a> {
        let group = target.role_assignable_group.seen() == Some(&true);
        let active = target.roles.items();
        let eligible = target.eligible.items();
        let mut open = target.roles.open_questions("the roles of the user");
        if !target.eligible.lacks_licence() {
            open.extend(
                target
                    .eligible
                    .open_questions("the roles the user may activate"),
            );
        }
        if !group {
            open.extend(
                target
                    .role_assignable_group
                    .open_questions("whether the user belongs to a role-assignable group"),
            );
        }
        for role in active.iter().chain(eligible) {
            if let Scope::Unit {
                id,
                restricted: None,
            } = &role.scope
            {
                open.push(Gap::permission(
                    format!("whether administrative unit {id} restricts management"),
                    &["AdministrativeUnit.Read.All", "Directory.Read.All"],
                ));
            }
        }
        let restricted = match (target.restricted, target.restricted_units.complete()) {
            (Some(true), _) => Some(true),
            _ if !target.restricted_units.items().is_empty() => Some(true),
            (Some(false), _) | (None, Some(_)) => Some(false),
            (None, None) => None,
        };
        Protection {
            active: Profile::new(active.iter(), group),
            with_eligible: Profile::new(active.iter().chain(eligible), group),
            open,
            restricted,
            restricted_units: target.restricted_units.items(),
        }
    }

    /// The profile to assume when naming somebody who can act for certain.
    pub(super) fn certain(&self) -> Profile<'a> {
        if self.open.is_empty() {
            self.with_eligible.clone()
        } else {
            Profile::worst()
        }
    }

    /// Whether restricted management stands against the action; it concerns changes only.
    pub(super) fn blocks(&self, action: Action) -> Option<bool> {
        if action == Action::ReadMethods {
            Some(false)
        } else {
            self.restricted
        }
    }

    /// The refusal by restricted management.
    pub(super) fn refusal(&self) -> Reason {
        Reason::RestrictedUnit {
            units: self.restricted_units.to_vec(),
            administrator: !self.active.is_plain(),
        }
    }
}

/// The gap when `isManagementRestricted` was not read.
pub(super) fn restriction_gap() -> Gap {
    Gap::permission(
        "whether the user's management is restricted",
        &["User.Read.All"],
    )
}
