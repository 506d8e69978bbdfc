//! Sources over time: what is kept, what a challenge does, when nobody can be asked.

use super::service::{Answer, CLIENT, GRAPH, Service, TENANT, console, jwt, refused, token};
use crate::auth::person::{Person, Way};
use crate::auth::sources::{App, Credential};
use crate::auth::{TokenSource, claims};
use crate::error::ErrorCode;
use crate::secret::Secret;
use serde_json::json;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

const CHALLENGE: &str = r#"{"access_token":{"nbf":{"essential":true,"value":"1"}}}"#;

fn signed_in(access: &str, refresh: &str, expires_in: u64) -> Answer {
    let access =
        jwt(&json!({"tid": TENANT, "upn": "ada@contoso.com", "scp": "User.Read", "jti": access}));
    Answer::Json(
        200,
        json!({"token_type": "Bearer", "expires_in": expires_in, "access_token": access, "refresh_token": refresh}),
    )
}

/// A person whose browser answers at once; counts how often it was opened.
fn person(service: &Service, named: bool) -> (Person, Rc<Cell<u32>>) {
    let opened = Rc::new(Cell::new(0));
    let count = Rc::clone(&opened);
    let person = Person {
        authority: service.authority(),
        console: console(),
        way: Way::Browser,
        named,
        scopes: vec![format!("{GRAPH}/.default"), "offline_access".into()],
        opener: Box::new(move |url| {
            count.set(count.get() + 1);
            let field = |name: &str| {
                url.query_pairs()
                    .find(|(own, _)| own == name)
                    .unwrap()
                    .1
                    .into_owned()
            };
            let (redirect, state) = (
                field("redirect_uri").replace("localhost", "127.0.0.1"),
                field("state"),
            );
            std::thread::spawn(move || {
                use std::io::{Read, Write};
                let mut stream =
                    std::net::TcpStream::connect(redirect.trim_start_matches("http://")).unwrap();
                write!(stream, "GET /?code=c&state={state} HTTP/1.1\r\n\r\n").unwrap();
                let _ = stream.read_to_end(&mut Vec::new());
            });
            true
        }),
        kept: None,
        anew_as: None,
        choose_account: false,
        session: RefCell::new(None),
        turn: tokio::sync::Mutex::new(()),
        renewals: Cell::new(0),
    };
    (person, opened)
}

#[tokio::test]
async fn an_app_keeps_its_token_until_a_challenge() {
    let service = Service::answering([token("one"), token("two"), token("three")]).await;
    let app = App::new(service.authority(), Credential::Secret(Secret::new("s")));
    for _ in 0..3 {
        assert_eq!(app.token(None, false).await.unwrap().secret.expose(), "one");
    }
    assert_eq!(
        app.token(Some(CHALLENGE), false)
            .await
            .unwrap()
            .secret
            .expose(),
        "two"
    );
    assert_eq!(app.token(None, false).await.unwrap().secret.expose(), "two");
    assert_eq!(
        app.token(None, true).await.unwrap().secret.expose(),
        "three"
    );
    let asked = service.asked();
    assert_eq!(asked.len(), 3);
    assert_eq!(
        asked[1].field("claims"),
        Some(claims::merge(CHALLENGE).as_str())
    );
}

#[tokio::test]
async fn an_ended_token_is_replaced_before_it_is_used() {
    let ended = Answer::Json(
        200,
        json!({"token_type": "Bearer", "expires_in": 0, "access_token": "old"}),
    );
    let service = Service::answering([ended, token("new")]).await;
    let app = App::new(service.authority(), Credential::Secret(Secret::new("s")));
    assert_eq!(app.token(None, false).await.unwrap().secret.expose(), "old");
    assert_eq!(app.token(None, false).await.unwrap().secret.expose(), "new");
}

#[tokio::test]
async fn a_person_signs_in_once_and_is_then_renewed_silently() {
    let service = Service::answering([
        signed_in("1", "r1", 0),
        signed_in("2", "r2", 3599),
        signed_in("3", "r3", 3599),
    ])
    .await;
    let (person, opened) = person(&service, true);
    person.token(None, false).await.unwrap();
    person.token(None, false).await.unwrap();
    person.token(Some(CHALLENGE), true).await.unwrap();
    person.token(None, false).await.unwrap();
    assert_eq!(opened.get(), 1);
    let asked = service.asked();
    assert_eq!(asked.len(), 3);
    assert_eq!(
        asked[1].names(),
        [
            "claims",
            "client_id",
            "client_info",
            "grant_type",
            "refresh_token",
            "scope"
        ]
    );
    assert_eq!(
        (
            asked[1].field("grant_type"),
            asked[1].field("refresh_token")
        ),
        (Some("refresh_token"), Some("r1"))
    );
    assert_eq!(asked[1].field("client_id"), Some(CLIENT));
    assert_eq!(
        (asked[2].field("refresh_token"), asked[2].field("claims")),
        (Some("r2"), Some(claims::merge(CHALLENGE).as_str()))
    );
}

#[tokio::test]
async fn a_refused_renewal_asks_the_person_with_the_claims_of_the_refusal() {
    let wants = r#"{"access_token":{"capolids":{"essential":true,"values":["p"]}}}"#;
    let refusal = Answer::Json(
        400,
        json!({"error": "interaction_required", "error_codes": [50076], "suberror": "basic_action", "claims": wants}),
    );
    let service =
        Service::answering([signed_in("1", "r1", 0), refusal, signed_in("2", "r2", 3599)]).await;
    let (person, opened) = person(&service, true);
    person.token(None, false).await.unwrap();
    person.token(None, false).await.unwrap();
    assert_eq!(opened.get(), 2);
    assert_eq!(
        service.asked()[2].field("claims"),
        Some(claims::merge(wants).as_str())
    );
}

#[tokio::test]
async fn without_a_terminal_a_challenge_that_needs_a_person_ends_with_the_command() {
    let service = Service::answering([
        signed_in("1", "r1", 3599),
        refused(400, "invalid_grant", 50_173),
    ])
    .await;
    let (person, opened) = person(&service, false);
    person.token(None, false).await.unwrap();
    let error = person.token(Some(CHALLENGE), true).await.err().unwrap();
    assert_eq!(
        (error.code(), error.exit().code()),
        (ErrorCode::TokenRefused, 4)
    );
    assert!(error.remedy().contains("--auth browser"));
    assert!(error.cause().unwrap().contains("revoked"));
    assert_eq!(opened.get(), 1);
}

#[tokio::test]
async fn trouble_on_the_way_does_not_end_the_session() {
    let throttled = Answer::Raw(429, "Retry-After: 600\r\n", String::new());
    let service = Service::answering([
        signed_in("1", "r1", 0),
        throttled,
        signed_in("2", "r2", 3599),
    ])
    .await;
    let (person, opened) = person(&service, true);
    person.token(None, false).await.unwrap();
    assert_eq!(
        person.token(None, false).await.err().unwrap().code(),
        ErrorCode::Throttled
    );
    person.token(None, false).await.unwrap();
    assert_eq!(
        (
            opened.get(),
            service.asked()[2].field("refresh_token").map(str::to_owned)
        ),
        (1, Some("r1".into()))
    );
}
