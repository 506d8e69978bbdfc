//! Temporary Access Passes.

use serde_json::{Value, json};

use super::{ADA, CHIDI, Desk, NOW, refused};

const AIKO: &str = "aiko.tan@contoso.com";
const PAULA: &str = "paula.nkemelu@contoso.com";

fn path(upn: &str, rest: &str) -> String {
    format!("/users/{upn}/authentication/{rest}")
}

#[test]
fn an_access_pass_is_shown_once_and_replaced_by_the_next() {
    let mut desk = Desk::new();
    let list = path(CHIDI, "temporaryAccessPassMethods");
    let first = desk.call(
        AIKO,
        "POST",
        &list,
        json!({"isUsableOnce": true, "lifetimeInMinutes": 60}),
    );
    assert_eq!(
        (first.status, &first.body["isUsable"]),
        (201, &json!(true)),
        "{first:?}"
    );
    let code = first.body["temporaryAccessPass"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(code.len(), 8);
    assert!(!desk.tenant.to_state().to_string().contains(&code));
    let seen = desk.get(ADA, &list);
    assert!(seen.rows()[0]["temporaryAccessPass"].is_null());
    let later = desk.call(
        AIKO,
        "POST",
        &list,
        json!({"startDateTime": "2026-11-20T11:00:00Z"}),
    );
    assert_eq!(
        (
            &later.body["isUsable"],
            &later.body["methodUsabilityReason"]
        ),
        (&json!(false), &json!("NotYetValid"))
    );
    let seen = desk.get(ADA, &list);
    assert_eq!(seen.rows().len(), 1);
    assert_ne!(seen.rows()[0]["id"], first.body["id"]);
    desk.now = NOW + 24 * 3_600_000;
    assert_eq!(
        desk.get(ADA, &list).rows()[0]["methodUsabilityReason"],
        "Expired"
    );
    let id = seen.rows()[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(
        desk.call(AIKO, "PATCH", &format!("{list}/{id}"), json!({}))
            .status,
        405
    );
    assert_eq!(
        desk.call(AIKO, "DELETE", &format!("{list}/{id}"), Value::Null)
            .status,
        204
    );
}

#[test]
fn access_passes_have_limits() {
    let mut desk = Desk::new();
    let list = path(CHIDI, "temporaryAccessPassMethods");
    for minutes in [5, 30, 481, 50_000] {
        refused(
            &desk.call(AIKO, "POST", &list, json!({"lifetimeInMinutes": minutes})),
            400,
            "badRequest",
        );
    }
    refused(
        &desk.call(
            AIKO,
            "POST",
            &path(AIKO, "temporaryAccessPassMethods"),
            json!({}),
        ),
        403,
        "accessDenied",
    );
    let guest = "liam.ortiz_fabrikam.example%23EXT%23@contoso.onmicrosoft.com";
    let seen = desk.call(
        PAULA,
        "POST",
        &path(guest, "temporaryAccessPassMethods"),
        json!({}),
    );
    assert_eq!(
        seen.message(),
        "Temporary Access Pass cannot be added to an external guest user."
    );
    desk.tenant.methods_policy["authenticationMethodConfigurations"][0]["state"] =
        json!("disabled");
    let seen = desk.call(PAULA, "POST", &list, json!({}));
    assert!(
        seen.message()
            .starts_with("Converged UserCredentialPolicy does not allow")
    );
}

#[test]
fn an_access_pass_opens_the_account_while_it_lives_and_a_one_time_pass_once() {
    use super::super::super::tenant::SignIn;
    let mut desk = Desk::new();
    let list = path(CHIDI, "temporaryAccessPassMethods");
    let code = |desk: &mut Desk, body: Value| {
        let made = desk.call(AIKO, "POST", &list, body);
        made.body["temporaryAccessPass"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let often = code(&mut desk, json!({"isUsableOnce": false}));
    for at in [NOW + 1, NOW + 2] {
        let answer = desk.tenant.sign_in(CHIDI, &often, at);
        assert!(matches!(answer, SignIn::Pass { .. }), "{answer:?}");
    }
    let answer = desk.tenant.sign_in(CHIDI, &often, NOW + 3_600_001);
    assert_eq!(answer, SignIn::WrongPassword);
    let once = code(&mut desk, json!({"isUsableOnce": true}));
    assert_eq!(
        desk.tenant.sign_in(CHIDI, &often, NOW + 3),
        SignIn::WrongPassword,
        "the pass before it is replaced"
    );
    let answer = desk.tenant.sign_in(CHIDI, &once, NOW + 4);
    assert!(matches!(answer, SignIn::Pass { .. }), "{answer:?}");
    assert_eq!(
        desk.tenant.sign_in(CHIDI, &once, NOW + 5),
        SignIn::WrongPassword
    );
    assert_eq!(
        desk.get(ADA, &list).rows()[0]["methodUsabilityReason"],
        "OneTimeUsed"
    );
}
