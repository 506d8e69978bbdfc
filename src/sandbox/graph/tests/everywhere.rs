//! Properties of every route at once: each opens for those it should, and none falls over on nonsense.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::super::seed;
use super::super::super::wire::Request;
use super::{ADA, CHIDI, Desk};

const GA: &str = "62e90394-69f5-4237-9190-012177145e10";

/// Every route that reads, with `{}` for a user.
const READS: &[&str] = &[
    "/me",
    "/users",
    "/users/{}",
    "/users/{}/licenseDetails",
    "/users/{}/memberOf",
    "/users/{}/transitiveMemberOf",
    "/users/{}/ownedObjects",
    "/users/{}/authentication/methods",
    "/users/{}/authentication/methods/28c10230-6103-485e-b985-444c60001490",
    "/users/{}/authentication/emailMethods",
    "/users/{}/authentication/phoneMethods",
    "/users/{}/authentication/phoneMethods/3179e48a-750b-4051-897c-87b9720928f7",
    "/users/{}/authentication/temporaryAccessPassMethods",
    "/users/{}/authentication/fido2Methods",
    "/users/{}/authentication/microsoftAuthenticatorMethods",
    "/users/{}/authentication/softwareOathMethods",
    "/users/{}/authentication/windowsHelloForBusinessMethods",
    "/users/{}/authentication/platformCredentialMethods",
    "/users/{}/authentication/passwordMethods",
    "/directory/deletedItems/microsoft.graph.user",
    "/directory/administrativeUnits",
    "/directory/onPremisesSynchronization",
    "/groups",
    "/roleManagement/directory/roleAssignments",
    "/roleManagement/directory/roleDefinitions",
    "/roleManagement/directory/roleAssignmentScheduleInstances",
    "/roleManagement/directory/roleEligibilityScheduleInstances",
    "/roleManagement/directory/roleEligibilitySchedules",
    "/roleManagement/directory/roleAssignmentScheduleInstances/filterByCurrentUser(on='principal')",
    "/directoryRoles",
    "/organization",
    "/domains",
    "/subscribedSkus",
    "/policies/authorizationPolicy",
    "/policies/identitySecurityDefaultsEnforcementPolicy",
    "/policies/authenticationMethodsPolicy",
    "/policies/authenticationStrengthPolicies",
    "/identity/conditionalAccess/policies",
    "/reports/authenticationMethods/userRegistrationDetails",
    "/auditLogs/signIns",
    "/auditLogs/directoryAudits",
];

/// Those that an application cannot ask.
const PEOPLE_ONLY: [&str; 3] = ["/me", "onPremisesSynchronization", "filterByCurrentUser"];

#[test]
fn every_read_opens_for_the_default_persona_and_the_automation_client() {
    let mut desk = Desk::new();
    let id = desk.id(CHIDI);
    let app = desk.app();
    for route in READS {
        let target = route.replace("{}", &id);
        let seen = desk.get(ADA, &target);
        assert_eq!(
            (seen.status, seen.violations.len()),
            (200, 0),
            "{target}: {seen:?}"
        );
        assert!(
            seen.body["@odata.context"]
                .as_str()
                .is_some_and(|text| text.starts_with("http://127.0.0.1:4000/v1.0/$metadata#"))
        );
        if !PEOPLE_ONLY.iter().any(|one| target.contains(one)) {
            let seen = desk.call_as(&app, "GET", &target, Value::Null);
            assert_eq!(seen.status, 200, "{target} app-only: {seen:?}");
        }
    }
}

#[test]
fn nothing_opens_without_a_permission() {
    let mut desk = Desk::new();
    let id = desk.id(CHIDI);
    for route in READS {
        let target = route.replace("{}", &id);
        let seen = desk.get_with(ADA, &["Mail.Read"], &target);
        assert_eq!(seen.status, 403, "{target}: {seen:?}");
    }
    let unit = format!("/directory/administrativeUnits/{}", seed::BRANCH_UNIT_ID);
    let group = format!("/groups/{}/members/$ref", seed::STAFF_GROUP_ID);
    let methods = format!("/users/{id}/authentication");
    let writes = [
        ("POST", "/users".to_owned()),
        ("PATCH", format!("/users/{id}")),
        ("DELETE", format!("/users/{id}")),
        ("POST", format!("/users/{id}/revokeSignInSessions")),
        ("POST", format!("{methods}/emailMethods")),
        ("POST", format!("{methods}/phoneMethods")),
        (
            "DELETE",
            format!("{methods}/phoneMethods/3179e48a-750b-4051-897c-87b9720928f7"),
        ),
        ("POST", format!("{methods}/temporaryAccessPassMethods")),
        (
            "POST",
            format!("{methods}/methods/28c10230-6103-485e-b985-444c60001490/resetPassword"),
        ),
        (
            "POST",
            "/roleManagement/directory/roleAssignments".to_owned(),
        ),
        ("POST", "/directory/administrativeUnits".to_owned()),
        ("POST", format!("{unit}/members/$ref")),
        ("POST", format!("{unit}/scopedRoleMembers")),
        ("DELETE", unit),
        ("POST", group),
        ("POST", "/groups".to_owned()),
        ("PATCH", "/policies/authorizationPolicy".to_owned()),
        ("POST", "/me/changePassword".to_owned()),
    ];
    let mut caller = desk.person(ADA);
    caller.permissions = vec!["Mail.Read".to_owned()];
    for (verb, target) in writes {
        let body = match verb {
            "DELETE" => Value::Null,
            "PATCH" => json!({"jobTitle": "x"}),
            _ => {
                json!({"displayName": "x", "mailEnabled": false, "mailNickname": "x", "securityEnabled": true})
            }
        };
        let seen = desk.call_as(&caller, verb, &target, body);
        assert_eq!(
            (seen.status, seen.changed),
            (403, false),
            "{verb} {target}: {seen:?}"
        );
    }
}

/// Pieces paths, queries and bodies are made of.
fn piece() -> impl Strategy<Value = String> {
    let known = [
        "users",
        "me",
        "groups",
        "$count",
        "$ref",
        "members",
        "authentication",
        "methods",
        "phoneMethods",
        "emailMethods",
        "directory",
        "deletedItems",
        "administrativeUnits",
        "roleManagement",
        "roleAssignments",
        "directoryRoles",
        "memberOf",
        "microsoft.graph.group",
        "resetPassword",
        "operations",
        "reports",
        "$batch",
        GA,
        CHIDI,
        "users('')",
        "directoryRoles(roleTemplateId='x')",
        "%00",
        "%ff",
        "(",
        "'",
        "28c10230-6103-485e-b985-444c60001490",
    ];
    prop_oneof![
        proptest::sample::select(known.to_vec()).prop_map(str::to_owned),
        "[ -~]{0,12}"
    ]
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[ -~]{0,10}".prop_map(Value::from),
        Just(json!(CHIDI)),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        let key = prop_oneof![
            Just("passwordProfile".to_owned()),
            Just("password".to_owned()),
            Just("requests".to_owned()),
            Just("id".to_owned()),
            Just("@odata.id".to_owned()),
            Just("phoneNumber".to_owned()),
            Just("accountEnabled".to_owned()),
            Just("displayName".to_owned()),
            "[a-z]{1,6}",
        ];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::hash_map(key, inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nonsense_is_answered_with_a_status_and_an_error_body(
        verb in proptest::sample::select(vec!["GET", "POST", "PATCH", "DELETE", "PUT", ""]),
        path in proptest::collection::vec(piece(), 0..6),
        option in proptest::sample::select(vec!["$filter", "$select", "$top", "$search", "$orderby", "$skiptoken", "$expand", "x"]),
        value in piece(),
        body in json_value(),
        raw in any::<bool>(),
    ) {
        let mut desk = Desk::new();
        let caller = desk.person(ADA);
        let bytes = if raw { vec![b'{', 0xff] } else { body.to_string().into_bytes() };
        let request = Request {
            method: verb.to_owned(),
            path: format!("/v1.0/{}", path.join("/")),
            query: format!("{option}={value}"),
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: if verb == "GET" { Vec::new() } else { bytes },
            batched: false,
        };
        let seen = desk.send(&caller, &request);
        prop_assert!((200..=501).contains(&seen.status));
        if seen.status >= 400 {
            prop_assert!(!seen.code().is_empty() && !seen.message().is_empty());
        }
    }
}
