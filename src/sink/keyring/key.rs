//! The key of sealed copies: an age identity in an entry of the keyring, made when there is none.
//!
//! A copy is a safety net, so nobody is waited for: a store that does not answer within its time, or that is locked, has no key.

use super::{Fault, QUICK, Standing, open, put};
use crate::bounded::{self, Ended, Patience};
use crate::error::Result;
use crate::seal::Identities;
use crate::secret::Secret;
use ::keyring::Error as StoreError;
use zeroize::Zeroizing;

/// Entry of the key, under the same service as all entries; `unseal --identity-keyring` looks there too.
pub(crate) const ENTRY: &str = "admin-reset-identity";

/// Why there is no key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NoKey {
    /// The store is there, and nothing was ever put into this entry.
    NotMade,
    /// The store did not answer in time.
    Silent,
    /// There is no store that could be used, in a sentence.
    Unusable(String),
}

/// The identity in the entry; `make` makes one where there is none.
pub(crate) fn identity(make: bool) -> Result<Identities, NoKey> {
    let patience = Patience {
        quick: QUICK,
        person: None,
    };
    match bounded::run(patience, || (), move || look(make), |_| ()) {
        Ended::Answered(Ok(Some(text))) => parsed(&text),
        Ended::Answered(Ok(None)) => Err(NoKey::NotMade),
        Ended::Answered(Err(fault)) => Err(NoKey::Unusable(fault.why)),
        Ended::Silent => Err(NoKey::Silent),
        Ended::Interrupted => Err(NoKey::Unusable(
            "Interrupted before the keyring answered.".to_owned(),
        )),
    }
}

fn parsed(text: &Secret) -> Result<Identities, NoKey> {
    Identities::of_secret(text, ENTRY).map_err(|_| {
        NoKey::Unusable(format!(
            "The keyring entry '{ENTRY}' holds something else than an age identity."
        ))
    })
}

fn look(make: bool) -> Result<Option<Secret>, Fault> {
    if let Some(text) = read()? {
        return Ok(Some(text));
    }
    let fresh = make.then(|| Identities::generate().to_text()).flatten();
    let Some(fresh) = fresh else {
        return Ok(None);
    };
    put(ENTRY, &fresh, Standing::NotYet).map_err(Fault::unquoted)?;
    Ok(Some(fresh))
}

fn read() -> Result<Option<Secret>, Fault> {
    match open(ENTRY)?.get_secret().map(Zeroizing::new) {
        Ok(bytes) => Ok(std::str::from_utf8(&bytes).ok().map(Secret::new)),
        Err(StoreError::NoEntry) => Ok(None),
        Err(cause) => Err(Fault::from(&cause).unquoted()),
    }
}
