//! The terminal device: opening it past stdin and stdout, its size, and waiting for a key.

use std::fs::{File, OpenOptions};
use std::io::{self, IsTerminal, Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};

/// The terminal this process belongs to.
pub(super) struct Device {
    out: File,
    input: File,
}

impl Device {
    /// Opens the terminal; an error when there is none.
    pub(super) fn open() -> io::Result<Self> {
        let (out, input) = if cfg!(windows) {
            ("CONOUT$", "CONIN$")
        } else {
            ("/dev/tty", "/dev/tty")
        };
        let open = |name: &str| OpenOptions::new().read(true).write(true).open(name);
        let device = Device {
            out: open(out)?,
            input: open(input)?,
        };
        if device.out.is_terminal() {
            Ok(device)
        } else {
            Err(io::Error::other("there is no terminal"))
        }
    }

    #[cfg(test)]
    pub(super) fn of(out: File, input: File) -> Self {
        Device { out, input }
    }

    /// Writes all bytes.
    pub(super) fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)?;
        self.out.flush()
    }

    /// Columns and rows, 80 × 24 when unknown.
    pub(super) fn size(&self) -> (usize, usize) {
        #[cfg(unix)]
        if let Ok(size) = rustix::termios::tcgetwinsize(&self.out)
            && size.ws_row > 0
        {
            return (usize::from(size.ws_col), usize::from(size.ws_row));
        }
        (80, 24)
    }

    /// Waits for Enter, or until `ended` is set.
    ///
    /// Ctrl-C, Ctrl-\ and Ctrl-D end the wait like Enter: they must not kill the process while the secret is shown.
    pub(super) fn wait_for_enter(&mut self, ended: Option<&AtomicBool>) -> io::Result<()> {
        #[cfg(unix)]
        let quiet = Quiet::on(&self.input);
        #[cfg(unix)]
        let still_there = || quiet.is_some() && rustix::termios::tcgetattr(&self.input).is_ok();
        #[cfg(not(unix))]
        let still_there = || false;
        let mut byte = [0u8; 1];
        loop {
            if ended.is_some_and(|ended| ended.load(Ordering::SeqCst)) {
                return Ok(());
            }
            match (&self.input).read(&mut byte) {
                // Nothing typed for a moment; without a terminal behind it, the end of the input.
                Ok(0) if still_there() => {}
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(_) if matches!(byte[0], b'\n' | b'\r' | 0x03 | 0x04 | 0x1c) => return Ok(()),
                Ok(_) => {}
                Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
                Err(cause) => return Err(cause),
            }
        }
    }
}

/// The terminal without echo, line editing and signal keys; as before when dropped.
#[cfg(unix)]
struct Quiet {
    terminal: File,
    before: rustix::termios::Termios,
}

#[cfg(unix)]
impl Quiet {
    fn on(terminal: &File) -> Option<Self> {
        use rustix::termios::{
            LocalModes, OptionalActions, SpecialCodeIndex, tcgetattr, tcsetattr,
        };
        let before = tcgetattr(terminal).ok()?;
        let mut quiet = before.clone();
        quiet
            .local_modes
            .remove(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG);
        // A read comes back after a tenth of a second, so that a signal is noticed.
        quiet.special_codes[SpecialCodeIndex::VMIN] = 0;
        quiet.special_codes[SpecialCodeIndex::VTIME] = 1;
        // Flush: an Enter typed before the question is no answer to it.
        tcsetattr(terminal, OptionalActions::Flush, &quiet).ok()?;
        Some(Quiet {
            terminal: terminal.try_clone().ok()?,
            before,
        })
    }
}

#[cfg(unix)]
impl Drop for Quiet {
    fn drop(&mut self) {
        let _ = rustix::termios::tcsetattr(
            &self.terminal,
            rustix::termios::OptionalActions::Now,
            &self.before,
        );
    }
}
