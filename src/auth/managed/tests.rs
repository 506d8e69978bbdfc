//! App Service, Arc and IMDS against small servers of their own, and a machine where nobody listens.

use super::*;
use crate::auth::tests::service::{Answer, Asked, CLIENT, Service, TENANT, jwt};
use crate::cli::GlobalArgs;
use serde_json::json;

fn answer(access: &str) -> Answer {
    // Numbers as text, as these services send them.
    let at = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs()
        + 86_000;
    Answer::Json(
        200,
        json!({"access_token": access, "expires_in": "86399", "expires_on": at.to_string(), "resource": "x", "token_type": "Bearer"}),
    )
}

fn token() -> String {
    jwt(&json!({"tid": TENANT, "oid": "o", "roles": ["User.Read.All"]}))
}

async fn managed(service: &Service, place: Option<Place>, env: &[(&str, &str)]) -> Result<Managed> {
    let settings = service.settings(GlobalArgs::default(), env);
    let place = match place {
        Some(place) => place,
        None => super::place(&settings.env)?.map_or_else(|| imds(&settings.env), Ok)?,
    };
    Managed::new(place, &settings, Watch::default())
}

fn query(asked: &Asked, name: &str) -> Option<String> {
    let url = Url::parse(&format!("http://x{}", asked.path)).unwrap();
    url.query_pairs()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

#[tokio::test]
async fn app_service_gets_its_header_and_a_proxy_gets_nothing() {
    let service = Service::answering([answer(&token()), answer("opaque")]).await;
    let endpoint = format!("{}/msi/token", service.origin());
    let env = [
        ("IDENTITY_ENDPOINT", endpoint.as_str()),
        ("IDENTITY_HEADER", "canary-header"),
        ("AZURE_CLIENT_ID", CLIENT),
    ];
    let source = managed(&service, None, &env).await.unwrap();
    let first = source.token(None, false).await.unwrap();
    assert_eq!(first.claims.app_only, Some(true));
    let left = first.expires.unwrap() - Instant::now();
    assert!(left > Duration::from_secs(86_000), "{left:?}");
    source.token(None, false).await.unwrap();
    assert_eq!(
        source.token(None, true).await.unwrap().secret.expose(),
        "opaque"
    );
    let asked = service.asked();
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[0].header("x-identity-header"), Some("canary-header"));
    assert_eq!(
        query(&asked[0], "api-version").as_deref(),
        Some("2019-08-01")
    );
    assert_eq!(
        query(&asked[0], "resource").as_deref(),
        Some("http://127.0.0.1:9")
    );
    assert_eq!(query(&asked[0], "client_id").as_deref(), Some(CLIENT));
    assert_eq!(asked[0].header("metadata"), None);
}

#[tokio::test]
async fn imds_is_probed_and_asked_again_while_it_is_updated() {
    let probe = Answer::Raw(400, "", "{\"error\":\"invalid_request\"}".into());
    let gone = Answer::Raw(410, "", String::new());
    let service = Service::answering([probe, gone, answer("opaque")]).await;
    let host = service.origin();
    let env = [("AZURE_POD_IDENTITY_AUTHORITY_HOST", host.as_str())];
    let source = managed(&service, None, &env).await.unwrap();
    source.token(None, false).await.unwrap();
    let asked = service.asked();
    assert_eq!(asked.len(), 3);
    assert_eq!(asked[0].header("metadata"), None);
    assert_eq!(asked[2].header("metadata"), Some("true"));
    assert!(
        asked[2]
            .path
            .starts_with("/metadata/identity/oauth2/token?")
    );
    assert_eq!(
        query(&asked[2], "api-version").as_deref(),
        Some("2018-02-01")
    );
    assert_eq!(query(&asked[2], "client_id"), None);
}

#[tokio::test]
async fn nobody_there_is_told_within_a_moment() {
    // A port that accepts and never answers, and one where nobody listens.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    for port in [silent.local_addr().unwrap().port(), 1] {
        let host = format!("http://127.0.0.1:{port}");
        let service = Service::answering([]).await;
        let source = managed(
            &service,
            None,
            &[("AZURE_POD_IDENTITY_AUTHORITY_HOST", &host)],
        )
        .await
        .unwrap();
        let before = Instant::now();
        let error = source.token(None, false).await.err().unwrap();
        assert!(
            before.elapsed() < Duration::from_secs(5),
            "{:?}",
            before.elapsed()
        );
        assert_eq!(
            (error.code(), error.exit().code()),
            (ErrorCode::NotSignedIn, 4)
        );
        assert!(error.message().contains("no managed identity here"));
    }
}

#[tokio::test]
async fn an_identity_that_is_not_assigned_is_told() {
    let refused = || Answer::Raw(400, "", "{\"error\":\"canary\"}".into());
    let service = Service::answering([refused(), refused()]).await;
    let host = service.origin();
    let env = [
        ("AZURE_POD_IDENTITY_AUTHORITY_HOST", host.as_str()),
        ("AZURE_CLIENT_ID", CLIENT),
    ];
    let error = managed(&service, None, &env)
        .await
        .unwrap()
        .token(None, false)
        .await
        .err()
        .unwrap();
    assert_eq!(error.code(), ErrorCode::SignInFailed);
    assert!(error.cause().unwrap().contains(CLIENT));
    assert!(!error.to_json().to_string().contains("canary"));
}

#[tokio::test]
async fn a_challenge_cannot_be_answered() {
    let service = Service::answering([]).await;
    let endpoint = format!("{}/msi/token", service.origin());
    let env = [
        ("IDENTITY_ENDPOINT", endpoint.as_str()),
        ("IDENTITY_HEADER", "h"),
    ];
    let source = managed(&service, None, &env).await.unwrap();
    let error = source.token(Some("{}"), true).await.err().unwrap();
    assert_eq!(error.code(), ErrorCode::TokenRefused);
    assert!(service.asked().is_empty());
}

#[tokio::test]
async fn arc_names_a_key_file_that_has_to_be_where_keys_are() {
    for realm in [
        "/etc/passwd",
        "/var/opt/azcmagent/tokens/../x.key",
        "/var/opt/azcmagent/tokens/x.txt",
        "x.key",
    ] {
        let header: &'static str =
            Box::leak(format!("WWW-Authenticate: Basic realm={realm}\r\n").into_boxed_str());
        let service = Service::answering([Answer::Raw(401, header, String::new())]).await;
        let url = Url::parse(&format!(
            "{}/metadata/identity/oauth2/token",
            service.origin()
        ))
        .unwrap();
        let source = managed(&service, Some(Place::Arc { url }), &[])
            .await
            .unwrap();
        let error = source.token(None, false).await.err().unwrap();
        assert_eq!(error.code(), ErrorCode::SignInFailed, "{realm}");
        assert!(
            error.message().contains("key file"),
            "{realm}: {}",
            error.message()
        );
        assert_eq!(service.asked().len(), 1);
    }
}

#[test]
fn a_key_file_is_short_and_in_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("1.key");
    std::fs::write(&path, "secret\n").unwrap();
    assert_eq!(key_in(folder.path(), &path).unwrap().expose(), "secret");
    std::fs::write(&path, "x".repeat(4097)).unwrap();
    assert!(key_in(folder.path(), &path).is_err());
    assert!(key_in(folder.path(), &folder.path().join("2.key")).is_err());
    assert!(key_in(Path::new("/elsewhere"), &path).is_err());
}
