//! Making an administrator that is complete or not there: stage, journal, create, wait, roles last, read back, settle; taking
//! back what could not be completed; and what the journal knows of earlier runs.
//!
//! Used by the commands that make accounts. Asks nobody and decides nothing about names or consent.

pub(crate) mod account;
mod closing;
pub(crate) mod execute;
pub(crate) mod existing;
pub(crate) mod finish;
pub(crate) mod history;
pub(crate) mod record;
pub(crate) mod sight;
pub(crate) mod wanted;

use std::time::Duration;

/// What a command sets for the accounts of its run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms {
    /// Time each step may take until the new account can be seen everywhere.
    pub(crate) wait: Duration,
    /// Whether an account that could not be completed stays.
    pub(crate) no_rollback: bool,
    /// Whether the person chose the name: a deleted account may hold it.
    pub(crate) named: bool,
    /// Whether `resume` goes on with what was cut short; else the command itself is run again.
    pub(crate) resumed: bool,
}
