//! Faults as a client meets them, down to the byte.

use serde_json::json;

use super::*;

/// The body of a new user, and its name.
fn new_user(local: &str) -> (String, String) {
    let upn = format!("{local}@contoso.com");
    let body = json!({
        "accountEnabled": true, "displayName": "Rita Fault", "mailNickname": local, "userPrincipalName": upn,
        "passwordProfile": {"password": "Kx7-vermilion-Oak", "forceChangePasswordNextSignIn": true},
    });
    (upn, body.to_string())
}

fn create(sandbox: &Sandbox, body: &str) -> Vec<u8> {
    let authorization = format!(
        "Bearer {}",
        sandbox.token_for(DEFAULT_PERSONA).unwrap().token
    );
    let headers = [
        ("Authorization", authorization.as_str()),
        ("client-request-id", CORRELATION),
        ("Content-Type", "application/json"),
    ];
    request_bytes(sandbox, "POST", "/v1.0/users", &headers, body)
}

fn exists(sandbox: &Sandbox, upn: &str) -> bool {
    sandbox
        .with_tenant(|tenant| tenant.person(upn).is_some())
        .unwrap()
}

#[tokio::test(flavor = "current_thread")]
async fn a_cut_reply_comes_after_the_change_at_every_offset() {
    for offset in [0_usize, 1, 17, 60, 300] {
        let sandbox = sandbox_with(&format!("1:POST:/users$ -> cut={offset}")).await;
        let (upn, body) = new_user("rita.cut");
        let (heard, ended) = raw(&sandbox, &create(&sandbox, &body)).await;
        assert_eq!(heard.len(), offset);
        assert!(ended.is_ok(), "an orderly close: {ended:?}");
        assert!(exists(&sandbox, &upn), "{offset}");
    }
}

#[tokio::test(flavor = "current_thread")]
async fn resets_stalls_and_drops_differ() {
    let sandbox = sandbox_with("1:POST:/users$ -> reset=20; 2:POST:/users$ -> silence=10; 3:POST:/users$ -> drop; 4:POST:/users$ -> lost-reply").await;
    let (reset, body) = new_user("rita.reset");
    let (heard, ended) = raw(&sandbox, &create(&sandbox, &body)).await;
    assert_eq!(
        (heard.len(), ended.unwrap_err().kind()),
        (20, io::ErrorKind::ConnectionReset)
    );
    assert!(exists(&sandbox, &reset));
    let (stalled, body) = new_user("rita.stall");
    let (heard, ended) = raw(&sandbox, &create(&sandbox, &body)).await;
    assert_eq!(
        (heard.len(), ended.unwrap_err().kind()),
        (10, io::ErrorKind::TimedOut)
    );
    assert!(exists(&sandbox, &stalled));
    let (dropped, body) = new_user("rita.drop");
    let (heard, ended) = raw(&sandbox, &create(&sandbox, &body)).await;
    assert!(heard.is_empty() && ended.is_ok());
    assert!(
        !exists(&sandbox, &dropped),
        "a drop happens before the change"
    );
    let (lost, body) = new_user("rita.lost");
    let (heard, ended) = raw(&sandbox, &create(&sandbox, &body)).await;
    assert!(heard.is_empty() && ended.is_ok());
    assert!(exists(&sandbox, &lost));
    assert_eq!(sandbox.requests().last().unwrap().status, 0);
}

#[tokio::test(flavor = "current_thread")]
async fn statuses_before_and_after_the_change() {
    let sandbox = sandbox_with("1:POST:/users$ -> 503 retry-after=0; 2:POST:/users$ -> 504 after html-body; 3:POST:/users$ -> 502 empty-body; 4:POST:/users$ -> 403 code=accessDenied").await;
    let mut seen = Vec::new();
    for local in ["rita.one", "rita.two", "rita.three", "rita.four"] {
        let (upn, body) = new_user(local);
        let (heard, _) = raw(&sandbox, &create(&sandbox, &body)).await;
        seen.push((parse(&heard), exists(&sandbox, &upn)));
    }
    assert_eq!((seen[0].0.status, seen[0].1), (503, false));
    assert_eq!(seen[0].0.json()["error"]["code"], "serviceNotAvailable");
    assert_eq!(seen[0].0.header("retry-after"), Some("0"));
    assert_eq!((seen[1].0.status, seen[1].1), (504, true));
    assert!(
        seen[1]
            .0
            .header("content-type")
            .unwrap()
            .starts_with("text/html")
    );
    assert_eq!(
        (seen[2].0.status, seen[2].0.body.len(), seen[2].1),
        (502, 0, false)
    );
    assert_eq!(seen[3].0.json()["error"]["code"], "accessDenied");
}

#[tokio::test(flavor = "current_thread")]
async fn portals_garbled_bodies_redirects_and_slow_lines() {
    let sandbox = sandbox_with("1:GET:/me -> html; 2:GET:/me -> garble; 3:GET:/me -> redirect=https://evil.example/; 4:GET:/me -> slow=2000; 5:GET:/me -> delay=120").await;
    let token = sandbox.token_for(DEFAULT_PERSONA).unwrap().token;
    let me = async || {
        let start = std::time::Instant::now();
        (
            graph_call(&sandbox, &token, "GET", "/v1.0/me?$select=id", "").await,
            start.elapsed(),
        )
    };
    let portal = me().await.0;
    assert_eq!(
        (portal.status, portal.header("content-type")),
        (200, Some("text/html"))
    );
    let garbled = me().await.0;
    assert!(garbled.status == 200 && serde_json::from_slice::<Value>(&garbled.body).is_err());
    let redirect = me().await.0;
    assert_eq!(
        (redirect.status, redirect.header("location")),
        (302, Some("https://evil.example/"))
    );
    let (slow, took) = me().await;
    assert!(
        slow.status == 200 && took > Duration::from_millis(150),
        "{took:?}"
    );
    let (late, took) = me().await;
    assert!(
        late.status == 200 && took >= Duration::from_millis(120),
        "{took:?}"
    );
}

#[tokio::test(flavor = "current_thread")]
async fn an_expired_and_a_challenged_token_stay_refused() {
    let sandbox =
        sandbox_with("1:GET:/me -> expired-token; 3:GET:/me -> claims-challenge=c1").await;
    let me = async |token: &str| graph_call(&sandbox, token, "GET", "/v1.0/me", "").await;
    let first = sandbox.token_for(DEFAULT_PERSONA).unwrap().token;
    assert_eq!(me(&first).await.status, 401);
    assert!(me(&first).await.text().contains("the token is expired"));
    let second = sandbox.token_for(DEFAULT_PERSONA).unwrap().token;
    assert!(
        me(&second)
            .await
            .header("www-authenticate")
            .unwrap()
            .contains("insufficient_claims")
    );
    assert_eq!(me(&second).await.status, 401);
    let third = sandbox.token_for(DEFAULT_PERSONA).unwrap().token;
    assert_eq!(me(&third).await.status, 200);
}

#[tokio::test(flavor = "current_thread")]
async fn a_demanded_context_is_met_by_a_new_sign_in_only() {
    let sandbox = sandbox_with("").await;
    let signed_in = device_sign_in(&sandbox, &default_scope(&sandbox), "").await;
    let claims = r#"{"access_token":{"acrs":{"essential":true,"value":"c1"}}}"#;
    let fields = [
        ("grant_type", "refresh_token"),
        ("client_id", PUBLIC_CLIENT_ID),
        (
            "refresh_token",
            signed_in["refresh_token"].as_str().unwrap(),
        ),
        ("claims", claims),
    ];
    let refused = token_call(&sandbox, &fields).await;
    assert_eq!(refused.aadsts(), 50076);
    assert!(
        refused.json()["claims"]
            .as_str()
            .unwrap()
            .contains("\"c1\"")
    );
}

#[tokio::test(flavor = "current_thread")]
async fn links_can_be_bent() {
    let sandbox = sandbox_with("1:GET:/users$ -> next-link=https://evil.example/v1.0/users; 2:GET:/users$ -> next-link=same").await;
    let token = sandbox.token_for(DEFAULT_PERSONA).unwrap().token;
    let users = async || {
        graph_call(&sandbox, &token, "GET", "/v1.0/users?$select=id&$top=1", "")
            .await
            .json()["@odata.nextLink"]
            .clone()
    };
    assert_eq!(users().await, "https://evil.example/v1.0/users");
    assert_eq!(
        users().await,
        format!("{}/v1.0/users?$select=id&$top=1", sandbox.origin())
    );
    assert!(users().await.as_str().unwrap().contains("$skiptoken"));
}

#[tokio::test(flavor = "current_thread")]
async fn parts_of_a_batch_fail_alone() {
    let sandbox = sandbox_with("1:GET:/users/ -> 429 retry-after=3; 2:GET:/me -> 500 after").await;
    let token = sandbox.token_for(DEFAULT_PERSONA).unwrap().token;
    let batch = json!({"requests": [
        {"id": "a", "method": "GET", "url": format!("/users/{DEFAULT_PERSONA}?$select=id")},
        {"id": "b", "method": "GET", "url": "/me?$select=id"},
        {"id": "c", "method": "GET", "url": "/me?$select=id"},
        {"id": "d", "method": "GET", "url": "/me?$select=id", "dependsOn": ["a"]},
    ]});
    let heard = graph_call(&sandbox, &token, "POST", "/v1.0/$batch", &batch.to_string()).await;
    let body = heard.json();
    let part = |id: &str| {
        body["responses"]
            .as_array()
            .unwrap()
            .iter()
            .find(|part| part["id"] == id)
            .unwrap()
            .clone()
    };
    assert_eq!(
        (
            heard.status,
            &part("a")["status"],
            &part("a")["headers"]["Retry-After"]
        ),
        (200, &json!(429), &json!("3"))
    );
    assert_eq!(
        (
            &part("b")["status"],
            &part("c")["status"],
            &part("d")["status"]
        ),
        (&json!(200), &json!(500), &json!(424))
    );
    assert_eq!(part("a")["body"]["error"]["code"], "TooManyRequests");
    assert_eq!(rules(&sandbox), [""; 0]);
}

#[tokio::test(flavor = "current_thread")]
async fn the_sign_in_side_has_faults_of_its_own() {
    let sandbox = sandbox_with("1:POST:/token -> aadsts=50196; 2:POST:/token -> 503 retry-after=1; 3:POST:/token -> slow-down; 4:POST:/token -> lost-reply").await;
    let started = start_device(&sandbox, &default_scope(&sandbox)).await;
    approve(&sandbox, started["user_code"].as_str().unwrap(), "approve").await;
    let poll = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("client_id", PUBLIC_CLIENT_ID),
        ("device_code", started["device_code"].as_str().unwrap()),
    ];
    assert_eq!(token_call(&sandbox, &poll).await.aadsts(), 50196);
    let busy = token_call(&sandbox, &poll).await;
    assert_eq!(
        (
            busy.status,
            busy.header("retry-after"),
            &busy.json()["error"]
        ),
        (503, Some("1"), &json!("temporarily_unavailable"))
    );
    assert_eq!(
        token_call(&sandbox, &poll).await.json()["error"],
        "slow_down"
    );
    sandbox.advance(Duration::from_secs(5));
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(poll)
        .finish();
    let path = format!("/{}/oauth2/v2.0/token", sandbox.tenant_id());
    let bytes = request_bytes(
        &sandbox,
        "POST",
        &path,
        &[("Content-Type", "application/x-www-form-urlencoded")],
        &body,
    );
    let (heard, _) = raw(&sandbox, &bytes).await;
    assert!(heard.is_empty());
    sandbox.advance(Duration::from_secs(5));
    assert_eq!(
        token_call(&sandbox, &poll).await.aadsts(),
        54005,
        "the lost reply had redeemed the code"
    );
}
