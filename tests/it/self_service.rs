//! `self-service`: verdict, reasons and links.

use crate::support::{Lab, golden};
use serde_json::json;

#[test]
fn yes_no_and_unknown_are_0_10_and_11() {
    let lab = Lab::new();
    let yes = lab
        .run(["self-service", "ada.okafor@contoso.com", "-o", "json"])
        .code(0)
        .json();
    assert_eq!(yes["selfServiceReset"]["verdict"], "yes");
    assert_eq!(yes["selfServiceReset"]["gate"], 2);
    assert_eq!(
        yes["links"]["selfServiceReset"],
        "https://passwordreset.microsoftonline.com/?username=ada.okafor%40contoso.com"
    );
    let no = lab
        .run(["self-service", "bo.lindqvist@contoso.com", "-o", "json"])
        .code(10)
        .json();
    assert_eq!(no["selfServiceReset"]["verdict"], "no");
    assert!(
        !no["selfServiceReset"]["reasons"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    // Of ordinary users the tenant's own settings decide.
    lab.run(["self-service", "noor.haddad@contoso.com"])
        .code(11);
    lab.run(["self-service", "nobody@contoso.com"]).code(3);
    golden(
        "self_service/no.txt",
        &lab.run(["self-service", "bo.lindqvist@contoso.com"])
            .code(10)
            .transcript(),
    );
}

#[test]
fn it_says_the_same_as_the_check() {
    let lab = Lab::new();
    for user in [
        "ada.okafor",
        "bo.lindqvist",
        "dora.vega",
        "gus.lehmann",
        "chidi.maro",
        "hana.sato",
        "liam.ortiz",
    ] {
        let name = format!("{user}@contoso.com");
        let own = lab.run(["self-service", &name, "-o", "json"]).output();
        if own.code == 3 {
            continue;
        }
        let check = lab
            .run([
                "check-security-info",
                &name,
                "--require",
                "sspr",
                "-o",
                "json",
            ])
            .output();
        let (own, check) = (own.json(), check.json());
        let (own, check) = (
            &own["selfServiceReset"],
            &check["users"][0]["selfServiceReset"],
        );
        for key in ["verdict", "gate", "have", "policyAllowed", "reasons"] {
            assert_eq!(own[key], check[key], "{key} of {user}");
        }
    }
}

#[test]
fn oneself_without_a_name() {
    let lab = Lab::new();
    let own = lab.run(["self-service", "-o", "json"]).code(0).json();
    assert_eq!(own["user"]["userPrincipalName"], "ada.okafor@contoso.com");
    lab.run(["self-service"])
        .as_identity(crate::support::Identity::App)
        .code(2)
        .says("An app has no password to reset.");
}

#[test]
fn links_without_a_sign_in() {
    let lab = Lab::new().as_nobody();
    let report = lab
        .run([
            "self-service",
            "ada@contoso.com",
            "--cloud",
            "china",
            "-o",
            "json",
        ])
        .env("ADMIN_RESET_LOGIN_ENDPOINT", "")
        .env("ADMIN_RESET_GRAPH_ENDPOINT", "")
        .code(11)
        .json();
    assert_eq!(report["selfServiceReset"]["verdict"], "unknown");
    assert_eq!(
        report["links"]["selfServiceReset"],
        "https://passwordreset.activedirectory.windowsazure.cn"
    );
    assert_eq!(
        report["links"]["securityInfo"],
        "https://account.activedirectory.windowsazure.cn/PasswordReset/Register.aspx"
    );
    assert_eq!(report["user"]["userPrincipalName"], "ada@contoso.com");
}

#[cfg(unix)]
#[test]
fn the_browser_gets_the_link_and_a_phone_the_code() {
    use std::os::unix::fs::PermissionsExt;
    let lab = Lab::new();
    let browser = lab.write("browser", "#!/bin/sh\nprintf '%s' \"$1\" > opened.txt\n");
    std::fs::set_permissions(&browser, std::fs::Permissions::from_mode(0o700)).unwrap();
    let report = lab
        .run([
            "self-service",
            "ada.okafor@contoso.com",
            "--open",
            "-o",
            "json",
        ])
        .env("BROWSER", &browser)
        .env("PATH", "/usr/bin:/bin")
        .code(0)
        .json();
    assert_eq!(report["opened"], json!(true));
    for _ in 0..100 {
        if lab.files().contains(&"opened.txt".to_owned()) && !lab.read("opened.txt").is_empty() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert_eq!(
        lab.read("opened.txt"),
        report["links"]["selfServiceReset"].as_str().unwrap()
    );
    let output = lab
        .run(["self-service", "ada.okafor@contoso.com", "--qr"])
        .code(0);
    let rows = output
        .stdout
        .lines()
        .filter(|line| line.contains('█'))
        .count();
    assert!(rows > 15, "{output}");
    let plain = lab
        .run(["self-service", "ada.okafor@contoso.com", "--qr"])
        .env("LANG", "C")
        .code(0);
    assert!(
        plain.stdout.is_ascii() && plain.stdout.contains("####"),
        "{plain}"
    );
}
