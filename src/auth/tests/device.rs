//! The device code flow: rhythm, endings, and what a broken service in between does to it.

use super::service::{Answer, CLIENT, GRAPH, Service, broken, console, refused, token};
use crate::auth::device::Pace;
use crate::auth::flows::Grant;
use crate::error::{Error, ErrorCode};
use serde_json::json;
use std::time::{Duration, Instant};

const QUICK: Pace = Pace {
    shortest: Duration::from_millis(5),
    slower: Duration::from_millis(300),
    longest: Duration::from_millis(20),
};

fn code(expires_in: u64) -> Answer {
    let body = json!({
        "user_code": "ABCD-EFGH", "device_code": "canary-device-code", "verification_uri": "https://login.example/device",
        "expires_in": expires_in, "interval": 0, "message": "go there"
    });
    Answer::Json(200, body)
}

async fn run(service: &Service) -> Result<Grant, Error> {
    let scopes = [format!("{GRAPH}/.default"), "offline_access".to_owned()];
    let outcome = service
        .authority()
        .device_code(&console(), &scopes, r#"{"access_token":{}}"#, QUICK)
        .await;
    outcome.map_err(|trouble| {
        let error = trouble.into_error("The sign-in");
        assert!(!format!("{error:?} {} {:?}", error.to_json(), error.chain()).contains("canary"));
        error
    })
}

async fn ends_with(answer: Answer) -> Error {
    let service = Service::answering([code(900), answer, token("too late")]).await;
    let error = run(&service).await.err().unwrap();
    assert_eq!(service.asked().len(), 2, "nothing is asked after the end");
    error
}

#[tokio::test]
async fn pending_then_slower_then_broken_then_a_token() {
    let answers = [
        code(900),
        refused(400, "authorization_pending", 70_016),
        refused(400, "slow_down", 0),
        broken(),
        Answer::Cut,
        token("t"),
    ];
    let service = Service::answering(answers).await;
    let before = Instant::now();
    let grant = run(&service).await.unwrap();
    // Three waits after `slow_down`, each longer by what it adds.
    assert!(
        before.elapsed() >= Duration::from_millis(900),
        "{:?}",
        before.elapsed()
    );
    assert_eq!(grant.access.claims.app_only, Some(false));
    let asked = service.asked();
    assert_eq!(asked.len(), 6);
    assert!(asked[0].path.ends_with("/oauth2/v2.0/devicecode"));
    assert_eq!(asked[0].names(), ["claims", "client_id", "scope"]);
    assert_eq!(
        asked[0].field("scope"),
        Some(format!("{GRAPH}/.default offline_access").as_str())
    );
    for poll in &asked[1..] {
        assert!(poll.path.ends_with("/oauth2/v2.0/token"));
        assert_eq!(
            poll.names(),
            [
                "claims",
                "client_id",
                "client_info",
                "device_code",
                "grant_type"
            ]
        );
        assert_eq!(
            poll.field("grant_type"),
            Some("urn:ietf:params:oauth:grant-type:device_code")
        );
        assert_eq!(poll.field("device_code"), Some("canary-device-code"));
        assert_eq!(poll.field("client_id"), Some(CLIENT));
        assert!(poll.header("client-request-id").is_some());
    }
}

#[tokio::test]
async fn both_names_of_declined_and_of_expired() {
    for name in ["authorization_declined", "access_denied"] {
        let error = ends_with(refused(400, name, 65_004)).await;
        assert_eq!(
            (error.code(), error.message()),
            (ErrorCode::SignInFailed, "The sign-in was declined."),
            "{name}"
        );
    }
    for name in ["expired_token", "code_expired"] {
        let error = ends_with(refused(400, name, 70_020)).await;
        assert!(error.message().contains("ran out"), "{name}");
    }
}

#[tokio::test]
async fn a_policy_that_blocks_device_codes_is_explained() {
    let error = ends_with(refused(400, "invalid_grant", 53_003)).await;
    assert_eq!(
        error.said().code.as_deref(),
        Some("invalid_grant (AADSTS53003)")
    );
    assert!(
        error.cause().unwrap().contains("device code") && error.remedy().contains("--auth browser")
    );
    let error = ends_with(refused(401, "invalid_client", 7_000_218)).await;
    assert!(error.remedy().contains("Allow public client flows"));
    assert_eq!(
        ends_with(refused(400, "bad_verification_code", 70_018))
            .await
            .code(),
        ErrorCode::SignInFailed
    );
}

#[tokio::test]
async fn the_end_of_the_code_ends_the_wait() {
    let pending = (0..500).map(|_| refused(400, "authorization_pending", 70_016));
    let service = Service::answering([code(1)].into_iter().chain(pending)).await;
    let error = run(&service).await.err().unwrap();
    assert_eq!(error.code(), ErrorCode::SignInFailed);
    assert!(error.message().contains("ran out"));
}

#[tokio::test]
async fn a_service_that_stays_away_is_not_called_a_refusal() {
    let service =
        Service::answering([code(1)].into_iter().chain((0..500).map(|_| Answer::Cut))).await;
    let error = run(&service).await.err().unwrap();
    assert_eq!(error.code(), ErrorCode::Network);
    let polls = service.asked().len();
    assert!(
        (20..300).contains(&polls),
        "the interval grows: {polls} polls"
    );
}

#[tokio::test]
async fn absurd_times_do_no_harm() {
    let code = json!({"user_code": "u", "device_code": "d", "verification_uri": "https://login.example/device", "expires_in": u64::MAX});
    let token = json!({"token_type": "Bearer", "access_token": "t", "expires_in": u64::MAX});
    let mut slow = code.clone();
    slow["interval"] = json!(u64::MAX);
    slow["expires_in"] = json!(1);
    let service = Service::answering([Answer::Json(200, slow)]).await;
    assert!(
        run(&service)
            .await
            .err()
            .unwrap()
            .message()
            .contains("ran out")
    );
    let mut quick = code;
    quick["interval"] = json!(0);
    let service = Service::answering([
        Answer::Json(200, quick),
        refused(400, "slow_down", 0),
        Answer::Json(200, token),
    ])
    .await;
    assert_eq!(run(&service).await.unwrap().access.expires, None);
}
