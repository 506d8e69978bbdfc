//! The exchanges with the token endpoint, by crate `oauth2`: a client secret, an authorization code, a refresh token become a grant.
//!
//! Knows the protocol and no person: what is shown and asked is in `device` and `browser`, what is kept in `sources`.

use super::AccessToken;
use super::authority::{Authority, Repeat, Trouble, unreadable};
use super::claims::TokenClaims;
use super::person::Account;
use crate::error::{Error, ErrorCode, Service};
use crate::ids;
use crate::secret::Secret;
use oauth2::basic::{
    BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse,
    BasicTokenType,
};
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, DeviceAuthorizationUrl,
    EndpointNotSet, EndpointSet, ExtraTokenFields, PkceCodeVerifier, RedirectUrl, RefreshToken,
    RequestTokenError, Scope, StandardRevocableToken, StandardTokenResponse, TokenResponse,
    TokenUrl,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::borrow::Cow;
use std::fmt;
use std::time::{Duration, Instant};

/// How long before its end a token counts as ended (as MSAL does), for tokens that live long enough.
const MARGIN: Duration = Duration::from_secs(300);

/// Scopes that belong to a person's sign-in, not to Graph.
pub(super) const SIGN_IN_SCOPES: [&str; 3] = ["offline_access", "openid", "profile"];

/// What says that a token is asked for by an assertion in place of a secret.
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

type Client = oauth2::Client<
    BasicErrorResponse,
    Answer,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointSet,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// A token answer with Entra's fields.
pub(super) type Answer = StandardTokenResponse<Entra, BasicTokenType>;

/// What Entra adds to a token answer. Of any kind, so that a strange value never costs the token.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Entra {
    #[serde(default, skip_serializing_if = "Value::is_null")]
    client_info: Value,
    #[serde(default, skip_serializing_if = "Value::is_null")]
    id_token: Value,
}

impl ExtraTokenFields for Entra {}

/// They are about a person, not for eyes.
impl fmt::Debug for Entra {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[fields of Entra]")
    }
}

/// How an app proves who it is, in one request.
pub(super) enum Proof<'a> {
    /// By a secret it shares with the service.
    Secret(&'a Secret),
    /// By an assertion; made anew for each try, since it may be used once only.
    Assertion(&'a dyn Fn() -> Result<Secret, Error>),
}

/// What a successful exchange gives.
pub(crate) struct Grant {
    /// The token for Graph.
    pub(crate) access: AccessToken,
    /// What the next token can be had with, without a person.
    pub(crate) refresh: Option<Secret>,
    /// Who signed in, when a person did and the answer tells.
    pub(crate) account: Option<Account>,
}

/// In whose name a token was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Caller {
    Person,
    App,
}

impl Authority {
    /// The client of crate `oauth2` for this tenant and app.
    pub(super) fn client(&self) -> Result<Client, Error> {
        let wrong = |cause: oauth2::url::ParseError| {
            Error::new(
                ErrorCode::Internal,
                "The sign-in address could not be built.",
            )
            .source(cause)
        };
        Ok(oauth2::Client::new(ClientId::new(self.client_id.clone()))
            .set_auth_type(AuthType::RequestBody)
            .set_auth_uri(AuthUrl::new(self.url("authorize")).map_err(wrong)?)
            .set_device_authorization_url(
                DeviceAuthorizationUrl::new(self.url("devicecode")).map_err(wrong)?,
            )
            .set_token_uri(TokenUrl::new(self.url("token")).map_err(wrong)?))
    }

    /// The scope that means all that was consented to.
    pub(super) fn default_scope(&self) -> String {
        format!("{}/.default", self.graph)
    }

    /// An app proves itself.
    pub(crate) async fn client_credentials(
        &self,
        proof: Proof<'_>,
        claims: &str,
    ) -> Result<Grant, Trouble> {
        let asked_at = Instant::now();
        let response = match proof {
            Proof::Secret(secret) => self
                .client()?
                .set_client_secret(ClientSecret::new(secret.expose().to_owned()))
                .exchange_client_credentials()
                .add_scope(Scope::new(self.default_scope()))
                .add_extra_param("claims", claims)
                .request_async(&|request| self.send(request, Repeat::Freely))
                .await
                .map_err(|error| self.trouble(error))?,
            Proof::Assertion(assertion) => {
                let scope = self.default_scope();
                let form = || {
                    let assertion = assertion()?;
                    Ok(url::form_urlencoded::Serializer::new(String::new())
                        .append_pair("grant_type", "client_credentials")
                        .append_pair("client_id", &self.client_id)
                        .append_pair("scope", &scope)
                        .append_pair("client_assertion_type", ASSERTION_TYPE)
                        .append_pair("client_assertion", assertion.expose())
                        .append_pair("claims", claims)
                        .finish()
                        .into_bytes())
                };
                let url = self.parsed_url("token")?;
                let reply = self.deliver(url, &form, Repeat::Freely).await?;
                self.token_answer(reply.body())?
            }
        };
        Ok(self.grant(&response, asked_at, Caller::App)?)
    }

    /// Reads a token answer that did not pass through crate `oauth2`.
    pub(super) fn token_answer(&self, body: &[u8]) -> Result<Answer, Error> {
        serde_json::from_slice(body).map_err(|_| {
            unreadable(
                &self.login,
                Service {
                    http_status: Some(200),
                    ..Service::default()
                },
            )
        })
    }

    /// Redeems the code that came back through the browser.
    pub(super) async fn redeem(
        &self,
        code: &Secret,
        verifier: &Secret,
        redirect: &str,
        scopes: &[String],
        claims: &str,
    ) -> Result<Grant, Trouble> {
        let redirect = RedirectUrl::new(redirect.to_owned()).map_err(|cause| {
            Error::new(
                ErrorCode::Internal,
                "The redirect address could not be built.",
            )
            .source(cause)
        })?;
        let asked_at = Instant::now();
        let response = self
            .client()?
            .exchange_code(AuthorizationCode::new(code.expose().to_owned()))
            .set_pkce_verifier(PkceCodeVerifier::new(verifier.expose().to_owned()))
            .set_redirect_uri(Cow::Owned(redirect))
            .add_extra_param("scope", scopes.join(" "))
            .add_extra_param("client_info", "1")
            .add_extra_param("claims", claims)
            .request_async(&|request| self.send(request, Repeat::OnceAfterLoss))
            .await
            .map_err(|error| self.trouble(error))?;
        Ok(self.grant(&response, asked_at, Caller::Person)?)
    }

    /// A new token without a person. The grant's refresh token is the new one, or the old when none came.
    pub(crate) async fn refresh(
        &self,
        refresh: &Secret,
        scopes: &[String],
        claims: &str,
    ) -> Result<Grant, Trouble> {
        let token = RefreshToken::new(refresh.expose().to_owned());
        let asked_at = Instant::now();
        let response = self
            .client()?
            .exchange_refresh_token(&token)
            .add_scopes(scopes.iter().cloned().map(Scope::new))
            .add_extra_param("client_info", "1")
            .add_extra_param("claims", claims)
            .request_async(&|request| self.send(request, Repeat::OnceAfterLoss))
            .await
            .map_err(|error| self.trouble(error))?;
        let mut grant = self.grant(&response, asked_at, Caller::Person)?;
        grant.refresh.get_or_insert_with(|| refresh.clone());
        Ok(grant)
    }

    /// The crate's error without the body it may carry.
    pub(super) fn trouble(&self, error: RequestTokenError<Trouble, BasicErrorResponse>) -> Trouble {
        match error {
            RequestTokenError::Request(trouble) => trouble,
            RequestTokenError::ServerResponse(_)
            | RequestTokenError::Parse(..)
            | RequestTokenError::Other(_) => unreadable(&self.login, Service::default()).into(),
        }
    }

    /// Checks a token answer and binds its token to the Graph origin.
    pub(super) fn grant(
        &self,
        response: &Answer,
        asked_at: Instant,
        caller: Caller,
    ) -> Result<Grant, Error> {
        if !response
            .token_type()
            .as_ref()
            .eq_ignore_ascii_case("bearer")
        {
            return Err(Error::new(
                ErrorCode::UnexpectedReply,
                "The sign-in service gave a token that is not a bearer token.",
            )
            .fix("Use a client that is not bound to token protection, or another account."));
        }
        let secret = Secret::new(response.access_token().secret().as_str());
        let mut claims = TokenClaims::read(secret.expose());
        // The flow itself tells what an opaque token does not.
        claims.app_only.get_or_insert(caller == Caller::App);
        if claims.permissions.is_none() && caller == Caller::Person {
            claims.permissions = response
                .scopes()
                .and_then(|scopes| self.graph_scopes(scopes));
        }
        same_tenant(&self.tenant, &claims)?;
        // An end beyond what the clock can hold is no end.
        let expires = response
            .expires_in()
            .and_then(|life| asked_at.checked_add(usable(life)));
        let refresh = response
            .refresh_token()
            .map(|token| Secret::new(token.secret().as_str()));
        let extra = response.extra_fields();
        let account = (caller == Caller::Person)
            .then(|| Account::read(extra.client_info.as_str(), extra.id_token.as_str(), &claims))
            .flatten();
        Ok(Grant {
            access: AccessToken {
                secret,
                origin: self.graph.clone(),
                expires,
                claims,
            },
            refresh,
            account,
        })
    }

    /// Names of Graph's scopes among those granted. A server that only repeats `.default` has not told which they are.
    fn graph_scopes(&self, granted: &[Scope]) -> Option<Vec<String>> {
        let prefix = format!("{}/", self.graph);
        let names: Vec<String> = granted
            .iter()
            .map(|scope| scope.strip_prefix(&prefix).unwrap_or(scope))
            .filter(|scope| !SIGN_IN_SCOPES.contains(scope))
            .map(str::to_owned)
            .collect();
        let told = !names.is_empty() && !names.iter().any(|name| name == ".default");
        told.then_some(names)
    }
}

/// How long a token with this lifetime is used.
pub(super) fn usable(life: Duration) -> Duration {
    life - MARGIN.min(life / 10)
}

/// The caller's tenant must be the one that was named, as far as both are known by id.
pub(super) fn same_tenant(named: &ids::TenantId, claims: &TokenClaims) -> Result<(), Error> {
    match (
        ids::guid(named.as_str()),
        claims.tid.as_deref().and_then(ids::guid),
    ) {
        (Some(named), Some(found)) if named != found => Err(Error::new(
            ErrorCode::SignInFailed,
            "The token belongs to another tenant.",
        )
        .why(format!(
            "The tenant that was named is {named}, and the token was issued for {found}."
        ))
        .fix("Sign in to the tenant that was named, or correct --tenant.")),
        _ => Ok(()),
    }
}
