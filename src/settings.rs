//! Flags, environment and profile become one `Settings`: flag > environment > profile > default.
//!
//! The only module that reads the environment. Keeps where each value came from, so that `whoami` and `doctor` can tell.
//! Contradictions are errors with a sentence, never a silent choice.

mod endpoints;
mod env;
mod profile;
mod remembered;
mod somehow;
mod told;

pub use env::{Env, Given};
pub use profile::Profile;
pub use told::Told;

use crate::cli::GlobalArgs;
use crate::error::{Error, ErrorCode, Result};
use crate::http::cloud::Endpoints;
use crate::ids::TenantId;
use crate::secret::Secret;
use crate::sign_ins::{self, DEFAULT_PROFILE};
use std::path::{Path, PathBuf};

/// How to sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Auth {
    /// A ready token, then a complete credential in the environment, then a cached sign-in, then the browser on a terminal
    Auto,
    /// The browser (authorization code with PKCE)
    Browser,
    /// A code entered on another device
    DeviceCode,
    /// An app with a client secret
    Secret,
    /// An app with a certificate (PEM or PKCS#12 file)
    Certificate,
    /// An app with a token of another issuer: GitHub Actions, Azure DevOps, GitLab, Kubernetes
    Federated,
    /// The identity of the Azure resource this runs on
    ManagedIdentity,
    /// Whoever is signed in with the Azure CLI
    AzureCli,
    /// A ready access token in ADMIN_RESET_TOKEN
    Token,
}

impl Auth {
    /// The word of `--auth` for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Auth::Auto => "auto",
            Auth::Browser => "browser",
            Auth::DeviceCode => "device-code",
            Auth::Secret => "secret",
            Auth::Certificate => "certificate",
            Auth::Federated => "federated",
            Auth::ManagedIdentity => "managed-identity",
            Auth::AzureCli => "azure-cli",
            Auth::Token => "token",
        }
    }
}

/// Everything a command may ask about its surroundings, resolved.
#[derive(Clone)]
pub struct Settings {
    /// The environment, for credentials and names given by flags.
    pub env: Env,
    /// Folder of `config.toml`.
    pub config_dir: Option<PathBuf>,
    /// Folder of journal and pending work.
    pub state_dir: Option<PathBuf>,
    /// Name of the profile in use, when one was named.
    pub profile_name: Option<String>,
    /// Tenant, when one was named.
    pub tenant: Option<(TenantId, Given)>,
    /// Client id, when one was named; `graph-cli` is resolved.
    pub client_id: Option<(String, Given)>,
    /// How to sign in.
    pub auth: (Auth, Given),
    /// The cloud and its endpoints.
    pub endpoints: Endpoints,
    /// A certificate authority beside the system's.
    pub ca_file: Option<PathBuf>,
    /// Whether this command runs on the built-in tenant.
    pub sandbox: bool,
    /// Age recipients of sealed copies, from the profile.
    pub escrow_recipients: Vec<String>,
    /// Where the values without a mark of their own came from.
    pub from: From,
}

/// Where values came from.
#[derive(Debug, Clone, Copy)]
pub struct From {
    /// The profile's name.
    pub profile: Given,
    /// The national cloud.
    pub cloud: Given,
    /// The login endpoint.
    pub login: Given,
    /// The Graph endpoint.
    pub graph: Given,
    /// The further certificate authority.
    pub ca_file: Given,
}

/// What of `config.toml` is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// The profile that was named.
    Profile,
    /// The same; it need not exist.
    NewProfile,
    /// Nothing: the file is what is broken.
    Nothing,
}

/// Client id of Microsoft Graph Command Line Tools, an opt-in (auth facts, section 6.2).
pub const GRAPH_CLI_CLIENT_ID: &str = "14d82eec-204b-4c2f-b7e8-296a70dab67e";

impl Settings {
    /// Resolves flags, environment and profile.
    pub fn resolve(args: &GlobalArgs, env: Env) -> Result<Self> {
        Self::resolve_with(args, env, Reading::Profile)
    }

    /// The same for a command that makes a profile when the one that was named does not exist.
    pub fn resolve_new(args: &GlobalArgs, env: Env) -> Result<Self> {
        Self::resolve_with(args, env, Reading::NewProfile)
    }

    fn resolve_with(args: &GlobalArgs, env: Env, reading: Reading) -> Result<Self> {
        let config_dir = folder(&env, "ADMIN_RESET_CONFIG_DIR", "XDG_CONFIG_HOME", ".config");
        let state_dir = folder(
            &env,
            "ADMIN_RESET_STATE_DIR",
            "XDG_STATE_HOME",
            ".local/state",
        );
        let named = args
            .profile
            .clone()
            .or_else(|| env.get("ADMIN_RESET_PROFILE").map(str::to_owned));
        // The built-in tenant has nothing to do with a person's profile; a broken file must not stop a rehearsal.
        let mut profile = if args.sandbox_on() || reading == Reading::Nothing {
            Profile::default()
        } else {
            let signed_in = |name: &str| {
                let folder = state_dir.as_deref()?;
                sign_ins::of(folder, name).transpose()
            };
            profile::read(
                config_dir.as_deref(),
                named.as_deref(),
                signed_in,
                reading == Reading::NewProfile,
            )?
        };
        let pick = |flag: &Option<String>,
                    variable: &str,
                    profile: &Option<String>|
         -> Option<(String, Given)> {
            flag.clone()
                .map(|value| (value, Given::Flag))
                .or_else(|| {
                    env.get(variable)
                        .map(|value| (value.to_owned(), Given::Environment))
                })
                .or_else(|| profile.clone().map(|value| (value, Given::Profile)))
        };
        let tenant = pick(&args.tenant, "AZURE_TENANT_ID", &profile.tenant)
            .map(|(value, from)| TenantId::parse(&value).map(|tenant| (tenant, from)))
            .transpose()?;
        let client_id = pick(&args.client_id, "AZURE_CLIENT_ID", &profile.client_id)
            .map(|(value, from)| client_id(&value).map(|id| (id, from)))
            .transpose()?;
        let auth = match (args.auth, &profile.auth) {
            (Some(auth), _) => (auth, Given::Flag),
            (None, Some(text)) => (
                <Auth as clap::ValueEnum>::from_str(text, true).map_err(|_| {
                    bad_config(
                        format!("'{text}' is no way to sign in."),
                        "Correct `auth` in the profile.",
                    )
                })?,
                Given::Profile,
            ),
            (None, None) => (Auth::Auto, Given::Default),
        };
        if !args.sandbox_on()
            && let Some(folder) = state_dir.as_deref()
        {
            let named = named.as_deref().unwrap_or(DEFAULT_PROFILE);
            let said = remembered::Said {
                auth: auth.0,
                client_id: client_id.as_ref().map(|(id, _)| id.as_str()),
                tenant: tenant.as_ref().map(|(tenant, _)| tenant.as_str()),
                env: &env,
            };
            remembered::cloud(&mut profile, folder, named, &said);
        }
        let chosen = endpoints::endpoints(args, &env, &profile)?;
        let from = From {
            profile: match (&args.profile, &named) {
                (Some(_), _) => Given::Flag,
                (None, Some(_)) => Given::Environment,
                (None, None) => Given::Default,
            },
            cloud: chosen.cloud,
            login: chosen.login,
            graph: chosen.graph,
            ca_file: match (&args.ca_file, &profile.ca_file) {
                (Some(_), _) => Given::Flag,
                (None, Some(_)) => Given::Profile,
                (None, None) => Given::Default,
            },
        };
        let escrow_recipients = profile.escrow_recipients(config_dir.as_deref());
        let ca_file = args.ca_file.clone().or(profile.ca_file);
        Ok(Settings {
            config_dir,
            state_dir,
            profile_name: named,
            tenant,
            client_id,
            auth,
            endpoints: chosen.endpoints,
            ca_file,
            sandbox: args.sandbox_on(),
            escrow_recipients,
            from,
            env,
        })
    }

    /// All profiles of `config.toml` with their names; none when there is no file or it is not understood.
    #[must_use]
    pub fn profiles(&self) -> Vec<(String, Profile)> {
        profile::all(self.config_dir.as_deref())
    }

    /// A secret from the environment.
    #[must_use]
    pub fn secret(&self, name: &str) -> Option<Secret> {
        self.env.get(name).map(Secret::new)
    }

    /// The state folder, or the sentence why there is none.
    pub fn state_dir(&self) -> Result<&Path> {
        self.state_dir.as_deref().ok_or_else(|| {
            Error::new(
                ErrorCode::JournalRefused,
                "There is no folder for the journal.",
            )
            .why("Neither ADMIN_RESET_STATE_DIR, XDG_STATE_HOME nor HOME is set.")
            .fix("Set ADMIN_RESET_STATE_DIR to a folder that only you can write.")
        })
    }
}

fn folder(env: &Env, own: &str, xdg: &str, home: &str) -> Option<PathBuf> {
    if let Some(path) = env.get(own) {
        return Some(PathBuf::from(path));
    }
    // XDG folders must be absolute to count (XDG base directory specification).
    if let Some(path) = env
        .get(xdg)
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
    {
        return Some(path.join("admin-reset"));
    }
    if cfg!(windows)
        && let Some(path) = env.get("APPDATA")
    {
        return Some(PathBuf::from(path).join("admin-reset"));
    }
    env.get("HOME")
        .or_else(|| env.get("USERPROFILE"))
        .map(|path| PathBuf::from(path).join(home).join("admin-reset"))
}

fn client_id(value: &str) -> Result<String> {
    if value == "graph-cli" {
        return Ok(GRAPH_CLI_CLIENT_ID.to_owned());
    }
    crate::ids::guid(value).ok_or_else(|| {
        Error::new(
            ErrorCode::BadInput,
            format!("'{}' cannot be a client id.", value.escape_debug()),
        )
        .why("Rule: a client id is the GUID of an app registration, or the word graph-cli.")
        .fix("Give the Application (client) ID of the app registration.")
    })
}

fn bad_config(message: impl Into<String>, fix: &str) -> Error {
    Error::new(ErrorCode::BadConfig, message).fix(fix)
}

#[cfg(test)]
mod tests;
