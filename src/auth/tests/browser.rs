//! The browser flow, with the test as the browser.

use super::service::{Answer, CLIENT, GRAPH, Service, TENANT, console, refused, token};
use crate::auth::browser::{Account, Opener};
use crate::auth::flows::Grant;
use crate::auth::loopback::{self, Loopback};
use crate::error::{Error, ErrorCode};
use crate::secret::Secret;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Sends one request to the listener and gives the whole reply.
async fn ask(port: u16, request: String) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut reply = String::new();
    let _ = stream.read_to_string(&mut reply).await;
    reply
}

async fn get(port: u16, target: &str) -> String {
    ask(
        port,
        format!("GET {target} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n"),
    )
    .await
}

async fn post(port: u16, body: &str) -> String {
    let kind = "application/x-www-form-urlencoded";
    ask(port, format!("POST / HTTP/1.1\r\nHost: x\r\ncontent-type: {kind}\r\nContent-Length: {}\r\n\r\n{body}", body.len())).await
}

type Seen = Arc<Mutex<BTreeMap<String, String>>>;

/// A browser that keeps what the address asked for and answers with `{state}` filled in.
fn browser(seen: &Seen, targets: &[&str]) -> Opener {
    let seen = Arc::clone(seen);
    let targets: Vec<String> = targets.iter().map(|target| (*target).to_owned()).collect();
    Box::new(move |url| {
        let query: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
        let port = url::Url::parse(&query["redirect_uri"])
            .unwrap()
            .port()
            .unwrap();
        let state = query["state"].clone();
        seen.lock().unwrap().extend(query);
        seen.lock().unwrap().insert(
            "address".into(),
            url.as_str().split('?').next().unwrap().to_owned(),
        );
        let targets: Vec<String> = targets
            .iter()
            .map(|target| target.replace("{state}", &state))
            .collect();
        tokio::spawn(async move {
            for target in targets {
                get(port, &target).await;
            }
        });
        true
    })
}

async fn run(service: &Service, open: &Opener) -> Result<Grant, Error> {
    let scopes = [format!("{GRAPH}/.default"), "openid".to_owned()];
    let account = Account {
        hint: Some("ada@contoso.com"),
        prompt: None,
    };
    let outcome = service
        .authority()
        .browser(&console(), &scopes, "{}", account, open)
        .await;
    outcome.map_err(|trouble| trouble.into_error("The sign-in"))
}

#[tokio::test]
async fn the_code_is_redeemed_with_the_verifier_of_the_challenge() {
    let answer = Answer::Json(
        200,
        json!({"token_type": "Bearer", "expires_in": 3599, "access_token": "t", "refresh_token": "r",
        "scope": format!("openid {GRAPH}/User.Read profile Mail.Read")}),
    );
    let service = Service::answering([answer]).await;
    let seen = Seen::default();
    let grant = run(
        &service,
        &browser(
            &seen,
            &["/favicon.ico", "/?code=c-1&state={state}&session_state=x"],
        ),
    )
    .await
    .unwrap();
    assert_eq!(grant.refresh.unwrap().expose(), "r");
    assert_eq!(
        grant.access.claims.permissions,
        Some(vec!["User.Read".into(), "Mail.Read".into()])
    );

    let seen = seen.lock().unwrap();
    assert_eq!(
        seen["address"],
        format!("{}/{TENANT}/oauth2/v2.0/authorize", service.origin())
    );
    assert_eq!(
        (
            seen["response_type"].as_str(),
            seen["response_mode"].as_str()
        ),
        ("code", "query")
    );
    assert_eq!(
        (
            seen["client_id"].as_str(),
            seen["code_challenge_method"].as_str()
        ),
        (CLIENT, "S256")
    );
    assert_eq!(seen["login_hint"], "ada@contoso.com");
    assert_eq!(seen["scope"], format!("{GRAPH}/.default openid"));
    assert!(seen["state"].len() >= 43);
    assert!(
        seen["redirect_uri"].starts_with("http://localhost:")
            && !seen["redirect_uri"].ends_with('/')
    );

    let asked = service.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!(
        asked[0].names(),
        [
            "claims",
            "client_id",
            "client_info",
            "code",
            "code_verifier",
            "grant_type",
            "redirect_uri",
            "scope"
        ]
    );
    assert_eq!(asked[0].field("code"), Some("c-1"));
    assert_eq!(
        asked[0].field("redirect_uri"),
        Some(seen["redirect_uri"].as_str())
    );
    let verifier = asked[0].field("code_verifier").unwrap();
    assert!((43..=128).contains(&verifier.len()));
    let digest = ring::digest::digest(&ring::digest::SHA256, verifier.as_bytes());
    assert_eq!(URL_SAFE_NO_PAD.encode(digest), seen["code_challenge"]);
}

#[tokio::test]
async fn a_wrong_state_is_no_answer_whatever_it_carries() {
    let service = Service::answering([token("t")]).await;
    let stray = [
        "/?code=evil&state=wrong",
        "/?error=access_denied&state=wrong",
        "/?code=evil",
        "/?code=good&state={state}",
    ];
    run(&service, &browser(&Seen::default(), &stray))
        .await
        .unwrap();
    let asked = service.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].field("code"), Some("good"));
}

#[tokio::test]
async fn a_refusal_in_the_browser_ends_the_sign_in() {
    let service = Service::answering([]).await;
    let refusal = "/?error=access_denied&error_description=AADSTS65004%3A+canary&state={state}";
    let error = run(&service, &browser(&Seen::default(), &[refusal]))
        .await
        .err()
        .unwrap();
    assert_eq!(error.code(), ErrorCode::SignInFailed);
    assert_eq!(
        error.said().code.as_deref(),
        Some("access_denied (AADSTS65004)")
    );
    assert!(!error.to_json().to_string().contains("canary"));
    assert!(service.asked().is_empty());
}

#[tokio::test]
async fn a_used_code_is_refused_once_and_not_asked_again() {
    let service = Service::answering([refused(400, "invalid_grant", 54_005)]).await;
    let error = run(
        &service,
        &browser(&Seen::default(), &["/?code=c&state={state}"]),
    )
    .await
    .err()
    .unwrap();
    assert_eq!(
        error.said().code.as_deref(),
        Some("invalid_grant (AADSTS54005)")
    );
    assert_eq!(service.asked().len(), 1);
}

#[tokio::test]
async fn a_lost_reply_is_asked_for_once_more() {
    let service = Service::answering([Answer::Cut, Answer::Cut, token("t")]).await;
    let error = run(
        &service,
        &browser(&Seen::default(), &["/?code=c&state={state}"]),
    )
    .await
    .err()
    .unwrap();
    assert_eq!(error.code(), ErrorCode::Network);
    assert_eq!(service.asked().len(), 2);
}

/// Runs requests against a listener, then the right answer; gives the replies and the code.
async fn listener(requests: impl AsyncFn(u16) -> Vec<String>) -> (Vec<String>, String) {
    let loopback = Loopback::bind().await.unwrap();
    let port: u16 = loopback
        .redirect_uri()
        .rsplit(':')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    let state = Secret::new("right");
    let (answer, replies) = tokio::join!(loopback.receive(&state, || ()), requests(port));
    match answer {
        loopback::Answer::Code(code) => (replies, code.expose().to_owned()),
        loopback::Answer::Refused(refusal) => (replies, refusal.to_string()),
    }
}

#[tokio::test]
async fn the_listener_takes_one_exact_path_and_two_methods() {
    let (replies, code) = listener(async |port| {
        let mut replies = Vec::new();
        for target in [
            "/favicon.ico",
            "/x?code=c&state=right",
            "//?code=c&state=right",
            "/?code=&state=right",
            "/?state=right",
            "/",
        ] {
            replies.push(get(port, target).await);
        }
        for request in [
            "DELETE /?code=c&state=right HTTP/1.1\r\n\r\n",
            "POST /?code=c&state=right HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
            "nonsense\r\n\r\n",
        ] {
            replies.push(ask(port, request.to_owned()).await);
        }
        replies.push(
            ask(
                port,
                format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(70_000)),
            )
            .await,
        );
        replies.push(post(port, "code=from+post&state=right").await);
        replies
    })
    .await;
    let statuses: Vec<&str> = replies
        .iter()
        .map(|reply| reply.get(9..12).unwrap_or(""))
        .collect();
    assert_eq!(
        statuses,
        [
            "404", "404", "404", "400", "400", "400", "400", "400", "", "", "200"
        ]
    );
    assert_eq!(code, "from post");
    let last = &replies[10];
    for header in [
        "Cache-Control: no-store",
        "Referrer-Policy: no-referrer",
        "Content-Security-Policy: default-src 'none'",
        "Connection: close",
        "charset=utf-8",
    ] {
        assert!(last.contains(header), "{header}");
    }
    assert!(last.ends_with("</html>") && !last.contains("from post"));
}

#[tokio::test]
async fn silent_connections_do_not_hold_up_the_answer() {
    let (_, code) = listener(async |port| {
        let mut silent = Vec::new();
        for _ in 0..8 {
            silent.push(TcpStream::connect(("127.0.0.1", port)).await.unwrap());
        }
        let replies = vec![get(port, "/?code=c&state=right").await];
        drop(silent);
        replies
    })
    .await;
    assert_eq!(code, "c");
}

#[tokio::test]
async fn what_the_service_says_is_escaped_on_the_page() {
    let (replies, refusal) = listener(async |port| {
        vec![
            get(
                port,
                "/?error=%3Cscript%3E&error_description=%3Cb%3E&state=right",
            )
            .await,
        ]
    })
    .await;
    assert_eq!(refusal, "unknown_error");
    assert!(
        !replies[0].contains("<script>") && !replies[0].contains("<b>"),
        "{}",
        replies[0]
    );
}

#[tokio::test]
async fn the_port_is_the_same_on_both_addresses() {
    let loopback = Loopback::bind().await.unwrap();
    let port: u16 = loopback
        .redirect_uri()
        .rsplit(':')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    let six_exists = tokio::net::TcpListener::bind("[::1]:0").await.is_ok();
    assert_eq!(TcpStream::connect(("::1", port)).await.is_ok(), six_exists);
}
