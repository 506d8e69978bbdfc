//! Which permissions and roles a command has, lacks, or could activate, and what to do about it. Asks nobody.

use crate::policy::Cloud;
use crate::policy::permissions::{self, Kind, Row, When, rows_of};
use crate::policy::reset::permissions::satisfied;
use crate::policy::reset::{Caller, CallerKind, HeldRole, Scope};
use crate::policy::roles::display_name;
use serde::Serialize;

/// How a role stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Standing {
    /// Held for the whole tenant.
    Active,
    /// To be activated first.
    Eligible,
    /// Held for a unit only.
    InUnit,
    /// Not held.
    Missing,
    /// Not read.
    Unknown,
    /// None is needed.
    NotNeeded,
}

/// One command for one caller.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct State {
    /// Name.
    pub(super) command: &'static str,
    /// Whether Graph offers it to such a caller in this cloud at all.
    pub(super) possible: bool,
    /// Whether it works: permissions and roles for ordinary accounts; null when it could not be decided.
    pub(super) usable: Option<bool>,
    /// Permissions without which it does not work.
    pub(super) missing: Vec<&'static str>,
    /// Permissions without which something stays unknown.
    pub(super) missing_for_full_answer: Vec<&'static str>,
    /// Flags that do not work, with what they lack.
    pub(super) flags: Vec<FlagState>,
    /// The role for ordinary accounts.
    pub(super) role: Standing,
    /// The least roles that are lacking.
    pub(super) role_needed: Vec<String>,
    /// The role for accounts of administrators.
    pub(super) role_for_administrators: Standing,
    /// The least roles that are lacking for these.
    pub(super) role_needed_for_administrators: Vec<String>,
    /// What to do.
    pub(super) fix: Vec<String>,
}

/// A flag that lacks something.
#[derive(Debug, Clone, Serialize)]
pub(super) struct FlagState {
    /// The flag, or the situation.
    pub(super) flag: &'static str,
    /// What it lacks.
    pub(super) missing: Vec<&'static str>,
}

pub(super) fn kind_of(caller: &Caller) -> Kind {
    match caller.kind {
        CallerKind::AppOnly => Kind::App,
        CallerKind::Delegated => Kind::Person,
    }
}

/// What the least set of a row lacks.
fn lacking(row: &Row, kind: Kind, have: &[String]) -> Vec<&'static str> {
    row.sets(kind)
        .first()
        .map(|set| {
            set.iter()
                .filter(|name| !have.iter().any(|own| own.eq_ignore_ascii_case(name)))
                .copied()
                .collect()
        })
        .unwrap_or_default()
}

fn add(to: &mut Vec<&'static str>, names: Vec<&'static str>) {
    for name in names {
        if !to.contains(&name) {
            to.push(name);
        }
    }
}

/// Judges one command.
pub(super) fn command(name: &'static str, cloud: Cloud, caller: &Caller) -> State {
    let kind = kind_of(caller);
    let mut state = State {
        command: name,
        possible: permissions::possible(name, kind, cloud),
        usable: Some(true),
        missing: Vec::new(),
        missing_for_full_answer: Vec::new(),
        flags: Vec::new(),
        role: Standing::NotNeeded,
        role_needed: Vec::new(),
        role_for_administrators: Standing::NotNeeded,
        role_needed_for_administrators: Vec::new(),
        fix: Vec::new(),
    };
    if !state.possible {
        state.usable = Some(false);
        state.fix.push(match kind {
            Kind::App if permissions::possible(name, Kind::Person, cloud) => {
                "Graph offers this to people only: sign in with `admin-reset login`.".to_owned()
            }
            _ => format!("{} does not offer what it needs.", cloud.title()),
        });
        return state;
    }
    let rows: Vec<(&Row, When)> = rows_of(name)
        .filter_map(|row| Some((row, row.when_in(cloud)?)))
        .filter(|(row, _)| !row.sets(kind).is_empty())
        .collect();
    let readable = caller.permissions.is_complete();
    let have = caller.permissions.items();
    if readable {
        for (row, when) in &rows {
            // Another way to the same purpose is as good.
            let covered = rows.iter().any(|(other, _)| {
                other.purpose == row.purpose && satisfied(other.sets(kind), have).is_some()
            });
            if covered {
                continue;
            }
            match when {
                When::Always => add(&mut state.missing, lacking(row, kind, have)),
                When::Better => add(&mut state.missing_for_full_answer, lacking(row, kind, have)),
                When::With(flag) => {
                    let missing = lacking(row, kind, have);
                    match state.flags.iter_mut().find(|one| one.flag == *flag) {
                        Some(one) => add(&mut one.missing, missing),
                        None => state.flags.push(FlagState { flag, missing }),
                    }
                }
                When::Judged => {}
            }
        }
    }
    for (row, when) in &rows {
        if *when != When::Always {
            continue;
        }
        let needed = row.roles(kind);
        let (own, least) = standing(needed.enough, caller);
        take(&mut state.role, &mut state.role_needed, own, least);
        let for_admins = if needed.for_admins.is_empty() {
            needed.enough
        } else {
            needed.for_admins
        };
        let (own, least) = standing(for_admins, caller);
        take(
            &mut state.role_for_administrators,
            &mut state.role_needed_for_administrators,
            own,
            least,
        );
    }
    state.usable = if !state.missing.is_empty()
        || matches!(state.role, Standing::Missing | Standing::Eligible)
    {
        Some(false)
    } else if !readable || state.role == Standing::Unknown {
        None
    } else {
        Some(true)
    };
    state.fix = fixes(&state, kind, readable);
    state
}

const fn rank(standing: Standing) -> u8 {
    match standing {
        Standing::NotNeeded => 0,
        Standing::Active => 1,
        Standing::InUnit => 2,
        Standing::Unknown => 3,
        Standing::Eligible => 4,
        Standing::Missing => 5,
    }
}

/// Keeps the worse of two, and every role that is lacking as badly.
fn take(state: &mut Standing, needed: &mut Vec<String>, own: Standing, least: Option<String>) {
    if rank(own) > rank(*state) {
        *state = own;
        needed.clear();
    }
    if own == *state {
        needed.extend(least.filter(|role| !needed.contains(role)));
    }
}

/// How one of several roles stands, and the least of them when none is active.
fn standing(any_of: &[&'static str], caller: &Caller) -> (Standing, Option<String>) {
    let Some(least) = any_of.first() else {
        return (Standing::NotNeeded, None);
    };
    let fits = |role: &&HeldRole| {
        any_of
            .iter()
            .any(|id| role.template_id.eq_ignore_ascii_case(id))
    };
    let held = caller.roles.items();
    if held
        .iter()
        .filter(fits)
        .any(|role| role.scope == Scope::Tenant)
    {
        return (Standing::Active, None);
    }
    let needed = Some(display_name(least).to_owned());
    let may = caller.eligible.items();
    if let Some(role) = may.iter().find(fits) {
        return (Standing::Eligible, Some(role.display_name().to_owned()));
    }
    if held.iter().any(|role| fits(&role)) {
        return (Standing::InUnit, needed);
    }
    if !caller.roles.is_complete() {
        return (Standing::Unknown, needed);
    }
    (Standing::Missing, needed)
}

fn fixes(state: &State, kind: Kind, readable: bool) -> Vec<String> {
    let mut fixes = Vec::new();
    let mut grant: Vec<&str> = state.missing.clone();
    grant.extend(&state.missing_for_full_answer);
    if !grant.is_empty() {
        let how = match kind {
            Kind::Person => "Have the app you sign in with consented to",
            Kind::App => "Give the app",
        };
        fixes.push(format!(
            "{how} {}: see `admin-reset setup-app --for {} --dry-run`.",
            grant.join(", "),
            state.command
        ));
    }
    if !readable {
        fixes.push(
            "What the token permits cannot be read; try the command with --dry-run.".to_owned(),
        );
    }
    let (whom, hold) = match kind {
        Kind::Person => ("you", "you hold"),
        Kind::App => ("the app", "the app holds"),
    };
    let roles = state.role_needed.join(" and ");
    match state.role {
        Standing::Missing => {
            fixes.push(format!("Have {whom} given the role of {roles}."));
        }
        Standing::Eligible => fixes.push(format!(
            "Activate {roles} in Privileged Identity Management, and sign in again."
        )),
        Standing::Unknown => fixes.push(format!(
            "Whether {hold} {roles} could not be read; RoleManagement.Read.Directory lets it be."
        )),
        Standing::InUnit | Standing::Active | Standing::NotNeeded => {}
    }
    fixes
}

/// A permission of the token that does, and does more than is needed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Broader {
    /// The permission.
    pub(super) permission: String,
    /// The least ones that do in its place.
    pub(super) enough: Vec<&'static str>,
}

/// Permissions of the token beside what commands need. Sign-in's own do not count.
#[derive(Debug, Clone, Default)]
pub(super) struct Excess {
    /// None of the commands uses them.
    pub(super) unused: Vec<String>,
    /// They serve, where smaller ones would.
    pub(super) broader: Vec<Broader>,
}

/// What the token holds beside what these commands need, with any of their flags.
pub(super) fn excess(cloud: Cloud, caller: &Caller, names: &[&str]) -> Excess {
    let kind = kind_of(caller);
    let rows: Vec<&Row> = names
        .iter()
        .flat_map(|name| rows_of(name))
        .filter(|row| row.when_in(cloud).is_some())
        .collect();
    let within = |set: &[&str], own: &str| set.iter().any(|name| name.eq_ignore_ascii_case(own));
    let mut excess = Excess::default();
    for own in caller.permissions.items() {
        if permissions::is_of_sign_in(own) {
            continue;
        }
        let serves: Vec<&Row> = rows
            .iter()
            .filter(|row| row.sets(kind).iter().any(|set| within(set, own)))
            .copied()
            .collect();
        if serves.is_empty() {
            let beside = permissions::USED_BESIDE
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(own))
                .is_some_and(|(_, other)| {
                    rows.iter()
                        .any(|row| row.sets(kind).iter().any(|set| within(set, other)))
                });
            if !beside {
                excess.unused.push(own.clone());
            }
            continue;
        }
        let least = |row: &&Row| row.sets(kind).first().is_some_and(|set| within(set, own));
        // What is only looked for in the token is not asked for in its place either.
        let used: Vec<&Row> = serves
            .iter()
            .filter(|row| row.when != When::Judged)
            .copied()
            .collect();
        if used.is_empty() || serves.iter().any(least) {
            continue;
        }
        let mut enough = Vec::new();
        for row in used {
            add(&mut enough, row.sets(kind)[0].to_vec());
        }
        excess.broader.push(Broader {
            permission: own.clone(),
            enough,
        });
    }
    excess
}

#[cfg(test)]
mod tests;
