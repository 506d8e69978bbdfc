//! The body of an application: names and shapes of its properties, and the list of its keys.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::super::{properties, stamp, x509};
use super::check;
use super::fault::{self, Fault};

pub(super) fn required(name: &str, kind: &str) -> Fault {
    let message = format!("A value is required for property '{name}' of resource '{kind}'.");
    fault::bad_request(message.clone()).breach(message)
}

fn invalid(name: &str) -> Fault {
    let message =
        format!("Invalid value specified for property '{name}' of resource 'Application'.");
    fault::bad_request(message.clone()).breach(message)
}

/// Names and shapes of an application's properties.
pub(super) fn check_body(body: &Map<String, Value>) -> Result<(), Fault> {
    check::names(body, properties::APPLICATION, "application")?;
    for (name, value) in body {
        let fine = match name.as_str() {
            "displayName" => value
                .as_str()
                .is_some_and(|text| !text.is_empty() && text.chars().count() <= 256),
            "signInAudience" => matches!(
                value.as_str(),
                Some(
                    "AzureADMyOrg"
                        | "AzureADMultipleOrgs"
                        | "AzureADandPersonalMicrosoftAccount"
                        | "PersonalMicrosoftAccount"
                )
            ),
            "isFallbackPublicClient" => value.is_boolean() || value.is_null(),
            "publicClient" => public_client(value),
            "requiredResourceAccess" => value
                .as_array()
                .is_some_and(|all| all.iter().all(resource_access)),
            "id" | "appId" | "createdDateTime" | "passwordCredentials" => {
                let message = format!("Property '{name}' is read-only and cannot be set.");
                return Err(fault::bad_request(message.clone()).breach(message));
            }
            _ => true,
        };
        if !fine {
            return Err(invalid(name));
        }
    }
    Ok(())
}

fn public_client(value: &Value) -> bool {
    value.as_object().is_some_and(|client| {
        client.keys().all(|name| name == "redirectUris")
            && client
                .get("redirectUris")
                .and_then(Value::as_array)
                .is_some_and(|uris| {
                    uris.iter()
                        .all(|uri| uri.as_str().is_some_and(|uri| url::Url::parse(uri).is_ok()))
                })
    })
}

fn resource_access(value: &Value) -> bool {
    let guid = |value: &Value| value.as_str().is_some_and(stamp::is_guid);
    value.as_object().is_some_and(|one| {
        one.keys()
            .all(|name| name == "resourceAppId" || name == "resourceAccess")
    }) && guid(&value["resourceAppId"])
        && value["resourceAccess"].as_array().is_some_and(|all| {
            !all.is_empty()
                && all.iter().all(|one| {
                    guid(&one["id"])
                        && matches!(one["type"].as_str(), Some("Scope" | "Role"))
                        && one.as_object().is_some_and(|fields| fields.len() == 2)
                })
        })
}

/// The list of keys that takes the place of the one there was. A key that is named by its id keeps its material.
pub(super) fn keys(value: &Value, held: &[Value], now: i64) -> Result<Vec<Value>, Fault> {
    let wrong = || invalid("keyCredentials");
    let mut kept = Vec::new();
    for one in value.as_array().ok_or_else(wrong)? {
        let fields = one.as_object().ok_or_else(wrong)?;
        check::names(fields, properties::KEY_CREDENTIAL, "keyCredential")?;
        let before = held
            .iter()
            .find(|old| old["keyId"].as_str().is_some() && old["keyId"] == one["keyId"]);
        let bytes = one["key"]
            .as_str()
            .map(|text| STANDARD.decode(text).map_err(|_| wrong()))
            .transpose()?;
        match (before, bytes) {
            (Some(old), None) => kept.push(old.clone()),
            (Some(old), Some(_)) if old["key"] == one["key"] => kept.push(old.clone()),
            (_, Some(der)) => {
                if one["type"] != "AsymmetricX509Cert" || one["usage"] != "Verify" {
                    return Err(wrong());
                }
                let certificate = x509::read(&der).ok_or_else(wrong)?;
                let digest = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, &der);
                let mut key = json!({
                    "customKeyIdentifier": STANDARD.encode(digest), "displayName": null, "keyId": stamp::new_id(),
                    "startDateTime": stamp::iso(certificate.not_before, 0),
                    "endDateTime": stamp::iso(certificate.not_after, 0),
                });
                if let Some(key) = key.as_object_mut() {
                    for (name, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
                        key.insert(name.clone(), value.clone());
                    }
                }
                let end = key["endDateTime"].as_str().and_then(stamp::parse);
                if end.is_none_or(|end| end > certificate.not_after || end <= now) {
                    return Err(fault::bad_request("Key credential end date is invalid.")
                        .detail("KeyCredentialsInvalidEndDate", Some("keyCredentials")));
                }
                kept.push(key);
            }
            (None, None) => return Err(wrong()),
        }
    }
    Ok(kept)
}
