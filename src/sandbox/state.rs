//! The state file: what a sandbox keeps between runs.
//!
//! Owns the file, its lock between processes and the atomic replacement; what is in it comes from the tenant and the sign-in side,
//! and holds no secret in clear (salted hashes only, beside the key of the sandbox's own tokens).

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::Value;

/// How long a second process waits for the first to finish.
const PATIENCE: Duration = Duration::from_secs(10);

/// An open, locked state file.
#[derive(Debug)]
pub(super) struct StateFile {
    path: PathBuf,
    /// Held for as long as the sandbox runs; the operating system lets go of it when the process ends.
    _lock: File,
}

impl StateFile {
    /// Waits for the lock, then owns the file.
    pub(super) async fn open(path: &Path) -> io::Result<Self> {
        let folder = folder_of(path);
        create_folder(folder)?;
        let file = lock_file(path)?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            match file.try_lock() {
                Ok(()) => {
                    return Ok(Self {
                        path: path.to_owned(),
                        _lock: file,
                    });
                }
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => {
                    tokio::time::sleep(Duration::from_millis(10)).await
                }
                Err(TryLockError::WouldBlock) => return Err(busy(path)),
                // File systems without locks exist (NFS, some containers); there one process at a time has to do.
                Err(TryLockError::Error(_)) => {
                    return Ok(Self {
                        path: path.to_owned(),
                        _lock: file,
                    });
                }
            }
        }
    }

    /// What was kept, if anything.
    pub(super) fn load(&self) -> io::Result<Option<Value>> {
        let bytes = match fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let value = serde_json::from_slice(&bytes)
            .map_err(|error| unreadable(&self.path, &error.to_string()))?;
        Ok(Some(value))
    }

    /// Replaces the file in one step. It is not forced to the disk: losing a rehearsal to a power cut costs nothing.
    pub(super) fn save(&self, state: &Value) -> io::Result<()> {
        let mut file = tempfile::Builder::new()
            .prefix(".sandbox-")
            .tempfile_in(folder_of(&self.path))?;
        file.write_all(&serde_json::to_vec(state)?)?;
        file.persist(&self.path).map_err(|error| error.error)?;
        Ok(())
    }

    /// The error for a state that cannot be understood.
    pub(super) fn unreadable(&self, why: &str) -> io::Error {
        unreadable(&self.path, why)
    }
}

/// Forgets the state; true when there was one. Refused while a sandbox runs on it.
pub(super) fn reset(path: &Path) -> io::Result<bool> {
    if !path.exists() {
        return Ok(false);
    }
    let lock = lock_file(path)?;
    if matches!(lock.try_lock(), Err(TryLockError::WouldBlock)) {
        return Err(busy(path));
    }
    fs::remove_file(path)?;
    Ok(true)
}

/// The lock lives beside the state, since the state file itself is replaced with every change.
fn lock_file(path: &Path) -> io::Result<File> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".lock");
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path.with_file_name(name))
}

fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

fn create_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(folder)
}

fn busy(path: &Path) -> io::Error {
    io::Error::new(
        io::ErrorKind::WouldBlock,
        format!("another sandbox is running on {}", path.display()),
    )
}

fn unreadable(path: &Path, why: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!(
            "{} is not a state of this sandbox ({why}); reset the sandbox to start over",
            path.display()
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[tokio::test(flavor = "current_thread")]
    async fn a_state_is_replaced_whole_and_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/er/sandbox.json");
        let state = StateFile::open(&path).await.unwrap();
        assert_eq!(state.load().unwrap(), None);
        state.save(&json!({"a": 1})).unwrap();
        state.save(&json!({"a": 2})).unwrap();
        assert_eq!(state.load().unwrap(), Some(json!({"a": 2})));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(
                fs::metadata(&path).unwrap().permissions().mode() & 0o777,
                0o600
            );
            assert_eq!(
                fs::metadata(path.parent().unwrap())
                    .unwrap()
                    .permissions()
                    .mode()
                    & 0o777,
                0o700
            );
        }
        let names: Vec<_> = fs::read_dir(path.parent().unwrap())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(names.len(), 2, "state and lock, no leftovers: {names:?}");
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_second_sandbox_waits_and_a_reset_is_refused_meanwhile() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sandbox.json");
        let first = StateFile::open(&path).await.unwrap();
        first.save(&json!({})).unwrap();
        assert_eq!(reset(&path).unwrap_err().kind(), io::ErrorKind::WouldBlock);
        let waiting = async {
            let second = StateFile::open(&path).await.unwrap();
            second.load().unwrap()
        };
        let leaving = async move {
            tokio::time::sleep(Duration::from_millis(60)).await;
            first.save(&json!({"last": true})).unwrap();
            drop(first);
        };
        let (seen, ()) = tokio::join!(waiting, leaving);
        assert_eq!(seen, Some(json!({"last": true})));
        assert!(reset(&path).unwrap());
        assert!(!reset(&path).unwrap());
    }

    #[tokio::test(flavor = "current_thread")]
    async fn garbage_is_named_with_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sandbox.json");
        fs::write(&path, "{").unwrap();
        let error = StateFile::open(&path).await.unwrap().load().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        assert!(error.to_string().contains("sandbox.json"), "{error}");
    }
}
