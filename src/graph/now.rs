//! What a client knows without asking: the server's clock, and whose token it holds.

use super::Client;
use crate::http::Incoming;
use std::time::{Duration, Instant, SystemTime};

impl Client {
    /// Sets the clock by a reply.
    pub(super) fn heard(&self, reply: Option<&Incoming>) {
        if let Some(date) = reply.and_then(Incoming::date) {
            self.clock.set(Some((date, Instant::now())));
        }
    }

    /// The server's clock now, going on from the last `Date` it sent.
    #[must_use]
    pub fn server_time(&self) -> Option<SystemTime> {
        let (date, seen) = self.clock.get()?;
        date.checked_add(seen.elapsed())
    }

    /// Until when a change may be sent that is begun now and gets so long, by the server's clock.
    #[must_use]
    pub fn sending_until(&self, wait: Duration) -> Option<SystemTime> {
        self.server_time()?.checked_add(wait)
    }

    /// Object id of the caller, as the token in use tells it.
    #[must_use]
    pub fn caller_id(&self) -> Option<String> {
        let token = self.token.borrow();
        token.as_ref().and_then(|token| token.claims.oid.clone())
    }
}
