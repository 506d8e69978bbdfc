//! Tokens of other issuers and of the Azure CLI: what is asked, what is passed on, and what an error tells.

use super::service::{Answer, Asked, CLIENT, Service, TENANT, console, jwt, refused, token};
use crate::auth::{Ask, TokenSource, source};
use crate::cli::GlobalArgs;
use crate::error::{ErrorCode, Result};
use crate::http::{Transport, Watch};
use crate::settings::Auth;
use serde_json::json;
use std::rc::Rc;

fn by(service: &Service, auth: Auth, env: &[(&str, &str)]) -> Result<Box<dyn TokenSource>> {
    let args = GlobalArgs {
        auth: Some(auth),
        ..GlobalArgs::default()
    };
    let settings = service.settings(args, env);
    let transport = Rc::new(Transport::new(&settings, Watch::default()).unwrap());
    source(&settings, transport, console(), Ask { scopes: &[] })
}

fn assertion(subject: &str) -> String {
    jwt(
        &json!({"iss": "https://issuer.example", "sub": subject, "aud": "api://AzureADTokenExchange"}),
    )
}

fn presented(asked: &Asked) -> &str {
    assert_eq!(
        asked.field("client_assertion_type"),
        Some("urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
    );
    assert_eq!(asked.field("client_secret"), None);
    asked.field("client_assertion").unwrap()
}

#[tokio::test]
async fn github_is_asked_for_a_new_assertion_each_time() {
    let value = |subject: &str| Answer::Json(200, json!({"value": assertion(subject)}));
    let service = Service::answering([value("one"), token("t1"), value("two"), token("t2")]).await;
    let url = format!("{}/oidc?api-version=2", service.origin());
    let env = [
        ("AZURE_CLIENT_ID", CLIENT),
        ("AZURE_TENANT_ID", TENANT),
        ("ACTIONS_ID_TOKEN_REQUEST_URL", url.as_str()),
        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "canary-request"),
    ];
    let source = by(&service, Auth::Auto, &env).unwrap();
    assert_eq!(
        source.token(None, false).await.unwrap().secret.expose(),
        "t1"
    );
    assert_eq!(
        source.token(None, true).await.unwrap().secret.expose(),
        "t2"
    );
    let asked = service.asked();
    assert_eq!(
        asked[0].path,
        "/oidc?api-version=2&audience=api%3A%2F%2FAzureADTokenExchange"
    );
    assert_eq!(
        asked[0].header("authorization"),
        Some("Bearer canary-request")
    );
    assert_eq!(presented(&asked[1]), assertion("one"));
    assert_eq!(asked[1].header("authorization"), None);
    assert_eq!(presented(&asked[3]), assertion("two"));
}

#[tokio::test]
async fn azure_devops_is_asked_for_the_service_connection() {
    let answer = Answer::Json(200, json!({"oidcToken": assertion("sc")}));
    let service = Service::answering([answer, token("t")]).await;
    let url = format!("{}/org/oidctoken", service.origin());
    let env = [
        ("AZURESUBSCRIPTION_CLIENT_ID", CLIENT),
        ("AZURESUBSCRIPTION_TENANT_ID", TENANT),
        ("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", "connection 1"),
        ("SYSTEM_OIDCREQUESTURI", url.as_str()),
        ("SYSTEM_ACCESSTOKEN", "canary-access"),
    ];
    by(&service, Auth::Federated, &env)
        .unwrap()
        .token(None, false)
        .await
        .unwrap();
    let asked = service.asked();
    assert_eq!(
        asked[0].path,
        "/org/oidctoken?api-version=7.1&serviceConnectionId=connection+1"
    );
    assert_eq!(asked[0].header("content-length"), Some("0"));
    assert_eq!(asked[0].header("x-tfs-fedauthredirect"), Some("Suppress"));
    assert_eq!(
        asked[0].header("authorization"),
        Some("Bearer canary-access")
    );
    assert_eq!(presented(&asked[1]), assertion("sc"));
}

#[tokio::test]
async fn a_redirect_of_the_issuer_is_not_followed() {
    let elsewhere = Service::answering([]).await;
    let to: &'static str =
        Box::leak(format!("Location: {}/x\r\n", elsewhere.origin()).into_boxed_str());
    let service = Service::answering([Answer::Raw(302, to, String::new())]).await;
    let url = format!("{}/oidc?x=1", service.origin());
    let env = [
        ("AZURE_CLIENT_ID", CLIENT),
        ("AZURE_TENANT_ID", TENANT),
        ("ACTIONS_ID_TOKEN_REQUEST_URL", url.as_str()),
        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "canary-request"),
    ];
    let error = by(&service, Auth::Federated, &env)
        .unwrap()
        .token(None, false)
        .await
        .err()
        .unwrap();
    assert_eq!(
        (error.code(), error.said().http_status),
        (ErrorCode::SignInFailed, Some(302))
    );
    assert!(elsewhere.asked().is_empty());
    assert!(!error.to_json().to_string().contains("canary"));
}

#[tokio::test]
async fn a_token_file_is_read_each_time_and_a_mismatch_shows_what_was_presented() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    let service = Service::answering([token("t"), refused(401, "invalid_client", 700_213)]).await;
    let env = [
        ("AZURE_CLIENT_ID", CLIENT),
        ("AZURE_TENANT_ID", TENANT),
        ("AZURE_FEDERATED_TOKEN_FILE", path.to_str().unwrap()),
    ];
    let source = by(&service, Auth::Auto, &env).unwrap();
    std::fs::write(&path, format!("{}\n", assertion("first"))).unwrap();
    source.token(None, false).await.unwrap();
    let second = assertion("system:serviceaccount:ns:sa");
    std::fs::write(&path, &second).unwrap();
    let error = source.token(None, true).await.err().unwrap();
    assert_eq!(presented(&service.asked()[0]), assertion("first"));
    assert_eq!(error.code(), ErrorCode::SignInFailed);
    for words in [
        "https://issuer.example",
        "system:serviceaccount:ns:sa",
        "api://AzureADTokenExchange",
    ] {
        assert!(error.remedy().contains(words), "{}", error.remedy());
    }
    assert!(!error.to_json().to_string().contains(&second));
    for text in ["", "two words", "\n"] {
        std::fs::write(&path, text).unwrap();
        let error = source.token(None, true).await.err().unwrap();
        assert_eq!(error.code(), ErrorCode::BadConfig);
    }
}

#[cfg(unix)]
mod azure_cli {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn script(folder: &std::path::Path, text: &str) {
        let path = folder.join("az");
        std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
    }

    async fn asked(text: &str) -> Result<crate::auth::AccessToken> {
        let folder = tempfile::tempdir().unwrap();
        script(folder.path(), text);
        let service = Service::answering([]).await;
        let path = format!("{}:/usr/bin:/bin", folder.path().display());
        let env = [
            ("PATH", path.as_str()),
            ("HOME", folder.path().to_str().unwrap()),
            ("AZURE_TENANT_ID", TENANT),
            ("AZURE_CLIENT_SECRET", "canary-secret"),
            ("ADMIN_RESET_TOKEN", "canary-token"),
        ];
        let source = by(&service, Auth::AzureCli, &env)?;
        assert_eq!(source.way(), "azure-cli");
        let token = source.token(None, false).await?;
        let error = source.token(Some("{}"), true).await.err().unwrap();
        assert_eq!(error.code(), ErrorCode::TokenRefused);
        assert!(error.remedy().contains("az login"));
        Ok(token)
    }

    #[tokio::test]
    async fn its_token_is_taken_and_it_gets_no_credential() {
        let text = r#"[ "$*" = "account get-access-token --output json --scope http://127.0.0.1:9/.default --tenant 11111111-2222-4333-8444-555555555555" ] || { echo "$*" >&2; exit 3; }
env | grep -q canary && exit 4
read line && exit 5
echo '{"accessToken":"opaque","expires_on":4102444800,"tenant":"t","tokenType":"Bearer"}'"#;
        assert_eq!(asked(text).await.unwrap().secret.expose(), "opaque");
    }

    #[tokio::test]
    async fn its_own_words_are_shown_when_it_fails() {
        let error = asked("echo 'Please run az login.' >&2; exit 1")
            .await
            .err()
            .unwrap();
        assert_eq!(error.exit().code(), 4);
        assert!(error.cause().unwrap().contains("Please run az login"));
        let error = asked("echo canary-output").await.err().unwrap();
        assert!(error.message().contains("not understood"));
        assert!(!error.to_json().to_string().contains("canary"));
        let foreign = jwt(&json!({"aud": "https://vault.azure.net"}));
        let error = asked(&format!("echo '{{\"accessToken\":\"{foreign}\"}}'"))
            .await
            .err()
            .unwrap();
        assert!(error.message().contains("another service"));
    }

    #[tokio::test]
    async fn the_current_folder_is_never_searched() {
        let service = Service::answering([]).await;
        for path in ["", ".", "bin:."] {
            let error = by(&service, Auth::AzureCli, &[("PATH", path)])
                .err()
                .unwrap();
            assert!(error.message().contains("not found"), "{path}");
        }
    }
}
