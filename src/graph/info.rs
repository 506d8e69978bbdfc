//! Writing security info: registering, changing and deleting authentication methods.
//!
//! Source: authentication methods API of the Graph v1.0 reference, metadata of 2026-08-20.

use super::call::{Change, Need, Segment};
use super::methods::{ACCESS_PASS, below};
use crate::http::retry::Replay;
use Segment::Value;
use http::Method;
use serde::de::IgnoredAny;
use serde_json::json;

static WRITE_EMAIL: Need = Need {
    delegated: &[
        "UserAuthMethod-Email.ReadWrite.All",
        "UserAuthenticationMethod.ReadWrite.All",
    ],
    application: &[
        "UserAuthMethod-Email.ReadWrite.All",
        "UserAuthenticationMethod.ReadWrite.All",
    ],
    role: "Authentication Administrator, or Privileged Authentication Administrator for administrators",
};
static WRITE_PHONE: Need = Need {
    delegated: &[
        "UserAuthMethod-Phone.ReadWrite.All",
        "UserAuthenticationMethod.ReadWrite.All",
    ],
    application: &[
        "UserAuthMethod-Phone.ReadWrite.All",
        "UserAuthenticationMethod.ReadWrite.All",
    ],
    role: "Authentication Administrator, or Privileged Authentication Administrator for administrators",
};
static WRITE: Need = Need {
    delegated: &["UserAuthenticationMethod.ReadWrite.All"],
    application: &["UserAuthenticationMethod.ReadWrite.All"],
    role: "Authentication Administrator, or Privileged Authentication Administrator for administrators",
};

/// Collections of methods that can be deleted, by the part of the type before `AuthenticationMethod`.
const COLLECTIONS: &[(&str, &str)] = &[
    ("email", "emailMethods"),
    ("phone", "phoneMethods"),
    ("fido2", "fido2Methods"),
    ("microsoftAuthenticator", "microsoftAuthenticatorMethods"),
    ("softwareOath", "softwareOathMethods"),
    ("temporaryAccessPass", "temporaryAccessPassMethods"),
    ("windowsHelloForBusiness", "windowsHelloForBusinessMethods"),
    ("platformCredential", "platformCredentialMethods"),
];

/// The part of a method's type that tells its kind: `email` of `#microsoft.graph.emailAuthenticationMethod`.
#[must_use]
pub fn kind_of(odata_type: &str) -> &str {
    let short = odata_type
        .strip_prefix("#microsoft.graph.")
        .unwrap_or(odata_type);
    short.strip_suffix("AuthenticationMethod").unwrap_or(short)
}

/// The collection a kind of method is deleted from; `None` for the password and for kinds without one.
#[must_use]
pub fn collection_of(kind: &str) -> Option<&'static str> {
    COLLECTIONS
        .iter()
        .find(|(own, _)| *own == kind)
        .map(|(_, collection)| *collection)
}

/// An e-mail address or phone that is registered for a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Info {
    /// The one e-mail address.
    Email(String),
    /// One of the phones.
    Phone {
        /// `mobile`, `alternateMobile` or `office`.
        kind: &'static str,
        /// Id of the method, which goes with the kind.
        method_id: &'static str,
        /// The number, with the blank after the country code.
        number: String,
    },
}

/// Id of the e-mail method, the same for every user.
pub const EMAIL_METHOD: &str = "3ddfcfc8-9383-446f-83cc-3ab9be4be18f";

impl Info {
    fn place(&self, id: &str) -> (&'static Need, Vec<Segment>, serde_json::Value) {
        match self {
            Info::Email(address) => (
                &WRITE_EMAIL,
                below(id, &["emailMethods"]),
                json!({ "emailAddress": address }),
            ),
            Info::Phone { kind, number, .. } => (
                &WRITE_PHONE,
                below(id, &["phoneMethods"]),
                json!({ "phoneNumber": number, "phoneType": kind }),
            ),
        }
    }

    /// Id of the method that holds it.
    #[must_use]
    pub fn method_id(&self) -> &'static str {
        match self {
            Info::Email(_) => EMAIL_METHOD,
            Info::Phone { method_id, .. } => method_id,
        }
    }

    /// Kind of the method that holds it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Info::Email(_) => "email",
            Info::Phone { .. } => "phone",
        }
    }
}

/// Registers an address or phone where none is. A second one is refused, so a look decides after an unclear answer.
#[must_use]
pub fn add(id: &str, info: &Info) -> Change<IgnoredAny> {
    let (need, segments, body) = info.place(id);
    Change::new(Method::POST, need, segments, Some(body), Replay::LookFirst)
}

/// Changes the address or number of a method that is there. Some pages say 204, some 200 with the object.
#[must_use]
pub fn change(id: &str, method_id: &str, info: &Info) -> Change<IgnoredAny> {
    let (need, mut segments, body) = info.place(id);
    segments.push(Value(method_id.to_owned()));
    Change::new(Method::PATCH, need, segments, Some(body), Replay::Safe)
}

/// Deletes a method.
#[must_use]
pub fn delete(id: &str, collection: &'static str, method_id: &str) -> Change<IgnoredAny> {
    let need = match collection {
        "emailMethods" => &WRITE_EMAIL,
        "phoneMethods" => &WRITE_PHONE,
        "temporaryAccessPassMethods" => &ACCESS_PASS,
        _ => &WRITE,
    };
    let mut segments = below(id, &[collection]);
    segments.push(Value(method_id.to_owned()));
    Change::new(Method::DELETE, need, segments, None, Replay::Safe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn security_info_is_written_where_the_reference_says() {
        let phone = Info::Phone {
            kind: "mobile",
            method_id: "3179e48a-750b-4051-897c-87b9720928f7",
            number: "+47 12345678".to_owned(),
        };
        let added = add("u", &phone);
        assert_eq!(
            added.spec().describe(),
            "POST /users/u/authentication/phoneMethods"
        );
        assert_eq!(
            added.spec().body,
            Some(json!({ "phoneNumber": "+47 12345678", "phoneType": "mobile" }))
        );
        let email = Info::Email("a@b.c".to_owned());
        assert_eq!(
            change("u", email.method_id(), &email).spec().describe(),
            format!("PATCH /users/u/authentication/emailMethods/{EMAIL_METHOD}")
        );
        assert_eq!(
            delete("u", "fido2Methods", "-2_x").spec().describe(),
            "DELETE /users/u/authentication/fido2Methods/-2_x"
        );
        assert_eq!(
            kind_of("#microsoft.graph.softwareOathAuthenticationMethod"),
            "softwareOath"
        );
        assert!(collection_of("password").is_none() && collection_of("hardwareOath").is_none());
    }
}
