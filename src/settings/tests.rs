//! Precedence, contradictions, and what the environment alone may decide.

use super::*;

fn resolve(args: GlobalArgs, env: &[(&str, &str)]) -> Result<Settings> {
    Settings::resolve(&args, Env::of(env))
}

#[test]
fn a_flag_beats_the_environment() {
    let args = GlobalArgs {
        tenant: Some("a.example".into()),
        ..GlobalArgs::default()
    };
    let settings = resolve(args, &[("AZURE_TENANT_ID", "b.example")]).unwrap();
    let (tenant, from) = settings.tenant.unwrap();
    assert_eq!((tenant.as_str(), from), ("a.example", Given::Flag));
}

#[test]
fn a_foreign_endpoint_from_the_environment_alone_is_refused() {
    let error = resolve(
        GlobalArgs::default(),
        &[("ADMIN_RESET_GRAPH_ENDPOINT", "https://evil.example")],
    )
    .err()
    .unwrap();
    assert_eq!(error.code(), ErrorCode::BadConfig);
    let settings = resolve(
        GlobalArgs::default(),
        &[("ADMIN_RESET_GRAPH_ENDPOINT", "http://127.0.0.1:8080")],
    )
    .unwrap();
    assert_eq!(
        settings.endpoints.graph.to_string(),
        "http://127.0.0.1:8080"
    );
    let args = GlobalArgs {
        graph_endpoint: Some("https://emulator.example".into()),
        ..GlobalArgs::default()
    };
    assert!(resolve(args, &[]).unwrap().endpoints.custom);
}

#[test]
fn authority_host_chooses_the_cloud() {
    let settings = resolve(
        GlobalArgs::default(),
        &[("AZURE_AUTHORITY_HOST", "https://login.microsoftonline.us/")],
    )
    .unwrap();
    assert_eq!(
        settings.endpoints.graph.to_string(),
        "https://graph.microsoft.us"
    );
    assert!(!settings.endpoints.custom);
}

#[test]
fn a_built_in_host_belongs_to_its_cloud() {
    use crate::http::cloud::Cloud;
    let with =
        |cloud: Option<Cloud>, login: Option<&str>, graph: Option<&str>, env: &[(&str, &str)]| {
            let args = GlobalArgs {
                cloud,
                login_endpoint: login.map(str::to_owned),
                graph_endpoint: graph.map(str::to_owned),
                ..GlobalArgs::default()
            };
            resolve(args, env).map(|settings| settings.endpoints)
        };
    let azure = |host| [("AZURE_AUTHORITY_HOST", host)];
    // The SDKs' name of the sign-in service in China is another one than Microsoft's pages have now.
    let china = with(None, None, None, &azure("https://login.chinacloudapi.cn")).unwrap();
    assert_eq!(china, Endpoints::of(Cloud::China));
    let by_flag = with(None, Some("https://login.microsoftonline.us"), None, &[]).unwrap();
    assert_eq!(by_flag, Endpoints::of(Cloud::UsGov));
    let dod = with(None, None, Some("https://dod-graph.microsoft.us"), &[]).unwrap();
    assert_eq!(dod, Endpoints::of(Cloud::UsGovDod));
    // What was said with more weight wins whole.
    let flag = with(
        Some(Cloud::China),
        None,
        None,
        &azure("https://login.microsoftonline.us"),
    );
    assert_eq!(flag.unwrap(), Endpoints::of(Cloud::China));
    // The sign-in service of the two government clouds is one.
    let shared = with(
        Some(Cloud::UsGovDod),
        Some("https://login.microsoftonline.us"),
        None,
        &[],
    );
    assert_eq!(shared.unwrap(), Endpoints::of(Cloud::UsGovDod));
    for (cloud, login, graph) in [
        (
            Some(Cloud::China),
            Some("https://login.microsoftonline.com"),
            None,
        ),
        (
            Some(Cloud::Global),
            None,
            Some("https://graph.microsoft.us"),
        ),
        (
            None,
            Some("https://login.microsoftonline.us"),
            Some("https://microsoftgraph.chinacloudapi.cn"),
        ),
    ] {
        let error = with(cloud, login, graph, &[]).unwrap_err();
        assert_eq!(error.exit().code(), 2);
        assert!(
            error.message().contains("does not belong"),
            "{}",
            error.message()
        );
    }
    // An emulated cloud goes by the rules of the one that is named.
    let emulated = with(Some(Cloud::China), None, Some("http://127.0.0.1:8180"), &[]).unwrap();
    assert!(emulated.custom && emulated.cloud == Cloud::China);
}

#[test]
fn client_ids_are_guids_or_the_word() {
    let args = GlobalArgs {
        client_id: Some("graph-cli".into()),
        ..GlobalArgs::default()
    };
    assert_eq!(
        resolve(args, &[]).unwrap().client_id.unwrap().0,
        GRAPH_CLI_CLIENT_ID
    );
    let args = GlobalArgs {
        client_id: Some("my app".into()),
        ..GlobalArgs::default()
    };
    assert!(resolve(args, &[]).is_err());
}

#[test]
fn an_unknown_profile_is_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("config.toml"),
        "[profile.work]\ntenant = \"contoso.com\"\n",
    )
    .unwrap();
    let env = [("ADMIN_RESET_CONFIG_DIR", folder.path().to_str().unwrap())];
    let error = resolve(
        GlobalArgs {
            profile: Some("home".into()),
            ..GlobalArgs::default()
        },
        &env,
    )
    .err()
    .unwrap();
    assert!(error.remedy().contains("work"));
    let settings = resolve(
        GlobalArgs {
            profile: Some("work".into()),
            ..GlobalArgs::default()
        },
        &env,
    )
    .unwrap();
    assert_eq!(settings.tenant.unwrap().1, Given::Profile);
}
