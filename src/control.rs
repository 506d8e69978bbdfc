//! The wrong order on purpose: the change is sent first, and the secret is kept afterwards. The negative control of the kill and
//! fault sweeps, which has to lose passwords where the program must not.
//!
//! Exists only where debug assertions are compiled in, so no release has it. No flag, variable or setting of the program switches
//! it on: another program has to be linked with this library and to say so (`tests/sweep`). It works on loopback only.

use crate::error::{Error, ErrorCode, Result};
use std::sync::atomic::{AtomicBool, Ordering};

static WRONG: AtomicBool = AtomicBool::new(false);

/// Turns the order around, for the rest of this process.
pub fn keep_after_the_change() {
    WRONG.store(true, Ordering::Relaxed);
}

/// Whether the order is turned around.
pub(crate) fn is_on() -> bool {
    WRONG.load(Ordering::Relaxed)
}

/// An error where the order is turned around and a service is not on this machine.
pub(crate) fn refuse(elsewhere: bool) -> Result<()> {
    if !(is_on() && elsewhere) {
        return Ok(());
    }
    Err(Error::new(
        ErrorCode::BadConfig,
        "This is the negative control of the sweeps; it loses passwords on purpose.",
    )
    .why("Rule: it talks to a tenant on loopback only.")
    .fix("Use admin-reset."))
}
