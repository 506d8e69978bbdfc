//! Managed identity: the Azure resource this runs on vouches for itself - App Service, Functions and Container Apps by variables,
//! a machine of Azure Arc by a key file, a virtual machine by its instance metadata service (IMDS).
//!
//! None of them is ever asked through a proxy, and none is waited for where nobody listens.
//! Source: Microsoft Learn "How to use managed identities" (App Service, virtual machines, Arc), read 2026-11.

use super::claims::TokenClaims;
use super::flows::{same_tenant, usable};
use super::outside::{Question, confidential, refused, unreadable};
use super::sources::still_good;
use super::{AccessToken, Boxed, TokenSource};
use crate::error::{Error, ErrorCode, Result};
use crate::files;
use crate::http::cloud::{Origin, machine_address};
use crate::http::{Incoming, Outgoing, Transport, Watch, base_headers};
use crate::ids::TenantId;
use crate::random;
use crate::secret::Secret;
use crate::settings::{Env, Settings};
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use std::cell::RefCell;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use url::Url;

/// How long the first connection may take: on a laptop nobody answers at that address.
const PROBE: Duration = Duration::from_secs(1);
const IMDS: &str = "http://169.254.169.254";
/// Where the agent of Azure Arc keeps its keys.
const ARC_KEYS: &str = if cfg!(windows) {
    "C:\\ProgramData\\AzureConnectedMachineAgent\\Tokens"
} else {
    "/var/opt/azcmagent/tokens"
};
/// Longest key file of Azure Arc.
const KEY_LIMIT: u64 = 4096;

/// Who is asked.
pub(super) enum Place {
    AppService { url: Url, header: Secret },
    Arc { url: Url },
    Imds { url: Url },
}

/// The identity of the resource this runs on.
pub(super) struct Managed {
    place: Place,
    transport: Transport,
    graph: Origin,
    tenant: Option<TenantId>,
    /// Client id of a user-assigned identity.
    client_id: Option<String>,
    token: RefCell<Option<AccessToken>>,
}

/// Looks at the variables of Azure's hosts. `None` when there are none; then only IMDS is left to be tried.
pub(super) fn place(env: &Env) -> Result<Option<Place>> {
    let url = |name: &str| -> Result<Option<Url>> {
        let Some(text) = env.get(name) else {
            return Ok(None);
        };
        let refuse = |rule: String| {
            Error::new(
                ErrorCode::BadConfig,
                format!("The address in {name} cannot be used."),
            )
            .why(format!("Rule: {rule}."))
            .fix(format!("Leave {name} as Azure sets it, or unset it."))
        };
        let url = Url::parse(text).map_err(|cause| refuse(cause.to_string()))?;
        machine_address(&url).map_err(refuse)?;
        Ok(Some(url))
    };
    let Some(endpoint) = url("IDENTITY_ENDPOINT")? else {
        return Ok(None);
    };
    if env.get("IDENTITY_SERVER_THUMBPRINT").is_some() {
        return Err(Error::new(
            ErrorCode::BadConfig,
            "Managed identities of Service Fabric are not supported.",
        )
        .why("IDENTITY_SERVER_THUMBPRINT is set.")
        .fix("Use --auth certificate or --auth federated."));
    }
    if let Some(header) = env.get("IDENTITY_HEADER") {
        let header = Secret::new(header.trim());
        return Ok(Some(Place::AppService {
            url: endpoint,
            header,
        }));
    }
    if env.get("IMDS_ENDPOINT").is_some() {
        return Ok(Some(Place::Arc { url: endpoint }));
    }
    Err(Error::new(
        ErrorCode::BadConfig,
        "The managed identity is incomplete: IDENTITY_HEADER is not set.",
    )
    .why("IDENTITY_ENDPOINT is set, and App Service sets both.")
    .fix("Set IDENTITY_HEADER, or unset IDENTITY_ENDPOINT."))
}

/// The instance metadata service; the Azure SDKs take another address for it from this variable too.
pub(super) fn imds(env: &Env) -> Result<Place> {
    let base = env.get("AZURE_POD_IDENTITY_AUTHORITY_HOST").unwrap_or(IMDS);
    let url = Url::parse(&format!(
        "{}/metadata/identity/oauth2/token",
        base.trim_end_matches('/')
    ))
    .map_err(|cause| cause.to_string())
    .and_then(|url| machine_address(&url).map(|()| url))
    .map_err(|rule| {
        Error::new(
            ErrorCode::BadConfig,
            "The address in AZURE_POD_IDENTITY_AUTHORITY_HOST cannot be used.",
        )
        .why(format!("Rule: {rule}."))
    })?;
    Ok(Place::Imds { url })
}

impl Managed {
    pub(super) fn new(place: Place, settings: &Settings, watch: Watch) -> Result<Self> {
        Ok(Managed {
            place,
            transport: Transport::machine(PROBE, watch)?,
            graph: settings.endpoints.graph.clone(),
            tenant: settings.tenant.as_ref().map(|(tenant, _)| tenant.clone()),
            client_id: settings.client_id.as_ref().map(|(id, _)| id.clone()),
            token: RefCell::new(None),
        })
    }

    async fn obtain(&self) -> Result<AccessToken> {
        let asked_at = Instant::now();
        let reply = match &self.place {
            Place::AppService { url, header } => self.of_app_service(url, header).await?,
            Place::Arc { url } => self.of_arc(url).await?,
            Place::Imds { url } => self.of_imds(url).await?,
        };
        let token = self.read(&reply, asked_at)?;
        if let Some(tenant) = &self.tenant {
            same_tenant(tenant, &token.claims)?;
        }
        Ok(token)
    }

    /// The address with what is asked for.
    fn asking(&self, url: &Url, version: &str) -> Url {
        let mut url = url.clone();
        url.query_pairs_mut()
            .append_pair("api-version", version)
            .append_pair("resource", &self.graph.to_string());
        if let Some(id) = &self.client_id {
            url.query_pairs_mut().append_pair("client_id", id);
        }
        url
    }

    async fn of_app_service(&self, url: &Url, header: &Secret) -> Result<Incoming> {
        const WHOM: &str = "The identity endpoint of App Service";
        let mut headers = base_headers(&random::uuid()?);
        let name = HeaderName::from_static("x-identity-header");
        confidential(&mut headers, name, header.expose())?;
        let url = self.asking(url, "2019-08-01");
        let question = Question {
            method: Method::GET,
            url,
            headers,
            whom: WHOM,
            not_yet: &[],
        };
        self.judged(WHOM, question.put(&self.transport).await?)
    }

    async fn of_imds(&self, url: &Url) -> Result<Incoming> {
        const WHOM: &str = "The instance metadata service";
        // Without the header the service answers 400 at once, and so shows that it is there.
        let probe = Outgoing {
            method: Method::GET,
            url: self.asking(url, "2018-02-01"),
            headers: base_headers(&random::uuid()?),
            body: None,
        };
        let there = tokio::time::timeout(PROBE, self.transport.send(&probe)).await;
        if !matches!(there, Ok(Ok(_))) {
            return Err(Error::new(ErrorCode::NotSignedIn, "There is no managed identity here: the instance metadata service does not answer.")
                .why("This machine is no Azure virtual machine, or its network blocks 169.254.169.254.")
                .fix("Run this in Azure on a resource with a managed identity, or choose another way with --auth."));
        }
        let question = Question {
            method: Method::GET,
            url: self.asking(url, "2018-02-01"),
            headers: metadata()?,
            whom: WHOM,
            // Answers of a service that is being updated.
            not_yet: &[404, 410],
        };
        self.judged(WHOM, question.put(&self.transport).await?)
    }

    /// Arc answers the first request by naming a key file that only members of its group can read.
    async fn of_arc(&self, url: &Url) -> Result<Incoming> {
        const WHOM: &str = "The agent of Azure Arc";
        let ask = |headers: HeaderMap| Question {
            method: Method::GET,
            url: self.asking(url, "2020-06-01"),
            headers,
            whom: WHOM,
            not_yet: &[],
        };
        let first = ask(metadata()?).put(&self.transport).await?;
        if first.status != http::StatusCode::UNAUTHORIZED {
            return self.judged(WHOM, first);
        }
        let path = first
            .header("www-authenticate")
            .and_then(|value| value.strip_prefix("Basic realm="))
            .map(|path| PathBuf::from(path.trim_matches('"')))
            .ok_or_else(|| unreadable(WHOM))?;
        let key = arc_key(&path)?;
        let mut headers = metadata()?;
        confidential(
            &mut headers,
            AUTHORIZATION,
            &format!("Basic {}", key.expose()),
        )?;
        self.judged(WHOM, ask(headers).put(&self.transport).await?)
    }

    fn judged(&self, whom: &str, reply: Incoming) -> Result<Incoming> {
        match reply.status.as_u16() {
            200 => Ok(reply),
            400 => Err(refused(whom, &reply)
                .why(match &self.client_id {
                    Some(id) => format!("No identity with client id {id} is assigned to this resource."),
                    None => "No identity is assigned to this resource, or it has several and none was named.".to_owned(),
                })
                .fix("Assign the identity to the resource; name a user-assigned one with AZURE_CLIENT_ID or --client-id.")),
            _ => Err(refused(whom, &reply)),
        }
    }

    fn read(&self, reply: &Incoming, asked_at: Instant) -> Result<AccessToken> {
        const WHOM: &str = "The identity endpoint";
        let answer: serde_json::Value =
            serde_json::from_slice(&reply.body).map_err(|_| unreadable(WHOM))?;
        let secret = answer["access_token"]
            .as_str()
            .filter(|token| !token.is_empty())
            .map(Secret::new)
            .ok_or_else(|| unreadable(WHOM))?;
        let mut claims = TokenClaims::read(secret.expose());
        claims.app_only.get_or_insert(true);
        // Numbers come as text here.
        let seconds = |name: &str| {
            let value = &answer[name];
            value
                .as_u64()
                .or_else(|| value.as_str()?.trim().parse().ok())
        };
        let life = seconds("expires_in").map(Duration::from_secs).or_else(|| {
            let now = SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .unwrap_or_default();
            Some(Duration::from_secs(seconds("expires_on")?).saturating_sub(now))
        });
        Ok(AccessToken {
            secret,
            origin: self.graph.clone(),
            expires: life.and_then(|life| asked_at.checked_add(usable(life))),
            claims,
        })
    }
}

fn metadata() -> Result<HeaderMap> {
    let mut headers = base_headers(&random::uuid()?);
    headers.insert(
        HeaderName::from_static("metadata"),
        HeaderValue::from_static("true"),
    );
    Ok(headers)
}

/// The content of a key file, which has to be where the agent keeps them: the answer that names it may come from anybody on this machine.
fn arc_key(path: &Path) -> Result<Secret> {
    key_in(Path::new(ARC_KEYS), path)
}

fn key_in(folder: &Path, path: &Path) -> Result<Secret> {
    let refuse = |why: &str| {
        Error::new(ErrorCode::SignInFailed, "The key file that the agent of Azure Arc named cannot be used.")
            .why(why.to_owned())
            .fix("Let this user be a member of the group himds, and check the agent with `azcmagent show`.")
    };
    let fits = path.parent() == Some(folder)
        && path.extension().is_some_and(|extension| extension == "key");
    if !fits {
        return Err(refuse("It is not a .key file in the agent's folder."));
    }
    let file = files::open_to_read(path).map_err(|_| refuse("It cannot be read."))?;
    let mut key = zeroize::Zeroizing::new(String::new());
    let read = file.take(KEY_LIMIT + 1).read_to_string(&mut key);
    match read {
        Ok(length) if length as u64 <= KEY_LIMIT => Ok(Secret::new(key.trim())),
        Ok(_) => Err(refuse("It is too long.")),
        Err(_) => Err(refuse("It cannot be read.")),
    }
}

impl TokenSource for Managed {
    fn token<'a>(&'a self, claims: Option<&'a str>, fresh: bool) -> Boxed<'a, Result<AccessToken>> {
        Box::pin(async move {
            if claims.is_some() {
                return Err(Error::new(ErrorCode::TokenRefused, "Graph asks for another token, and a managed identity cannot ask for one with claims.")
                    .why(super::claims::reason(claims.unwrap_or_default()))
                    .fix("Check Conditional Access for workload identities; the platform keeps a token for up to a day."));
            }
            let kept = self.token.borrow().clone();
            if let Some(token) = kept.filter(|token| !fresh && still_good(token)) {
                return Ok(token);
            }
            let token = self.obtain().await?;
            *self.token.borrow_mut() = Some(token.clone());
            Ok(token)
        })
    }

    fn way(&self) -> &'static str {
        "managed-identity"
    }
}

#[cfg(test)]
mod tests;
