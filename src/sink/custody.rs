//! Several destinations at once: all of them hold the secret, or the account is not touched.

use super::{
    Entry, Fate, Means, Place, Sink, SinkSpec, Standing, command, file, keyring, sealed, shares,
    stdout, tty, vault,
};
use crate::error::{Error, ErrorCode, Result};
use crate::secret::Secret;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// One destination. Those that wait for the network or another program are asked asynchronously.
enum Member {
    /// On this machine, at once.
    Local(Box<dyn Sink>),
    /// Another program.
    Command(command::Program),
    /// A service.
    Vault(Box<vault::Vaulted>),
}

impl Member {
    async fn check(&self) -> Result<()> {
        match self {
            Member::Local(sink) => sink.check(),
            Member::Command(sink) => sink.check(),
            Member::Vault(sink) => sink.check().await,
        }
    }

    async fn prove(&mut self) -> Result<()> {
        match self {
            Member::Local(sink) => sink.prove(),
            Member::Command(sink) => sink.check(),
            Member::Vault(sink) => sink.check().await,
        }
    }

    async fn stage(&mut self, entry: &Entry<'_>, standing: Standing) -> Result<()> {
        match self {
            Member::Local(sink) => sink.stage(entry, standing),
            Member::Command(sink) => sink.stage(entry, standing).await,
            Member::Vault(sink) => sink.stage(entry, standing).await,
        }
    }

    async fn settle(&mut self, id: &str, fate: Fate) -> Result<()> {
        match self {
            Member::Local(sink) => sink.settle(id, fate),
            Member::Command(sink) => {
                sink.settle(id, fate);
                Ok(())
            }
            Member::Vault(sink) => sink.settle(id, fate).await,
        }
    }

    async fn publish(&mut self) -> Result<()> {
        match self {
            Member::Local(sink) => sink.publish(),
            Member::Command(_) | Member::Vault(_) => Ok(()),
        }
    }

    fn place(&self) -> Place {
        match self {
            Member::Local(sink) => sink.place(),
            Member::Command(sink) => sink.place(),
            Member::Vault(sink) => sink.place(),
        }
    }
}

/// The destinations of one run.
pub struct Custody {
    sinks: Vec<Member>,
    stdout: bool,
    /// The secret each user has or may have: all destinations hold it.
    held: HashMap<String, Secret>,
}

impl Custody {
    /// Takes up the destinations; `many` when several users may get a secret. Touches nothing yet.
    pub fn open(specs: &[SinkSpec], many: bool, means: &Means<'_>) -> Result<Self> {
        let mut seen = HashSet::new();
        let mut sinks: Vec<Member> = Vec::new();
        // Nobody shall see a secret that a file or a keyring then refuses to hold; the screen comes last, because it holds other lines back.
        let mut specs: Vec<&SinkSpec> = specs.iter().collect();
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
                SinkSpec::File(path) if many => Box::new(file::Table::new(path)?),
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
        })
    }

    /// Finds what would make a destination refuse, without any side effect: for a dry run.
    pub async fn check(&self) -> Result<()> {
        for sink in &self.sinks {
            sink.check().await?;
        }
        Ok(())
    }

    /// Proves that every destination can take a secret.
    pub async fn prove(&mut self) -> Result<()> {
        for sink in &mut self.sinks {
            sink.prove().await?;
        }
        Ok(())
    }

    /// Puts a secret that is not yet in force into every destination; after an error it is in none that can forget.
    ///
    /// A user has one secret: a different one is refused until [`Custody::settle`] said that the first is not in force.
    pub async fn stage(&mut self, entry: &Entry<'_>) -> Result<()> {
        if self.holds(entry)? {
            return Ok(());
        }
        for at in 0..self.sinks.len() {
            if let Err(error) = self.sinks[at].stage(entry, Standing::NotYet).await {
                for sink in &mut self.sinks[..at] {
                    let _ = sink.settle(entry.id, Fate::NotInForce).await;
                }
                return Err(error.operation(entry.operation_id));
            }
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
        let mut results = Vec::new();
        for sink in &mut self.sinks {
            results.push(sink.stage(entry, standing).await);
        }
        late(results).map_err(|error| error.operation(entry.operation_id))
    }

    /// Tells every destination what became of a user's change.
    pub async fn settle(&mut self, id: &str, fate: Fate) -> Result<()> {
        if fate == Fate::NotInForce {
            self.held.remove(id);
        }
        let mut results = Vec::new();
        for sink in &mut self.sinks {
            results.push(sink.settle(id, fate).await);
        }
        late(results)
    }

    /// Ends the run in every destination.
    pub async fn publish(&mut self) -> Result<()> {
        let mut results = Vec::new();
        for sink in &mut self.sinks {
            results.push(sink.publish().await);
        }
        late(results)
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
