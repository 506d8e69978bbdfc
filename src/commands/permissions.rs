//! `permissions`: what each command needs, from the one table. No sign-in, no network.

mod readme;

use crate::context::Context;
use crate::error::Result;
use crate::policy::Cloud;
use crate::policy::permissions::{self, Kind, RolesNeeded, Row, When, by_name, needed};
use crate::policy::roles;
use crate::render::{Report, Table};
use serde_json::{Value, json};

pub use readme::readme_table;

/// Show which permissions and roles each command needs, and what each is for
///
/// Least privilege: of several sufficient permissions the smallest is named. A signed-in person needs both the scope in the token
/// and the role in the directory. With --cloud, what that cloud lacks is left out. Needs no sign-in and no network.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:
  admin-reset permissions
  admin-reset permissions reset-user
  admin-reset permissions check-security-info -o json --query 'commands[].app.permissions[].name'
  admin-reset permissions reset-user --cloud china")]
pub struct Args {
    /// Commands; all that ask Microsoft Graph when left out
    #[arg(value_name = "COMMAND", value_parser = command)]
    commands: Vec<String>,
}

/// A name of the table; others are refused with the list.
fn command(text: &str) -> Result<String, String> {
    super::of_table(text).map_err(|list| {
        let name = text.trim().to_ascii_lowercase();
        let no_graph = crate::cli::command()
            .get_subcommands()
            .any(|one| one.get_name() == name);
        if no_graph {
            "this command asks Microsoft Graph for nothing and needs no permission".to_owned()
        } else {
            list
        }
    })
}

/// Runs the command.
pub async fn run(args: Args, context: &Context) -> Result<Box<dyn Report>> {
    let asked = super::behind_all(&args.commands)?;
    let commands: Vec<&'static str> = permissions::commands()
        .into_iter()
        .filter(|name| args.commands.is_empty() || asked.contains(name))
        .collect();
    Ok(Box::new(Permissions {
        commands,
        cloud: context.settings.endpoints.cloud,
    }))
}

struct Permissions {
    commands: Vec<&'static str>,
    cloud: Cloud,
}

impl Permissions {
    fn rows(&self) -> impl Iterator<Item = (&'static Row, When)> {
        let cloud = self.cloud;
        self.commands
            .iter()
            .flat_map(|command| permissions::rows_of(command))
            .filter_map(move |row| Some((row, row.when_in(cloud)?)))
    }

    /// What one kind of caller needs for a command in every run.
    fn total(&self, command: &str, kind: Kind) -> Value {
        if !permissions::possible(command, kind, self.cloud) {
            return Value::Null;
        }
        let list: Vec<Value> = needed(&[command], kind, self.cloud, &[])
            .into_iter()
            .map(|one| {
                let id = by_name(one.permission).map(|known| known.id(kind));
                json!({ "name": one.permission, "id": id, "required": one.when == When::Always })
            })
            .collect();
        let roles: Vec<Value> = permissions::roles_needed(&[command], kind, self.cloud, &[])
            .into_iter()
            .filter(|(row, _)| row.when_in(self.cloud) == Some(When::Always))
            .map(|(_, needed)| roles_json(needed))
            .collect();
        json!({ "permissions": list, "roles": roles })
    }
}

fn roles_json(needed: RolesNeeded) -> Value {
    let list = |ids: &[&'static str]| {
        ids.iter()
            .map(|id| json!({ "name": roles::display_name(id), "templateId": id }))
            .collect::<Vec<_>>()
    };
    json!({ "anyOf": list(needed.enough), "forAdministratorsAnyOf": list(needed.for_admins) })
}

/// The least role in words.
fn role_words(needed: RolesNeeded) -> String {
    match needed.least() {
        (None, None) => String::new(),
        (Some(role), None) => role.to_owned(),
        (None, Some(role)) => format!("for administrators {role}"),
        (Some(role), Some(other)) => format!("{role}; for administrators {other}"),
    }
}

fn set_words(row: &Row, kind: Kind) -> String {
    row.sets(kind)
        .first()
        .map_or_else(|| "-".to_owned(), |set| set.join(", "))
}

/// The roles of a row: one text when person and app are alike.
fn row_roles(row: &Row) -> String {
    let person = role_words(row.person_role);
    let app = role_words(row.app_role);
    match (row.person.is_empty(), row.app.is_empty()) {
        (true, _) => app,
        (_, true) => person,
        _ if person == app => person,
        _ if app.is_empty() => format!("{person} (a person)"),
        _ => format!("{person} (an app: {app})"),
    }
}

/// One line of README and of the text output.
fn cells(row: &Row, when: When) -> Vec<String> {
    let app = set_words(row, Kind::App);
    let person = set_words(row, Kind::Person);
    vec![
        row.command.to_owned(),
        when.words().to_owned(),
        row.purpose.to_owned(),
        person.clone(),
        if app == person {
            "the same".to_owned()
        } else {
            app
        },
        row_roles(row),
    ]
}

impl Report for Permissions {
    fn json(&self) -> Value {
        let commands: Vec<Value> = self
            .commands
            .iter()
            .map(|command| {
                let rows: Vec<Value> = permissions::rows_of(command)
                    .filter_map(|row| Some((row, row.when_in(self.cloud)?)))
                    .map(|(row, when)| {
                        json!({
                            "when": when.words(),
                            "purpose": row.purpose,
                            "calls": row.calls,
                            "delegatedAnyOf": row.person,
                            "applicationAnyOf": row.app,
                            "personRoles": roles_json(row.person_role),
                            "appRoles": roles_json(row.app_role),
                        })
                    })
                    .collect();
                json!({
                    "command": command,
                    "person": self.total(command, Kind::Person),
                    "app": self.total(command, Kind::App),
                    "needs": rows,
                })
            })
            .collect();
        json!({
            "schema": "admin-reset/permissions/1",
            "cloud": self.cloud.name(),
            "resourceAppId": permissions::GRAPH_APP_ID,
            "commands": commands,
        })
    }

    fn headline(&self) -> String {
        let [command] = self.commands[..] else {
            return format!(
                "What {} commands need in {}, least first.",
                self.commands.len(),
                self.cloud.title()
            );
        };
        let list = |kind| {
            if !permissions::possible(command, kind, self.cloud) {
                return "not possible".to_owned();
            }
            let names: Vec<&str> = needed(&[command], kind, self.cloud, &[])
                .iter()
                .filter(|one| one.when == When::Always)
                .map(|one| one.permission)
                .collect();
            if names.is_empty() {
                return "nothing".to_owned();
            }
            names.join(", ")
        };
        format!(
            "{command} needs, as a person: {}; as an app: {}.",
            list(Kind::Person),
            list(Kind::App)
        )
    }

    fn table(&self) -> Option<Table> {
        Some(Table {
            columns: vec!["command", "when", "to", "person", "app", "role"],
            rows: self.rows().map(|(row, when)| cells(row, when)).collect(),
        })
    }

    fn csv(&self) -> Table {
        let rows = self
            .rows()
            .map(|(row, when)| {
                vec![
                    row.command.to_owned(),
                    when.words().to_owned(),
                    row.purpose.to_owned(),
                    set_words(row, Kind::Person).replace(", ", " "),
                    set_words(row, Kind::App).replace(", ", " "),
                    role_words(row.person_role),
                    role_words(row.app_role),
                    row.calls.join(" | "),
                ]
            })
            .collect();
        Table {
            columns: vec![
                "command",
                "when",
                "purpose",
                "delegated",
                "application",
                "personRole",
                "appRole",
                "calls",
            ],
            rows,
        }
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = vec![
            "A person needs the scope in the token and the role in the directory; ids and alternatives are in -o json.".to_owned(),
        ];
        let lacking: Vec<String> = self
            .commands
            .iter()
            .flat_map(|command| permissions::rows_of(command))
            .filter(|row| row.when_in(self.cloud).is_none() && row.when != When::Judged)
            .filter_map(|row| {
                Some(format!(
                    "{}: {} ({})",
                    row.command,
                    row.purpose,
                    row.uses?.title()
                ))
            })
            .collect();
        if !lacking.is_empty() {
            notes.push(format!(
                "Not in {}: {}.",
                self.cloud.title(),
                lacking.join("; ")
            ));
        }
        notes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_commands_that_ask_graph_are_taken() {
        assert_eq!(command("Reset-User").unwrap(), "reset-user");
        assert!(command("reset-users").unwrap_err().contains("reset-user, "));
        assert!(command("man").unwrap_err().contains("needs no permission"));
    }

    #[test]
    fn roles_in_words() {
        let role = |enough, for_admins| role_words(RolesNeeded { enough, for_admins });
        assert_eq!(role(&[], &[]), "");
        assert_eq!(
            role(&[roles::USER_ADMINISTRATOR], &[roles::GLOBAL_ADMINISTRATOR]),
            "User Administrator; for administrators Global Administrator"
        );
        assert_eq!(
            role(&[], &[roles::GLOBAL_ADMINISTRATOR]),
            "for administrators Global Administrator"
        );
    }
}
