//! A session bus with a real, unlocked keyring, and looking at its entries by a process of its own.

use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitCode, Stdio};

/// First word that makes this program look at an entry.
pub const WORD: &str = "look-at-an-entry";

/// A private session bus with gnome-keyring; it ends with its standard input.
pub struct Desktop {
    bus: Child,
    address: String,
    home: tempfile::TempDir,
}

impl Desktop {
    /// None where the programs are missing.
    pub fn start() -> Option<Self> {
        let home = tempfile::Builder::new()
            .prefix("admin-reset-desktop-")
            .tempdir()
            .unwrap();
        let script = "command -v gnome-keyring-daemon >/dev/null || exit 1; \
                      printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1; \
                      echo \"$DBUS_SESSION_BUS_ADDRESS\"; cat >/dev/null";
        let mut bus = Command::new("dbus-run-session")
            .args(["--", "sh", "-c", script])
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", home.path())
            .env("XDG_RUNTIME_DIR", home.path())
            .env("XDG_DATA_HOME", home.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let mut address = String::new();
        BufReader::new(bus.stdout.take()?)
            .read_line(&mut address)
            .ok()?;
        let address = address.trim().to_owned();
        address
            .starts_with("unix:")
            .then_some(Desktop { bus, address, home })
    }

    /// Address of the session bus.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// What an entry holds; it is removed, so that the store stays small.
    pub fn take(&self, name: &str) -> Option<String> {
        let output = Command::new(std::env::current_exe().unwrap())
            .args([WORD, name])
            .env("DBUS_SESSION_BUS_ADDRESS", &self.address)
            .env("HOME", self.home.path())
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "the keyring cannot be looked at: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        let text = String::from_utf8(output.stdout).unwrap();
        (!text.is_empty()).then_some(text)
    }
}

impl Drop for Desktop {
    fn drop(&mut self) {
        drop(self.bus.stdin.take());
        let _ = self.bus.wait();
    }
}

/// Prints an entry, or nothing when there is none, and removes it.
pub fn look(words: Vec<OsString>) -> ExitCode {
    let name = words[0].to_string_lossy().into_owned();
    let entry = keyring::Entry::new("admin-reset", &name).unwrap();
    match entry.get_secret() {
        Ok(bytes) => print!("{}", String::from_utf8(bytes).unwrap()),
        Err(keyring::Error::NoEntry) => return ExitCode::SUCCESS,
        Err(cause) => {
            eprintln!("{cause}");
            return ExitCode::FAILURE;
        }
    }
    let _ = entry.delete_credential();
    ExitCode::SUCCESS
}
