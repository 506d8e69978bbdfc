//! The browser flow: page, redirect, code and its redemption.

use super::*;

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const REDIRECT: &str = "http://localhost:4711";

fn authorize_fields(scope: &str) -> Vec<(&str, &str)> {
    vec![
        ("client_id", PUBLIC_CLIENT_ID),
        ("response_type", "code"),
        ("redirect_uri", REDIRECT),
        ("scope", scope),
        ("state", "st&ate"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
        ("nonce", "n-1"),
    ]
}

async fn authorize(sandbox: &Sandbox, fields: &[(&str, &str)]) -> Heard {
    let path = format!("/{}/oauth2/v2.0/authorize", sandbox.tenant_id());
    post_form(sandbox, &path, fields).await
}

/// The fields of the redirect a reply carries.
fn landed(heard: &Heard) -> Vec<(String, String)> {
    assert_eq!(heard.status, 302, "{}", heard.text());
    let target = heard.header("location").unwrap();
    assert!(target.starts_with("http://localhost:4711/?"), "{target}");
    url::Url::parse(target)
        .unwrap()
        .query_pairs()
        .into_owned()
        .collect()
}

fn field(fields: &[(String, String)], name: &str) -> String {
    fields
        .iter()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.clone())
        .unwrap_or_default()
}

async fn code(sandbox: &Sandbox, extra: &[(&str, &str)]) -> Vec<(String, String)> {
    let scope = default_scope(sandbox);
    let mut fields = authorize_fields(&scope);
    fields.extend([
        ("login", DEFAULT_PERSONA),
        ("passwd", SEED_PASSWORD),
        ("action", "approve"),
    ]);
    fields.extend(extra);
    landed(&authorize(sandbox, &fields).await)
}

fn redeem_fields<'a>(
    code: &'a str,
    verifier: &'a str,
    redirect: &'a str,
) -> [(&'static str, &'a str); 5] {
    [
        ("grant_type", "authorization_code"),
        ("client_id", PUBLIC_CLIENT_ID),
        ("code", code),
        ("redirect_uri", redirect),
        ("code_verifier", verifier),
    ]
}

#[tokio::test(flavor = "current_thread")]
async fn the_browser_flow_comes_back_with_state_and_its_code_works_once() {
    let sandbox = sandbox_with("").await;
    let fields = code(&sandbox, &[("client_info", "1")]).await;
    assert_eq!(field(&fields, "state"), "st&ate");
    assert!(
        !field(&fields, "client_info").is_empty() && !field(&fields, "session_state").is_empty()
    );
    let code = field(&fields, "code");
    assert_eq!(
        token_call(
            &sandbox,
            &redeem_fields(&code, "x".repeat(43).as_str(), REDIRECT)
        )
        .await
        .aadsts(),
        501_481
    );
    assert_eq!(
        token_call(
            &sandbox,
            &redeem_fields(&code, VERIFIER, "http://localhost:4712")
        )
        .await
        .aadsts(),
        50011
    );
    let done = token_call(&sandbox, &redeem_fields(&code, VERIFIER, REDIRECT))
        .await
        .json();
    assert_eq!(payload(done["id_token"].as_str().unwrap())["nonce"], "n-1");
    assert_eq!(
        token_call(&sandbox, &redeem_fields(&code, VERIFIER, REDIRECT))
            .await
            .aadsts(),
        54005
    );
    assert_eq!(rules(&sandbox), [""; 0]);
}

#[tokio::test(flavor = "current_thread")]
async fn the_sign_in_page_carries_the_request_and_form_post_needs_a_click_only() {
    let sandbox = sandbox_with("").await;
    let scope = default_scope(&sandbox);
    let mut fields = authorize_fields(&scope);
    fields.extend([
        ("response_mode", "form_post"),
        ("login_hint", DEFAULT_PERSONA),
    ]);
    let query: String = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(&fields)
        .finish();
    let path = format!("/{}/oauth2/v2.0/authorize?{query}", sandbox.tenant_id());
    let page = send(&sandbox, "GET", &path, &[], "").await;
    assert_eq!(page.status, 200);
    assert!(
        page.text().contains("name=\"state\" value=\"st&amp;ate\"")
            && page.text().contains(DEFAULT_PERSONA)
    );
    assert!(
        !page.text().contains("<script")
            && page
                .header("content-security-policy")
                .unwrap()
                .contains("default-src 'none'")
    );
    fields.extend([
        ("login", DEFAULT_PERSONA),
        ("passwd", "wrong"),
        ("action", "approve"),
    ]);
    let again = authorize(&sandbox, &fields).await;
    assert!(
        again.status == 400 && again.text().contains("AADSTS50126"),
        "{}",
        again.text()
    );
    fields.retain(|(name, _)| *name != "passwd");
    fields.push(("passwd", SEED_PASSWORD));
    let post = authorize(&sandbox, &fields).await;
    assert!(
        post.text().contains("action=\"http://localhost:4711/\"")
            && post.text().contains("name=\"code\""),
        "{}",
        post.text()
    );
    assert!(
        post.header("content-security-policy")
            .unwrap()
            .ends_with("form-action http://localhost:4711")
    );
    let declined = authorize(
        &sandbox,
        &fields
            .iter()
            .copied()
            .map(|(name, value)| match name {
                "action" => (name, "decline"),
                "response_mode" => (name, "query"),
                _ => (name, value),
            })
            .collect::<Vec<_>>(),
    )
    .await;
    let declined = landed(&declined);
    assert_eq!(field(&declined, "error"), "access_denied");
    assert!(field(&declined, "error_description").starts_with("AADSTS65004"));
    assert_eq!(rules(&sandbox), [""; 0]);
}
