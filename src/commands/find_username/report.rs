//! What was found, in every format: people of the directory, candidates of a mailbox, accounts of this machine.

use crate::error::{Error, ErrorCode, Exit};
use crate::mailbox::{Found, Looked};
use crate::policy::user_names::{self, NameKind};
use crate::render::{Report, Table};
use serde_json::{Value, json};

/// Candidates that text shows.
pub(super) const SHOWN: usize = 20;

/// A user of the directory.
#[derive(Debug, Clone, Default)]
pub(super) struct Person {
    pub(super) id: String,
    pub(super) user_principal_name: String,
    pub(super) display_name: Option<String>,
    pub(super) enabled: Option<bool>,
    pub(super) is_admin: Option<bool>,
    pub(super) roles: Option<Vec<String>>,
    pub(super) last_sign_in: Option<String>,
    pub(super) matched: Vec<(&'static str, String)>,
}

/// An account or tenant that was used on this machine.
#[derive(Debug, Clone)]
pub(super) struct Account {
    pub(super) source: &'static str,
    pub(super) user_principal_name: Option<String>,
    pub(super) tenant: Option<String>,
    pub(super) cloud: Option<&'static str>,
    pub(super) place: String,
}

/// What was searched for.
#[derive(Debug, Clone)]
pub(super) struct Query {
    pub(super) text: String,
    pub(super) kind: &'static str,
}

/// The report.
#[derive(Default)]
pub(super) struct FoundReport {
    pub(super) signed_in: bool,
    pub(super) admins: bool,
    pub(super) query: Option<Query>,
    pub(super) people: Vec<Person>,
    pub(super) candidates: Vec<Found>,
    pub(super) domains: Vec<(String, u64)>,
    pub(super) accounts: Vec<Account>,
    pub(super) looked: Option<Looked>,
    pub(super) notes: Vec<String>,
}

fn candidate(found: &Found) -> Value {
    let sightings: Vec<Value> = found
        .sightings
        .iter()
        .map(|one| {
            json!({
                "file": &*one.file, "message": one.message, "date": one.date, "subject": one.subject,
                "place": one.place, "seen": one.seen.word(), "points": one.seen.points(),
            })
        })
        .collect();
    json!({
        "userPrincipalName": found.address,
        "kind": user_names::kind(&found.address).word(),
        "points": points(found),
        "occurrences": found.occurrences,
        "messages": found.messages,
        "sightings": sightings,
    })
}

fn points(found: &Found) -> u8 {
    found.sightings.first().map_or(0, |best| best.seen.points())
}

impl FoundReport {
    fn names(&self) -> usize {
        self.people.len()
            + self.candidates.len()
            + self
                .accounts
                .iter()
                .filter(|one| one.user_principal_name.is_some())
                .count()
    }

    fn likely(&self) -> usize {
        self.candidates
            .iter()
            .filter(|one| user_names::kind(&one.address) == NameKind::Person)
            .count()
    }
}

impl Report for FoundReport {
    fn json(&self) -> Value {
        let people: Vec<Value> = self
            .people
            .iter()
            .map(|one| {
                let matched: Vec<Value> = one
                    .matched
                    .iter()
                    .map(|(property, value)| json!({ "property": property, "value": value }))
                    .collect();
                json!({
                    "id": one.id, "userPrincipalName": one.user_principal_name, "displayName": one.display_name,
                    "enabled": one.enabled, "isAdmin": one.is_admin, "roles": one.roles,
                    "lastSignInDateTime": one.last_sign_in, "matched": matched,
                })
            })
            .collect();
        let accounts: Vec<Value> = self
            .accounts
            .iter()
            .map(|one| {
                json!({
                    "source": one.source, "userPrincipalName": one.user_principal_name, "tenant": one.tenant,
                    "cloud": one.cloud, "place": one.place,
                })
            })
            .collect();
        let domains: Vec<Value> = self
            .domains
            .iter()
            .map(|(name, count)| json!({ "domain": name, "occurrences": count }))
            .collect();
        let looked = self.looked.as_ref().map(|looked| {
            let skipped: Vec<Value> = looked
                .skipped
                .iter()
                .map(|one| json!({ "file": one.file, "why": one.why }))
                .collect();
            json!({
                "files": looked.files, "messages": looked.messages, "bytes": looked.bytes, "otherFiles": looked.others,
                "skipped": skipped, "addressesDropped": looked.dropped,
            })
        });
        json!({
            "schema": "admin-reset/find-username/1",
            "query": self.query.as_ref().map(|query| json!({ "text": query.text, "kind": query.kind })),
            "users": people,
            "candidates": self.candidates.iter().map(candidate).collect::<Vec<_>>(),
            "domains": domains,
            "accounts": accounts,
            "searched": looked,
            "notes": self.notes,
        })
    }

    fn headline(&self) -> String {
        let plural = |count: usize, one: &str, many: &str| {
            if count == 1 {
                format!("1 {one}")
            } else {
                format!("{count} {many}")
            }
        };
        if self.signed_in {
            let what = if self.admins { "administrator" } else { "user" };
            let found = plural(self.people.len(), what, &format!("{what}s"));
            return match &self.query {
                Some(query) => format!("{found} found for '{}'.", query.text),
                None => format!("{found} found."),
            };
        }
        if self.looked.is_some() {
            return format!(
                "{} found in the mail, {} likely.",
                plural(self.candidates.len(), "user name", "user names"),
                self.likely()
            );
        }
        format!(
            "{} used on this machine.",
            plural(
                self.accounts.len(),
                "account or tenant was",
                "accounts and tenants were"
            )
        )
    }

    fn table(&self) -> Option<Table> {
        Some(self.shown())
    }

    fn csv(&self) -> Table {
        self.records()
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = self.notes.clone();
        if let Some(looked) = &self.looked {
            if self.candidates.len() > SHOWN {
                notes.push(format!(
                    "{} more candidates are in -o json and -o csv.",
                    self.candidates.len() - SHOWN
                ));
            }
            let alone: Vec<&str> = self
                .domains
                .iter()
                .map(|(name, _)| name.as_str())
                .take(3)
                .collect();
            if !alone.is_empty() {
                notes.push(format!(
                    "Initial domains named without a user: {}. The user name may end in one of them.",
                    alone.join(", ")
                ));
            }
            notes.push(format!(
                "Searched {} messages in {} files, {} MB.",
                looked.messages,
                looked.files,
                looked.bytes.div_ceil(1024 * 1024)
            ));
            if looked.others > 0 {
                notes.push(format!(
                    "{} files that are no mail were passed over.",
                    looked.others
                ));
            }
            for one in looked.skipped.iter().take(5) {
                notes.push(format!("Not read: {} ({})", one.file, one.why));
            }
            let names: Vec<&str> = self
                .accounts
                .iter()
                .filter_map(|one| one.user_principal_name.as_deref())
                .collect();
            if !names.is_empty() {
                notes.push(format!("Used on this machine: {}.", names.join(", ")));
            }
        }
        if !self.signed_in && self.names() == 0 {
            notes.push(
                "An Office app that is still signed in shows the user name under File > Account, a browser behind the picture at the top right."
                    .to_owned(),
            );
        }
        notes
    }

    fn next(&self) -> Vec<String> {
        if self.signed_in {
            return Vec::new();
        }
        let best = self
            .candidates
            .first()
            .filter(|one| user_names::kind(&one.address) == NameKind::Person)
            .map(|one| one.address.as_str())
            .or_else(|| {
                self.accounts
                    .iter()
                    .find_map(|one| one.user_principal_name.as_deref())
            });
        match best {
            Some(name) => vec![format!("admin-reset advise --username {name}")],
            None if self.looked.is_none() => {
                vec!["admin-reset find-username --mailbox FOLDER-OF-EXPORTED-MAIL".to_owned()]
            }
            None => vec!["admin-reset advise".to_owned()],
        }
    }

    fn exit(&self) -> Exit {
        if self.names() == 0 {
            Exit::NotFound
        } else {
            Exit::Done
        }
    }

    fn error(&self) -> Option<Error> {
        if self.names() > 0 {
            return None;
        }
        let error = Error::new(ErrorCode::NotFound, "No user name was found.");
        Some(if self.signed_in {
            error
                .why("Contact addresses, mail addresses and phones of the directory were searched; registered security info cannot be.")
                .fix("Try another address, number or part of the name, or list everybody with a role by --admins.")
        } else if self.looked.is_some() {
            error
                .why("No address of an initial domain stands in this mail.")
                .fix("Search the mailbox that the tenant was registered with, sent and archived folders too.")
        } else {
            error
                .why("Neither this tool nor the Azure CLI has signed anybody in on this machine.")
                .fix("Search exported mail with --mailbox, or look in an Office app under File > Account.")
        })
    }
}
