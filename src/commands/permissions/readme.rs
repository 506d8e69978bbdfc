//! The permission table in the short form of README: a line for what each command needs always, and one for each thing that adds to it.

use crate::policy::Cloud;
use crate::policy::permissions::{self, Kind, RolesNeeded, Row, When, needed};

/// When a line of the table holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Situation {
    Always,
    Better,
    With(&'static str),
}

/// The table of README: the least permissions of each command, what a flag adds to them, and the least role; global cloud.
#[must_use]
pub fn readme_table() -> String {
    let mut out = String::from(
        "| command, and what adds to it | delegated scopes | application permissions | directory role |\n|---|---|---|---|\n",
    );
    for command in permissions::commands() {
        for (label, cells) in lines(command) {
            out.push_str(&format!("| {label} | {} |\n", cells.join(" | ")));
        }
    }
    out
}

/// The lines of one command. Flags that add the same are named together, and a line that adds nothing is left out.
fn lines(command: &str) -> Vec<(String, [String; 3])> {
    let mut said: Vec<String> = Vec::new();
    let mut lines: Vec<(String, [String; 3])> = Vec::new();
    for situation in situations(command) {
        let person = permissions_in(command, Kind::Person, situation);
        let app = permissions_in(command, Kind::App, situation);
        let app = if app == person && !person.is_empty() {
            "the same".to_owned()
        } else {
            app
        };
        let mut cells = [person, app, roles_in(command, situation, &mut said)];
        if situation == Situation::Always {
            for (cell, kind) in cells
                .iter_mut()
                .zip([Some(Kind::Person), Some(Kind::App), None])
            {
                let possible =
                    kind.is_none_or(|kind| permissions::possible(command, kind, Cloud::Global));
                if cell.is_empty() {
                    *cell = if possible { "none" } else { "not possible" }.to_owned();
                }
            }
        } else if cells.iter().all(String::is_empty) {
            continue;
        }
        let label = label(command, situation);
        match lines.last_mut() {
            Some((flags, own)) if matches!(situation, Situation::With(_)) && *own == cells => {
                flags.push_str(&label.replacen("… with", ",", 1));
            }
            _ => lines.push((label, cells)),
        }
    }
    lines
}

fn label(command: &str, situation: Situation) -> String {
    match situation {
        Situation::Always => format!("`{command}`"),
        Situation::Better => format!("… {}", When::Better.words()),
        Situation::With(flag) => match flag.split_once(" or ") {
            Some((one, other)) => format!("… with `{one}` or `{other}`"),
            None if flag.starts_with("--") => format!("… with `{flag}`"),
            None => format!("… {flag}"),
        },
    }
}

fn situations(command: &str) -> Vec<Situation> {
    let mut all = vec![Situation::Always, Situation::Better];
    for (_, when) in rows(command) {
        // The table is that of the global cloud.
        if let When::With(flag) = when
            && !flag.starts_with("in clouds")
            && !all.contains(&Situation::With(flag))
        {
            all.push(Situation::With(flag));
        }
    }
    all
}

fn rows(command: &str) -> impl Iterator<Item = (&'static Row, When)> {
    permissions::rows_of(command).filter_map(|row| Some((row, row.when_in(Cloud::Global)?)))
}

/// The permissions of a line, as code.
fn permissions_in(command: &str, kind: Kind, situation: Situation) -> String {
    if !permissions::possible(command, kind, Cloud::Global) {
        return String::new();
    }
    let base = needed(&[command], kind, Cloud::Global, &[]);
    let names: Vec<&str> = match situation {
        Situation::With(flag) => needed(&[command], kind, Cloud::Global, &[flag])
            .iter()
            .map(|one| one.permission)
            .filter(|name| !base.iter().any(|own| own.permission == *name))
            .collect(),
        _ => base
            .iter()
            .filter(|one| (one.when == When::Always) == (situation == Situation::Always))
            .map(|one| one.permission)
            .collect(),
    };
    let code: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    code.join(", ")
}

/// The least roles of a line that no line above it said.
fn roles_in(command: &str, situation: Situation, said: &mut Vec<String>) -> String {
    let mut roles: Vec<String> = Vec::new();
    for (row, when) in rows(command) {
        let own = match when {
            When::Always => Situation::Always,
            When::Better => Situation::Better,
            When::With(flag) => Situation::With(flag),
            When::Judged => continue,
        };
        if own != situation {
            continue;
        }
        let (words, shown) = if row.person.is_empty() {
            let words = least(row.app_role);
            (words.clone(), format!("as an app {words}"))
        } else {
            let words = least(row.person_role);
            (words.clone(), words)
        };
        if !words.is_empty() && !said.contains(&words) {
            said.push(words);
            roles.push(shown);
        }
    }
    roles.join("; ")
}

/// The least role in words, with the one for accounts of administrators.
fn least(needed: RolesNeeded) -> String {
    match needed.least() {
        (None, _) => String::new(),
        (Some(role), Some(other)) => format!("{role} (for administrators {other})"),
        (Some(role), None) => role.to_owned(),
    }
}
