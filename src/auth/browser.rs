//! The browser flow: authorization code with PKCE (S256) over a loopback redirect.
//!
//! Opens the browser with an environment of its own, so that no credential of ours is handed down; prints the address as well.
//! Sources: RFC 7636; RFC 8252; Microsoft Learn "OAuth 2.0 authorization code flow", read 2026-11.

use super::authority::{Authority, Trouble};
use super::flows::Grant;
use super::loopback::{Answer, Loopback};
use crate::console::Console;
use crate::error::{Error, ErrorCode};
use crate::random;
use crate::secret::Secret;
use crate::settings::Env;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use oauth2::{CsrfToken, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope};
use std::borrow::Cow;
use std::cell::Cell;
use std::time::Duration;
use url::Url;

/// How long an unanswered sign-in page is waited for.
const PATIENCE: Duration = Duration::from_secs(600);

/// How an address is brought before a person. A value, so that tests can be the person.
pub(crate) type Opener = Box<dyn Fn(&Url) -> bool>;

/// What is said about the account that is to sign in.
#[derive(Default, Clone, Copy)]
pub(crate) struct Account<'a> {
    /// Its name, filled in for the person.
    pub(crate) hint: Option<&'a str>,
    /// What the page is to ask although the browser may be signed in: `login`, or `select_account`.
    pub(crate) prompt: Option<&'static str>,
}

impl Authority {
    /// Signs a person in with the browser.
    pub(crate) async fn browser(
        &self,
        console: &Console,
        scopes: &[String],
        claims: &str,
        account: Account<'_>,
        open: &Opener,
    ) -> Result<Grant, Trouble> {
        let loopback = Loopback::bind().await?;
        let redirect = loopback.redirect_uri();
        let state = unguessable()?;
        let verifier = unguessable()?;
        let url = self.authorize_url(&redirect, &state, &verifier, scopes, claims, account)?;
        let opened = open(&url);
        let (lead, hint) = if opened {
            (
                "Go on in the browser that was opened, or open this address:",
                "",
            )
        } else {
            (
                "No browser could be opened here; open this address:",
                "\nThe answer has to reach this machine: forward the port when the browser runs elsewhere, or press Ctrl-C and use --auth device-code.",
            )
        };
        console.must_say(&format!(
            "Signing in to tenant {} with app {}. {lead}\n{url}{hint}",
            self.tenant.as_str(),
            self.client_id
        ));
        console.progress("Waiting for the browser...");
        let warned = Cell::new(false);
        let stray = || {
            if !warned.replace(true) {
                console.warn("An answer that does not belong to this sign-in came to the waiting port and was ignored.");
            }
        };
        let answer = tokio::time::timeout(PATIENCE, loopback.receive(&state, stray)).await;
        console.clear_progress();
        // The port is given back before anything else happens: one answer, one listener.
        drop(loopback);
        match answer {
            Ok(Answer::Code(code)) => self.redeem(&code, &verifier, &redirect, scopes, claims).await,
            Ok(Answer::Refused(refusal)) => Err(Trouble::Refused(Box::new(refusal))),
            Err(_) => Err(Error::new(ErrorCode::SignInFailed, "The browser sign-in was not finished in time.")
                .why("No answer came back to this machine. An unknown client id or redirect address stays on Microsoft's page.")
                .fix("Look at the page in the browser, then run the command again.")
                .into()),
        }
    }

    fn authorize_url(
        &self,
        redirect: &str,
        state: &Secret,
        verifier: &Secret,
        scopes: &[String],
        claims: &str,
        account: Account<'_>,
    ) -> Result<Url, Error> {
        let redirect = RedirectUrl::new(redirect.to_owned()).map_err(|cause| {
            Error::new(
                ErrorCode::Internal,
                "The redirect address could not be built.",
            )
            .source(cause)
        })?;
        let client = self.client()?;
        let mut request = client
            .authorize_url(|| CsrfToken::new(state.expose().to_owned()))
            .set_redirect_uri(Cow::Owned(redirect))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(
                &PkceCodeVerifier::new(verifier.expose().to_owned()),
            ))
            .add_scopes(scopes.iter().cloned().map(Scope::new))
            .add_extra_param("response_mode", "query")
            .add_extra_param("claims", claims.to_owned());
        if let Some(hint) = account.hint {
            request = request.add_extra_param("login_hint", hint.to_owned());
        }
        if let Some(prompt) = account.prompt {
            request = request.add_extra_param("prompt", prompt);
        }
        Ok(request.url().0)
    }
}

/// 256 random bits as text that needs no encoding.
fn unguessable() -> Result<Secret, Error> {
    Ok(Secret::new(URL_SAFE_NO_PAD.encode(random::bytes::<32>()?)))
}

/// The opener of this machine: `$BROWSER`, else what the system offers.
pub(crate) fn system_opener(env: &Env) -> Opener {
    let env = env.clone();
    Box::new(move |url| open(&env, url.as_str()))
}

#[cfg(unix)]
fn open(env: &Env, url: &str) -> bool {
    let own = env.get("BROWSER").unwrap_or_default();
    let system: &[&str] = if cfg!(target_os = "macos") {
        &["open"]
    } else {
        &["xdg-open", "wslview", "gio open"]
    };
    own.split(':')
        .filter(|command| !command.trim().is_empty())
        .chain(system.iter().copied())
        .any(|command| start(env, command, url))
}

/// Starts one browser command without waiting for its end; a command that ends at once in failure counts as absent.
#[cfg(unix)]
fn start(env: &Env, command: &str, url: &str) -> bool {
    use std::process::{Command, Stdio};
    /// What a browser needs to find the desktop and its profile.
    const PASSED_ON: &[&str] = &[
        "DBUS_SESSION_BUS_ADDRESS",
        "DESKTOP_SESSION",
        "DISPLAY",
        "HOME",
        "KDE_FULL_SESSION",
        "LANG",
        "LC_ALL",
        "LOGNAME",
        "PATH",
        "SHELL",
        "TMPDIR",
        "USER",
        "WAYLAND_DISPLAY",
        "WSL_DISTRO_NAME",
        "WSL_INTEROP",
        "XAUTHORITY",
        "XDG_CONFIG_HOME",
        "XDG_CURRENT_DESKTOP",
        "XDG_DATA_DIRS",
        "XDG_DATA_HOME",
        "XDG_RUNTIME_DIR",
        "XDG_SESSION_TYPE",
    ];
    let mut words = command.split_whitespace();
    let Some(program) = words.next() else {
        return false;
    };
    let mut arguments: Vec<String> = words.map(|word| word.replace("%s", url)).collect();
    if !command.contains("%s") {
        arguments.push(url.to_owned());
    }
    let started = Command::new(program)
        .args(arguments)
        .env_clear()
        .envs(
            PASSED_ON
                .iter()
                .filter_map(|name| Some((*name, env.get(name)?))),
        )
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut child) = started else { return false };
    // xdg-open without a desktop fails within this time.
    for _ in 0..10 {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) => std::thread::sleep(Duration::from_millis(20)),
            Err(_) => return true,
        }
    }
    true
}

#[cfg(not(unix))]
fn open(_env: &Env, url: &str) -> bool {
    webbrowser::open(url).is_ok()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn the_browser_gets_the_address_and_no_credential() {
        let folder = tempfile::tempdir().unwrap();
        let script = folder.path().join("browser");
        let kept = folder.path().join("kept");
        std::fs::write(
            &script,
            format!("#!/bin/sh\n{{ echo \"$@\"; env; }} > {}\n", kept.display()),
        )
        .unwrap();
        std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o700)).unwrap();
        let command = format!("/nonexistent:{} --new-window %s x", script.display());
        let env = Env::of(&[
            ("BROWSER", &command),
            ("PATH", "/usr/bin:/bin"),
            ("AZURE_CLIENT_SECRET", "canary"),
            ("DISPLAY", ":7"),
        ]);
        assert!(system_opener(&env)(
            &Url::parse("https://login.example/?a=b&c=d").unwrap()
        ));
        let kept = std::fs::read_to_string(kept).unwrap();
        assert!(
            kept.starts_with("--new-window https://login.example/?a=b&c=d x\n"),
            "{kept}"
        );
        assert!(kept.contains("DISPLAY=:7"));
        // Neither what the settings hold nor what this process was started with.
        assert!(
            !kept.contains("canary") && !kept.contains("CARGO"),
            "{kept}"
        );
    }
}
