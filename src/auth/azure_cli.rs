//! A token of whoever is signed in with the Azure CLI: `az account get-access-token`, without a shell and within bounds.
//!
//! `az` is found on the PATH, never in the current folder, and gets an environment without credentials of ours.
//! Source: Microsoft Learn "az account get-access-token"; the Azure SDKs' own use of it, read 2026-11.

use super::claims::{self, TokenClaims};
use super::flows::{same_tenant, usable};
use super::sources::still_good;
use super::{AccessToken, Boxed, TokenSource};
use crate::error::{Error, ErrorCode, Result};
use crate::http::cloud::{Endpoints, Origin};
use crate::ids::TenantId;
use crate::render::text::cell;
use crate::secret::Secret;
use crate::settings::{Env, Settings};
use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Longest run of `az`: it starts slowly and may renew its own sign-in first.
const LONGEST: Duration = Duration::from_secs(30);
/// Longest output that is read.
const LIMIT: usize = 256 * 1024;

/// What `az` needs: its configuration, the network, a place for files. No credential of ours.
const PASSED_ON: &[&str] = &[
    "ALL_PROXY",
    "APPDATA",
    "AZURE_CONFIG_DIR",
    "COMSPEC",
    "HOME",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "LANG",
    "LC_ALL",
    "LOCALAPPDATA",
    "LOGNAME",
    "NO_PROXY",
    "PATH",
    "PATHEXT",
    "PROGRAMDATA",
    "PROGRAMFILES",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "SYSTEMROOT",
    "SystemRoot",
    "TEMP",
    "TMP",
    "TMPDIR",
    "USER",
    "USERNAME",
    "USERPROFILE",
    "XDG_CONFIG_HOME",
    "all_proxy",
    "http_proxy",
    "https_proxy",
    "no_proxy",
];

/// The Azure CLI of this machine.
pub(super) struct AzureCli {
    program: PathBuf,
    env: Env,
    endpoints: Endpoints,
    tenant: Option<TenantId>,
    token: RefCell<Option<AccessToken>>,
}

impl AzureCli {
    pub(super) fn new(settings: &Settings) -> Result<Self> {
        let program = found(&settings.env).ok_or_else(|| {
            Error::new(ErrorCode::NotSignedIn, "The Azure CLI was not found.")
                .why("No folder of PATH holds az.")
                .fix("Install the Azure CLI and run `az login`, or choose another way with --auth.")
        })?;
        Ok(AzureCli {
            program,
            env: settings.env.clone(),
            endpoints: settings.endpoints.clone(),
            tenant: settings.tenant.as_ref().map(|(tenant, _)| tenant.clone()),
            token: RefCell::new(None),
        })
    }

    async fn obtain(&self) -> Result<AccessToken> {
        let asked_at = Instant::now();
        let output = self.run().await?;
        let answer: serde_json::Value =
            serde_json::from_slice(&output).map_err(|_| unreadable())?;
        let secret = answer["accessToken"]
            .as_str()
            .filter(|token| !token.is_empty())
            .map(Secret::new)
            .ok_or_else(unreadable)?;
        let claims = TokenClaims::read(secret.expose());
        let foreign = claims
            .aud
            .as_deref()
            .is_some_and(|aud| !self.endpoints.accepts_audience(aud));
        if foreign {
            return Err(Error::new(
                ErrorCode::SignInFailed,
                "The Azure CLI gave a token for another service.",
            )
            .why(format!(
                "Graph is at {}, and the Azure CLI may be set to another cloud.",
                self.endpoints.graph
            ))
            .fix("Compare `az cloud show` with --cloud."));
        }
        if let Some(tenant) = &self.tenant {
            same_tenant(tenant, &claims)?;
        }
        // `expiresOn` is local time without a zone; only the number can be used.
        let value = &answer["expires_on"];
        let end = value
            .as_u64()
            .or_else(|| value.as_str()?.trim().parse().ok())
            .or(claims.exp);
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let life = end.map(|end| Duration::from_secs(end).saturating_sub(now));
        Ok(AccessToken {
            secret,
            origin: self.endpoints.graph.clone(),
            expires: life.and_then(|life| asked_at.checked_add(usable(life))),
            claims,
        })
    }

    async fn run(&self) -> Result<Vec<u8>> {
        let mut command = tokio::process::Command::new(&self.program);
        command.args(["account", "get-access-token", "--output", "json", "--scope"]);
        command.arg(scope(&self.endpoints.graph));
        if let Some(tenant) = self.tenant.as_ref().filter(|tenant| tenant.is_one()) {
            command.args(["--tenant", tenant.as_str()]);
        }
        command
            .env_clear()
            .envs(
                PASSED_ON
                    .iter()
                    .filter_map(|name| Some((*name, self.env.get(name)?))),
            )
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let work = async { command.spawn()?.wait_with_output().await };
        let output = match tokio::time::timeout(LONGEST, work).await {
            Err(_) => {
                return Err(Error::new(
                    ErrorCode::SignInFailed,
                    "The Azure CLI did not answer in time.",
                )
                .why(format!(
                    "{} ran for {} s.",
                    self.program.display(),
                    LONGEST.as_secs()
                ))
                .fix("Run `az account get-access-token` by hand and see what it waits for."));
            }
            Ok(Err(cause)) => {
                return Err(Error::new(
                    ErrorCode::SignInFailed,
                    "The Azure CLI could not be started.",
                )
                .source(cause));
            }
            Ok(Ok(output)) => output,
        };
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            let said: String = cell(said.trim()).chars().take(500).collect();
            return Err(
                Error::new(ErrorCode::SignInFailed, "The Azure CLI gave no token.")
                    .why(if said.is_empty() {
                        "It said nothing.".to_owned()
                    } else {
                        said
                    })
                    .fix("Run `az login`, with --tenant when it is not your home tenant."),
            );
        }
        if output.stdout.len() > LIMIT {
            return Err(unreadable());
        }
        Ok(output.stdout)
    }
}

fn scope(graph: &Origin) -> String {
    format!("{graph}/.default")
}

fn unreadable() -> Error {
    Error::new(
        ErrorCode::SignInFailed,
        "The output of the Azure CLI is not understood.",
    )
    .why("It is not the JSON that `az account get-access-token` documents.")
    .fix("Update the Azure CLI.")
}

/// The first `az` on the PATH. A relative or empty folder of PATH is the current one, whatever lies there.
fn found(env: &Env) -> Option<PathBuf> {
    let names: &[&str] = if cfg!(windows) {
        &["az.cmd", "az.exe"]
    } else {
        &["az"]
    };
    std::env::split_paths(env.get("PATH")?)
        .filter(|folder| folder.is_absolute())
        .flat_map(|folder| names.iter().map(move |name| folder.join(name)))
        .find(|path| is_program(path))
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata()
        .is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}

impl TokenSource for AzureCli {
    fn token<'a>(&'a self, claims: Option<&'a str>, fresh: bool) -> Boxed<'a, Result<AccessToken>> {
        Box::pin(async move {
            // Its cache gives the same token again; only a new sign-in of its own helps.
            if let Some(challenge) = claims.or(fresh.then_some("{}")) {
                return Err(Error::new(
                    ErrorCode::TokenRefused,
                    "Graph does not accept the Azure CLI's token any more.",
                )
                .why(claims::reason(challenge))
                .fix("Run `az logout` and `az login`, then the command again."));
            }
            let kept = self.token.borrow().clone();
            if let Some(token) = kept.filter(still_good) {
                return Ok(token);
            }
            let token = self.obtain().await?;
            *self.token.borrow_mut() = Some(token.clone());
            Ok(token)
        })
    }

    fn way(&self) -> &'static str {
        "azure-cli"
    }
}
