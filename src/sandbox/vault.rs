//! The emulated Key Vault: secrets and their versions, as far as setting, reading, listing and changing them goes.
//!
//! One vault, whose content lives in memory only: state files hold no secret. Refuses what the service refuses, records what no client
//! should ask. Source: Key Vault REST reference (Set Secret, Get Secret, Update Secret, Get Secret Versions; 7.4).

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::access::{Refused, Signer};
use super::cloud::Cloud;
use super::entropy;
use super::gate::Place;
use super::wire::{Body, Reply, Request};

/// Versions of all secrets, oldest first.
#[derive(Debug)]
pub(super) struct Vault {
    cloud: Cloud,
    secrets: BTreeMap<String, Vec<Version>>,
}

#[derive(Debug, Clone)]
struct Version {
    number: String,
    value: String,
    enabled: bool,
    content_type: Option<String>,
    tags: Map<String, Value>,
    created: i64,
    updated: i64,
}

/// A reply with what the client did wrong, if it did.
pub(super) struct Answer {
    pub(super) reply: Reply,
    pub(super) breach: Option<String>,
}

fn refused(status: u16, code: &str, message: &str, inner: Option<&str>) -> Answer {
    let mut error = json!({ "code": code, "message": message });
    if let Some(inner) = inner {
        error["innererror"] = json!({ "code": inner });
    }
    Answer {
        reply: Reply {
            status,
            headers: Vec::new(),
            body: Body::Json(json!({ "error": error })),
        },
        breach: None,
    }
}

fn breach(status: u16, code: &str, message: &str) -> Answer {
    Answer {
        breach: Some(message.to_owned()),
        ..refused(status, code, message, None)
    }
}

fn fine(body: Value) -> Answer {
    Answer {
        reply: Reply {
            status: 200,
            headers: Vec::new(),
            body: Body::Json(body),
        },
        breach: None,
    }
}

impl Vault {
    /// An empty vault of a cloud.
    pub(super) fn of(cloud: Cloud) -> Self {
        Self {
            cloud,
            secrets: BTreeMap::new(),
        }
    }

    /// Answers one request.
    pub(super) fn answer(
        &mut self,
        signer: &Signer,
        request: &Request,
        place: Place<'_>,
    ) -> Answer {
        if let Some(answer) = gate(signer, request, place, self.cloud) {
            return answer;
        }
        let version = request
            .query
            .split('&')
            .find_map(|pair| pair.strip_prefix("api-version="));
        if version.is_none_or(str::is_empty) {
            return breach(400, "BadParameter", "api-version must be specified");
        }
        let unknown = request.query.split('&').any(|pair| {
            let name = pair.split('=').next().unwrap_or_default();
            !matches!(name, "api-version" | "maxresults")
        });
        if unknown {
            return breach(
                501,
                "NotImplemented",
                "the sandbox's vault has no such query parameter",
            );
        }
        let parts: Vec<&str> = request.path.trim_start_matches('/').split('/').collect();
        let named = |name: &str| {
            (1..=127).contains(&name.len())
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        match (request.method.as_str(), &parts[..]) {
            (_, ["secrets", name, ..]) if !named(name) => breach(
                400,
                "BadParameter",
                "The request URI contains an invalid name",
            ),
            ("PUT", ["secrets", name]) => self.set(name, request, place),
            ("GET", ["secrets", name, "versions"]) => self.list(name, place),
            ("GET", ["secrets", name]) => self.get(name, None, place),
            ("GET", ["secrets", name, version]) => self.get(name, Some(version), place),
            ("PATCH", ["secrets", name, version]) => self.update(name, version, request, place),
            _ => breach(
                501,
                "NotImplemented",
                "the sandbox's vault has no such operation",
            ),
        }
    }

    fn set(&mut self, name: &str, request: &Request, place: Place<'_>) -> Answer {
        let body = match fields(request, &["value", "contentType", "attributes", "tags"]) {
            Ok(body) => body,
            Err(answer) => return answer,
        };
        let Some(value) = body["value"].as_str() else {
            return breach(400, "BadParameter", "The parameter value is required");
        };
        if value.len() > 25 * 1024 {
            return refused(400, "BadParameter", "The value is longer than 25 KB.", None);
        }
        let now = place.now_ms.div_euclid(1000);
        let version = Version {
            number: entropy::guid().replace('-', ""),
            value: value.to_owned(),
            enabled: body["attributes"]["enabled"].as_bool().unwrap_or(true),
            content_type: body["contentType"].as_str().map(str::to_owned),
            tags: body["tags"].as_object().cloned().unwrap_or_default(),
            created: now,
            updated: now,
        };
        let bundle = version.bundle(name, place, true);
        self.secrets
            .entry(name.to_owned())
            .or_default()
            .push(version);
        fine(bundle)
    }

    fn list(&self, name: &str, place: Place<'_>) -> Answer {
        let items: Vec<Value> = self
            .secrets
            .get(name)
            .into_iter()
            .flatten()
            .rev()
            .map(|version| version.bundle(name, place, false))
            .collect();
        fine(json!({ "value": items, "nextLink": null }))
    }

    fn get(&self, name: &str, number: Option<&str>, place: Place<'_>) -> Answer {
        let versions = self
            .secrets
            .get(name)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let found = match number {
            Some(number) => versions.iter().find(|version| version.number == number),
            None => versions.last(),
        };
        match found {
            None => missing(name),
            Some(version) if !version.enabled => refused(
                403,
                "Forbidden",
                "Operation get is not allowed on a disabled secret.",
                Some("SecretDisabled"),
            ),
            Some(version) => fine(version.bundle(name, place, true)),
        }
    }

    fn update(&mut self, name: &str, number: &str, request: &Request, place: Place<'_>) -> Answer {
        let body = match fields(request, &["contentType", "attributes", "tags"]) {
            Ok(body) => body,
            Err(answer) => return answer,
        };
        let versions = self
            .secrets
            .get_mut(name)
            .map(Vec::as_mut_slice)
            .unwrap_or_default();
        let Some(version) = versions.iter_mut().find(|version| version.number == number) else {
            return missing(name);
        };
        if let Some(enabled) = body["attributes"]["enabled"].as_bool() {
            version.enabled = enabled;
        }
        if let Some(tags) = body["tags"].as_object() {
            version.tags.clone_from(tags);
        }
        version.updated = place.now_ms.div_euclid(1000);
        fine(version.bundle(name, place, false))
    }

    /// What is in the vault, for tests: name, value, whether it is enabled, and the tag `state`.
    pub(super) fn content(&self) -> Vec<(String, String, bool, String)> {
        let of = |name: &String, version: &Version| {
            let state = version
                .tags
                .get("state")
                .and_then(Value::as_str)
                .unwrap_or_default();
            (
                name.clone(),
                version.value.clone(),
                version.enabled,
                state.to_owned(),
            )
        };
        self.secrets
            .iter()
            .flat_map(|(name, versions)| versions.iter().map(move |version| of(name, version)))
            .collect()
    }
}

impl Version {
    fn bundle(&self, name: &str, place: Place<'_>, with_value: bool) -> Value {
        let mut bundle = json!({
            "id": format!("{}/secrets/{name}/{}", place.origin, self.number),
            "attributes": {
                "enabled": self.enabled, "created": self.created, "updated": self.updated,
                "recoveryLevel": "Recoverable+Purgeable", "recoverableDays": 90,
            },
            "tags": self.tags,
        });
        if let Some(kind) = &self.content_type {
            bundle["contentType"] = json!(kind);
        }
        if with_value {
            bundle["value"] = json!(self.value);
        }
        bundle
    }
}

fn missing(name: &str) -> Answer {
    refused(
        404,
        "SecretNotFound",
        &format!("A secret with (name/id) {name} was not found in this key vault."),
        None,
    )
}

/// The body, if it has known fields only and tags that the service takes.
fn fields(request: &Request, known: &[&str]) -> Result<Value, Answer> {
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let Some(object) = body.as_object() else {
        return Err(breach(
            400,
            "BadParameter",
            "The request body is not a JSON object",
        ));
    };
    if let Some(name) = object.keys().find(|name| !known.contains(&name.as_str())) {
        return Err(breach(
            501,
            "NotImplemented",
            &format!("the sandbox's vault knows no field {name}"),
        ));
    }
    let tags = object.get("tags").and_then(Value::as_object);
    if tags.is_some_and(|tags| {
        tags.len() > 15
            || tags
                .values()
                .any(|value| value.as_str().is_none_or(|text| text.len() > 256))
    }) {
        return Err(breach(
            400,
            "BadParameter",
            "At most 15 tags, and texts of at most 256 characters",
        ));
    }
    Ok(body)
}

/// Whether the token is for the vault; a challenge otherwise, as the service sends it.
fn gate(signer: &Signer, request: &Request, place: Place<'_>, cloud: Cloud) -> Option<Answer> {
    let token = request
        .header("authorization")
        .and_then(|header| header.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim());
    let read = match token {
        None => Err(Refused::Malformed),
        Some(token) => signer.read_for(token, place.now_ms, |audience| {
            audience.trim_end_matches('/') == cloud.vault()
        }),
    };
    let wrong = match read {
        Ok(_) => return None,
        Err(Refused::Expired) => None,
        Err(Refused::Audience) => Some("a token for another audience at the vault"),
        Err(_) => Some("no token of this sandbox at the vault"),
    };
    let mut answer = refused(
        401,
        "Unauthorized",
        "AKV10000: Request is missing a Bearer or PoP token.",
        None,
    );
    answer.breach = wrong.map(str::to_owned);
    answer.reply.headers.push((
        "WWW-Authenticate".into(),
        format!(
            "Bearer authorization=\"{}/common\", resource=\"{}\"",
            place.origin,
            cloud.vault()
        ),
    ));
    Some(answer)
}
