//! The device code flow: shows the code, then polls in the rhythm the service asks for, until a token, a refusal or the end of the code.
//!
//! Polls by hand: the loop of crate `oauth2` ends at the first page of a broken gateway and polls a dead network in silence.
//! Sources: RFC 8628; Microsoft Learn "OAuth 2.0 device authorization grant", read 2026-11.

use super::authority::{Authority, Repeat, Trouble};
use super::flows::{Caller, Grant};
use crate::console::Console;
use crate::error::{Error, ErrorCode};
use oauth2::{DeviceCode, Scope, StandardDeviceAuthorizationResponse};
use std::time::{Duration, Instant};

/// What people have to know before they enter a code somewhere (security bar, P7).
const WARNING: &str = "Only enter a code you started yourself: whoever gets a code from somebody else and enters it signs that person in.";

/// Longest time a code is waited for, whatever the service says.
const LONGEST_LIFE: Duration = Duration::from_secs(3600);

/// The rhythm of polling.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// Shortest wait between polls, whatever the service says.
    pub(crate) shortest: Duration,
    /// What `slow_down` adds (RFC 8628, section 3.5).
    pub(crate) slower: Duration,
    /// Longest wait while the service cannot be reached.
    pub(crate) longest: Duration,
}

/// The rhythm of RFC 8628.
pub(crate) const PACE: Pace = Pace {
    shortest: Duration::from_secs(1),
    slower: Duration::from_secs(5),
    longest: Duration::from_secs(30),
};

impl Authority {
    /// Signs a person in on another device.
    pub(crate) async fn device_code(
        &self,
        console: &Console,
        scopes: &[String],
        claims: &str,
        pace: Pace,
    ) -> Result<Grant, Trouble> {
        let code: StandardDeviceAuthorizationResponse = self
            .client()?
            .exchange_device_code()
            .add_scopes(scopes.iter().cloned().map(Scope::new))
            .add_extra_param("claims", claims)
            .request_async(&|request| self.send(request, Repeat::Freely))
            .await
            .map_err(|error| self.trouble(error))?;
        // Address and code are passed on exactly as they came: neither is ours to know.
        console.must_say(&format!(
            "To sign in, open {} and enter the code {}\nThis signs in app {} to tenant {}. {WARNING}\n\
             If the page says that access is blocked, device codes are forbidden here: press Ctrl-C and use --auth browser.",
            code.verification_uri().as_str(),
            code.user_code().secret(),
            self.client_id,
            self.tenant.as_str(),
        ));
        let outcome = self.poll(console, &code, claims, pace).await;
        console.clear_progress();
        outcome
    }

    async fn poll(
        &self,
        console: &Console,
        code: &StandardDeviceAuthorizationResponse,
        claims: &str,
        pace: Pace,
    ) -> Result<Grant, Trouble> {
        let ends = Instant::now() + code.expires_in().min(LONGEST_LIFE);
        let mut interval = code.interval().clamp(pace.shortest, LONGEST_LIFE);
        let mut wait = interval;
        let mut last = None;
        loop {
            let left = ends.saturating_duration_since(Instant::now());
            if left < interval {
                return Err(last.unwrap_or_else(expired).into());
            }
            console.progress(&format!(
                "Waiting for the sign-in ({} min left)...",
                left.as_secs().div_ceil(60)
            ));
            tokio::time::sleep(wait.min(left)).await;
            let refusal = match self.poll_once(code.device_code(), claims).await {
                Ok(grant) => return Ok(grant),
                Err(Trouble::Refused(refusal)) => refusal,
                Err(Trouble::Failed(error))
                    if matches!(
                        error.code(),
                        ErrorCode::Untrusted | ErrorCode::Internal | ErrorCode::SignInFailed
                    ) =>
                {
                    return Err(error.into());
                }
                Err(Trouble::Failed(error)) => {
                    // The service or the way to it is broken; the person may have finished meanwhile.
                    wait = (wait * 2).min(pace.longest).max(
                        error
                            .said()
                            .retry_after
                            .map_or(interval, Duration::from_secs),
                    );
                    console.progress(&format!("{} Trying again...", error.message()));
                    last = Some(error);
                    continue;
                }
            };
            last = None;
            match refusal.error.as_str() {
                "authorization_pending" => {}
                "slow_down" => interval += pace.slower,
                "expired_token" | "code_expired" => return Err(expired().into()),
                "authorization_declined" | "access_denied" => {
                    return Err(
                        Error::new(ErrorCode::SignInFailed, "The sign-in was declined.")
                            .why("Somebody chose to cancel on the page where the code was entered.")
                            .fix(
                                "Run the command again and accept, or sign in with --auth browser.",
                            )
                            .service(refusal.into_error("The sign-in").said().clone())
                            .into(),
                    );
                }
                _ => return Err(Trouble::Refused(refusal)),
            }
            wait = interval;
        }
    }

    async fn poll_once(&self, code: &DeviceCode, claims: &str) -> Result<Grant, Trouble> {
        let form = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
            ("client_id", &self.client_id),
            ("device_code", code.secret()),
            ("client_info", "1"),
            ("claims", claims),
        ];
        let asked_at = Instant::now();
        let reply = self.post("token", &form, Repeat::Never).await?;
        let response = self.token_answer(reply.body())?;
        Ok(self.grant(&response, asked_at, Caller::Person)?)
    }
}

fn expired() -> Error {
    Error::new(ErrorCode::SignInFailed, "The code ran out before the sign-in was finished.")
        .why("A device code is good for some minutes only; a policy that blocks device codes also leaves it unanswered.")
        .fix("Run the command again, or sign in with --auth browser.")
}
