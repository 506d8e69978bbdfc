//! Authentication methods.

use serde_json::{Value, json};

use super::{ADA, CHIDI, Desk, refused};

const AIKO: &str = "aiko.tan@contoso.com";
const PAULA: &str = "paula.nkemelu@contoso.com";
const NOOR: &str = "noor.haddad@contoso.com";
const BO: &str = "bo.lindqvist@contoso.com";

fn path(upn: &str, rest: &str) -> String {
    format!("/users/{upn}/authentication/{rest}")
}

#[test]
fn lists_are_polymorphic_or_of_one_kind() {
    let mut desk = Desk::new();
    let all = desk.get(ADA, &path(CHIDI, "methods"));
    assert_eq!(all.rows().len(), 4);
    assert_eq!(
        all.rows()[0]["@odata.type"],
        "#microsoft.graph.passwordAuthenticationMethod"
    );
    assert!(all.body["@microsoft.graph.tips"].is_string());
    let phones = desk.get(ADA, &path(CHIDI, "phoneMethods"));
    assert_eq!(
        phones.texts("phoneType"),
        ["mobile", "alternateMobile", "office"]
    );
    assert!(phones.rows()[0].get("@odata.type").is_none());
    assert!(
        desk.get(ADA, &path(CHIDI, "emailMethods"))
            .rows()
            .is_empty()
    );
    let one = desk.get(
        ADA,
        &path(CHIDI, "phoneMethods/e37fc753-ff3b-4958-9484-eaa9425c82bc"),
    );
    assert_eq!(one.body["phoneNumber"], "+1 4255550199x4321");
    refused(
        &desk.get(ADA, &path(CHIDI, "emailMethods/x")),
        404,
        "resourceNotFound",
    );
    refused(
        &desk.get(ADA, &path("nobody@contoso.com", "methods")),
        404,
        "resourceNotFound",
    );
    refused(
        &desk.get(ADA, &path(CHIDI, "methods?$top=1")),
        400,
        "BadRequest",
    );
    let future = desk.get(ADA, &path("dora.vega@contoso.com", "methods"));
    assert!(
        future
            .texts("@odata.type")
            .contains(&"#microsoft.graph.someFutureAuthenticationMethod")
    );
}

#[test]
fn reading_others_needs_scope_and_role() {
    let mut desk = Desk::new();
    refused(
        &desk.get(NOOR, &path(CHIDI, "methods")),
        403,
        "accessDenied",
    );
    assert_eq!(desk.get(NOOR, &path(NOOR, "methods")).status, 200);
    assert_eq!(desk.get(NOOR, "/me/authentication/methods").status, 200);
    assert_eq!(
        desk.get("greta.holm@contoso.com", &path(CHIDI, "methods"))
            .status,
        200
    );
    refused(
        &desk.get_with(ADA, &["User.Read.All"], &path(CHIDI, "methods")),
        403,
        "accessDenied",
    );
    refused(
        &desk.get_with(
            ADA,
            &["UserAuthenticationMethod.Read"],
            &path(CHIDI, "methods"),
        ),
        403,
        "accessDenied",
    );
    assert_eq!(
        desk.get_with(
            ADA,
            &["UserAuthMethod-Phone.Read.All"],
            &path(CHIDI, "phoneMethods")
        )
        .status,
        200
    );
    refused(
        &desk.get_with(
            ADA,
            &["UserAuthMethod-Phone.Read.All"],
            &path(CHIDI, "emailMethods"),
        ),
        403,
        "accessDenied",
    );
}

#[test]
fn the_authentication_administrator_sees_masked_numbers() {
    let mut desk = Desk::new();
    let seen = desk.get(AIKO, &path(CHIDI, "phoneMethods"));
    assert_eq!(seen.rows()[0]["phoneNumber"], "+1 XXXXXXXX00");
    let seen = desk.get(AIKO, &path(CHIDI, "methods"));
    assert_eq!(seen.rows()[1]["phoneNumber"], "+1 XXXXXXXX00");
}

#[test]
fn an_address_is_added_once_changed_and_removed() {
    let mut desk = Desk::new();
    let list = path(CHIDI, "emailMethods");
    let seen = desk.call(
        AIKO,
        "POST",
        &list,
        json!({"emailAddress": "chidi@fabrikam.example"}),
    );
    assert_eq!(
        (seen.status, &seen.body["emailAddress"]),
        (201, &json!("chidi@fabrikam.example"))
    );
    assert!(seen.body["createdDateTime"].is_null());
    assert_eq!(
        desk.call(
            AIKO,
            "POST",
            &list,
            json!({"emailAddress": "b@fabrikam.example"})
        )
        .status,
        400
    );
    let one = format!("{list}/3ddfcfc8-9383-446f-83cc-3ab9be4be18f");
    assert_eq!(
        desk.call(
            AIKO,
            "PATCH",
            &one,
            json!({"emailAddress": "c@fabrikam.example"})
        )
        .status,
        204
    );
    assert_eq!(
        desk.get(ADA, &list).texts("emailAddress"),
        ["c@fabrikam.example"]
    );
    assert_eq!(desk.call(AIKO, "DELETE", &one, Value::Null).status, 204);
    refused(
        &desk.call(AIKO, "DELETE", &one, Value::Null),
        404,
        "resourceNotFound",
    );
    assert_eq!(
        desk.call(AIKO, "POST", &list, json!({"emailAddress": "nonsense"}))
            .status,
        400
    );
    assert_eq!(
        desk.call(AIKO, "POST", &list, json!({"email": "b@c.de"}))
            .violations
            .len(),
        1
    );
}

#[test]
fn phones_keep_their_order() {
    let mut desk = Desk::new();
    let list = path(NOOR, "phoneMethods");
    let bo = path(BO, "phoneMethods");
    let add = |kind: &str, number: &str| json!({"phoneNumber": number, "phoneType": kind});
    refused(
        &desk.call(PAULA, "POST", &bo, add("alternateMobile", "+46 701740606")),
        400,
        "badRequest",
    );
    assert_eq!(
        desk.call(PAULA, "POST", &bo, add("mobile", "+46 701740605"))
            .status,
        201
    );
    assert_eq!(
        desk.call(PAULA, "POST", &bo, add("alternateMobile", "+46 701740606"))
            .status,
        201
    );
    refused(
        &desk.call(PAULA, "POST", &list, add("mobile", "+46 701740605")),
        400,
        "badRequest",
    );
    refused(
        &desk.call(PAULA, "POST", &list, add("office", "+46701740605")),
        400,
        "invalidPhoneNumber",
    );
    let mobile = format!("{bo}/3179e48a-750b-4051-897c-87b9720928f7");
    let alternate = format!("{bo}/b6332ec1-7057-4abe-9331-3d72feddfe41");
    let seen = desk.call(PAULA, "DELETE", &mobile, Value::Null);
    assert_eq!(
        seen.message(),
        "Cannot delete the default method while other methods are registered."
    );
    assert_eq!(
        desk.call(PAULA, "PATCH", &mobile, add("mobile", "+46 701740699"))
            .status,
        204
    );
    refused(
        &desk.call(PAULA, "PATCH", &mobile, add("office", "+46 701740699")),
        400,
        "badRequest",
    );
    assert_eq!(
        desk.call(PAULA, "PATCH", &alternate, add("alternateMobile", "+46 7"))
            .status,
        400
    );
    assert_eq!(
        desk.call(
            PAULA,
            "PATCH",
            &alternate,
            add("alternateMobile", "+46 701740611")
        )
        .status,
        200
    );
    assert_eq!(
        desk.call(
            PAULA,
            "POST",
            &format!("{mobile}/enableSmsSignIn"),
            Value::Null
        )
        .status,
        204
    );
    assert_eq!(desk.get(ADA, &mobile).body["smsSignInState"], "ready");
    assert_eq!(
        desk.call(PAULA, "DELETE", &alternate, Value::Null).status,
        204
    );
    assert_eq!(desk.call(PAULA, "DELETE", &mobile, Value::Null).status, 204);
}

#[test]
fn writing_follows_the_matrix_and_never_the_own_account() {
    let mut desk = Desk::new();
    let body = json!({"emailAddress": "x@fabrikam.example"});
    refused(
        &desk.call(AIKO, "POST", &path(BO, "emailMethods"), body.clone()),
        403,
        "accessDenied",
    );
    refused(
        &desk.call(
            "uma.keller@contoso.com",
            "POST",
            &path(CHIDI, "emailMethods"),
            body.clone(),
        ),
        403,
        "accessDenied",
    );
    refused(
        &desk.call(PAULA, "POST", &path(PAULA, "emailMethods"), body.clone()),
        403,
        "accessDenied",
    );
    refused(
        &desk.call(
            NOOR,
            "DELETE",
            "/me/authentication/emailMethods/3ddfcfc8-9383-446f-83cc-3ab9be4be18f",
            Value::Null,
        ),
        403,
        "accessDenied",
    );
    let seen = desk.call(
        PAULA,
        "POST",
        &path("rhea.stone@contoso.com", "emailMethods"),
        body.clone(),
    );
    assert!(seen.message().contains("restricted management"));
    let app = desk.app();
    assert_eq!(
        desk.call_as(&app, "POST", &path(BO, "emailMethods"), body)
            .status,
        201
    );
}

#[test]
fn keys_and_apps_can_be_deleted_but_not_the_password() {
    let mut desk = Desk::new();
    let id = desk.id(ADA);
    let key = path(&id, "fido2Methods/_5HZsXk2o9fY7c0-JmTt1w2");
    refused(
        &desk.call(ADA, "DELETE", &key, Value::Null),
        403,
        "accessDenied",
    );
    assert_eq!(desk.call(BO, "DELETE", &key, Value::Null).status, 204);
    assert!(desk.get(ADA, &path(&id, "fido2Methods")).rows().is_empty());
    let password = path(&id, "passwordMethods/28c10230-6103-485e-b985-444c60001490");
    assert_eq!(desk.call(BO, "DELETE", &password, Value::Null).status, 405);
    let whole = path(&id, "methods/28c10230-6103-485e-b985-444c60001490");
    assert_eq!(desk.call(BO, "DELETE", &whole, Value::Null).status, 405);
}
