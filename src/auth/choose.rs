//! Which source of tokens is taken, as `--auth` and the environment say.
//!
//! Never the next one because one is broken: an app that was meant to sign in and suddenly acts as a person would be a fault of
//! security. Half a credential is an error that names what is missing.

use super::authority::Authority;
use super::azure_cli::AzureCli;
use super::browser;
use super::certificate::Certificate;
use super::federated::{self, Federated, Issuer, Offer};
use super::flows;
use super::managed::{self, Managed};
use super::person::{Kept, Person, Way};
use super::sources::{App, Credential, Fixed};
use super::vault::Vault;
use super::{Ask, TokenSource};
use crate::console::Console;
use crate::error::{Error, ErrorCode, Result};
use crate::http::Transport;
use crate::ids::TenantId;
use crate::secret::Secret;
use crate::settings::{Auth, GRAPH_CLI_CLIENT_ID, Given, Settings};
use crate::sign_ins::SignIn;
use std::cell::{Cell, RefCell};
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::time::SystemTime;

/// Chooses where tokens come from, as `--auth` says. Nothing is sent yet.
pub fn source(
    settings: &Settings,
    transport: Rc<Transport>,
    console: Arc<Console>,
    ask: Ask<'_>,
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
        Auth::Certificate => chooser.certificate(),
        Auth::Federated => chooser.federated(),
        Auth::ManagedIdentity => chooser.managed_identity(),
        Auth::AzureCli => Ok(Box::new(AzureCli::new(settings)?)),
        Auth::Browser => Ok(Box::new(chooser.known_person(Way::Browser)?)),
        Auth::DeviceCode => Ok(Box::new(chooser.known_person(Way::DeviceCode)?)),
        Auth::Auto => chooser.auto(),
    }
}

pub(super) struct Chooser<'a> {
    pub(super) settings: &'a Settings,
    pub(super) transport: Rc<Transport>,
    pub(super) console: Arc<Console>,
    pub(super) ask: Ask<'a>,
}

impl Chooser<'_> {
    /// A ready token, a complete credential of an app, the machine's identity, a kept sign-in, a person on a terminal: in this order.
    fn auto(&self) -> Result<Box<dyn TokenSource>> {
        if let Some(token) = self.token()? {
            return Ok(token);
        }
        let env = &self.settings.env;
        let is_app = self.settings.client_id.is_some();
        let mut half = None;
        match federated::offer(env)? {
            Offer::Meant(_) => return self.federated(),
            // Every job of the CI system has these; they are meant for us when an app was named.
            Offer::Around(_) if is_app => return self.federated(),
            Offer::Half(name, fix) => half = Some((name, fix)),
            Offer::Around(_) | Offer::None => {}
        }
        if env.get("AZURE_CLIENT_CERTIFICATE_PATH").is_some() {
            return self.certificate();
        }
        if self.variable("AZURE_CLIENT_SECRET").is_some() {
            return self.secret();
        }
        if managed::place(env)?.is_some() {
            return self.managed_identity();
        }
        let from_environment = |given: Given| given == Given::Environment;
        let meant_for_an_app = self
            .settings
            .tenant
            .as_ref()
            .is_some_and(|(_, given)| from_environment(*given))
            && self
                .settings
                .client_id
                .as_ref()
                .is_some_and(|(_, given)| from_environment(*given));
        // What was meant for an app must not end in a person's name.
        if meant_for_an_app {
            let what = "The app credential in the environment";
            return Err(match half {
                Some((name, fix)) => missing(what, &[name]).fix(fix),
                None => missing(what, &["AZURE_CLIENT_SECRET"])
                    .why("AZURE_TENANT_ID and AZURE_CLIENT_ID are set and no credential of the app is: neither AZURE_FEDERATED_TOKEN_FILE, AZURE_CLIENT_CERTIFICATE_PATH nor AZURE_CLIENT_SECRET.")
                    .fix("Set one of them; to sign in as a person with this app, add --auth browser."),
            });
        }
        if env.get("AZURE_PASSWORD").is_some() {
            self.console.warn("AZURE_USERNAME and AZURE_PASSWORD are ignored: a password alone cannot satisfy multifactor authentication.");
        }
        if let Some(record) = self.kept()? {
            let way = Way::by_word(&record.way);
            return Ok(Box::new(self.person(way, false, Some(record))?));
        }
        if !self.console.can_ask() {
            if let Some((why, fix)) = self.record()?.and_then(|record| self.unfit(&record)) {
                return Err(Error::new(
                    ErrorCode::NotSignedIn,
                    "The sign-in that is kept is not for this.",
                )
                .why(why)
                .fix(fix));
            }
            return Err(Error::new(ErrorCode::NotSignedIn, "There is no credential, and nobody can be asked to sign in.")
                .source(super::Nobody)
                .why("No ready token, no app credential and no kept sign-in was found, and there is no terminal (or CI or --no-input is set).")
                .fix("Set AZURE_TENANT_ID, AZURE_CLIENT_ID and a credential of the app, or ADMIN_RESET_TOKEN; or run `admin-reset login` on a terminal first; or add --auth device-code or --auth browser."));
        }
        Ok(Box::new(self.person(Way::Browser, false, None)?))
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
        let secret = self
            .variable("AZURE_CLIENT_SECRET")
            .ok_or_else(|| missing("The app credential", &["AZURE_CLIENT_SECRET"]))?;
        let authority = self.app_authority()?;
        Ok(Box::new(App::new(authority, Credential::Secret(secret))))
    }

    fn certificate(&self) -> Result<Box<dyn TokenSource>> {
        let env = &self.settings.env;
        let path = env
            .get("AZURE_CLIENT_CERTIFICATE_PATH")
            .ok_or_else(|| missing("The app credential", &["AZURE_CLIENT_CERTIFICATE_PATH"]))?;
        let authority = self.app_authority()?;
        let path = Path::new(path);
        let password = self.settings.secret("AZURE_CLIENT_CERTIFICATE_PASSWORD");
        let send_chain = env.is_on("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN");
        let certificate = Certificate::read(path, password.as_ref(), send_chain)?;
        if let Some(worry) = certificate.worry(SystemTime::now()) {
            self.console.warn(&worry);
        }
        if others_can_read(path) {
            self.console.warn(&format!(
                "The certificate file {} can be read by other users; it holds the app's private key.",
                path.display()
            ));
        }
        let credential = Credential::Certificate(Box::new(certificate));
        Ok(Box::new(App::new(authority, credential)))
    }

    fn federated(&self) -> Result<Box<dyn TokenSource>> {
        let issuer: Issuer = match federated::offer(&self.settings.env)? {
            Offer::Meant(issuer) | Offer::Around(issuer) => issuer,
            Offer::Half(name, fix) => {
                return Err(missing("The federated credential", &[name]).fix(fix));
            }
            Offer::None => {
                return Err(missing("The federated credential", &["AZURE_FEDERATED_TOKEN_FILE"])
                    .why("No issuer of tokens was found: neither that file nor the variables of GitHub Actions or Azure DevOps.")
                    .fix("GitHub Actions: give the job `permissions: id-token: write`. Azure DevOps: map SYSTEM_ACCESSTOKEN. GitLab: write the id_token to a file and set AZURE_FEDERATED_TOKEN_FILE. Kubernetes: label the pod for workload identity."));
            }
        };
        let authority = self.app_authority()?;
        let federated = Federated::new(issuer, self.settings, self.transport.watch())?;
        let credential = Credential::Federated(Box::new(federated));
        Ok(Box::new(App::new(authority, credential)))
    }

    fn managed_identity(&self) -> Result<Box<dyn TokenSource>> {
        let env = &self.settings.env;
        let place = match managed::place(env)? {
            Some(place) => place,
            None => managed::imds(env)?,
        };
        Ok(Box::new(Managed::new(
            place,
            self.settings,
            self.transport.watch(),
        )?))
    }

    /// The sign-in service for an app, which needs one tenant. Azure DevOps tells client and tenant by names of its own.
    fn app_authority(&self) -> Result<Authority> {
        let lacks = |name| missing("The app credential", &[name]);
        let env = &self.settings.env;
        let client_id = match &self.settings.client_id {
            Some((client_id, _)) => client_id.clone(),
            None => env
                .get("AZURESUBSCRIPTION_CLIENT_ID")
                .and_then(crate::ids::guid)
                .ok_or_else(|| lacks("AZURE_CLIENT_ID (or --client-id)"))?,
        };
        let tenant = match &self.settings.tenant {
            Some((tenant, _)) => tenant.clone(),
            None => env
                .get("AZURESUBSCRIPTION_TENANT_ID")
                .map(TenantId::parse)
                .transpose()?
                .ok_or_else(|| lacks("AZURE_TENANT_ID (or --tenant)"))?,
        };
        if !tenant.is_one() {
            return Err(Error::new(
                ErrorCode::BadConfig,
                format!("An app cannot sign in to '{}'.", tenant.as_str()),
            )
            .why("An app acts in one tenant, and this word stands for many.")
            .fix("Give the tenant's id or one of its domains with --tenant or AZURE_TENANT_ID."));
        }
        Ok(self.authority(tenant, client_id))
    }

    /// A person by the way that was named: what is kept of a sign-in the same way is gone on with.
    fn known_person(&self, way: Way) -> Result<Person> {
        let kept = self.kept()?.filter(|record| record.way == way.word());
        self.person(way, true, kept)
    }

    pub(super) fn person(&self, way: Way, named: bool, kept: Option<SignIn>) -> Result<Person> {
        let client_id = match (&self.settings.client_id, &kept) {
            (Some((client_id, _)), _) => client_id.clone(),
            (None, Some(record)) => record.client_id.clone(),
            (None, None) => {
                return Err(Error::new(ErrorCode::Usage, "A client id is needed to sign in as a person.")
                    .why("There is no built-in client: the app that people consent to should be your own.")
                    .fix("Give --client-id ID of an app registration with public client flows and the redirect http://localhost (`admin-reset setup-app --for COMMAND` makes one); or add --client-id graph-cli to use Microsoft's own Graph command-line app."));
            }
        };
        let graph = &self.settings.endpoints.graph;
        let mut scopes = Vec::new();
        if client_id == GRAPH_CLI_CLIENT_ID {
            self.console.warn(
                "graph-cli is Microsoft's own app: what is consented to for it holds for every tool that uses it, and sign-in logs show Graph PowerShell.",
            );
            let wanted: &[&str] = if self.ask.scopes.is_empty() {
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
        let tenant = match (&kept, &self.settings.tenant) {
            (Some(record), _) => TenantId::parse(&record.tenant)?,
            (None, Some((tenant, _))) => tenant.clone(),
            (None, None) => TenantId::parse("organizations")?,
        };
        let kept = kept.map(|record| Kept {
            vault: Vault::new(Arc::clone(&self.console)),
            record,
            state_dir: self.settings.state_dir.clone(),
        });
        Ok(Person {
            authority: self.authority(tenant, client_id),
            console: Arc::clone(&self.console),
            way,
            named,
            scopes,
            opener: browser::system_opener(&self.settings.env),
            kept,
            anew_as: None,
            choose_account: false,
            session: RefCell::new(None),
            turn: tokio::sync::Mutex::new(()),
            renewals: Cell::new(0),
        })
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

#[cfg(unix)]
fn others_can_read(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata()
        .is_ok_and(|data| data.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn others_can_read(_path: &Path) -> bool {
    false
}

fn missing(what: &str, names: &[&str]) -> Error {
    let names = names.join(", ");
    Error::new(
        ErrorCode::BadConfig,
        format!("{what} is incomplete: {names} is not set."),
    )
    .fix(format!("Set {names}, or choose another way with --auth."))
}
