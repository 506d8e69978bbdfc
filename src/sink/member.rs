//! One destination of several: those on this machine answer at once, those behind a program or a service are waited for.
//!
//! Hands on what it is asked; decides nothing.

use super::{Entry, Fate, Place, Sink, Standing, command, vault};
use crate::error::Result;

/// One destination. Those that wait for the network or another program are asked asynchronously.
pub(super) enum Member {
    /// On this machine, at once.
    Local(Box<dyn Sink>),
    /// Another program.
    Command(command::Program),
    /// A service.
    Vault(Box<vault::Vaulted>),
}

impl Member {
    pub(super) async fn check(&self) -> Result<()> {
        match self {
            Member::Local(sink) => sink.check(),
            Member::Command(sink) => sink.check(),
            Member::Vault(sink) => sink.check().await,
        }
    }

    pub(super) async fn prove(&mut self) -> Result<()> {
        match self {
            Member::Local(sink) => sink.prove(),
            Member::Command(sink) => sink.check(),
            Member::Vault(sink) => sink.check().await,
        }
    }

    pub(super) async fn stage(&mut self, entry: &Entry<'_>, standing: Standing) -> Result<()> {
        match self {
            Member::Local(sink) => sink.stage(entry, standing),
            Member::Command(sink) => sink.stage(entry, standing).await,
            Member::Vault(sink) => sink.stage(entry, standing).await,
        }
    }

    pub(super) async fn settle(&mut self, id: &str, fate: Fate) -> Result<()> {
        match self {
            Member::Local(sink) => sink.settle(id, fate),
            Member::Command(sink) => {
                sink.settle(id, fate);
                Ok(())
            }
            Member::Vault(sink) => sink.settle(id, fate).await,
        }
    }

    pub(super) async fn publish(&mut self) -> Result<()> {
        match self {
            Member::Local(sink) => sink.publish(),
            Member::Command(_) | Member::Vault(_) => Ok(()),
        }
    }

    pub(super) fn can_hold(&self) -> bool {
        match self {
            Member::Local(sink) => sink.can_hold(),
            Member::Command(_) => false,
            Member::Vault(_) => true,
        }
    }

    pub(super) fn ends_at_publish(&self) -> bool {
        matches!(self, Member::Local(sink) if sink.ends_at_publish())
    }

    pub(super) fn place(&self) -> Place {
        match self {
            Member::Local(sink) => sink.place(),
            Member::Command(sink) => sink.place(),
            Member::Vault(sink) => sink.place(),
        }
    }
}
