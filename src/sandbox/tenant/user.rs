//! One user object: its Graph properties as JSON, and beside them what Graph never shows.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::super::stamp;
use super::secret::Password;

/// A user with the parts of it that no reply carries.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::sandbox) struct User {
    /// Properties under their wire names; what is missing reads as null.
    pub(in crate::sandbox) props: Map<String, Value>,
    /// Registered authentication methods, each with its `@odata.type`; the password method is implied.
    pub(in crate::sandbox) methods: Vec<Value>,
    /// The password in force.
    pub(in crate::sandbox) password: Password,
    /// The code of the access pass among the methods, hashed like a password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::sandbox) access_pass: Option<Password>,
    /// Whether the next sign-in must change the password.
    pub(in crate::sandbox) must_change: bool,
    /// When replication shows the object, milliseconds.
    pub(in crate::sandbox) visible_from: i64,
    /// Failed sign-ins in a row.
    pub(in crate::sandbox) failures: u32,
    /// Until when smart lockout refuses every password.
    pub(in crate::sandbox) locked_until: i64,
    /// Tokens issued earlier are void.
    pub(in crate::sandbox) sessions_valid_from: i64,
    /// What this person is here to show.
    pub(in crate::sandbox) note: String,
}

impl User {
    /// A cloud-only member with nothing registered.
    pub(in crate::sandbox) fn new(id: &str, upn: &str, name: &str, created_ms: i64) -> User {
        let mut props = Map::new();
        for (key, value) in [
            ("id", json!(id)),
            ("userPrincipalName", json!(upn)),
            ("displayName", json!(name)),
            (
                "mailNickname",
                json!(upn.split('@').next().unwrap_or_default()),
            ),
            ("accountEnabled", json!(true)),
            ("userType", json!("Member")),
            ("createdDateTime", json!(stamp::iso(created_ms, 0))),
            (
                "lastPasswordChangeDateTime",
                json!(stamp::iso(created_ms, 0)),
            ),
            (
                "signInSessionsValidFromDateTime",
                json!(stamp::iso(created_ms, 0)),
            ),
        ] {
            props.insert(key.to_owned(), value);
        }
        User {
            props,
            methods: Vec::new(),
            password: Password::Seeded,
            access_pass: None,
            must_change: false,
            visible_from: created_ms,
            failures: 0,
            locked_until: 0,
            sessions_valid_from: created_ms,
            note: String::new(),
        }
    }

    /// Text of a property; empty when null or missing.
    pub(in crate::sandbox) fn text(&self, name: &str) -> &str {
        self.props
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// Object id.
    pub(in crate::sandbox) fn id(&self) -> &str {
        self.text("id")
    }

    /// User principal name.
    pub(in crate::sandbox) fn upn(&self) -> &str {
        self.text("userPrincipalName")
    }

    /// Domain part of the user principal name.
    pub(in crate::sandbox) fn domain(&self) -> &str {
        self.upn().rsplit('@').next().unwrap_or_default()
    }

    /// Whether sign-in is allowed.
    pub(in crate::sandbox) fn enabled(&self) -> bool {
        self.props
            .get("accountEnabled")
            .and_then(Value::as_bool)
            .unwrap_or(false)
    }

    /// Whether the user is an external guest.
    pub(in crate::sandbox) fn guest(&self) -> bool {
        self.text("userType") == "Guest" || self.upn().contains("#EXT#")
    }

    /// Whether on-premises Active Directory owns the object.
    pub(in crate::sandbox) fn synced(&self) -> bool {
        self.props
            .get("onPremisesSyncEnabled")
            .and_then(Value::as_bool)
            .unwrap_or(false)
    }

    /// Whether a value of `passwordPolicies` is set.
    pub(in crate::sandbox) fn policy(&self, value: &str) -> bool {
        self.text("passwordPolicies")
            .split(", ")
            .any(|one| one == value)
    }

    /// Sets a property.
    pub(in crate::sandbox) fn set(&mut self, name: &str, value: Value) {
        self.props.insert(name.to_owned(), value);
    }

    /// Puts a password in force: tokens issued before are void, smart lockout is lifted.
    pub(in crate::sandbox) fn set_password(
        &mut self,
        password: Password,
        must_change: bool,
        now_ms: i64,
    ) {
        self.password = password;
        self.must_change = must_change;
        self.failures = 0;
        self.locked_until = 0;
        self.set("lastPasswordChangeDateTime", json!(stamp::iso(now_ms, 0)));
        self.end_sessions(now_ms);
    }

    /// Voids every token issued so far.
    pub(in crate::sandbox) fn end_sessions(&mut self, now_ms: i64) {
        self.sessions_valid_from = now_ms;
        self.set(
            "signInSessionsValidFromDateTime",
            json!(stamp::iso(now_ms, 0)),
        );
    }

    /// Methods whose type name is `#microsoft.graph.{kind}AuthenticationMethod`.
    pub(in crate::sandbox) fn methods_of<'a>(
        &'a self,
        kind: &'a str,
    ) -> impl Iterator<Item = &'a Value> {
        self.methods
            .iter()
            .filter(move |method| method_kind(method) == kind)
    }
}

/// The part of a method's type between `#microsoft.graph.` and `AuthenticationMethod`.
pub(in crate::sandbox) fn method_kind(method: &Value) -> &str {
    let full = method
        .get("@odata.type")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let short = full.strip_prefix("#microsoft.graph.").unwrap_or(full);
    short.strip_suffix("AuthenticationMethod").unwrap_or(short)
}
