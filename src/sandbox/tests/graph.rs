//! Graph's side of the wire: tokens, headers, manners, throttling.

use serde_json::json;

use super::*;

#[tokio::test(flavor = "current_thread")]
async fn replies_are_dressed_as_graph_dresses_them() {
    let sandbox = sandbox_with("").await;
    let ready = sandbox.token_for(DEFAULT_PERSONA).unwrap();
    assert!(!format!("{ready:?}").contains(&ready.token));
    let heard = graph_call(
        &sandbox,
        &ready.token,
        "GET",
        "/v1.0/users?$select=id&$top=2",
        "",
    )
    .await;
    assert_eq!(heard.status, 200, "{}", heard.text());
    assert_eq!(heard.header("client-request-id"), Some(CORRELATION));
    assert!(uuid::Uuid::try_parse(heard.header("request-id").unwrap()).is_ok());
    assert_eq!(heard.header("odata-version"), Some("4.0"));
    assert_eq!(
        heard.header("strict-transport-security"),
        Some("max-age=31536000")
    );
    assert_eq!(heard.header("x-ms-resource-unit"), Some("1"));
    assert!(
        heard
            .header("x-ms-ags-diagnostic")
            .unwrap()
            .starts_with("{\"ServerInfo\"")
    );
    assert!(
        heard
            .header("content-type")
            .unwrap()
            .starts_with("application/json;odata.metadata=minimal;")
    );
    assert!(httpdate::parse_http_date(heard.header("date").unwrap()).is_ok());
    let missing = graph_call(
        &sandbox,
        &ready.token,
        "GET",
        "/v1.0/users/00000000-0000-4000-8000-000000000000",
        "",
    )
    .await;
    let inner = &missing.json()["error"]["innerError"];
    assert_eq!(missing.status, 404, "{}", missing.text());
    assert_eq!(inner["request-id"].as_str(), missing.header("request-id"));
    assert_eq!(inner["client-request-id"], CORRELATION);
    assert_eq!(rules(&sandbox), [""; 0]);
    let log = sandbox.requests();
    assert_eq!(
        (log.len(), log[0].query.as_str(), log[0].status),
        (2, "$select=id&$top=2", 200)
    );
    assert!(
        log[0]
            .headers
            .contains(&("authorization".into(), "Bearer ***".into()))
    );
}

#[tokio::test(flavor = "current_thread")]
async fn tokens_that_do_not_fit_are_refused_and_named() {
    let sandbox = sandbox_with("").await;
    let bare = send(
        &sandbox,
        "GET",
        "/v1.0/me",
        &[("client-request-id", CORRELATION)],
        "",
    )
    .await;
    assert_eq!(
        (bare.status, &bare.json()["error"]["code"]),
        (401, &json!("InvalidAuthenticationToken"))
    );
    assert!(
        bare.header("www-authenticate")
            .unwrap()
            .starts_with("Bearer realm=\"\", authorization_uri=\"")
    );
    let other = sandbox_with("").await;
    let foreign = other.token_for(DEFAULT_PERSONA).unwrap().token;
    graph_call(&sandbox, &foreign, "GET", "/v1.0/me", "").await;
    graph_call(&sandbox, "rubbish", "GET", "/v1.0/me", "").await;
    assert_eq!(
        rules(&sandbox),
        [
            "no bearer token",
            "a token for another audience",
            "the token is not a JWT"
        ]
    );
    let ready = sandbox.token_for("app").unwrap();
    sandbox.advance(Duration::from_secs(3600));
    let late = graph_call(&sandbox, &ready.token, "GET", "/v1.0/users", "").await;
    assert!(
        late.status == 401 && late.text().contains("the token is expired"),
        "{}",
        late.text()
    );
    assert_eq!(
        rules(&sandbox).len(),
        3,
        "a token that has run out is no breach"
    );
    assert!(
        sandbox
            .token_for("nobody@contoso.com")
            .unwrap_err()
            .contains("nobody@contoso.com")
    );
}

#[tokio::test(flavor = "current_thread")]
async fn bad_manners_are_recorded() {
    let sandbox = sandbox_with("").await;
    let authorization = format!(
        "Bearer {}",
        sandbox.token_for(DEFAULT_PERSONA).unwrap().token
    );
    send(
        &sandbox,
        "GET",
        "/v1.0/me",
        &[("Authorization", &authorization)],
        "",
    )
    .await;
    let headers = [
        ("Authorization", authorization.as_str()),
        ("client-request-id", CORRELATION),
    ];
    let untyped = send(&sandbox, "POST", "/v1.0/users", &headers, "{}").await;
    assert_eq!(untyped.status, 400, "{}", untyped.text());
    let elsewhere = send(&sandbox, "GET", "/beta/users", &headers, "").await;
    assert_eq!(elsewhere.status, 501);
    let found = rules(&sandbox);
    assert!(
        found.contains(&"client-request-id is missing".to_owned()),
        "{found:?}"
    );
    assert!(
        found.contains(&"a body without Content-Type: application/json".to_owned()),
        "{found:?}"
    );
    assert!(
        found.contains(&"the sandbox has no such address".to_owned()),
        "{found:?}"
    );
}

#[tokio::test(flavor = "current_thread")]
async fn coming_back_before_retry_after_is_recorded_and_waiting_is_not() {
    let sandbox =
        sandbox_with("1:GET:/me -> 429 retry-after=1; 3:GET:/me -> 503 retry-after=1").await;
    let token = sandbox.token_for(DEFAULT_PERSONA).unwrap().token;
    let me = async || graph_call(&sandbox, &token, "GET", "/v1.0/me", "").await;
    let first = me().await;
    assert_eq!(
        (first.status, first.header("retry-after")),
        (429, Some("1"))
    );
    assert_eq!(me().await.status, 200);
    assert_eq!(rules(&sandbox).len(), 1);
    assert_eq!(me().await.status, 503);
    sandbox.advance(Duration::from_secs(1));
    assert_eq!(me().await.status, 200);
    assert_eq!(rules(&sandbox).len(), 1);
}

#[tokio::test(flavor = "current_thread")]
async fn limits_apply_to_calls_and_to_parts_of_a_batch() {
    let sandbox = Sandbox::start(Options {
        throttle: true,
        ..Options::default()
    })
    .await
    .unwrap();
    let token = sandbox.token_for(DEFAULT_PERSONA).unwrap().token;
    let part = |id: usize| json!({"id": id.to_string(), "method": "GET", "url": format!("/users/{DEFAULT_PERSONA}/authentication/methods")});
    let batch = json!({"requests": (0..7).map(part).collect::<Vec<_>>()}).to_string();
    let heard = graph_call(&sandbox, &token, "POST", "/v1.0/$batch", &batch).await;
    let body = heard.json();
    let count = |status: u64| {
        body["responses"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|part| part["status"] == status)
            .count()
    };
    assert_eq!((count(200), count(429)), (5, 2), "{body}");
    let refused = body["responses"]
        .as_array()
        .unwrap()
        .iter()
        .find(|part| part["status"] == 429)
        .unwrap();
    assert_eq!(refused["headers"]["Retry-After"], "2");
    let alone = graph_call(
        &sandbox,
        &token,
        "GET",
        &format!("/v1.0/users/{DEFAULT_PERSONA}/authentication/methods"),
        "",
    )
    .await;
    assert_eq!(alone.status, 429);
    assert!(
        alone
            .header("x-ms-throttle-scope")
            .unwrap()
            .starts_with("Tenant_Application/ReadWrite/")
    );
    let early = rules(&sandbox);
    assert!(
        early.iter().all(|rule| rule.starts_with("repeated ")) && early.len() == 1,
        "{early:?}"
    );
}

#[tokio::test(flavor = "current_thread")]
async fn pages_of_other_sites_do_not_reach_the_sandbox() {
    let sandbox = sandbox_with("").await;
    let (heard, _) = raw(
        &sandbox,
        b"GET /v1.0/me HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
    )
    .await;
    assert_eq!(parse(&heard).status, 421);
    let crossing = [
        ("Sec-Fetch-Site", "cross-site"),
        ("Content-Type", "application/x-www-form-urlencoded"),
    ];
    assert_eq!(
        send(&sandbox, "POST", "/devicelogin", &crossing, "otc=x")
            .await
            .status,
        403
    );
}

#[tokio::test(flavor = "current_thread")]
async fn an_accepted_reset_is_asked_for_when_it_says_and_not_before() {
    let options = Options {
        operation_time: Duration::from_secs(2),
        ..Options::default()
    };
    let sandbox = Sandbox::start(options).await.unwrap();
    let token = sandbox.token_for(DEFAULT_PERSONA).unwrap().token;
    let path = "/v1.0/users/bo.lindqvist@contoso.com/authentication/methods/28c10230-6103-485e-b985-444c60001490/resetPassword";
    let body = json!({"newPassword": "Kx7-vermilion-Oak"}).to_string();
    let accepted = graph_call(&sandbox, &token, "POST", path, &body).await;
    assert_eq!(
        (accepted.status, accepted.header("retry-after")),
        (202, Some("2")),
        "{}",
        accepted.text()
    );
    let location = accepted
        .header("location")
        .unwrap()
        .strip_prefix(&sandbox.origin())
        .unwrap()
        .to_owned();
    let poll = async || {
        graph_call(&sandbox, &token, "GET", &location, "")
            .await
            .json()["status"]
            .clone()
    };
    assert_eq!(poll().await, "notStarted");
    assert_eq!(rules(&sandbox).len(), 1, "{:?}", rules(&sandbox));
    sandbox.advance(Duration::from_secs(2));
    assert_eq!(poll().await, "succeeded");
    assert_eq!(rules(&sandbox).len(), 1);
    let done = sandbox.with_tenant(|tenant| {
        tenant.check_password("bo.lindqvist@contoso.com", "Kx7-vermilion-Oak")
    });
    assert!(done.unwrap());
}

#[tokio::test(flavor = "current_thread")]
async fn a_connection_is_kept_between_calls_and_a_slow_reply_slows_none_but_itself() {
    let sandbox = sandbox_with("1:GET:/me -> slow=4000").await;
    let token = sandbox.token_for(DEFAULT_PERSONA).unwrap().token;
    let address = sandbox.origin().trim_start_matches("http://").to_owned();
    let mut stream = TcpStream::connect(&address).await.unwrap();
    let request = format!(
        "GET /v1.0/me?$select=id HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nclient-request-id: {CORRELATION}\r\n\r\n"
    );
    for _ in 0..3 {
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut heard = Vec::new();
        let whole = |heard: &[u8]| {
            heard.windows(4).any(|window| window == b"\r\n\r\n") && {
                let reply = parse(heard);
                reply.header("content-length").unwrap().parse() == Ok(reply.body.len())
            }
        };
        while !whole(&heard) {
            let mut buffer = [0; 1024];
            let count = stream.read(&mut buffer).await.unwrap();
            assert!(count > 0, "closed too early");
            heard.extend_from_slice(&buffer[..count]);
        }
        assert_eq!(parse(&heard).status, 200);
    }
    assert_eq!(rules(&sandbox), [""; 0]);
}
