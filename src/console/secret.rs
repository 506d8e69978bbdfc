//! What the console does for secrets: handing one over on stdout, and keeping lines for people that the secret's screen would swallow.

use super::Console;
use std::io::{self, Write};

/// Terminals that have a second screen without scroll-back; others (`linux`, `vt100`, `dumb`) have none.
const SECOND_SCREEN: &[&str] = &[
    "alacritty",
    "contour",
    "foot",
    "ghostty",
    "gnome",
    "iterm",
    "kitty",
    "konsole",
    "mintty",
    "putty",
    "rxvt",
    "screen",
    "st-",
    "tmux",
    "vte",
    "wezterm",
    "xterm",
];

/// Whether a terminal of this kind has a second screen.
pub(super) fn has_second_screen(term: &str) -> bool {
    SECOND_SCREEN.iter().any(|known| term.starts_with(known))
}

impl Console {
    /// Whether the terminal has a second screen without scroll-back.
    pub(crate) fn has_second_screen(&self) -> bool {
        self.second_screen
    }

    /// From here on lines for people are remembered: a secret is on the second screen, and they vanish with it.
    pub(crate) fn remember_lines(&self) {
        self.clear_progress();
        if let Ok(mut remembered) = self.remembered.lock() {
            remembered.get_or_insert_default();
        }
    }

    /// Repeats on the first screen the lines that were remembered.
    pub(crate) fn repeat_lines(&self) {
        let lines = self
            .remembered
            .lock()
            .ok()
            .and_then(|mut remembered| remembered.take())
            .unwrap_or_default();
        let mut stderr = io::stderr().lock();
        for line in lines {
            let _ = writeln!(stderr, "{line}");
        }
    }

    pub(super) fn remember(&self, line: &str) {
        if let Ok(mut remembered) = self.remembered.lock()
            && let Some(lines) = remembered.as_mut()
        {
            lines.push(line.to_owned());
        }
    }

    /// Hands a secret over on stdout, past its buffer, which nobody wipes; durable when stdout is a file.
    pub(crate) fn secret_out(&self, bytes: &[u8]) -> io::Result<()> {
        self.clear_progress();
        let mut stdout = io::stdout().lock();
        stdout.flush()?;
        #[cfg(unix)]
        {
            let file = own_stdout()?;
            crate::files::write_whole(&file, bytes)?;
            if file.metadata()?.is_file() {
                crate::files::sync(&file)
            } else {
                Ok(())
            }
        }
        #[cfg(not(unix))]
        {
            stdout.write_all(bytes)?;
            stdout.flush()
        }
    }

    /// Why a secret on stdout would not arrive, as far as can be known without writing one.
    pub(crate) fn stdout_fault(&self) -> Option<String> {
        #[cfg(unix)]
        {
            own_stdout()
                .map_err(|cause| cause.to_string())
                .and_then(|stdout| fault(&stdout))
                .err()
        }
        #[cfg(not(unix))]
        {
            None
        }
    }
}

#[cfg(unix)]
fn own_stdout() -> io::Result<std::fs::File> {
    use std::os::fd::AsFd;
    Ok(std::fs::File::from(
        io::stdout().as_fd().try_clone_to_owned()?,
    ))
}

#[cfg(unix)]
fn fault(stdout: &std::fs::File) -> Result<(), String> {
    use std::os::unix::fs::{FileTypeExt, MetadataExt};
    let data = stdout.metadata().map_err(|cause| cause.to_string())?;
    // A stdout that was closed is the null device by now: the runtime opens it at the start.
    let null = std::fs::metadata("/dev/null").is_ok_and(|null| null.rdev() == data.rdev());
    if data.file_type().is_char_device() && null {
        return Err("it is closed, or leads to the null device".into());
    }
    let flags = rustix::fs::fcntl_getfl(stdout).map_err(|cause| cause.to_string())?;
    if flags & rustix::fs::OFlags::RWMODE == rustix::fs::OFlags::RDONLY {
        return Err("it is not open for writing".into());
    }
    // Writing nothing is refused by a full device.
    rustix::io::write(stdout, b"")
        .map(|_| ())
        .map_err(|cause| cause.to_string())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::fs::{File, OpenOptions};

    #[test]
    fn a_stdout_that_swallows_secrets_is_known() {
        let write = |path: &str| OpenOptions::new().write(true).open(path).unwrap();
        assert!(
            fault(&write("/dev/null"))
                .unwrap_err()
                .contains("null device")
        );
        assert!(
            fault(&File::open("/etc/passwd").unwrap())
                .unwrap_err()
                .contains("not open for writing")
        );
        if std::path::Path::new("/dev/full").exists() {
            assert!(fault(&write("/dev/full")).is_err());
        }
        assert_eq!(fault(&tempfile::tempfile().unwrap()), Ok(()));
    }

    #[test]
    fn only_known_terminals_have_a_second_screen() {
        for term in ["xterm-256color", "tmux-256color", "screen", "alacritty"] {
            assert!(has_second_screen(term), "{term}");
        }
        for term in ["dumb", "linux", "vt100", "ansi", ""] {
            assert!(!has_second_screen(term), "{term}");
        }
    }
}
