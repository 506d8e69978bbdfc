//! Workload identity federation: an app proves itself with a token of another issuer - GitHub Actions, Azure DevOps, or whoever keeps
//! a token file up to date (Kubernetes, GitLab). Asks for a new one each time, since they live for minutes.
//!
//! Whoever writes a pipeline controls these variables: the request token goes to https or to this machine only, and is never redirected.
//! Source: Microsoft Learn "Workload identity federation"; GitHub and Azure DevOps documentation of OIDC, read 2026-11.

use super::claims;
use super::outside::{Question, confidential, refused, unreadable};
use crate::error::{Error, ErrorCode, Result};
use crate::files;
use crate::http::cloud::Origin;
use crate::http::{Transport, Watch, base_headers};
use crate::policy::federation::audience;
use crate::random;
use crate::secret::Secret;
use crate::settings::{Env, Settings};
use http::header::{AUTHORIZATION, CONTENT_LENGTH};
use http::{HeaderName, HeaderValue, Method};
use std::io::Read as _;
use std::path::PathBuf;
use url::Url;

/// Longest token that is taken.
const LIMIT: u64 = 64 * 1024;

/// Who vouches for the job this runs in.
pub(super) enum Issuer {
    /// A file that somebody else keeps up to date.
    File(PathBuf),
    /// GitHub Actions.
    GitHub { url: Url, token: Secret },
    /// Azure DevOps.
    AzureDevOps { url: Url, token: Secret },
}

/// Where an issuer is asked for, and what it is asked for.
pub(super) struct Federated {
    issuer: Issuer,
    transport: Option<Transport>,
    audience: &'static str,
}

/// What the environment offers.
pub(super) enum Offer {
    /// Nothing of the kind.
    None,
    /// A variable that only somebody who means a federated sign-in sets.
    Meant(Issuer),
    /// What every job of a CI system may have, whether it is meant for us or not.
    Around(Issuer),
    /// The same with a part missing.
    Half(&'static str, &'static str),
}

/// Looks for an issuer. A token file is set for this purpose alone and comes first.
pub(super) fn offer(env: &Env) -> Result<Offer> {
    if let Some(path) = env.get("AZURE_FEDERATED_TOKEN_FILE") {
        return Ok(Offer::Meant(Issuer::File(PathBuf::from(path))));
    }
    let secret = |name: &str| env.get(name).map(|value| Secret::new(value.trim()));
    match (
        env.get("ACTIONS_ID_TOKEN_REQUEST_URL"),
        secret("ACTIONS_ID_TOKEN_REQUEST_TOKEN"),
    ) {
        (Some(url), Some(token)) => {
            let url = address("ACTIONS_ID_TOKEN_REQUEST_URL", url)?;
            return Ok(Offer::Around(Issuer::GitHub { url, token }));
        }
        (Some(_), None) => {
            return Ok(Offer::Half(
                "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
                "Give the job `permissions: id-token: write`.",
            ));
        }
        (None, Some(_)) => {
            return Ok(Offer::Half(
                "ACTIONS_ID_TOKEN_REQUEST_URL",
                "Give the job `permissions: id-token: write`.",
            ));
        }
        (None, None) => {}
    }
    match (
        env.get("SYSTEM_OIDCREQUESTURI"),
        secret("SYSTEM_ACCESSTOKEN"),
    ) {
        (Some(url), Some(token)) => {
            let mut url = address("SYSTEM_OIDCREQUESTURI", url)?;
            url.query_pairs_mut().append_pair("api-version", "7.1");
            if let Some(id) = env.get("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID") {
                url.query_pairs_mut().append_pair("serviceConnectionId", id);
            }
            Ok(Offer::Around(Issuer::AzureDevOps { url, token }))
        }
        (Some(_), None) => Ok(Offer::Half(
            "SYSTEM_ACCESSTOKEN",
            "Map it in the step: env: SYSTEM_ACCESSTOKEN: $(System.AccessToken).",
        )),
        _ => Ok(Offer::None),
    }
}

/// An address of the environment that a secret may be sent to.
fn address(name: &str, text: &str) -> Result<Url> {
    let refuse = |rule: String| {
        Error::new(
            ErrorCode::BadConfig,
            format!("The address in {name} cannot be used."),
        )
        .why(format!(
            "The job's request token would go there, and {rule}."
        ))
        .fix(format!(
            "Leave {name} as the CI system sets it, or unset it."
        ))
    };
    let url = Url::parse(text.trim()).map_err(|cause| refuse(format!("it is no URL ({cause})")))?;
    Origin::of(&url).map_err(refuse)?;
    Ok(url)
}

impl Federated {
    pub(super) fn new(issuer: Issuer, settings: &Settings, watch: Watch) -> Result<Self> {
        let transport = match &issuer {
            Issuer::File(_) => None,
            Issuer::GitHub { url, .. } | Issuer::AzureDevOps { url, .. } => {
                let origin =
                    Origin::of(url).map_err(|rule| Error::new(ErrorCode::Internal, rule))?;
                Some(Transport::toward(settings, vec![origin], watch)?)
            }
        };
        Ok(Federated {
            issuer,
            transport,
            audience: audience(settings.endpoints.cloud),
        })
    }

    /// A new assertion.
    pub(super) async fn assertion(&self) -> Result<Secret> {
        match (&self.issuer, &self.transport) {
            (Issuer::File(path), _) => read(path),
            (Issuer::GitHub { url, token }, Some(transport)) => {
                self.of_github(url, token, transport).await
            }
            (Issuer::AzureDevOps { url, token }, Some(transport)) => {
                of_azure_devops(url, token, transport).await
            }
            _ => Err(Error::new(
                ErrorCode::Internal,
                "There is no way to the issuer.",
            )),
        }
    }

    async fn of_github(&self, url: &Url, token: &Secret, transport: &Transport) -> Result<Secret> {
        const WHOM: &str = "GitHub's token service";
        let mut url = url.clone();
        url.query_pairs_mut().append_pair("audience", self.audience);
        let mut headers = base_headers(&random::uuid()?);
        confidential(
            &mut headers,
            AUTHORIZATION,
            &format!("Bearer {}", token.expose()),
        )?;
        let question = Question {
            method: Method::GET,
            url,
            headers,
            whom: WHOM,
            not_yet: &[],
        };
        let reply = question.put(transport).await?;
        if reply.status != http::StatusCode::OK {
            return Err(refused(WHOM, &reply).fix("Give the job `permissions: id-token: write`, and sign in while the job still runs."));
        }
        field(&reply.body, "value").ok_or_else(|| unreadable(WHOM))
    }

    /// What the assertion says about itself, for the error that it was refused with. Decoded here, never shown whole.
    pub(super) fn explain(&self, error: Error, assertion: &Secret) -> Error {
        let Some(said) = claims::Presented::read(assertion) else {
            return error.fix("The token that was presented is no JWT; check what is in AZURE_FEDERATED_TOKEN_FILE.");
        };
        let mut fix = format!(
            "A federated credential of the app has to have exactly this issuer, subject and audience: issuer {}, subject {}, audience {}.",
            said.issuer, said.subject, said.audience
        );
        if said.audience != self.audience {
            fix.push_str(&format!(" The audience has to be {}.", self.audience));
        }
        fix.push_str(" A credential that was made minutes ago may not be known everywhere yet.");
        error.fix(fix)
    }
}

fn read(path: &std::path::Path) -> Result<Secret> {
    let refused = |why: String| {
        Error::new(
            ErrorCode::BadConfig,
            format!("The token file {} cannot be used.", files::shown(path)),
        )
        .why(why)
        .fix("Correct AZURE_FEDERATED_TOKEN_FILE: it names a file that holds the token of the issuer and nothing else.")
    };
    let file = files::open_to_read(path)
        .map_err(|error| refused(error.cause().unwrap_or_else(|| error.message().to_owned())))?;
    let mut text = zeroize::Zeroizing::new(String::new());
    file.take(LIMIT)
        .read_to_string(&mut text)
        .map_err(|cause| refused(format!("{cause}.")))?;
    let token = text.trim();
    if token.is_empty() {
        return Err(refused("It is empty.".to_owned()));
    }
    if !token.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(refused(
            "It holds something else than one token.".to_owned(),
        ));
    }
    Ok(Secret::new(token))
}

async fn of_azure_devops(url: &Url, token: &Secret, transport: &Transport) -> Result<Secret> {
    const WHOM: &str = "The token service of Azure DevOps";
    let mut headers = base_headers(&random::uuid()?);
    confidential(
        &mut headers,
        AUTHORIZATION,
        &format!("Bearer {}", token.expose()),
    )?;
    headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    headers.insert(
        http::header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    // Without it a refused request is answered by a sign-in page.
    headers.insert(
        HeaderName::from_static("x-tfs-fedauthredirect"),
        HeaderValue::from_static("Suppress"),
    );
    let question = Question {
        method: Method::POST,
        url: url.clone(),
        headers,
        whom: WHOM,
        not_yet: &[],
    };
    let reply = question.put(transport).await?;
    if reply.status != http::StatusCode::OK {
        return Err(refused(WHOM, &reply).fix("Check the service connection's id in AZURESUBSCRIPTION_SERVICE_CONNECTION_ID and that this pipeline may use it."));
    }
    field(&reply.body, "oidcToken").ok_or_else(|| unreadable(WHOM))
}

fn field(body: &[u8], name: &str) -> Option<Secret> {
    let value: serde_json::Value = serde_json::from_slice(body).ok()?;
    value[name]
        .as_str()
        .filter(|text| !text.is_empty())
        .map(Secret::new)
}
