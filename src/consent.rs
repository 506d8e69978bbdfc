//! Consent to a change: a question on a terminal, flags elsewhere; a privileged target wants its name.
//!
//! Decides from flags and facts; asks through the console; changes nothing.

use crate::console::Console;
use crate::error::{Error, ErrorCode, Result};
use std::sync::Arc;

/// Flags that give consent.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct ConsentArgs {
    /// Skip the question; not enough for a privileged target
    #[arg(short, long)]
    pub yes: bool,
    /// Confirm a privileged target by its user principal name or id, as shown (can be repeated)
    #[arg(long, value_name = "VALUE")]
    pub confirm: Vec<String>,
    /// Do all reads and checks, print the plan, change nothing
    #[arg(long, visible_alias = "what-if")]
    pub dry_run: bool,
    /// Why this is done, kept in the journal
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// Ticket it belongs to, kept in the journal
    #[arg(long, value_name = "ID")]
    pub ticket: Option<String>,
}

/// A target as consent sees it.
#[derive(Debug, Clone)]
pub struct Subject {
    /// User principal name, domain or other name that is typed to confirm.
    pub name: String,
    /// Object id, which confirms as well.
    pub id: Option<String>,
    /// Whether typing is needed, and why.
    pub privileged: Option<String>,
}

impl ConsentArgs {
    /// Whether a `--confirm` value names this subject; ASCII case-insensitive, no other folding.
    #[must_use]
    pub fn confirms(&self, subject: &Subject) -> bool {
        self.confirm.iter().any(|value| {
            let value = value.trim();
            value.eq_ignore_ascii_case(&subject.name)
                || subject
                    .id
                    .as_deref()
                    .is_some_and(|id| value.eq_ignore_ascii_case(id))
        })
    }

    /// Consent to change one subject, by flag or by question.
    pub async fn obtain(
        &self,
        subject: &Subject,
        what: &str,
        console: &Arc<Console>,
    ) -> Result<()> {
        if self.confirms(subject) || (self.yes && subject.privileged.is_none()) {
            return Ok(());
        }
        let Some(why) = &subject.privileged else {
            if !console.can_ask() {
                return Err(missing(what, "--yes", "There is no terminal to ask on."));
            }
            let answer = ask(console, format!("{what}? [y/N]")).await?;
            return if matches!(answer.to_ascii_lowercase().as_str(), "y" | "yes") {
                Ok(())
            } else {
                Err(declined(what))
            };
        };
        if !console.can_ask() {
            let flag = format!("--confirm {}", shell_word(&subject.name));
            let reason = if self.yes {
                "--yes alone is not enough for a privileged target"
            } else {
                "There is no terminal to ask on"
            };
            return Err(missing(
                what,
                &flag,
                &format!("{reason}: {}.", why.trim_end_matches('.')),
            ));
        }
        console.note(&format!("{} is privileged: {why}.", subject.name));
        let answer = ask(console, format!("{what}. Type {} to go on:", subject.name)).await?;
        let given = ConsentArgs {
            confirm: vec![answer],
            ..ConsentArgs::default()
        };
        if given.confirms(subject) {
            Ok(())
        } else {
            Err(declined(what))
        }
    }
}

/// How a change to many users is told and consented to at once.
#[derive(Debug, Clone, Copy)]
pub struct Many<'a> {
    /// What is done, before a number of users: `Reset the passwords of`.
    pub what: &'a str,
    /// The same of the users, after a verb: `reset`.
    pub done: &'a str,
    /// `--include-admins`.
    pub include_admins: bool,
    /// `--confirm-count`.
    pub confirm_count: Option<usize>,
}

impl ConsentArgs {
    /// Consent to change many at once: by flags, or by typing the number. Half a run is never begun for lack of a flag.
    pub async fn obtain_many(
        &self,
        subjects: &[Subject],
        many: Many<'_>,
        console: &Arc<Console>,
    ) -> Result<()> {
        let (ready, done) = (subjects.len(), many.done);
        if ready == 0 {
            return Ok(());
        }
        if let Some(count) = many.confirm_count
            && count != ready
        {
            return Err(Error::new(ErrorCode::ConsentNeeded, format!("--confirm-count says {count}, and {ready} users would be {done}; nothing was changed."))
                .why("The list or the tenant changed since the number was taken.")
                .fix("Look at the list with --dry-run and give the number it shows."));
        }
        if !self.yes && console.can_ask() {
            let privileged = subjects
                .iter()
                .filter(|one| one.privileged.is_some())
                .count();
            console.note(&format!(
                "{ready} users will be {done}; {privileged} of them are privileged."
            ));
            let subject = Subject {
                name: ready.to_string(),
                id: None,
                privileged: Some(format!("{ready} users at once")),
            };
            return self
                .obtain(&subject, &format!("{} {ready} users", many.what), console)
                .await;
        }
        let whole = many.include_admins && many.confirm_count.is_some();
        let lacking: Vec<&Subject> = subjects
            .iter()
            .filter(|subject| {
                !self.confirms(subject) && !(self.yes && (subject.privileged.is_none() || whole))
            })
            .collect();
        if lacking.is_empty() {
            return Ok(());
        }
        let error = Error::new(
            ErrorCode::ConsentNeeded,
            format!(
                "{} of {ready} users need more consent; nothing was changed.",
                lacking.len()
            ),
        );
        let privileged = lacking
            .iter()
            .find_map(|one| Some((one, one.privileged.as_ref()?)));
        Err(match privileged {
            Some((first, why)) => error
                .why(format!("{} is privileged and was not {done}. {why}", first.name))
                .fix(format!("Look at the list with --dry-run, then add --yes --include-admins --confirm-count {ready}, or --confirm for each privileged user.")),
            None => error
                .why("There is no terminal to ask on.")
                .fix("Look at the list with --dry-run, then add --yes."),
        })
    }
}

/// Asks on a thread of its own, so that Ctrl-C is heard while the terminal waits.
pub async fn ask(console: &Arc<Console>, question: String) -> Result<String> {
    let console = Arc::clone(console);
    tokio::task::spawn_blocking(move || console.ask(&question))
        .await
        .map_err(|_| Error::new(ErrorCode::Internal, "The question could not be asked."))?
}

fn missing(what: &str, flag: &str, why: &str) -> Error {
    Error::new(
        ErrorCode::ConsentNeeded,
        format!("{what}: consent is missing, nothing was changed."),
    )
    .why(why)
    .fix(format!("Look at the plan with --dry-run, then add {flag}."))
}

fn declined(what: &str) -> Error {
    Error::new(
        ErrorCode::ConsentNeeded,
        format!("{what}: not confirmed, nothing was changed."),
    )
    .why("The answer was not a yes.")
    .fix("Run the command again when you are sure.")
}

/// A word as a POSIX shell takes it.
#[must_use]
pub fn shell_word(text: &str) -> String {
    let plain = !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"@%+=:,./-_".contains(&b));
    if plain {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(privileged: bool) -> Subject {
        Subject {
            name: "ada@contoso.com".into(),
            id: Some("45ea6528-16d7-43d6-8ed8-9e7dce610253".into()),
            privileged: privileged.then(|| "holds Global Administrator".into()),
        }
    }

    #[test]
    fn names_and_ids_confirm_without_unicode_folding() {
        let confirm = |value: &str| {
            ConsentArgs {
                confirm: vec![value.into()],
                ..ConsentArgs::default()
            }
            .confirms(&subject(true))
        };
        assert!(confirm("ADA@contoso.com") && confirm(" 45EA6528-16d7-43d6-8ed8-9e7dce610253"));
        for value in [
            "",
            "ada",
            "ada@contoso.co",
            "\u{430}da@contoso.com",
            "ada@contoso.com.",
            "ada@conto\u{17f}o.com",
            "ada@contoso.com\u{200b}",
        ] {
            assert!(!confirm(value), "{value:?}");
        }
    }

    #[tokio::test]
    async fn only_privileged_users_are_called_so() {
        let manner = crate::console::Manner {
            no_input: true,
            ..Default::default()
        };
        let console = Arc::new(Console::new(manner, &crate::settings::Env::default()));
        let many = Many {
            what: "Reset the passwords of",
            done: "reset",
            include_admins: false,
            confirm_count: None,
        };
        let refusal = async |yes: bool, privileged: [bool; 2]| {
            let consent = ConsentArgs {
                yes,
                ..ConsentArgs::default()
            };
            let subjects = privileged.map(subject);
            let asked = consent.obtain_many(&subjects, many, &console).await;
            asked.err().map(|error| {
                let why = error.cause().unwrap_or_default();
                (error.message().to_owned(), why, error.remedy().to_owned())
            })
        };
        assert_eq!(refusal(true, [false, false]).await, None);
        let (_, why, fix) = refusal(false, [false, false]).await.unwrap();
        assert_eq!(why, "There is no terminal to ask on.");
        assert!(!fix.contains("--include-admins"), "{fix}");
        for yes in [false, true] {
            let (_, why, fix) = refusal(yes, [false, true]).await.unwrap();
            assert!(
                why.contains("is privileged") && why.contains("Global"),
                "{why}"
            );
            assert!(fix.contains("--include-admins"), "{fix}");
        }
    }

    #[test]
    fn words_for_the_shell() {
        assert_eq!(shell_word("ada@contoso.com"), "ada@contoso.com");
        assert_eq!(shell_word("o'brien@c.com"), "'o'\\''brien@c.com'");
        assert_eq!(shell_word("a#EXT#@c.com"), "'a#EXT#@c.com'");
    }
}
