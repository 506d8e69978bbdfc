//! Replies in the shapes that Microsoft documents: the client reads them, and the built-in tenant gives answers like them, so that the
//! two cannot be wrong together.
//!
//! `tests/contract` holds one file a reply, with invented data and the name of the page that shows the shape.

use crate::support::root;
use admin_reset::auth::claims;
use admin_reset::error::ErrorCode;
use admin_reset::graph::fault::Fault;
use admin_reset::graph::methods::{AccessPass, Operation, RegisteredMethod};
use admin_reset::graph::paging::Page;
use admin_reset::graph::reports::RegistrationDetails;
use admin_reset::graph::roles::{Assignment, Definition, Schedule};
use admin_reset::graph::tenant::{AuthorizationPolicy, Organization};
use admin_reset::graph::users::{DirectoryRole, User};
use admin_reset::http::Incoming;
use admin_reset::sandbox::tenant::Tenant;
use admin_reset::sandbox::wire::{self, Caller, Request};
use admin_reset::sandbox::{graph, seed};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeSet;
use std::time::Instant;

/// A documented reply.
struct Sample {
    name: String,
    value: Value,
}

fn sample(name: &str) -> Sample {
    let path = root().join("tests/contract").join(format!("{name}.json"));
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|cause| panic!("{}: {cause}", path.display()));
    Sample {
        name: name.to_owned(),
        value: serde_json::from_str(&text).unwrap(),
    }
}

fn names() -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(root().join("tests/contract"))
        .unwrap()
        .map(|entry| {
            entry
                .unwrap()
                .path()
                .file_stem()
                .unwrap()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    names
}

impl Sample {
    fn body<T: DeserializeOwned>(&self) -> T {
        serde_json::from_value(self.value["body"].clone())
            .unwrap_or_else(|cause| panic!("{}: {cause}", self.name))
    }

    fn incoming(&self) -> Incoming {
        let mut headers = http::HeaderMap::new();
        for (name, value) in self.value["headers"].as_object().unwrap() {
            let name: http::HeaderName = name.parse().unwrap();
            headers.insert(name, value.as_str().unwrap().parse().unwrap());
        }
        let status = u16::try_from(self.value["status"].as_u64().unwrap()).unwrap();
        Incoming {
            status: http::StatusCode::from_u16(status).unwrap(),
            headers,
            body: self.value["body"].to_string().into_bytes(),
            at: Instant::now(),
        }
    }

    fn request(&self) -> &str {
        self.value["request"].as_str().unwrap()
    }
}

#[test]
fn every_sample_names_its_page_and_is_read_by_a_test() {
    let own = std::fs::read_to_string(root().join("tests/it/contract.rs")).unwrap();
    for name in names() {
        let sample = sample(&name);
        let reference = sample.value["reference"].as_str().unwrap();
        assert!(
            reference.starts_with("Microsoft Graph v1.0: ") && reference.len() > 30,
            "{name}: {reference}"
        );
        assert!(own.contains(&format!("\"{name}\"")), "no test reads {name}");
    }
    assert!(names().len() >= 40);
}

#[test]
fn users_are_read() {
    let page: Page<User> = sample("users-first-page").body();
    assert_eq!(page.value.len(), 2);
    assert_eq!(
        page.value[0].user_principal_name.as_deref(),
        Some("ada.okafor@contoso.com")
    );
    assert!(page.next_link.unwrap().contains("$skiptoken="));
    let page: Page<User> = sample("users-last-page").body();
    assert!(page.next_link.is_none() && !page.value.is_empty());
    let page: Page<User> = sample("users-empty-page-with-next-link").body();
    assert!(page.next_link.is_some() && page.value.is_empty());
    let user: User = sample("user-synced").body();
    assert_eq!(
        (user.on_premises_sync_enabled, user.account_enabled),
        (Some(true), Some(true))
    );
    assert_eq!(
        user.last_password_change_date_time.as_deref(),
        Some("2026-08-02T06:15:44Z")
    );
    let user: User = sample("user-cloud-only").body();
    assert_ne!(user.on_premises_sync_enabled, Some(true));
    let user: User = sample("user-created").body();
    assert!(user.id.len() == 36 && user.user_principal_name.is_some());
}

#[test]
fn methods_are_read_known_or_not() {
    let kinds = |name: &str| -> BTreeSet<String> {
        let page: Page<RegisteredMethod> = sample(name).body();
        page.value
            .into_iter()
            .filter_map(|one| one.odata_type)
            .map(|kind| kind.replace("#microsoft.graph.", ""))
            .collect()
    };
    let all = kinds("methods-of-all-kinds");
    for kind in [
        "password",
        "email",
        "phone",
        "fido2",
        "microsoftAuthenticator",
        "softwareOath",
    ] {
        assert!(
            all.contains(&format!("{kind}AuthenticationMethod")),
            "{kind}: {all:?}"
        );
    }
    assert!(kinds("methods-of-unknown-kind").len() >= 2);
    let phones: Page<RegisteredMethod> = sample("phone-methods").body();
    let types: Vec<&str> = phones
        .value
        .iter()
        .filter_map(|one| one.phone_type.as_deref())
        .collect();
    assert!(
        types.contains(&"mobile") && types.contains(&"office"),
        "{types:?}"
    );
    let masked: Page<RegisteredMethod> = sample("phone-methods-masked").body();
    assert!(masked.value.iter().all(|one| one.phone_number.is_some()));
    let pass: AccessPass = sample("access-pass-created").body();
    assert!(pass.temporary_access_pass.is_some() && pass.lifetime_in_minutes.is_some());
    let passes: Page<AccessPass> = sample("access-passes").body();
    assert!(
        passes
            .value
            .iter()
            .all(|one| one.temporary_access_pass.is_none()),
        "the code comes once"
    );
}

#[test]
fn operations_are_read_by_their_status_and_not_by_the_code() {
    let accepted = sample("reset-accepted").incoming();
    assert_eq!(accepted.status, 202);
    assert!(
        accepted
            .header("location")
            .unwrap()
            .contains("/authentication/operations/")
    );
    assert_eq!(accepted.retry_after().unwrap().as_secs(), 5);
    assert!(accepted.date().is_some());
    for (name, status) in [
        ("operation-running", "running"),
        ("operation-succeeded", "succeeded"),
        ("operation-succeeded-202", "succeeded"),
        ("operation-failed", "failed"),
    ] {
        let operation: Operation = sample(name).body();
        assert_eq!(operation.status.as_deref(), Some(status), "{name}");
    }
    let revoked: Value = sample("sessions-revoked").body();
    assert_eq!(revoked["value"], true);
}

#[test]
fn roles_and_the_tenant_are_read() {
    let page: Page<Assignment> = sample("role-assignments-with-principal").body();
    assert!(page.value.iter().any(|one| {
        one.principal
            .as_ref()
            .is_some_and(|who| who.user_principal_name.is_some())
    }));
    let page: Page<Assignment> = sample("role-assignments-at-unit-scope").body();
    assert!(
        page.value[0]
            .directory_scope_id
            .as_deref()
            .unwrap()
            .starts_with("/administrativeUnits/")
    );
    let one: Assignment = sample("role-assigned").body();
    assert!(!one.id.is_empty() && !one.principal_id.is_empty());
    let page: Page<Schedule> = sample("eligibilities").body();
    assert_eq!(
        page.value[0].role_definition_id,
        "62e90394-69f5-4237-9190-012177145e10"
    );
    let role: Definition = sample("role-definition").body();
    assert_eq!(
        (role.display_name.as_deref(), role.is_built_in),
        (Some("Helpdesk Administrator"), Some(true))
    );
    let held: Page<Value> = sample("memberships").body();
    let role = held
        .value
        .iter()
        .find(|one| one["@odata.type"] == "#microsoft.graph.directoryRole")
        .unwrap();
    let role: DirectoryRole = serde_json::from_value(role.clone()).unwrap();
    assert_eq!(
        role.role_template_id.as_deref(),
        Some("62e90394-69f5-4237-9190-012177145e10")
    );
    let page: Page<Organization> = sample("organization").body();
    assert_eq!(
        page.value[0].initial_domain(),
        Some("contoso.onmicrosoft.com")
    );
    let policy: AuthorizationPolicy = sample("authorization-policy").body();
    assert!(policy.allowed_to_use_sspr.is_some());
    let page: Page<RegistrationDetails> = sample("registration-details").body();
    assert!(
        page.value
            .iter()
            .any(|one| !one.methods_registered.is_empty())
    );
}

#[test]
fn refusals_get_the_code_of_their_cause() {
    for (name, code, graph_code) in [
        (
            "user-not-found",
            ErrorCode::NotFound,
            "Request_ResourceNotFound",
        ),
        (
            "user-exists",
            ErrorCode::ContentRefused,
            "Request_BadRequest",
        ),
        (
            "password-too-weak",
            ErrorCode::PasswordRefused,
            "Request_BadRequest",
        ),
        (
            "denied-by-directory",
            ErrorCode::NotPermitted,
            "Authorization_RequestDenied",
        ),
        (
            "denied-by-restricted-unit",
            ErrorCode::RestrictedUnit,
            "Authorization_RequestDenied",
        ),
        (
            "denied-by-methods-service",
            ErrorCode::NotPermitted,
            "accessDenied",
        ),
        ("reset-by-app", ErrorCode::ContentRefused, "BadRequest"),
        (
            "reports-without-licence",
            ErrorCode::LicenceMissing,
            "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
        ),
        (
            "eligibilities-without-licence",
            ErrorCode::LicenceMissing,
            "AadPremiumLicenseRequired",
        ),
        (
            "role-assigned-already",
            ErrorCode::ContentRefused,
            "Request_BadRequest",
        ),
        ("throttled", ErrorCode::Throttled, "TooManyRequests"),
        (
            "unavailable",
            ErrorCode::ServiceFailed,
            "serviceNotAvailable",
        ),
        (
            "token-expired",
            ErrorCode::TokenRefused,
            "InvalidAuthenticationToken",
        ),
        (
            "claims-challenge",
            ErrorCode::TokenRefused,
            "InvalidAuthenticationToken",
        ),
    ] {
        let reply = sample(name).incoming();
        let fault = Fault::read(&reply);
        assert_eq!(fault.code(), code, "{name}: {fault:?}");
        assert_eq!(fault.service.code.as_deref(), Some(graph_code), "{name}");
        assert_eq!(
            fault.service.request_id.as_deref(),
            reply.header("request-id"),
            "{name}"
        );
        assert!(fault.service.message.is_some(), "{name}");
    }
    // "It is there already" is told apart by the step that looks; these are its marks.
    let exists = Fault::read(&sample("user-exists").incoming());
    assert_eq!(exists.details, ["ObjectConflict"]);
    let assigned = Fault::read(&sample("role-assigned-already").incoming());
    assert!(assigned.says("conflicting object"));
    let challenge = sample("claims-challenge").incoming();
    let claims = claims::challenge(challenge.header("www-authenticate").unwrap()).unwrap();
    assert!(claims.contains("\"nbf\""), "{claims}");
    let batch: Value = sample("batch-partly-throttled").body();
    let parts = batch["responses"].as_array().unwrap();
    for part in parts {
        let status = u16::try_from(part["status"].as_u64().unwrap()).unwrap();
        let body = part["body"].to_string();
        let fault = Fault::of(status, body.as_bytes(), |_| None, None);
        assert_eq!(fault.service.code.is_some(), status >= 400, "{part}");
    }
}

/// What the built-in tenant answers to the request of a sample, as a person who may read everything.
fn answered(request: &str) -> (u16, Value) {
    let now = 1_795_000_000_000;
    let mut tenant = Tenant::seeded(now);
    let (method, target) = request.split_once(' ').unwrap();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let id = tenant.person(seed::DEFAULT_PERSONA).unwrap().object_id;
    let caller = Caller {
        wids: tenant.wids(&id),
        object_id: id,
        client_id: seed::PUBLIC_CLIENT_ID.to_owned(),
        app_only: false,
        permissions: tenant
            .client(seed::PUBLIC_CLIENT_ID)
            .unwrap()
            .scopes
            .clone(),
        issued_at: now,
        cp1: true,
    };
    let request = Request {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.replace(' ', "%20").replace('\'', "%27"),
        headers: vec![(
            "client-request-id".to_owned(),
            "0b7e4c1a-93a2-4a55-8f0e-6a1f2d3c4b5a".to_owned(),
        )],
        body: Vec::new(),
        batched: false,
    };
    let answer = graph::answer(&mut tenant, &caller, &request, "http://127.0.0.1:1", now);
    assert!(answer.violations.is_empty(), "{:?}", answer.violations);
    match answer.reply.body {
        wire::Body::Json(value) => (answer.reply.status, value),
        other => panic!("{target}: {other:?}"),
    }
}

/// Properties of an object and the kind of their values; what is null may be of any kind.
fn shape(value: &Value) -> Vec<(String, &'static str)> {
    let kind = |value: &Value| match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    value
        .as_object()
        .unwrap()
        .iter()
        .filter(|(name, _)| !name.starts_with("@odata."))
        .map(|(name, value)| (name.clone(), kind(value)))
        .collect()
}

/// Objects of a reply: the rows of a list, or the object itself.
fn objects(body: &Value) -> Vec<&Value> {
    body["value"]
        .as_array()
        .map_or_else(|| vec![body], |rows| rows.iter().collect())
}

#[test]
fn the_built_in_tenant_answers_in_the_documented_shapes() {
    for name in [
        "users-first-page",
        "user-synced",
        "user-cloud-only",
        "methods-of-all-kinds",
        "methods-of-unknown-kind",
        "phone-methods",
        "registration-details",
        "role-assignments-with-principal",
        "role-assignments-at-unit-scope",
        "eligibilities",
        "organization",
        "authorization-policy",
        "role-definition",
        "memberships",
    ] {
        let sample = sample(name);
        let (status, body) = answered(sample.request());
        assert_eq!(
            u64::from(status),
            sample.value["status"].as_u64().unwrap(),
            "{name}: {body}"
        );
        let ours = objects(&body);
        assert!(!ours.is_empty(), "{name}: {body}");
        for documented in objects(&sample.value["body"]) {
            let same_kind = |one: &&&Value| one["@odata.type"] == documented["@odata.type"];
            let twin = ours
                .iter()
                .filter(same_kind)
                .max_by_key(|one| shape(one).len());
            let Some(twin) = twin else { continue };
            for (property, kind) in shape(documented) {
                let found = shape(twin).into_iter().find(|(own, _)| *own == property);
                let Some((_, own)) = found else {
                    panic!("{name}: the tenant's reply lacks {property}: {twin}");
                };
                assert!(
                    own == kind || own == "null" || kind == "null",
                    "{name}: {property} is {own}, documented as {kind}"
                );
            }
        }
    }
    let sample = sample("user-not-found");
    let (status, body) = answered(sample.request());
    let documented = &sample.value["body"]["error"];
    assert_eq!(status, 404);
    assert_eq!(body["error"]["code"], documented["code"]);
    assert_eq!(
        shape(&body["error"]["innerError"]),
        shape(&documented["innerError"])
    );
}
