//! People: look-up, sign-in, and what `sandbox show` prints about them.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::super::{seed, stamp};
use super::{Tenant, User, method_kind};

/// Wrong passwords in a row before smart lockout.
const LOCKOUT_AFTER: u32 = 10;
/// How long smart lockout lasts.
const LOCKOUT_MS: i64 = 60_000;
const DAY_MS: i64 = 86_400_000;

/// What sign-in with a password came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignIn {
    /// The password was right.
    Ok {
        /// Object id of the user.
        object_id: String,
        /// Whether a new password must be set before a token is given.
        must_change: bool,
    },
    /// It was the code of a usable access pass, which counts as several factors.
    Pass {
        /// Object id of the user.
        object_id: String,
    },
    /// Nobody has that name.
    NoSuchUser,
    /// The password was wrong.
    WrongPassword,
    /// The account is disabled.
    Disabled,
    /// Smart lockout is in force.
    LockedOut,
    /// The password is past its validity.
    PasswordExpired,
}

/// A user as the sign-in side sees one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Object id.
    pub object_id: String,
    /// User principal name.
    pub upn: String,
    /// Display name.
    pub display_name: String,
    /// Whether sign-in is allowed.
    pub enabled: bool,
    /// Whether the user is an external guest.
    pub guest: bool,
}

impl Tenant {
    /// A user by object id or UPN, visible or not.
    pub(in crate::sandbox) fn user(&self, key: &str) -> Option<Cow<'_, User>> {
        if let Some(index) = self.generated.index(key) {
            return self.generated.get(index);
        }
        self.users
            .iter()
            .find(|user| {
                user.id().eq_ignore_ascii_case(key) || user.upn().eq_ignore_ascii_case(key)
            })
            .map(Cow::Borrowed)
    }

    /// A user by object id or UPN, for writing.
    pub(in crate::sandbox) fn user_mut(&mut self, key: &str) -> Option<&mut User> {
        if let Some(index) = self.generated.index(key) {
            return self.generated.get_mut(index);
        }
        self.users.iter_mut().find(|user| {
            user.id().eq_ignore_ascii_case(key) || user.upn().eq_ignore_ascii_case(key)
        })
    }

    /// Removes a user and returns it.
    pub(in crate::sandbox) fn take_user(&mut self, id: &str) -> Option<User> {
        if let Some(index) = self.generated.index(id) {
            let user = self.generated.get(index)?.into_owned();
            self.generated.changed.remove(&index);
            self.generated.removed.insert(index);
            return Some(user);
        }
        let at = self
            .users
            .iter()
            .position(|user| user.id().eq_ignore_ascii_case(id))?;
        Some(self.users.remove(at))
    }

    /// Number of users that are not deleted.
    pub(in crate::sandbox) fn user_count(&self) -> usize {
        self.users.len() + usize::try_from(self.generated.count).unwrap_or(usize::MAX)
    }

    /// The user at a place of the listing; computed users come after the others. `None` where one was deleted.
    pub(in crate::sandbox) fn user_at(&self, place: usize) -> Option<Cow<'_, User>> {
        if let Some(user) = self.users.get(place) {
            return Some(Cow::Borrowed(user));
        }
        let index = u64::try_from(place - self.users.len()).ok()? + 1;
        self.generated.get(index)
    }

    /// A user by object id or UPN.
    pub fn person(&self, id_or_upn: &str) -> Option<Person> {
        let user = self.user(id_or_upn)?;
        Some(Person {
            object_id: user.id().to_owned(),
            upn: user.upn().to_owned(),
            display_name: user.text("displayName").to_owned(),
            enabled: user.enabled(),
            guest: user.guest(),
        })
    }

    /// Whether this is the password in force.
    pub fn check_password(&self, id_or_upn: &str, password: &str) -> bool {
        self.user(id_or_upn)
            .is_some_and(|user| user.password.matches(password))
    }

    /// Tokens issued to the user before this moment are void.
    pub fn sessions_valid_from_ms(&self, user_id: &str) -> i64 {
        self.user(user_id)
            .map_or(0, |user| user.sessions_valid_from)
    }

    /// Signs a person in by password and writes the sign-in log.
    pub fn sign_in(&mut self, upn: &str, password: &str, now_ms: i64) -> SignIn {
        self.tick(now_ms);
        let validity = self.password_validity_days(upn);
        let Some(user) = self
            .user_mut(upn)
            .filter(|user| user.visible_from <= now_ms)
        else {
            return SignIn::NoSuchUser;
        };
        let answer = judge(user, password, validity, now_ms);
        let request_id = stamp::new_id();
        if matches!(answer, SignIn::Ok { .. } | SignIn::Pass { .. }) {
            user.set(
                "signInActivity",
                json!({
                    "lastSignInDateTime": stamp::iso(now_ms, 0),
                    "lastSignInRequestId": request_id,
                    "lastNonInteractiveSignInDateTime": null,
                    "lastNonInteractiveSignInRequestId": null,
                    "lastSuccessfulSignInDateTime": stamp::iso(now_ms, 0),
                    "lastSuccessfulSignInRequestId": request_id,
                }),
            );
        }
        let record = seed::sign_in_record(user, &request_id, error_of(&answer), now_ms);
        self.log_sign_in(record);
        answer
    }

    /// Days a password of that name's domain lives; `None` = for ever.
    fn password_validity_days(&self, upn: &str) -> Option<i64> {
        let domain = self.domain(upn.rsplit('@').next().unwrap_or_default())?;
        let days = domain
            .get("passwordValidityPeriodInDays")
            .and_then(Value::as_i64)?;
        (days != i64::from(i32::MAX)).then_some(days)
    }

    /// People with roles, methods and what each is there to show; no secret.
    pub fn dump(&self) -> Value {
        let people: Vec<Value> = self
            .users
            .iter()
            .map(|user| {
                let roles: Vec<Value> = self
                    .held(user.id())
                    .iter()
                    .map(|held| json!({"name": self.role_name(&held.role_id), "scope": held.scope, "through": held.through}))
                    .collect();
                let eligible: Vec<String> =
                    self.eligible(user.id()).iter().map(|held| self.role_name(&held.role_id)).collect();
                let methods: Vec<&str> = user.methods.iter().map(method_kind).collect();
                json!({
                    "id": user.id(),
                    "userPrincipalName": user.upn(),
                    "displayName": user.text("displayName"),
                    "enabled": user.enabled(),
                    "userType": user.text("userType"),
                    "synced": user.synced(),
                    "restricted": self.restricted(user.id()),
                    "roles": roles,
                    "eligibleRoles": eligible,
                    "methods": methods,
                    "note": user.note,
                })
            })
            .collect();
        json!({
            "tenantId": self.tenant_id(),
            "initialDomain": self.initial_domain(),
            "generatedUsers": self.generated.count,
            "people": people,
            "clients": self.all_clients().iter().map(|client| json!({
                "clientId": client.client_id,
                "displayName": client.display_name,
                "publicClient": client.public_client,
            })).collect::<Vec<_>>(),
        })
    }
}

/// Decides about one password, counting failures.
fn judge(user: &mut User, password: &str, validity: Option<i64>, now_ms: i64) -> SignIn {
    if user.locked_until > now_ms {
        return SignIn::LockedOut;
    }
    if let Some(at) = usable_pass(user, password, now_ms) {
        user.failures = 0;
        if !user.enabled() {
            return SignIn::Disabled;
        }
        if user.methods[at]["isUsableOnce"] == true {
            user.access_pass = None;
            user.methods[at]["isUsable"] = json!(false);
            user.methods[at]["methodUsabilityReason"] = json!("OneTimeUsed");
        }
        return SignIn::Pass {
            object_id: user.id().to_owned(),
        };
    }
    if !user.password.matches(password) {
        user.failures += 1;
        if user.failures >= LOCKOUT_AFTER {
            user.failures = 0;
            user.locked_until = now_ms + LOCKOUT_MS;
        }
        return SignIn::WrongPassword;
    }
    user.failures = 0;
    if !user.enabled() {
        return SignIn::Disabled;
    }
    let changed = stamp::parse(user.text("lastPasswordChangeDateTime")).unwrap_or(now_ms);
    let expires = !user.policy("DisablePasswordExpiration");
    if expires
        && validity.is_some_and(|days| changed.saturating_add(days.saturating_mul(DAY_MS)) < now_ms)
    {
        return SignIn::PasswordExpired;
    }
    SignIn::Ok {
        object_id: user.id().to_owned(),
        must_change: user.must_change,
    }
}

/// The place of the access pass among the methods, when the code is the one of a pass that works now.
fn usable_pass(user: &User, code: &str, now_ms: i64) -> Option<usize> {
    let at = user
        .methods
        .iter()
        .position(|method| method_kind(method) == "temporaryAccessPass")?;
    let pass = &user.methods[at];
    let start = stamp::parse(pass["startDateTime"].as_str()?)?;
    let end = start + pass["lifetimeInMinutes"].as_i64()? * 60_000;
    let works = (start..end).contains(&now_ms)
        && user
            .access_pass
            .as_ref()
            .is_some_and(|own| own.matches(code));
    works.then_some(at)
}

/// The sign-in log's error number for an answer.
fn error_of(answer: &SignIn) -> (i32, &'static str) {
    match answer {
        SignIn::Ok { .. } | SignIn::Pass { .. } => (0, "Other."),
        SignIn::NoSuchUser => (50034, "The user account does not exist in the directory."),
        SignIn::WrongPassword => (50126, "Invalid username or password."),
        SignIn::Disabled => (50057, "User account is disabled."),
        SignIn::LockedOut => (
            50053,
            "Account is locked because of too many failed sign-ins.",
        ),
        SignIn::PasswordExpired => (50055, "Password is expired."),
    }
}
