//! `sign-ins.json` in the state folder: which account each profile is signed in with, where, and since when.
//!
//! Holds no token: those are in the keyring of the operating system or nowhere. What it tells lets a later run find the entry there,
//! ask the right tenant, and say who is signed in without opening the keyring.

use crate::error::{Error, ErrorCode, Result};
use crate::files::{self, Folder, Turn};
use serde::{Deserialize, Serialize};
use std::ffi::{OsStr, OsString};
use std::io::{ErrorKind, Read as _};
use std::path::Path;
use std::time::{Duration, Instant};

const FILE: &str = "sign-ins.json";
const SCHEMA: &str = "admin-reset/sign-ins/1";
/// Longest file that is read.
const LIMIT: u64 = 1024 * 1024;
/// How long another run may be changing the file.
const LOCK_WAIT: Duration = Duration::from_secs(5);

/// The profile in use when none is named.
pub const DEFAULT_PROFILE: &str = "default";

/// A sign-in that is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignIn {
    /// Name of the profile it belongs to.
    pub profile: String,
    /// National cloud.
    pub cloud: String,
    /// Origin of the sign-in service.
    pub login_endpoint: String,
    /// Origin of Graph.
    pub graph_endpoint: String,
    /// Whether one of the two is not a built-in one.
    pub custom_endpoints: bool,
    /// Tenant id, or the tenant as it was named.
    pub tenant: String,
    /// Client id of the app that was signed in to.
    pub client_id: String,
    /// Key of the account: object id and home tenant.
    pub account: String,
    /// User principal name, when the service told.
    pub user_principal_name: Option<String>,
    /// How the person signed in: `browser` or `device-code`.
    pub way: String,
    /// Scopes that were asked for.
    pub scopes: Vec<String>,
    /// When the person signed in.
    pub signed_in_at: String,
    /// When the session was last renewed.
    pub renewed_at: String,
}

impl SignIn {
    /// Name of its entry in the keyring.
    #[must_use]
    pub fn key(&self) -> String {
        format!(
            "{}|{}|{}|{}",
            self.login_endpoint, self.tenant, self.client_id, self.account
        )
    }

    /// What makes it the sign-in for something else than was named. A tenant may be named by id or by any of its domains; only two
    /// ids can be told apart here.
    #[must_use]
    pub fn is_for_other(&self, client_id: Option<&str>, tenant: Option<&str>) -> Option<Other> {
        if client_id.is_some_and(|id| id != self.client_id) {
            return Some(Other::App);
        }
        let named = tenant.and_then(crate::ids::guid);
        named.filter(|id| *id != self.tenant).map(|_| Other::Tenant)
    }

    /// Who it is, for sentences.
    #[must_use]
    pub fn name(&self) -> &str {
        self.user_principal_name.as_deref().unwrap_or(&self.account)
    }
}

/// What a kept sign-in is for, when it is not what was named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Other {
    /// Another app.
    App,
    /// Another tenant.
    Tenant,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    schema: String,
    sign_ins: Vec<SignIn>,
}

/// All sign-ins that are kept; none when there is no such file.
pub fn all(state_dir: &Path) -> Result<Vec<SignIn>> {
    match state_dir.symlink_metadata() {
        // A home such as /dev/null has no folders at all.
        Err(cause) if matches!(cause.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(Vec::new());
        }
        _ => {}
    }
    let folder = Folder::open(state_dir).map_err(|error| error.recode(ErrorCode::BadConfig))?;
    let path = folder.file(OsStr::new(FILE));
    if !path.exists() {
        return Ok(Vec::new());
    }
    let refused = |why: String| {
        Error::new(
            ErrorCode::BadConfig,
            format!("{} is not understood.", files::shown(&path)),
        )
        .why(why)
        .fix("Remove the file and sign in again with `admin-reset login`.")
    };
    let file = files::open_to_read(&path).map_err(|error| error.recode(ErrorCode::BadConfig))?;
    let mut text = String::new();
    file.take(LIMIT)
        .read_to_string(&mut text)
        .map_err(|cause| refused(format!("{cause}.")))?;
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let document: Document =
        serde_json::from_str(&text).map_err(|cause| refused(format!("{cause}.")))?;
    if document.schema != SCHEMA {
        return Err(refused("It was written by another version.".to_owned()));
    }
    Ok(document.sign_ins)
}

/// The sign-in of a profile.
pub fn of(state_dir: &Path, profile: &str) -> Result<Option<SignIn>> {
    Ok(all(state_dir)?
        .into_iter()
        .find(|one| one.profile == profile))
}

/// Keeps a sign-in in the place of the profile's former one, which is returned.
pub fn put(state_dir: &Path, new: SignIn) -> Result<Option<SignIn>> {
    change(state_dir, |list| {
        let former = list
            .iter()
            .position(|one| one.profile == new.profile)
            .map(|at| list.remove(at));
        list.push(new);
        list.sort_by(|a, b| a.profile.cmp(&b.profile));
        former
    })
}

/// Forgets the sign-in of a profile once `first` has succeeded; it gets the sign-ins that are left.
pub fn without(
    state_dir: &Path,
    profile: &str,
    first: impl FnOnce(&[SignIn]) -> Result<()>,
) -> Result<()> {
    let mut left = all(state_dir)?;
    left.retain(|one| one.profile != profile);
    first(&left)?;
    change(state_dir, |list| list.retain(|one| one.profile != profile))
}

/// Whether the list could be changed: the folder is made when it is missing, is ours alone, and can be written.
pub fn prove(state_dir: &Path) -> Result<()> {
    Folder::private(state_dir)
        .and_then(|folder| folder.try_writing())
        .map_err(unusable)
}

fn unusable(error: Error) -> Error {
    error
        .recode(ErrorCode::NotSignedIn)
        .fix("Make the state folder writable and yours alone, or set ADMIN_RESET_STATE_DIR; without it give --auth browser or --auth device-code with each command.")
}

fn change<T>(state_dir: &Path, work: impl FnOnce(&mut Vec<SignIn>) -> T) -> Result<T> {
    let _turn = turn(state_dir).map_err(unusable)?;
    let mut list = all(state_dir)?;
    let folder = Folder::private(state_dir).map_err(unusable)?;
    let done = work(&mut list);
    let document = Document {
        schema: SCHEMA.to_owned(),
        sign_ins: list,
    };
    let mut text = serde_json::to_string_pretty(&document).map_err(|cause| {
        Error::new(
            ErrorCode::Internal,
            "The list of sign-ins could not be written.",
        )
        .source(cause)
    })?;
    text.push('\n');
    let name = OsStr::new(FILE);
    let file = folder.log(name).map_err(unusable)?;
    folder
        .replace(name, &file, text.as_bytes())
        .map_err(unusable)?;
    Ok(done)
}

fn turn(state_dir: &Path) -> Result<Turn> {
    let since = Instant::now();
    loop {
        if let Some(turn) = Turn::take(state_dir, OsString::from("sign-ins.lock"))? {
            return Ok(turn);
        }
        if since.elapsed() > LOCK_WAIT {
            return Err(Error::new(
                ErrorCode::BadConfig,
                "Another run is changing the list of sign-ins.",
            ));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[cfg(test)]
pub(crate) fn sample(profile: &str, account: &str) -> SignIn {
    SignIn {
        profile: profile.into(),
        cloud: "global".into(),
        login_endpoint: "https://login.microsoftonline.com".into(),
        graph_endpoint: "https://graph.microsoft.com".into(),
        custom_endpoints: false,
        tenant: "11111111-2222-4333-8444-555555555555".into(),
        client_id: "66666666-7777-4888-8999-aaaaaaaaaaaa".into(),
        account: account.into(),
        user_principal_name: Some(format!("{account}@contoso.com")),
        way: "browser".into(),
        scopes: vec!["User.Read".into()],
        signed_in_at: "2026-11-25T19:00:00Z".into(),
        renewed_at: "2026-11-25T19:00:00Z".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_keeps_one_account_and_profiles_do_not_meet() {
        let home = tempfile::tempdir().unwrap();
        let state = home.path().join("state");
        assert_eq!(all(&state).unwrap(), []);
        assert_eq!(put(&state, sample("default", "ada")).unwrap(), None);
        assert_eq!(put(&state, sample("second", "bo")).unwrap(), None);
        let former = put(&state, sample("default", "cy")).unwrap().unwrap();
        assert_eq!(former.account, "ada");
        assert_eq!(of(&state, "default").unwrap().unwrap().account, "cy");
        assert_eq!(of(&state, "second").unwrap().unwrap().account, "bo");
        let failed = || Error::new(ErrorCode::NotSignedIn, "broken");
        assert!(without(&state, "default", |_| Err(failed())).is_err());
        assert_eq!(all(&state).unwrap().len(), 2);
        without(&state, "default", |left| {
            assert_eq!(left.len(), 1);
            Ok(())
        })
        .unwrap();
        without(&state, "default", |_| Ok(())).unwrap();
        assert_eq!(all(&state).unwrap().len(), 1);
        let left: Vec<_> = std::fs::read_dir(&state)
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(left, [FILE]);
    }

    #[test]
    fn many_runs_lose_no_entry() {
        let home = tempfile::tempdir().unwrap();
        let state = home.path().join("state");
        std::thread::scope(|scope| {
            for number in 0..8 {
                let state = &state;
                scope.spawn(move || put(state, sample(&format!("p{number}"), "ada")).unwrap());
            }
        });
        assert_eq!(all(&state).unwrap().len(), 8);
    }

    #[test]
    fn a_file_that_is_not_ours_is_told() {
        let home = tempfile::tempdir().unwrap();
        let state = home.path().join("state");
        put(&state, sample("default", "ada")).unwrap();
        for text in ["{", "[]", r#"{"schema":"x/2","signIns":[]}"#] {
            std::fs::write(state.join(FILE), text).unwrap();
            assert_eq!(
                all(&state).unwrap_err().code(),
                ErrorCode::BadConfig,
                "{text}"
            );
        }
        std::fs::write(state.join(FILE), "\n").unwrap();
        assert_eq!(all(&state).unwrap(), []);
    }
}
