//! The sealed copy on this machine: what destinations that cannot hold a secret (`tty`, `stdout`, `cmd:`) get only after the change.
//!
//! Sealed to the age recipients of the profile or, for a person, to a key in the keyring; durable before anything is sent. Without
//! either there is no copy, and the secret is handed over first. Never opens a copy, never removes one whose secret may be needed.

use super::keyring::key::{self, NoKey};
use super::{Entry, sealed};
use crate::bounded::{self, Ended, Patience};
use crate::console::Console;
use crate::error::{Error, ErrorCode, Result};
use crate::files::{self, Folder, Turn, shown};
use crate::seal::{Form, Recipients};
use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Folder of the copies, below the state folder.
pub(crate) const FOLDER: &str = "escrow";

/// How long the file system may stay silent: longer is a hung mount.
const SILENCE: Duration = Duration::from_secs(3);

/// What a copy is made with.
#[derive(Debug, Clone, Default)]
pub struct EscrowMeans {
    /// The state folder, where there is one.
    pub state_dir: Option<PathBuf>,
    /// `escrow-recipients` of the profile.
    pub recipients: Vec<String>,
    /// Whether the keyring may be asked for a key when the profile names no recipient.
    pub keyring: bool,
}

/// The copies of one run.
pub(super) struct Escrow {
    console: Arc<Console>,
    means: EscrowMeans,
    /// What was proven; none where there is nobody to seal to.
    ready: Option<Ready>,
    kept: HashMap<String, Kept>,
    /// Whether `resume` goes on with the work; else its command does.
    resumed: bool,
}

struct Ready {
    folder: Arc<Folder>,
    recipients: Recipients,
    by_keyring: bool,
}

/// One copy.
struct Kept {
    name: OsString,
    file: File,
    operation_id: String,
    /// Whether `resume` goes on with the work it belongs to.
    resumable: bool,
}

impl Escrow {
    /// Touches nothing yet.
    pub(super) fn new(console: Arc<Console>, means: &EscrowMeans) -> Self {
        Escrow {
            console,
            means: means.clone(),
            ready: None,
            kept: HashMap::new(),
            resumed: true,
        }
    }

    /// Says that the command itself goes on with its work, not `resume`.
    pub(super) fn of_work_that_is_repeated(&mut self) {
        self.resumed = false;
    }

    /// The recipients of the profile; none when it names nobody.
    fn named(&self) -> Result<Option<Recipients>> {
        if self.means.recipients.is_empty() {
            return Ok(None);
        }
        let list = self.means.recipients.join(",");
        Recipients::parse(&list).map(Some).map_err(|error| {
            let why = format!("{} {}", error.message(), error.cause().unwrap_or_default());
            Error::new(
                ErrorCode::BadConfig,
                "The escrow-recipients of the profile cannot be used.",
            )
            .why(why)
            .fix(error.remedy().to_owned())
        })
    }

    /// Finds what would make it refuse, without any side effect.
    pub(super) fn check(&self) -> Result<()> {
        self.named().map(|_| ())
    }

    /// Finds somebody to seal to, and proves that a copy can be made. Without anybody there are no copies, which is no error.
    pub(super) fn prove(&mut self, by_person: bool) -> Result<()> {
        let (recipients, by_keyring) = match self.named()? {
            Some(recipients) => (recipients, false),
            None if by_person && self.means.keyring => match self.key() {
                Some(recipients) => (recipients, true),
                None => return Ok(()),
            },
            None => return Ok(()),
        };
        // What cannot be sealed to must be known before the account is touched.
        recipients.seal(b"proof", Form::Armored)?;
        let state = self.state_dir()?.to_path_buf();
        let folder = self.patiently(
            move || {
                let folder = Folder::private(&state.join(FOLDER))?;
                folder.try_writing()?;
                Ok(folder)
            },
            |_| (),
        )?;
        self.ready = Some(Ready {
            folder: Arc::new(folder),
            recipients,
            by_keyring,
        });
        Ok(())
    }

    fn state_dir(&self) -> Result<&Path> {
        self.means.state_dir.as_deref().ok_or_else(|| {
            Error::new(
                ErrorCode::SinkRefused,
                "There is no folder for sealed copies.",
            )
            .fix("Set ADMIN_RESET_STATE_DIR to a folder that only you can write.")
        })
    }

    /// The key in the keyring, made at the first use. Whoever has no keyring that answers goes on without a copy.
    fn key(&self) -> Option<Recipients> {
        let mut found = key::identity(false);
        if found.as_ref().err() == Some(&NoKey::NotMade) {
            // Two runs at once would each make one, and what was sealed to the first could never be opened.
            let turn = Turn::take(self.means.state_dir.as_deref()?, "escrow-key.lock".into());
            if matches!(turn, Ok(Some(_))) {
                found = key::identity(true);
                if found.is_ok() {
                    self.console.note(&format!(
                        "An age key for sealed copies was made in the keyring: entry {}.",
                        key::ENTRY
                    ));
                }
            }
        }
        let why = match found {
            Ok(identities) => return identities.recipients().ok(),
            Err(NoKey::Silent) => {
                self.console.warn("The keyring did not answer within 3 s, so no sealed copy can be kept: the secret is handed over before the account is touched.");
                return None;
            }
            Err(NoKey::NotMade) => "Another run is making the key.".to_owned(),
            Err(NoKey::Unusable(why)) => why,
        };
        self.console.detail(&format!(
            "No sealed copy is kept, since the profile names no escrow-recipients. {why}"
        ));
        None
    }

    /// Whether copies are made.
    pub(super) fn is_on(&self) -> bool {
        self.ready.is_some()
    }

    /// Seals a secret into a new file, durably.
    pub(super) fn stage(&mut self, entry: &Entry<'_>) -> Result<()> {
        let Some(ready) = &self.ready else {
            return Ok(());
        };
        let document = sealed::document(entry).to_bytes()?;
        let sealed = ready.recipients.seal(&document, Form::Armored)?;
        let folder = Arc::clone(&ready.folder);
        let stem = entry.operation_id.to_owned();
        let again = Arc::clone(&ready.folder);
        let (name, file) = self.patiently(
            move || {
                let name = vacant_name(&folder, &stem)?;
                let file = folder.create(&name, &sealed)?;
                Ok((name, file))
            },
            move |(name, file)| {
                // Nothing is sent after a silence, so it opens nothing.
                let _ = again.remove(&name, &file);
            },
        )?;
        let kept = Kept {
            name,
            file,
            operation_id: entry.operation_id.to_owned(),
            resumable: self.resumed && entry.what == "password",
        };
        self.kept.insert(entry.id.to_owned(), kept);
        Ok(())
    }

    /// Removes the copy of a user. One that cannot be removed stays, and a sentence says so.
    pub(super) fn release(&mut self, id: &str) {
        let (Some(ready), Some(kept)) = (&self.ready, self.kept.remove(id)) else {
            return;
        };
        let folder = Arc::clone(&ready.folder);
        let path = folder.file(&kept.name);
        let gone = self.patiently(move || folder.remove(&kept.name, &kept.file), |()| ());
        if let Err(error) = gone {
            self.console.warn(&format!(
                "The sealed copy {} is no longer needed and could not be removed: {}",
                shown(&path),
                error.cause().unwrap_or_default()
            ));
        }
    }

    /// Name of the copy of a user, as the journal keeps it.
    pub(super) fn name(&self, id: &str) -> Option<String> {
        let kept = self.kept.get(id)?;
        Some(kept.name.to_string_lossy().into_owned())
    }

    /// Path of the copy of a user.
    pub(super) fn path(&self, id: &str) -> Option<PathBuf> {
        let ready = self.ready.as_ref()?;
        Some(ready.folder.file(&self.kept.get(id)?.name))
    }

    /// Operation of the copy of a user.
    pub(super) fn operation(&self, id: &str) -> Option<&str> {
        Some(self.kept.get(id)?.operation_id.as_str())
    }

    /// How a copy that stays is opened, as the rest of an error.
    pub(super) fn way_in(&self, id: &str) -> Option<String> {
        let path = self.path(id)?;
        let by_keyring = self.ready.as_ref().is_some_and(|ready| ready.by_keyring);
        let way = way_in(&path, Some(by_keyring));
        let kept = self.kept.get(id)?;
        Some(if kept.resumable {
            format!(
                "{way} Or go on with: admin-reset resume {}",
                kept.operation_id
            )
        } else {
            way
        })
    }

    /// Says where a copy is that stays.
    pub(super) fn tell(&self, id: &str) {
        if let Some(way_in) = self.way_in(id) {
            self.console
                .note(&format!("A sealed copy of the secret stays. {way_in}"));
        }
    }

    fn patiently<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T> + Send + 'static,
        undo: impl FnOnce(T) + Send + 'static,
    ) -> Result<T> {
        let patience = Patience {
            quick: SILENCE,
            person: None,
        };
        let too_late = move |late: Result<T>| {
            if let Ok(value) = late {
                undo(value);
            }
        };
        match bounded::run(patience, || (), work, too_late) {
            Ended::Answered(done) => done,
            Ended::Interrupted => Err(Error::new(
                ErrorCode::Interrupted,
                "Interrupted before the sealed copy was made; nothing was sent.",
            )),
            Ended::Silent => Err(Error::new(
                ErrorCode::SinkRefused,
                format!(
                    "The state folder {} does not answer.",
                    shown(self.means.state_dir.as_deref().unwrap_or(Path::new("-")))
                ),
            )
            .why("A sealed copy of the secret has to be there before anything is sent.")
            .fix("Set ADMIN_RESET_STATE_DIR to a folder on a local disk.")),
        }
    }
}

/// How a sealed copy is opened; `by_keyring` where it is known with which key.
pub(crate) fn way_in(path: &Path, by_keyring: Option<bool>) -> String {
    let key = match by_keyring {
        Some(true) => "--identity-keyring",
        Some(false) => "--identity FILE",
        None => "--identity FILE (or --identity-keyring)",
    };
    let path = shown(path);
    format!("It is sealed in {path}; open it with: admin-reset unseal {path} {key}")
}

/// The first name of the operation that is free: an operation may have several secrets.
fn vacant_name(folder: &Folder, stem: &str) -> Result<OsString> {
    let mut last = None;
    for number in 1..=9 {
        let name = match number {
            1 => format!("{stem}.age"),
            _ => format!("{stem}-{number}.age"),
        };
        match folder.vacant(OsStr::new(&name)) {
            Ok(()) => return Ok(name.into()),
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(|| {
        Error::new(
            ErrorCode::SinkRefused,
            "The operation has too many secrets.",
        )
    }))
}

/// Path of a copy that the journal names, when it is a name and nothing else.
pub(crate) fn path_of(state_dir: &Path, name: &str) -> Option<PathBuf> {
    let plain = Path::new(name).file_name() == Some(OsStr::new(name));
    plain.then(|| state_dir.join(FOLDER).join(name))
}

/// Removes a copy of an earlier run whose secret was handed over.
pub(crate) fn remove(path: &Path) -> Result<()> {
    let (folder, name) = files::split(path)?;
    let file = files::open_to_read(path)?;
    Folder::open(&folder)?.remove(&name, &file)
}
