//! Where files of several users go: a file of the given name for one user, a folder of that name with a file or folder for each of
//! several.
//!
//! Makes the folder when it is missing; never uses one that others could reach into.

use crate::error::{Error, ErrorCode, Result};
use crate::files::{self, Folder};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// A place for one user's file, or for those of several.
pub(super) struct Target {
    folder: PathBuf,
    /// Name of the one file; none when each user has one.
    name: Option<OsString>,
    held: Option<Folder>,
}

impl Target {
    /// `path` is the file of one user, or the folder of several.
    pub(super) fn new(path: &Path, many: bool) -> Result<Self> {
        let (folder, name) = if many {
            (super::parse::folder(path), None)
        } else {
            let (folder, name) = files::split(path)?;
            (folder, Some(name))
        };
        Ok(Target {
            folder,
            name,
            held: None,
        })
    }

    /// Whether each user has a file.
    fn many(&self) -> bool {
        self.name.is_none()
    }

    /// Finds what stands in the way, without any side effect.
    pub(super) fn check(&self) -> Result<()> {
        if self.many() {
            return check_folder(&self.folder);
        }
        let folder = Folder::open(&self.folder)?;
        if let Some(name) = &self.name {
            folder.vacant(name)?;
        }
        folder.writable()
    }

    /// Proves that the folder can be written; makes it when several users need it.
    pub(super) fn prove(&mut self) -> Result<()> {
        let folder = if self.many() {
            make_folder(&self.folder)?
        } else {
            Folder::open(&self.folder)?
        };
        if let Some(name) = &self.name {
            folder.vacant(name)?;
        }
        folder.try_writing()?;
        self.held = Some(folder);
        Ok(())
    }

    /// The folder that was proven; opened now if nobody did.
    pub(super) fn folder(&mut self) -> Result<&Folder> {
        match &mut self.held {
            Some(folder) => Ok(folder),
            empty => Ok(empty.insert(Folder::open(&self.folder)?)),
        }
    }

    /// The name of a user's file.
    pub(super) fn name_for(&self, id: &str, ending: &str) -> OsString {
        match &self.name {
            Some(name) => name.clone(),
            None => OsString::from(format!("{}{ending}", plain(id))),
        }
    }

    /// The path for reports.
    pub(super) fn shown(&self) -> String {
        let path = match &self.name {
            Some(name) => self.folder.join(name),
            None => self.folder.clone(),
        };
        absolute(&path)
    }
}

/// The whole path, as text.
pub(super) fn absolute(path: &Path) -> String {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    path.to_string_lossy().into_owned()
}

/// An id as part of a file name. Object ids stay as they are; a name loses what a file system could take amiss.
pub(crate) fn plain(id: &str) -> String {
    id.chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '@') {
                c
            } else {
                '_'
            }
        })
        .collect()
}

/// Whether a folder could be used or made, without doing so.
pub(super) fn check_folder(path: &Path) -> Result<()> {
    if std::fs::symlink_metadata(path).is_ok() {
        return Folder::open(path)?.writable();
    }
    let (parent, name) = files::split(path)?;
    let parent = Folder::open(&parent)?;
    parent.vacant(&name)?;
    parent.writable()
}

/// Opens a folder, making it when it is missing. Its parent must be there: a mistyped path makes no tree.
pub(super) fn make_folder(path: &Path) -> Result<Folder> {
    let (parent, name) = files::split(path)?;
    // Also refuses a parent in which somebody else could swap the folder.
    Folder::open(&parent)?;
    if std::fs::symlink_metadata(path).is_err() {
        return Folder::private(path);
    }
    is_folder(path, &name)?;
    Folder::open(path)
}

fn is_folder(path: &Path, name: &OsStr) -> Result<()> {
    let about = std::fs::symlink_metadata(path);
    if about.is_ok_and(|about| about.is_dir()) {
        return Ok(());
    }
    Err(Error::new(
        ErrorCode::SinkRefused,
        format!("{} is not a folder.", files::shown(Path::new(name))),
    )
    .why("Several files go there, so it has to be a folder, and no link to one.")
    .fix("Name a folder, or a path that does not exist yet."))
}
