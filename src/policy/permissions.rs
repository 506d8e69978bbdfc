//! What each command needs: permissions for a person and for an application, directory roles, and what each is for.
//!
//! The one table behind `permissions`, `doctor`, `setup-app`, the table in README and the scopes that Microsoft's own client is
//! asked for. A command has a row for each purpose; a test of the whole program runs it with exactly these. Adding a command
//! that asks Graph means adding its rows in `commands.rs`.

mod commands;
mod ids;
mod sum;

pub use commands::{GRANT_TO_APP, GRANT_TO_PEOPLE, ROWS, USED_BESIDE};
pub use ids::{GRAPH_APP_ID, IDS, PermissionId, by_id, by_name};
pub use sum::{Needed, needed, roles_needed};

use super::clouds::{Cloud, Feature};
use super::reset::permissions::AnyOf;
use super::roles::display_name;

/// As whom a command runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A signed-in person: delegated scopes, and the person's own roles.
    Person,
    /// An application for itself: application permissions, and the roles of its service principal.
    App,
}

impl Kind {
    /// Both.
    pub const ALL: [Kind; 2] = [Kind::Person, Kind::App];

    /// Word of the documents.
    pub const fn word(self) -> &'static str {
        match self {
            Kind::Person => "person",
            Kind::App => "app",
        }
    }
}

/// When a row matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum When {
    /// Every run; without it the command does not do its work.
    Always,
    /// Every run; without it something stays unknown, and the command says so.
    Better,
    /// Only with a flag, or in a situation.
    With(&'static str),
    /// Never used, but the answer of the command depends on whether the token holds it.
    Judged,
}

impl When {
    /// Words for a table.
    pub const fn words(self) -> &'static str {
        match self {
            When::Always => "always",
            When::Better => "for a full answer",
            When::With(what) => what,
            When::Judged => "looked for in the token",
        }
    }
}

/// Directory roles beside the permission, any of which is enough, least first; empty when none is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RolesNeeded {
    /// For ordinary accounts, or where there is no target.
    pub enough: &'static [&'static str],
    /// For accounts of administrators, where they need more.
    pub for_admins: &'static [&'static str],
}

impl RolesNeeded {
    /// Names of the least roles: for ordinary accounts, and for accounts of administrators where that is another one.
    pub fn least(self) -> (Option<&'static str>, Option<&'static str>) {
        let name = |ids: &[&'static str]| ids.first().map(|id| display_name(id));
        let enough = name(self.enough);
        (
            enough,
            name(self.for_admins).filter(|other| enough != Some(*other)),
        )
    }
}

/// No role.
pub const NO_ROLE: RolesNeeded = RolesNeeded {
    enough: &[],
    for_admins: &[],
};

/// One purpose of one command.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Command as it is typed.
    pub command: &'static str,
    /// When it matters.
    pub when: When,
    /// What it is for, as a verb phrase.
    pub purpose: &'static str,
    /// Endpoints it is for: method and path.
    pub calls: &'static [&'static str],
    /// Delegated scopes: sets, any of which is enough, least first. Empty: not the way for a person.
    pub person: AnyOf,
    /// Application permissions, likewise. Empty: not the way for an app.
    pub app: AnyOf,
    /// Roles a person needs beside it.
    pub person_role: RolesNeeded,
    /// Roles the service principal needs beside it.
    pub app_role: RolesNeeded,
    /// The feature of Graph it uses, where some cloud lacks it.
    pub uses: Option<Feature>,
    /// The feature in whose place it is used, and when it matters in clouds that lack that.
    pub instead_of: Option<(Feature, When)>,
}

impl Row {
    /// A row with the same permissions for both kinds, and without roles.
    const fn new(
        command: &'static str,
        when: When,
        purpose: &'static str,
        calls: &'static [&'static str],
        both: AnyOf,
    ) -> Self {
        Row {
            command,
            when,
            purpose,
            calls,
            person: both,
            app: both,
            person_role: NO_ROLE,
            app_role: NO_ROLE,
            uses: None,
            instead_of: None,
        }
    }

    /// Only for a person.
    const fn person_only(mut self) -> Self {
        self.app = &[];
        self
    }

    /// Only for an app.
    const fn app_only(mut self) -> Self {
        self.person = &[];
        self
    }

    /// Other sets for an app.
    const fn app(mut self, app: AnyOf) -> Self {
        self.app = app;
        self
    }

    /// Roles a person needs.
    const fn person_role(mut self, role: RolesNeeded) -> Self {
        self.person_role = role;
        self
    }

    /// Roles that person and service principal need.
    const fn role(mut self, role: RolesNeeded) -> Self {
        self.person_role = role;
        self.app_role = role;
        self
    }

    /// Uses a feature that some cloud lacks.
    const fn uses(mut self, feature: Feature) -> Self {
        self.uses = Some(feature);
        self
    }

    /// Takes the place of a feature in clouds that lack it.
    const fn instead_of(mut self, feature: Feature, when: When) -> Self {
        self.instead_of = Some((feature, when));
        self
    }

    /// Sufficient sets for a kind of caller.
    pub const fn sets(&self, kind: Kind) -> AnyOf {
        match kind {
            Kind::Person => self.person,
            Kind::App => self.app,
        }
    }

    /// Roles for a kind of caller.
    pub const fn roles(&self, kind: Kind) -> RolesNeeded {
        match kind {
            Kind::Person => self.person_role,
            Kind::App => self.app_role,
        }
    }

    /// When it matters in a cloud; `None` where the cloud lacks what it is for.
    pub fn when_in(&self, cloud: Cloud) -> Option<When> {
        if self.uses.is_some_and(|feature| !cloud.offers(feature)) {
            return None;
        }
        match self.instead_of {
            Some((feature, when)) if !cloud.offers(feature) => Some(when),
            _ => Some(self.when),
        }
    }
}

/// Whether a permission is one that sign-ins ask for by themselves, whatever the commands need.
pub fn is_of_sign_in(name: &str) -> bool {
    ["openid", "profile", "email", "offline_access", "User.Read"]
        .iter()
        .any(|own| own.eq_ignore_ascii_case(name))
}

/// The rows of a command.
pub fn rows_of(command: &str) -> impl Iterator<Item = &'static Row> {
    ROWS.iter().filter(move |row| row.command == command)
}

/// The commands that ask Graph, in the order of the table.
pub fn commands() -> Vec<&'static str> {
    let mut names: Vec<&'static str> = Vec::new();
    for row in ROWS {
        if !names.contains(&row.command) {
            names.push(row.command);
        }
    }
    names
}

/// Commands that use the permissions of others: going on with work takes what the work took.
const STANDS_FOR: &[(&str, &[&str])] = &[("resume", &["create-admin", "reset-user"])];

/// The rows' commands behind a name: itself, or those it stands for; empty when it asks Graph for nothing.
pub fn behind(name: &str) -> Vec<&'static str> {
    if let Some((_, others)) = STANDS_FOR.iter().find(|(own, _)| *own == name) {
        return others.to_vec();
    }
    commands().into_iter().filter(|own| *own == name).collect()
}

/// The same for several names, each command once; the first name that is none of them is the error.
pub fn behind_all<S: AsRef<str>>(names: &[S]) -> Result<Vec<&'static str>, &str> {
    let mut all: Vec<&'static str> = Vec::new();
    for name in names {
        let behind = behind(name.as_ref());
        if behind.is_empty() {
            return Err(name.as_ref());
        }
        for one in behind {
            if !all.contains(&one) {
                all.push(one);
            }
        }
    }
    Ok(all)
}

/// Every name that `behind` knows, in alphabetical order.
pub fn names() -> Vec<&'static str> {
    let mut all = commands();
    all.extend(STANDS_FOR.iter().map(|(own, _)| *own));
    all.sort_unstable();
    all
}

/// Whether a command can run as this kind of caller in a cloud: each purpose of every run has a way, and a command that is there to
/// change something has something to change it with.
pub fn possible(command: &str, kind: Kind, cloud: Cloud) -> bool {
    let changes = |cloud| {
        rows_of(command).any(|row| {
            row.when_in(cloud) == Some(When::Always)
                && row.calls.iter().any(|call| !call.starts_with("GET "))
        })
    };
    if changes(Cloud::Global) && !changes(cloud) {
        return false;
    }
    let always: Vec<&Row> = rows_of(command)
        .filter(|row| row.when_in(cloud) == Some(When::Always))
        .collect();
    always.iter().all(|row| {
        always
            .iter()
            .any(|other| other.purpose == row.purpose && !other.sets(kind).is_empty())
    })
}

/// The delegated scopes that Microsoft's own client is asked for by name: what every run of the commands uses or looks for, and
/// what the flags in `with` add. An own app registration gets what was consented to it instead.
pub fn scopes(commands: &[&str], with: &[&str], cloud: Cloud) -> Vec<&'static str> {
    let rows: Vec<&Row> = ROWS
        .iter()
        .filter(|row| {
            commands.contains(&row.command)
                && match row.when_in(cloud) {
                    None => false,
                    Some(When::With(flag)) => with.contains(&flag),
                    Some(_) => true,
                }
        })
        .collect();
    sum::least(&rows, Kind::Person)
}

/// The same for what a flag alone needs, when that is all a run does.
pub fn scopes_of_flag(command: &str, flag: &str) -> Vec<&'static str> {
    let rows: Vec<&Row> = rows_of(command)
        .filter(|row| matches!(row.when, When::With(own) if own == flag))
        .collect();
    sum::least(&rows, Kind::Person)
}

#[cfg(test)]
mod tests;
