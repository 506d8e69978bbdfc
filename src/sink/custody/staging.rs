//! Telling a bulk run for whom a secret is about to be put down, so that it can be taken back when the run dies before its intent.

use super::Custody;
use crate::console::Console;
use crate::error::Result;
use crate::sink::{SinkSpec, apart};
use std::sync::Arc;

/// Gets the id of a user; after an error nothing is put down.
type Tell = Box<dyn Fn(&str) -> Result<()>>;

/// Who is told, and what is looked at before.
pub(super) struct Staging {
    specs: Vec<SinkSpec>,
    console: Arc<Console>,
    tell: Option<Tell>,
}

impl Staging {
    /// Tells nobody yet.
    pub(super) fn of(specs: &[SinkSpec], console: &Arc<Console>) -> Self {
        Staging {
            specs: specs.to_vec(),
            console: Arc::clone(console),
            tell: None,
        }
    }

    pub(super) fn of_user(&self, id: &str) -> Result<()> {
        match &self.tell {
            Some(tell) if apart::are_vacant(&self.specs, id, &self.console) => tell(id),
            _ => Ok(()),
        }
    }
}

impl Custody {
    /// Has `tell` called with the id of a user before the user's secret is put into places that have none of that user yet.
    pub(crate) fn tell_before_staging(&mut self, tell: impl Fn(&str) -> Result<()> + 'static) {
        self.staging.tell = Some(Box::new(tell));
    }
}
