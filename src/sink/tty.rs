//! `tty`: the secret on the terminal of the person, on a screen of its own that is erased when the person has stored it.
//!
//! Writes to the terminal device, never to stdout, so a pipe or a log does not get it. Where the terminal has no second screen,
//! or nobody can press a key, the lines are plain and nothing pretends to be erased.

mod device;
#[cfg(unix)]
mod watch;

#[cfg(test)]
mod tests;

use super::stdout::{subject, verdict};
use super::{Entry, Fate, Place, Sink, Standing};
use crate::console::Console;
use crate::error::{Error, ErrorCode, Result};
use crate::render::text::{clean, is_hostile};
use crate::secret::Secret;
use device::Device;
use std::io;
use std::sync::Arc;
use unicode_width::UnicodeWidthStr;
use zeroize::Zeroizing;

const ENTER_SCREEN: &[u8] = b"\x1b[?1049h";
/// Erases before it leaves: a terminal that ignores the second screen shall not keep the secret either.
const LEAVE_SCREEN: &[u8] = b"\x1b[H\x1b[2J\x1b[?1049l";
const FRESH_PAGE: &[u8] = b"\x1b[H\x1b[2J";

/// The terminal.
pub(super) struct Tty {
    console: Arc<Console>,
    device: Option<Device>,
    /// Whether the secrets get a screen that is erased.
    erasing: bool,
    on_screen: bool,
    shown: Vec<Shown>,
    #[cfg(unix)]
    watch: Option<watch::Watch>,
}

/// One secret on the display.
struct Shown {
    id: String,
    subject: String,
    secret: Secret,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    NotYet,
    Settled(Fate),
}

impl State {
    fn words(self) -> &'static str {
        match self {
            State::NotYet => "is not yet in force. The account is changed next.",
            State::Settled(fate) => verdict(fate),
        }
    }
}

impl Tty {
    pub(super) fn new(console: Arc<Console>) -> Self {
        let erasing = console.has_second_screen() && console.can_ask();
        Tty {
            console,
            device: None,
            erasing,
            on_screen: false,
            shown: Vec::new(),
            #[cfg(unix)]
            watch: None,
        }
    }

    fn device(&mut self) -> Result<&mut Device> {
        match &mut self.device {
            Some(device) => Ok(device),
            empty => Ok(empty.insert(Device::open().map_err(|cause| missing(&cause))?)),
        }
    }

    /// Brings the second screen up.
    fn enter(&mut self) -> Result<()> {
        if self.on_screen {
            return Ok(());
        }
        #[cfg(unix)]
        if self.watch.is_none() {
            self.watch = watch::Watch::start();
        }
        self.console.remember_lines();
        self.on_screen = true;
        self.device()?
            .put(ENTER_SCREEN)
            .map_err(|cause| missing(&cause))
    }

    /// Erases and leaves the second screen.
    fn leave(&mut self) {
        if !std::mem::take(&mut self.on_screen) {
            return;
        }
        if let Some(device) = &mut self.device {
            let _ = device.put(LEAVE_SCREEN);
        }
        self.console.repeat_lines();
    }

    /// Draws all that is shown, with a last line.
    fn draw(&mut self, last: &str) -> Result<()> {
        let room = self
            .shown
            .iter()
            .map(|shown| shown.secret.expose().len() + shown.subject.len() + 160)
            .sum::<usize>()
            + last.len()
            + 64;
        let mut page = Zeroizing::new(Vec::with_capacity(room));
        page.extend_from_slice(FRESH_PAGE);
        for shown in &self.shown {
            lines(&mut page, shown);
        }
        page.extend_from_slice(last.as_bytes());
        self.device()?.put(&page).map_err(|cause| missing(&cause))
    }

    /// Whether one more secret still fits on the page, as far as the size is known.
    fn fits(&mut self, next: &Shown) -> Result<bool> {
        let (columns, rows) = self.device()?.size();
        let height = |text: &str| text.width().div_ceil(columns.max(1)).max(1);
        let entry = |shown: &Shown| height(&shown.subject) + 1 + height(shown.secret.expose()) + 3;
        let used: usize = self.shown.iter().map(entry).sum::<usize>() + entry(next) + 1;
        Ok(used <= rows)
    }

    /// Waits until the person has stored what is shown. False when nobody could press a key.
    fn stored(&mut self) -> Result<bool> {
        self.draw("Press Enter when it is stored; the display is then erased. ")?;
        #[cfg(unix)]
        let ended = self.watch.as_ref().map(watch::Watch::flag);
        #[cfg(not(unix))]
        let ended = None;
        Ok(self.device()?.wait_for_enter(ended.as_deref()).is_ok())
    }

    /// Gives the page free: what is settled was stored, what is under way stays.
    fn turn_page(&mut self) -> Result<()> {
        if self.shown.iter().any(|shown| shown.state != State::NotYet) && self.stored()? {
            self.shown.retain(|shown| shown.state == State::NotYet);
        }
        Ok(())
    }

    fn print(&mut self, text: &[u8]) -> Result<()> {
        self.device()?.put(text).map_err(|cause| missing(&cause))
    }
}

/// The subject, its state and the secret, as lines.
fn lines(page: &mut Zeroizing<Vec<u8>>, shown: &Shown) {
    for part in [
        &shown.subject,
        " ",
        shown.state.words(),
        "\n\n    ",
        shown.secret.expose(),
        "\n\n",
    ] {
        page.extend_from_slice(part.as_bytes());
    }
}

fn missing(cause: &io::Error) -> Error {
    Error::new(
        ErrorCode::SinkRefused,
        "The terminal cannot take the secret.",
    )
    .why(format!("Terminal: {cause}."))
    .fix("Run it on a terminal, or use another --secret-to, for example file:PATH.")
}

impl Sink for Tty {
    fn check(&self) -> Result<()> {
        Device::open().map(|_| ()).map_err(|cause| missing(&cause))
    }

    fn prove(&mut self) -> Result<()> {
        self.device().map(|_| ())
    }

    fn stage(&mut self, entry: &Entry<'_>, standing: Standing) -> Result<()> {
        if entry.secret.expose().chars().any(is_hostile) {
            return Err(Error::new(
                ErrorCode::SinkRefused,
                format!("The {} cannot be shown on a terminal.", entry.what),
            )
            .why("It contains a character that acts on the terminal or cannot be seen.")
            .fix("Use --secret-to file:PATH."));
        }
        let state = match standing {
            Standing::NotYet => State::NotYet,
            Standing::Already => State::Settled(Fate::InForce),
            Standing::Open | Standing::Kept => State::Settled(Fate::Unknown),
        };
        let shown = Shown {
            id: entry.id.to_owned(),
            subject: clean(&subject(entry), false),
            secret: entry.secret.clone(),
            state,
        };
        if !self.erasing {
            let mut text = Zeroizing::new(Vec::with_capacity(
                shown.subject.len() + shown.secret.expose().len() + 160,
            ));
            lines(&mut text, &shown);
            self.print(&text)?;
            self.shown.push(shown);
            return Ok(());
        }
        if !self.shown.is_empty() && !self.fits(&shown)? {
            self.turn_page()?;
        }
        self.shown.push(shown);
        let drawn = self.enter().and_then(|()| self.draw(""));
        if drawn.is_err() {
            self.shown.pop();
            self.leave();
        }
        drawn
    }

    fn settle(&mut self, id: &str, fate: Fate) -> Result<()> {
        let Some(shown) = self.shown.iter_mut().rev().find(|shown| shown.id == id) else {
            return Ok(());
        };
        shown.state = State::Settled(fate);
        let line = format!("{} {}\n", shown.subject, verdict(fate));
        if self.on_screen {
            self.draw("")
        } else {
            self.print(line.as_bytes())
        }
    }

    fn publish(&mut self) -> Result<()> {
        if self.shown.is_empty() {
            return Ok(());
        }
        if !self.on_screen {
            self.shown.clear();
            return self.print(b"Clear the screen and its scroll-back when you have stored it.\n");
        }
        // Worth a key only when something may be stored.
        let of_use = self
            .shown
            .iter()
            .any(|shown| shown.state != State::Settled(Fate::NotInForce));
        let stored = !of_use || self.stored().unwrap_or(false);
        self.leave();
        let shown = std::mem::take(&mut self.shown);
        if !stored {
            // Nobody could answer, so nobody has read it: losing it would be worse than leaving it on the screen.
            let mut text = Zeroizing::new(Vec::with_capacity(
                shown
                    .iter()
                    .map(|s| s.subject.len() + s.secret.expose().len() + 160)
                    .sum(),
            ));
            shown.iter().for_each(|shown| lines(&mut text, shown));
            return self.print(&text);
        }
        Ok(())
    }

    fn can_hold(&self) -> bool {
        false
    }

    fn ends_at_publish(&self) -> bool {
        true
    }

    fn place(&self) -> Place {
        Place {
            kind: "tty",
            location: None,
            recipients: Vec::new(),
        }
    }
}

impl Drop for Tty {
    /// A run that is broken off may have set what is shown, so it is not erased unseen either.
    fn drop(&mut self) {
        if self.on_screen {
            let _ = self.publish();
        }
        self.leave();
    }
}
