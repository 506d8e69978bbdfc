//! Who can open what is sealed: recipients, from the command line or from a list in a file.
//!
//! Parsed once and trusted afterwards. Refuses what could not be opened later; never repeats a private key given by mistake.

use crate::error::{Error, ErrorCode, Result};
use crate::files;
use age::armor::{ArmoredWriter, Format};
use age::{Encryptor, tag, tagpq, x25519};
use std::io::{Read, Write};
use std::path::Path;

/// Longest list of recipients in a file.
const LIST_LIMIT: u64 = 256 * 1024;

/// What sealed content looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Bytes.
    Binary,
    /// Lines of ASCII that survive mail and paste.
    Armored,
}

/// One or more age recipients, all of them valid and fit to be used together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipients(Vec<String>);

impl Recipients {
    /// Parses `RECIPIENT[,RECIPIENT…]`, where `@FILE` stands for the recipients in a file.
    pub fn parse(list: &str) -> Result<Self> {
        let mut found = Vec::new();
        for item in list.split(',') {
            match item.strip_prefix('@') {
                Some(path) => read_list(Path::new(path), &mut found)?,
                None => {
                    check(item).map_err(|flaw| {
                        flaw.error(&format!("'{}'", flaw.shown(item)), "The recipient")
                    })?;
                    add(item, &mut found);
                }
            }
        }
        Self::together(found)
    }

    /// Those that withstand quantum computers do so only among themselves; age refuses a mixture, and so do we before any work is done.
    pub(super) fn together(names: Vec<String>) -> Result<Self> {
        let strong = names
            .iter()
            .filter(|name| name.starts_with(POST_QUANTUM))
            .count();
        if strong != 0 && strong != names.len() {
            return Err(Error::new(ErrorCode::BadInput, "These recipients cannot be used together.")
                .why("Rule: age1tagpq1… recipients stand alone or with their like; another kind beside them would undo their protection.")
                .fix("Name recipients of one kind, or give --secret-to twice."));
        }
        Ok(Recipients(names))
    }

    /// The recipients, for reports: public keys.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.0
    }

    /// Seals content to all of them.
    pub fn seal(&self, plain: &[u8], form: Form) -> Result<Vec<u8>> {
        let boxed: Vec<Box<dyn age::Recipient>> =
            self.0.iter().filter_map(|name| key(name)).collect();
        let failed = |_| {
            Error::new(ErrorCode::Internal, "The secret could not be sealed.")
                .why("The age library refused the recipients.")
        };
        let encryptor =
            Encryptor::with_recipients(boxed.iter().map(AsRef::as_ref)).map_err(|_| failed(()))?;
        let format = match form {
            Form::Binary => Format::Binary,
            Form::Armored => Format::AsciiArmor,
        };
        let write = || {
            let armor = ArmoredWriter::wrap_output(Vec::with_capacity(plain.len() + 1024), format)?;
            let mut writer = encryptor.wrap_output(armor)?;
            writer.write_all(plain)?;
            writer.finish()?.finish()
        };
        write().map_err(|cause: std::io::Error| failed(()).source(cause))
    }
}

const NATIVE: &str = "age1";
const TAG: &str = "age1tag1";
const POST_QUANTUM: &str = "age1tagpq1";

fn key(name: &str) -> Option<Box<dyn age::Recipient>> {
    if name.starts_with(POST_QUANTUM) {
        return name
            .parse::<tagpq::Recipient>()
            .ok()
            .map(|key| Box::new(key) as _);
    }
    if name.starts_with(TAG) {
        return name
            .parse::<tag::Recipient>()
            .ok()
            .map(|key| Box::new(key) as _);
    }
    name.parse::<x25519::Recipient>()
        .ok()
        .map(|key| Box::new(key) as _)
}

/// What is wrong with a recipient.
#[derive(Clone, Copy)]
enum Flaw {
    Empty,
    PrivateKey,
    Ssh,
    Plugin,
    Mistyped,
    Unknown,
}

impl Flaw {
    /// The text as it may be repeated: never a private key.
    fn shown(self, text: &str) -> String {
        match self {
            Flaw::PrivateKey => "AGE-SECRET-KEY-…".to_owned(),
            _ => text.chars().take(80).flat_map(char::escape_debug).collect(),
        }
    }

    fn error(self, place: &str, what: &str) -> Error {
        let (why, fix) = match self {
            Flaw::Empty => (
                "Rule: RECIPIENT[,RECIPIENT…] with nothing empty between commas.",
                "Write age:RECIPIENT:PATH, with a recipient that begins with age1.",
            ),
            Flaw::PrivateKey => (
                "It is an identity, the private key that opens; anybody who saw it can open what is sealed to it.",
                "Give its public half, which `age-keygen -y FILE` prints, and make a new key if this one was seen.",
            ),
            Flaw::Ssh => (
                "Rule: age recipients only; SSH keys are not taken.",
                "Make an age key: age-keygen -o key.txt",
            ),
            Flaw::Plugin => (
                "It belongs to a plugin of age, and plugin programs are not started.",
                "Use a native recipient (age1…) or a hardware-tag one (age1tag1…, age1tagpq1…).",
            ),
            Flaw::Mistyped => (
                "Its checksum does not fit: a character is wrong or missing.",
                "Copy it again, whole.",
            ),
            Flaw::Unknown => (
                "Rule: an age recipient begins with age1.",
                "Give the line that age-keygen prints as the public key.",
            ),
        };
        Error::new(
            ErrorCode::BadInput,
            format!("{what} {place} cannot be used."),
        )
        .why(why)
        .fix(fix)
    }
}

fn check(name: &str) -> Result<(), Flaw> {
    let lower = name.to_ascii_lowercase();
    if name.is_empty() {
        return Err(Flaw::Empty);
    }
    if lower.starts_with("age-secret-key-") || lower.starts_with("age-plugin-") {
        return Err(Flaw::PrivateKey);
    }
    if lower.starts_with("ssh-") || lower.starts_with("ecdsa-") || lower.starts_with("sk-") {
        return Err(Flaw::Ssh);
    }
    if !name.starts_with(NATIVE) {
        return Err(Flaw::Unknown);
    }
    if key(name).is_some() {
        return Ok(());
    }
    // `1` ends the human-readable part; what stands before it is the name of the plugin.
    let plugin = name.rsplit_once('1').map_or("", |(kind, _)| kind);
    let own = [NATIVE, TAG, POST_QUANTUM]
        .iter()
        .any(|kind| kind.trim_end_matches('1') == plugin);
    // A mistyped key may end in a `1` of its own; no plugin has so long a name.
    let own = own || plugin.len() > 40;
    Err(if own { Flaw::Mistyped } else { Flaw::Plugin })
}

fn add(name: &str, found: &mut Vec<String>) {
    if !found.iter().any(|known| known == name) {
        found.push(name.to_owned());
    }
}

fn read_list(path: &Path, found: &mut Vec<String>) -> Result<()> {
    let named = files::shown(path);
    let refuse = |why: &str| {
        Error::new(
            ErrorCode::BadInput,
            format!("The list of recipients {named} cannot be used."),
        )
        .why(why)
        .fix(
            "Give a text file with one age recipient a line; lines that begin with # are comments.",
        )
    };
    if path.as_os_str().is_empty() {
        return Err(refuse("No file stands after the @."));
    }
    let mut bytes = Vec::new();
    let file = files::open_to_read(path).map_err(|error| error.recode(ErrorCode::BadInput))?;
    file.take(LIST_LIMIT + 1)
        .read_to_end(&mut bytes)
        .map_err(|cause| refuse(&format!("{cause}.")))?;
    if bytes.len() as u64 > LIST_LIMIT {
        return Err(refuse("It is longer than 256 KiB."));
    }
    let text = String::from_utf8(bytes).map_err(|_| refuse("It is not UTF-8 text."))?;
    let before = found.len();
    let mut lines = 0;
    for (number, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let name = line.trim();
        if name.is_empty() || name.starts_with('#') {
            continue;
        }
        check(name).map_err(|flaw| {
            flaw.error(
                &format!("in line {} of {named}", number + 1),
                "The recipient",
            )
        })?;
        add(name, found);
        lines += 1;
    }
    if lines == 0 && found.len() == before {
        return Err(refuse("It names no recipient."));
    }
    Ok(())
}
