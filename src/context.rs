//! What a command gets handed: settings, console, clock, and a Graph client that is built on first use.
//!
//! Never global. Also knows whether a change is under way, so that an interruption can be told truthfully.

use crate::auth;
use crate::console::{Console, Manner};
use crate::error::{Error, ErrorCode, Result};
use crate::graph::Client;
use crate::http::cloud::Origin;
use crate::http::{Transport, Watch};
use crate::journal::{Journal, Now};
use crate::keyvault::{self, Vault};
use crate::policy::permissions;
use crate::render::Style;
use crate::settings::{Auth, Settings};
use crate::sign_ins::SignIn;
use crate::sink::{Custody, EscrowMeans, Means, SinkSpec};
use std::cell::{Cell, RefCell};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

/// The surroundings of one command.
pub struct Context {
    /// Settings.
    pub settings: Settings,
    /// Streams.
    pub console: Arc<Console>,
    /// How reports are rendered; streaming commands ask.
    pub style: Style,
    /// Set by Ctrl-C: no further step is begun.
    pub stop: Cell<bool>,
    /// Operation id of the change that is under way or done, once the first byte may have been sent.
    pub changing: RefCell<Option<String>>,
    /// What is left to be done by somebody if the run ends now; told with an interruption.
    pub left_to_do: RefCell<Option<String>>,
    /// What was wrong with the settings, for a command that runs all the same.
    pub unsettled: Option<Error>,
    client: RefCell<Option<Rc<Client>>>,
}

impl Context {
    /// Surroundings without a client.
    #[must_use]
    pub fn new(settings: Settings, console: Arc<Console>, style: Style) -> Self {
        Context {
            settings,
            console,
            style,
            stop: Cell::new(false),
            changing: RefCell::new(None),
            left_to_do: RefCell::new(None),
            unsettled: None,
            client: RefCell::new(None),
        }
    }

    /// The Graph client; built, and the sign-in chosen, when first asked for.
    ///
    /// `scopes` are the named permissions that a shared Microsoft client would ask for; an own app asks for what was consented.
    pub fn client(&self, scopes: &[&'static str]) -> Result<Rc<Client>> {
        if let Some(client) = self.client.borrow().as_ref() {
            return Ok(Rc::clone(client));
        }
        let client = self.client_of(&self.settings, Arc::clone(&self.console), scopes)?;
        *self.client.borrow_mut() = Some(Rc::clone(&client));
        Ok(client)
    }

    /// A client of the sign-in that is there already, or nothing: no person is asked, for no password, no browser and no keyring.
    pub fn client_if_signed_in(&self, scopes: &[&'static str]) -> Result<Option<Rc<Client>>> {
        match self.client_unattended(scopes) {
            Ok(client) => Ok(Some(client)),
            Err(error) if matches!(error.code(), ErrorCode::NotSignedIn | ErrorCode::Usage) => {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// The same, with the error that says why there is none.
    pub fn client_unattended(&self, scopes: &[&'static str]) -> Result<Rc<Client>> {
        let mut settings = self.settings.clone();
        if matches!(settings.auth.0, Auth::Browser | Auth::DeviceCode) {
            settings.auth.0 = Auth::Auto;
        }
        let manner = Manner {
            quiet: true,
            debug: self.console.is_debug(),
            no_input: true,
            json: self.console.json(),
            ..Manner::default()
        };
        let unattended = Arc::new(Console::new(manner, &settings.env));
        self.client_of(&settings, unattended, scopes)
    }

    fn client_of(
        &self,
        settings: &Settings,
        console: Arc<Console>,
        scopes: &[&'static str],
    ) -> Result<Rc<Client>> {
        #[cfg(debug_assertions)]
        crate::control::refuse(!settings.endpoints.graph.is_loopback())?;
        let transport = Rc::new(Transport::new(settings, self.watch())?);
        let tokens = auth::source(
            settings,
            Rc::clone(&transport),
            console,
            auth::Ask { scopes },
        )?;
        let endpoints = settings.endpoints.clone();
        Ok(Rc::new(Client::new(transport, endpoints, tokens)))
    }

    /// A further client, for a person who signs in under a certain name, in the browser or with a device code.
    pub fn client_anew(
        &self,
        scopes: &[&'static str],
        in_browser: bool,
        name: &str,
    ) -> Result<Rc<Client>> {
        let transport = Rc::new(Transport::new(&self.settings, self.watch())?);
        let tokens = auth::anew(
            &self.settings,
            Rc::clone(&transport),
            Arc::clone(&self.console),
            auth::Ask { scopes },
            in_browser,
            name,
        )?;
        Ok(Rc::new(Client::new(
            transport,
            self.settings.endpoints.clone(),
            tokens,
        )))
    }

    /// Signs a person in and keeps the sign-in for later runs.
    pub async fn sign_in(
        &self,
        scopes: &[&'static str],
        choose_account: bool,
    ) -> Result<auth::SignedIn> {
        let transport = Rc::new(Transport::new(&self.settings, self.watch())?);
        let console = Arc::clone(&self.console);
        let ask = auth::Ask { scopes };
        auth::sign_in(&self.settings, transport, console, ask, choose_account).await
    }

    /// Takes the kept sign-in of the profile away, or all of them.
    pub fn sign_out(&self, all: bool) -> Result<Vec<SignIn>> {
        auth::sign_out(&self.settings, Arc::clone(&self.console), all)
    }

    /// The client of a command of the permission table, with the flags of this run that need more.
    pub fn client_for(&self, command: &str, with: &[&str]) -> Result<Rc<Client>> {
        let cloud = self.settings.endpoints.cloud;
        self.client(&permissions::scopes(&[command], with, cloud))
    }

    fn watch(&self) -> Watch {
        let debug = self.console.is_debug().then(|| {
            let console = Arc::clone(&self.console);
            Rc::new(move |line: &str| console.debug(|| line.to_owned())) as crate::http::TellLine
        });
        let console = Arc::clone(&self.console);
        let waiting = Rc::new(move |wait: std::time::Duration, why: &str| {
            let seconds = wait.as_secs_f64().ceil();
            if seconds >= 2.0 {
                console.note(&format!("Waiting {seconds} s ({why})."));
            } else {
                console.detail(&format!("Waiting {} ms ({why}).", wait.as_millis()));
            }
        });
        Watch {
            debug,
            waiting: Some(waiting),
        }
    }

    /// The destinations of one run; `many` when several users may get a secret. Touches nothing yet.
    pub fn custody(&self, specs: &[SinkSpec], many: bool) -> Result<Custody> {
        self.custody_of(specs, many, false)
    }

    /// The destinations of a run for several users that is gone on with.
    pub fn custody_again(&self, specs: &[SinkSpec]) -> Result<Custody> {
        self.custody_of(specs, true, true)
    }

    fn custody_of(&self, specs: &[SinkSpec], many: bool, going_on: bool) -> Result<Custody> {
        Custody::open(
            specs,
            many,
            &Means {
                console: Arc::clone(&self.console),
                search: self.settings.env.get("PATH").map(Into::into),
                vault: &|named| self.vault(named),
                escrow: EscrowMeans {
                    state_dir: self.settings.state_dir.clone(),
                    recipients: self.settings.escrow_recipients.clone(),
                    // A rehearsal leaves the person's keyring alone.
                    keyring: !self.settings.sandbox,
                },
                going_on,
            },
        )
    }

    /// A vault, by its name or host, with a token of the vault's own audience through the same credential. Sends nothing yet.
    pub fn vault(&self, named: &str) -> Result<Vault> {
        let refuse = |rule: &str, fix: &str| {
            Error::new(
                ErrorCode::BadInput,
                format!("'{}' cannot be a vault.", crate::render::text::cell(named)),
            )
            .why(format!("Rule: {rule}."))
            .fix(fix)
        };
        let internal = |rule: String| refuse(&rule, "Check the name of the vault.");
        let cloud = self.settings.endpoints.cloud;
        let host = keyvault::host(named, cloud).map_err(|rule| {
            refuse(
                &rule,
                "Write keyvault:VAULT/NAME with the name of the vault.",
            )
        })?;
        let origin = match self.settings.env.get("ADMIN_RESET_VAULT_ENDPOINT") {
            Some(text) => Origin::parse_endpoint(text)
                .ok()
                .filter(Origin::is_loopback)
                .ok_or_else(|| {
                    Error::new(
                        ErrorCode::BadConfig,
                        "ADMIN_RESET_VAULT_ENDPOINT cannot be used.",
                    )
                    .why("Rule: an emulated vault on this machine; whoever sets a variable would otherwise receive the secrets.")
                    .fix("Unset it; a vault of the cloud is found by its name.")
                })?,
            None => Origin::parse_endpoint(&format!("https://{host}")).map_err(internal)?,
        };
        let audience = format!("https://{}", keyvault::domain(cloud));
        let mut settings = self.settings.clone();
        settings.endpoints.graph = origin.clone();
        let transport = Rc::new(Transport::new(&settings, self.watch())?);
        settings.endpoints.graph = Origin::parse_endpoint(&audience).map_err(internal)?;
        let ready = matches!(settings.auth.0, Auth::Token)
            || (matches!(settings.auth.0, Auth::Auto)
                && settings.env.get("ADMIN_RESET_TOKEN").is_some());
        if let Some(token) = settings
            .env
            .get("ADMIN_RESET_VAULT_TOKEN")
            .map(str::to_owned)
        {
            settings.env.set("ADMIN_RESET_TOKEN", &token);
            settings.auth.0 = Auth::Token;
        } else if ready {
            return Err(Error::new(
                ErrorCode::NotSignedIn,
                "The ready token in ADMIN_RESET_TOKEN does not open a vault.",
            )
            .why("A token is for one service, and this one is for Graph.")
            .fix("Put one for the vault into ADMIN_RESET_VAULT_TOKEN, or sign in another way."));
        }
        let tokens = auth::source(
            &settings,
            Rc::clone(&transport),
            Arc::clone(&self.console),
            auth::Ask {
                scopes: &["user_impersonation"],
            },
        )?;
        let short = host.split('.').next().unwrap_or(&host);
        Ok(Vault::new(transport, tokens, origin, short))
    }

    /// The journal of this machine; each record is stamped with the service's clock and the caller, once they are known.
    pub fn journal(&self) -> Result<Journal> {
        let client = self.client.borrow().clone();
        let journal = Journal::open(self.settings.state_dir()?)?;
        Ok(journal.stamped_by(move || {
            client.as_ref().map_or_else(Now::default, |client| Now {
                server_time: client.server_time(),
                caller_id: client.caller_id(),
            })
        }))
    }

    /// Marks that from here on a change may have reached the service.
    pub fn begin_change(&self, operation_id: &str) {
        *self.changing.borrow_mut() = Some(operation_id.to_owned());
    }

    /// Refuses to begin another step after Ctrl-C.
    pub fn go_on(&self) -> Result<()> {
        if self.stop.get() {
            return Err(Error::new(
                ErrorCode::Interrupted,
                "Interrupted; nothing further was begun.",
            ));
        }
        Ok(())
    }

    /// File of the built-in tenant's state.
    pub fn sandbox_file(&self) -> Result<PathBuf> {
        Ok(self.settings.state_dir()?.join("sandbox.json"))
    }
}
