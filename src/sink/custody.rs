//! Several destinations at once: all of them hold the secret, or the account is not touched.

#[cfg(debug_assertions)]
mod late;
mod staging;

use super::escrow::Escrow;
use super::member::Member;
use super::{
    Entry, Fate, Means, Place, Sink, SinkSpec, Standing, command, file, keyring, sealed, shares,
    stdout, tty, vault,
};
use crate::error::{Error, ErrorCode, Result};
use crate::secret::Secret;
use staging::Staging;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// The destinations of one run.
pub struct Custody {
    sinks: Vec<Member>,
    stdout: bool,
    /// The secret each user has or may have: all destinations hold it.
    held: HashMap<String, Secret>,
    /// The sealed copy, for destinations that cannot hold anything.
    escrow: Escrow,
    /// Secrets that such destinations get when the change is settled.
    waiting: HashMap<String, Waiting>,
    /// Users whose secret has arrived when the run is ended, and what became of their change.
    unpublished: Vec<(String, Fate)>,
    deliveries: Vec<Delivery>,
    staging: Staging,
    #[cfg(debug_assertions)]
    late: HashMap<String, Waiting>,
}

/// How a secret that a sealed copy held was handed over, for the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Object id.
    pub id: String,
    /// Operation id.
    pub operation_id: String,
    /// `done`, `failed`, or `unknown` while it is not known whether the secret is in force.
    pub outcome: &'static str,
}

/// An entry that waits.
struct Waiting {
    tenant: Option<String>,
    upn: String,
    id: String,
    operation_id: String,
    secret: Secret,
    what: String,
}

impl Waiting {
    fn of(entry: &Entry<'_>) -> Self {
        Waiting {
            tenant: entry.tenant.map(str::to_owned),
            upn: entry.upn.to_owned(),
            id: entry.id.to_owned(),
            operation_id: entry.operation_id.to_owned(),
            secret: entry.secret.clone(),
            what: entry.what.to_owned(),
        }
    }

    fn entry(&self) -> Entry<'_> {
        Entry {
            tenant: self.tenant.as_deref(),
            upn: &self.upn,
            id: &self.id,
            operation_id: &self.operation_id,
            secret: &self.secret,
            what: &self.what,
        }
    }
}

impl Custody {
    /// Takes up the destinations; `many` when several users may get a secret. Touches nothing yet.
    pub fn open(given: &[SinkSpec], many: bool, means: &Means<'_>) -> Result<Self> {
        let mut seen = HashSet::new();
        let mut sinks: Vec<Member> = Vec::new();
        // Nobody shall see a secret that a file or a keyring then refuses to hold; the screen comes last, because it holds other lines back.
        let mut specs: Vec<&SinkSpec> = given.iter().collect();
        specs.sort_by_key(|spec| match spec {
            SinkSpec::File(_) | SinkSpec::Age(..) | SinkSpec::Shares(..) => 0,
            SinkSpec::Keyring(_) | SinkSpec::KeyVault(..) => 1,
            SinkSpec::Command(_) => 2,
            SinkSpec::Stdout => 3,
            SinkSpec::Tty => 4,
        });
        for spec in &specs {
            let key = match spec {
                // Whatever is written there: one path holds one thing.
                SinkSpec::File(path) | SinkSpec::Age(_, path) | SinkSpec::Shares(_, path) => {
                    std::path::absolute(path)
                        .unwrap_or_else(|_| path.clone())
                        .into_os_string()
                }
                other => format!("{other:?}").into(),
            };
            if !seen.insert(key) {
                return Err(Error::new(
                    ErrorCode::BadInput,
                    "The same destination is named twice.",
                )
                .why("Rule: each destination holds the secret once.")
                .fix("Leave one of them out."));
            }
            let console = || Arc::clone(&means.console);
            let local: Box<dyn Sink> = match spec {
                SinkSpec::Tty => Box::new(tty::Tty::new(console())),
                SinkSpec::Stdout => Box::new(stdout::Stdout::new(console(), many)),
                SinkSpec::Keyring(name) => Box::new(keyring::Keyring::new(name, many, console())),
                SinkSpec::File(path) if many => Box::new(file::Table::new(path, means.going_on)?),
                SinkSpec::File(path) => Box::new(file::Single::new(path)?),
                SinkSpec::Age(recipients, path) => {
                    Box::new(sealed::Sealed::new(recipients, path, many)?)
                }
                SinkSpec::Shares(scheme, path) => {
                    Box::new(shares::Shares::new(*scheme, path, many, console()))
                }
                SinkSpec::KeyVault(named, name) => {
                    let sink = vault::Vaulted::new((means.vault)(named)?, name, many);
                    sinks.push(Member::Vault(Box::new(sink)));
                    continue;
                }
                SinkSpec::Command(named) => {
                    let search = means.search.clone();
                    sinks.push(Member::Command(command::Program::new(
                        named,
                        many,
                        console(),
                        search,
                    )));
                    continue;
                }
            };
            sinks.push(Member::Local(local));
        }
        Ok(Custody {
            sinks,
            stdout: specs.contains(&&SinkSpec::Stdout),
            held: HashMap::new(),
            escrow: Escrow::new(Arc::clone(&means.console), &means.escrow),
            waiting: HashMap::new(),
            unpublished: Vec::new(),
            deliveries: Vec::new(),
            staging: Staging::of(given, &means.console),
            #[cfg(debug_assertions)]
            late: HashMap::new(),
        })
    }

    /// Finds what would make a destination refuse, without any side effect: for a dry run.
    pub async fn check(&self) -> Result<()> {
        for sink in &self.sinks {
            sink.check().await?;
        }
        self.escrow.check()
    }

    /// Proves that every destination can take a secret.
    pub async fn prove(&mut self) -> Result<()> {
        for sink in &mut self.sinks {
            sink.prove().await?;
        }
        Ok(())
    }

    /// The same before a change, when a sealed copy has to hold what a destination cannot. `by_person` says that no app acts.
    pub async fn prove_to_change(&mut self, by_person: bool) -> Result<()> {
        self.prove().await?;
        if self.sinks.iter().all(Member::can_hold) {
            return Ok(());
        }
        self.escrow.prove(by_person)
    }

    /// Puts a secret that is not yet in force into every destination; after an error it is in none that can forget. With a sealed
    /// copy, destinations that cannot hold anything get it when the change is settled.
    ///
    /// A user has one secret: a different one is refused until [`Custody::settle`] said that the first is not in force.
    pub async fn stage(&mut self, entry: &Entry<'_>) -> Result<()> {
        if self.holds(entry)? {
            return Ok(());
        }
        #[cfg(debug_assertions)]
        if self.put_off(entry) {
            return Ok(());
        }
        self.stage_now(entry).await
    }

    async fn stage_now(&mut self, entry: &Entry<'_>) -> Result<()> {
        let sealed = self.escrow.is_on();
        self.staging.of_user(entry.id)?;
        self.escrow
            .stage(entry)
            .map_err(|error| error.operation(entry.operation_id))?;
        for at in 0..self.sinks.len() {
            if sealed && !self.sinks[at].can_hold() {
                continue;
            }
            if let Err(error) = self.sinks[at].stage(entry, Standing::NotYet).await {
                for sink in &mut self.sinks[..at] {
                    let _ = sink.settle(entry.id, Fate::NotInForce).await;
                }
                self.escrow.release(entry.id);
                return Err(error.operation(entry.operation_id));
            }
        }
        if sealed {
            self.waiting.insert(entry.id.to_owned(), Waiting::of(entry));
        }
        self.held.insert(entry.id.to_owned(), entry.secret.clone());
        Ok(())
    }

    /// Whether the user's secret is held already; an error when another one is, because it may be in force.
    fn holds(&self, entry: &Entry<'_>) -> Result<bool> {
        match self.held.get(entry.id) {
            None => Ok(false),
            Some(secret) if secret.expose() == entry.secret.expose() => Ok(true),
            Some(_) => Err(Error::new(
                ErrorCode::SinkRefused,
                format!(
                    "Another {} for {} was handed over and may be in force.",
                    entry.what, entry.upn
                ),
            )
            .why("A second one would make it unclear which opens the account.")
            .fix("Find out what became of the first change; its secret stays where it is.")),
        }
    }

    /// Hands over a secret that the service made and that is valid already. All destinations are tried.
    pub async fn deliver(&mut self, entry: &Entry<'_>) -> Result<()> {
        self.hand_over(entry, Standing::Already).await
    }

    /// Hands back a secret that was kept somewhere. All destinations are tried.
    pub async fn hand_back(&mut self, entry: &Entry<'_>) -> Result<()> {
        self.hand_over(entry, Standing::Kept).await
    }

    async fn hand_over(&mut self, entry: &Entry<'_>, standing: Standing) -> Result<()> {
        if self.holds(entry)? {
            return Ok(());
        }
        self.held.insert(entry.id.to_owned(), entry.secret.clone());
        // The secret exists already: a copy that cannot be made is no reason to keep it from anybody.
        let _ = self.escrow.stage(entry);
        let mut results = Vec::new();
        for sink in &mut self.sinks {
            results.push(sink.stage(entry, standing).await);
        }
        self.with_way_in(entry.id, late(results))
            .map_err(|error| error.operation(entry.operation_id))
    }

    /// Says that `resume` does not go on with the work these secrets belong to.
    #[must_use]
    pub fn of_work_that_is_repeated(mut self) -> Self {
        self.escrow.of_work_that_is_repeated();
        self
    }

    /// Tells every destination what became of a user's change, and hands over what a sealed copy held until now.
    pub async fn settle(&mut self, id: &str, fate: Fate) -> Result<()> {
        #[cfg(debug_assertions)]
        self.catch_up(id, fate).await?;
        if fate == Fate::NotInForce {
            self.held.remove(id);
        }
        let waiting = self.waiting.remove(id);
        let standing = match fate {
            Fate::InForce => Some(Standing::Already),
            Fate::Unknown => Some(Standing::Open),
            Fate::NotInForce => None,
        };
        let mut results = Vec::new();
        for sink in &mut self.sinks {
            let result = match (&waiting, standing) {
                (Some(waiting), Some(standing)) if !sink.can_hold() => {
                    sink.stage(&waiting.entry(), standing).await
                }
                _ => sink.settle(id, fate).await,
            };
            results.push(result);
        }
        let done = self.with_way_in(id, late(results));
        let ends_later = self.sinks.iter().any(Member::ends_at_publish);
        if fate == Fate::Unknown {
            self.escrow.tell(id);
        }
        match fate {
            Fate::NotInForce => self.escrow.release(id),
            _ if done.is_err() => self.note_delivery(id, "failed"),
            // Nobody has it for certain before the run has ended there, whether it is in force or only may be.
            _ if ends_later => self.unpublished.push((id.to_owned(), fate)),
            Fate::Unknown => self.note_delivery(id, "unknown"),
            Fate::InForce => self.arrived(id),
        }
        done
    }

    /// Ends the run in every destination. A sealed copy goes only when all of them have the secret.
    pub async fn publish(&mut self) -> Result<()> {
        let mut results = Vec::new();
        for sink in &mut self.sinks {
            results.push(sink.publish().await);
        }
        let mut done = late(results);
        for (id, fate) in std::mem::take(&mut self.unpublished) {
            if done.is_ok() && fate == Fate::InForce {
                self.arrived(&id);
            } else if done.is_ok() {
                self.note_delivery(&id, "unknown");
            } else {
                done = self.with_way_in(&id, done);
                self.note_delivery(&id, "failed");
            }
        }
        done
    }

    /// Every destination has the secret.
    fn arrived(&mut self, id: &str) {
        self.note_delivery(id, "done");
        self.escrow.release(id);
    }

    fn note_delivery(&mut self, id: &str, outcome: &'static str) {
        if let Some(operation) = self.escrow.operation(id) {
            self.deliveries.push(Delivery {
                id: id.to_owned(),
                operation_id: operation.to_owned(),
                outcome,
            });
        }
    }

    /// Says in an error where the sealed copy is that still holds the secret.
    fn with_way_in(&self, id: &str, done: Result<()>) -> Result<()> {
        done.map_err(|error| match self.escrow.way_in(id) {
            Some(way_in) => error.fix(way_in),
            None => error,
        })
    }

    /// How secrets that a sealed copy held were handed over since this was asked last, for the journal.
    pub fn deliveries(&mut self) -> Vec<Delivery> {
        std::mem::take(&mut self.deliveries)
    }

    /// Name of the sealed copy of a user's secret, as the journal keeps it.
    #[must_use]
    pub fn escrow_name(&self, id: &str) -> Option<String> {
        self.escrow.name(id)
    }

    /// Path of the sealed copy of a user's secret, as long as it is there.
    #[must_use]
    pub fn escrow_path(&self, id: &str) -> Option<String> {
        let path = self.escrow.path(id)?;
        Some(path.to_string_lossy().into_owned())
    }

    /// Where the secrets go, for the report.
    #[must_use]
    pub fn places(&self) -> Vec<Place> {
        self.sinks.iter().map(|sink| sink.place()).collect()
    }

    /// Whether stdout belongs to the secret, so that the report goes to stderr.
    #[must_use]
    pub fn uses_stdout(&self) -> bool {
        self.stdout
    }
}

/// The first error of several destinations, after all were tried. The account was touched, so "nothing was changed" is no cure.
fn late(results: Vec<Result<()>>) -> Result<()> {
    match results.into_iter().find_map(Result::err) {
        None => Ok(()),
        Some(error) => {
            let cause = error.cause().unwrap_or_default();
            Err(Error::new(ErrorCode::SecretNotDelivered, error.message())
                .why(cause)
                .source(error))
        }
    }
}
