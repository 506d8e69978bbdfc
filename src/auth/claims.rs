//! What an access token says about its caller, and the claims challenge that asks for another token.
//!
//! Reading is for explaining only: nothing here verifies or allows, and a token that cannot be read is no fault.
//! Sources: Microsoft Learn "Access tokens in the Microsoft identity platform" and "Claims challenges, claims requests and client
//! capabilities", read 2026-11.

use crate::secret::Secret;
use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use http::header::WWW_AUTHENTICATE;
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value, json};

/// Longest token that is looked into.
const TOKEN_LIMIT: usize = 64 * 1024;

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const STANDARD_BASE64: GeneralPurpose = GeneralPurpose::new(&STANDARD, LENIENT);
const URL_BASE64: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, LENIENT);

/// Claims of an access token, as far as they could be read. All of it is a hint.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TokenClaims {
    /// Whom the token is for.
    pub aud: Option<String>,
    /// Tenant id.
    pub tid: Option<String>,
    /// Object id of the caller.
    pub oid: Option<String>,
    /// User principal name of a signed-in person.
    pub upn: Option<String>,
    /// Display name of a signed-in person.
    pub name: Option<String>,
    /// Client id of the app the token was issued to.
    pub app_id: Option<String>,
    /// Display name of that app.
    pub app_name: Option<String>,
    /// Scopes of a person's token, or application permissions of an app's.
    pub permissions: Option<Vec<String>>,
    /// Whether an app acts for itself, when that can be told.
    pub app_only: Option<bool>,
    /// Template ids of directory roles active when the token was issued.
    pub wids: Option<Vec<String>>,
    /// When the token ends, in seconds since 1970.
    pub exp: Option<u64>,
    /// Subject: the caller's key for this app.
    pub sub: Option<String>,
}

impl TokenClaims {
    /// Reads what a token says; an opaque one says nothing.
    #[must_use]
    pub fn read(token: &str) -> Self {
        payload(token)
            .map(|claims| Self::of(&claims))
            .unwrap_or_default()
    }

    fn of(claims: &Map<String, Value>) -> Self {
        let text = |name: &str| {
            claims
                .get(name)
                .and_then(Value::as_str)
                .filter(|value| !value.is_empty())
                .map(str::to_owned)
        };
        let scopes = text("scp").map(|scopes| {
            scopes
                .split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        });
        let roles = texts(claims.get("roles"));
        let app_only = match text("idtyp").as_deref() {
            Some("app") => Some(true),
            Some("user") => Some(false),
            _ if scopes.is_some() => Some(false),
            _ if roles.is_some() => Some(true),
            _ => None,
        };
        TokenClaims {
            aud: text("aud").or_else(|| texts(claims.get("aud"))?.into_iter().next()),
            tid: text("tid"),
            sub: text("sub"),
            oid: text("oid"),
            upn: text("upn")
                .or_else(|| text("unique_name"))
                .or_else(|| text("preferred_username")),
            name: text("name"),
            app_id: text("appid").or_else(|| text("azp")),
            app_name: text("app_displayname"),
            permissions: if app_only == Some(true) {
                roles.or(scopes)
            } else {
                scopes.or(roles)
            },
            app_only,
            wids: texts(claims.get("wids")),
            exp: claims
                .get("exp")
                .and_then(|value| value.as_u64().or_else(|| value.as_str()?.parse().ok())),
        }
    }
}

/// The key of the account in `client_info`: base64url JSON with object id and home tenant.
pub(super) fn account_key(client_info: &str) -> Option<String> {
    let value: Value = serde_json::from_slice(&decode(client_info)?).ok()?;
    let part = |name: &str| {
        let text = value[name].as_str()?;
        let fine = !text.is_empty()
            && text.len() <= 64
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        fine.then_some(text)
    };
    Some(format!("{}.{}", part("uid")?, part("utid")?))
}

/// What an assertion of another issuer says about itself, for an explanation; cleaned and cut.
pub(super) struct Presented {
    pub(super) issuer: String,
    pub(super) subject: String,
    pub(super) audience: String,
}

impl Presented {
    /// Reads it; `None` when it is no JWT.
    pub(super) fn read(assertion: &Secret) -> Option<Self> {
        let claims = payload(assertion.expose())?;
        let shown = |name: &str| {
            let text = match claims.get(name) {
                Some(Value::String(text)) => text.as_str(),
                Some(Value::Array(items)) => {
                    items.first().and_then(Value::as_str).unwrap_or("(none)")
                }
                _ => "(none)",
            };
            text.chars()
                .take(300)
                .flat_map(char::escape_debug)
                .collect::<String>()
        };
        Some(Presented {
            issuer: shown("iss"),
            subject: shown("sub"),
            audience: shown("aud"),
        })
    }
}

fn texts(value: Option<&Value>) -> Option<Vec<String>> {
    value?.as_array().map(|items| {
        items
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect()
    })
}

fn payload(token: &str) -> Option<Map<String, Value>> {
    let mut parts = token.split('.');
    let (_, payload, _) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || token.len() > TOKEN_LIMIT {
        return None;
    }
    match serde_json::from_slice(&decode(payload)?) {
        Ok(Value::Object(claims)) => Some(claims),
        _ => None,
    }
}

/// Either alphabet, with or without padding.
fn decode(text: &str) -> Option<Vec<u8>> {
    let text = text.trim();
    STANDARD_BASE64
        .decode(text)
        .or_else(|_| URL_BASE64.decode(text))
        .ok()
}

/// The decoded claims JSON of a `WWW-Authenticate` header that asks for another token, when there is one.
#[must_use]
pub fn challenge(www_authenticate: &str) -> Option<String> {
    challenges(www_authenticate)
        .into_iter()
        .find_map(|challenge| {
            // What asks for a token is the parameter; the name of the error beside it differs, and some leave it out.
            let asks = challenge.scheme.eq_ignore_ascii_case("bearer");
            let claims = challenge.param("claims").filter(|_| asks)?;
            // Older services write the JSON as it is.
            let text = match claims.trim_start().starts_with('{') {
                true => claims.to_owned(),
                false => String::from_utf8(decode(claims)?).ok()?,
            };
            matches!(serde_json::from_str(&text), Ok(Value::Object(_))).then_some(text)
        })
}

/// The claims that the headers of a reply ask a new token for.
#[must_use]
pub fn challenge_in(headers: &HeaderMap) -> Option<String> {
    headers
        .get_all(WWW_AUTHENTICATE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .find_map(challenge)
}

/// Whether another token may help: with 401 any, with 403 one that has the claims which are asked for (Conditional Access for
/// workload identities). Neither request was executed.
#[must_use]
pub fn asks_anew(status: StatusCode, headers: &HeaderMap) -> bool {
    status == StatusCode::UNAUTHORIZED
        || (status == StatusCode::FORBIDDEN && challenge_in(headers).is_some())
}

struct Challenge {
    scheme: String,
    params: Vec<(String, String)>,
}

impl Challenge {
    fn param(&self, name: &str) -> Option<&str> {
        self.params
            .iter()
            .find(|(own, _)| own.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// Splits a header into its challenges (RFC 9110, section 11.6.1). Commas divide parameters as well as challenges, and quoted
/// values may hold either, so it is read character by character.
fn challenges(header: &str) -> Vec<Challenge> {
    let mut found: Vec<Challenge> = Vec::new();
    let mut rest = header;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        let end = rest.find([' ', '\t', ',', '=', '"']).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        if word.is_empty() {
            // A stray quote or equals sign; stepping over it keeps the loop moving.
            let mut chars = after.chars();
            if chars.next().is_none() {
                return found;
            }
            rest = chars.as_str();
            continue;
        }
        let value = after.trim_start_matches([' ', '\t']).strip_prefix('=');
        match (value, found.last_mut()) {
            (Some(value), Some(challenge)) => {
                let (value, left) = read_value(value.trim_start_matches([' ', '\t']));
                challenge.params.push((word.to_owned(), value));
                rest = left;
            }
            _ => {
                found.push(Challenge {
                    scheme: word.to_owned(),
                    params: Vec::new(),
                });
                rest = after;
            }
        }
    }
}

/// One parameter value, quoted or not, and what follows it.
fn read_value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([' ', '\t', ',']).unwrap_or(text.len());
        return (text[..end].to_owned(), &text[end..]);
    };
    let mut value = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (value, &quoted[at + 1..]),
            '\\' => value.extend(chars.next().map(|(_, escaped)| escaped)),
            c => value.push(c),
        }
    }
    (value, "")
}

/// The `claims` parameter of a token request: what a challenge asks for, with the declaration that challenges are handled (`cp1`).
#[must_use]
pub fn merge(challenge_json: &str) -> String {
    let mut wanted = match serde_json::from_str(challenge_json) {
        Ok(Value::Object(wanted)) => wanted,
        _ => Map::new(),
    };
    if let Value::Object(own) = json!({"access_token": {"xms_cc": {"values": ["cp1"]}}}) {
        add(&mut wanted, own);
    }
    Value::Object(wanted).to_string()
}

/// Why Graph asks for another token, told by what the claims ask for.
pub(crate) fn reason(challenge_json: &str) -> &'static str {
    let wanted: Value = serde_json::from_str(challenge_json).unwrap_or_default();
    let asks = |name: &str| wanted["access_token"].get(name).is_some();
    if asks("acrs") {
        "Conditional Access asks for a stronger sign-in for this step (authentication context)."
    } else if asks("xms_rp_ipaddr") {
        "Graph sees another network address than the sign-in service did; split network exits cause this."
    } else if asks("nbf") {
        "The password was changed or the sessions were revoked after the token was issued."
    } else {
        "A policy asks for another sign-in."
    }
}

/// Adds what is missing, at every depth. Lists are joined; where the kinds differ the service's own wish stays.
fn add(into: &mut Map<String, Value>, from: Map<String, Value>) {
    for (key, value) in from {
        match (into.get_mut(&key), value) {
            (Some(Value::Object(into)), Value::Object(from)) => add(into, from),
            (Some(Value::Array(into)), Value::Array(from)) => {
                let missing: Vec<Value> = from
                    .into_iter()
                    .filter(|item| !into.contains(item))
                    .collect();
                into.extend(missing);
            }
            (None | Some(Value::Null), value) => {
                into.insert(key, value);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;
