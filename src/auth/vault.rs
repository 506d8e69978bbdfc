//! Where a kept sign-in lives: the keyring of the operating system, and nowhere else. Refresh tokens only.
//!
//! A keyring may take little at once (Windows: 2,560 bytes), so a long token is split; the entry that says how is written last. A keyring
//! may hang, so every visit is bounded. Nothing the store says about an entry is repeated while a token is with it.

use crate::bounded::{self, Ended, Patience};
use crate::console::Console;
use crate::error::{Error, ErrorCode, Result};
use crate::random;
use crate::secret::Secret;
use keyring::{Entry, Error as StoreError};
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;
use zeroize::Zeroizing;

/// The service under which sign-ins are kept; other secrets of ours are under another.
pub(crate) const SERVICE: &str = "admin-reset sign-in";
/// Longest content of one entry: below the limit of Windows (2,560 bytes).
const ROOM: usize = 2_400;
/// Most parts that are read.
const MOST_PARTS: usize = 64;
/// An unlocked store answers in milliseconds; one that hangs never does.
const QUICK: Duration = Duration::from_secs(3);
/// What a person gets to answer the store's own question.
const PERSON: Duration = Duration::from_secs(57);

/// What stood in the way.
#[derive(Debug)]
pub(super) struct Fault {
    why: String,
    fix: &'static str,
}

impl Fault {
    fn new(why: impl Into<String>) -> Self {
        Fault {
            why: why.into(),
            fix: "Unlock the keyring by signing in to the desktop; without one, give --auth browser or --auth device-code with each command.",
        }
    }
}

/// Some errors carry the bytes of the entry; those are neither shown nor kept.
impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Fault::new(match error {
            StoreError::NoStorageAccess(_) => {
                "The keyring is locked, or there is none to keep entries in, and nobody can be asked."
            }
            StoreError::PlatformFailure(_) => "The keyring reported a failure.",
            StoreError::TooLong(..) => "The keyring does not take entries of this length.",
            StoreError::Ambiguous(_) => "The keyring has the entry more than once.",
            StoreError::BadEncoding(_) | StoreError::BadDataFormat(..) => {
                "The entry in the keyring is damaged."
            }
            _ => "The keyring does not take such an entry.",
        })
    }
}

/// Entries by name.
pub(super) trait Entries: Send + Sync {
    fn get(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Fault>;
    fn set(&self, name: &str, value: &[u8]) -> Result<(), Fault>;
    fn remove(&self, name: &str) -> Result<(), Fault>;
}

/// The keyring of the operating system.
struct Keyring;

impl Keyring {
    fn entry(name: &str) -> Result<Entry, Fault> {
        if Entry::store_status().is_err() {
            return Err(Fault::new(if cfg!(any(windows, target_os = "macos")) {
                "The keyring of this system cannot be opened."
            } else {
                "No keyring is there: no Secret Service answers on the D-Bus session bus."
            }));
        }
        Ok(Entry::new(SERVICE, name)?)
    }
}

impl Entries for Keyring {
    fn get(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Fault> {
        match Self::entry(name)?.get_secret() {
            Ok(bytes) => Ok(Some(Zeroizing::new(bytes))),
            Err(StoreError::NoEntry) => Ok(None),
            Err(cause) => Err(cause.into()),
        }
    }

    fn set(&self, name: &str, value: &[u8]) -> Result<(), Fault> {
        Ok(Self::entry(name)?.set_secret(value)?)
    }

    fn remove(&self, name: &str) -> Result<(), Fault> {
        match Self::entry(name)?.delete_credential() {
            Ok(()) | Err(StoreError::NoEntry) => Ok(()),
            Err(cause) => Err(cause.into()),
        }
    }
}

/// The entry that is read first: the token itself, or how it was split.
#[derive(Serialize, Deserialize)]
struct Head {
    generation: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    split: Option<Split>,
}

#[derive(Serialize, Deserialize)]
struct Split {
    parts: usize,
    length: usize,
    sha256: String,
}

impl Head {
    fn read(entries: &dyn Entries, key: &str) -> Result<Option<Head>, Fault> {
        let bytes = entries.get(key)?;
        Ok(bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
    }

    fn parts(&self, key: &str) -> Vec<String> {
        let count = self
            .split
            .as_ref()
            .map_or(0, |split| split.parts.min(MOST_PARTS));
        (0..count)
            .map(|at| format!("{key}#{}#{at}", self.generation))
            .collect()
    }

    fn bytes(&self) -> Result<Zeroizing<Vec<u8>>, Fault> {
        serde_json::to_vec(self)
            .map(Zeroizing::new)
            .map_err(|_| Fault::new("The entry could not be written."))
    }
}

fn hash(bytes: &[u8]) -> String {
    digest(&SHA256, bytes)
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn load(entries: &dyn Entries, key: &str) -> Result<Option<Secret>, Fault> {
    let Some(head) = Head::read(entries, key)? else {
        return Ok(None);
    };
    if let Some(token) = head.token {
        return Ok(Some(Secret::new(token)));
    }
    let Some(split) = &head.split else {
        return Ok(None);
    };
    let mut whole = Zeroizing::new(Vec::new());
    for name in head.parts(key) {
        match entries.get(&name)? {
            Some(part) => whole.extend_from_slice(&part),
            None => return Ok(None),
        }
    }
    if whole.len() != split.length || hash(&whole) != split.sha256 {
        return Ok(None);
    }
    Ok(std::str::from_utf8(&whole).ok().map(Secret::new))
}

fn store(entries: &dyn Entries, key: &str, token: &Secret, generation: &str) -> Result<(), Fault> {
    let former = Head::read(entries, key)?;
    let token = token.expose();
    let generation = generation.to_owned();
    let mut head = Head {
        generation,
        token: Some(token.to_owned()),
        split: None,
    };
    let mut bytes = head.bytes()?;
    if bytes.len() > ROOM {
        let parts: Vec<&[u8]> = token.as_bytes().chunks(ROOM).collect();
        if parts.len() > MOST_PARTS {
            return Err(Fault::new("The token is longer than a keyring can hold."));
        }
        head.token = None;
        head.split = Some(Split {
            parts: parts.len(),
            length: token.len(),
            sha256: hash(token.as_bytes()),
        });
        for (name, part) in head.parts(key).iter().zip(parts) {
            entries.set(name, part)?;
        }
        bytes = head.bytes()?;
    }
    // From here on the new token is the one that is found.
    entries.set(key, &bytes)?;
    for name in former.iter().flat_map(|former| former.parts(key)) {
        entries.remove(&name)?;
    }
    Ok(())
}

fn erase(entries: &dyn Entries, key: &str) -> Result<(), Fault> {
    let head = Head::read(entries, key)?;
    entries.remove(key)?;
    for name in head.iter().flat_map(|head| head.parts(key)) {
        entries.remove(&name)?;
    }
    Ok(())
}

/// The keyring, as sign-ins use it.
#[derive(Clone)]
pub(crate) struct Vault {
    entries: Arc<dyn Entries>,
    console: Arc<Console>,
    quick: Duration,
}

impl Vault {
    /// The keyring of this system. Nothing is opened yet.
    pub(crate) fn new(console: Arc<Console>) -> Self {
        Vault {
            entries: Arc::new(Keyring),
            console,
            quick: QUICK,
        }
    }

    /// The token of a sign-in.
    pub(super) fn read(&self, key: &str) -> Result<Option<Secret>> {
        let key = key.to_owned();
        self.visit("The kept sign-in cannot be read.", move |entries| {
            load(entries, &key)
        })
    }

    /// Keeps a token in the place of the former one.
    pub(super) fn write(&self, key: &str, token: &Secret) -> Result<()> {
        let (key, token, generation) = (key.to_owned(), token.clone(), generation()?);
        self.visit("The sign-in cannot be kept.", move |entries| {
            store(entries, &key, &token, &generation)
        })
    }

    /// Takes a token away.
    pub(super) fn remove(&self, key: &str) -> Result<()> {
        let key = key.to_owned();
        self.visit("The kept sign-in cannot be removed.", move |entries| {
            erase(entries, &key)
        })
    }

    /// Puts something in, reads it back and takes it away: only that proves that a sign-in can be kept.
    pub(super) fn prove(&self) -> Result<()> {
        let name = format!("probe {}", random::uuid()?);
        self.visit(
            "There is no keyring to keep a sign-in in.",
            move |entries| {
                entries.set(&name, name.as_bytes())?;
                let found = entries.get(&name);
                entries.remove(&name)?;
                match found? {
                    Some(bytes) if bytes.as_slice() == name.as_bytes() => Ok(()),
                    _ => Err(Fault::new("The keyring did not give back what was put in.")),
                }
            },
        )
    }

    /// Whether it answers now. A person who only wants to know is not asked for anything, so the wait is short.
    pub(super) fn answers(&self) -> Result<()> {
        self.visit_for(
            None,
            "The keyring is of no use now: `admin-reset login` could keep no sign-in.",
            |entries| entries.get("a name that nothing is kept under").map(|_| ()),
        )
    }

    fn visit<T: Send + 'static>(
        &self,
        message: &str,
        work: impl FnOnce(&dyn Entries) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T> {
        let person = self.console.can_ask().then_some(PERSON);
        self.visit_for(person, message, work)
    }

    fn visit_for<T: Send + 'static>(
        &self,
        person: Option<Duration>,
        message: &str,
        work: impl FnOnce(&dyn Entries) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T> {
        let patience = Patience {
            quick: self.quick,
            person,
        };
        let announce = || {
            self.console.must_say("The keyring has not answered yet. If it asks for something in a window of its own, answer there; it gets 60 s.");
        };
        let entries = Arc::clone(&self.entries);
        let failed = |fault: Fault| {
            Error::new(ErrorCode::NotSignedIn, message)
                .why(fault.why)
                .fix(fault.fix)
        };
        match bounded::run(patience, announce, move || work(entries.as_ref()), |_| ()) {
            Ended::Answered(result) => result.map_err(failed),
            Ended::Silent => Err(failed(Fault::new(
                "The keyring did not answer in time; it may be locked, or the program behind it hangs.",
            ))),
            Ended::Interrupted => Err(Error::new(
                ErrorCode::Interrupted,
                "Interrupted before the keyring answered.",
            )),
        }
    }
}

fn generation() -> Result<String> {
    Ok(random::bytes::<6>()?
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect())
}

#[cfg(test)]
pub(super) mod tests;
