//! Access tokens: where they come from, what they say about the caller, and which origin they may go to.
//!
//! Silent first, interactive only when the command asked. Claims are read to explain, never to allow.

mod anew;
mod authority;
mod azure_cli;
mod browser;
mod certificate;
mod choose;
pub mod claims;
mod device;
mod entra;
mod federated;
mod flows;
mod login;
mod loopback;
mod managed;
mod outside;
mod person;
mod remembered;
mod sources;
#[cfg(test)]
mod tests;
mod vault;

pub use anew::anew;
pub use certificate::Upload;
pub use choose::source;
pub(crate) use entra::Refusal;
pub use login::{SignedIn, sign_in, sign_out};

use crate::error::Result;
use crate::http::cloud::Origin;
use crate::secret::Secret;
use crate::sign_ins::SignIn;
use claims::TokenClaims;
use std::future::Future;
use std::pin::Pin;
use std::time::{Instant, SystemTime};

/// Opens a page in the browser of this machine; false when there is none.
pub(crate) fn open_page(env: &crate::settings::Env, page: &url::Url) -> bool {
    browser::system_opener(env)(page)
}

/// Below the error when nothing that signs in was found and nobody could be asked.
#[derive(Debug)]
pub(crate) struct Nobody;

impl std::fmt::Display for Nobody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("nobody is signed in")
    }
}

impl std::error::Error for Nobody {}

/// Whether the keyring of this system answers, within seconds. Nothing is put into it.
pub(crate) fn keyring_answers(console: std::sync::Arc<crate::console::Console>) -> Result<()> {
    vault::Vault::new(console).answers()
}

/// A token, bound to the origin it may be sent to.
#[derive(Clone)]
pub struct AccessToken {
    /// The token itself.
    pub secret: Secret,
    /// The only origin it may be attached for.
    pub origin: Origin,
    /// When it ends on our clock, if it is known.
    pub expires: Option<Instant>,
    /// What it says, when it can be read.
    pub claims: TokenClaims,
}

impl AccessToken {
    /// When it ends, on this machine's clock.
    #[must_use]
    pub fn ends_at(&self) -> Option<SystemTime> {
        let left = self.expires?.saturating_duration_since(Instant::now());
        SystemTime::now().checked_add(left)
    }

    fn same_as(&self, other: &AccessToken) -> bool {
        self.secret.expose() == other.secret.expose()
    }
}

/// A boxed future, so that sources can be kept behind one pointer. Nothing is sent between threads.
pub type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Where tokens come from.
pub trait TokenSource {
    /// A token for Graph. `claims` is the decoded JSON of a claims challenge; with it a new token is obtained, whatever is cached.
    /// `fresh` asks for a new token because the last was refused.
    fn token<'a>(&'a self, claims: Option<&'a str>, fresh: bool) -> Boxed<'a, Result<AccessToken>>;

    /// The way it signs in, as a word of `--auth`.
    fn way(&self) -> &'static str;

    /// The sign-in of an earlier run that it goes on with, if it does.
    fn kept(&self) -> Option<&SignIn> {
        None
    }
}

/// What a command wants of a sign-in.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// Graph scopes the command uses. Only Microsoft's own client (`graph-cli`) is asked for them by name; an app registration of
    /// one's own gets all that was consented to.
    pub scopes: &'a [&'static str],
}
