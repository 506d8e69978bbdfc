//! The sources of tokens: a ready one, an app with a secret, a person. Each keeps its token in memory and gives a new one when asked.
//!
//! Silent first: a person is bothered only at the first sign-in, when the service insists, and only if somebody can be asked.

use super::authority::{Authority, Trouble};
use super::browser::Opener;
use super::device::PACE;
use super::flows::{Grant, same_tenant};
use super::{AccessToken, Boxed, TokenSource, claims};
use crate::console::Console;
use crate::error::{Error, ErrorCode, Result};
use crate::http::cloud::{Endpoints, Origin};
use crate::ids::TenantId;
use crate::secret::Secret;
use std::cell::RefCell;
use std::future::Future;
use std::sync::Arc;
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
}

fn still_good(token: &AccessToken) -> bool {
    token.expires.is_none_or(|at| at > Instant::now())
}

/// An app that proves itself with a client secret.
pub(super) struct App {
    authority: Authority,
    secret: Secret,
    token: RefCell<Option<AccessToken>>,
}

impl App {
    pub(super) fn new(authority: Authority, secret: Secret) -> Self {
        App {
            authority,
            secret,
            token: RefCell::new(None),
        }
    }
}

impl TokenSource for App {
    fn token<'a>(&'a self, claims: Option<&'a str>, fresh: bool) -> Boxed<'a, Result<AccessToken>> {
        Box::pin(async move {
            let kept = self.token.borrow().clone();
            if let Some(token) =
                kept.filter(|token| claims.is_none() && !fresh && still_good(token))
            {
                return Ok(token);
            }
            let wanted = claims::merge(claims.unwrap_or("{}"));
            let grant =
                interruptible(self.authority.client_credentials(&self.secret, &wanted)).await;
            let grant = grant.map_err(|trouble| trouble.into_error("The sign-in of the app"))?;
            *self.token.borrow_mut() = Some(grant.access.clone());
            Ok(grant.access)
        })
    }
}

/// The way a person signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Browser,
    DeviceCode,
}

impl Way {
    fn flag(self) -> &'static str {
        match self {
            Way::Browser => "--auth browser",
            Way::DeviceCode => "--auth device-code",
        }
    }
}

/// A person, with a session in memory once signed in.
pub(super) struct Person {
    pub(super) authority: Authority,
    pub(super) console: Arc<Console>,
    pub(super) way: Way,
    /// Whether the way was asked for by name; then it works without a terminal.
    pub(super) named: bool,
    pub(super) scopes: Vec<String>,
    pub(super) opener: Opener,
    pub(super) session: RefCell<Option<Session>>,
}

/// What is kept of a sign-in.
pub(super) struct Session {
    access: AccessToken,
    refresh: Option<Secret>,
}

impl Person {
    /// Asks the service with the refresh token. `Ok(None)` when a person is needed; then the claims it asks for are left in `wanted`.
    async fn silently(&self, wanted: &mut String) -> Result<Option<AccessToken>> {
        let refresh = self
            .session
            .borrow()
            .as_ref()
            .and_then(|session| session.refresh.clone());
        let Some(refresh) = refresh else {
            return Ok(None);
        };
        match interruptible(self.authority.refresh(&refresh, &self.scopes, wanted)).await {
            Ok(grant) => Ok(Some(self.keep(grant))),
            Err(Trouble::Refused(refusal)) if refusal.needs_person() => {
                if let Some(session) = self.session.borrow_mut().as_mut() {
                    session.refresh = None;
                }
                self.console
                    .detail(&format!("The session cannot be continued: {refusal}."));
                if let Some(claims) = &refusal.claims {
                    *wanted = claims::merge(claims);
                }
                Ok(None)
            }
            Err(trouble) => Err(trouble.into_error("The renewal of the sign-in")),
        }
    }

    async fn interactively(&self, wanted: &str) -> Result<AccessToken> {
        let hint = self
            .session
            .borrow()
            .as_ref()
            .and_then(|session| session.access.claims.upn.clone());
        let first = hint.is_none();
        let grant = match self.way {
            Way::Browser => {
                interruptible(self.authority.browser(
                    &self.console,
                    &self.scopes,
                    wanted,
                    hint.as_deref(),
                    &self.opener,
                ))
                .await
            }
            Way::DeviceCode => {
                interruptible(
                    self.authority
                        .device_code(&self.console, &self.scopes, wanted, PACE),
                )
                .await
            }
        };
        self.console.clear_progress();
        let token = self.keep(grant.map_err(|trouble| trouble.into_error("The sign-in"))?);
        if let Some(upn) = token.claims.upn.as_ref().filter(|_| first) {
            self.console.note(&format!("Signed in as {upn}."));
        }
        Ok(token)
    }

    fn keep(&self, grant: Grant) -> AccessToken {
        let token = grant.access.clone();
        *self.session.borrow_mut() = Some(Session {
            access: grant.access,
            refresh: grant.refresh,
        });
        token
    }

    fn nobody_to_ask(&self, challenge: Option<&str>) -> Error {
        // Not `NotSignedIn`: the caller would take that for "there is no other token" and drop these words.
        Error::new(
            ErrorCode::TokenRefused,
            "Graph asks for a new sign-in, and nobody can be asked here.",
        )
        .why(challenge.map_or("The session has ended.", claims::reason))
        .fix(format!(
            "Run the command again on a terminal, or with {}.",
            self.way.flag()
        ))
    }
}

impl TokenSource for Person {
    fn token<'a>(&'a self, claims: Option<&'a str>, fresh: bool) -> Boxed<'a, Result<AccessToken>> {
        Box::pin(async move {
            let kept = self
                .session
                .borrow()
                .as_ref()
                .map(|session| session.access.clone());
            let signed_in = kept.is_some();
            if let Some(token) =
                kept.filter(|token| claims.is_none() && !fresh && still_good(token))
            {
                return Ok(token);
            }
            let mut wanted = claims::merge(claims.unwrap_or("{}"));
            if let Some(token) = self.silently(&mut wanted).await? {
                return Ok(token);
            }
            if signed_in && !self.named && !self.console.can_ask() {
                return Err(self.nobody_to_ask(claims));
            }
            if let Some(challenge) = claims {
                self.console.note(claims::reason(challenge));
            }
            self.interactively(&wanted).await
        })
    }
}

/// Lets Ctrl-C end a sign-in; nothing has been changed by then.
async fn interruptible<T>(work: impl Future<Output = Result<T, Trouble>>) -> Result<T, Trouble> {
    tokio::select! {
        done = work => done,
        Ok(()) = tokio::signal::ctrl_c() => Err(Error::new(ErrorCode::Interrupted, "The sign-in was interrupted.").into()),
    }
}
