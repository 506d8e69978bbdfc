//! Signing in so that later runs are signed in too, and signing out again.
//!
//! Whether the sign-in can be kept is proven before anybody is sent to a browser.

use super::Ask;
use super::choose::Chooser;
use super::claims;
use super::person::{Account, Way, now};
use super::vault::Vault;
use crate::console::Console;
use crate::error::{Error, ErrorCode, Result};
use crate::http::Transport;
use crate::settings::{Auth, Settings};
use crate::sign_ins::{self, DEFAULT_PROFILE, SignIn};
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

/// A sign-in that was made and kept.
pub struct SignedIn {
    /// What is remembered of it.
    pub record: SignIn,
    /// Name of the person, when the token tells.
    pub name: Option<String>,
    /// Scopes that were granted, when the service told.
    pub permissions: Option<Vec<String>>,
}

/// Signs a person in and keeps the sign-in under the profile's name. `choose_account` lets the person pick another account than the
/// one the browser is signed in with.
pub async fn sign_in(
    settings: &Settings,
    transport: Rc<Transport>,
    console: Arc<Console>,
    ask: Ask<'_>,
    choose_account: bool,
) -> Result<SignedIn> {
    let way = match settings.auth.0 {
        Auth::Browser => Way::Browser,
        Auth::DeviceCode => Way::DeviceCode,
        Auth::Auto if console.can_ask() => Way::Browser,
        Auth::Auto => {
            return Err(Error::new(ErrorCode::Usage, "How to sign in has to be named where there is no terminal.")
                .fix("Add --auth browser or --auth device-code. An app needs no login: it signs in with each command."));
        }
        other => {
            return Err(Error::new(
                ErrorCode::Usage,
                format!("login cannot be combined with --auth {}.", other.word()),
            )
            .why("Only the sign-in of a person is kept; an app signs in with each command.")
            .fix("Use --auth browser or --auth device-code."));
        }
    };
    let folder = folder(settings)?;
    sign_ins::prove(folder)?;
    let vault = Vault::new(Arc::clone(&console));
    vault.prove()?;
    let chooser = Chooser {
        settings,
        transport,
        console: Arc::clone(&console),
        ask,
    };
    let former = sign_ins::of(folder, profile(settings))?;
    // Whoever signs in again need not say again where.
    let mut person = chooser.person(way, true, chooser.kept()?)?;
    person.kept = None;
    person.choose_account = choose_account;
    let scopes = person.scopes.clone();
    let grant = person.interactively(&claims::merge("{}")).await?;
    let unusable = |why: &str, fix: &str| {
        Error::new(
            ErrorCode::SignInFailed,
            "The sign-in was made and cannot be kept.",
        )
        .why(why)
        .fix(fix)
    };
    // A service that names nobody gives a token all the same; the profile is name enough for a place in the keyring.
    let account = grant.account.unwrap_or_else(|| Account {
        key: format!("profile {}", profile(settings)),
        upn: None,
        tenant: None,
    });
    let refresh = grant.refresh.ok_or_else(|| {
        unusable(
            "The service gave no refresh token.",
            "Allow the app the scope offline_access.",
        )
    })?;
    let endpoints = &settings.endpoints;
    let at = now();
    let record = SignIn {
        profile: profile(settings).to_owned(),
        cloud: endpoints.cloud.name().to_owned(),
        login_endpoint: endpoints.login.to_string(),
        graph_endpoint: endpoints.graph.to_string(),
        custom_endpoints: endpoints.custom,
        tenant: account
            .tenant
            .as_deref()
            .and_then(crate::ids::guid)
            .unwrap_or_else(|| person.authority.tenant.as_str().to_owned()),
        client_id: person.authority.client_id.clone(),
        account: account.key,
        user_principal_name: account.upn,
        way: way.word().to_owned(),
        scopes,
        signed_in_at: at.clone(),
        renewed_at: at,
    };
    vault.write(&record.key(), &refresh)?;
    if let Err(error) = sign_ins::put(folder, record.clone()) {
        let _ = vault.remove(&record.key());
        return Err(error);
    }
    // The account that was signed in before leaves nothing behind.
    if let Some(former) = former.filter(|former| former.key() != record.key()) {
        forget(folder, &vault, &former)?;
    }
    Ok(SignedIn {
        record,
        name: grant.access.claims.name,
        permissions: grant.access.claims.permissions,
    })
}

/// Signs out: takes the kept sign-in of the profile away, or all of them. What was taken away is returned.
pub fn sign_out(settings: &Settings, console: Arc<Console>, all: bool) -> Result<Vec<SignIn>> {
    let folder = folder(settings)?;
    let profile = profile(settings);
    let mut found = sign_ins::all(folder)?;
    found.retain(|one| all || one.profile == profile);
    let vault = Vault::new(console);
    for one in &found {
        // The list goes last: as long as it names an entry of the keyring, logout can be run again.
        sign_ins::without(folder, &one.profile, |left| {
            if left.iter().any(|other| other.key() == one.key()) {
                return Ok(());
            }
            vault.remove(&one.key())
        })?;
    }
    Ok(found)
}

/// Takes the token of a former sign-in away, unless another profile is signed in with the same account.
fn forget(folder: &Path, vault: &Vault, former: &SignIn) -> Result<()> {
    let used = sign_ins::all(folder)?
        .iter()
        .any(|one| one.key() == former.key());
    if used {
        return Ok(());
    }
    vault.remove(&former.key())
}

fn profile(settings: &Settings) -> &str {
    settings.profile_name.as_deref().unwrap_or(DEFAULT_PROFILE)
}

fn folder(settings: &Settings) -> Result<&Path> {
    settings.state_dir.as_deref().ok_or_else(|| {
        Error::new(
            ErrorCode::NotSignedIn,
            "There is no folder to remember a sign-in in.",
        )
        .why("Neither ADMIN_RESET_STATE_DIR, XDG_STATE_HOME nor HOME is set.")
        .fix("Set ADMIN_RESET_STATE_DIR to a folder that only you can write; or give --auth browser or --auth device-code with each command.")
    })
}
