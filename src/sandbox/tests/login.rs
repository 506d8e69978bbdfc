//! Sign-in flows from the first request to a token that Graph takes.

use serde_json::json;

use super::super::seed::{CONFIDENTIAL_CLIENT_ID, CONFIDENTIAL_CLIENT_SECRET};
use super::*;

const CP1: &str = r#"{"access_token":{"xms_cc":{"values":["cp1"]}}}"#;

#[tokio::test(flavor = "current_thread")]
async fn a_device_code_leads_to_a_token_graph_takes() {
    let sandbox = sandbox_with("").await;
    let started = start_device(&sandbox, &default_scope(&sandbox)).await;
    assert_eq!(started["expires_in"], 900);
    assert_eq!(
        started["verification_uri"],
        format!("{}/devicelogin", sandbox.origin())
    );
    assert!(started.get("verification_uri_complete").is_none());
    let poll = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("client_id", PUBLIC_CLIENT_ID),
        ("device_code", started["device_code"].as_str().unwrap()),
        ("client_info", "1"),
    ];
    let pending = token_call(&sandbox, &poll).await;
    assert_eq!(
        (pending.status, pending.json()["error"].clone()),
        (400, json!("authorization_pending"))
    );
    let page = approve(&sandbox, started["user_code"].as_str().unwrap(), "approve").await;
    assert!(
        page.status == 200 && page.text().contains("You have signed in"),
        "{}",
        page.text()
    );
    let done = token_call(&sandbox, &poll).await.json();
    assert_eq!(
        (&done["token_type"], &done["expires_in"]),
        (&json!("Bearer"), &json!(3599))
    );
    assert!(done["refresh_token"].as_str().unwrap().len() > 1000);
    assert!(done["client_info"].is_string() && done["id_token"].is_string());
    assert!(
        done["scope"].as_str().unwrap().contains("/User.Read.All"),
        "{}",
        done["scope"]
    );
    let claims = payload(done["access_token"].as_str().unwrap());
    assert_eq!(
        (&claims["aud"], &claims["upn"]),
        (&json!(sandbox.origin()), &json!(DEFAULT_PERSONA))
    );
    let me = graph_call(
        &sandbox,
        done["access_token"].as_str().unwrap(),
        "GET",
        "/v1.0/me",
        "",
    )
    .await;
    assert_eq!(
        (me.status, &me.json()["userPrincipalName"]),
        (200, &json!(DEFAULT_PERSONA))
    );
    assert_eq!(token_call(&sandbox, &poll).await.aadsts(), 54005);
    assert_eq!(rules(&sandbox), [""; 0]);
}

#[tokio::test(flavor = "current_thread")]
async fn a_declined_an_expired_and_an_unknown_device_code_are_told_apart() {
    let sandbox = sandbox_with("").await;
    let scope = default_scope(&sandbox);
    let poll = async |code: &str| {
        let fields = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
            ("client_id", PUBLIC_CLIENT_ID),
            ("device_code", code),
        ];
        token_call(&sandbox, &fields).await.json()["error"].clone()
    };
    let declined = start_device(&sandbox, &scope).await;
    approve(&sandbox, declined["user_code"].as_str().unwrap(), "decline").await;
    assert_eq!(
        poll(declined["device_code"].as_str().unwrap()).await,
        "authorization_declined"
    );
    let late = start_device(&sandbox, &scope).await;
    sandbox.advance(Duration::from_secs(901));
    assert_eq!(
        poll(late["device_code"].as_str().unwrap()).await,
        "expired_token"
    );
    let page = approve(&sandbox, late["user_code"].as_str().unwrap(), "approve").await;
    assert!(
        page.status == 400 && page.text().contains("AADSTS70018"),
        "{}",
        page.text()
    );
    assert_eq!(poll("nonsense").await, "bad_verification_code");
}

#[tokio::test(flavor = "current_thread")]
async fn polling_too_fast_is_slowed_down_and_doing_it_again_is_a_violation() {
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let started = start_device(&sandbox, &default_scope(&sandbox)).await;
    assert_eq!(started["interval"], 5);
    let poll = async || {
        let fields = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
            ("client_id", PUBLIC_CLIENT_ID),
            ("device_code", started["device_code"].as_str().unwrap()),
        ];
        token_call(&sandbox, &fields).await.json()["error"].clone()
    };
    assert_eq!(poll().await, "authorization_pending");
    sandbox.advance(Duration::from_secs(4));
    assert_eq!(poll().await, "slow_down");
    assert_eq!(rules(&sandbox), [""; 0]);
    sandbox.advance(Duration::from_secs(10));
    assert_eq!(poll().await, "authorization_pending");
    sandbox.advance(Duration::from_secs(5));
    assert_eq!(poll().await, "slow_down");
    assert_eq!(rules(&sandbox), ["polled too fast again after slow_down"]);
}

#[tokio::test(flavor = "current_thread")]
async fn a_refresh_token_is_rotated_and_ends_with_the_sessions() {
    let sandbox = sandbox_with("").await;
    let first = device_sign_in(&sandbox, &default_scope(&sandbox), "").await;
    let refresh = async |token: &str, claims: &str| {
        let fields = [
            ("grant_type", "refresh_token"),
            ("client_id", PUBLIC_CLIENT_ID),
            ("refresh_token", token),
            ("scope", "User.Read User.RevokeSessions.All offline_access"),
            ("claims", claims),
        ];
        token_call(&sandbox, &fields).await
    };
    let second = refresh(first["refresh_token"].as_str().unwrap(), CP1)
        .await
        .json();
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    assert_eq!(
        (&second["scope"], &second["expires_in"]),
        (&json!("User.Read User.RevokeSessions.All"), &json!(86_400))
    );
    assert_eq!(
        payload(second["access_token"].as_str().unwrap())["xms_cc"],
        json!(["cp1"])
    );
    let long = second["access_token"].as_str().unwrap();
    let short = first["access_token"].as_str().unwrap();
    sandbox.advance(Duration::from_secs(2));
    let revoke = graph_call(&sandbox, long, "POST", "/v1.0/me/revokeSignInSessions", "").await;
    assert_eq!(revoke.status, 200, "{}", revoke.text());
    let challenged = graph_call(&sandbox, long, "GET", "/v1.0/me", "").await;
    assert_eq!(challenged.status, 401);
    assert!(
        challenged
            .header("www-authenticate")
            .unwrap()
            .contains("error=\"insufficient_claims\", claims=\"")
    );
    assert!(
        challenged.json()["error"]["message"]
            .as_str()
            .unwrap()
            .contains("TokenIssuedBeforeRevocationTimestamp")
    );
    let plain = graph_call(&sandbox, short, "GET", "/v1.0/me", "").await;
    assert_eq!(plain.status, 401);
    assert!(!plain.header("www-authenticate").unwrap().contains("claims"));
    let ended = refresh(second["refresh_token"].as_str().unwrap(), "").await;
    assert_eq!(
        (ended.aadsts(), &ended.json()["suberror"]),
        (50173, &json!("bad_token"))
    );
}

#[tokio::test(flavor = "current_thread")]
async fn a_secret_opens_graph_in_body_and_header() {
    let sandbox = sandbox_with("").await;
    let scope = format!("{}/.default", sandbox.origin());
    let body = [
        ("grant_type", "client_credentials"),
        ("client_id", CONFIDENTIAL_CLIENT_ID),
        ("client_secret", CONFIDENTIAL_CLIENT_SECRET),
        ("scope", &scope),
    ];
    let answer = token_call(&sandbox, &body).await.json();
    assert!(answer.get("refresh_token").is_none());
    let claims = payload(answer["access_token"].as_str().unwrap());
    assert_eq!(
        (&claims["idtyp"], &claims["appidacr"]),
        (&json!("app"), &json!("1"))
    );
    assert!(!claims["roles"].as_array().unwrap().is_empty());

    use base64::Engine as _;
    let pair = format!("{CONFIDENTIAL_CLIENT_ID}:{CONFIDENTIAL_CLIENT_SECRET}");
    let basic = format!(
        "Basic {}",
        base64::engine::general_purpose::STANDARD.encode(pair)
    );
    let path = format!("/{}/oauth2/v2.0/token", sandbox.tenant_id());
    let form = format!(
        "grant_type=client_credentials&scope={}",
        scope.replace(':', "%3A").replace('/', "%2F")
    );
    let headers = [
        ("Authorization", basic.as_str()),
        ("Content-Type", "application/x-www-form-urlencoded"),
    ];
    let heard = send(&sandbox, "POST", &path, &headers, &form).await;
    assert_eq!(heard.status, 200, "{}", heard.text());
    let token = heard.json()["access_token"].as_str().unwrap().to_owned();
    let users = graph_call(&sandbox, &token, "GET", "/v1.0/users?$select=id&$top=1", "").await;
    assert_eq!(users.status, 200, "{}", users.text());
    assert_eq!(rules(&sandbox), [""; 0]);
}

#[tokio::test(flavor = "current_thread")]
async fn discovery_describes_this_sandbox_by_domain_and_id() {
    let sandbox = sandbox_with("").await;
    for tenant in [
        sandbox.tenant_id(),
        "CONTOSO.com".to_owned(),
        "organizations".to_owned(),
    ] {
        let heard = send(
            &sandbox,
            "GET",
            &format!("/{tenant}/v2.0/.well-known/openid-configuration"),
            &[],
            "",
        )
        .await;
        let body = heard.json();
        assert!(
            body["token_endpoint"]
                .as_str()
                .unwrap()
                .starts_with(&sandbox.origin()),
            "{body}"
        );
        assert!(body["device_authorization_endpoint"].is_string());
    }
    let unknown = send(
        &sandbox,
        "GET",
        "/nowhere.example/v2.0/.well-known/openid-configuration",
        &[],
        "",
    )
    .await;
    assert_eq!(
        (unknown.status, unknown.aadsts(), &unknown.json()["error"]),
        (400, 90002, &json!("invalid_tenant"))
    );
}
