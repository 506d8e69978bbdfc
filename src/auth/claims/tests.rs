//! Tests of reading tokens, of the challenge parser and of merging claims.

use super::*;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::HeaderValue;

fn token(claims: &Value) -> String {
    format!(
        "{}.{}.sig",
        URL_SAFE_NO_PAD.encode("{}"),
        URL_SAFE_NO_PAD.encode(claims.to_string())
    )
}

#[test]
fn a_persons_token() {
    let claims = TokenClaims::read(&token(&json!({
        "aud": "https://graph.microsoft.com", "tid": "t", "oid": "o", "unique_name": "ada@contoso.com", "appid": "a",
        "app_displayname": "Resetter", "scp": "User.Read  Mail.Read", "wids": ["w", 5], "exp": 1_800_000_000
    })));
    assert_eq!(claims.app_only, Some(false));
    assert_eq!(
        claims.permissions,
        Some(vec!["User.Read".into(), "Mail.Read".into()])
    );
    assert_eq!(claims.upn.as_deref(), Some("ada@contoso.com"));
    assert_eq!(
        (claims.app_id.as_deref(), claims.app_name.as_deref()),
        (Some("a"), Some("Resetter"))
    );
    assert_eq!(
        (claims.wids, claims.exp),
        (Some(vec!["w".into()]), Some(1_800_000_000))
    );
}

#[test]
fn an_apps_token() {
    let claims = TokenClaims::read(&token(
        &json!({"aud": ["g", "h"], "azp": "a", "roles": ["User.Read.All"], "exp": "17"}),
    ));
    assert_eq!(claims.app_only, Some(true));
    assert_eq!(claims.permissions, Some(vec!["User.Read.All".into()]));
    assert_eq!(
        (claims.aud.as_deref(), claims.app_id.as_deref(), claims.exp),
        (Some("g"), Some("a"), Some(17))
    );
    assert_eq!(
        TokenClaims::read(&token(&json!({"idtyp": "app"}))).app_only,
        Some(true)
    );
    assert_eq!(
        TokenClaims::read(&token(&json!({"idtyp": "user", "roles": ["x"]}))).app_only,
        Some(false)
    );
    assert_eq!(
        TokenClaims::read(&token(&json!({"oid": "o"}))).app_only,
        None
    );
}

#[test]
fn what_cannot_be_read_says_nothing() {
    for token in [
        "",
        "opaque",
        "a.b",
        "a.b.c",
        "a.b.c.d",
        "..",
        "a.bnVsbA.c",
        "a.W10.c",
        "a.e30.c",
    ] {
        assert_eq!(TokenClaims::read(token), TokenClaims::default(), "{token}");
    }
    assert_eq!(
        TokenClaims::read(&token(
            &json!({"aud": 5, "exp": "soon", "roles": "x", "wids": {}})
        )),
        TokenClaims::default()
    );
}

const ASKED: &str =
    r#"{"access_token":{"nbf":{"essential":true,"value":"1755858962"},"x":"~~?>"}}"#;

#[test]
fn a_challenge_in_the_documented_form() {
    let header = format!(
        r#"Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", client_id="00000003-0000-0000-c000-000000000000", error="insufficient_claims", claims="{}""#,
        STANDARD.encode(ASKED)
    );
    assert_eq!(challenge(&header).as_deref(), Some(ASKED));
}

#[test]
fn a_challenge_in_other_shapes() {
    let standard = STANDARD.encode(ASKED);
    let bare = URL_SAFE_NO_PAD.encode(ASKED);
    assert!(standard.contains(['+', '/']) && bare.contains(['-', '_']));
    for header in [
        format!("bearer claims=\"{bare}\",error=insufficient_claims"),
        format!("Bearer error = insufficient_claims , claims = {standard}"),
        format!(
            "Negotiate YII=, Basic realm=\"a, Bearer error=\\\"x\\\"\", Bearer claims={standard}, error=\"insufficient_claims\""
        ),
        format!(
            "Bearer realm=\"\", Bearer error=\"insufficient_claims\", claims=\"{}\"",
            standard.trim_end_matches('=')
        ),
        // The parameter asks, whatever the error beside it is called.
        format!("Bearer realm=\"\", claims=\"{bare}\""),
        format!("Bearer error=\"invalid_token\", claims=\"{standard}\""),
        format!("Bearer claims=\"{}\"", ASKED.replace('"', "\\\"")),
        format!("Digest qop=\"auth\",Bearer ,, error=\"insufficient\\_claims\", claims=\"{bare}\""),
    ] {
        assert_eq!(challenge(&header).as_deref(), Some(ASKED), "{header}");
    }
}

#[test]
fn a_refusal_that_asks_for_claims_is_answered_like_a_401() {
    let headers = |values: &[&'static str]| {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(WWW_AUTHENTICATE, HeaderValue::from_static(value));
        }
        headers
    };
    let asking = headers(&[
        "Basic realm=\"x\"",
        "Bearer error=\"insufficient_claims\", claims=\"e30=\"",
    ]);
    assert_eq!(challenge_in(&asking).as_deref(), Some("{}"));
    let plain = headers(&["Bearer realm=\"\""]);
    for (status, headers, anew) in [
        (401, &plain, true),
        (401, &asking, true),
        (403, &plain, false),
        (403, &asking, true),
        (400, &asking, false),
    ] {
        let status = StatusCode::from_u16(status).unwrap();
        assert_eq!(asks_anew(status, headers), anew, "{status}");
    }
}

#[test]
fn what_is_no_challenge() {
    let claims = STANDARD.encode(ASKED);
    for header in [
        String::new(),
        "Bearer".into(),
        "Bearer realm=\"\", client_id=\"x\"".into(),
        format!("PoP error=\"insufficient_claims\", claims=\"{claims}\""),
        // The claims belong to another challenge than the error.
        format!("Bearer error=\"insufficient_claims\", Basic claims=\"{claims}\""),
        format!("Basic realm=\"Bearer error=insufficient_claims, claims={claims}\""),
        "Bearer error=\"insufficient_claims\", claims=\"%%%\"".into(),
        format!(
            "Bearer error=\"insufficient_claims\", claims=\"{}\"",
            STANDARD.encode("[]")
        ),
        "Bearer error=\"insufficient_claims\", claims=\"".into(),
        "=\"\"=,\"".into(),
    ] {
        assert_eq!(challenge(&header), None, "{header}");
    }
}

proptest::proptest! {
    #[test]
    fn no_header_makes_the_parser_fail(header in "\\PC{0,200}") {
        let _ = challenge(&header);
    }

    #[test]
    fn parameters_survive_any_quoting(value in "[ -~]{0,60}") {
        let quoted = value.replace('\\', "\\\\").replace('"', "\\\"");
        let found = challenges(&format!("Bearer a=\"{quoted}\", b=c"));
        proptest::prop_assert_eq!(found.len(), 1);
        proptest::prop_assert_eq!(found[0].param("a"), Some(value.as_str()));
        proptest::prop_assert_eq!(found[0].param("b"), Some("c"));
    }
}

#[test]
fn claims_are_merged_with_the_capability() {
    let merged: Value = serde_json::from_str(&merge(ASKED)).unwrap();
    assert_eq!(merged["access_token"]["nbf"]["value"], "1755858962");
    assert_eq!(merged["access_token"]["xms_cc"]["values"], json!(["cp1"]));
    let declared = r#"{"access_token":{"xms_cc":{"values":["cp1"]}}}"#;
    assert_eq!(merge("{}"), declared);
    assert_eq!(merge("nonsense"), declared);
    assert_eq!(merge(r#"{"access_token":null}"#), declared);
    let both: Value = serde_json::from_str(&merge(
        r#"{"id_token":{},"access_token":{"xms_cc":{"values":["cp2","cp1"]}}}"#,
    ))
    .unwrap();
    assert_eq!(
        both["access_token"]["xms_cc"]["values"],
        json!(["cp2", "cp1"])
    );
    assert!(both.get("id_token").is_some());
    let kept: Value =
        serde_json::from_str(&merge(r#"{"access_token":{"xms_cc":{"essential":true}}}"#)).unwrap();
    assert_eq!(
        kept["access_token"]["xms_cc"],
        json!({"essential": true, "values": ["cp1"]})
    );
}
