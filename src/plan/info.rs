//! Registering, changing and deleting security info: send, and after an unclear answer let a read decide.
//!
//! A second address or phone of one kind is refused by the service, so sending again after a look cannot register twice. What is
//! gone already counts as deleted.

use super::{Outcome, Pauses, Run};
use crate::error::{Error, ErrorCode, Result};
use crate::graph::Sent;
use crate::graph::call::Change;
use crate::graph::info::{self, Info};
use crate::graph::methods::{self, RegisteredMethod};
use crate::http::retry::MOST_TRIES;
use serde::de::IgnoredAny;
use std::time::{Duration, Instant};

/// One read inside a longer wait.
const ONE_READ: Duration = Duration::from_secs(30);

/// What a user is to have afterwards.
enum Want<'a> {
    Info(&'a Info),
    Gone(&'a str, &'a str),
}

impl Want<'_> {
    /// Whether the methods are as wanted; `None` when a masked number does not tell.
    fn met(&self, methods: &[RegisteredMethod]) -> Option<bool> {
        match self {
            Want::Info(info) => holds(methods, info),
            Want::Gone(collection, id) => Some(!methods.iter().any(|method| {
                method.id == *id && method.collection().is_none_or(|own| own == *collection)
            })),
        }
    }
}

/// Whether a user has an address or number registered; `None` when it is shown masked.
#[must_use]
pub fn holds(methods: &[RegisteredMethod], info: &Info) -> Option<bool> {
    let digits = |text: &str| -> String { text.chars().filter(char::is_ascii_digit).collect() };
    match info {
        Info::Email(address) => Some(methods.iter().any(|method| {
            method
                .email_address
                .as_deref()
                .is_some_and(|own| own.eq_ignore_ascii_case(address))
        })),
        Info::Phone { kind, number, .. } => {
            let own = methods.iter().find(|method| {
                method
                    .phone_type
                    .as_deref()
                    .is_some_and(|own| own.eq_ignore_ascii_case(kind))
            });
            let Some(shown) = own.and_then(|method| method.phone_number.as_deref()) else {
                return Some(false);
            };
            if shown
                .split('x')
                .next()
                .is_some_and(|main| main.contains(['X', '*']))
            {
                return None;
            }
            Some(digits(shown) == digits(number) && shown.contains('x') == number.contains('x'))
        }
    }
}

impl Run<'_> {
    /// All methods of a user; in the cloud in China phones are all there is to read.
    pub async fn methods_of(&self, user: &str, phones_only: bool) -> Result<Vec<RegisteredMethod>> {
        let call = if phones_only {
            methods::phones(user)
        } else {
            methods::list(user)
        };
        let reply = self.client.fetch_within(&call, ONE_READ).await?;
        Ok(reply.value.value)
    }

    /// Registers an address or phone where none is.
    pub async fn add_info(&self, user: &str, info: &Info, phones_only: bool) -> Outcome<()> {
        self.write_info(user, &info::add(user, info), &Want::Info(info), phones_only)
            .await
    }

    /// Changes the one that is there.
    pub async fn change_info(&self, user: &str, info: &Info, phones_only: bool) -> Outcome<()> {
        let change = info::change(user, info.method_id(), info);
        self.write_info(user, &change, &Want::Info(info), phones_only)
            .await
    }

    /// Deletes a method.
    pub async fn delete_method(
        &self,
        user: &str,
        collection: &'static str,
        id: &str,
        phones_only: bool,
    ) -> Outcome<()> {
        let change = info::delete(user, collection, id);
        let want = Want::Gone(collection, id);
        match self.write_info(user, &change, &want, phones_only).await {
            Outcome::Failed(error) if error.code() == ErrorCode::NotFound => Outcome::Done(()),
            other => other,
        }
    }

    async fn write_info(
        &self,
        user: &str,
        change: &Change<IgnoredAny>,
        want: &Want<'_>,
        phones_only: bool,
    ) -> Outcome<()> {
        let deadline = Instant::now() + self.wait;
        let mut pauses = Pauses::new(Duration::from_millis(400), Duration::from_secs(5), deadline);
        let mut before: Option<Error> = None;
        for round in 1.. {
            let error = match self.client.change(change, pauses.left()).await {
                Sent::Done(_) => return Outcome::Done(()),
                Sent::Declined(_, error) | Sent::NotSent(error) => match before {
                    None => return Outcome::Failed(error),
                    Some(unclear) => {
                        return match self.is_met(user, want, phones_only).await {
                            Some(true) => Outcome::Done(()),
                            _ => Outcome::Unknown(unknown(change, &unclear)),
                        };
                    }
                },
                Sent::Unclear(error) => error,
            };
            let mut asked = error.said().retry_after.map(Duration::from_secs);
            // A read may lag behind the write, so "not there" is asked twice before anything is sent again.
            for _ in 0..2 {
                if !pauses.pause(asked.take()).await {
                    return Outcome::Unknown(unknown(change, &error));
                }
                match self.is_met(user, want, phones_only).await {
                    Some(true) => return Outcome::Done(()),
                    Some(false) => {}
                    None => return Outcome::Unknown(unknown(change, &error)),
                }
            }
            if self.stop.get() || round >= MOST_TRIES {
                return Outcome::Unknown(unknown(change, &error));
            }
            before = Some(error);
        }
        Outcome::Unknown(Error::new(
            ErrorCode::OutcomeUnknown,
            "The change of the security info did not end.",
        ))
    }

    async fn is_met(&self, user: &str, want: &Want<'_>, phones_only: bool) -> Option<bool> {
        let methods = self.methods_of(user, phones_only).await.ok()?;
        want.met(&methods)
    }
}

fn unknown(change: &Change<IgnoredAny>, cause: &Error) -> Error {
    let why = format!("{} {}", cause.message(), cause.cause().unwrap_or_default());
    Error::new(
        ErrorCode::OutcomeUnknown,
        format!(
            "{} was sent, and whether it took effect is not known.",
            change.spec().describe()
        ),
    )
    .why(why.trim().to_owned())
    .fix("Look with check-security-info in some minutes, then run the command again: what is there already is left alone.")
    .service(cause.said().clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phone(kind: &str, number: &str) -> RegisteredMethod {
        RegisteredMethod {
            phone_type: Some(kind.to_owned()),
            phone_number: Some(number.to_owned()),
            ..RegisteredMethod::default()
        }
    }

    #[test]
    fn a_number_is_compared_by_kind_digits_and_extension() {
        let info = |number: &str| Info::Phone {
            kind: "mobile",
            method_id: "m",
            number: number.to_owned(),
        };
        let held = [
            phone("mobile", "+1 2065550100"),
            phone("office", "+47 12345678"),
        ];
        assert_eq!(holds(&held, &info("+1 2065550100")), Some(true));
        assert_eq!(holds(&held, &info("+47 12345678")), Some(false));
        let masked = [phone("mobile", "+1 XXXXXXXX00")];
        assert_eq!(holds(&masked, &info("+1 2065550100")), None);
        assert_eq!(holds(&[], &info("+1 2065550100")), Some(false));
    }
}
