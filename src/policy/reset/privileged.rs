//! Which accounts need a typed confirmation, and when the last Global Administrator is at stake.

use super::actions::Action;
use super::people::{HeldRole, Target};
use crate::policy::facts::{Gap, Known};

/// Whether an account counts as privileged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Privileged {
    /// It does, for these reasons, in words.
    Yes(Vec<String>),
    /// It does not; everything was read.
    No,
    /// Nothing found, and these facts were not read. To be handled like yes.
    Unknown(Vec<Gap>),
}

impl Privileged {
    /// True unless proven otherwise.
    pub const fn needs_confirmation(&self) -> bool {
        !matches!(self, Privileged::No)
    }
}

/// Decides whether an account is privileged: an active or eligible role marked privileged, any custom or unknown role, or
/// a place in a role-assignable group.
pub fn privileged_target(target: &Target) -> Privileged {
    let mut reasons: Vec<String> = Vec::new();
    let found = |roles: &[HeldRole], verb: &str| -> Vec<String> {
        roles
            .iter()
            .filter(|role| role.is_privileged())
            .map(|role| format!("{verb} {}", role.display_name()))
            .collect()
    };
    reasons.extend(found(target.roles.items(), "holds"));
    reasons.extend(found(target.eligible.items(), "may activate"));
    if target.role_assignable_group.seen() == Some(&true) {
        reasons.push("is member or owner of a role-assignable group".to_owned());
    }
    if !reasons.is_empty() {
        reasons.dedup();
        return Privileged::Yes(reasons);
    }
    let mut open = target.roles.open_questions("the roles of the user");
    if !target.eligible.lacks_licence() {
        open.extend(
            target
                .eligible
                .open_questions("the roles the user may activate"),
        );
    }
    open.extend(
        target
            .role_assignable_group
            .open_questions("whether the user belongs to a role-assignable group"),
    );
    if open.is_empty() {
        Privileged::No
    } else {
        Privileged::Unknown(open)
    }
}

/// What is at stake for the tenant when this is done to the last Global Administrator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LastAdministrator {
    /// Another enabled Global Administrator exists, or the target is none.
    NotLast,
    /// The last one, and the action would take it away: stop.
    Stop,
    /// The last one, and the action leaves it usable: warn.
    Warn,
    /// Cannot be said.
    Unknown(Vec<Gap>),
}

/// Applies the rule of the last Global Administrator. `takes_away` is true for what disables, deletes, removes the role or
/// removes all methods; `enabled` lists the object ids of enabled accounts that hold the role for the tenant now.
pub fn last_global_administrator(
    takes_away: bool,
    target: &Target,
    enabled: &Known<Vec<String>>,
) -> LastAdministrator {
    let is_target = |id: &String| id.eq_ignore_ascii_case(&target.id);
    if enabled.items().iter().any(|id| !is_target(id)) {
        return LastAdministrator::NotLast;
    }
    if !enabled.is_complete() {
        return LastAdministrator::Unknown(
            enabled.open_questions("who the enabled Global Administrators are"),
        );
    }
    match (enabled.items().iter().any(is_target), takes_away) {
        (false, _) => LastAdministrator::NotLast,
        (true, true) => LastAdministrator::Stop,
        (true, false) => LastAdministrator::Warn,
    }
}

impl Action {
    /// True for what may leave the target unusable as an administrator.
    pub const fn takes_away(self) -> bool {
        matches!(self, Action::DeleteUser | Action::DisableAccount)
    }
}
