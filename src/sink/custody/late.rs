//! The negative control's way: a secret waits until the change was made, and is kept only then. See [`crate::control`].

use super::{Custody, Fate, Waiting};
use crate::error::Result;
use crate::sink::Entry;

impl Custody {
    /// Puts an entry off; true in the negative control only.
    pub(super) fn put_off(&mut self, entry: &Entry<'_>) -> bool {
        let on = crate::control::is_on();
        if on {
            self.late.insert(entry.id.to_owned(), Waiting::of(entry));
        }
        on
    }

    /// Keeps what was put off, if the change may have happened.
    pub(super) async fn catch_up(&mut self, id: &str, fate: Fate) -> Result<()> {
        match self.late.remove(id) {
            Some(late) if fate != Fate::NotInForce => self.stage_now(&late.entry()).await,
            _ => Ok(()),
        }
    }
}
