//! The file rules in terms of Unix: everything happens relative to a folder that is held open.

use super::{PATIENCE, refused, shown};
use crate::error::{Error, ErrorCode, Result};
use rustix::fs::{self, AtFlags, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;
use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Component, Path, PathBuf};

/// A folder held open.
pub(super) struct Held(OwnedFd);

const OTHERS_WRITE: u32 = 0o002;
const GROUP_WRITE: u32 = 0o020;
const STICKY: u32 = 0o1000;

#[allow(
    clippy::useless_conversion,
    reason = "the width of a mode differs between systems"
)]
fn mode(stat: &Stat) -> u32 {
    u32::from(stat.st_mode) & 0o7777
}

fn kind(stat: &Stat) -> FileType {
    FileType::from_raw_mode(stat.st_mode)
}

fn me() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// Group permission counts as ours when the group is a user's private one, which `useradd` gives the number of the user.
fn group_may_write(stat: &Stat) -> bool {
    mode(stat) & GROUP_WRITE != 0 && !(stat.st_uid == me() && stat.st_gid == stat.st_uid)
}

pub(super) fn open_folder(path: &Path, private: bool) -> Result<Held> {
    let real = walk(path)?;
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let held = fs::open(&real, flags, Mode::empty())
        .map_err(|cause| super::failed(path, "cannot be opened", cause.into()))?;
    let stat = fs::fstat(&held)
        .map_err(|cause| super::failed(path, "cannot be examined", cause.into()))?;
    let strangers = mode(&stat) & OTHERS_WRITE != 0 || group_may_write(&stat);
    if private && stat.st_uid != me() {
        return Err(refused(
            path,
            "is no place for private files",
            "The folder belongs to another user.",
        )
        .fix("Use a folder of your own."));
    }
    if strangers && (private || mode(&stat) & STICKY == 0) {
        return Err(writable_by_others(path));
    }
    // Its owner could swap the file. The superuser often writes into folders of others (containers) and is above them anyway.
    if stat.st_uid != me() && stat.st_uid != 0 && me() != 0 {
        return Err(refused(
            path,
            "is no place for a secret",
            "The folder belongs to another user, who could replace what is in it.",
        )
        .fix("Use a folder of your own."));
    }
    Ok(Held(held))
}

fn writable_by_others(path: &Path) -> Error {
    refused(
        path,
        "is no place for a secret",
        "Other users may write to the folder and could replace what is in it.",
    )
    .fix(format!(
        "Use a folder that only you can write, or: chmod go-w '{}'",
        shown(path)
    ))
}

/// Goes down the path step by step and returns it without links; refuses where another user could have laid the way.
fn walk(path: &Path) -> Result<PathBuf> {
    let mut at = if path.is_absolute() {
        PathBuf::from("/")
    } else {
        std::env::current_dir().map_err(|cause| super::failed(path, "cannot be found", cause))?
    };
    let mut ahead: VecDeque<OsString> = steps(path);
    // The links to follow at most, as the kernel counts.
    let mut links = 40;
    while let Some(step) = ahead.pop_front() {
        if step == ".." {
            at.pop();
            continue;
        }
        let next = at.join(&step);
        let stat = fs::lstat(&next).map_err(|cause| match cause {
            Errno::NOENT => refused(path, "cannot be used", "The folder does not exist.").fix(
                format!("Create it first: mkdir -p -m 700 '{}'", shown(path)),
            ),
            cause => super::failed(path, "cannot be used", cause.into()),
        })?;
        match kind(&stat) {
            FileType::Directory => {
                if mode(&stat) & OTHERS_WRITE != 0 && mode(&stat) & STICKY == 0 {
                    return Err(writable_by_others(&next));
                }
                at = next;
            }
            FileType::Symlink => {
                links -= 1;
                let target = std::fs::read_link(&next)
                    .map_err(|cause| super::failed(path, "cannot be used", cause))?;
                let trusted = stat.st_uid == 0 || stat.st_uid == me();
                // Links in the root folder come with the system (/tmp, /var on macOS).
                let folder_itself = ahead.is_empty() && at != Path::new("/");
                if !trusted || folder_itself || links == 0 {
                    let real = std::fs::canonicalize(path)
                        .map(|real| shown(&real))
                        .unwrap_or_default();
                    return Err(refused(
                        &next,
                        "is a symbolic link",
                        "A link can lead elsewhere the next moment.",
                    )
                    .fix(if trusted && !real.is_empty() {
                        format!("Name the folder itself: {real}")
                    } else {
                        "Name another folder.".into()
                    }));
                }
                if target.is_absolute() {
                    at = PathBuf::from("/");
                }
                for step in steps(&target).into_iter().rev() {
                    ahead.push_front(step);
                }
            }
            _ => {
                return Err(refused(
                    &next,
                    "is not a folder",
                    "The path leads through something that is no folder.",
                ));
            }
        }
    }
    Ok(at)
}

fn steps(path: &Path) -> VecDeque<OsString> {
    path.components()
        .filter_map(|part| match part {
            Component::Normal(name) => Some(name.to_owned()),
            Component::ParentDir => Some(OsString::from("..")),
            _ => None,
        })
        .collect()
}

pub(super) fn make_folders(path: &Path) -> Result<()> {
    let path =
        std::path::absolute(path).map_err(|cause| super::failed(path, "cannot be found", cause))?;
    let missing: Vec<&Path> = path
        .ancestors()
        .take_while(|folder| matches!(fs::lstat(*folder), Err(Errno::NOENT)))
        .collect();
    for folder in missing.into_iter().rev() {
        match std::fs::DirBuilder::new().mode(0o700).create(folder) {
            Ok(()) => {}
            // Another run of ours may have been quicker; what stands there is examined next.
            Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => continue,
            Err(cause) => return Err(super::failed(folder, "cannot be created", cause)),
        }
        // A folder that a power cut takes away takes the journal with it.
        if let Some(above) = folder.parent() {
            let synced = fs::open(
                above,
                OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC,
                Mode::empty(),
            )
            .and_then(fs::fsync);
            synced
                .map_err(|cause| super::failed(folder, "cannot be made durable", cause.into()))?;
        }
    }
    Ok(())
}

pub(super) fn vacant(held: &Held, path: &Path, name: &OsStr) -> Result<()> {
    let stat = match fs::statat(&held.0, name, AtFlags::SYMLINK_NOFOLLOW) {
        Err(Errno::NOENT) => return Ok(()),
        Err(cause) => return Err(super::failed(path, "cannot be examined", cause.into())),
        Ok(stat) => stat,
    };
    Err(match kind(&stat) {
        FileType::RegularFile if stat.st_nlink > 1 => {
            planted(path, "a file with a second name (hard link)")
        }
        FileType::RegularFile | FileType::Directory => Error::new(
            ErrorCode::OutputExists,
            format!("{} exists already.", shown(path)),
        )
        .why("Nothing is ever overwritten."),
        other => planted(path, called(other)),
    })
}

fn planted(path: &Path, what: &str) -> Error {
    refused(
        path,
        "cannot be used",
        &format!("At this place stands {what}."),
    )
    .fix("Choose a path that does not exist.")
}

fn called(kind: FileType) -> &'static str {
    match kind {
        FileType::Symlink => "a symbolic link",
        FileType::Fifo => "a pipe (FIFO)",
        FileType::Socket => "a socket",
        FileType::CharacterDevice | FileType::BlockDevice => "a device",
        FileType::Directory => "a folder",
        _ => "something that is no file",
    }
}

pub(super) fn writable(held: &Held, path: &Path) -> Result<()> {
    let access = fs::Access::WRITE_OK | fs::Access::EXEC_OK;
    fs::accessat(&held.0, ".", access, AtFlags::EACCESS)
        .or_else(|cause| {
            if matches!(cause, Errno::NOSYS | Errno::INVAL) {
                fs::accessat(&held.0, ".", access, AtFlags::empty())
            } else {
                Err(cause)
            }
        })
        .map_err(|cause| super::failed(path, "cannot be written", cause.into()))
}

pub(super) fn create_new(held: &Held, _path: &Path, name: &OsStr) -> io::Result<File> {
    let flags = OFlags::RDWR
        | OFlags::CREATE
        | OFlags::EXCL
        | OFlags::NOFOLLOW
        | OFlags::APPEND
        | OFlags::CLOEXEC;
    Ok(File::from(fs::openat(
        &held.0,
        name,
        flags,
        Mode::RUSR | Mode::WUSR,
    )?))
}

pub(super) fn make_private(file: &File, _path: &Path) -> io::Result<()> {
    let stat = fs::fstat(file)?;
    if mode(&stat) != 0o600 {
        // A umask can only take permissions away; a file system without permissions shows some that cannot be taken away.
        fs::fchmod(file, Mode::RUSR | Mode::WUSR)?;
        if mode(&fs::fstat(file)?) & 0o077 != 0 {
            return Err(io::Error::other(
                "this file system does not keep files private",
            ));
        }
    }
    Ok(())
}

pub(super) fn rename_new(held: &Held, _folder: &Path, from: &OsStr, to: &OsStr) -> io::Result<()> {
    #[cfg(any(target_vendor = "apple", target_os = "linux", target_os = "android"))]
    match fs::renameat_with(&held.0, from, &held.0, to, fs::RenameFlags::NOREPLACE) {
        // Not every file system knows the flag (NFS, some FUSE ones); a hard link never replaces either.
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {}
        other => return Ok(other?),
    }
    fs::linkat(&held.0, from, &held.0, to, AtFlags::empty())?;
    Ok(fs::unlinkat(&held.0, from, AtFlags::empty())?)
}

pub(super) fn rename_over(held: &Held, _folder: &Path, from: &OsStr, to: &OsStr) -> io::Result<()> {
    Ok(fs::renameat(&held.0, from, &held.0, to)?)
}

pub(super) fn unlink(held: &Held, _path: &Path, name: &OsStr) -> io::Result<()> {
    Ok(fs::unlinkat(&held.0, name, AtFlags::empty())?)
}

pub(super) fn same(held: &Held, path: &Path, name: &OsStr, ours: &File) -> Result<()> {
    let there = fs::statat(&held.0, name, AtFlags::SYMLINK_NOFOLLOW);
    let here = fs::fstat(ours);
    match (there, here) {
        (Ok(there), Ok(here)) if there.st_dev == here.st_dev && there.st_ino == here.st_ino => {
            Ok(())
        }
        (Err(cause), _) | (_, Err(cause)) if cause != Errno::NOENT => {
            Err(super::failed(path, "cannot be examined", cause.into()))
        }
        _ => Err(refused(
            path,
            "is not the file that was made here any more",
            "Somebody moved or replaced it while it was in use.",
        )),
    }
}

pub(super) fn open_log(held: &Held, path: &Path, name: &OsStr) -> Result<File> {
    // NONBLOCK: a pipe without a writer must be refused, not waited for.
    let flags = OFlags::RDWR
        | OFlags::CREATE
        | OFlags::NOFOLLOW
        | OFlags::NONBLOCK
        | OFlags::APPEND
        | OFlags::NOCTTY
        | OFlags::CLOEXEC;
    let mut left = PATIENCE;
    let file = loop {
        match fs::openat(&held.0, name, flags, Mode::RUSR | Mode::WUSR) {
            Ok(file) => break File::from(file),
            Err(Errno::INTR) if left > 0 => left -= 1,
            Err(Errno::LOOP) => return Err(planted(path, "a symbolic link")),
            Err(Errno::NXIO) => return Err(planted(path, "a socket or a device")),
            Err(cause) => return Err(super::failed(path, "cannot be opened", cause.into())),
        }
    };
    let stat = fs::fstat(&file)
        .map_err(|cause| super::failed(path, "cannot be examined", cause.into()))?;
    if kind(&stat) != FileType::RegularFile {
        return Err(planted(path, called(kind(&stat))));
    }
    if stat.st_nlink > 1 {
        return Err(planted(path, "a file with a second name (hard link)"));
    }
    if stat.st_uid != me() {
        return Err(planted(path, "a file of another user"));
    }
    if mode(&stat) & OTHERS_WRITE != 0 || group_may_write(&stat) {
        return Err(
            refused(path, "cannot be trusted", "Other users may write to it.")
                .fix(format!("chmod 600 '{}'", shown(path))),
        );
    }
    make_private(&file, path)
        .map_err(|cause| super::failed(path, "cannot be made private", cause))?;
    Ok(file)
}

pub(super) fn open_to_read(path: &Path) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    Ok(File::from(fs::open(path, flags, Mode::empty())?))
}

pub(super) fn sync_file(file: &File) -> io::Result<()> {
    // On macOS only F_FULLFSYNC, which the standard library uses, reaches the disk.
    #[cfg(target_vendor = "apple")]
    return file.sync_all();
    #[cfg(not(target_vendor = "apple"))]
    Ok(fs::fsync(file)?)
}

pub(super) fn sync_folder(held: &Held) -> io::Result<()> {
    match fs::fsync(held.0.as_fd()) {
        // Some network file systems cannot sync a folder; there is nothing more to be had from them.
        Err(Errno::INVAL) => Ok(()),
        other => Ok(other?),
    }
}
