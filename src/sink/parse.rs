//! The values of `--secret-to`, as a person writes them.
//!
//! Reads a list of recipients when one is named; touches nothing else.

use super::keyring;
use crate::error::{Error, ErrorCode, Result};
use crate::keyvault;
use crate::seal::Recipients;
use crate::share::Scheme;
use std::path::{Path, PathBuf};

/// A destination, as the command line names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SinkSpec {
    /// The terminal of this person, not stdout.
    Tty,
    /// Standard output.
    Stdout,
    /// A new file.
    File(PathBuf),
    /// A new file, or one for each user, sealed to recipients.
    Age(Recipients, PathBuf),
    /// A new entry of this name in the keyring of the operating system.
    Keyring(String),
    /// A version of a secret in this vault.
    KeyVault(String, String),
    /// The standard input of this program.
    Command(String),
    /// K of N shares, each in a file of this folder.
    Shares(Scheme, PathBuf),
}

/// What `--secret-to` takes in this build, for help and errors.
pub const KINDS: &str = "tty, stdout, file:PATH, age:RECIPIENT[,RECIPIENT...]:PATH, keyring:NAME, keyvault:VAULT/NAME, cmd:PROGRAM, shares:K/N:DIR";

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
        ("file", Some(path)) if is_path(path) => {
            let path = PathBuf::from(path);
            crate::files::split(&path)?;
            Ok(SinkSpec::File(path))
        }
        ("file", _) => Err(refused(
            text,
            "the path of the file is missing",
            "Write file:PATH with the path of a file that does not exist yet.",
        )),
        ("age", Some(rest)) => age(text, rest),
        ("age", None) => Err(age_form(text)),
        ("keyring", None) => Ok(SinkSpec::Keyring(keyring::SERVICE.to_owned())),
        ("keyring", Some(name)) if keyring::is_name(name) => Ok(SinkSpec::Keyring(name.to_owned())),
        ("keyring", Some(_)) => Err(refused(
            text,
            "the name of a keyring entry has 1 to 200 printable characters",
            "Write keyring:NAME with a name that has no entry yet.",
        )),
        ("keyvault", rest) => match rest.and_then(|rest| rest.split_once('/')) {
            Some((vault, name)) if !vault.is_empty() && keyvault::is_secret_name(name) => {
                Ok(SinkSpec::KeyVault(vault.to_owned(), name.to_owned()))
            }
            _ => Err(refused(
                text,
                "it names a vault and a secret of 1 to 127 letters, digits and hyphens",
                "Write keyvault:VAULT/NAME, for example keyvault:ops-vault/ada.",
            )),
        },
        ("cmd", Some(program)) if is_path(program) => Ok(SinkSpec::Command(program.to_owned())),
        ("cmd", _) => Err(refused(
            text,
            "the program is missing",
            "Write cmd:PROGRAM with the path of a program, or its name in PATH; it gets the secret on its standard input.",
        )),
        ("shares", rest) => shares(text, rest.unwrap_or_default()),
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

fn is_path(text: &str) -> bool {
    !text.is_empty() && !text.contains('\0')
}

/// `RECIPIENTS:PATH`. The `:` after a single letter at the start of a path is that of a drive.
fn age(text: &str, rest: &str) -> Result<SinkSpec> {
    let bytes = rest.as_bytes();
    let separates = |at: usize| {
        let letter = at > 0 && bytes[at - 1].is_ascii_alphabetic();
        let first = at == 1 || at > 1 && matches!(bytes[at - 2], b'@' | b',');
        !(letter && first)
    };
    let at = (0..bytes.len()).find(|at| bytes[*at] == b':' && separates(*at));
    let (recipients, path) = match at {
        Some(at) => (&rest[..at], &rest[at + 1..]),
        None => return Err(age_form(text)),
    };
    if recipients.is_empty() || !is_path(path) {
        return Err(age_form(text));
    }
    let path = PathBuf::from(path);
    // For several users it is a folder, whose name may end in a slash; for one that is refused when the file is to be made.
    crate::files::split(&folder(&path))?;
    Ok(SinkSpec::Age(Recipients::parse(recipients)?, path))
}

fn age_form(text: &str) -> Error {
    // A private key that stands here by mistake is not repeated.
    let text = if text.to_ascii_uppercase().contains("AGE-SECRET-KEY-") {
        "age:…"
    } else {
        text
    };
    refused(
        text,
        "it names recipients and a path",
        "Write age:RECIPIENT[,RECIPIENT...]:PATH or age:@FILE:PATH, with recipients that begin with age1.",
    )
}

fn shares(text: &str, rest: &str) -> Result<SinkSpec> {
    let fix = "Write shares:K/N:DIR, for example shares:2/3:sheets, with a folder for the files.";
    let (scheme, path) = rest
        .split_once(':')
        .filter(|(_, path)| is_path(path))
        .ok_or_else(|| {
            refused(
                text,
                "it names how many of how many shares, and a folder",
                fix,
            )
        })?;
    let scheme = Scheme::parse(scheme).map_err(|rule| refused(text, rule, fix))?;
    let path = folder(Path::new(path));
    crate::files::split(&path)?;
    Ok(SinkSpec::Shares(scheme, path))
}

/// The path of a folder without what may stand at its end.
pub(super) fn folder(path: &Path) -> PathBuf {
    path.components().collect()
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
