//! App registrations: find, create, change, and their federated credentials.
//!
//! Source: Graph reference pages of `application` and `federatedIdentityCredential`, mid 2026. Shapes are checked strictly; a list
//! that is sent replaces the list that was there.

use serde_json::{Value, json};

use super::super::tenant::apps::Application;
use super::super::wire::Reply;
use super::super::{properties, roles, rules, stamp};
use super::application_parts::{check_body, keys, required};
use super::fault::{self, Fault, empty_reply};
use super::listing::Shape;
use super::request::Exchange;
use super::{audit, check};

/// Federated credentials an application may have.
const MOST_FEDERATED: usize = 20;

const APPLICATIONS: Shape = Shape {
    kind: "application",
    context: "applications",
    properties: properties::APPLICATION,
    defaults: &[],
    collections: &[
        "keyCredentials",
        "passwordCredentials",
        "requiredResourceAccess",
        "tags",
    ],
    options: &["$select", "$filter", "$top", "$count", "$skiptoken"],
    page: (100, 999),
    filters: &[
        "appId",
        "displayName",
        "id",
        "uniqueName",
        "createdDateTime",
    ],
};

const FEDERATED: Shape = Shape {
    kind: "federatedIdentityCredential",
    context: "federatedIdentityCredentials",
    properties: properties::FEDERATED_CREDENTIAL,
    defaults: &[],
    collections: &["audiences"],
    options: &["$select", "$filter", "$top", "$skiptoken"],
    page: (100, 999),
    filters: &["name", "issuer", "subject"],
};

/// Who administers applications.
const MANAGERS: [&str; 3] = [
    roles::CLOUD_APPLICATION_ADMINISTRATOR,
    roles::APPLICATION_ADMINISTRATOR,
    roles::GLOBAL_ADMINISTRATOR,
];

/// Whether the caller may change applications, besides the permission.
pub(super) fn require_manager(x: &Exchange<'_>) -> Result<(), Fault> {
    if x.caller.app_only || rules::holds_any(x.tenant, x.caller, &MANAGERS) {
        Ok(())
    } else {
        Err(fault::denied())
    }
}

fn find(x: &Exchange<'_>, key: &str) -> Result<usize, Fault> {
    x.tenant
        .application_at(key)
        .filter(|at| {
            x.tenant
                .applications
                .get(*at)
                .is_some_and(|one| one.visible_from <= x.now)
        })
        .ok_or_else(|| fault::not_found(key.rsplit('=').next().unwrap_or(key)))
}

/// The row of a registration. A list shows no key; one object shows it when it is asked for by name.
fn row(application: &Application, with_keys: bool) -> Value {
    let mut row = Value::Object(application.props.clone());
    if !with_keys && let Some(keys) = row["keyCredentials"].as_array_mut() {
        for key in keys {
            key["key"] = Value::Null;
        }
    }
    row
}

/// `GET /applications`.
pub(super) fn list(x: &Exchange<'_>) -> Result<Reply, Fault> {
    x.require("GET /applications")?;
    let rows = x
        .tenant
        .applications
        .iter()
        .filter(|one| one.visible_from <= x.now)
        .map(|one| row(one, false))
        .collect();
    x.collection(rows, &APPLICATIONS)
}

/// `GET /applications/{id}`.
pub(super) fn get(x: &Exchange<'_>, key: &str) -> Result<Reply, Fault> {
    x.require("GET /applications/{id}")?;
    let at = find(x, key)?;
    let with_keys = x
        .option("$select")
        .is_some_and(|text| text.split(',').any(|name| name.trim() == "keyCredentials"));
    let shown = x
        .tenant
        .applications
        .get(at)
        .map(|one| row(one, with_keys))
        .unwrap_or_default();
    x.entity(200, shown, &APPLICATIONS)
}

/// `POST /applications`.
pub(super) fn create(x: &mut Exchange<'_>) -> Result<Reply, Fault> {
    x.require("POST /applications")?;
    require_manager(x)?;
    let body = x.body()?;
    check_body(&body)?;
    let name = body
        .get("displayName")
        .and_then(Value::as_str)
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .ok_or_else(|| required("displayName", "Application"))?;
    let id = stamp::new_id();
    let mut props = json!({
        "id": id, "deletedDateTime": null, "appId": stamp::new_id(), "createdDateTime": stamp::iso(x.now, 0),
        "signInAudience": "AzureADMyOrg", "isFallbackPublicClient": null, "publicClient": { "redirectUris": [] },
        "requiredResourceAccess": [], "keyCredentials": [], "passwordCredentials": [], "tags": [],
        "uniqueName": null, "notes": null, "description": null,
    })
    .as_object()
    .cloned()
    .unwrap_or_default();
    for (key, value) in body {
        let value = if key == "keyCredentials" {
            Value::Array(keys(&value, &[], x.now)?)
        } else {
            value
        };
        props.insert(key, value);
    }
    let application = Application {
        props,
        federated: Vec::new(),
        visible_from: x.now + x.tenant.visible_lag,
    };
    let shown = row(&application, false);
    x.tenant.applications.push(application);
    x.touch();
    audit::about(x, "Add application", "Application", &id, &name);
    x.entity(201, shown, &APPLICATIONS)
}

/// `PATCH /applications/{id}`.
pub(super) fn update(x: &mut Exchange<'_>, key: &str) -> Result<Reply, Fault> {
    x.require("PATCH /applications/{id}")?;
    require_manager(x)?;
    let at = find(x, key)?;
    let body = x.body()?;
    check_body(&body)?;
    let now = x.now;
    let Some(application) = x.tenant.applications.get_mut(at) else {
        return Err(fault::not_found(key));
    };
    if body.get("uniqueName").is_some() && !application.text("uniqueName").is_empty() {
        return Err(fault::bad_request("Property uniqueName is immutable."));
    }
    let held = application
        .props
        .get("keyCredentials")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    for (name, value) in body {
        let value = if name == "keyCredentials" {
            Value::Array(keys(&value, &held, now)?)
        } else {
            value
        };
        application.props.insert(name, value);
    }
    let (id, name) = (
        application.text("id").to_owned(),
        application.text("displayName").to_owned(),
    );
    x.touch();
    audit::about(x, "Update application", "Application", &id, &name);
    Ok(empty_reply(204))
}

/// `GET /applications/{id}/federatedIdentityCredentials`.
pub(super) fn federated(x: &Exchange<'_>, key: &str) -> Result<Reply, Fault> {
    x.require("GET /applications/{id}/federatedIdentityCredentials")?;
    let at = find(x, key)?;
    let rows = x
        .tenant
        .applications
        .get(at)
        .map(|one| one.federated.clone())
        .unwrap_or_default();
    x.collection(rows, &FEDERATED)
}

/// `POST /applications/{id}/federatedIdentityCredentials`.
pub(super) fn add_federated(x: &mut Exchange<'_>, key: &str) -> Result<Reply, Fault> {
    x.require("POST /applications/{id}/federatedIdentityCredentials")?;
    require_manager(x)?;
    let at = find(x, key)?;
    let body = x.body()?;
    check::names(
        &body,
        properties::FEDERATED_CREDENTIAL,
        "federatedIdentityCredential",
    )?;
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    for name in ["name", "issuer", "subject"] {
        if text(name).is_empty() {
            return Err(required(name, "FederatedIdentityCredential"));
        }
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !(3..=120).contains(&text("name").len()) || !text("name").chars().all(plain) {
        return Err(fault::bad_request(
            "The name of a federated identity credential is 3 to 120 characters of letters, digits, hyphen and underscore.",
        )
        .breach("name of a federated identity credential"));
    }
    let audiences = body.get("audiences").and_then(Value::as_array);
    if audiences.is_none_or(|all| all.len() != 1 || !all.iter().all(Value::is_string)) {
        return Err(required("audiences", "FederatedIdentityCredential"));
    }
    let (name, issuer, subject) = (
        text("name").to_owned(),
        text("issuer").to_owned(),
        text("subject").to_owned(),
    );
    if url::Url::parse(&issuer).is_err() || subject.len() > 600 || issuer.len() > 600 {
        return Err(fault::bad_request(
            "The issuer is not a URL, or a value is too long.",
        ));
    }
    let Some(application) = x.tenant.applications.get_mut(at) else {
        return Err(fault::not_found(key));
    };
    let same = |old: &&Value, name: &str, value: &str| old[name].as_str() == Some(value);
    let taken = application.federated.iter().any(|old| {
        same(&old, "name", &name)
            || (same(&old, "issuer", &issuer) && same(&old, "subject", &subject))
    });
    if taken {
        return Err(fault::key_taken(
            "FederatedIdentityCredential with the same name, or with the same issuer and subject, already exists.",
        ));
    }
    if application.federated.len() >= MOST_FEDERATED {
        return Err(fault::bad_request(
            "The maximum number of federated identity credentials of the application has been reached.",
        ));
    }
    let mut credential = Value::Object(body);
    credential["id"] = json!(stamp::new_id());
    if credential["description"].is_null() {
        credential["description"] = Value::Null;
    }
    application.federated.push(credential.clone());
    let id = application.text("id").to_owned();
    x.touch();
    audit::about(x, "Update application", "Application", &id, &name);
    x.entity(201, credential, &FEDERATED)
}
