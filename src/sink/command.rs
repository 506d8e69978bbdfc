//! `cmd:PROGRAM`: the secret and one newline on the standard input of a program, and nowhere else.
//!
//! The program gets no argument and an emptied environment; what it prints is not shown, and it has a time limit. It cannot hold
//! anything back, so stderr says before the change that the secret is not yet in force and after it whether it is.

use super::stdout::{subject, verdict};
use super::{Entry, Fate, Place, Standing, csv};
use crate::console::Console;
use crate::error::{Error, ErrorCode, Result};
use crate::files::{self, Folder};
use std::collections::HashMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use zeroize::Zeroizing;

/// How long the program may take.
const LIMIT: Duration = Duration::from_secs(30);

/// Program of one run.
pub(super) struct Program {
    console: Arc<Console>,
    named: String,
    /// Where programs are looked for.
    search: Option<std::ffi::OsString>,
    many: bool,
    limit: Duration,
    given: HashMap<String, String>,
}

impl Program {
    pub(super) fn new(
        named: &str,
        many: bool,
        console: Arc<Console>,
        search: Option<std::ffi::OsString>,
    ) -> Self {
        Program {
            console,
            named: named.to_owned(),
            search,
            many,
            limit: LIMIT,
            given: HashMap::new(),
        }
    }

    /// The same with another limit.
    #[cfg(test)]
    pub(super) fn within(self, limit: Duration) -> Self {
        Program { limit, ..self }
    }

    fn refused(&self, why: &str, fix: &str) -> Error {
        Error::new(
            ErrorCode::SinkRefused,
            format!(
                "The program '{}' cannot take the secret.",
                files::shown(Path::new(&self.named))
            ),
        )
        .why(why)
        .fix(fix)
    }

    /// The program's own path, without links. Refuses one that others could have laid or could change.
    fn find(&self) -> Result<PathBuf> {
        let named = Path::new(&self.named);
        let found = if named.components().count() > 1 || named.is_absolute() {
            Some(named.to_path_buf()).filter(|path| path.exists())
        } else {
            self.look_up(named.as_os_str())
        };
        let found = found.ok_or_else(|| {
            self.refused(
                "There is no such program.",
                "Give its path, or a name that is found in PATH; the current folder is never searched.",
            )
        })?;
        let odd = |why: &str| {
            self.refused(
                why,
                "Give the path of a program that only you or the system can change.",
            )
        };
        let real = std::fs::canonicalize(&found).map_err(|cause| odd(&format!("{cause}.")))?;
        let about = std::fs::metadata(&real).map_err(|cause| odd(&format!("{cause}.")))?;
        if !about.is_file() {
            return Err(odd("It is not a regular file."));
        }
        trusted(
            &std::fs::symlink_metadata(&found).map_err(|cause| odd(&format!("{cause}.")))?,
            true,
        )
        .map_err(odd)?;
        trusted(&about, false).map_err(odd)?;
        let (folder, _) = files::split(&real)?;
        Folder::open(&folder)?;
        Ok(real)
    }

    fn look_up(&self, name: &OsStr) -> Option<PathBuf> {
        let search = self.search.as_ref()?;
        // An empty or relative entry would mean the current folder, where anybody may have put something.
        let folders = std::env::split_paths(search).filter(|folder| folder.is_absolute());
        folders
            .flat_map(|folder| {
                ENDINGS.map(|ending| {
                    let mut name = name.to_owned();
                    name.push(ending);
                    folder.join(name)
                })
            })
            .find(|path| path.is_file())
    }

    pub(super) fn check(&self) -> Result<()> {
        self.find().map(|_| ())
    }

    pub(super) async fn stage(&mut self, entry: &Entry<'_>, standing: Standing) -> Result<()> {
        let input = if self.many {
            let line = csv::line(entry);
            let mut whole = Zeroizing::new(Vec::with_capacity(csv::HEADER.len() + line.len()));
            whole.extend_from_slice(csv::HEADER);
            whole.extend_from_slice(&line);
            whole
        } else {
            csv::alone(entry)
        };
        self.run(&input).await?;
        let subject = subject(entry);
        self.console.must_say(&match standing {
            Standing::NotYet => format!(
                "{subject} was given to {} and is not yet in force.",
                self.named
            ),
            Standing::Already => format!("{subject} was given to {} and is in force.", self.named),
            Standing::Open => format!(
                "{subject}, given to {}, {}",
                self.named,
                verdict(Fate::Unknown)
            ),
            Standing::Kept => format!("{subject} was given to {}.", self.named),
        });
        self.given.insert(entry.id.to_owned(), subject);
        Ok(())
    }

    async fn run(&self, input: &[u8]) -> Result<()> {
        let path = self.find()?;
        let mut command = Command::new(&path);
        command
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        #[cfg(unix)]
        command.process_group(0);
        let own = |why: String| {
            self.refused(&why, "Try the program by hand; it must read its standard input to the end and exit with 0.")
        };
        let mut child = command
            .spawn()
            .map_err(|cause| own(format!("It could not be started: {cause}.")))?;
        let work = async {
            let mut stdin = child.stdin.take();
            let written = match &mut stdin {
                Some(pipe) => pipe.write_all(input).await,
                None => Ok(()),
            };
            drop(stdin);
            (written, child.wait().await)
        };
        match tokio::time::timeout(self.limit, work).await {
            Err(_) => {
                self.end(&mut child).await;
                let limit = self.limit.as_secs_f32();
                Err(own(format!("It did not end within {limit} s.")))
            }
            Ok((_, Err(cause))) => Err(own(format!("It could not be waited for: {cause}."))),
            Ok((_, Ok(status))) if !status.success() => Err(own(match status.code() {
                Some(code) => format!("It exited with {code}."),
                None => "It was ended by a signal.".to_owned(),
            })),
            Ok((Err(_), Ok(_))) => Err(own("It ended without reading the secret.".to_owned())),
            Ok((Ok(()), Ok(_))) => Ok(()),
        }
    }

    /// Ends the program with whatever it started.
    async fn end(&self, child: &mut tokio::process::Child) {
        #[cfg(unix)]
        if let Some(id) = child
            .id()
            .and_then(|id| i32::try_from(id).ok())
            .and_then(rustix::process::Pid::from_raw)
        {
            let _ = rustix::process::kill_process_group(id, rustix::process::Signal::KILL);
        }
        let _ = child.kill().await;
    }

    pub(super) fn settle(&mut self, id: &str, fate: Fate) {
        if let Some(subject) = self.given.remove(id) {
            self.console.must_say(&format!(
                "{subject}, given to {}, {}",
                self.named,
                verdict(fate)
            ));
        }
    }

    pub(super) fn place(&self) -> Place {
        Place {
            kind: "cmd",
            location: Some(self.named.clone()),
            recipients: Vec::new(),
        }
    }
}

#[cfg(windows)]
const ENDINGS: [&str; 2] = [".exe", ".com"];
#[cfg(not(windows))]
const ENDINGS: [&str; 1] = [""];

/// Whether only the system and this user can change what stands there; a link counts by its owner.
#[cfg(unix)]
fn trusted(about: &std::fs::Metadata, link: bool) -> Result<(), &'static str> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let me = rustix::process::geteuid().as_raw();
    if about.uid() != me && about.uid() != 0 {
        return Err("It belongs to another user.");
    }
    if link && about.is_symlink() {
        return Ok(());
    }
    let mode = about.permissions().mode();
    if mode & 0o002 != 0 || (mode & 0o020 != 0 && about.gid() != about.uid()) {
        return Err("Other users may write to it.");
    }
    if mode & 0o111 == 0 {
        return Err("It is not executable.");
    }
    Ok(())
}

#[cfg(not(unix))]
fn trusted(_about: &std::fs::Metadata, _link: bool) -> Result<(), &'static str> {
    Ok(())
}
