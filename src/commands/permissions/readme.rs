//! The permission table in the short form of README: one line a command.

use crate::policy::Cloud;
use crate::policy::permissions::{self, Kind, RolesNeeded, When, needed};
use crate::policy::roles;

/// The table of README: the least permissions of each command, what a flag adds to them, and the least role; global cloud.
#[must_use]
pub fn readme_table() -> String {
    let mut out = String::from(
        "| command | delegated scopes | application permissions | directory role |\n|---|---|---|---|\n",
    );
    for command in permissions::commands() {
        let person = readme_cell(command, Kind::Person);
        let app = readme_cell(command, Kind::App);
        let app = if app == person {
            "the same".to_owned()
        } else {
            app
        };
        out.push_str(&format!(
            "| `{command}` | {person} | {app} | {} |\n",
            readme_roles(command)
        ));
    }
    out
}

/// Permissions of one command: those of every run, those of a full answer, and what flags add.
fn readme_cell(command: &str, kind: Kind) -> String {
    if !permissions::possible(command, kind, Cloud::Global) {
        return "not possible".to_owned();
    }
    let code = |names: &[&str]| {
        names
            .iter()
            .map(|name| format!("`{name}`"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let base = needed(&[command], kind, Cloud::Global, &[]);
    let of = |always: bool| -> Vec<&str> {
        base.iter()
            .filter(|one| (one.when == When::Always) == always)
            .map(|one| one.permission)
            .collect()
    };
    let mut parts: Vec<String> = Vec::new();
    if !of(true).is_empty() {
        parts.push(code(&of(true)));
    }
    if !of(false).is_empty() {
        parts.push(format!("{} {}", When::Better.words(), code(&of(false))));
    }
    let mut flags: Vec<&str> = Vec::new();
    for row in permissions::rows_of(command) {
        if let Some(When::With(flag)) = row.when_in(Cloud::Global)
            && !flags.contains(&flag)
            && !flag.starts_with("in clouds")
        {
            flags.push(flag);
        }
    }
    // Flags that add the same are named together.
    let mut added: Vec<(Vec<&str>, Vec<&str>)> = Vec::new();
    for flag in flags {
        let more: Vec<&str> = needed(&[command], kind, Cloud::Global, &[flag])
            .iter()
            .map(|one| one.permission)
            .filter(|name| !base.iter().any(|own| own.permission == *name))
            .collect();
        match added.iter_mut().find(|(_, names)| *names == more) {
            _ if more.is_empty() => {}
            Some((flags, _)) => flags.push(flag),
            None => added.push((vec![flag], more)),
        }
    }
    parts.extend(added.iter().map(|(flags, names)| {
        let flags: Vec<String> = flags
            .iter()
            .map(|flag| match flag.split_once(" or ") {
                Some((one, other)) => format!("`{one}` or `{other}`"),
                None if flag.starts_with("--") => format!("`{flag}`"),
                None => (*flag).to_owned(),
            })
            .collect();
        format!("with {} {}", flags.join(", "), code(names))
    }));
    parts.join("; ")
}

/// Least roles of one command, each once: those of every run, and those a flag needs beside them.
fn readme_roles(command: &str) -> String {
    let mut said: Vec<String> = Vec::new();
    for always in [true, false] {
        for row in permissions::rows_of(command) {
            let Some(when) = row.when_in(Cloud::Global) else {
                continue;
            };
            let words = if row.person.is_empty() {
                let words = least(row.app_role);
                if words.is_empty() || said.contains(&words) {
                    continue;
                }
                format!("as an app {words}")
            } else {
                least(row.person_role)
            };
            if words.is_empty() || said.iter().any(|one| one.ends_with(&words)) {
                continue;
            }
            match when {
                When::Always | When::Better if always => said.push(words),
                When::With(flag) if !always && flag.starts_with("--") => {
                    said.push(format!("with `{flag}` {words}"));
                }
                _ => {}
            }
        }
    }
    if said.is_empty() {
        "none".to_owned()
    } else {
        said.join("; ")
    }
}

/// The least role in words, with the one for accounts of administrators.
fn least(needed: RolesNeeded) -> String {
    let name = |ids: &[&'static str]| ids.first().map(|id| roles::display_name(id));
    match (name(needed.enough), name(needed.for_admins)) {
        (None, _) => String::new(),
        (Some(role), Some(other)) if role != other => {
            format!("{role} (for administrators {other})")
        }
        (Some(role), _) => role.to_owned(),
    }
}
