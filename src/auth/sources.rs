//! The sources of tokens that need no person: a ready one, and an app that proves who it is.
//!
//! Each keeps its token in memory and gives a new one when asked.

use super::authority::{Authority, Trouble};
use super::certificate::Certificate;
use super::federated::Federated;
use super::flows::{Grant, Proof, same_tenant};
use super::{AccessToken, Boxed, TokenSource, claims};
use crate::error::{Error, ErrorCode, Result};
use crate::http::cloud::{Endpoints, Origin};
use crate::ids::TenantId;
use crate::secret::Secret;
use std::cell::RefCell;
use std::future::Future;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How far two clocks may differ before a ready token counts as ended.
const SKEW: Duration = Duration::from_secs(300);

/// A ready token from the environment. It has no successor.
pub(super) struct Fixed {
    secret: Secret,
    origin: Origin,
    claims: claims::TokenClaims,
}

impl Fixed {
    /// Looks at what the token says and refuses one that is for somebody else.
    pub(super) fn new(
        secret: Secret,
        endpoints: &Endpoints,
        tenant: Option<&TenantId>,
    ) -> Result<Self> {
        let claims = claims::TokenClaims::read(secret.expose());
        if let Some(aud) = claims
            .aud
            .as_deref()
            .filter(|aud| !endpoints.accepts_audience(aud))
        {
            let shown: String = aud.chars().take(100).flat_map(char::escape_debug).collect();
            return Err(Error::new(
                ErrorCode::SignInFailed,
                "The token in ADMIN_RESET_TOKEN is for another service.",
            )
            .why(format!(
                "It was issued for {shown}, and Graph is at {}.",
                endpoints.graph
            ))
            .fix("Get a token for Microsoft Graph of this cloud, or correct --cloud."));
        }
        if let Some(tenant) = tenant {
            same_tenant(tenant, &claims)?;
        }
        Ok(Fixed {
            secret,
            origin: endpoints.graph.clone(),
            claims,
        })
    }

    /// Time left, when the token tells its end. Its clock is not ours, hence the allowance.
    fn left(&self) -> Option<Duration> {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        self.claims
            .exp
            .map(|exp| (Duration::from_secs(exp).saturating_add(SKEW)).saturating_sub(now))
    }
}

impl TokenSource for Fixed {
    fn token<'a>(&'a self, claims: Option<&'a str>, fresh: bool) -> Boxed<'a, Result<AccessToken>> {
        Box::pin(async move {
            let left = self.left();
            if left.is_some_and(|left| left.is_zero()) {
                return Err(Error::new(
                    ErrorCode::NotSignedIn,
                    "The token in ADMIN_RESET_TOKEN has expired.",
                )
                .why("A ready token cannot be renewed.")
                .fix("Put a new token into ADMIN_RESET_TOKEN, or unset it and sign in."));
            }
            if claims.is_some() || fresh {
                return Err(Error::new(
                    ErrorCode::NotSignedIn,
                    "The token in ADMIN_RESET_TOKEN is not accepted any more.",
                )
                .why("Graph asks for a new token, and a ready one cannot be renewed.")
                .fix("Put a new token into ADMIN_RESET_TOKEN, or unset it and sign in."));
            }
            // An end beyond what the clock can hold is no end.
            let expires = left.and_then(|left| Instant::now().checked_add(left));
            Ok(AccessToken {
                secret: self.secret.clone(),
                origin: self.origin.clone(),
                expires,
                claims: self.claims.clone(),
            })
        })
    }

    fn way(&self) -> &'static str {
        "token"
    }
}

/// Whether a token may still be used.
pub(super) fn still_good(token: &AccessToken) -> bool {
    token.expires.is_none_or(|at| at > Instant::now())
}

/// What an app proves itself with.
pub(super) enum Credential {
    /// A secret it shares with the service.
    Secret(Secret),
    /// A certificate that is registered for it.
    Certificate(Box<Certificate>),
    /// A token of an issuer that its registration trusts.
    Federated(Box<Federated>),
}

/// An app that proves itself.
pub(super) struct App {
    authority: Authority,
    credential: Credential,
    token: RefCell<Option<AccessToken>>,
    /// One request at a time: whoever comes meanwhile takes what it brings.
    turn: tokio::sync::Mutex<()>,
}

impl App {
    pub(super) fn new(authority: Authority, credential: Credential) -> Self {
        App {
            authority,
            credential,
            token: RefCell::new(None),
            turn: tokio::sync::Mutex::new(()),
        }
    }

    async fn obtain(&self, wanted: &str) -> Result<Grant> {
        const WHAT: &str = "The sign-in of the app";
        match &self.credential {
            Credential::Secret(secret) => {
                let work = self
                    .authority
                    .client_credentials(Proof::Secret(secret), wanted);
                interruptible(work)
                    .await
                    .map_err(|trouble| trouble.into_error(WHAT))
            }
            Credential::Certificate(certificate) => {
                let audience = self.authority.url("token");
                let sign = || {
                    certificate.assertion(&audience, &self.authority.client_id, SystemTime::now())
                };
                let work = self
                    .authority
                    .client_credentials(Proof::Assertion(&sign), wanted);
                interruptible(work).await.map_err(|trouble| match trouble {
                    Trouble::Refused(refusal) => {
                        let error = refusal.into_error(WHAT);
                        let fix = format!(
                            "{} The certificate's thumbprint is {}.",
                            error.remedy(),
                            certificate.thumbprint()
                        );
                        error.fix(fix)
                    }
                    Trouble::Failed(error) => error,
                })
            }
            Credential::Federated(federated) => {
                let assertion = interruptible(async { Ok(federated.assertion().await?) })
                    .await
                    .map_err(|trouble| trouble.into_error(WHAT))?;
                let same = || Ok(assertion.clone());
                let work = self
                    .authority
                    .client_credentials(Proof::Assertion(&same), wanted);
                interruptible(work).await.map_err(|trouble| match trouble {
                    Trouble::Refused(refusal) if refusal.is_about_credential() => {
                        federated.explain(refusal.into_error(WHAT), &assertion)
                    }
                    other => other.into_error(WHAT),
                })
            }
        }
    }
}

impl TokenSource for App {
    fn token<'a>(&'a self, claims: Option<&'a str>, fresh: bool) -> Boxed<'a, Result<AccessToken>> {
        Box::pin(async move {
            let before = self.kept();
            let good = |token: &AccessToken| claims.is_none() && !fresh && still_good(token);
            if let Some(token) = before.clone().filter(good) {
                return Ok(token);
            }
            let _turn = self.turn.lock().await;
            // Somebody else asked while this one waited; what came is as new as what this one would get.
            let now = self
                .kept()
                .filter(|now| claims.is_none() && still_good(now));
            if let Some(now) =
                now.filter(|now| !before.as_ref().is_some_and(|old| old.same_as(now)))
            {
                return Ok(now);
            }
            let grant = self.obtain(&claims::merge(claims.unwrap_or("{}"))).await?;
            *self.token.borrow_mut() = Some(grant.access.clone());
            Ok(grant.access)
        })
    }

    fn way(&self) -> &'static str {
        match self.credential {
            Credential::Secret(_) => "secret",
            Credential::Certificate(_) => "certificate",
            Credential::Federated(_) => "federated",
        }
    }
}

impl App {
    fn kept(&self) -> Option<AccessToken> {
        self.token.borrow().clone()
    }
}

/// Lets Ctrl-C end a sign-in; nothing has been changed by then.
pub(super) async fn interruptible<T>(
    work: impl Future<Output = Result<T, Trouble>>,
) -> Result<T, Trouble> {
    tokio::select! {
        done = work => done,
        Ok(()) = tokio::signal::ctrl_c() => Err(Error::new(ErrorCode::Interrupted, "The sign-in was interrupted.").into()),
    }
}
