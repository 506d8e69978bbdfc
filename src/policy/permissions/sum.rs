//! Adds rows up: the least permissions that satisfy all of them, and what each is for.

use super::{Kind, RolesNeeded, Row, When, rows_of};
use crate::policy::clouds::Cloud;

/// A permission that commands need, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needed {
    /// Name.
    pub permission: &'static str,
    /// The strongest reason to have it.
    pub when: When,
    /// Commands and what they do with it.
    pub purposes: Vec<(&'static str, &'static str)>,
}

/// The permissions that commands need, each once, in the order of the table. What a flag needs counts for the flags in `with`.
pub fn needed(commands: &[&str], kind: Kind, cloud: Cloud, with: &[&str]) -> Vec<Needed> {
    let rows: Vec<(&Row, When)> = commands
        .iter()
        .flat_map(|command| rows_of(command))
        .filter_map(|row| Some((row, row.when_in(cloud)?)))
        .filter(|(row, when)| {
            !row.sets(kind).is_empty()
                && match when {
                    When::Always | When::Better => true,
                    When::With(flag) => with.contains(flag),
                    When::Judged => false,
                }
        })
        .collect();
    let every: Vec<&Row> = rows.iter().map(|(row, _)| *row).collect();
    let have = least(&every, kind);
    have.iter()
        .filter_map(|permission| {
            let users: Vec<&(&Row, When)> = rows
                .iter()
                .filter(|(row, _)| chosen(row, kind, &have).contains(permission))
                .collect();
            let mut purposes: Vec<(&'static str, &'static str)> = Vec::new();
            for (row, _) in &users {
                if !purposes.contains(&(row.command, row.purpose)) {
                    purposes.push((row.command, row.purpose));
                }
            }
            Some(Needed {
                permission,
                when: users
                    .iter()
                    .map(|(_, when)| *when)
                    .min_by_key(|when| weight(*when))?,
                purposes,
            })
        })
        .collect()
}

const fn weight(when: When) -> u8 {
    match when {
        When::Always => 0,
        When::Better => 1,
        When::With(_) => 2,
        When::Judged => 3,
    }
}

/// The set of a row that is wholly among the chosen permissions; the least one when several are.
fn chosen(row: &Row, kind: Kind, have: &[&'static str]) -> &'static [&'static str] {
    row.sets(kind)
        .iter()
        .find(|set| set.iter().all(|name| have.contains(name)))
        .copied()
        .unwrap_or(&[])
}

/// The least permissions that satisfy every row. A row whose need another row brings along adds nothing; what is left over in
/// the end is dropped again.
pub(super) fn least(rows: &[&Row], kind: Kind) -> Vec<&'static str> {
    let mut taken: Vec<&'static str> = Vec::new();
    let satisfied = |row: &Row, have: &[&'static str]| {
        row.sets(kind).is_empty()
            || row
                .sets(kind)
                .iter()
                .any(|set| set.iter().all(|name| have.contains(name)))
    };
    for row in rows {
        if !satisfied(row, &taken)
            && let Some(set) = row.sets(kind).first()
        {
            taken.extend(
                set.iter()
                    .filter(|name| !taken.contains(name))
                    .copied()
                    .collect::<Vec<_>>(),
            );
        }
    }
    // An early row's least set may have become superfluous by a later row's larger one.
    let mut at = 0;
    while at < taken.len() {
        let without: Vec<&'static str> = taken
            .iter()
            .enumerate()
            .filter(|(index, _)| *index != at)
            .map(|(_, name)| *name)
            .collect();
        if rows.iter().all(|row| satisfied(row, &without)) {
            taken = without;
        } else {
            at += 1;
        }
    }
    taken
}

/// The roles that satisfy all rows of commands: for ordinary accounts, and for administrators. Each entry is a list of which any
/// is enough.
pub fn roles_needed(
    commands: &[&str],
    kind: Kind,
    cloud: Cloud,
    with: &[&str],
) -> Vec<(&'static Row, RolesNeeded)> {
    commands
        .iter()
        .flat_map(|command| rows_of(command))
        .filter(|row| {
            !row.sets(kind).is_empty()
                && match row.when_in(cloud) {
                    Some(When::Always | When::Better) => true,
                    Some(When::With(flag)) => with.contains(&flag),
                    Some(When::Judged) | None => false,
                }
        })
        .filter_map(|row| {
            let roles = row.roles(kind);
            (!roles.enough.is_empty() || !roles.for_admins.is_empty()).then_some((row, roles))
        })
        .collect()
}
