//! What was read about a user, before anything is decided: the answers, what is missing, and the kinds of the registered methods.

use crate::error::{Error, ErrorCode};
use crate::graph::methods::RegisteredMethod;
use crate::graph::users::User;
use crate::ids;
use crate::policy::clouds::Cloud;
use crate::policy::reset::HeldRole;
use crate::policy::sspr::MethodKind;
use crate::policy::{Gap, Known};
use std::borrow::Cow;

/// What was read about one user.
pub(crate) struct Evidence {
    /// How the user was named: what is shown when nothing could be read.
    pub(crate) name: String,
    /// The user, when readable.
    pub(crate) user: Option<User>,
    /// Registered methods.
    pub(crate) methods: Methods,
    /// Active roles.
    pub(crate) roles: Known<Vec<HeldRole>>,
    /// Roles that may be activated.
    pub(crate) eligible: Known<Vec<HeldRole>>,
    /// Why something is missing; the first reason.
    pub(crate) fault: Option<Error>,
}

impl Evidence {
    /// Object id of the user, when it is known.
    pub(crate) fn id(&self) -> Option<&str> {
        let named = Some(self.name.as_str()).filter(|name| ids::guid(name).is_some());
        self.user.as_ref().map(|user| user.id.as_str()).or(named)
    }
}

/// Registered methods as far as the cloud and the caller's rights let them be read.
pub(crate) enum Methods {
    /// The whole list.
    All(Vec<RegisteredMethod>),
    /// The lists that the cloud has: phones, and authenticator apps when they were readable. Nothing is known of other kinds.
    Some {
        /// What was read.
        found: Vec<RegisteredMethod>,
        /// Whether authenticator apps were read.
        authenticators: bool,
    },
    /// Nothing was read.
    Unread(Gap),
}

impl Methods {
    /// What was read.
    pub(crate) fn found(&self) -> &[RegisteredMethod] {
        match self {
            Methods::All(found) | Methods::Some { found, .. } => found,
            Methods::Unread(_) => &[],
        }
    }

    pub(crate) fn kinds(&self, cloud: Cloud) -> Known<Vec<MethodKind>> {
        let kinds = || self.found().iter().map(kind).collect();
        match self {
            Methods::All(_) => Known::Known(kinds()),
            Methods::Some { .. } => Known::Partial(
                kinds(),
                vec![Gap::Cloud {
                    fact: "registered e-mail and other methods beside phone and authenticator app"
                        .to_owned(),
                    cloud,
                }],
            ),
            Methods::Unread(gap) => Known::missing(gap.clone()),
        }
    }
}

fn kind(method: &RegisteredMethod) -> MethodKind {
    MethodKind::from_graph(
        method.odata_type.as_deref().unwrap_or_default(),
        method.phone_type.as_deref(),
        method.phone_number.as_deref(),
    )
}

/// Kinds beside password, e-mail and phone, each once.
pub(crate) fn others(kinds: &[MethodKind]) -> Vec<Cow<'static, str>> {
    let mut words: Vec<Cow<'static, str>> = Vec::new();
    for kind in kinds {
        if matches!(
            kind,
            MethodKind::Password | MethodKind::Email | MethodKind::Phone { .. }
        ) {
            continue;
        }
        let word = word(kind.word());
        if !words.contains(&word) {
            words.push(word);
        }
    }
    words
}

/// A word without a copy where it is one of ours.
pub(crate) fn word(text: &str) -> Cow<'static, str> {
    const WORDS: [&str; 14] = [
        "mobile",
        "alternateMobile",
        "office",
        "microsoftAuthenticator",
        "softwareOath",
        "hardwareOath",
        "passkey",
        "windowsHello",
        "platformCredential",
        "temporaryAccessPass",
        "qrCodePin",
        "external",
        "securityQuestions",
        "unknown",
    ];
    match WORDS.iter().find(|word| **word == text) {
        Some(word) => Cow::Borrowed(word),
        None if text.is_empty() => Cow::Borrowed("unknown"),
        None => Cow::Owned(text.to_owned()),
    }
}

/// Whether an error ends the run instead of being a gap about one user: nobody else could be read either.
pub(crate) fn ends_everything(error: &Error) -> bool {
    matches!(
        error.code(),
        ErrorCode::TokenRefused
            | ErrorCode::NotSignedIn
            | ErrorCode::SignInFailed
            | ErrorCode::Untrusted
            | ErrorCode::Internal
            | ErrorCode::Interrupted
            // Only told after minutes in which nothing was granted to anybody.
            | ErrorCode::Throttled
    )
}
