//! The answers for many users as one report.

use super::report::{Answer, COLUMNS, SCHEMA};
use super::view::caller_view;
use crate::error::Exit;
use crate::facts::Surroundings;
use crate::render::{Report, Table};
use serde_json::{Value, json};

/// The answers for many users.
#[derive(Debug)]
pub(super) struct Answers {
    users: Vec<Answer>,
    caller: Value,
}

impl Answers {
    pub(super) fn new(users: Vec<Answer>, surroundings: &Surroundings) -> Self {
        Answers {
            users,
            caller: caller_view(surroundings),
        }
    }

    fn count(&self, word: &str) -> usize {
        self.users.iter().filter(|one| one.word() == word).count()
    }
}

impl Report for Answers {
    fn json(&self) -> Value {
        json!({
            "schema": SCHEMA,
            "summary": {
                "users": self.users.len(),
                "allowed": self.count("allowed"),
                "denied": self.count("denied"),
                "unknown": self.count("unknown"),
            },
            "caller": self.caller,
            "users": self.users.iter().map(|one| {
                let mut body = one.body.clone();
                if let Value::Object(map) = &mut body {
                    map.remove("caller");
                }
                body
            }).collect::<Vec<_>>(),
        })
    }

    fn headline(&self) -> String {
        format!(
            "You may reset {} of {} users; {} not, {} not decided.",
            self.count("allowed"),
            self.users.len(),
            self.count("denied"),
            self.count("unknown")
        )
    }

    fn table(&self) -> Option<Table> {
        let rows = self
            .users
            .iter()
            .map(|one| {
                vec![
                    one.name.clone(),
                    one.word().to_owned(),
                    one.row[3].clone(),
                    one.row[4].clone(),
                    one.people
                        .as_ref()
                        .map_or_else(String::new, |people| people.len().to_string()),
                ]
            })
            .collect();
        Some(Table {
            columns: vec!["user", "answer", "via", "reasons", "who can"],
            rows,
        })
    }

    fn csv(&self) -> Table {
        Table {
            columns: COLUMNS.to_vec(),
            rows: self.users.iter().map(|one| one.row.clone()).collect(),
        }
    }

    fn jsonl(&self) -> Vec<Value> {
        self.users.iter().map(Report::json).collect()
    }

    fn exit(&self) -> Exit {
        // A certain no outranks what could not be decided; the worst of several noes is told.
        let worst = |wanted: &[Exit]| {
            self.users
                .iter()
                .map(|one| one.exit)
                .filter(|exit| wanted.contains(exit))
                .max_by_key(|exit| exit.code())
        };
        worst(&[Exit::NotPermitted, Exit::Precondition])
            .or_else(|| worst(&[Exit::Undecided]))
            .unwrap_or(Exit::Done)
    }
}
