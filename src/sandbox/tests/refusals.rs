//! Every way a sign-in is refused, with its number, its OAuth error and its status.

use serde_json::json;

use super::super::seed::{CONFIDENTIAL_CLIENT_ID, CONFIDENTIAL_CLIENT_SECRET};
use super::*;

fn app<'a>(client: &'a str, secret: &'a str, scope: &'a str) -> Vec<(&'a str, &'a str)> {
    let mut fields = vec![
        ("grant_type", "client_credentials"),
        ("client_id", client),
        ("scope", scope),
    ];
    if !secret.is_empty() {
        fields.push(("client_secret", secret));
    }
    fields
}

#[tokio::test(flavor = "current_thread")]
async fn clients_are_refused_with_their_numbers() {
    let sandbox = sandbox_with("").await;
    let graph = format!("{}/.default", sandbox.origin());
    let named = format!("{}/User.Read.All", sandbox.origin());
    let unknown = "00000000-0000-4000-8000-000000000000";
    let rows = [
        (
            app(CONFIDENTIAL_CLIENT_ID, "wrong", &graph),
            401,
            "invalid_client",
            7_000_215,
        ),
        (
            app(CONFIDENTIAL_CLIENT_ID, "", &graph),
            401,
            "invalid_client",
            7_000_218,
        ),
        (
            app(PUBLIC_CLIENT_ID, "any", &graph),
            401,
            "invalid_client",
            700_025,
        ),
        (
            app(PUBLIC_CLIENT_ID, "", &graph),
            401,
            "invalid_client",
            7_000_218,
        ),
        (
            app(unknown, "any", &graph),
            400,
            "unauthorized_client",
            700_016,
        ),
        (app("", "any", &graph), 400, "invalid_request", 900_144),
        (
            app(CONFIDENTIAL_CLIENT_ID, CONFIDENTIAL_CLIENT_SECRET, &named),
            400,
            "invalid_scope",
            1_002_012,
        ),
        (
            app(
                CONFIDENTIAL_CLIENT_ID,
                CONFIDENTIAL_CLIENT_SECRET,
                "https://storage.azure.com/.default",
            ),
            400,
            "invalid_resource",
            500_011,
        ),
        (
            vec![("client_id", PUBLIC_CLIENT_ID)],
            400,
            "invalid_request",
            900_144,
        ),
    ];
    for (fields, status, error, number) in rows {
        let heard = token_call(&sandbox, &fields).await;
        let body = heard.json();
        assert_eq!(
            (
                heard.status,
                body["error"].as_str().unwrap(),
                heard.aadsts()
            ),
            (status, error, number),
            "{fields:?}"
        );
        let text = body["error_description"].as_str().unwrap();
        assert!(text.starts_with(&format!("AADSTS{number}: ")), "{text}");
        assert!(
            text.contains(&format!("Correlation ID: {CORRELATION} Timestamp: ")),
            "{text}"
        );
        assert_eq!(body["correlation_id"], CORRELATION);
        assert_eq!(
            body["error_uri"],
            format!("https://login.microsoftonline.com/error?code={number}")
        );
    }
    assert_eq!(rules(&sandbox), [""; 0]);
}

#[tokio::test(flavor = "current_thread")]
async fn tenants_are_refused_with_their_numbers() {
    let sandbox = sandbox_with("").await;
    let graph = format!("{}/.default", sandbox.origin());
    for (tenant, number) in [
        ("nowhere.example", 90002),
        ("common", 9_001_023),
        ("organizations", 9_001_023),
    ] {
        let fields = app(CONFIDENTIAL_CLIENT_ID, CONFIDENTIAL_CLIENT_SECRET, &graph);
        let heard = post_form(&sandbox, &format!("/{tenant}/oauth2/v2.0/token"), &fields).await;
        assert_eq!(heard.aadsts(), number, "{tenant}");
    }
    let device = [("client_id", PUBLIC_CLIENT_ID), ("scope", "User.Read")];
    assert_eq!(
        post_form(&sandbox, "/common/oauth2/v2.0/devicecode", &device)
            .await
            .aadsts(),
        50194
    );
    let contoso = post_form(&sandbox, "/contoso.com/oauth2/v2.0/devicecode", &device).await;
    assert_eq!(contoso.status, 200);
}

#[tokio::test(flavor = "current_thread")]
async fn people_are_refused_on_the_page() {
    let sandbox = sandbox_with("").await;
    sandbox
        .with_tenant(|tenant| {
            tenant.patch_object("bo.lindqvist@contoso.com", json!({"accountEnabled": false}))
        })
        .unwrap();
    let started = start_device(&sandbox, "User.Read").await;
    let code = started["user_code"].as_str().unwrap();
    for (login, password, number) in [
        ("nobody@contoso.com", SEED_PASSWORD, 50034),
        (DEFAULT_PERSONA, "wrong", 50126),
        ("bo.lindqvist@contoso.com", SEED_PASSWORD, 50057),
        ("", SEED_PASSWORD, 900_144),
    ] {
        let fields = [
            ("otc", code),
            ("login", login),
            ("passwd", password),
            ("action", "approve"),
        ];
        let page = post_form(&sandbox, "/devicelogin", &fields).await;
        assert!(
            page.status == 400 && page.text().contains(&format!("AADSTS{number}")),
            "{login}: {}",
            page.text()
        );
    }
    for _ in 0..12 {
        let fields = [
            ("otc", code),
            ("login", DEFAULT_PERSONA),
            ("passwd", "wrong"),
            ("action", "approve"),
        ];
        post_form(&sandbox, "/devicelogin", &fields).await;
    }
    let locked = approve(&sandbox, code, "approve").await;
    assert!(locked.text().contains("AADSTS50053"), "{}", locked.text());
}

#[tokio::test(flavor = "current_thread")]
async fn standing_rules_meet_sign_ins_and_renewals() {
    let sandbox = sandbox_with("").await;
    let signed_in = device_sign_in(&sandbox, &default_scope(&sandbox), "").await;
    let refresh = async || {
        let fields = [
            ("grant_type", "refresh_token"),
            ("client_id", PUBLIC_CLIENT_ID),
            (
                "refresh_token",
                signed_in["refresh_token"].as_str().unwrap(),
            ),
        ];
        token_call(&sandbox, &fields).await
    };
    let set = |script: &str| sandbox.set_faults(&Fault::parse_script(script).unwrap());

    set("device-code-blocked");
    let started = start_device(&sandbox, "User.Read").await;
    let page = approve(&sandbox, started["user_code"].as_str().unwrap(), "approve").await;
    assert!(page.text().contains("AADSTS53003"), "{}", page.text());
    let poll = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("client_id", PUBLIC_CLIENT_ID),
        ("device_code", started["device_code"].as_str().unwrap()),
    ];
    assert_eq!(token_call(&sandbox, &poll).await.aadsts(), 53003);
    assert_eq!(refresh().await.aadsts(), 530_036);

    set(&format!("mfa-required for {DEFAULT_PERSONA}"));
    let refused = refresh().await;
    assert_eq!(
        (refused.aadsts(), &refused.json()["suberror"]),
        (50076, &json!("basic_action"))
    );
    assert!(
        refused.json()["claims"]
            .as_str()
            .unwrap()
            .contains("capolids")
    );
    let started = start_device(&sandbox, "User.Read").await;
    let code = started["user_code"].as_str().unwrap();
    assert!(
        approve(&sandbox, code, "approve")
            .await
            .text()
            .contains("AADSTS50076")
    );
    let fields = [
        ("otc", code),
        ("login", DEFAULT_PERSONA),
        ("passwd", SEED_PASSWORD),
        ("action", "approve"),
        ("mfa", "approve"),
    ];
    assert_eq!(
        post_form(&sandbox, "/devicelogin", &fields).await.status,
        200
    );

    set("consent-missing for somebody@contoso.com");
    assert_eq!(refresh().await.status, 200);
    set("consent-missing");
    let refused = refresh().await;
    assert_eq!(
        (refused.aadsts(), &refused.json()["suberror"]),
        (65001, &json!("consent_required"))
    );
    assert_eq!(rules(&sandbox), [""; 0]);
}

#[tokio::test(flavor = "current_thread")]
async fn the_authorize_page_keeps_what_may_not_leave_it() {
    let sandbox = sandbox_with("").await;
    let base = format!("/{}/oauth2/v2.0/authorize", sandbox.tenant_id());
    let good = "response_type=code&scope=User.Read&state=s&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";
    let get = async |rest: String| send(&sandbox, "GET", &format!("{base}?{rest}"), &[], "").await;
    let evil = get(format!(
        "client_id={PUBLIC_CLIENT_ID}&redirect_uri=https%3A%2F%2Fevil.example&{good}"
    ))
    .await;
    assert!(
        evil.status == 400
            && evil.text().contains("AADSTS50011")
            && evil.header("location").is_none()
    );
    let unknown = get(format!(
        "client_id=x&redirect_uri=http%3A%2F%2Flocalhost&{good}"
    ))
    .await;
    assert!(unknown.status == 400 && unknown.text().contains("AADSTS700016"));
    let silent = get(format!(
        "client_id={PUBLIC_CLIENT_ID}&redirect_uri=http%3A%2F%2Flocalhost&prompt=none&{good}"
    ))
    .await;
    assert!(
        silent
            .header("location")
            .unwrap()
            .contains("error=login_required")
    );
    assert_eq!(rules(&sandbox), [""; 0]);
    let plain = good.replace("S256", "plain");
    let plain = get(format!(
        "client_id={PUBLIC_CLIENT_ID}&redirect_uri=http%3A%2F%2Flocalhost&{plain}"
    ))
    .await;
    assert!(
        plain
            .header("location")
            .unwrap()
            .contains("error=invalid_request")
    );
    assert_eq!(
        rules(&sandbox),
        ["authorize without a PKCE challenge of method S256"]
    );
}

#[tokio::test(flavor = "current_thread")]
async fn breaches_of_the_protocol_are_recorded() {
    let sandbox = sandbox_with("").await;
    token_call(
        &sandbox,
        &[
            ("grant_type", "password"),
            ("client_id", PUBLIC_CLIENT_ID),
            ("username", "a"),
        ],
    )
    .await;
    token_call(
        &sandbox,
        &[
            ("grant_type", "refresh_token"),
            ("grant_type", "refresh_token"),
        ],
    )
    .await;
    let path = format!("/{}/oauth2/v2.0/token", sandbox.tenant_id());
    send(&sandbox, "GET", &path, &[], "").await;
    let headers = [
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("Origin", "https://evil.example"),
    ];
    send(&sandbox, "POST", &path, &headers, "grant_type=x").await;
    assert_eq!(
        rules(&sandbox),
        [
            "unknown parameter 'username'",
            "grant_type 'password' is not offered",
            "parameter 'grant_type' was sent twice",
            "the token endpoint takes POST only",
            "a token request carries an Origin header",
        ]
    );
}

#[tokio::test(flavor = "current_thread")]
async fn a_password_that_must_be_changed_is_changed_on_the_page() {
    let sandbox = sandbox_with("").await;
    let upn = "bo.lindqvist@contoso.com";
    let now = super::super::service::now_ms();
    sandbox
        .with_tenant(|tenant| {
            let password = super::super::tenant::Password::new("First-Harbour-11");
            tenant
                .user_mut(upn)
                .unwrap()
                .set_password(password, true, now);
        })
        .unwrap();
    let started = start_device(&sandbox, "User.Read").await;
    let code = started["user_code"].as_str().unwrap();
    let enter = async |password: &str, new: &str| {
        let fields = [
            ("otc", code),
            ("login", upn),
            ("passwd", password),
            ("newpasswd", new),
            ("action", "approve"),
        ];
        post_form(&sandbox, "/devicelogin", &fields).await
    };
    let asked = enter("First-Harbour-11", "").await.text();
    assert!(
        asked.contains("AADSTS50055") && asked.contains("name=\"newpasswd\""),
        "{asked}"
    );
    assert!(
        enter("First-Harbour-11", "short")
            .await
            .text()
            .contains("AADSTS120002")
    );
    assert!(
        enter("First-Harbour-11", "First-Harbour-11")
            .await
            .text()
            .contains("AADSTS120002")
    );
    assert_eq!(
        enter("First-Harbour-11", "Second-Meadow-22").await.status,
        200
    );
    assert!(
        sandbox
            .with_tenant(|tenant| tenant.check_password(upn, "Second-Meadow-22"))
            .unwrap()
    );
    let poll = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("client_id", PUBLIC_CLIENT_ID),
        ("device_code", started["device_code"].as_str().unwrap()),
    ];
    assert_eq!(
        token_call(&sandbox, &poll).await.status,
        200,
        "the change must not end the session it belongs to"
    );
}
