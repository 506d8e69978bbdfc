//! A person as a source of tokens: signs in by browser or device code, and goes on silently as long as the service lets it.
//!
//! Silent first: a person is bothered only at the first sign-in, when the service insists, and only if somebody can be asked. A kept
//! sign-in is renewed by one process at a time, since some services end the session when a refresh token comes twice.

mod kept;

pub(crate) use kept::Account;
pub(super) use kept::Kept;

use super::authority::{Authority, Trouble};
use super::browser::{self, Opener};
use super::claims;
use super::device::PACE;
use super::entra::Refusal;
use super::flows::Grant;
use super::sources::{interruptible, still_good};
use super::{AccessToken, Boxed, TokenSource};
use crate::console::Console;
use crate::error::{Error, ErrorCode, Result};
use crate::secret::Secret;
use crate::sign_ins::{self, SignIn};
use kept::Right;
use std::cell::{Cell, RefCell};
use std::sync::Arc;

/// The way a person signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Browser,
    DeviceCode,
}

impl Way {
    /// The word of `--auth`.
    pub(super) fn word(self) -> &'static str {
        match self {
            Way::Browser => "browser",
            Way::DeviceCode => "device-code",
        }
    }

    /// The way of this word; the browser when it is unknown.
    pub(super) fn by_word(word: &str) -> Self {
        if word == "device-code" {
            Way::DeviceCode
        } else {
            Way::Browser
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
    pub(super) kept: Option<Kept>,
    /// Sign in under this name, whoever the browser knows already.
    pub(super) anew_as: Option<String>,
    /// Whether the browser is to offer other accounts than the one it is signed in with.
    pub(super) choose_account: bool,
    pub(super) session: RefCell<Option<Session>>,
    /// One renewal at a time; and how many there were.
    pub(super) turn: tokio::sync::Mutex<()>,
    pub(super) renewals: Cell<u64>,
}

/// What is kept in memory of a sign-in.
pub(super) struct Session {
    access: AccessToken,
    refresh: Option<Secret>,
    /// The challenge it answers.
    answers: Option<String>,
}

/// How a silent renewal ended.
enum Silent {
    Token(Box<AccessToken>),
    /// A person is needed, for this reason.
    Person(Option<Error>),
}

impl Person {
    /// Asks the service with the refresh token. When a person is needed, the claims the service asks for are left in `wanted`.
    async fn silently(&self, wanted: &mut String) -> Result<Silent> {
        let Some(kept) = &self.kept else {
            let refresh = self.refresh_in_memory();
            let Some(refresh) = refresh else {
                return Ok(Silent::Person(None));
            };
            return self.renewed(&refresh, wanted, None).await;
        };
        let right = kept.right().await;
        // Read after the right was had: another process may have renewed it meanwhile.
        let refresh = match kept.vault.read(&kept.record.key()) {
            Ok(Some(refresh)) => refresh,
            Ok(None) => {
                let error = Error::new(
                    ErrorCode::NotSignedIn,
                    format!(
                        "The sign-in of {} is not in the keyring any more.",
                        kept.record.name()
                    ),
                )
                .fix(format!("Run `{}`.", kept.command()));
                return Ok(Silent::Person(Some(error)));
            }
            Err(error) if error.code() == ErrorCode::Interrupted => return Err(error),
            Err(error) => return Ok(Silent::Person(Some(error))),
        };
        let writes = !matches!(right, Right::Theirs);
        self.renewed(&refresh, wanted, Some((kept, writes))).await
    }

    async fn renewed(
        &self,
        refresh: &Secret,
        wanted: &mut String,
        kept: Option<(&Kept, bool)>,
    ) -> Result<Silent> {
        match interruptible(self.authority.refresh(refresh, &self.scopes, wanted)).await {
            Ok(grant) => {
                if let (Some((kept, true)), Some(new)) = (kept, &grant.refresh) {
                    self.write_back(kept, new, refresh);
                }
                Ok(Silent::Token(Box::new(self.remember(grant, None))))
            }
            Err(Trouble::Refused(refusal)) if refusal.needs_person() => {
                if let Some(session) = self.session.borrow_mut().as_mut() {
                    session.refresh = None;
                }
                self.console
                    .detail(&format!("The session cannot be continued: {refusal}."));
                if let Some(claims) = &refusal.claims {
                    *wanted = claims::merge(claims);
                }
                let reason = kept.map(|(kept, writes)| self.ended(kept, writes, *refusal));
                Ok(Silent::Person(reason))
            }
            Err(trouble) => Err(trouble.into_error("The renewal of the sign-in")),
        }
    }

    /// Puts the new refresh token in the place of the old one.
    fn write_back(&self, kept: &Kept, new: &Secret, old: &Secret) {
        if new.expose() == old.expose() {
            return;
        }
        match kept.vault.write(&kept.record.key(), new) {
            Ok(()) => {
                if let Some(folder) = &kept.state_dir {
                    let renewed = SignIn {
                        renewed_at: now(),
                        ..kept.record.clone()
                    };
                    // Only for people to read; the sign-in does not depend on it.
                    let _ = sign_ins::put(folder, renewed);
                }
            }
            Err(error) => self.console.warn(&format!(
                "The renewed sign-in could not be kept: {} Run `{}` if the next command is refused.",
                error.cause().unwrap_or_default(),
                kept.command()
            )),
        }
    }

    /// The kept sign-in was refused: what is worth nothing any more is taken away.
    fn ended(&self, kept: &Kept, writes: bool, refusal: Refusal) -> Error {
        if writes && refusal.ends_session() {
            let _ = kept.vault.remove(&kept.record.key());
        }
        let what = format!(
            "The sign-in of {} cannot be continued: the renewal",
            kept.record.name()
        );
        let error = refusal.into_error(&what);
        let fix = format!("Run `{}`. {}", kept.command(), error.remedy());
        error.fix(fix)
    }

    fn refresh_in_memory(&self) -> Option<Secret> {
        self.session
            .borrow()
            .as_ref()
            .and_then(|session| session.refresh.clone())
    }

    fn hint(&self) -> Option<String> {
        let in_memory = self
            .session
            .borrow()
            .as_ref()
            .and_then(|session| session.access.claims.upn.clone());
        in_memory.or_else(|| self.kept.as_ref()?.record.user_principal_name.clone())
    }

    /// What the browser is told about an account it knows already.
    fn prompt(&self) -> Option<&'static str> {
        match (&self.anew_as, self.choose_account) {
            // Whoever is signed in there already is somebody else.
            (Some(_), _) => Some("login"),
            (None, true) => Some("select_account"),
            (None, false) => None,
        }
    }

    /// Signs in with the person.
    pub(super) async fn interactively(&self, wanted: &str) -> Result<Grant> {
        let hint = self.anew_as.clone().or_else(|| self.hint());
        let grant = match self.way {
            Way::Browser => {
                interruptible(self.authority.browser(
                    &self.console,
                    &self.scopes,
                    wanted,
                    browser::Account {
                        hint: hint.as_deref(),
                        prompt: self.prompt(),
                    },
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
        grant.map_err(|trouble| trouble.into_error("The sign-in"))
    }

    async fn anew(&self, wanted: &str, challenge: Option<&str>) -> Result<AccessToken> {
        let first = self.session.borrow().is_none();
        let grant = self.interactively(wanted).await?;
        if let Some(kept) = &self.kept {
            self.same_account(kept, &grant)?;
            if let Some(refresh) = &grant.refresh
                && let Err(error) = kept.vault.write(&kept.record.key(), refresh)
            {
                self.console.warn(&format!(
                    "{} {}",
                    error.message(),
                    error.cause().unwrap_or_default()
                ));
            }
        }
        let token = self.remember(grant, challenge);
        if let Some(upn) = token.claims.upn.as_ref().filter(|_| first) {
            self.console.note(&format!("Signed in as {upn}."));
        }
        Ok(token)
    }

    /// Nobody else slips into a kept sign-in by a step-up.
    fn same_account(&self, kept: &Kept, grant: &Grant) -> Result<()> {
        match &grant.account {
            Some(account) if account.key != kept.record.account => Err(Error::new(
                ErrorCode::SignInFailed,
                "Another account signed in than the one that is kept.",
            )
            .why(format!(
                "The kept sign-in is that of {}, and {} signed in.",
                kept.record.name(),
                account.upn.as_deref().unwrap_or("somebody else")
            ))
            .fix(format!(
                "Sign in with the same account, or run `{}` for the other one.",
                kept.command()
            ))),
            _ => Ok(()),
        }
    }

    fn remember(&self, grant: Grant, answers: Option<&str>) -> AccessToken {
        let token = grant.access.clone();
        *self.session.borrow_mut() = Some(Session {
            access: grant.access,
            refresh: grant.refresh,
            answers: answers.map(str::to_owned),
        });
        self.renewals.set(self.renewals.get() + 1);
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
            "Run the command again on a terminal, or with --auth {}.",
            self.way.word()
        ))
    }

    /// The token in memory, when it will do.
    fn in_memory(&self, claims: Option<&str>, fresh: bool, before: u64) -> Option<AccessToken> {
        let session = self.session.borrow();
        let session = session.as_ref()?;
        let renewed = self.renewals.get() != before;
        let answers = match claims {
            None => !fresh || renewed,
            Some(claims) => renewed && session.answers.as_deref() == Some(claims),
        };
        (answers && still_good(&session.access)).then(|| session.access.clone())
    }
}

impl TokenSource for Person {
    fn token<'a>(&'a self, claims: Option<&'a str>, fresh: bool) -> Boxed<'a, Result<AccessToken>> {
        Box::pin(async move {
            let before = self.renewals.get();
            if let Some(token) = self.in_memory(claims, fresh, before) {
                return Ok(token);
            }
            let _turn = self.turn.lock().await;
            // Whoever waited takes what the one before it brought.
            if let Some(token) = self.in_memory(claims, fresh, before) {
                return Ok(token);
            }
            let signed_in = self.session.borrow().is_some();
            let mut wanted = claims::merge(claims.unwrap_or("{}"));
            let reason = match self.silently(&mut wanted).await? {
                Silent::Token(token) => {
                    if let Some(session) = self.session.borrow_mut().as_mut() {
                        session.answers = claims.map(str::to_owned);
                    }
                    return Ok(*token);
                }
                Silent::Person(reason) => reason,
            };
            if !self.named && !self.console.can_ask() && (signed_in || self.kept.is_some()) {
                return Err(match (reason, claims) {
                    // With `TokenRefused` the words reach the person even where another token was asked for.
                    (Some(reason), Some(_)) => reason.recode(ErrorCode::TokenRefused),
                    (Some(reason), None) => reason,
                    (None, challenge) => self.nobody_to_ask(challenge),
                });
            }
            if let Some(reason) = reason {
                self.console.note(&format!(
                    "{} {}",
                    reason.message(),
                    reason.cause().unwrap_or_default()
                ));
            }
            if let Some(challenge) = claims {
                self.console.note(claims::reason(challenge));
            }
            self.anew(&wanted, claims).await
        })
    }

    fn way(&self) -> &'static str {
        self.way.word()
    }

    fn kept(&self) -> Option<&SignIn> {
        self.kept.as_ref().map(|kept| &kept.record)
    }
}

/// The time, as records have it.
pub(super) fn now() -> String {
    jiff::Timestamp::now()
        .strftime("%Y-%m-%dT%H:%M:%SZ")
        .to_string()
}
