//! `file:PATH`: a new private file with the secret of one user, or a table of several.
//!
//! Holds a secret durably before anything is sent. Never opens a file that exists, never removes a secret that may be in force.

use super::{Entry, Fate, Place, Sink, Standing, csv, kept};
use crate::error::{Error, ErrorCode, Result};
use crate::files::{self, Folder, shown};
use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The destination and, once it was proven, its folder.
struct Target {
    folder: PathBuf,
    name: OsString,
    held: Option<Folder>,
}

impl Target {
    fn new(path: &Path) -> Result<Self> {
        let (folder, name) = files::split(path)?;
        Ok(Target {
            folder,
            name,
            held: None,
        })
    }

    fn check(&self) -> Result<()> {
        let folder = Folder::open(&self.folder)?;
        folder.vacant(&self.name)?;
        folder.writable()
    }

    fn prove(&mut self) -> Result<()> {
        let folder = Folder::open(&self.folder)?;
        folder.vacant(&self.name)?;
        folder.try_writing()?;
        self.held = Some(folder);
        Ok(())
    }

    /// The folder that was proven; opened now if nobody did.
    fn folder(&mut self) -> Result<&Folder> {
        match &mut self.held {
            Some(folder) => Ok(folder),
            empty => Ok(empty.insert(Folder::open(&self.folder)?)),
        }
    }

    fn place(&self) -> Place {
        let path = self.folder.join(&self.name);
        let path = std::path::absolute(&path).unwrap_or(path);
        Place {
            kind: "file",
            location: Some(path.to_string_lossy().into_owned()),
            recipients: Vec::new(),
        }
    }
}

/// One secret in one file.
pub(super) struct Single {
    target: Target,
    now: Option<(String, File)>,
}

impl Single {
    pub(super) fn new(path: &Path) -> Result<Self> {
        Ok(Single {
            target: Target::new(path)?,
            now: None,
        })
    }
}

impl Sink for Single {
    fn check(&self) -> Result<()> {
        self.target.check()
    }

    fn prove(&mut self) -> Result<()> {
        self.target.prove()
    }

    fn stage(&mut self, entry: &Entry<'_>, _standing: Standing) -> Result<()> {
        if self.now.is_some() {
            let path = shown(&self.target.folder.join(&self.target.name));
            return Err(Error::new(
                ErrorCode::SinkRefused,
                format!("{path} holds a secret already."),
            )
            .why("A file for one secret never holds a second."));
        }
        let name = self.target.name.clone();
        let file = self.target.folder()?.create(&name, &csv::alone(entry))?;
        self.now = Some((entry.id.to_owned(), file));
        Ok(())
    }

    fn settle(&mut self, id: &str, fate: Fate) -> Result<()> {
        if fate != Fate::NotInForce || self.now.as_ref().is_none_or(|(own, _)| own != id) {
            return Ok(());
        }
        if let Some((_, file)) = self.now.take() {
            let name = self.target.name.clone();
            self.target.folder()?.remove(&name, &file)?;
        }
        Ok(())
    }

    fn publish(&mut self) -> Result<()> {
        Ok(())
    }

    fn place(&self) -> Place {
        self.target.place()
    }
}

/// One user of a table.
struct Row {
    bytes: Range<u64>,
    dropped: bool,
}

/// The secrets of several users in one CSV file.
pub(super) struct Table {
    target: Target,
    file: Option<File>,
    rows: HashMap<String, Row>,
    end: u64,
    /// Whether a table of an earlier part of the run is gone on with.
    going_on: bool,
}

impl Table {
    pub(super) fn new(path: &Path, going_on: bool) -> Result<Self> {
        Ok(Table {
            target: Target::new(path)?,
            file: None,
            rows: HashMap::new(),
            end: csv::HEADER.len() as u64,
            going_on,
        })
    }

    /// Whether the table of an earlier part of the run is there.
    fn is_there(&self) -> bool {
        let path = self.target.folder.join(&self.target.name);
        self.going_on && std::fs::symlink_metadata(path).is_ok()
    }

    /// Takes up the table that is there; a line that was cut goes.
    fn take_up(&mut self) -> Result<()> {
        let folder = Folder::open(&self.target.folder)?;
        let file = folder.log(&self.target.name)?;
        let path = folder.file(&self.target.name);
        let bytes = kept::read(&path)?;
        let Some(spans) = kept::spans(&bytes) else {
            return Err(Error::new(
                ErrorCode::SinkRefused,
                format!("{} is not the table of this run.", shown(&path)),
            )
            .fix("Name another file with --secret-to."));
        };
        self.target.held = Some(folder);
        self.end = bytes.len() as u64;
        let whole = spans.last().map_or(csv::HEADER.len(), |(_, at)| at.end);
        for (id, at) in spans {
            let row = Row {
                bytes: at.start as u64..at.end as u64,
                dropped: false,
            };
            self.rows.insert(id, row);
        }
        self.file = Some(file);
        if whole < bytes.len() {
            self.rewrite(b"")?;
        }
        Ok(())
    }

    /// Puts a table without the dropped users, with `more` at its end, in the place of the present one.
    fn rewrite(&mut self, more: &[u8]) -> Result<()> {
        let Some(file) = &self.file else {
            return Ok(());
        };
        let name = self.target.name.clone();
        let path = self.target.folder.join(&name);
        let mut old = Zeroizing::new(vec![0; usize::try_from(self.end).unwrap_or(usize::MAX)]);
        let mut reader = file;
        reader
            .seek(SeekFrom::Start(0))
            .and_then(|_| reader.read_exact(&mut old))
            .map_err(|cause| {
                Error::new(
                    ErrorCode::SinkRefused,
                    format!("{} cannot be read back.", shown(&path)),
                )
                .source(cause)
            })?;
        let mut kept: Vec<(&String, &Row)> =
            self.rows.iter().filter(|(_, row)| !row.dropped).collect();
        kept.sort_by_key(|(_, row)| row.bytes.start);
        let mut new = Zeroizing::new(Vec::with_capacity(old.len() + more.len()));
        new.extend_from_slice(csv::HEADER);
        let mut moved = Vec::with_capacity(kept.len());
        for (id, row) in kept {
            let start = new.len() as u64;
            let bytes = usize::try_from(row.bytes.start)
                .ok()
                .zip(usize::try_from(row.bytes.end).ok())
                .and_then(|(from, to)| old.get(from..to));
            new.extend_from_slice(bytes.unwrap_or_default());
            moved.push((id.clone(), start..new.len() as u64));
        }
        let end = new.len() as u64;
        new.extend_from_slice(more);
        let fresh = self.target.folder()?.replace(&name, file, &new)?;
        self.file = Some(fresh);
        self.end = end;
        self.rows.retain(|_, row| !row.dropped);
        for (id, bytes) in moved {
            if let Some(row) = self.rows.get_mut(&id) {
                row.bytes = bytes;
            }
        }
        Ok(())
    }
}

impl Sink for Table {
    fn check(&self) -> Result<()> {
        if self.is_there() {
            return Folder::open(&self.target.folder)?.writable();
        }
        self.target.check()
    }

    fn prove(&mut self) -> Result<()> {
        if self.is_there() {
            return self.take_up();
        }
        self.target.prove()
    }

    fn stage(&mut self, entry: &Entry<'_>, _standing: Standing) -> Result<()> {
        let again = self.rows.get(entry.id).is_some_and(|row| row.dropped);
        let line = csv::line(entry);
        let name = self.target.name.clone();
        match &self.file {
            // One password per user at any moment: the line of the refused one goes with the same stroke.
            Some(_) if again => self.rewrite(&line)?,
            Some(file) => {
                self.target.folder()?.append(&name, file, &line)?;
            }
            None => {
                let mut whole = Zeroizing::new(Vec::with_capacity(csv::HEADER.len() + line.len()));
                whole.extend_from_slice(csv::HEADER);
                whole.extend_from_slice(&line);
                self.file = Some(self.target.folder()?.create(&name, &whole)?);
            }
        }
        let start = self.end;
        self.end += line.len() as u64;
        self.rows.insert(
            entry.id.to_owned(),
            Row {
                bytes: start..self.end,
                dropped: false,
            },
        );
        Ok(())
    }

    fn settle(&mut self, id: &str, fate: Fate) -> Result<()> {
        if fate == Fate::NotInForce
            && let Some(row) = self.rows.get_mut(id)
        {
            row.dropped = true;
        }
        Ok(())
    }

    fn publish(&mut self) -> Result<()> {
        if !self.rows.values().any(|row| row.dropped) {
            return Ok(());
        }
        if self.rows.values().any(|row| !row.dropped) {
            return self.rewrite(b"");
        }
        // Nobody's change happened: an empty table would only stand in the way of the next run.
        if let Some(file) = self.file.take() {
            let name = self.target.name.clone();
            self.target.folder()?.remove(&name, &file)?;
            self.rows.clear();
        }
        Ok(())
    }

    fn ends_at_publish(&self) -> bool {
        true
    }

    fn place(&self) -> Place {
        self.target.place()
    }
}
