//! What `reset-user` reports for many users: counts, and each user's own result.

use super::{COLUMNS, CallerView, OneReset, SCHEMA, Status};
use crate::error::{Error, Exit, of_several};
use crate::render::{Report, Table};
use serde_json::{Value, json};

/// The results of many users.
#[derive(Debug)]
pub(in crate::commands::reset_user) struct ManyReset {
    pub(in crate::commands::reset_user) users: Vec<OneReset>,
    pub(in crate::commands::reset_user) caller: CallerView,
    pub(in crate::commands::reset_user) journal_head: Option<String>,
    /// Id of the run, for `resume`.
    pub(in crate::commands::reset_user) run_id: Option<String>,
    pub(in crate::commands::reset_user) dry_run: bool,
}

impl ManyReset {
    fn count(&self, status: Status) -> usize {
        self.users.iter().filter(|one| one.status == status).count()
    }

    pub(in crate::commands::reset_user) fn merged(&self) -> Exit {
        Exit::merge(
            &self
                .users
                .iter()
                .map(OneReset::exit_code)
                .collect::<Vec<_>>(),
        )
    }
}

impl Report for ManyReset {
    fn json(&self) -> Value {
        json!({
            "schema": SCHEMA,
            "summary": {
                "users": self.users.len(),
                "done": self.count(Status::Done),
                "planned": self.count(Status::Planned),
                "partial": self.count(Status::Partial),
                "unknown": self.count(Status::Unknown),
                "failed": self.count(Status::Failed),
            },
            "caller": self.caller,
            "journal": { "head": self.journal_head, "runId": self.run_id },
            "users": self.users.iter().map(OneReset::body).collect::<Vec<_>>(),
        })
    }

    fn headline(&self) -> String {
        if self.dry_run {
            return format!(
                "Nothing was changed: {} of {} users would be reset.",
                self.count(Status::Planned),
                self.users.len()
            );
        }
        let mut parts = vec![format!(
            "{} of {} users were reset",
            self.count(Status::Done) + self.count(Status::Partial),
            self.users.len()
        )];
        for (status, words) in [
            (Status::Partial, "with a later step failed"),
            (Status::Unknown, "unknown"),
            (Status::Failed, "not reset"),
        ] {
            let count = self.count(status);
            if count > 0 {
                parts.push(format!("{count} {words}"));
            }
        }
        format!("{}.", parts.join(", "))
    }

    fn table(&self) -> Option<Table> {
        let rows = self
            .users
            .iter()
            .map(|one| {
                let why = one
                    .error
                    .as_ref()
                    .map(|error| error.message().to_owned())
                    .unwrap_or_default();
                vec![
                    one.name().to_owned(),
                    one.status.as_str().to_owned(),
                    one.reset.via.unwrap_or_default().to_owned(),
                    why,
                ]
            })
            .collect();
        Some(Table {
            columns: vec!["user", "status", "via", "why"],
            rows,
        })
    }

    fn csv(&self) -> Table {
        Table {
            columns: COLUMNS.to_vec(),
            rows: self.users.iter().map(OneReset::row).collect(),
        }
    }

    fn jsonl(&self) -> Vec<Value> {
        self.users
            .iter()
            .map(|one| {
                let mut value = json!({ "schema": SCHEMA });
                if let (Value::Object(own), Value::Object(body)) = (&mut value, one.body()) {
                    own.extend(body);
                }
                value
            })
            .collect()
    }

    fn exit(&self) -> Exit {
        self.merged()
    }

    fn error(&self) -> Option<Error> {
        let errors: Vec<&Error> = self
            .users
            .iter()
            .filter(|one| one.exit_code() != Exit::Done)
            .filter_map(|one| one.error.as_ref())
            .collect();
        of_several(
            self.merged(),
            &errors,
            self.users.len(),
            |failed, all| format!("{failed} of {all} users were not reset cleanly."),
            "Each user's own error is in the report; users that are done need nothing more.",
        )
    }

    fn changed(&self) -> bool {
        self.users.iter().any(OneReset::changed)
    }
}
