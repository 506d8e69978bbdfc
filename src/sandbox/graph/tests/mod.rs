//! The routes, asked directly: no socket, no token.

mod access_pass;
mod applications;
mod batch;
mod directory;
mod everywhere;
mod methods;
mod passwords;
mod reset;
mod roles;
mod shapes;
mod units;
mod users;
mod users_write;

use serde_json::Value;

use super::super::seed;
use super::super::tenant::Tenant;
use super::super::wire::{Body, Caller, Request};
use super::answer;

pub(super) const NOW: i64 = 1_795_169_472_000;
pub(super) const ORIGIN: &str = "http://127.0.0.1:4000";
pub(super) const ADA: &str = seed::DEFAULT_PERSONA;
pub(super) const CHIDI: &str = "chidi.maro@contoso.com";

/// What came back.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) status: u16,
    pub(super) body: Value,
    pub(super) headers: Vec<(String, String)>,
    pub(super) violations: Vec<String>,
    pub(super) changed: bool,
}

impl Seen {
    pub(super) fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }

    pub(super) fn message(&self) -> &str {
        self.body["error"]["message"].as_str().unwrap_or_default()
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    pub(super) fn rows(&self) -> &[Value] {
        self.body["value"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    pub(super) fn texts(&self, name: &str) -> Vec<&str> {
        self.rows()
            .iter()
            .filter_map(|row| row[name].as_str())
            .collect()
    }
}

/// A tenant, a clock and a way to ask.
pub(super) struct Desk {
    pub(super) tenant: Tenant,
    pub(super) now: i64,
}

impl Desk {
    pub(super) fn new() -> Desk {
        Desk {
            tenant: Tenant::seeded(NOW),
            now: NOW,
        }
    }

    /// A person with everything the public client was consented.
    pub(super) fn person(&self, upn: &str) -> Caller {
        let id = self.tenant.person(upn).unwrap().object_id;
        Caller {
            wids: self.tenant.wids(&id),
            object_id: id,
            client_id: seed::PUBLIC_CLIENT_ID.to_owned(),
            app_only: false,
            permissions: self.tenant.client(seed::PUBLIC_CLIENT_ID).unwrap().scopes,
            issued_at: self.now,
            cp1: false,
        }
    }

    /// The confidential client by itself.
    pub(super) fn app(&self) -> Caller {
        let client = self.tenant.client(seed::CONFIDENTIAL_CLIENT_ID).unwrap();
        Caller {
            wids: Vec::new(),
            object_id: client.service_principal_id,
            client_id: client.client_id,
            app_only: true,
            permissions: client.app_roles,
            issued_at: self.now,
            cp1: false,
        }
    }

    pub(super) fn id(&self, upn: &str) -> String {
        self.tenant.person(upn).unwrap().object_id
    }

    pub(super) fn send(&mut self, caller: &Caller, request: &Request) -> Seen {
        let answered = answer(&mut self.tenant, caller, request, ORIGIN, self.now);
        let body = match answered.reply.body {
            Body::Json(body) => body,
            Body::Text(text) | Body::Html(text) => Value::String(text),
            Body::Empty => Value::Null,
        };
        Seen {
            status: answered.reply.status,
            body,
            headers: answered.reply.headers,
            violations: answered
                .violations
                .into_iter()
                .map(|one| one.rule)
                .collect(),
            changed: answered.changed,
        }
    }

    fn request(
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> Request {
        let target = target.strip_prefix(ORIGIN).unwrap_or(target);
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let path = if path.starts_with("/v1.0/") {
            path.to_owned()
        } else {
            format!("/v1.0{path}")
        };
        let mut headers: Vec<(String, String)> = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        if body.is_some() {
            headers.push(("content-type".to_owned(), "application/json".to_owned()));
        }
        Request {
            method: method.to_owned(),
            path,
            query: query.to_owned(),
            headers,
            body: body
                .map(|body| body.to_string().into_bytes())
                .unwrap_or_default(),
            batched: false,
        }
    }

    /// `GET` as a person.
    pub(super) fn get(&mut self, upn: &str, target: &str) -> Seen {
        let caller = self.person(upn);
        self.send(&caller, &Desk::request("GET", target, &[], None))
    }

    /// `GET` with eventual consistency.
    pub(super) fn get_eventual(&mut self, upn: &str, target: &str) -> Seen {
        let caller = self.person(upn);
        self.send(
            &caller,
            &Desk::request("GET", target, &[("consistencylevel", "eventual")], None),
        )
    }

    /// Any verb as a person.
    pub(super) fn call(&mut self, upn: &str, method: &str, target: &str, body: Value) -> Seen {
        let caller = self.person(upn);
        self.call_as(&caller, method, target, body)
    }

    /// Any verb as anybody.
    pub(super) fn call_as(
        &mut self,
        caller: &Caller,
        method: &str,
        target: &str,
        body: Value,
    ) -> Seen {
        let body = (!body.is_null()).then_some(body);
        self.send(caller, &Desk::request(method, target, &[], body))
    }

    /// `GET` with some permissions only.
    pub(super) fn get_with(&mut self, upn: &str, permissions: &[&str], target: &str) -> Seen {
        let mut caller = self.person(upn);
        caller.permissions = permissions.iter().map(|one| (*one).to_owned()).collect();
        self.send(&caller, &Desk::request("GET", target, &[], None))
    }
}

/// Asserts a clean refusal.
pub(super) fn refused(seen: &Seen, status: u16, code: &str) {
    assert_eq!((seen.status, seen.code()), (status, code), "{seen:?}");
    let inner = &seen.body["error"]["innerError"];
    assert!(
        inner["date"].is_string()
            && inner.get("request-id").is_some()
            && inner.get("client-request-id").is_some()
    );
    assert!(!seen.changed, "a refusal changes nothing");
}

#[test]
fn what_is_not_modelled_is_501_and_a_violation() {
    let mut desk = Desk::new();
    for (verb, path) in [
        ("GET", "/devices"),
        ("POST", "/users/x/sendMail"),
        ("GET", "/beta"),
        ("PUT", "/users"),
    ] {
        let seen = desk.call(ADA, verb, path, Value::Null);
        assert_eq!(seen.status, 501, "{verb} {path}");
        assert_eq!(seen.violations.len(), 1);
    }
}

#[test]
fn manners_are_watched() {
    let mut desk = Desk::new();
    let caller = desk.person(ADA);
    let mut request = Desk::request("GET", "/me", &[], None);
    request.body = b"{}".to_vec();
    assert_eq!(
        desk.send(&caller, &request).violations.len(),
        2,
        "a body on GET, and without a type"
    );
    let raw = Desk::request("GET", "/users/o^hara@contoso.com", &[], None);
    assert!(desk.send(&caller, &raw).violations[0].contains("percent-encoded"));
    assert_eq!(desk.get(ADA, "/me?$fields=id").violations.len(), 1);
}
