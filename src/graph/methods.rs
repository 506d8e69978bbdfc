//! Authentication methods: what somebody registered, the `resetPassword` action, access passes.
//!
//! Source: authentication methods API of the Graph v1.0 reference, metadata of 2026-08-20.

use super::call::{Call, Change, Need, Segment};
use super::paging::Page;
use crate::http::retry::Replay;
use crate::secret::Secret;
use Segment::{Literal, Value};
use http::Method;
use serde::Deserialize;
use serde_json::json;

impl RegisteredMethod {
    /// Kind of the method, as its type tells; absent in lists of one type.
    #[must_use]
    pub fn kind(&self) -> Option<&str> {
        self.odata_type.as_deref().map(super::info::kind_of)
    }

    /// One of a list of authenticator apps, whose items do not tell their type.
    #[must_use]
    pub fn as_authenticator(self) -> Self {
        RegisteredMethod {
            odata_type: Some(
                "#microsoft.graph.microsoftAuthenticatorAuthenticationMethod".to_owned(),
            ),
            ..self
        }
    }

    /// The collection it is deleted from.
    #[must_use]
    pub fn collection(&self) -> Option<&'static str> {
        match self.kind() {
            Some(kind) => super::info::collection_of(kind),
            None if self.phone_number.is_some() => super::info::collection_of("phone"),
            None if self.email_address.is_some() => super::info::collection_of("email"),
            None => None,
        }
    }
}

/// Id of the password method, the same for every user.
pub const PASSWORD_METHOD: &str = "28c10230-6103-485e-b985-444c60001490";

static READ: Need = Need {
    delegated: &[
        "UserAuthenticationMethod.Read.All",
        "UserAuthenticationMethod.ReadWrite.All",
    ],
    application: &[
        "UserAuthenticationMethod.Read.All",
        "UserAuthenticationMethod.ReadWrite.All",
    ],
    role: "Global Reader, Authentication Administrator or Privileged Authentication Administrator",
};
static READ_PHONE: Need = Need {
    delegated: &[
        "UserAuthMethod-Phone.Read.All",
        "UserAuthenticationMethod.Read.All",
        "UserAuthenticationMethod.ReadWrite.All",
    ],
    application: &[
        "UserAuthMethod-Phone.Read.All",
        "UserAuthenticationMethod.Read.All",
        "UserAuthenticationMethod.ReadWrite.All",
    ],
    role: "Global Reader, Authentication Administrator or Privileged Authentication Administrator",
};
static READ_MINE: Need = Need {
    delegated: &[
        "UserAuthenticationMethod.Read",
        "UserAuthenticationMethod.Read.All",
    ],
    application: &[],
    role: "",
};
static RESET: Need = Need {
    delegated: &["UserAuthenticationMethod.ReadWrite.All"],
    application: &[],
    role: "Authentication Administrator, or Privileged Authentication Administrator for administrators",
};
pub(super) static ACCESS_PASS: Need = Need {
    delegated: &[
        "UserAuthMethod-TAP.ReadWrite.All",
        "UserAuthenticationMethod.ReadWrite.All",
    ],
    application: &[
        "UserAuthMethod-TAP.ReadWrite.All",
        "UserAuthenticationMethod.ReadWrite.All",
    ],
    role: "Authentication Administrator, or Privileged Authentication Administrator for administrators",
};

/// One registered method. Only what is needed to tell kinds apart; the rest differs by type.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RegisteredMethod {
    /// `#microsoft.graph.…AuthenticationMethod`; absent in lists of one type.
    #[serde(rename = "@odata.type")]
    pub odata_type: Option<String>,
    /// Id of the method.
    #[serde(default)]
    pub id: String,
    /// Of an e-mail method.
    pub email_address: Option<String>,
    /// Of a phone method.
    pub phone_number: Option<String>,
    /// Of a phone method: `mobile`, `alternateMobile` or `office`.
    pub phone_type: Option<String>,
    /// Of a device or app.
    pub display_name: Option<String>,
}

pub(super) fn below(id: &str, rest: &[&'static str]) -> Vec<Segment> {
    let mut segments = vec![
        Literal("users"),
        Value(id.to_owned()),
        Literal("authentication"),
    ];
    segments.extend(rest.iter().map(|name| Literal(name)));
    segments
}

/// All methods of a user. Takes no query options and is not paged.
#[must_use]
pub fn list(id: &str) -> Call<Page<RegisteredMethod>> {
    Call::get(&READ, below(id, &["methods"]))
}

/// All methods of the signed-in user.
#[must_use]
pub fn list_mine() -> Call<Page<RegisteredMethod>> {
    Call::get(
        &READ_MINE,
        vec![Literal("me"), Literal("authentication"), Literal("methods")],
    )
}

/// Phone methods of a user; the only method list with a number that the cloud in China has.
#[must_use]
pub fn phones(id: &str) -> Call<Page<RegisteredMethod>> {
    Call::get(&READ_PHONE, below(id, &["phoneMethods"]))
}

/// Phone methods of the signed-in user.
#[must_use]
pub fn my_phones() -> Call<Page<RegisteredMethod>> {
    Call::get(
        &READ_MINE,
        vec![
            Literal("me"),
            Literal("authentication"),
            Literal("phoneMethods"),
        ],
    )
}

/// Authenticator apps of a user; with phones and platform credentials all that the cloud in China lists.
#[must_use]
pub fn authenticators(id: &str) -> Call<Page<RegisteredMethod>> {
    Call::get(&READ, below(id, &["microsoftAuthenticatorMethods"]))
}

/// Authenticator apps of the signed-in user.
#[must_use]
pub fn my_authenticators() -> Call<Page<RegisteredMethod>> {
    Call::get(
        &READ_MINE,
        vec![
            Literal("me"),
            Literal("authentication"),
            Literal("microsoftAuthenticatorMethods"),
        ],
    )
}

/// Resets the password; the answer is 202 with the link of a long-running operation. Delegated only.
#[must_use]
pub fn reset_password(id: &str, password: &Secret) -> Change<serde_json::Value> {
    let mut segments = below(id, &["methods"]);
    segments.push(Value(PASSWORD_METHOD.to_owned()));
    segments.push(Literal("resetPassword"));
    Change::new(
        Method::POST,
        &RESET,
        segments,
        Some(json!({ "newPassword": password.expose() })),
        Replay::SamePassword,
    )
}

/// A long-running operation.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Operation {
    /// Id of the operation.
    #[serde(default)]
    pub id: String,
    /// `notStarted`, `running`, `succeeded`, `failed`; decide on this, never on the HTTP status.
    pub status: Option<String>,
    /// Words of the service.
    pub status_detail: Option<String>,
}

/// Shape of an operation, to follow its link with.
#[must_use]
pub fn operation(id: &str, operation_id: &str) -> Call<Operation> {
    let mut segments = below(id, &["operations"]);
    segments.push(Value(operation_id.to_owned()));
    Call::get(&READ, segments)
}

/// A Temporary Access Pass as Graph returns it; the code comes only in the reply of its creation.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccessPass {
    /// Id of the method.
    #[serde(default)]
    pub id: String,
    /// The code.
    pub temporary_access_pass: Option<String>,
    /// Minutes.
    pub lifetime_in_minutes: Option<u64>,
    /// ISO 8601, UTC.
    pub start_date_time: Option<String>,
    /// Whether it works once.
    pub is_usable_once: Option<bool>,
    /// Whether it works now.
    pub is_usable: Option<bool>,
    /// Why it works or does not.
    pub method_usability_reason: Option<String>,
}

/// What an access pass shall be; what is absent is the tenant's default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PassTerms {
    /// Minutes it lives.
    pub minutes: Option<u32>,
    /// When it begins, ISO 8601 in UTC; at once when absent.
    pub start: Option<String>,
    /// Whether it works once only.
    pub once: Option<bool>,
}

impl PassTerms {
    /// A pass of so many minutes.
    #[must_use]
    pub fn lasting(minutes: Option<u32>) -> Self {
        PassTerms {
            minutes,
            ..PassTerms::default()
        }
    }

    /// It in words.
    #[must_use]
    pub fn in_words(&self) -> String {
        let kind = match self.once {
            Some(true) => " that works once",
            Some(false) => " that works as often as needed",
            None => "",
        };
        let length = self
            .minutes
            .map_or_else(String::new, |minutes| format!(" of {minutes} minutes"));
        let start = self
            .start
            .as_ref()
            .map_or_else(String::new, |start| format!(", from {start} on"));
        format!("a Temporary Access Pass{length}{kind}{start}")
    }
}

/// Issues a Temporary Access Pass; one that exists is replaced.
#[must_use]
pub fn issue_access_pass(id: &str, terms: &PassTerms) -> Change<AccessPass> {
    let mut body = json!({});
    if let Some(minutes) = terms.minutes {
        body["lifetimeInMinutes"] = json!(minutes);
    }
    if let Some(start) = &terms.start {
        body["startDateTime"] = json!(start);
    }
    if let Some(once) = terms.once {
        body["isUsableOnce"] = json!(once);
    }
    // Issuing again replaces a pass whose reply was lost, so repeating is safe.
    Change::new(
        Method::POST,
        &ACCESS_PASS,
        below(id, &["temporaryAccessPassMethods"]),
        Some(body),
        Replay::Safe,
    )
}

/// Access passes of a user; the code is never in them.
#[must_use]
pub fn access_passes(id: &str) -> Call<Page<AccessPass>> {
    Call::get(&ACCESS_PASS, below(id, &["temporaryAccessPassMethods"]))
}
