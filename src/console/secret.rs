//! What the console does for secrets: handing one over on stdout, and keeping lines for people that the secret's screen would swallow.

use super::Console;
use crate::settings::Env;
use std::io::{self, Write};
use zeroize::Zeroizing;

/// A CI system that can be told to hide a text in its log. GitLab has no such command.
///
/// Sources, read 2026-11-25: "Workflow commands for GitHub Actions", masking a value; "Azure Pipelines logging commands", SetSecret; how
/// a value is escaped is that of `escapeData` in actions/toolkit and azure-pipelines-task-lib.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Masking {
    GitHubActions,
    AzurePipelines,
}

impl Masking {
    /// The one that this runs in.
    pub(super) fn of(env: &Env) -> Option<Self> {
        let is = |name: &str| {
            env.get(name)
                .is_some_and(|value| value.eq_ignore_ascii_case("true"))
        };
        if is("GITHUB_ACTIONS") {
            Some(Masking::GitHubActions)
        } else if is("TF_BUILD") {
            Some(Masking::AzurePipelines)
        } else {
            None
        }
    }

    /// The command that hides this text, on one line; wiped when dropped.
    fn line(self, secret: &str) -> Zeroizing<Vec<u8>> {
        let (command, percent) = match self {
            Masking::GitHubActions => ("::add-mask::", "%25"),
            Masking::AzurePipelines => ("##vso[task.setsecret]", "%AZP25"),
        };
        // Room for every character escaped, so that the buffer never moves and leaves a copy behind.
        let mut line = Zeroizing::new(Vec::with_capacity(32 + 6 * secret.len()));
        line.extend_from_slice(command.as_bytes());
        for byte in secret.bytes() {
            match byte {
                b'%' => line.extend_from_slice(percent.as_bytes()),
                b'\r' => line.extend_from_slice(b"%0D"),
                b'\n' => line.extend_from_slice(b"%0A"),
                other => line.push(other),
            }
        }
        line.push(b'\n');
        line
    }
}

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

    /// Tells the CI system, where there is one that can be told, to hide a secret that stdout gets next. A seat belt and no more: what
    /// reads the log before the mask, or a part of the secret, is not held back. Never among JSON documents.
    pub(crate) fn mask(&self, secret: &str) {
        if let Some(masking) = self.masking.filter(|_| !self.manner.json) {
            self.clear_progress();
            let mut stderr = io::stderr().lock();
            let _ = stderr.write_all(&masking.line(secret));
            let _ = stderr.flush();
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
    fn a_mask_is_one_line_whatever_it_hides() {
        let line =
            |masking: Masking, text: &str| String::from_utf8(masking.line(text).to_vec()).unwrap();
        let hostile = "a%0A\r\n::stop-commands::x]";
        assert_eq!(
            line(Masking::GitHubActions, hostile),
            "::add-mask::a%250A%0D%0A::stop-commands::x]\n"
        );
        assert_eq!(
            line(Masking::AzurePipelines, hostile),
            "##vso[task.setsecret]a%AZP250A%0D%0A::stop-commands::x]\n"
        );
        let of = |pairs: &[(&str, &str)]| Masking::of(&Env::of(pairs));
        assert_eq!(of(&[("TF_BUILD", "True")]), Some(Masking::AzurePipelines));
        assert_eq!(
            of(&[("GITHUB_ACTIONS", "true")]),
            Some(Masking::GitHubActions)
        );
        assert_eq!(of(&[("CI", "true"), ("GITLAB_CI", "true")]), None);
        assert_eq!(of(&[("GITHUB_ACTIONS", "false")]), None);
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
