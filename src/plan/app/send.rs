//! Sending the steps of an application. What is "not there yet" right after a create is replication and is waited for; what is
//! "there already" is proven by a read; after anything unclear a read decides; and what was done is read back.

use crate::error::{Error, ErrorCode, Result};
use crate::graph::Sent;
use crate::graph::apps::{self, Application, Federated, ServicePrincipal};
use crate::graph::call::{Call, Change};
use crate::graph::fault::Fault;
use crate::graph::paging::Page;
use crate::http::retry::MOST_TRIES;
use crate::plan::create::{FIRST_PAUSE, LONGEST_PAUSE, is_conflict, words};
use crate::plan::{Outcome, Pauses, Run};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// How long a change may take to show when it is read back, or when the service says that it was there before.
const PROOF: Duration = Duration::from_secs(30);
/// First pause before a change is read back a second time.
const FIRST_LOOK: Duration = Duration::from_millis(200);

/// What a step made or found.
#[derive(Debug, Clone)]
pub struct Made<T> {
    /// The object.
    pub value: T,
    /// Whether a read afterwards showed it.
    pub shown: bool,
}

impl<T> Made<T> {
    pub(super) fn seen(value: T) -> Self {
        Made { value, shown: true }
    }
}

/// Whether a refusal may mean that an object made just now is not known everywhere yet.
fn lags(fault: &Fault) -> bool {
    match fault.service.http_status {
        Some(404) => true,
        Some(400) => {
            fault.says("does not reference a valid application object")
                || fault.says("does not exist")
                || fault
                    .details
                    .iter()
                    .any(|code| code.eq_ignore_ascii_case("NoBackingApplicationObject"))
        }
        _ => false,
    }
}

/// How a step may be repeated after an answer that was lost.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    /// A second one would be refused, or end in the same state.
    Harmless,
    /// A second one would make a second object.
    Never,
}

/// A certificate as it is added.
#[derive(Debug, Clone, Copy)]
pub struct NewKey<'a> {
    /// DER in base64.
    pub der: &'a str,
    /// SHA-1 in hexadecimal, by which services name it.
    pub thumbprint: &'a str,
}

impl NewKey<'_> {
    /// Whether a key of a registration is this certificate. The material is not shown by every read.
    #[must_use]
    pub fn is(&self, key: &Value) -> bool {
        key["key"].as_str() == Some(self.der)
            || key["customKeyIdentifier"].as_str().is_some_and(|named| {
                named.eq_ignore_ascii_case(self.thumbprint)
                    || base64_hex(named)
                        .is_some_and(|hex| hex.eq_ignore_ascii_case(self.thumbprint))
            })
    }
}

/// Base64 as hexadecimal digits.
fn base64_hex(text: &str) -> Option<String> {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(text)
        .ok()?;
    Some(bytes.iter().map(|byte| format!("{byte:02X}")).collect())
}

impl Run<'_> {
    /// Sends until it is done, then reads it back. `look` finds what the change makes.
    pub(super) async fn bring_about<T: DeserializeOwned, R>(
        &self,
        change: &Change<T>,
        made: impl Fn(T) -> R,
        look: impl AsyncFn() -> Result<Option<R>>,
        again: Again,
    ) -> Outcome<Made<R>> {
        let since = Instant::now();
        let mut pauses = Pauses::new(FIRST_PAUSE, LONGEST_PAUSE, since + self.wait);
        let mut unclear: Option<Error> = None;
        let mut unclear_tries = 0;
        loop {
            let error = match self.client.change(change, pauses.left()).await {
                Sent::Done(reply) => {
                    let value = made(reply.value);
                    let shown = self.until_shown(&look).await.is_ok_and(|one| one.is_some());
                    return Outcome::Done(Made { value, shown });
                }
                // There already: by an earlier try, or by somebody else. A read proves it.
                Sent::Declined(fault, error) if is_conflict(&fault) => {
                    return match self.until_shown(&look).await {
                        Ok(Some(found)) => Outcome::Done(Made::seen(found)),
                        _ => ended(unclear, error),
                    };
                }
                Sent::Declined(fault, error) if lags(&fault) => {
                    if self.stop.get() || !pauses.pause(None).await {
                        let late = Error::new(
                            ErrorCode::ServiceFailed,
                            "What was made just now did not become known everywhere in time.",
                        )
                        .why(self.last_words(since, &error))
                        .fix("Run the same command again: it goes on where it stopped.")
                        .service(error.said().clone());
                        return ended(unclear, late);
                    }
                    continue;
                }
                Sent::Declined(_, error) | Sent::NotSent(error) => return ended(unclear, error),
                Sent::Unclear(error) => error,
            };
            unclear_tries += 1;
            let asked = error.said().retry_after.map(Duration::from_secs);
            // "Not there" may be the lag of the read, so it is asked more than once.
            for wait in [asked, None, None] {
                if !pauses.pause(wait).await {
                    return Outcome::Unknown(unknown(change, &error));
                }
                match look().await {
                    Ok(Some(found)) => return Outcome::Done(Made::seen(found)),
                    Ok(None) => {}
                    Err(_) => return Outcome::Unknown(unknown(change, &error)),
                }
            }
            if again == Again::Never || self.stop.get() || unclear_tries >= MOST_TRIES {
                return Outcome::Unknown(unknown(change, &error));
            }
            unclear = Some(error);
        }
    }

    /// Reads until something shows, for as long as replication may take.
    async fn until_shown<R>(
        &self,
        look: &impl AsyncFn() -> Result<Option<R>>,
    ) -> Result<Option<R>> {
        let deadline = Instant::now() + PROOF.min(self.wait);
        let mut pauses = Pauses::new(FIRST_LOOK, LONGEST_PAUSE, deadline);
        loop {
            if let Some(found) = look().await? {
                return Ok(Some(found));
            }
            if self.stop.get() || !pauses.pause(None).await {
                return Ok(None);
            }
        }
    }

    /// Reads a list to its end; what is not known yet counts as empty.
    pub(super) async fn all<T: DeserializeOwned>(&self, call: &Call<Page<T>>) -> Result<Vec<T>> {
        match self.client.pages(call)?.all().await {
            Err(error) if error.code() == ErrorCode::NotFound => Ok(Vec::new()),
            other => other,
        }
    }

    /// Reads one object; what is not known yet is nothing.
    async fn one<T: DeserializeOwned>(&self, call: &Call<T>) -> Result<Option<T>> {
        match self.client.fetch(call).await {
            Ok(reply) => Ok(Some(reply.value)),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Registers an application. Names are not unique, so a lost answer is settled by looking, never by sending again: what is found
    /// is ours when it is the only one of the name and is as it was asked for.
    pub async fn register_app(
        &self,
        name: &str,
        properties: Value,
        as_asked: impl Fn(&Application) -> bool,
    ) -> Outcome<Made<Application>> {
        let change = apps::create(properties);
        let look = async || {
            let mut found = self.all(&apps::named(name)).await?;
            let one = if found.len() == 1 { found.pop() } else { None };
            Ok(one.filter(|app| as_asked(app)))
        };
        self.bring_about(&change, |made| made, look, Again::Never)
            .await
    }

    /// Changes properties of a registration until it is as asked.
    pub async fn adjust_app(
        &self,
        app: &Application,
        properties: Value,
        as_asked: impl Fn(&Application) -> bool,
    ) -> Outcome<Made<()>> {
        let change = apps::update(&app.id, properties);
        let look = async || {
            let found = self.one(&apps::by_app_id(&app.app_id)).await?;
            Ok(found.filter(|app| as_asked(app)).map(|_| ()))
        };
        self.bring_about(&change, |_| (), look, Again::Harmless)
            .await
    }

    /// Makes the service principal; one that is there already is as good.
    pub async fn make_principal(&self, app_id: &str) -> Outcome<Made<ServicePrincipal>> {
        let change = apps::create_principal(app_id);
        let look = async || self.one(&apps::service_principal(app_id)).await;
        self.bring_about(&change, |made| made, look, Again::Harmless)
            .await
    }

    /// Adds a certificate. The list is written as a whole, so it is read immediately before, and every key that is there stays.
    pub async fn add_certificate(
        &self,
        id: &str,
        new: NewKey<'_>,
        display_name: &str,
    ) -> Outcome<Made<()>> {
        let before = async || {
            Ok(self
                .one(&apps::keys(id))
                .await?
                .map(|keys| keys.key_credentials))
        };
        let mut keys = match self.until_shown(&before).await {
            Ok(Some(keys)) => keys,
            Ok(None) => {
                return Outcome::Failed(
                    Error::new(
                        ErrorCode::ServiceFailed,
                        "The registration did not show in time.",
                    )
                    .fix("Run the same command again: it goes on where it stopped."),
                );
            }
            Err(error) => return Outcome::Failed(error),
        };
        if keys.iter().any(|key| new.is(key)) {
            return Outcome::Done(Made::seen(()));
        }
        keys.push(json!({
            "type": "AsymmetricX509Cert",
            "usage": "Verify",
            "key": new.der,
            "displayName": display_name,
        }));
        let change = apps::update(id, json!({ "keyCredentials": keys }));
        let look = async || {
            let keys = before().await?;
            Ok(keys
                .filter(|keys: &Vec<Value>| keys.iter().any(|key| new.is(key)))
                .map(|_| ()))
        };
        self.bring_about(&change, |_| (), look, Again::Harmless)
            .await
    }

    /// Lets the application prove itself with tokens of another issuer.
    pub async fn trust_issuer(&self, id: &str, credential: &Federated) -> Outcome<Made<()>> {
        let change = apps::add_federated(id, credential, "Made by admin-reset setup-app");
        let look = async || {
            let found = self.all(&apps::federated(id)).await?;
            Ok(found
                .iter()
                .any(|one| {
                    one.issuer == credential.issuer
                        && one.subject == credential.subject
                        && one.audiences == credential.audiences
                })
                .then_some(()))
        };
        self.bring_about(&change, |_| (), look, Again::Harmless)
            .await
    }
}

/// A clear no is one only when nothing before it may have been a yes.
fn ended<R>(unclear: Option<Error>, error: Error) -> Outcome<R> {
    match unclear {
        None => Outcome::Failed(error),
        Some(before) => Outcome::Unknown(
            Error::new(
                ErrorCode::OutcomeUnknown,
                "A change of the application was sent, and whether it took effect is not known.",
            )
            .why(words(&before))
            .fix("Run the same command again: it looks first and adds what is missing.")
            .service(before.said().clone()),
        ),
    }
}

fn unknown<T>(change: &Change<T>, cause: &Error) -> Error {
    Error::new(
        ErrorCode::OutcomeUnknown,
        format!(
            "{} was sent, and whether it took effect is not known.",
            change.spec().describe()
        ),
    )
    .why(words(cause))
    .fix("Run the same command again: it looks first and adds what is missing.")
    .service(cause.said().clone())
}

#[cfg(test)]
mod tests {
    use super::super::super::create::tests::fault;
    use super::*;

    #[test]
    fn replication_is_told_from_refusal() {
        assert!(lags(&fault(
            400,
            "Request_BadRequest",
            "The appId 'x' of the service principal does not reference a valid application object.",
            Some("NoBackingApplicationObject")
        )));
        assert!(lags(&fault(404, "Request_ResourceNotFound", "", None)));
        assert!(!lags(&fault(
            400,
            "Request_BadRequest",
            "Invalid value specified for property 'keyCredentials' of resource 'Application'.",
            None
        )));
        assert!(!lags(&fault(403, "Authorization_RequestDenied", "", None)));
        assert!(is_conflict(&fault(
            400,
            "Request_BadRequest",
            "Permission being assigned already exists on the object",
            None
        )));
    }

    #[test]
    fn a_key_is_known_by_its_material_or_its_thumbprint() {
        let new = NewKey {
            der: "AAAA",
            thumbprint: "00FF10",
        };
        for key in [
            json!({"key": "AAAA"}),
            json!({"key": null, "customKeyIdentifier": "00ff10"}),
            json!({"key": null, "customKeyIdentifier": "AP8Q"}),
        ] {
            assert!(new.is(&key), "{key}");
        }
        assert!(!new.is(&json!({"key": "AAAB", "customKeyIdentifier": "AAAA"})));
        assert!(!new.is(&json!({})));
    }
}
