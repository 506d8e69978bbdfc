//! Places that hold each user's secret apart: whether one is vacant, and taking back what a run put there that was killed before its
//! intent was on record. Such a secret opens nothing, and the next run for the user would stop at it, since nothing is ever overwritten.

use super::keyring::{self, Keyring};
use super::{Sink, SinkSpec, of_user, shares};
use crate::console::Console;
use crate::error::Result;
use crate::files::{self, Folder};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a destination makes for one user of several.
enum Own {
    Files(Vec<PathBuf>),
    Entry(String),
}

impl Own {
    fn of(spec: &SinkSpec, id: &str) -> Option<Self> {
        match spec {
            SinkSpec::Age(_, folder) => Some(Own::Files(vec![of_user(folder, id, ".age")])),
            SinkSpec::Shares(scheme, folder) => {
                let folder = of_user(folder, id, "");
                let file = |number| folder.join(shares::file_name(number, scheme.count));
                Some(Own::Files((1..=scheme.count).map(file).collect()))
            }
            SinkSpec::Keyring(name) => Some(Own::Entry(keyring::of_user(name, id))),
            _ => None,
        }
    }

    fn is_vacant(&self, console: &Arc<Console>) -> bool {
        match self {
            Own::Files(paths) => paths.iter().all(|path| !is_there(path)),
            Own::Entry(name) => Keyring::new(name, false, Arc::clone(console))
                .check()
                .is_ok(),
        }
    }

    fn remove(&self, console: &Arc<Console>) -> Result<()> {
        match self {
            Own::Files(paths) => paths
                .iter()
                .filter(|path| is_there(path))
                .try_for_each(|path| {
                    let (folder, name) = files::split(path)?;
                    let file = files::open_to_read(path)?;
                    Folder::open(&folder)?.remove(&name, &file)
                }),
            Own::Entry(name) => keyring::erase(name, Arc::clone(console)),
        }
    }
}

fn is_there(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok()
}

/// Whether some destination holds the secret of each user apart and all of those have none of this one: what is found there later is
/// of the run that asked.
pub(super) fn are_vacant(specs: &[SinkSpec], id: &str, console: &Arc<Console>) -> bool {
    let mut own = specs.iter().filter_map(|spec| Own::of(spec, id)).peekable();
    own.peek().is_some() && own.all(|own| own.is_vacant(console))
}

/// Takes back what a run put down for a user before it was killed.
pub(crate) fn take_back(specs: &[SinkSpec], id: &str, console: &Arc<Console>) -> Result<()> {
    specs
        .iter()
        .filter_map(|spec| Own::of(spec, id))
        .try_for_each(|own| own.remove(console))
}
