//! `age:RECIPIENT[,RECIPIENT…]:PATH`: the secret sealed to age recipients, in one new file or in one file for each user.
//!
//! The file rules are those of `file:`; what is written tells nobody whose it is. Never opens a file that exists.

use super::{Entry, Fate, Place, Sink, Standing, folder::Target};
use crate::error::Result;
use crate::seal::{Document, Form, Recipients};
use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::File;
use std::path::Path;
use zeroize::Zeroizing;

/// Sealed files of one run.
pub(super) struct Sealed {
    recipients: Recipients,
    target: Target,
    /// Files whose fate is open.
    pending: HashMap<String, (OsString, File)>,
}

impl Sealed {
    pub(super) fn new(recipients: &Recipients, path: &Path, many: bool) -> Result<Self> {
        Ok(Sealed {
            recipients: recipients.clone(),
            target: Target::new(path, many)?,
            pending: HashMap::new(),
        })
    }

    fn seal(&self, entry: &Entry<'_>) -> Result<Vec<u8>> {
        let document: Zeroizing<Vec<u8>> = document(entry).to_bytes()?;
        self.recipients.seal(&document, Form::Armored)
    }
}

/// What is sealed about an entry.
pub(super) fn document(entry: &Entry<'_>) -> Document {
    Document {
        tenant: entry.tenant.map(str::to_owned),
        id: entry.id.to_owned(),
        user_principal_name: entry.upn.to_owned(),
        what: entry.what.to_owned(),
        time: now(),
        operation_id: entry.operation_id.to_owned(),
        secret: entry.secret.clone(),
    }
}

/// This moment, to the second, in UTC.
pub(super) fn now() -> String {
    format!("{:.0}", jiff::Timestamp::now())
}

impl Sink for Sealed {
    fn check(&self) -> Result<()> {
        self.target.check()
    }

    fn prove(&mut self) -> Result<()> {
        // Recipients are proven by sealing: what cannot be sealed to must be known before the account is touched.
        self.recipients.seal(b"proof", Form::Armored)?;
        self.target.prove()
    }

    fn stage(&mut self, entry: &Entry<'_>, _standing: Standing) -> Result<()> {
        let sealed = self.seal(entry)?;
        let name = self.target.name_for(entry.id, ".age");
        let file = self.target.folder()?.create(&name, &sealed)?;
        self.pending.insert(entry.id.to_owned(), (name, file));
        Ok(())
    }

    fn settle(&mut self, id: &str, fate: Fate) -> Result<()> {
        let Some((name, file)) = self.pending.remove(id) else {
            return Ok(());
        };
        if fate == Fate::NotInForce {
            self.target.folder()?.remove(&name, &file)?;
        }
        Ok(())
    }

    fn publish(&mut self) -> Result<()> {
        Ok(())
    }

    fn place(&self) -> Place {
        Place {
            kind: "age",
            location: Some(self.target.shown()),
            recipients: self.recipients.names().to_vec(),
        }
    }
}
