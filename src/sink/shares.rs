//! `shares:K/N:DIR`: the secret as N lists of words, each in a file of its own, of which any K open it.
//!
//! Writes all of them durably before anything is sent, or none. Never overwrites; says that shares in one folder protect nothing.

use super::folder::{self, absolute, plain};
use super::{Entry, Fate, Place, Sink, Standing, sealed};
use crate::console::Console;
use crate::error::{Error, ErrorCode, Result};
use crate::files::Folder;
use crate::random;
use crate::share::{self, Scheme};
use crate::sheet::Sheet;
use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Share files of one run.
pub(super) struct Shares {
    console: Arc<Console>,
    scheme: Scheme,
    path: PathBuf,
    many: bool,
    /// Folders of one user, with files whose fate is open.
    pending: HashMap<String, (Folder, Vec<(OsString, File)>)>,
    written: bool,
}

impl Shares {
    pub(super) fn new(scheme: Scheme, path: &Path, many: bool, console: Arc<Console>) -> Self {
        Shares {
            console,
            scheme,
            path: path.to_path_buf(),
            many,
            pending: HashMap::new(),
            written: false,
        }
    }

    fn name(&self, number: u8) -> OsString {
        OsString::from(file_name(number, self.scheme.count))
    }

    fn vacant(&self, folder: &Folder) -> Result<()> {
        (1..=self.scheme.count).try_for_each(|number| folder.vacant(&self.name(number)))
    }
}

/// Name of the file of one share.
pub(crate) fn file_name(number: u8, count: u8) -> String {
    format!("share-{number}-of-{count}.txt")
}

/// What has to be said about shares in one folder.
pub(super) fn together(folder: &str) -> String {
    format!(
        "The shares are together in {folder} and protect nothing there: give each to its holder (admin-reset envelope prints a sheet for each) and remove the files."
    )
}

impl Sink for Shares {
    fn check(&self) -> Result<()> {
        folder::check_folder(&self.path)?;
        match std::fs::symlink_metadata(&self.path) {
            Ok(_) if !self.many => self.vacant(&Folder::open(&self.path)?),
            _ => Ok(()),
        }
    }

    fn prove(&mut self) -> Result<()> {
        let folder = folder::make_folder(&self.path)?;
        if !self.many {
            self.vacant(&folder)?;
        }
        folder.try_writing()
    }

    fn stage(&mut self, entry: &Entry<'_>, _standing: Standing) -> Result<()> {
        if self.pending.contains_key(entry.id) {
            return Err(Error::new(
                ErrorCode::SinkRefused,
                format!("Shares for {} are there already.", entry.upn),
            )
            .why("One set of shares never holds two secrets."));
        }
        let path = if self.many {
            self.path.join(plain(entry.id))
        } else {
            self.path.clone()
        };
        let folder = folder::make_folder(&path)?;
        self.vacant(&folder)?;
        let shares = share::split(entry.secret, self.scheme, &mut random::fill)?;
        let time = sealed::now();
        let mut made: Vec<(OsString, File)> = Vec::new();
        for (share, number) in shares.iter().zip(1u8..) {
            let sheet = Sheet::new(
                share,
                self.scheme.count,
                entry.tenant,
                entry.id,
                entry.upn,
                entry.what,
                &time,
                entry.operation_id,
            );
            let name = self.name(number);
            match folder.create(&name, &sheet.to_text()) {
                Ok(file) => made.push((name, file)),
                Err(error) => {
                    for (name, file) in &made {
                        let _ = folder.remove(name, file);
                    }
                    return Err(error);
                }
            }
        }
        self.pending.insert(entry.id.to_owned(), (folder, made));
        self.written = true;
        Ok(())
    }

    fn settle(&mut self, id: &str, fate: Fate) -> Result<()> {
        let Some((folder, made)) = self.pending.remove(id) else {
            return Ok(());
        };
        if fate != Fate::NotInForce {
            return Ok(());
        }
        let mut first = Ok(());
        for (name, file) in &made {
            first = first.and(folder.remove(name, file));
        }
        first
    }

    fn publish(&mut self) -> Result<()> {
        if std::mem::take(&mut self.written) {
            self.console.warn(&together(&absolute(&self.path)));
        }
        Ok(())
    }

    fn place(&self) -> Place {
        Place {
            kind: "shares",
            location: Some(format!("{}:{}", self.scheme, absolute(&self.path))),
            recipients: Vec::new(),
        }
    }
}
