//! Which source is chosen, and that no other is taken when one is broken.

use super::service::{CLIENT, GRAPH, Service, TENANT, console, jwt};
use crate::auth::{Ask, TokenSource, source};
use crate::cli::GlobalArgs;
use crate::error::{Error, ErrorCode, Result};
use crate::http::{Transport, Watch};
use crate::settings::Auth;
use serde_json::json;
use std::rc::Rc;
use std::time::{SystemTime, UNIX_EPOCH};

async fn choose(args: GlobalArgs, env: &[(&str, &str)]) -> Result<Box<dyn TokenSource>> {
    let settings = Service::answering([]).await.settings(args, env);
    let transport = Rc::new(Transport::new(&settings, Watch::default()).unwrap());
    source(
        &settings,
        transport,
        console(),
        Ask {
            scopes: &["User.Read"],
        },
    )
}

async fn refused(args: GlobalArgs, env: &[(&str, &str)]) -> Error {
    choose(args, env).await.err().unwrap()
}

fn by(auth: Auth) -> GlobalArgs {
    GlobalArgs {
        auth: Some(auth),
        ..GlobalArgs::default()
    }
}

const APP: [(&str, &str); 3] = [
    ("AZURE_TENANT_ID", TENANT),
    ("AZURE_CLIENT_ID", CLIENT),
    ("AZURE_CLIENT_SECRET", "canary"),
];

#[tokio::test]
async fn complete_credentials_are_taken() {
    for (args, env) in [
        (GlobalArgs::default(), &APP[..]),
        (by(Auth::Secret), &APP[..]),
        (
            GlobalArgs {
                tenant: Some("contoso.com".into()),
                client_id: Some(CLIENT.into()),
                ..GlobalArgs::default()
            },
            &APP[2..],
        ),
        (
            GlobalArgs::default(),
            &[("ADMIN_RESET_TOKEN", "opaque")][..],
        ),
        (by(Auth::Token), &[("ADMIN_RESET_TOKEN", "opaque")][..]),
        (by(Auth::Browser), &APP[..2]),
        (
            GlobalArgs {
                client_id: Some("graph-cli".into()),
                ..by(Auth::DeviceCode)
            },
            &[][..],
        ),
    ] {
        assert!(choose(args, env).await.is_ok());
    }
}

#[tokio::test]
async fn half_a_credential_names_what_is_missing() {
    for (args, env, name) in [
        (GlobalArgs::default(), &APP[..2], "AZURE_CLIENT_SECRET"),
        (GlobalArgs::default(), &APP[1..], "AZURE_TENANT_ID"),
        (
            GlobalArgs::default(),
            &[APP[0], APP[2]][..],
            "AZURE_CLIENT_ID",
        ),
        (by(Auth::Secret), &[], "AZURE_CLIENT_SECRET"),
        (by(Auth::Token), &APP[..], "ADMIN_RESET_TOKEN"),
        (
            GlobalArgs::default(),
            &[APP[0], APP[1], ("AZURE_CLIENT_SECRET", " \n")][..],
            "AZURE_CLIENT_SECRET",
        ),
    ] {
        let error = refused(args, env).await;
        assert_eq!(error.code(), ErrorCode::BadConfig);
        assert!(
            error.message().contains(name) && !error.to_json().to_string().contains("canary"),
            "{name}: {}",
            error.message()
        );
    }
}

#[tokio::test]
async fn an_app_needs_one_tenant() {
    for tenant in ["common", "Organizations"] {
        let error = refused(
            GlobalArgs {
                tenant: Some(tenant.into()),
                ..GlobalArgs::default()
            },
            &APP[1..],
        )
        .await;
        assert_eq!(error.code(), ErrorCode::BadConfig);
    }
}

#[tokio::test]
async fn a_broken_credential_is_not_replaced_by_the_next_one() {
    // Each of these is broken, and behind each stands a secret that would work.
    for (variables, named) in [
        (
            &[("AZURE_CLIENT_CERTIFICATE_PATH", "/nonexistent.pem")][..],
            "/nonexistent.pem",
        ),
        (
            &[
                ("ACTIONS_ID_TOKEN_REQUEST_URL", "http://evil.example/x?y=1"),
                ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "canary"),
            ][..],
            "ACTIONS_ID_TOKEN_REQUEST_URL",
        ),
        (
            &[
                ("SYSTEM_OIDCREQUESTURI", "ftp://127.0.0.1/x"),
                ("SYSTEM_ACCESSTOKEN", "canary"),
            ][..],
            "SYSTEM_OIDCREQUESTURI",
        ),
    ] {
        let env: Vec<_> = APP.iter().chain(variables).copied().collect();
        let error = refused(GlobalArgs::default(), &env).await;
        assert_eq!(error.code(), ErrorCode::BadConfig);
        assert!(error.message().contains(named), "{}", error.message());
        assert!(!error.to_json().to_string().contains("canary"));
    }
    // A file that is not there is found out when the token is asked for, since it may come later.
    let env: Vec<_> = APP
        .iter()
        .copied()
        .chain([("AZURE_FEDERATED_TOKEN_FILE", "/nonexistent")])
        .collect();
    let source = choose(GlobalArgs::default(), &env).await.unwrap();
    assert_eq!(source.way(), "federated");
    let error = source.token(None, false).await.err().unwrap();
    assert!(error.message().contains("/nonexistent"));
}

#[tokio::test]
async fn the_order_of_auto() {
    let folder = tempfile::tempdir().unwrap();
    let pem = folder.path().join("app.pem");
    std::fs::write(&pem, crate::auth::certificate::tests::PEM).unwrap();
    let pem = pem.to_str().unwrap();
    let github = [
        (
            "ACTIONS_ID_TOKEN_REQUEST_URL",
            "https://issuer.example/x?y=1",
        ),
        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "t"),
    ];
    let identity = [
        ("IDENTITY_ENDPOINT", "http://127.0.0.1:1/msi/token"),
        ("IDENTITY_HEADER", "h"),
    ];
    let (ready, file, certificate) = (
        ("ADMIN_RESET_TOKEN", "opaque"),
        ("AZURE_FEDERATED_TOKEN_FILE", "/x"),
        ("AZURE_CLIENT_CERTIFICATE_PATH", pem),
    );
    let mut env: Vec<(&str, &str)> = APP.to_vec();
    env.extend(identity);
    env.extend(github);
    env.extend([ready, file, certificate]);
    for (way, gone) in [
        ("token", "ADMIN_RESET_TOKEN"),
        ("federated", "AZURE_FEDERATED_TOKEN_FILE"),
        ("federated", "ACTIONS_ID_TOKEN_REQUEST_URL"),
        // Half of what GitHub sets does not hide the credentials after it.
        ("certificate", "AZURE_CLIENT_CERTIFICATE_PATH"),
        ("secret", "AZURE_CLIENT_SECRET"),
        ("managed-identity", "IDENTITY_ENDPOINT"),
    ] {
        let source = choose(GlobalArgs::default(), &env).await.unwrap();
        assert_eq!(source.way(), way, "with {env:?}");
        env.retain(|(name, _)| *name != gone);
    }
    let error = refused(GlobalArgs::default(), &env).await;
    assert!(
        error.message().contains("ACTIONS_ID_TOKEN_REQUEST_URL"),
        "{}",
        error.message()
    );
}

#[tokio::test]
async fn what_every_job_has_is_meant_for_us_only_when_an_app_was_named() {
    let github = [
        (
            "ACTIONS_ID_TOKEN_REQUEST_URL",
            "https://issuer.example/x?y=1",
        ),
        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "t"),
    ];
    let error = refused(GlobalArgs::default(), &github).await;
    assert_eq!(error.code(), ErrorCode::NotSignedIn);
    let named = [github[0], github[1], APP[1]];
    let error = refused(GlobalArgs::default(), &named).await;
    assert_eq!(error.code(), ErrorCode::BadConfig);
    assert!(error.message().contains("AZURE_TENANT_ID"));
}

#[tokio::test]
async fn azure_devops_tells_client_and_tenant_by_its_own_names() {
    let env = [
        ("SYSTEM_OIDCREQUESTURI", "https://dev.example/oidc"),
        ("SYSTEM_ACCESSTOKEN", "t"),
        ("AZURESUBSCRIPTION_CLIENT_ID", CLIENT),
        ("AZURESUBSCRIPTION_TENANT_ID", TENANT),
        ("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", "c"),
    ];
    assert_eq!(
        choose(by(Auth::Federated), &env).await.unwrap().way(),
        "federated"
    );
    let error = refused(by(Auth::Federated), &env[..1]).await;
    assert!(error.message().contains("SYSTEM_ACCESSTOKEN"));
    assert!(error.remedy().contains("$(System.AccessToken)"));
}

#[tokio::test]
async fn a_machine_is_asked_only_at_its_own_addresses() {
    for (url, header) in [
        ("http://evil.example/msi", Some("h")),
        ("https://127.0.0.1/msi", Some("h")),
        ("http://127.0.0.1:1/msi", None),
    ] {
        let mut env = vec![("IDENTITY_ENDPOINT", url)];
        env.extend(header.map(|header| ("IDENTITY_HEADER", header)));
        for auth in [Auth::Auto, Auth::ManagedIdentity] {
            let error = refused(by(auth), &env).await;
            assert_eq!(
                error.code(),
                ErrorCode::BadConfig,
                "{url} {}",
                error.message()
            );
        }
    }
}

#[tokio::test]
async fn nobody_to_ask_is_exit_4_and_no_silent_device_code() {
    let error = refused(
        GlobalArgs {
            client_id: Some(CLIENT.into()),
            ..GlobalArgs::default()
        },
        &[],
    )
    .await;
    assert_eq!(
        (error.code(), error.exit().code()),
        (ErrorCode::NotSignedIn, 4)
    );
    assert!(
        error.remedy().contains("ADMIN_RESET_TOKEN")
            && error.remedy().contains("admin-reset login")
            && error.remedy().contains("--auth device-code")
    );
}

#[tokio::test]
async fn a_person_without_client_id_is_told_both_ways() {
    for auth in [Auth::Browser, Auth::DeviceCode] {
        let error = refused(by(auth), &[]).await;
        assert_eq!((error.code(), error.exit().code()), (ErrorCode::Usage, 2));
        assert!(
            error.remedy().contains("setup-app")
                && error.remedy().contains("--client-id graph-cli")
        );
    }
}

fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs()
}

#[tokio::test]
async fn a_ready_token_is_looked_at_before_it_is_sent() {
    let named = || GlobalArgs {
        tenant: Some(TENANT.into()),
        ..GlobalArgs::default()
    };
    let foreign_tenant = jwt(&json!({"tid": "99999999-2222-4333-8444-555555555555"}));
    let error = refused(named(), &[("ADMIN_RESET_TOKEN", &foreign_tenant)]).await;
    assert_eq!(error.code(), ErrorCode::SignInFailed);
    let foreign_service = jwt(&json!({"aud": "https://vault.azure.net", "tid": TENANT}));
    let error = refused(named(), &[("ADMIN_RESET_TOKEN", &foreign_service)]).await;
    assert_eq!(error.code(), ErrorCode::SignInFailed);
    assert!(error.cause().unwrap().contains("vault.azure.net"));
    assert!(!error.to_json().to_string().contains(&foreign_service));
}

#[tokio::test]
async fn a_ready_token_is_given_out_as_it_is_and_never_renewed() {
    let ready = jwt(
        &json!({"aud": "https://graph.microsoft.com/", "tid": TENANT, "exp": now() + 600, "roles": ["User.Read.All"]}),
    );
    let tokens = choose(
        GlobalArgs::default(),
        &[("ADMIN_RESET_TOKEN", &format!("{ready}\n"))],
    )
    .await
    .unwrap();
    let token = tokens.token(None, false).await.unwrap();
    assert_eq!(
        (token.secret.expose(), token.origin.to_string()),
        (ready.as_str(), GRAPH.to_owned())
    );
    assert_eq!(token.claims.app_only, Some(true));
    for (claims, fresh) in [(Some("{}"), false), (None, true), (Some("{}"), true)] {
        assert_eq!(
            tokens.token(claims, fresh).await.err().unwrap().code(),
            ErrorCode::NotSignedIn
        );
    }
}

#[tokio::test]
async fn an_expired_ready_token_is_no_sign_in() {
    for exp in [0, now() - 3600] {
        let tokens = choose(
            GlobalArgs::default(),
            &[("ADMIN_RESET_TOKEN", &jwt(&json!({"exp": exp})))],
        )
        .await
        .unwrap();
        let error = tokens.token(None, false).await.err().unwrap();
        assert_eq!(error.code(), ErrorCode::NotSignedIn);
        assert!(error.message().contains("expired"));
    }
    for exp in [now() - 60, u64::MAX] {
        let tokens = choose(
            GlobalArgs::default(),
            &[("ADMIN_RESET_TOKEN", &jwt(&json!({"exp": exp})))],
        )
        .await
        .unwrap();
        assert!(tokens.token(None, false).await.is_ok(), "{exp}");
    }
}
