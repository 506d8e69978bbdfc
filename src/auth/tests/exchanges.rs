//! Client credentials and what all token requests share: fields, retries, refusals, silence about secrets.

use super::service::{Answer, CLIENT, GRAPH, Service, TENANT, broken, jwt, refused, token};
use crate::auth::claims;
use crate::auth::flows::Proof;
use crate::error::{Error, ErrorCode};
use crate::http::cloud::Origin;
use crate::secret::Secret;
use serde_json::json;
use std::time::{Duration, Instant};

const SECRET: &str = "canary-secret~1";

async fn sign_in(service: &Service) -> Result<crate::auth::flows::Grant, Error> {
    let claims = claims::merge("{}");
    service
        .authority()
        .client_credentials(Proof::Secret(&Secret::new(SECRET)), &claims)
        .await
        .map_err(|trouble| {
            assert!(!format!("{trouble} {trouble:?}").contains("canary"));
            trouble.into_error("The sign-in of the app")
        })
}

async fn refusal(answers: impl IntoIterator<Item = Answer>) -> Error {
    let service = Service::answering(answers).await;
    let error = sign_in(&service).await.err().unwrap();
    silent(&error);
    error
}

/// Nothing of what was sent or received shows anywhere in an error.
fn silent(error: &Error) {
    let shown = format!(
        "{error} {error:?} {} {:?} {:?} {}",
        error.to_json(),
        error.chain(),
        error.cause(),
        error.remedy()
    );
    assert!(!shown.contains("canary"), "{shown}");
}

#[tokio::test]
async fn the_request_has_the_documented_fields_and_no_other() {
    let service = Service::answering([token("opaque")]).await;
    let before = Instant::now();
    let grant = sign_in(&service).await.unwrap();
    let asked = &service.asked()[0];
    assert_eq!(asked.path, format!("/{TENANT}/oauth2/v2.0/token"));
    assert_eq!(
        asked.names(),
        [
            "claims",
            "client_id",
            "client_secret",
            "grant_type",
            "scope"
        ]
    );
    assert_eq!(asked.field("grant_type"), Some("client_credentials"));
    assert_eq!(
        asked.field("scope"),
        Some(format!("{GRAPH}/.default").as_str())
    );
    assert_eq!(asked.field("client_id"), Some(CLIENT));
    assert_eq!(asked.field("client_secret"), Some(SECRET));
    assert_eq!(
        asked.field("claims"),
        Some(r#"{"access_token":{"xms_cc":{"values":["cp1"]}}}"#)
    );
    assert!(crate::ids::guid(asked.header("client-request-id").unwrap()).is_some());
    assert_eq!(
        asked.header("content-type"),
        Some("application/x-www-form-urlencoded")
    );
    assert_eq!(asked.header("x-client-sku"), Some("admin-reset"));
    assert_eq!(
        (asked.header("authorization"), asked.header("origin")),
        (None, None)
    );
    assert_eq!(grant.access.secret.expose(), "opaque");
    assert_eq!(grant.access.origin, Origin::parse_endpoint(GRAPH).unwrap());
    assert_eq!(grant.access.claims.app_only, Some(true));
    assert!(grant.refresh.is_none());
    let usable = grant.access.expires.unwrap() - before;
    assert!(
        (Duration::from_secs(3299)..Duration::from_secs(3310)).contains(&usable),
        "{usable:?}"
    );
}

#[tokio::test]
async fn a_short_lived_token_keeps_a_tenth_in_reserve() {
    let service = Service::answering([Answer::Json(
        200,
        json!({"token_type": "bearer", "expires_in": 100, "access_token": "t"}),
    )])
    .await;
    let before = Instant::now();
    let usable = sign_in(&service).await.unwrap().access.expires.unwrap() - before;
    assert!(
        (Duration::from_secs(90)..Duration::from_secs(95)).contains(&usable),
        "{usable:?}"
    );
}

#[tokio::test]
async fn a_wrong_and_an_expired_secret_get_their_own_words() {
    let wrong = refusal([refused(401, "invalid_client", 7_000_215)]).await;
    assert_eq!(wrong.code(), ErrorCode::SignInFailed);
    assert_eq!(
        wrong.said().code.as_deref(),
        Some("invalid_client (AADSTS7000215)")
    );
    assert_eq!(wrong.said().http_status, Some(401));
    assert_eq!(
        wrong.said().request_id.as_deref(),
        Some("fb3d2015-bc17-4bb9-bb85-30c5cf1aaaa7")
    );
    assert!(wrong.said().client_request_id.is_some());
    assert!(
        wrong
            .said()
            .message
            .as_deref()
            .unwrap()
            .contains("255d1aef-8c98-452f-ac51-23d051240864")
    );
    assert!(wrong.remedy().contains("Use the value"));
    let expired = refusal([refused(401, "invalid_client", 7_000_222)]).await;
    assert!(expired.cause().unwrap().contains("expired"));
}

#[tokio::test]
async fn a_throttled_request_waits_and_is_sent_again_under_the_same_id() {
    let throttled = Answer::Raw(429, "Retry-After: 0.6\r\n", String::new());
    let service = Service::answering([throttled, broken(), Answer::Cut, token("t")]).await;
    let before = Instant::now();
    sign_in(&service).await.unwrap();
    assert!(before.elapsed() >= Duration::from_millis(600));
    let asked = service.asked();
    assert_eq!(asked.len(), 4);
    assert_eq!(
        asked[0].header("client-request-id"),
        asked[3].header("client-request-id")
    );
}

#[tokio::test]
async fn a_wait_beyond_the_budget_is_not_begun() {
    let before = Instant::now();
    let error = refusal([Answer::Raw(429, "Retry-After: 86400\r\n", "canary".into())]).await;
    assert_eq!(
        (error.code(), error.said().retry_after),
        (ErrorCode::Throttled, Some(86_400))
    );
    assert!(before.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn what_is_no_token_answer_is_reported_without_its_body() {
    for (status, body) in [
        (200, "<html>canary</html>"),
        (200, ""),
        (200, r#"{"token":"canary-token","token_type":"Bearer"}"#),
        (
            200,
            r#"{"access_token":"canary-token","token_type":"pop","expires_in":3599}"#,
        ),
        (302, ""),
        (400, "canary"),
        (404, "{}"),
        (401, r#"{"error":{"code":"canary"}}"#),
    ] {
        let error = refusal([Answer::Raw(status, "", body.into())]).await;
        assert_eq!(error.code(), ErrorCode::UnexpectedReply, "{status} {body}");
    }
}

#[tokio::test]
async fn a_token_of_another_tenant_is_refused() {
    let foreign = jwt(&json!({"tid": "99999999-2222-4333-8444-555555555555"}));
    let error = refusal([token(&foreign)]).await;
    assert_eq!(error.code(), ErrorCode::SignInFailed);
    assert!(error.cause().unwrap().contains(TENANT));
    let service = Service::answering([token(&jwt(
        &json!({"tid": TENANT, "roles": ["User.Read.All"]}),
    ))])
    .await;
    let grant = sign_in(&service).await.unwrap();
    assert_eq!(
        grant.access.claims.permissions,
        Some(vec!["User.Read.All".into()])
    );
}

#[tokio::test]
async fn only_the_configured_service_is_asked() {
    let service = Service::answering([]).await;
    let mut authority = service.authority();
    authority.login = Origin::parse_endpoint("http://127.0.0.1:1").unwrap();
    let trouble = authority
        .client_credentials(Proof::Secret(&Secret::new(SECRET)), "{}")
        .await
        .err()
        .unwrap();
    assert_eq!(trouble.into_error("It").code(), ErrorCode::Untrusted);
    assert!(service.asked().is_empty());
}

#[tokio::test]
async fn permissions_that_were_not_told_stay_unknown() {
    for scope in [
        format!("openid {GRAPH}/.default"),
        "openid profile".into(),
        format!("{GRAPH}/.default {GRAPH}/User.Read"),
    ] {
        let answer = json!({"token_type": "Bearer", "access_token": "opaque", "refresh_token": "r2", "scope": scope});
        let service = Service::answering([Answer::Json(200, answer)]).await;
        let grant = service
            .authority()
            .refresh(&Secret::new("r1"), &[], "{}")
            .await
            .unwrap();
        assert_eq!(grant.access.claims.permissions, None, "{scope}");
        assert_eq!(grant.access.expires, None);
        assert_eq!(grant.refresh.unwrap().expose(), "r2");
    }
}
