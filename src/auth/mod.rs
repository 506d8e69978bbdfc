//! Access tokens: where they come from, what they say about the caller, and which origin they may go to.
//!
//! Silent first, interactive only when the command asked. Claims are read to explain, never to allow.

mod authority;
mod browser;
pub mod claims;
mod device;
mod entra;
mod flows;
mod loopback;
mod sources;
#[cfg(test)]
mod tests;

use crate::console::Console;
use crate::error::{Error, ErrorCode, Result};
use crate::http::Transport;
use crate::http::cloud::Origin;
use crate::ids::TenantId;
use crate::secret::Secret;
use crate::settings::{Auth, GRAPH_CLI_CLIENT_ID, Given, Settings};
use authority::Authority;
use claims::TokenClaims;
use sources::{App, Fixed, Person, Way};
use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

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

/// A boxed future, so that sources can be kept behind one pointer. Nothing is sent between threads.
pub type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Where tokens come from.
pub trait TokenSource {
    /// A token for Graph. `claims` is the decoded JSON of a claims challenge; with it a new token is obtained, whatever is cached.
    /// `fresh` asks for a new token because the last was refused.
    fn token<'a>(&'a self, claims: Option<&'a str>, fresh: bool) -> Boxed<'a, Result<AccessToken>>;
}

/// What a command wants of a sign-in.
#[derive(Debug, Clone, Copy)]
pub struct Ask {
    /// Graph scopes the command uses. Only Microsoft's own client (`graph-cli`) is asked for them by name; an app registration of
    /// one's own gets all that was consented to.
    pub scopes: &'static [&'static str],
}

/// Chooses where tokens come from, as `--auth` says. Nothing is sent yet.
pub fn source(
    settings: &Settings,
    transport: Rc<Transport>,
    console: Arc<Console>,
    ask: Ask,
) -> Result<Box<dyn TokenSource>> {
    let chooser = Chooser {
        settings,
        transport,
        console,
        ask,
    };
    match settings.auth.0 {
        Auth::Token => chooser
            .token()?
            .ok_or_else(|| missing("A ready token", &["ADMIN_RESET_TOKEN"])),
        Auth::Secret => chooser.secret(),
        Auth::Browser => chooser.person(Way::Browser, true),
        Auth::DeviceCode => chooser.person(Way::DeviceCode, true),
        Auth::Auto => chooser.auto(),
    }
}

struct Chooser<'a> {
    settings: &'a Settings,
    transport: Rc<Transport>,
    console: Arc<Console>,
    ask: Ask,
}

impl Chooser<'_> {
    /// A ready token, a complete credential of an app, a person on a terminal: in this order, and never the next because one is broken.
    fn auto(&self) -> Result<Box<dyn TokenSource>> {
        if let Some(token) = self.token()? {
            return Ok(token);
        }
        if self.variable("AZURE_CLIENT_SECRET").is_some() {
            return self.secret();
        }
        // What was meant for an app must not end in a person's name.
        for (variable, what) in [
            ("AZURE_FEDERATED_TOKEN_FILE", "a federated token"),
            ("AZURE_CLIENT_CERTIFICATE_PATH", "a certificate"),
        ] {
            if self.settings.env.get(variable).is_some() {
                return Err(Error::new(ErrorCode::NotSignedIn, format!("{variable} is set, and this version does not sign in with {what}."))
                    .why("An app was meant to sign in; nobody else is signed in instead.")
                    .fix(format!("Set AZURE_CLIENT_SECRET or ADMIN_RESET_TOKEN, or unset {variable} to sign in as a person.")));
            }
        }
        let from_environment = |given: Given| given == Given::Environment;
        let half = self
            .settings
            .tenant
            .as_ref()
            .is_some_and(|(_, given)| from_environment(*given))
            && self
                .settings
                .client_id
                .as_ref()
                .is_some_and(|(_, given)| from_environment(*given));
        if half {
            return Err(missing("The app credential in the environment", &["AZURE_CLIENT_SECRET"])
                .fix("Set AZURE_CLIENT_SECRET; to sign in as a person with this app, add --auth browser."));
        }
        if self.settings.env.get("AZURE_PASSWORD").is_some() {
            self.console.warn("AZURE_USERNAME and AZURE_PASSWORD are ignored: a password alone cannot satisfy multifactor authentication.");
        }
        if !self.console.can_ask() {
            return Err(Error::new(ErrorCode::NotSignedIn, "There is no credential, and nobody can be asked to sign in.")
                .why("No ready token and no app credential is in the environment, and there is no terminal (or CI or --no-input is set).")
                .fix("Set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or ADMIN_RESET_TOKEN, or add --auth device-code or --auth browser."));
        }
        self.person(Way::Browser, false)
    }

    /// A secret variable without the blanks and line ends that copying leaves around it.
    fn variable(&self, name: &str) -> Option<Secret> {
        self.settings
            .secret(name)
            .map(|secret| Secret::new(secret.expose().trim()))
            .filter(|secret| secret.chars() > 0)
    }

    fn token(&self) -> Result<Option<Box<dyn TokenSource>>> {
        let tenant = self.settings.tenant.as_ref().map(|(tenant, _)| tenant);
        let Some(secret) = self.variable("ADMIN_RESET_TOKEN") else {
            return Ok(None);
        };
        Ok(Some(Box::new(Fixed::new(
            secret,
            &self.settings.endpoints,
            tenant,
        )?)))
    }

    fn secret(&self) -> Result<Box<dyn TokenSource>> {
        let lacks = |name| missing("The app credential", &[name]);
        let secret = self
            .variable("AZURE_CLIENT_SECRET")
            .ok_or_else(|| lacks("AZURE_CLIENT_SECRET"))?;
        let (client_id, _) = self
            .settings
            .client_id
            .as_ref()
            .ok_or_else(|| lacks("AZURE_CLIENT_ID (or --client-id)"))?;
        let (tenant, _) = self
            .settings
            .tenant
            .as_ref()
            .ok_or_else(|| lacks("AZURE_TENANT_ID (or --tenant)"))?;
        if !tenant.is_one() {
            return Err(Error::new(
                ErrorCode::BadConfig,
                format!("An app cannot sign in to '{}'.", tenant.as_str()),
            )
            .why("An app acts in one tenant, and this word stands for many.")
            .fix("Give the tenant's id or one of its domains with --tenant or AZURE_TENANT_ID."));
        }
        Ok(Box::new(App::new(
            self.authority(tenant.clone(), client_id.clone()),
            secret,
        )))
    }

    fn person(&self, way: Way, named: bool) -> Result<Box<dyn TokenSource>> {
        let Some((client_id, _)) = &self.settings.client_id else {
            return Err(Error::new(ErrorCode::Usage, "A client id is needed to sign in as a person.")
                .why("There is no built-in client: the app that people consent to should be your own.")
                .fix("Give --client-id ID of an app registration with public client flows and the redirect http://localhost (setup-app will create one in a later version); or add --client-id graph-cli to use Microsoft's own Graph command-line app."));
        };
        let graph = &self.settings.endpoints.graph;
        let mut scopes = Vec::new();
        if client_id == GRAPH_CLI_CLIENT_ID {
            self.console.warn(
                "graph-cli is Microsoft's own app: what is consented to for it holds for every tool that uses it, and sign-in logs show Graph PowerShell.",
            );
            let wanted = if self.ask.scopes.is_empty() {
                &["User.Read"]
            } else {
                self.ask.scopes
            };
            scopes.extend(wanted.iter().map(|scope| format!("{graph}/{scope}")));
        } else {
            scopes.push(format!("{graph}/.default"));
        }
        scopes.extend(flows::SIGN_IN_SCOPES.map(str::to_owned));
        // Without a tenant the account decides; personal accounts have no directory to administer.
        let tenant = match &self.settings.tenant {
            Some((tenant, _)) => tenant.clone(),
            None => TenantId::parse("organizations")?,
        };
        Ok(Box::new(Person {
            authority: self.authority(tenant, client_id.clone()),
            console: Arc::clone(&self.console),
            way,
            named,
            scopes,
            opener: browser::system_opener(&self.settings.env),
            session: RefCell::new(None),
        }))
    }

    fn authority(&self, tenant: TenantId, client_id: String) -> Authority {
        let endpoints = &self.settings.endpoints;
        Authority {
            transport: Rc::clone(&self.transport),
            login: endpoints.login.clone(),
            graph: endpoints.graph.clone(),
            tenant,
            client_id,
        }
    }
}

fn missing(what: &str, names: &[&str]) -> Error {
    let names = names.join(", ");
    Error::new(
        ErrorCode::BadConfig,
        format!("{what} is incomplete: {names} is not set."),
    )
    .fix(format!("Set {names}, or choose another way with --auth."))
}
