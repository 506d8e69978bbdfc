//! `keyring:NAME`: an entry in the key store of the operating system, by the crate `keyring`.
//!
//! Touches the store only when it was asked for, and never without a time limit. Never changes an entry that exists, never
//! removes one that holds anything but the secret of this run, and repeats nothing the store says while a secret is with it.

pub(super) mod key;

#[cfg(test)]
mod tests;

use super::{Entry, Fate, Place, Sink, Standing};
use crate::bounded::{self, Ended, Patience};
use crate::console::Console;
use crate::error::{Error, ErrorCode, Result};
use crate::render::text::is_hostile;
use crate::secret::Secret;
use ::keyring::{Entry as Item, Error as StoreError};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use zeroize::Zeroizing;

/// Name of the entry when none is given; also the service under which all entries are kept.
pub(super) const SERVICE: &str = "admin-reset";

/// Longest name; with an object id it stays below what every store takes.
const LONGEST: usize = 200;

/// An unlocked store answers in milliseconds; one that hangs never does.
const QUICK: Duration = Duration::from_secs(3);

/// What a person gets to answer the store's own question.
const PERSON: Duration = Duration::from_secs(57);

const ELSEWHERE: &str = "Use another destination, for example --secret-to file:PATH.";

/// Whether an entry can be called so.
pub(super) fn is_name(name: &str) -> bool {
    !name.trim().is_empty() && name.chars().count() <= LONGEST && !name.chars().any(is_hostile)
}

/// What stood in the way.
#[derive(Debug)]
struct Fault {
    code: ErrorCode,
    why: String,
    fix: &'static str,
    /// The store's own words, where they cannot hold a secret.
    said: Option<String>,
}

impl Fault {
    fn new(why: impl Into<String>, fix: &'static str) -> Self {
        Fault {
            code: ErrorCode::SinkRefused,
            why: why.into(),
            fix,
            said: None,
        }
    }

    fn exists() -> Self {
        Fault {
            code: ErrorCode::OutputExists,
            ..Fault::new(
                format!("The keyring has this entry already, under service {SERVICE}."),
                "Give another name with --secret-to keyring:NAME; nothing is ever overwritten.",
            )
        }
    }

    /// Without the store's words: a secret was with it.
    fn unquoted(self) -> Self {
        Fault { said: None, ..self }
    }

    fn error(self, message: String) -> Error {
        let error = Error::new(self.code, message).why(self.why).fix(self.fix);
        match self.said {
            Some(said) => error.source(anyhow::anyhow!(said)),
            None => error,
        }
    }
}

/// Some errors carry the bytes of the entry; those are neither shown nor kept.
impl From<&StoreError> for Fault {
    fn from(error: &StoreError) -> Self {
        match error {
            StoreError::NoStorageAccess(cause) => Fault {
                said: Some(cause.to_string()),
                ..Fault::new(
                    "The keyring is locked, or there is none to keep entries in, and nobody can be asked.",
                    "Unlock it by signing in to the desktop, or use another destination, for example --secret-to file:PATH.",
                )
            },
            StoreError::PlatformFailure(cause) => Fault {
                said: Some(cause.to_string()),
                ..Fault::new("The keyring reported a failure.", ELSEWHERE)
            },
            StoreError::TooLong(what, limit) => Fault::new(
                format!("The keyring takes at most {limit} units for the {what}."),
                "Use a shorter password or name, or another destination.",
            ),
            StoreError::Ambiguous(_)
            | StoreError::BadEncoding(_)
            | StoreError::BadDataFormat(..) => Fault::exists(),
            _ => Fault::new("The keyring does not take such an entry.", ELSEWHERE),
        }
    }
}

fn open(user: &str) -> Result<Item, Fault> {
    if let Err(cause) = Item::store_status() {
        let why = if cfg!(any(windows, target_os = "macos")) {
            "The keyring of this system cannot be opened."
        } else {
            "No keyring is there: no Secret Service answers on the D-Bus session bus."
        };
        return Err(Fault {
            why: why.into(),
            fix: ELSEWHERE,
            ..Fault::from(cause)
        });
    }
    Item::new(SERVICE, user).map_err(|cause| Fault::from(&cause))
}

/// That there is no such entry yet. Asks for the entry and not for its secret, where the store can tell them apart.
fn vacant(item: &Item) -> Result<(), Fault> {
    match item.inner.get_credential() {
        Err(StoreError::NoEntry) => Ok(()),
        Ok(_) => Err(Fault::exists()),
        Err(cause) => Err(Fault::from(&cause)),
    }
}

fn holds(item: &Item, secret: &Secret) -> Result<bool, Fault> {
    match item.get_secret().map(Zeroizing::new) {
        Ok(bytes) => Ok(bytes.as_slice() == secret.expose().as_bytes()),
        Err(StoreError::NoEntry) => Ok(false),
        Err(cause) => Err(Fault::from(&cause)),
    }
}

/// Makes the entry and reads it back. What cannot be proven is taken away again, unless the secret is valid already.
fn put(user: &str, secret: &Secret, standing: Standing) -> Result<(), Fault> {
    let item = open(user)?;
    vacant(&item)?;
    let proven = item
        .set_secret(secret.expose().as_bytes())
        .map_err(|cause| Fault::from(&cause))
        .and_then(|()| match holds(&item, secret)? {
            true => Ok(()),
            false => Err(Fault::new(
                "The keyring did not give back what was put in.",
                ELSEWHERE,
            )),
        });
    if proven.is_err() && standing == Standing::NotYet {
        let _ = forget(user, secret);
    }
    proven
}

/// Takes the entry away if it still holds this secret.
fn forget(user: &str, secret: &Secret) -> Result<(), Fault> {
    let item = open(user)?;
    if !holds(&item, secret)? {
        return Ok(());
    }
    match item.delete_credential() {
        Ok(()) | Err(StoreError::NoEntry) => Ok(()),
        Err(cause) => Err(Fault::from(&cause)),
    }
}

/// The user under which the secret of one of several is kept.
pub(super) fn of_user(name: &str, id: &str) -> String {
    format!("{name}-{id}")
}

/// Takes an entry away whose secret opens nothing.
pub(super) fn erase(name: &str, console: Arc<Console>) -> Result<()> {
    let user = name.to_owned();
    let work = move || match open(&user)?.delete_credential() {
        Ok(()) | Err(StoreError::NoEntry) => Ok(()),
        Err(cause) => Err(Fault::from(&cause).unquoted()),
    };
    let message = format!("The keyring entry '{name}' cannot be removed.");
    Keyring::new(name, false, console).ask(message, work, || ())
}

/// Reads an entry that a person made.
pub(super) fn read(name: &str, console: Arc<Console>) -> Result<Secret> {
    if !is_name(name) {
        return Err(Error::new(
            ErrorCode::BadInput,
            "The name of the keyring entry cannot be used.",
        )
        .why("Rule: 1 to 200 printable characters.")
        .fix("Give the name of an entry of service admin-reset."));
    }
    let found: Arc<Mutex<Option<Secret>>> = Arc::default();
    let (user, slot) = (name.to_owned(), Arc::clone(&found));
    let look = move || {
        let bytes = match open(&user)?.get_secret().map(Zeroizing::new) {
            Ok(bytes) => bytes,
            Err(StoreError::NoEntry) => return Ok(()),
            Err(cause) => return Err(Fault::from(&cause).unquoted()),
        };
        let text = std::str::from_utf8(&bytes).ok().map(Secret::new);
        if let (Some(text), Ok(mut slot)) = (text, slot.lock()) {
            *slot = Some(text);
        }
        Ok(())
    };
    Keyring::new(name, false, console).ask(
        format!("The keyring entry '{name}' cannot be read."),
        look,
        || (),
    )?;
    let taken = found.lock().ok().and_then(|mut slot| slot.take());
    taken.ok_or_else(|| {
        Error::new(
            ErrorCode::BadInput,
            format!("The keyring has no entry '{name}' of service {SERVICE} with text in it."),
        )
        .fix("Check the name, or use --identity FILE.")
    })
}

/// Entries of one run.
pub(super) struct Keyring {
    console: Arc<Console>,
    name: String,
    many: bool,
    held: HashMap<String, Secret>,
}

impl Keyring {
    pub(super) fn new(name: &str, many: bool, console: Arc<Console>) -> Self {
        Keyring {
            console,
            name: name.to_owned(),
            many,
            held: HashMap::new(),
        }
    }

    /// The user under which a secret is kept.
    fn user(&self, id: &str) -> String {
        if self.many {
            of_user(&self.name, id)
        } else {
            self.name.clone()
        }
    }

    /// Lets the store work, within bounds.
    fn ask(
        &self,
        message: String,
        work: impl FnOnce() -> Result<(), Fault> + Send + 'static,
        too_late: impl FnOnce() + Send + 'static,
    ) -> Result<()> {
        let patience = Patience {
            quick: QUICK,
            person: self.console.can_ask().then_some(PERSON),
        };
        let announce = || {
            self.console.must_say("The keyring has not answered yet. If it asks for something in a window of its own, answer there; it gets 60 s.");
        };
        match bounded::run(patience, announce, work, |_| too_late()) {
            Ended::Answered(result) => result.map_err(|fault| fault.error(message)),
            Ended::Silent => Err(Fault::new(
                "It did not answer in time; it may be locked, or the program behind it hangs.",
                "Unlock it, or use another destination, for example --secret-to file:PATH.",
            )
            .error(message)),
            Ended::Interrupted => Err(Error::new(
                ErrorCode::Interrupted,
                "Interrupted before the keyring answered.",
            )),
        }
    }

    fn unusable(user: &str) -> String {
        format!("The keyring entry '{user}' cannot take the secret.")
    }
}

impl Sink for Keyring {
    fn check(&self) -> Result<()> {
        let (user, many) = (self.name.clone(), self.many);
        let look = move || {
            let item = open(&user)?;
            // Which entries several users get is known only with their ids.
            if many { Ok(()) } else { vacant(&item) }
        };
        self.ask(Self::unusable(&self.name), look, || ())
    }

    fn prove(&mut self) -> Result<()> {
        self.check()?;
        let user = format!("{}-probe-{}", self.name, crate::random::uuid()?);
        let probe = Secret::new(crate::random::uuid()?);
        let (again, same) = (user.clone(), probe.clone());
        let attempt = move || {
            put(&user, &probe, Standing::NotYet)?;
            forget(&user, &probe)
        };
        self.ask(Self::unusable(&self.name), attempt, move || {
            let _ = forget(&again, &same);
        })
    }

    fn stage(&mut self, entry: &Entry<'_>, standing: Standing) -> Result<()> {
        let (user, secret) = (self.user(entry.id), entry.secret.clone());
        let (again, same) = (user.clone(), entry.secret.clone());
        self.ask(
            Self::unusable(&user),
            move || put(&user, &secret, standing).map_err(Fault::unquoted),
            move || {
                if standing == Standing::NotYet {
                    let _ = forget(&again, &same);
                }
            },
        )?;
        self.held.insert(entry.id.to_owned(), entry.secret.clone());
        Ok(())
    }

    fn settle(&mut self, id: &str, fate: Fate) -> Result<()> {
        if fate != Fate::NotInForce {
            return Ok(());
        }
        let Some(secret) = self.held.remove(id) else {
            return Ok(());
        };
        let user = self.user(id);
        let message = format!(
            "The keyring entry '{user}' of service {SERVICE} could not be removed; its secret opens nothing."
        );
        self.ask(
            message,
            move || forget(&user, &secret).map_err(Fault::unquoted),
            || (),
        )
    }

    fn publish(&mut self) -> Result<()> {
        Ok(())
    }

    fn place(&self) -> Place {
        Place {
            kind: "keyring",
            location: Some(self.user("<object id>")),
            recipients: Vec::new(),
        }
    }
}
