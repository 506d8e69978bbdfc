//! Where secrets go: the parser of `--secret-to`, the contract of a destination, and several destinations at once.
//!
//! The order is the whole point: a secret is staged in every destination before the first byte of the change is sent, and what
//! became of the change is settled afterwards. Never decides whether an account is touched, and talks to no network.

pub(crate) mod apart;
mod command;
mod csv;
mod custody;
pub(crate) mod escrow;
mod file;
mod folder;
mod given;
pub mod kept;
mod keyring;
mod member;
mod parse;
mod sealed;
mod shares;
mod stdout;
mod tty;
mod vault;

#[cfg(test)]
mod tests;

pub use custody::{Custody, Delivery};
pub use escrow::EscrowMeans;
pub(crate) use folder::plain;
pub use given::{Demand, given, given_for_pass};
pub use parse::{KINDS, SinkSpec, parse};
pub(crate) use shares::file_name as share_file;

use crate::console::Console;
use crate::error::Result;
use crate::keyvault::Vault;
use crate::secret::Secret;
use serde::Serialize;
use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;

/// Opens a folder for files of several people, making it when it is missing.
pub(crate) fn folder_for(path: &Path) -> Result<crate::files::Folder> {
    folder::make_folder(path)
}

/// The entry of the keyring with the identity that opens sealed copies.
pub(crate) const KEY_ENTRY: &str = keyring::key::ENTRY;

/// The identity in that entry, when there is one and the keyring answers.
pub(crate) fn own_identity() -> Option<crate::seal::Identities> {
    keyring::key::identity(false).ok()
}

/// The file or folder of one user, below the one of a run.
pub(crate) fn of_user(path: &Path, id: &str, ending: &str) -> std::path::PathBuf {
    path.join(format!("{}{ending}", folder::plain(id)))
}

/// Reads a secret that a person keeps in the keyring.
pub(crate) fn read_keyring(name: &str, console: Arc<Console>) -> Result<Secret> {
    keyring::read(name, console)
}

/// What destinations work with.
pub struct Means<'a> {
    /// Streams.
    pub console: Arc<Console>,
    /// Folders in which programs are looked for, as the environment has them.
    pub search: Option<OsString>,
    /// Opens a vault by its name or host; sends nothing.
    pub vault: &'a dyn Fn(&str) -> Result<Vault>,
    /// What sealed copies on this machine are made with.
    pub escrow: EscrowMeans,
    /// Whether a table that is there is gone on with: the run that made it is.
    pub going_on: bool,
}

/// One secret and the account it belongs to.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// Tenant id or domain, where it is known.
    pub tenant: Option<&'a str>,
    /// User principal name.
    pub upn: &'a str,
    /// Object id.
    pub id: &'a str,
    /// Operation id under which the journal knows the change.
    pub operation_id: &'a str,
    /// The secret.
    pub secret: &'a Secret,
    /// What the secret is, for sentences: `password`, `access pass`.
    pub what: &'a str,
}

/// What became of a change whose secret was staged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// The account has the secret.
    InForce,
    /// The change was proven not to happen.
    NotInForce,
    /// Not known; the secret is kept.
    Unknown,
}

/// Whether a secret that is handed over opens the account yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// The account is touched later.
    NotYet,
    /// The service made the secret and it is valid already.
    Already,
    /// The change was sent, and whether it was made is not known.
    Open,
    /// It was kept somewhere and is handed back; whether it still opens the account is not known.
    Kept,
}

/// Where a secret went, for reports: never the secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Place {
    /// Kind of destination, as `--secret-to` names it.
    pub kind: &'static str,
    /// Path or name, where there is one.
    pub location: Option<String>,
    /// Who can open it, where it is sealed.
    pub recipients: Vec<String>,
}

impl std::fmt::Display for Place {
    /// As `--secret-to` takes it, with the whole path: what the journal keeps.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.location {
            Some(location) if !self.recipients.is_empty() => {
                write!(f, "{}:{}:{location}", self.kind, self.recipients.join(","))
            }
            Some(location) => write!(f, "{}:{location}", self.kind),
            None => f.write_str(self.kind),
        }
    }
}

impl Place {
    /// What the owner of a secret has to know about where it is now, for the warnings of a report.
    #[must_use]
    pub fn caution(&self) -> Option<String> {
        let folder = match (self.kind, &self.location) {
            ("shares", Some(location)) => location.split_once(':')?.1,
            _ => return None,
        };
        Some(shares::together(folder))
    }

    /// Whether a secret stays there; what is shown or handed to a program is gone afterwards.
    pub(crate) fn holds(&self) -> bool {
        !matches!(self.kind, "tty" | "stdout" | "cmd")
    }

    /// A place as the journal keeps it.
    #[must_use]
    pub fn recorded(text: &str) -> Option<Self> {
        let (kind, location) = match text.split_once(':') {
            Some((kind, location)) => (kind, Some(location.to_owned())),
            None => (text, None),
        };
        let kind = RECORDED.iter().find(|known| **known == kind)?;
        Some(Place {
            kind,
            location,
            recipients: Vec::new(),
        })
    }
}

/// Kinds of destination that a journal may name.
const RECORDED: [&str; 8] = [
    "tty", "stdout", "file", "keyring", "age", "keyvault", "cmd", "shares",
];

/// A destination for secrets.
pub(crate) trait Sink {
    /// Finds what would make it refuse, without any side effect.
    fn check(&self) -> Result<()>;
    /// Proves that it can take a secret.
    fn prove(&mut self) -> Result<()>;
    /// Holds or hands over a secret, as durably as this kind can.
    fn stage(&mut self, entry: &Entry<'_>, standing: Standing) -> Result<()>;
    /// Learns what became of the change.
    fn settle(&mut self, id: &str, fate: Fate) -> Result<()>;
    /// Ends the run: nothing more will be staged.
    fn publish(&mut self) -> Result<()>;
    /// Where it is.
    fn place(&self) -> Place;
    /// Whether it can hold a secret durably before the change; what cannot gets it afterwards, when a sealed copy holds it.
    fn can_hold(&self) -> bool {
        true
    }
    /// Whether a secret has arrived only when the run is ended.
    fn ends_at_publish(&self) -> bool {
        false
    }
}
