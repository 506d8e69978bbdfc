//! Safe writing of files that matter: nobody else can read, redirect or plant them, and a power cut leaves the old or the new.
//!
//! Owns the rules for folders, temporary files and durable replacement. Knows nothing of what is in the files; never follows a
//! link at the place it writes to and never overwrites what it did not make. A refusal carries [`ErrorCode::SinkRefused`];
//! callers with another word for it use [`Error::recode`].

#[cfg_attr(unix, path = "files/unix.rs")]
#[cfg_attr(not(unix), path = "files/windows.rs")]
mod system;

#[cfg(test)]
mod tests;

use crate::error::{Error, ErrorCode, Result};
use crate::random;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// How often an interrupted system call is begun again before it counts as failed.
const PATIENCE: usize = 8;

/// A folder that was examined and is held open, so that a swapped path cannot redirect what is written.
pub(crate) struct Folder {
    held: system::Held,
    path: PathBuf,
}

/// Makes sure that a folder is there (0700) and ours alone.
#[cfg(any(feature = "sandbox", test))]
pub(crate) fn private_folder(path: &Path) -> Result<()> {
    Folder::private(path).map(|_| ())
}

/// A new file that was taken into possession and is still empty; goes away unless it is filled.
pub(crate) struct Claim {
    folder: Folder,
    name: OsString,
    file: Option<File>,
}

/// Takes a path into possession before the work that fills it begins.
pub(crate) fn claim(path: &Path) -> Result<Claim> {
    let (folder, name) = split(path)?;
    let folder = Folder::open(&folder)?;
    folder.vacant(&name)?;
    let file = folder.create(&name, b"")?;
    Ok(Claim {
        folder,
        name,
        file: Some(file),
    })
}

impl Claim {
    /// Puts the content in its place, atomically and durably.
    pub(crate) fn fill(mut self, content: &[u8]) -> Result<()> {
        if let Some(file) = &self.file {
            self.folder
                .replace(&self.name, file, content)
                .map_err(|error| error.recode(ErrorCode::OutputFailed))?;
        }
        self.file = None;
        Ok(())
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if let Some(file) = self.file.take() {
            let _ = self.folder.remove(&self.name, &file);
        }
    }
}

/// Splits a destination into its folder and the name in it.
pub(crate) fn split(path: &Path) -> Result<(PathBuf, OsString)> {
    let name = path.file_name().filter(|_| !ends_in_separator(path));
    let Some(name) = name else {
        return Err(Error::new(
            ErrorCode::BadInput,
            format!("'{}' is not the name of a file.", shown(path)),
        )
        .why("Rule: the path ends in a file name.")
        .fix("Add the name of a file that does not exist yet."));
    };
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
        _ => PathBuf::from("."),
    };
    Ok((folder, name.to_owned()))
}

fn ends_in_separator(path: &Path) -> bool {
    let bytes = path.as_os_str().as_encoded_bytes();
    // `Path` drops a final "/" or "/.", which would turn a folder into a file of that name.
    bytes.ends_with(b"/") || bytes.ends_with(b"/.") || (cfg!(windows) && bytes.ends_with(b"\\"))
}

impl Folder {
    /// Opens a folder for files of ours: it exists, is no link, and nobody else can swap what is in it.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        Ok(Folder {
            held: system::open_folder(path, false)?,
            path: path.to_path_buf(),
        })
    }

    /// Opens a folder that is ours alone, making it (0700) when it is missing.
    pub(crate) fn private(path: &Path) -> Result<Self> {
        system::make_folders(path)?;
        Ok(Folder {
            held: system::open_folder(path, true)?,
            path: path.to_path_buf(),
        })
    }

    /// Path of a file in it.
    pub(crate) fn file(&self, name: &OsStr) -> PathBuf {
        self.path.join(name)
    }

    /// Nothing stands at the name. A link, pipe or device there is called by its name.
    pub(crate) fn vacant(&self, name: &OsStr) -> Result<()> {
        system::vacant(&self.held, &self.file(name), name)
    }

    /// The folder could be written as far as its permissions tell. Changes nothing.
    pub(crate) fn writable(&self) -> Result<()> {
        system::writable(&self.held, &self.path)
    }

    /// Makes a temporary file and takes it away: the folder can be written.
    pub(crate) fn try_writing(&self) -> Result<()> {
        let mut scratch = self.scratch()?;
        scratch
            .place
            .clear()
            .map_err(|cause| failed(&self.path, "cannot be written", cause))
    }

    /// Makes a new file with this content: temporary file, fsync, rename without replace, fsync of the folder.
    ///
    /// After an error there is neither the file nor the temporary one.
    pub(crate) fn create(&self, name: &OsStr, content: &[u8]) -> Result<File> {
        let path = self.file(name);
        let mut scratch = self.scratch()?;
        scratch
            .fill(content)
            .map_err(|cause| failed(&path, "cannot be written", cause))?;
        if let Err(cause) = scratch.become_new(name) {
            if cause.kind() == io::ErrorKind::AlreadyExists {
                self.vacant(name)?;
            }
            return Err(failed(&path, "cannot be created", cause));
        }
        let file = scratch.file;
        if let Err(cause) = self.sync() {
            let _ = self.remove(name, &file);
            return Err(failed(&path, "cannot be made durable", cause));
        }
        Ok(file)
    }

    /// Puts new content in the place of a file that we made, atomically and durably.
    pub(crate) fn replace(&self, name: &OsStr, ours: &File, content: &[u8]) -> Result<File> {
        let path = self.file(name);
        let mut scratch = self.scratch()?;
        scratch
            .fill(content)
            .map_err(|cause| failed(&path, "cannot be written", cause))?;
        self.still_ours(name, ours)?;
        scratch
            .take_over(name)
            .map_err(|cause| failed(&path, "cannot be replaced", cause))?;
        let file = scratch.file;
        self.sync()
            .map_err(|cause| failed(&path, "cannot be made durable", cause))?;
        Ok(file)
    }

    /// Adds bytes at the end of a file that we made, durably; after an error the file is as long as before.
    pub(crate) fn append(&self, name: &OsStr, ours: &File, content: &[u8]) -> Result<()> {
        self.still_ours(name, ours)?;
        append(ours, content).map_err(|cause| failed(&self.file(name), "cannot be written", cause))
    }

    /// Removes a file that we made, durably.
    pub(crate) fn remove(&self, name: &OsStr, ours: &File) -> Result<()> {
        self.still_ours(name, ours)?;
        let path = self.file(name);
        patiently(|| system::unlink(&self.held, &path, name))
            .map_err(|cause| failed(&path, "cannot be removed", cause))?;
        self.sync()
            .map_err(|cause| failed(&path, "cannot be removed durably", cause))
    }

    /// The name still leads to the file that we made.
    pub(crate) fn still_ours(&self, name: &OsStr, ours: &File) -> Result<()> {
        system::same(&self.held, &self.file(name), name, ours)
    }

    /// Opens a log of ours for reading and appending, making it (0600) when it is missing.
    pub(crate) fn log(&self, name: &OsStr) -> Result<File> {
        system::open_log(&self.held, &self.file(name), name)
    }

    /// Makes what happened in the folder durable.
    pub(crate) fn sync(&self) -> io::Result<()> {
        patiently(|| system::sync_folder(&self.held))
    }

    fn scratch(&self) -> Result<Scratch<'_>> {
        let random: [u8; 8] = random::bytes()?;
        let name = OsString::from(format!(
            ".admin-reset-{:016x}.tmp",
            u64::from_le_bytes(random)
        ));
        let path = self.path.join(&name);
        let file = system::create_new(&self.held, &path, &name)
            .map_err(|cause| failed(&self.path, "cannot be written", cause))?;
        let scratch = Scratch {
            file,
            place: Place {
                folder: self,
                name,
                taken: true,
            },
        };
        // Checked on the open file: a file system without permissions would show the secret to everybody.
        system::make_private(&scratch.file, &path)
            .map_err(|cause| failed(&self.path, "cannot hold a private file", cause))?;
        Ok(scratch)
    }
}

/// A temporary file; removed when dropped before it got its name.
struct Scratch<'a> {
    file: File,
    place: Place<'a>,
}

struct Place<'a> {
    folder: &'a Folder,
    name: OsString,
    taken: bool,
}

impl Scratch<'_> {
    fn fill(&self, content: &[u8]) -> io::Result<()> {
        write_whole(&self.file, content)?;
        sync(&self.file)
    }

    fn become_new(&mut self, name: &OsStr) -> io::Result<()> {
        let folder = self.place.folder;
        system::rename_new(&folder.held, &folder.path, &self.place.name, name)?;
        self.place.taken = false;
        Ok(())
    }

    fn take_over(&mut self, name: &OsStr) -> io::Result<()> {
        let folder = self.place.folder;
        system::rename_over(&folder.held, &folder.path, &self.place.name, name)?;
        self.place.taken = false;
        Ok(())
    }
}

impl Place<'_> {
    fn clear(&mut self) -> io::Result<()> {
        if !std::mem::take(&mut self.taken) {
            return Ok(());
        }
        let path = self.folder.path.join(&self.name);
        patiently(|| system::unlink(&self.folder.held, &path, &self.name))
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let _ = self.clear();
    }
}

/// A right that one process at a time has, by a locked file; given back when dropped, or by the system when the process dies.
pub(crate) struct Turn {
    folder: Folder,
    name: OsString,
    file: File,
}

impl Turn {
    /// Takes the right of this name, or tells that somebody has it.
    pub(crate) fn take(folder: &Path, name: OsString) -> Result<Option<Turn>> {
        let folder = Folder::private(folder)?;
        loop {
            let file = folder.log(&name)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(std::fs::TryLockError::WouldBlock) => return Ok(None),
                Err(std::fs::TryLockError::Error(cause)) => {
                    return Err(failed(&folder.file(&name), "cannot be locked", cause));
                }
            }
            // The one before may have removed the file between opening and locking.
            if folder.still_ours(&name, &file).is_ok() {
                return Ok(Some(Turn { folder, name, file }));
            }
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let _ = self.folder.remove(&self.name, &self.file);
    }
}

/// Opens a regular file for reading; a pipe or device is refused, not waited for.
pub(crate) fn open_to_read(path: &Path) -> Result<File> {
    let file =
        system::open_to_read(path).map_err(|cause| failed(path, "cannot be opened", cause))?;
    match file.metadata() {
        Ok(data) if data.is_file() => Ok(file),
        Ok(_) => Err(refused(path, "cannot be read", "It is not a regular file.")),
        Err(cause) => Err(failed(path, "cannot be examined", cause)),
    }
}

/// Adds bytes at the end, durably; after an error the file is as long as before.
pub(crate) fn append(file: &File, content: &[u8]) -> io::Result<()> {
    let before = file.metadata()?.len();
    // Already so on Unix, where the file is open for appending.
    let mut place = file;
    place.seek(SeekFrom::End(0))?;
    let done = write_whole(file, content).and_then(|()| sync(file));
    if done.is_err() {
        // Half a record must not stay where the next one is added.
        let _ = file.set_len(before);
        let _ = sync(file);
    }
    done
}

/// Writes all bytes. Unlike `write_all` it gives up when the system interrupts it again and again.
pub(crate) fn write_whole(mut file: &File, mut content: &[u8]) -> io::Result<()> {
    while !content.is_empty() {
        let written = patiently(|| file.write(content))?;
        if written == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        content = &content[written..];
    }
    Ok(())
}

/// Makes a file durable.
pub(crate) fn sync(file: &File) -> io::Result<()> {
    patiently(|| system::sync_file(file))
}

fn patiently<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    let mut left = PATIENCE;
    loop {
        match call() {
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted && left > 0 => left -= 1,
            other => return other,
        }
    }
}

/// A path as it may stand in a sentence.
pub(crate) fn shown(path: &Path) -> String {
    path.to_string_lossy()
        .chars()
        .take(300)
        .map(|c| if c.is_control() { '?' } else { c })
        .collect()
}

fn failed(path: &Path, what: &str, cause: io::Error) -> Error {
    refused(path, what, &format!("{cause}.")).source(cause)
}

fn refused(path: &Path, what: &str, why: &str) -> Error {
    Error::new(ErrorCode::SinkRefused, format!("{} {what}.", shown(path))).why(why)
}
