//! `$batch`.

use serde_json::{Value, json};

use super::{ADA, CHIDI, Desk, refused};

fn part(id: &str, method: &str, url: &str) -> Value {
    json!({"id": id, "method": method, "url": url})
}

fn answer<'a>(body: &'a Value, id: &str) -> &'a Value {
    body["responses"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["id"] == id)
        .unwrap()
}

#[test]
fn parts_are_answered_by_id_each_for_itself() {
    let mut desk = Desk::new();
    let mut change = part("3", "PATCH", &format!("/users/{CHIDI}"));
    change["headers"] = json!({"Content-Type": "application/json", "client-request-id": "abc"});
    change["body"] = json!({"jobTitle": "Clerk"});
    let mut late = part("4", "GET", &format!("/users/{CHIDI}?$select=jobTitle"));
    late["dependsOn"] = json!(["3"]);
    let mut lost = part("5", "GET", "/me");
    lost["dependsOn"] = json!(["2"]);
    let mut counted = part("6", "GET", "/users/$count");
    counted["headers"] = json!({"consistencyLevel": "eventual"});
    let body = json!({"requests": [
        part("1", "GET", "/me?$select=id"), part("2", "GET", "/users/nobody@contoso.com"), change, late, lost, counted,
    ]});
    let seen = desk.call(ADA, "POST", "/$batch", body);
    assert_eq!(
        (seen.status, seen.violations.len(), seen.changed),
        (200, 0, true),
        "{seen:?}"
    );
    assert_eq!(answer(&seen.body, "1")["body"]["id"], desk.id(ADA));
    let missing = answer(&seen.body, "2");
    assert_eq!(
        (&missing["status"], &missing["body"]["error"]["code"]),
        (&json!(404), &json!("Request_ResourceNotFound"))
    );
    assert_eq!(
        missing["body"]["error"]["innerError"]["request-id"]
            .as_str()
            .unwrap()
            .len(),
        36
    );
    let changed = answer(&seen.body, "3");
    assert_eq!(
        (&changed["status"], changed.get("body")),
        (&json!(204), None)
    );
    assert_eq!(answer(&seen.body, "4")["body"]["jobTitle"], "Clerk");
    let failed = answer(&seen.body, "5");
    assert_eq!(
        (&failed["status"], &failed["body"]["error"]["code"]),
        (&json!(424), &json!("failedDependency"))
    );
    assert!(
        answer(&seen.body, "6")["body"].is_string(),
        "text travels as base64"
    );
    assert_ne!(
        seen.body["responses"][0]["id"], "1",
        "the order is not kept"
    );
}

#[test]
fn a_malformed_batch_is_refused_whole() {
    let mut desk = Desk::new();
    let many: Vec<Value> = (0..21)
        .map(|n| part(&n.to_string(), "GET", "/me"))
        .collect();
    let mut untyped = part("1", "POST", "/users");
    untyped["body"] = json!({});
    let mut forward = part("1", "GET", "/me");
    forward["dependsOn"] = json!(["2"]);
    for requests in [
        json!(many),
        json!([]),
        json!([part("1", "GET", "/me"), part("1", "GET", "/me")]),
        json!([part("1", "GET", "https://graph.microsoft.com/v1.0/me")]),
        json!([part("1", "GET", "/v1.0/me")]),
        json!([part("1", "POST", "/$batch")]),
        json!([{"id": 1, "method": "GET", "url": "/me"}]),
        json!([untyped]),
        json!([forward, part("2", "GET", "/me")]),
    ] {
        let seen = desk.call(ADA, "POST", "/$batch", json!({"requests": requests}));
        refused(&seen, 400, "BadRequest");
        assert_eq!(
            (seen.message(), seen.violations.len()),
            ("Invalid batch payload format.", 1)
        );
    }
}

#[test]
fn resetting_inside_a_batch_is_not_relied_on() {
    let mut desk = Desk::new();
    let url = format!(
        "/users/{CHIDI}/authentication/methods/28c10230-6103-485e-b985-444c60001490/resetPassword"
    );
    let seen = desk.call(
        ADA,
        "POST",
        "/$batch",
        json!({"requests": [part("1", "POST", &url)]}),
    );
    assert_eq!(answer(&seen.body, "1")["status"], 400);
    assert_eq!(seen.violations, ["resetPassword inside $batch"]);
}

#[test]
fn twenty_parts_pass() {
    let mut desk = Desk::new();
    let many: Vec<Value> = (0..20)
        .map(|n| {
            part(
                &n.to_string(),
                "GET",
                &format!("/users/{CHIDI}/authentication/methods"),
            )
        })
        .collect();
    let seen = desk.call(ADA, "POST", "/$batch", json!({"requests": many}));
    let all = seen.body["responses"].as_array().unwrap();
    assert!(all.len() == 20 && all.iter().all(|one| one["status"] == 200));
}
