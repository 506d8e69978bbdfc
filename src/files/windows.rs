//! The file rules where there is no Unix: create-new, an access list for the owner alone, rename without replace.
//!
//! A folder cannot be made durable here, and a path is looked up again for every step; both are said in the documentation.

use super::{refused, shown};
use crate::error::{Error, ErrorCode, Result};
use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A folder that was examined.
pub(super) struct Held(PathBuf);

pub(super) fn open_folder(path: &Path, _private: bool) -> Result<Held> {
    let data =
        fs::symlink_metadata(path).map_err(|cause| super::failed(path, "cannot be used", cause))?;
    if data.is_symlink() {
        return Err(refused(
            path,
            "is a symbolic link",
            "A link can lead elsewhere the next moment.",
        )
        .fix("Name the folder itself."));
    }
    if !data.is_dir() {
        return Err(refused(
            path,
            "is not a folder",
            "The path leads through something that is no folder.",
        ));
    }
    Ok(Held(path.to_path_buf()))
}

pub(super) fn make_folders(path: &Path) -> Result<()> {
    fs::create_dir_all(path).map_err(|cause| super::failed(path, "cannot be created", cause))
}

pub(super) fn vacant(_held: &Held, path: &Path, _name: &OsStr) -> Result<()> {
    match fs::symlink_metadata(path) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(cause) => Err(super::failed(path, "cannot be examined", cause)),
        Ok(data) if data.is_file() || data.is_dir() => Err(Error::new(
            ErrorCode::OutputExists,
            format!("{} exists already.", shown(path)),
        )
        .why("Nothing is ever overwritten.")),
        Ok(_) => Err(refused(
            path,
            "cannot be used",
            "At this place stands a link or a device.",
        )
        .fix("Choose a path that does not exist.")),
    }
}

pub(super) fn writable(held: &Held, path: &Path) -> Result<()> {
    let data =
        fs::metadata(&held.0).map_err(|cause| super::failed(path, "cannot be examined", cause))?;
    if data.is_dir() {
        Ok(())
    } else {
        Err(refused(
            path,
            "is not a folder",
            "It was replaced while it was in use.",
        ))
    }
}

pub(super) fn create_new(_held: &Held, path: &Path, _name: &OsStr) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create_new(true)
        .open(path)
}

/// Takes away what the file inherits from its folder and leaves its owner; done while it is still empty.
pub(super) fn make_private(_file: &File, path: &Path) -> io::Result<()> {
    // S-1-3-4 is OWNER RIGHTS in every language of Windows. The tool comes with the system; no safe crate does this.
    let system = Path::new("C:\\Windows\\System32\\icacls.exe");
    let status = Command::new(system)
        // The environment may hold credentials; a child gets none of it.
        .env_clear()
        .env("SystemRoot", "C:\\Windows")
        .arg(path)
        .args(["/inheritance:r", "/grant:r", "*S-1-3-4:F", "/q"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    if status.success() {
        Ok(())
    } else {
        Err(io::Error::other("its access list could not be set"))
    }
}

pub(super) fn rename_new(_held: &Held, folder: &Path, from: &OsStr, to: &OsStr) -> io::Result<()> {
    // `rename` replaces on Windows; moving through this crate does not.
    tempfile::TempPath::try_from_path(folder.join(from))?
        .persist_noclobber(folder.join(to))
        .map_err(|cause| cause.error)
}

pub(super) fn rename_over(_held: &Held, folder: &Path, from: &OsStr, to: &OsStr) -> io::Result<()> {
    fs::rename(folder.join(from), folder.join(to))
}

pub(super) fn unlink(_held: &Held, path: &Path, _name: &OsStr) -> io::Result<()> {
    fs::remove_file(path)
}

pub(super) fn same(_held: &Held, path: &Path, _name: &OsStr, ours: &File) -> Result<()> {
    let there = fs::symlink_metadata(path)
        .map_err(|cause| super::failed(path, "cannot be examined", cause))?;
    let here = ours
        .metadata()
        .map_err(|cause| super::failed(path, "cannot be examined", cause))?;
    let equal =
        there.is_file() && there.len() == here.len() && there.created().ok() == here.created().ok();
    if equal {
        return Ok(());
    }
    Err(refused(
        path,
        "is not the file that was made here any more",
        "Somebody moved or replaced it while it was in use.",
    ))
}

pub(super) fn open_log(_held: &Held, path: &Path, _name: &OsStr) -> Result<File> {
    if let Ok(data) = fs::symlink_metadata(path)
        && !data.is_file()
    {
        return Err(refused(
            path,
            "cannot be used",
            "At this place stands something that is no file.",
        ));
    }
    let fresh = !path.exists();
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .map_err(|cause| super::failed(path, "cannot be opened", cause))?;
    if fresh {
        make_private(&file, path)
            .map_err(|cause| super::failed(path, "cannot be made private", cause))?;
    }
    Ok(file)
}

pub(super) fn open_to_read(path: &Path) -> io::Result<File> {
    File::open(path)
}

pub(super) fn sync_file(file: &File) -> io::Result<()> {
    file.sync_all()
}

pub(super) fn sync_folder(_held: &Held) -> io::Result<()> {
    Ok(())
}
