//! What the tables say about one role of a caller and one kind of target, nothing else considered. Also which roles act
//! on a target for certain.

use super::actions::{Action, Via};
use super::matrix::{self, Table, names};
use super::people::{HeldRole, Scope, Target};
use super::protection::{Profile, Protection};
use crate::policy::facts::Gap;
use crate::policy::roles::{self, Role};

/// What the tables say about one role and one kind of target.
pub(super) enum Judged {
    /// The role does.
    Yes,
    /// It does not.
    No,
    /// The documents do not settle it, or the rights of the role are not known.
    Unsure(Gap),
}

/// What a role at tenant scope may do to targets of this profile.
pub(super) fn in_tenant(action: Action, held: &HeldRole, profile: &Profile<'_>) -> Judged {
    let judged = by_tables(action, held, profile);
    if !matches!(judged, Judged::No) || !profile.group || profile.roles.is_empty() {
        return judged;
    }
    // The row about groups is for users without a role; whether it adds to the row of a role is not said.
    let roles_alone = Profile {
        group: false,
        ..profile.clone()
    };
    match by_tables(action, held, &roles_alone) {
        Judged::Yes => Judged::Unsure(Gap::undocumented(
            "membership of a role-assignable group does not protect a user who holds a role as well",
        )),
        other => other,
    }
}

fn by_tables(action: Action, held: &HeldRole, profile: &Profile<'_>) -> Judged {
    let id = held.template_id.as_str();
    let listed = |table: &Table| allows(table, id, profile);
    let yes = match action {
        Action::ResetPassword { .. } | Action::RevokeSessions => listed(&matrix::RESET_PASSWORD),
        Action::EnableAccount
        | Action::DisableAccount
        | Action::UpdateIdentity
        | Action::DeleteUser
        | Action::RestoreUser => listed(&matrix::SENSITIVE_ACTIONS),
        Action::IssueAccessPass | Action::WriteMethods(_) => {
            let yes = names(matrix::METHOD_WRITERS, id) && listed(&matrix::SENSITIVE_ACTIONS);
            let limited = id.eq_ignore_ascii_case(roles::AUTHENTICATION_ADMINISTRATOR);
            if yes && limited && action == Action::IssueAccessPass && !profile.is_plain() {
                return Judged::Unsure(Gap::undocumented(format!(
                    "{} may issue an access pass for holders of the few roles it may act on, which one page allows and another limits to members",
                    held.display_name()
                )));
            }
            yes
        }
        Action::ReadMethods => {
            let yes = id.eq_ignore_ascii_case(matrix::METHOD_READER)
                || (names(matrix::METHOD_WRITERS, id) && listed(&matrix::SENSITIVE_ACTIONS));
            if !yes && names(matrix::METHOD_WRITERS, id) {
                // The endpoint's page names the role without a limit, the role's page limits it.
                return Judged::Unsure(Gap::undocumented(format!(
                    "{} may read the methods of administrators it may not act on",
                    held.display_name()
                )));
            }
            yes
        }
        Action::UpdateContact(_) => {
            // Both tables claim these properties; where they differ nothing is settled.
            let (reset, sensitive) = (
                listed(&matrix::RESET_PASSWORD),
                listed(&matrix::SENSITIVE_ACTIONS),
            );
            if reset != sensitive {
                return Judged::Unsure(Gap::undocumented(format!(
                    "{} may change contact information of such a user, which one published table allows and another does not",
                    held.display_name()
                )));
            }
            reset
        }
    };
    if yes {
        Judged::Yes
    } else {
        beside_the_tables(action, held, profile)
    }
}

/// Roles outside the tables: the few documented ones, and those whose rights we cannot know.
fn beside_the_tables(action: Action, held: &HeldRole, profile: &Profile<'_>) -> Judged {
    if let Some(other) = matrix::OTHER_ROLES
        .iter()
        .find(|other| other.role.eq_ignore_ascii_case(&held.template_id))
    {
        if !other.everybody && !profile.is_plain() {
            return Judged::No;
        }
        let documented = match action {
            Action::ResetPassword { via } => via != Via::Method,
            Action::RevokeSessions => other.revokes,
            Action::EnableAccount | Action::DisableAccount => other.enables,
            _ => return Judged::No,
        };
        return if documented {
            Judged::Yes
        } else {
            Judged::Unsure(Gap::undocumented(format!(
                "{} may {} this way",
                held.display_name(),
                action.phrase()
            )))
        };
    }
    if held.rights_unknown() && profile.is_plain() {
        return Judged::Unsure(Gap::not_read(format!(
            "the rights that the role {} gives",
            held.display_name()
        )));
    }
    Judged::No
}

/// A role allowed for every row that matches the target.
fn allows(table: &Table, id: &str, profile: &Profile<'_>) -> bool {
    if profile.is_plain() {
        return names(table.no_role, id);
    }
    let restricted_scope = profile.roles.iter().any(|role| {
        matches!(
            role.scope,
            Scope::Unit {
                restricted: Some(true),
                ..
            }
        )
    });
    if (profile.group || profile.protected || restricted_scope) && !names(table.protected, id) {
        return false;
    }
    profile
        .roles
        .iter()
        .all(|role| names(table.allowed_for(&role.template_id), id))
}

/// Columns of the tables, least first.
fn candidates(action: Action) -> &'static [&'static str] {
    match action {
        Action::ReadMethods => matrix::METHOD_READERS,
        _ => matrix::RESET_PASSWORD.no_role,
    }
}

/// Roles that reach the target for certain, least first, and the units they must be assigned for.
pub(super) fn who_reaches(action: Action, target: &Target) -> (Vec<&'static Role>, Vec<String>) {
    let protection = Protection::of(target);
    let profile = protection.certain();
    let restricted = protection.blocks(action) == Some(true);
    if restricted && !profile.is_plain() {
        return (Vec::new(), Vec::new());
    }
    let found = candidates(action)
        .iter()
        .filter(|id| !restricted || names(matrix::UNIT_CALLERS, id))
        .filter(|id| {
            matches!(
                in_tenant(action, &HeldRole::tenant(**id), &profile),
                Judged::Yes
            )
        })
        .filter_map(|id| roles::by_template_id(id))
        .collect();
    let units = if restricted {
        target.restricted_units.items().to_vec()
    } else {
        Vec::new()
    };
    (found, units)
}

/// The same as template ids.
pub(super) fn needs(action: Action, target: &Target) -> Vec<&'static str> {
    who_reaches(action, target)
        .0
        .into_iter()
        .map(|role| role.template_id)
        .collect()
}
