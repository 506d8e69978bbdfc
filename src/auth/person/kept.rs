//! Who signed in, and a sign-in that is kept between runs: where it is, and whose turn it is to renew it.

use crate::auth::claims::{self, TokenClaims};
use crate::auth::vault::Vault;
use crate::files::Turn;
use crate::sign_ins::{DEFAULT_PROFILE, SignIn};
use ring::digest::{SHA256, digest};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// How long another process may be renewing the same sign-in.
const LOCK_WAIT: Duration = Duration::from_secs(10);

/// Who signed in, as the answer of the service tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    /// Object id and home tenant: the account's stable key.
    pub(crate) key: String,
    /// User principal name.
    pub(crate) upn: Option<String>,
    /// Tenant that was signed in to.
    pub(crate) tenant: Option<String>,
}

impl Account {
    /// From `client_info`, the id token and the access token, whichever can be read. The id token is not verified: it came straight
    /// from the service, and it only names.
    pub(in crate::auth) fn read(
        client_info: Option<&str>,
        id_token: Option<&str>,
        access: &TokenClaims,
    ) -> Option<Self> {
        let own = id_token.map(TokenClaims::read).unwrap_or_default();
        let oid = own.oid.clone().or_else(|| access.oid.clone());
        let tid = own.tid.clone().or_else(|| access.tid.clone());
        // Without an id token the access token may still name somebody.
        let pair = |oid: &Option<String>| Some(format!("{}.{}", oid.clone()?, tid.clone()?));
        let key = client_info
            .and_then(claims::account_key)
            .or_else(|| pair(&oid))
            .or_else(|| own.sub.clone())
            .or_else(|| access.sub.clone())
            .or(oid)
            .or_else(|| access.upn.clone())?;
        Some(Account {
            key,
            upn: access.upn.clone().or(own.upn),
            tenant: tid,
        })
    }
}

/// A sign-in that is kept between runs.
pub(in crate::auth) struct Kept {
    pub(in crate::auth) vault: Vault,
    pub(in crate::auth) record: SignIn,
    pub(in crate::auth) state_dir: Option<PathBuf>,
}

/// Who may renew a kept sign-in now.
pub(super) enum Right {
    /// This process alone.
    Ours(#[allow(dead_code)] Turn),
    /// Nobody can tell: there is no place for a lock.
    Untold,
    /// Another process is at it and does not end; what comes is not kept.
    Theirs,
}

impl Kept {
    /// Waits for the right to renew. What stands in the way of a lock stands not in the way of a sign-in.
    pub(super) async fn right(&self) -> Right {
        let Some(folder) = &self.state_dir else {
            return Right::Untold;
        };
        let mark: String = digest(&SHA256, self.record.key().as_bytes()).as_ref()[..8]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let since = Instant::now();
        loop {
            match Turn::take(folder, OsString::from(format!("sign-in-{mark}.lock"))) {
                Ok(Some(turn)) => return Right::Ours(turn),
                Err(_) => return Right::Untold,
                Ok(None) if since.elapsed() > LOCK_WAIT => return Right::Theirs,
                Ok(None) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    }

    /// How to sign in again, as a command.
    pub(in crate::auth) fn command(&self) -> String {
        let profile = match self.record.profile.as_str() {
            DEFAULT_PROFILE => String::new(),
            name => format!(" --profile {name}"),
        };
        format!("admin-reset login{profile}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(
        client_info: Option<&str>,
        id_token: Option<&str>,
        access: TokenClaims,
    ) -> Option<String> {
        Account::read(client_info, id_token, &access).map(|account| account.key)
    }

    #[test]
    fn an_account_is_known_by_whatever_the_service_tells() {
        let text = |text: &str| Some(text.to_owned());
        let whole = TokenClaims {
            oid: text("o"),
            tid: text("t"),
            sub: text("s"),
            upn: text("ada@contoso.com"),
            ..TokenClaims::default()
        };
        // {"uid":"u","utid":"ut"}
        assert_eq!(
            key(Some("eyJ1aWQiOiJ1IiwidXRpZCI6InV0In0"), None, whole.clone()),
            text("u.ut")
        );
        assert_eq!(
            key(Some("damaged"), Some("no.jwt"), whole.clone()),
            text("o.t")
        );
        // {"sub":"id"}
        let id_token = "e30.eyJzdWIiOiJpZCJ9.c2ln";
        let without_tenant = TokenClaims { tid: None, ..whole };
        assert_eq!(
            key(None, Some(id_token), without_tenant.clone()),
            text("id")
        );
        assert_eq!(key(None, None, without_tenant.clone()), text("s"));
        let without_subject = TokenClaims {
            sub: None,
            ..without_tenant
        };
        assert_eq!(key(None, None, without_subject.clone()), text("o"));
        let name_alone = TokenClaims {
            oid: None,
            ..without_subject
        };
        assert_eq!(key(None, None, name_alone), text("ada@contoso.com"));
        assert_eq!(key(None, None, TokenClaims::default()), None);
    }
}
