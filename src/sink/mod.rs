//! Where secrets go: the parser of `--secret-to`, the contract of a destination, and several destinations at once.
//!
//! The order is the whole point: a secret is staged in every destination before the first byte of the change is sent, and what
//! became of the change is settled afterwards. Never decides whether an account is touched, and talks to no network.

mod csv;
mod custody;
mod file;
mod keyring;
mod stdout;
mod tty;

#[cfg(test)]
mod tests;

pub use custody::Custody;

use crate::console::Console;
use crate::error::{Error, ErrorCode, Result};
use crate::secret::Secret;
use serde::Serialize;
use std::path::PathBuf;
use std::sync::Arc;

/// A destination, as the command line names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SinkSpec {
    /// The terminal of this person, not stdout.
    Tty,
    /// Standard output.
    Stdout,
    /// A new file.
    File(PathBuf),
    /// A new entry of this name in the keyring of the operating system.
    Keyring(String),
}

/// What `--secret-to` takes in this build, for help and errors.
pub const KINDS: &str = "tty, stdout, file:PATH, keyring:NAME";

/// Parses one value of `--secret-to`. The kind ends at the first `:`, except the `:` of a Windows drive.
pub fn parse(text: &str) -> Result<SinkSpec> {
    let drive = text.as_bytes().first().is_some_and(u8::is_ascii_alphabetic)
        && text.as_bytes().get(1) == Some(&b':');
    let (kind, rest) = match text.split_once(':') {
        Some((kind, rest)) if !drive => (kind, Some(rest)),
        _ => (text, None),
    };
    match (kind, rest) {
        ("tty", None) => Ok(SinkSpec::Tty),
        ("stdout", None) => Ok(SinkSpec::Stdout),
        ("file", Some(path)) if path.is_empty() || path.contains('\0') => Err(refused(
            text,
            "the path of the file is missing",
            "Write file:PATH with the path of a file that does not exist yet.",
        )),
        ("file", Some(path)) => {
            let path = PathBuf::from(path);
            crate::files::split(&path)?;
            Ok(SinkSpec::File(path))
        }
        ("file", None) => Err(refused(
            text,
            "the path of the file is missing",
            "Write file:PATH with the path of a file that does not exist yet.",
        )),
        ("keyring", None) => Ok(SinkSpec::Keyring(keyring::SERVICE.to_owned())),
        ("keyring", Some(name)) if keyring::is_name(name) => Ok(SinkSpec::Keyring(name.to_owned())),
        ("keyring", Some(_)) => Err(refused(
            text,
            "the name of a keyring entry has 1 to 200 printable characters",
            "Write keyring:NAME with a name that has no entry yet.",
        )),
        ("tty" | "stdout", Some(_)) => Err(refused(
            text,
            &format!("{kind} takes nothing after it"),
            &format!("Write {kind} alone."),
        )),
        _ if drive || text.contains(['/', '\\']) && rest.is_none() => Err(refused(
            text,
            "a path needs the kind of destination before it",
            &format!("Write file:{} instead.", cut(text)),
        )),
        _ => Err(refused(
            text,
            "this build does not know the kind of destination",
            &format!("This build knows: {KINDS}."),
        )),
    }
}

fn refused(text: &str, rule: &str, fix: &str) -> Error {
    Error::new(
        ErrorCode::BadInput,
        format!("'{}' cannot be a destination for a secret.", cut(text)),
    )
    .why(format!("Rule: {rule}."))
    .fix(fix)
}

fn cut(text: &str) -> String {
    text.chars().take(80).flat_map(char::escape_debug).collect()
}

/// What destinations work with.
pub struct Means {
    /// Streams.
    pub console: Arc<Console>,
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
}

/// Where a secret went, for reports: never the secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Place {
    /// Kind of destination: `tty`, `stdout`, `file`, `keyring`.
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
            Some(location) => write!(f, "{}:{location}", self.kind),
            None => f.write_str(self.kind),
        }
    }
}

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
}
