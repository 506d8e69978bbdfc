//! `stdout`: the secret alone on standard output, for the next program in a pipe.
//!
//! Cannot be taken back, so stderr says before the change that the secret is not yet in force and after it whether it is.

use super::{Entry, Fate, Place, Sink, Standing, csv};
use crate::console::Console;
use crate::error::{Error, ErrorCode, Result};
use std::collections::HashMap;
use std::sync::Arc;

/// Standard output.
pub(super) struct Stdout {
    console: Arc<Console>,
    many: bool,
    header_out: bool,
    /// What to say about each user: the secret's name and the account's.
    given: HashMap<String, String>,
}

impl Stdout {
    pub(super) fn new(console: Arc<Console>, many: bool) -> Self {
        Stdout {
            console,
            many,
            header_out: false,
            given: HashMap::new(),
        }
    }
}

/// "The password for ada@contoso.com".
pub(super) fn subject(entry: &Entry<'_>) -> String {
    format!("The {} for {}", entry.what, entry.upn)
}

/// The rest of the sentence once the change is settled.
pub(super) fn verdict(fate: Fate) -> &'static str {
    match fate {
        Fate::InForce => "is in force.",
        Fate::NotInForce => "is NOT in force: the account was not changed. Throw it away.",
        Fate::Unknown => "may or may not be in force. Keep it until that is known.",
    }
}

fn unusable(why: &str) -> Error {
    Error::new(
        ErrorCode::SinkRefused,
        "Standard output cannot take the secret.",
    )
    .why(format!("Standard output: {why}."))
    .fix("Connect stdout to a program or a file, or use --secret-to file:PATH.")
}

impl Sink for Stdout {
    fn check(&self) -> Result<()> {
        self.console
            .stdout_fault()
            .map_or(Ok(()), |why| Err(unusable(&why)))
    }

    fn prove(&mut self) -> Result<()> {
        self.check()?;
        if self.console.is_ci() {
            self.console.warn("The secret goes to stdout in a CI run. If the log shows stdout it shows the secret, and a mask of the CI system is no protection.");
        }
        Ok(())
    }

    fn stage(&mut self, entry: &Entry<'_>, standing: Standing) -> Result<()> {
        let bytes = if self.many {
            csv::line(entry)
        } else {
            csv::alone(entry)
        };
        let write = |bytes: &[u8]| {
            self.console
                .secret_out(bytes)
                .map_err(|cause| unusable(&cause.to_string()).source(cause))
        };
        if self.many && !self.header_out {
            write(csv::HEADER)?;
            self.header_out = true;
        }
        self.console.mask(entry.secret.expose());
        write(&bytes)?;
        let subject = subject(entry);
        self.console.must_say(&match standing {
            Standing::NotYet => format!("{subject} is on stdout and not yet in force."),
            Standing::Already => format!("{subject} is on stdout and in force."),
            Standing::Open => format!("{subject} on stdout {}", verdict(Fate::Unknown)),
            Standing::Kept => format!("{subject} is on stdout."),
        });
        self.given.insert(entry.id.to_owned(), subject);
        Ok(())
    }

    fn settle(&mut self, id: &str, fate: Fate) -> Result<()> {
        if let Some(subject) = self.given.get(id) {
            self.console
                .must_say(&format!("{subject} on stdout {}", verdict(fate)));
        }
        Ok(())
    }

    fn publish(&mut self) -> Result<()> {
        Ok(())
    }

    fn can_hold(&self) -> bool {
        false
    }

    fn place(&self) -> Place {
        Place {
            kind: "stdout",
            location: None,
            recipients: Vec::new(),
        }
    }
}
