//! Azure Key Vault, as far as secrets need it: set a version, read it, change its attributes, list versions.
//!
//! Speaks to one vault with a token of the vault's own audience; shares the transport's rules and the retry table. Puts a secret into
//! a request body and nowhere else. Source: Key Vault REST reference, secrets, api-version 7.4; never compared
//! with a live vault.

mod name;

pub use name::{domain, host, is_secret_name};

use crate::auth::TokenSource;
use crate::error::{Error, ErrorCode, Result, Service};
use crate::http::cloud::Origin;
use crate::http::retry::{BUDGET, Facts, Replay, Try, next_delay};
use crate::http::{Failure, Incoming, Outgoing, Transport, base_headers};
use crate::random;
use crate::secret::Secret;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method};
use serde::Deserialize;
use serde_json::{Value, json};
use std::rc::Rc;
use std::time::Instant;
use url::Url;

const VERSION: &str = "7.4";

/// One vault.
pub struct Vault {
    transport: Rc<Transport>,
    tokens: Box<dyn TokenSource>,
    origin: Origin,
    named: String,
}

#[derive(Deserialize)]
struct Bundle {
    id: String,
    value: Option<String>,
    #[serde(default)]
    attributes: Attributes,
    #[serde(default)]
    tags: Value,
}

#[derive(Deserialize, Default)]
struct Attributes {
    enabled: Option<bool>,
}

/// A version of a secret, without its value.
#[derive(Debug, Clone)]
pub struct Listed {
    /// Number of the version.
    pub version: String,
    /// Whether it gives its value.
    pub enabled: bool,
    /// What stands beside it.
    pub tags: Value,
}

#[derive(Deserialize)]
struct Versions {
    #[serde(default)]
    value: Vec<Bundle>,
}

impl Vault {
    /// A vault at its origin; `named` is how sentences call it. Nothing is sent yet.
    #[must_use]
    pub fn new(
        transport: Rc<Transport>,
        tokens: Box<dyn TokenSource>,
        origin: Origin,
        named: &str,
    ) -> Self {
        Vault {
            transport,
            tokens,
            origin,
            named: named.to_owned(),
        }
    }

    /// How sentences call it.
    #[must_use]
    pub fn named(&self) -> &str {
        &self.named
    }

    /// Whether versions of a secret can be listed: the vault is there and takes the token.
    pub async fn reach(&self, name: &str) -> Result<()> {
        let reply = self
            .exchange(
                Method::GET,
                &format!("{name}/versions"),
                Some("maxresults=1"),
                None,
            )
            .await?;
        match reply.status.as_u16() {
            200 | 404 => Ok(()),
            _ => Err(self.refused(&reply, "cannot be used")),
        }
    }

    /// Sets a new version and makes sure that the vault holds it as it was sent; its number.
    pub async fn set(
        &self,
        name: &str,
        secret: &Secret,
        enabled: bool,
        tags: &Value,
    ) -> Result<String> {
        let body = json!({
            "value": secret.expose(),
            "contentType": "text/plain",
            "attributes": { "enabled": enabled },
            "tags": tags,
        });
        let reply = self.exchange(Method::PUT, name, None, Some(&body)).await?;
        if reply.status.as_u16() != 200 {
            return Err(self.refused(&reply, "did not take the secret"));
        }
        let bundle: Bundle = self.read(&reply)?;
        let version = self.version_of(&bundle.id, name)?;
        if bundle
            .value
            .map(Secret::new)
            .is_none_or(|back| back.expose() != secret.expose())
            || bundle.attributes.enabled != Some(enabled)
        {
            return Err(self.odd("It did not give back what was put in."));
        }
        Ok(version)
    }

    /// Whether the version is in the vault, and enabled as expected: read back after it was set.
    pub async fn holds(&self, name: &str, version: &str, enabled: bool) -> Result<bool> {
        let versions = self.versions(name).await?;
        Ok(versions
            .iter()
            .any(|one| one.version == version && one.enabled == enabled))
    }

    /// The newest versions of a secret; none where there is no such secret.
    pub async fn versions(&self, name: &str) -> Result<Vec<Listed>> {
        let query = Some("maxresults=25");
        let reply = self
            .exchange(Method::GET, &format!("{name}/versions"), query, None)
            .await?;
        match reply.status.as_u16() {
            200 => {}
            404 => return Ok(Vec::new()),
            _ => return Err(self.refused(&reply, "could not be read back")),
        }
        let versions: Versions = self.read(&reply)?;
        versions
            .value
            .into_iter()
            .map(|one| {
                Ok(Listed {
                    version: self.version_of(&one.id, name)?,
                    enabled: one.attributes.enabled == Some(true),
                    tags: one.tags,
                })
            })
            .collect()
    }

    /// The value of an enabled version.
    pub async fn get(&self, name: &str, version: &str) -> Result<Secret> {
        let reply = self
            .exchange(Method::GET, &format!("{name}/{version}"), None, None)
            .await?;
        if reply.status.as_u16() != 200 {
            return Err(self.refused(&reply, "could not be read back"));
        }
        let bundle: Bundle = self.read(&reply)?;
        bundle
            .value
            .map(Secret::new)
            .ok_or_else(|| self.odd("It gave no value."))
    }

    /// Changes what stands beside a version.
    pub async fn update(
        &self,
        name: &str,
        version: &str,
        enabled: bool,
        tags: &Value,
    ) -> Result<()> {
        let body = json!({ "attributes": { "enabled": enabled }, "tags": tags });
        let reply = self
            .exchange(
                Method::PATCH,
                &format!("{name}/{version}"),
                None,
                Some(&body),
            )
            .await?;
        match reply.status.as_u16() {
            200 => Ok(()),
            _ => Err(self.refused(&reply, "did not take the change of a version")),
        }
    }

    /// Sends until there is an answer, within the budget. Setting the same secret twice makes two versions that hold the same.
    async fn exchange(
        &self,
        method: Method,
        path: &str,
        query: Option<&str>,
        body: Option<&Value>,
    ) -> Result<Incoming> {
        let started = Instant::now();
        let query = query.map(|more| format!("&{more}")).unwrap_or_default();
        let url = Url::parse(&format!(
            "{}/secrets/{path}?api-version={VERSION}{query}",
            self.origin
        ))
        .map_err(|cause| {
            Error::new(
                ErrorCode::Internal,
                "The address of the vault could not be built.",
            )
            .source(cause)
        })?;
        let (mut tries, mut fresh) = (0, false);
        loop {
            tries += 1;
            let token = self.tokens.token(None, fresh).await?;
            let mut headers = base_headers(&random::uuid()?);
            let mut bearer = HeaderValue::from_str(&format!("Bearer {}", token.secret.expose()))
                .map_err(|_| {
                    Error::new(
                        ErrorCode::SignInFailed,
                        "The token for Key Vault cannot be sent.",
                    )
                })?;
            bearer.set_sensitive(true);
            headers.insert(AUTHORIZATION, bearer);
            if body.is_some() {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            }
            let request = Outgoing {
                method: method.clone(),
                url: url.clone(),
                headers,
                body: body.map(|body| body.to_string().into_bytes()),
            };
            let (outcome, wait, failure) = match self.transport.send(&request).await {
                Ok(reply) if reply.status.as_u16() == 401 && !fresh => {
                    fresh = true;
                    continue;
                }
                Ok(reply) => {
                    let (status, wait) = (reply.status.as_u16(), reply.retry_after());
                    (Try::Status(status), wait, Ok(reply))
                }
                Err(Failure::NeverSent(error)) => (Try::NeverSent, None, Err(error)),
                Err(Failure::Lost(error, _)) => (Try::Lost, None, Err(error)),
            };
            let facts = Facts {
                outcome,
                replay: Replay::Safe,
                tries,
                retry_after: wait,
                left: BUDGET.saturating_sub(started.elapsed()),
                jitter: random::fraction()?,
            };
            match next_delay(facts) {
                Some(delay) => {
                    self.transport.waiting(delay, "Key Vault");
                    tokio::time::sleep(delay).await;
                }
                None => return failure,
            }
        }
    }

    fn read<T: serde::de::DeserializeOwned>(&self, reply: &Incoming) -> Result<T> {
        // The library's message may quote the secret.
        serde_json::from_slice(&reply.body).map_err(|_| self.odd("Its answer cannot be read."))
    }

    fn odd(&self, why: &str) -> Error {
        Error::new(
            ErrorCode::UnexpectedReply,
            format!("Vault {} answered something unexpected.", self.named),
        )
        .why(why)
    }

    fn version_of(&self, id: &str, name: &str) -> Result<String> {
        let version = id
            .rsplit_once(&format!("/secrets/{name}/"))
            .map(|(_, version)| version);
        version
            .filter(|version| {
                !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_alphanumeric())
            })
            .map(str::to_owned)
            .ok_or_else(|| self.odd("Its answer names no version."))
    }

    /// Our error for a refusal; of its body only codes are taken.
    fn refused(&self, reply: &Incoming, what: &str) -> Error {
        let status = reply.status.as_u16();
        let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        let word = |value: &Value| {
            let text = value.as_str()?;
            let fine = text.len() <= 60 && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
            fine.then(|| text.to_owned())
        };
        let (code, inner) = (
            word(&body["error"]["code"]),
            word(&body["error"]["innererror"]["code"]),
        );
        let (error_code, why, fix) = match (
            status,
            inner.as_deref().or(code.as_deref()).unwrap_or_default(),
        ) {
            (401, _) => (
                ErrorCode::SinkRefused,
                "The vault does not take the token; it may belong to another tenant.",
                "Check which tenant the vault belongs to, and sign in to that one.",
            ),
            (403, "ForbiddenByFirewall") => (
                ErrorCode::SinkRefused,
                "The firewall of the vault does not let this address in.",
                "Run the command from an allowed network, or use another destination.",
            ),
            (403, _) => (
                ErrorCode::SinkRefused,
                "The caller may not set, list and read secrets there.",
                "Give the caller the role Key Vault Secrets Officer on the vault (or the permissions get, list and set).",
            ),
            (404, _) => (
                ErrorCode::SinkRefused,
                "The vault has no such secret or version.",
                "Check the name of the vault.",
            ),
            (409, _) => (
                ErrorCode::SinkRefused,
                "A deleted secret of this name can still be recovered, and blocks the name.",
                "Recover it (az keyvault secret recover), or choose another name.",
            ),
            (429 | 500..=599, _) => (
                ErrorCode::SinkRefused,
                "The service failed or was too busy.",
                "Try again later, or use another destination.",
            ),
            _ => (
                ErrorCode::SinkRefused,
                "The vault refuses the request.",
                "Check the name, or use another destination.",
            ),
        };
        Error::new(error_code, format!("Vault {} {what}.", self.named))
            .why(why)
            .fix(fix)
            .service(Service {
                http_status: Some(status),
                code: match (code, inner) {
                    (Some(code), Some(inner)) => Some(format!("{code} ({inner})")),
                    (code, inner) => code.or(inner),
                },
                request_id: reply.header("x-ms-request-id").map(str::to_owned),
                ..Service::default()
            })
    }
}
