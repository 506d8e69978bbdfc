//! The sign-in service of the sandbox: authorize, device code, token, discovery and their pages.
//!
//! Owns sessions, codes and the order of checks, over plain values; it opens no socket and asks the tenant for everything about
//! people and applications. Written from Microsoft's protocol pages, never from our client.

pub(super) mod aadsts;
pub(super) mod assertion;
mod authorize;
mod claims;
mod consent;
mod devicecode;
mod discovery;
mod fields;
mod interactive;
mod pages;
pub(super) mod scope;
mod sessions;
mod token;

use serde_json::{Value, json};

use self::aadsts::{Refusal, Row};
use self::assertion::Trusted;
use self::authorize::AuthorizationCode;
use self::devicecode::DeviceRequest;
use self::sessions::Sessions;
use super::access::{Signer, Subject, Ticket};
use super::faults::{Policy, PolicyRule};
use super::tenant::{ClientApp, Tenant};
use super::wire::{Reply, Request, Violation};

/// Applications registered for every tenant; all others are known in their own tenant only.
const MULTI_TENANT_CLIENTS: &[&str] = &["14d82eec-204b-4c2f-b7e8-296a70dab67e"];

/// Figures of the sign-in service a rehearsal may want to change.
#[derive(Debug, Clone, Copy)]
pub(super) struct Settings {
    /// Seconds between two polls for a device code.
    pub(super) device_interval_s: i64,
    /// Seconds a device code lives.
    pub(super) device_life_s: i64,
    /// Whether using a rotated refresh token again ends the whole session, as RFC 9700 advises; Entra is kinder.
    pub(super) strict_rotation: bool,
}

impl Default for Settings {
    /// Source: Microsoft Learn "OAuth 2.0 device authorization grant" (900 s, 5 s), state of mid 2026.
    fn default() -> Self {
        Self {
            device_interval_s: 5,
            device_life_s: 900,
            strict_rotation: false,
        }
    }
}

/// Sessions, codes and keys of one sandbox.
pub(super) struct Entra {
    pub(super) signer: Signer,
    pub(super) settings: Settings,
    policies: Vec<Policy>,
    sessions: Sessions,
    codes: Vec<AuthorizationCode>,
    devices: Vec<DeviceRequest>,
    trusted: Vec<Trusted>,
    /// Outside issuers with a key of theirs, PKCS#1.
    issuers: Vec<(String, Vec<u8>)>,
    seen_jti: Vec<String>,
}

/// What the sign-in service makes of a request.
pub(super) struct Outcome {
    pub(super) reply: Reply,
    pub(super) violations: Vec<Violation>,
    /// Whether there is something new to keep.
    pub(super) changed: bool,
}

/// One request on its way through the service.
struct Visit<'a> {
    tenant: &'a mut Tenant,
    request: &'a Request,
    origin: &'a str,
    now_ms: i64,
    breaches: Vec<String>,
    changed: bool,
}

/// The tenant part of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Segment {
    Own,
    Organizations,
    Common,
    Consumers,
}

impl Entra {
    /// A service nobody has signed in to yet.
    pub(super) fn new(settings: Settings) -> Self {
        Self {
            signer: Signer::random(),
            settings,
            policies: Vec::new(),
            sessions: Sessions::new(),
            codes: Vec::new(),
            devices: Vec::new(),
            trusted: Vec::new(),
            issuers: Vec::new(),
            seen_jti: Vec::new(),
        }
    }

    /// The service of an earlier run.
    pub(super) fn from_state(state: &Value, settings: Settings) -> Result<Self, String> {
        let signer = state["key"]
            .as_str()
            .and_then(Signer::from_text)
            .ok_or("the signing key is missing")?;
        let sessions = Sessions::from_state(&state["sessions"])?;
        Ok(Self {
            signer,
            sessions,
            ..Self::new(settings)
        })
    }

    /// What is kept between runs; pending codes are not.
    pub(super) fn to_state(&self) -> Value {
        json!({"key": self.signer.to_text(), "sessions": self.sessions.to_state()})
    }

    /// Replaces the standing rules about sign-ins.
    pub(super) fn set_policies(&mut self, policies: &[Policy]) {
        self.policies = policies.to_vec();
    }

    /// Lets an application prove itself with a key of its own.
    pub(super) fn trust(&mut self, trusted: Trusted) {
        self.trusted.push(trusted);
    }

    /// Makes a key of an outside issuer known, as its discovery document would.
    pub(super) fn publish(&mut self, issuer: &str, key: &[u8]) {
        self.issuers.push((issuer.to_owned(), key.to_vec()));
    }

    fn policy(&self, rule: PolicyRule, upn: &str) -> bool {
        let meets = |persona: &String| persona.eq_ignore_ascii_case(upn);
        self.policies
            .iter()
            .any(|policy| policy.rule == rule && policy.persona.as_ref().is_none_or(meets))
    }

    /// Answers a request to a sign-in address, or nothing when the address does not exist.
    pub(super) fn answer(
        &mut self,
        tenant: &mut Tenant,
        request: &Request,
        origin: &str,
        now_ms: i64,
    ) -> Option<Outcome> {
        let mut visit = Visit {
            tenant,
            request,
            origin,
            now_ms,
            breaches: Vec::new(),
            changed: false,
        };
        let path = percent_encoding::percent_decode_str(&request.path).decode_utf8_lossy();
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let reply = match parts.as_slice() {
            ["devicelogin"] => self.device_page(&mut visit),
            [tenant, "oauth2", "v2.0", "authorize"] => self.authorize(&mut visit, tenant),
            [tenant, "oauth2", "v2.0", "token"] => self.token(&mut visit, tenant),
            [tenant, "oauth2", "v2.0", "devicecode"] => self.device_code(&mut visit, tenant),
            [tenant, "adminconsent"] => self.admin_consent(&mut visit, tenant),
            [_, "oauth2", "v2.0", "logout"] => {
                pages::message("Signed out", "You signed out of the sandbox.")
            }
            [tenant, "v2.0", ".well-known", "openid-configuration"] => {
                discovery::configuration(&visit, tenant)
            }
            [_, "discovery", "v2.0", "keys"] => discovery::keys(),
            _ => return None,
        };
        let request_line = format!("{} {}", request.method, request.path);
        let violations = visit
            .breaches
            .into_iter()
            .map(|rule| Violation {
                request: request_line.clone(),
                rule,
            })
            .collect();
        Some(Outcome {
            reply,
            violations,
            changed: visit.changed,
        })
    }

    /// A refusal a fault script asked for by number.
    pub(super) fn refuse(row: Row, request: &Request, now_ms: i64) -> Reply {
        Refusal::from(row).reply(request, now_ms)
    }

    /// A ready access token of a person, as `client` would hold it after a sign-in now.
    pub(super) fn ready_for_person(
        &self,
        tenant: &Tenant,
        client: &ClientApp,
        persona: &str,
        origin: &str,
        now_ms: i64,
    ) -> Result<(String, i64), String> {
        let person = tenant
            .person(persona)
            .ok_or_else(|| format!("the sandbox has no person '{persona}'"))?;
        let minted = self.signer.mint(&Ticket {
            tenant_id: tenant.tenant_id(),
            origin,
            resource: origin,
            client_id: &client.client_id,
            client_name: &client.display_name,
            client_proof: "0",
            subject: Subject::Person {
                object_id: &person.object_id,
                upn: &person.upn,
                name: &person.display_name,
                scp: &client.scopes.join(" "),
                amr: &["pwd", "mfa"],
            },
            wids: tenant.wids(&person.object_id),
            cp1: false,
            acrs: &[],
            now_ms,
        });
        Ok((minted.token, minted.expires_in))
    }

    /// A ready access token of the application itself.
    pub(super) fn ready_for_app(
        &self,
        tenant: &Tenant,
        client: &ClientApp,
        resource: &str,
        cp1: bool,
        origin: &str,
        now_ms: i64,
    ) -> (String, i64) {
        let minted = self.signer.mint(&Ticket {
            tenant_id: tenant.tenant_id(),
            origin,
            resource,
            client_id: &client.client_id,
            client_name: &client.display_name,
            client_proof: "1",
            subject: Subject::App {
                object_id: &client.service_principal_id,
                roles: &client.app_roles,
            },
            wids: tenant.wids(&client.service_principal_id),
            cp1,
            acrs: &[],
            now_ms,
        });
        (minted.token, minted.expires_in)
    }
}

impl Visit<'_> {
    /// Records a breach of manners.
    fn breach(&mut self, rule: impl Into<String>) {
        self.breaches.push(rule.into());
    }

    fn segment(&self, text: &str) -> Result<Segment, Refusal> {
        match text {
            "organizations" => Ok(Segment::Organizations),
            "common" => Ok(Segment::Common),
            "consumers" => Ok(Segment::Consumers),
            _ if self.tenant.knows_tenant(text) => Ok(Segment::Own),
            _ => Err(Refusal::about(aadsts::TENANT_UNKNOWN, text)),
        }
    }

    /// The application a request names, if it may be used at this address at all.
    fn client(&self, segment: Segment, client_id: &str) -> Result<ClientApp, Refusal> {
        if client_id.is_empty() {
            return Err(Refusal::about(aadsts::PARAMETER_MISSING, "client_id"));
        }
        let Some(client) = self.tenant.client(client_id) else {
            let row = if self.tenant.is_registered(client_id) {
                aadsts::PRINCIPAL_MISSING
            } else {
                aadsts::APP_NOT_FOUND
            };
            return Err(Refusal::about(row, client_id));
        };
        if !client.enabled {
            return Err(Refusal::about(aadsts::APP_DISABLED, client_id));
        }
        if segment != Segment::Own && !MULTI_TENANT_CLIENTS.contains(&client_id) {
            return Err(Refusal::about(aadsts::SINGLE_TENANT, client_id));
        }
        Ok(client)
    }
}
