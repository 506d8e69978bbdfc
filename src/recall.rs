//! Reads a staged password back from where the journal says it went, and hands over what only a sealed copy holds.
//!
//! Never makes a password and decides nothing about an account. A place that gives nothing is told with its reason; what it holds is not.

mod outside;

use crate::context::Context;
use crate::error::{Error, ErrorCode, Result};
use crate::files::shown;
use crate::journal::Operation;
use crate::opening::{self, Found, OpeningArgs};
use crate::resuming::ResumeArgs;
use crate::seal::Identities;
use crate::secret::Secret;
use crate::sink::{self, Custody, Entry, Fate, SinkSpec, escrow, kept};
use std::path::{Path, PathBuf};

/// What a place of a bulk run has instead of a user's id.
const EACH: &str = "<object id>";

/// What may be used to read passwords back.
pub(crate) struct Recall<'a> {
    context: &'a Context,
    identity: &'a [PathBuf],
    share: &'a [PathBuf],
    /// Whether the keyring may be asked for the key of sealed copies.
    by_person: bool,
}

/// A password that was set and that only a sealed copy may hold.
pub(crate) struct Owed<'a> {
    /// Operation id.
    pub(crate) operation_id: &'a str,
    /// Object id.
    pub(crate) id: &'a str,
    /// User principal name.
    pub(crate) upn: &'a str,
    /// Tenant, where it is known.
    pub(crate) tenant: Option<&'a str>,
    /// The sealed copy.
    pub(crate) copy: &'a Path,
}

impl<'a> Recall<'a> {
    pub(crate) fn new(context: &'a Context, asked: &'a ResumeArgs, by_person: bool) -> Self {
        Recall {
            context,
            identity: &asked.identity,
            share: &asked.share,
            by_person: by_person && !context.settings.sandbox,
        }
    }

    /// For a command that hands over what an earlier run of it left.
    pub(crate) fn plain(context: &'a Context, by_person: bool) -> Self {
        Recall {
            context,
            identity: &[],
            share: &[],
            by_person: by_person && !context.settings.sandbox,
        }
    }

    /// The sealed copy of an operation, as long as it is there.
    pub(crate) fn copy_of(&self, operation: &Operation) -> Option<PathBuf> {
        let state_dir = self.context.settings.state_dir.as_deref()?;
        let path = escrow::path_of(state_dir, operation.how.escrow.as_deref()?)?;
        path.is_file().then_some(path)
    }

    /// The password of an operation, from the first place that gives it; otherwise why each does not.
    pub(crate) async fn secret(&self, operation: &Operation) -> Result<Secret, Vec<String>> {
        let mut reasons = Vec::new();
        if let Some(copy) = self.copy_of(operation) {
            match self.open(&copy, &operation.operation_id) {
                Ok(secret) => return Ok(secret),
                Err(error) => reasons.push(reason(&error)),
            }
        }
        for place in &operation.sinks {
            let mut why = None;
            for id in operation.names() {
                match self.from(place, id, operation).await {
                    Ok(Some(secret)) => return Ok(secret),
                    Ok(None) => {}
                    Err(error) => why = why.or(Some(reason(&error))),
                }
            }
            reasons.extend(why);
        }
        if !self.share.is_empty() {
            match self.shares(self.share.to_vec(), &operation.operation_id) {
                Ok(secret) => return Ok(secret),
                Err(error) => reasons.push(reason(&error)),
            }
        }
        Err(reasons)
    }

    /// `id` is what the place may know the user by, where it holds the passwords of several.
    async fn from(&self, place: &str, id: &str, operation: &Operation) -> Result<Option<Secret>> {
        let (kind, rest) = place.split_once(':').unwrap_or((place, ""));
        match kind {
            "file" => kept::find(place, &operation.operation_id),
            "keyring" => {
                let name = rest.replace(EACH, id);
                sink::read_keyring(&name, self.context.console.clone()).map(Some)
            }
            // Recipients and schemes hold no colon.
            "age" => {
                let (_, path) = rest.split_once(':').unwrap_or(("", rest));
                let mut path = PathBuf::from(path);
                if path.is_dir() {
                    path = sink::of_user(&path, id, ".age");
                }
                self.open(&path, &operation.operation_id).map(Some)
            }
            "shares" => {
                let (_, folder) = rest.split_once(':').unwrap_or(("", rest));
                let mut folder = PathBuf::from(folder);
                let own = sink::of_user(&folder, id, "");
                if own.is_dir() {
                    folder = own;
                }
                let mut files = share_files(&folder);
                files.extend(self.share.iter().cloned());
                self.shares(files, &operation.operation_id).map(Some)
            }
            "keyvault" => self
                .vaulted(rest, id, &operation.operation_id)
                .await
                .map(Some),
            _ => Ok(None),
        }
    }

    /// What is sealed in a file, if it is the operation's.
    fn open(&self, path: &Path, operation_id: &str) -> Result<Secret> {
        let console = &self.context.console;
        let args = OpeningArgs {
            files: vec![path.to_path_buf()],
            identity: self.identity.to_vec(),
            ..OpeningArgs::default()
        };
        let named = shown(path);
        let Found::Sealed(sealed, _) = args.find(console)? else {
            return Err(foreign(&named));
        };
        let identities = match self.by_itself(&sealed, &named, !self.identity.is_empty()) {
            Some(identities) => identities,
            None if self.identity.is_empty() && console.can_ask() => {
                let question = format!("Age identity that opens {named} (AGE-SECRET-KEY-1...):");
                Identities::of_secret(&console.ask_secret(&question)?, "that was typed")?
            }
            None => args.identities(console)?,
        };
        let document = opening::unseal(&sealed, &named, &identities)?;
        if document.operation_id != operation_id {
            return Err(foreign(&named));
        }
        Ok(document.secret)
    }

    /// The key in the keyring, where it opens the file and no other was named.
    fn by_itself(&self, sealed: &[u8], named: &str, other: bool) -> Option<Identities> {
        if other || !self.by_person {
            return None;
        }
        let own = sink::own_identity()?;
        opening::unseal(sealed, named, &own).is_ok().then_some(own)
    }

    /// Puts shares together; one that is damaged or foreign does not stand in the way of enough others.
    fn shares(&self, mut files: Vec<PathBuf>, operation_id: &str) -> Result<Secret> {
        files.sort();
        files.dedup();
        let (mut shares, mut unfit) = (Vec::new(), None);
        for file in files {
            let args = OpeningArgs {
                files: vec![file.clone()],
                ..OpeningArgs::default()
            };
            let named = shown(&file);
            let found = args
                .find(&self.context.console)
                .and_then(|found| match found {
                    Found::Shares(found) => Ok(found),
                    Found::Sealed(..) => Err(foreign(&named)),
                });
            match found {
                Err(error) => unfit = unfit.or(Some(error)),
                Ok(found) => {
                    let own =
                        |of: &Option<String>| of.as_deref().is_none_or(|of| of == operation_id);
                    if found.iter().all(|(_, sheet)| own(&sheet.operation_id)) {
                        shares.extend(found);
                    } else {
                        unfit = unfit.or(Some(foreign(&named)));
                    }
                }
            }
        }
        opening::unite(&shares).map_err(|error| unfit.unwrap_or(error))
    }

    /// Where passwords go that were not handed over: as the command line says, else where they were to go, as far as that shows
    /// nothing to anybody who did not ask for it.
    pub(crate) fn destinations(
        &self,
        named: &[String],
        recorded: &[String],
    ) -> Result<Vec<SinkSpec>> {
        if !named.is_empty() {
            return named.iter().map(|text| sink::parse(text)).collect();
        }
        let mut specs = Vec::new();
        for place in recorded {
            let fits = match place
                .split_once(':')
                .map_or(place.as_str(), |(kind, _)| kind)
            {
                "tty" => self.context.console.has_terminal(),
                "cmd" => true,
                _ => false,
            };
            if fits
                && let Ok(spec) = sink::parse(place)
                && !specs.contains(&spec)
            {
                specs.push(spec);
            }
        }
        Ok(specs)
    }

    /// Hands over a password that is in force, then takes its sealed copy away.
    pub(crate) async fn hand_over(
        &self,
        owed: &Owed<'_>,
        secret: Option<&Secret>,
        custody: &mut Custody,
    ) -> Result<()> {
        let way_in = escrow::way_in(owed.copy, None);
        let late = |error: Error, message: String| {
            let why = format!("{} {}", error.message(), error.cause().unwrap_or_default());
            Error::new(ErrorCode::SecretNotDelivered, message)
                .why(why.trim().to_owned())
                .fix(way_in.clone())
                .operation(owed.operation_id)
        };
        let message = || {
            format!(
                "The password of {} is in force and was not handed over.",
                owed.upn
            )
        };
        if custody.places().is_empty() {
            return Err(Error::new(ErrorCode::SecretNotDelivered, message())
                .why("No destination was named, and it was to go where it would be shown.")
                .fix(format!("Add --secret-to SINK. {way_in}"))
                .operation(owed.operation_id));
        }
        let opened = match secret {
            Some(secret) => secret.clone(),
            None => self
                .open(owed.copy, owed.operation_id)
                .map_err(|error| late(error, message()))?,
        };
        let entry = Entry {
            tenant: owed.tenant,
            upn: owed.upn,
            id: owed.id,
            operation_id: owed.operation_id,
            secret: &opened,
            what: "password",
        };
        let mut done = custody.deliver(&entry).await;
        if done.is_ok() {
            done = custody.settle(owed.id, Fate::InForce).await;
        }
        if done.is_ok() {
            done = custody.publish().await;
        }
        done.map_err(|error| late(error, message()))?;
        self.forget(owed.copy);
        Ok(())
    }

    /// Takes a sealed copy away that nobody needs any more.
    pub(crate) fn forget(&self, copy: &Path) {
        if let Err(error) = escrow::remove(copy) {
            self.context.console.warn(&format!(
                "The sealed copy {} is no longer needed and could not be removed: {}",
                shown(copy),
                error.cause().unwrap_or_default()
            ));
        }
    }
}

/// The files of shares in a folder.
fn share_files(folder: &Path) -> Vec<PathBuf> {
    let is_share = |path: &PathBuf| {
        path.file_name()
            .and_then(|name| name.to_str())
            .is_some_and(|name| name.starts_with("share-") && name.ends_with(".txt"))
    };
    std::fs::read_dir(folder)
        .map(|entries| {
            entries
                .filter_map(|entry| Some(entry.ok()?.path()))
                .filter(is_share)
                .collect()
        })
        .unwrap_or_default()
}

fn foreign(named: &str) -> Error {
    Error::new(
        ErrorCode::SealBroken,
        format!("{named} holds no password of this operation."),
    )
}

fn reason(error: &Error) -> String {
    let text = format!("{} {}", error.message(), error.cause().unwrap_or_default());
    text.trim().to_owned()
}
