//! Reading users.

use super::{ADA, CHIDI, Desk, NOW, refused};

#[test]
fn a_page_has_a_next_link_that_keeps_the_query_and_ends() {
    let mut desk = Desk::new();
    let mut target = "/users?$top=7&$select=id,userPrincipalName".to_owned();
    let mut found = Vec::new();
    loop {
        let seen = desk.get(ADA, &target);
        assert_eq!((seen.status, seen.violations.len()), (200, 0), "{seen:?}");
        found.extend(seen.texts("id").into_iter().map(str::to_owned));
        match seen.body["@odata.nextLink"].as_str() {
            Some(next) => {
                assert!(next.starts_with("http://127.0.0.1:4000/v1.0/users?$top=7&$select=id,userPrincipalName&$skiptoken="));
                next.clone_into(&mut target);
            }
            None => break,
        }
    }
    found.sort();
    let all = found.len();
    found.dedup();
    assert!(all > 25 && found.len() == all, "every user once");
    let stolen = target.split("$skiptoken=").nth(1).unwrap().to_owned();
    refused(
        &desk.get(ADA, &format!("/groups?$skiptoken={stolen}")),
        400,
        "Directory_ExpiredPageToken",
    );
}

#[test]
fn computed_users_are_listed_after_the_others_and_searchable() {
    let mut desk = Desk::new();
    desk.tenant.set_generated_users(5_000);
    let seen = desk.get(ADA, "/users?$top=999");
    assert_eq!(seen.rows().len(), 999);
    let one = desk.get(ADA, "/users/user4321@contoso.com");
    assert_eq!(one.body["displayName"], "User 4321");
    let mut target = "/users?$filter=startsWith(userPrincipalName,'user4321')".to_owned();
    let (mut pages, mut found) = (0, Vec::new());
    loop {
        let seen = desk.get(ADA, &target);
        pages += 1;
        found.extend(
            seen.texts("userPrincipalName")
                .into_iter()
                .map(str::to_owned),
        );
        match seen.body["@odata.nextLink"].as_str() {
            Some(next) => next.clone_into(&mut target),
            None => break,
        }
    }
    assert_eq!(found, ["user4321@contoso.com"]);
    assert!(pages > 1, "an empty page with a next link comes first");
}

#[test]
fn filters_need_what_the_documentation_says() {
    let mut desk = Desk::new();
    let phone = "/users?$filter=mobilePhone%20eq%20'%2B44%207700900101'";
    let seen = desk.get(ADA, phone);
    refused(&seen, 400, "Request_UnsupportedQuery");
    assert_eq!(
        seen.message(),
        "Unsupported or invalid query filter clause specified for property 'mobilePhone' of resource 'User'."
    );
    assert_eq!(seen.violations.len(), 1);
    let seen = desk.get_eventual(ADA, &format!("{phone}&$count=true&$select=id,mobilePhone"));
    assert_eq!(seen.body["@odata.count"], 1);
    assert_eq!(seen.texts("mobilePhone"), ["+44 7700900101"]);
    let mail = desk.get(
        ADA,
        "/users?$filter=otherMails/any(x:x%20eq%20'chidi@fabrikam.example')",
    );
    assert_eq!(mail.texts("userPrincipalName"), [CHIDI]);
    let alias = desk.get(
        ADA,
        "/users?$filter=proxyAddresses/any(p:p%20eq%20'SMTP:ADA@contoso.com')",
    );
    assert_eq!(alias.texts("userPrincipalName"), [ADA]);
    refused(
        &desk.get(ADA, "/users?$count=true"),
        400,
        "Request_BadRequest",
    );
    refused(
        &desk.get(ADA, "/users?$search=%22displayName:ada%22"),
        400,
        "Request_UnsupportedQuery",
    );
    let found = desk.get_eventual(ADA, "/users?$search=%22displayName:okafor%22");
    assert_eq!(found.texts("displayName"), ["Ada Okafor"]);
}

#[test]
fn page_sizes_properties_and_clauses_are_bounded() {
    let mut desk = Desk::new();
    for top in ["0", "1000", "x"] {
        refused(
            &desk.get(ADA, &format!("/users?$top={top}")),
            400,
            "Request_UnsupportedQuery",
        );
    }
    refused(
        &desk.get(ADA, "/users?$select=id,signInActivity&$top=501"),
        400,
        "Request_UnsupportedQuery",
    );
    assert_eq!(
        desk.get(ADA, "/users?$select=id,signInActivity&$top=500")
            .status,
        200
    );
    refused(&desk.get(ADA, "/users?$select=upn"), 400, "BadRequest");
    refused(
        &desk.get(ADA, "/users?$filter=upn%20eq%20'x'"),
        400,
        "BadRequest",
    );
    refused(
        &desk.get(ADA, "/users?$select=aboutMe"),
        501,
        "notImplemented",
    );
    let many: Vec<String> = (0..16).map(|n| format!("'{n}'")).collect();
    let seen = desk.get(
        ADA,
        &format!("/users?$filter=id%20in%20({})", many.join(",")),
    );
    assert_eq!(
        seen.message(),
        "Too many child clauses specified in search filter expression containing 'OR' operators: 16. Max allowed: 15."
    );
}

#[test]
fn one_user_is_found_by_id_name_and_quoted_key() {
    let mut desk = Desk::new();
    let id = desk.id(CHIDI);
    for key in [id.as_str(), CHIDI, "CHIDI.maro%40contoso.com"] {
        assert_eq!(
            desk.get(ADA, &format!("/users/{key}")).body["id"],
            id.as_str()
        );
    }
    assert_eq!(
        desk.get(ADA, &format!("/users('{CHIDI}')")).body["id"],
        id.as_str()
    );
    let guest = "liam.ortiz_fabrikam.example%23EXT%23@contoso.onmicrosoft.com";
    assert_eq!(
        desk.get(ADA, &format!("/users/{guest}?$select=userType"))
            .body["userType"],
        "Guest"
    );
    let seen = desk.get(ADA, "/users/nobody@contoso.com");
    refused(&seen, 404, "Request_ResourceNotFound");
    assert_eq!(
        seen.message(),
        "Resource 'nobody@contoso.com' does not exist or one of its queried reference-property objects are not present."
    );
}

#[test]
fn the_restricted_flag_and_activity_are_delivered_on_request() {
    let mut desk = Desk::new();
    let seen = desk.get(
        ADA,
        "/users/viktor.hale@contoso.com?$select=id,isManagementRestricted",
    );
    assert_eq!(seen.body["isManagementRestricted"], true);
    let seen = desk.get(ADA, "/me?$select=isManagementRestricted");
    assert!(seen.body["isManagementRestricted"].is_null());
    let id = desk.id("emergency-a7@contoso.onmicrosoft.com");
    let seen = desk.get(ADA, &format!("/users/{id}?$select=signInActivity"));
    assert!(seen.body["signInActivity"]["lastSuccessfulSignInDateTime"].is_string());
    refused(
        &desk.get(ADA, &format!("/users/{CHIDI}?$select=signInActivity")),
        400,
        "BadRequest",
    );
    let scopes = ["User.Read.All"];
    let target = format!("/users/{id}?$select=signInActivity");
    refused(
        &desk.get_with(ADA, &scopes, &target),
        403,
        "Authentication_MSGraphPermissionMissing",
    );
    desk.tenant.set_premium(false, false);
    refused(
        &desk.get(ADA, &target),
        403,
        "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
    );
}

#[test]
fn permissions_decide_what_is_seen() {
    let mut desk = Desk::new();
    let basic = desk.get_with(
        ADA,
        &["User.ReadBasic.All"],
        &format!("/users/{CHIDI}?$select=displayName,jobTitle"),
    );
    assert_eq!(basic.body["displayName"], "Chidi Maro");
    assert!(basic.body["jobTitle"].is_null());
    refused(
        &desk.get_with(ADA, &["User.Read"], &format!("/users/{CHIDI}")),
        403,
        "Authorization_RequestDenied",
    );
    assert_eq!(desk.get_with(ADA, &["User.Read"], "/me").status, 200);
    assert_eq!(
        desk.get_with(ADA, &["User.Read"], &format!("/users/{ADA}"))
            .status,
        200
    );
    let app = desk.app();
    let seen = desk.call_as(&app, "GET", "/me", serde_json::Value::Null);
    refused(&seen, 400, "BadRequest");
    let guest = "liam.ortiz_fabrikam.example#EXT#@contoso.onmicrosoft.com";
    refused(
        &desk.get(guest, &format!("/users/{CHIDI}")),
        403,
        "Authorization_RequestDenied",
    );
    refused(
        &desk.get(guest, "/users"),
        403,
        "Authorization_RequestDenied",
    );
    assert_eq!(desk.get(guest, "/me").status, 200);
}

#[test]
fn counting_is_plain_text_and_needs_the_header() {
    let mut desk = Desk::new();
    refused(&desk.get(ADA, "/users/$count"), 400, "Request_BadRequest");
    let seen = desk.get_eventual(ADA, "/users/$count?$filter=accountEnabled%20eq%20false");
    assert_eq!(seen.body, "1");
}

#[test]
fn sessions_are_revoked_by_whom_the_matrix_names() {
    let mut desk = Desk::new();
    desk.now = NOW + 5_000;
    let path = format!("/users/{CHIDI}/revokeSignInSessions");
    refused(
        &desk.call(
            "greta.holm@contoso.com",
            "POST",
            &path,
            serde_json::Value::Null,
        ),
        403,
        "Authorization_RequestDenied",
    );
    let seen = desk.call(ADA, "POST", &path, serde_json::Value::Null);
    assert_eq!(
        (seen.status, &seen.body["value"], seen.changed),
        (200, &serde_json::json!(true), true)
    );
    assert_eq!(
        desk.tenant.sessions_valid_from_ms(&desk.id(CHIDI)),
        NOW + 5_000
    );
    let own = desk.call(
        "noor.haddad@contoso.com",
        "POST",
        "/me/revokeSignInSessions",
        serde_json::Value::Null,
    );
    assert_eq!(own.status, 200);
}

#[test]
fn memberships_come_mixed_and_by_cast() {
    let mut desk = Desk::new();
    let path = "/users/emergency-a7@contoso.onmicrosoft.com/transitiveMemberOf";
    let all = desk.get(ADA, path);
    let kinds: Vec<&str> = all.texts("@odata.type");
    assert_eq!(
        kinds,
        ["#microsoft.graph.group", "#microsoft.graph.directoryRole"]
    );
    let roles = desk.get(
        ADA,
        &format!("{path}/microsoft.graph.directoryRole?$select=roleTemplateId"),
    );
    assert_eq!(
        roles.texts("roleTemplateId"),
        ["62e90394-69f5-4237-9190-012177145e10"]
    );
    let through = desk.get(
        ADA,
        "/users/gina.rossi@contoso.com/transitiveMemberOf/microsoft.graph.directoryRole",
    );
    assert_eq!(through.rows().len(), 1);
    let direct = desk.get(
        ADA,
        "/users/gina.rossi@contoso.com/memberOf/microsoft.graph.directoryRole",
    );
    assert!(direct.rows().is_empty());
    let units = desk.get(
        ADA,
        "/users/rhea.stone@contoso.com/memberOf/microsoft.graph.administrativeUnit",
    );
    assert_eq!(units.texts("displayName"), ["Restricted: executives"]);
    let owned = desk.get(ADA, "/users/owen.price@contoso.com/ownedObjects/microsoft.graph.group?$select=id,isAssignableToRole");
    assert_eq!(owned.rows()[0]["isAssignableToRole"], true);
    let veiled = desk.get_with(ADA, &["User.Read.All"], path);
    assert!(
        veiled
            .rows()
            .iter()
            .all(|row| row["displayName"].is_null() && row["id"].is_string())
    );
    refused(
        &desk.get(ADA, &format!("{path}/microsoft.graph.group/$count")),
        400,
        "Request_UnsupportedQuery",
    );
    assert_eq!(
        desk.get_eventual(ADA, &format!("{path}/microsoft.graph.group/$count"))
            .body,
        "1"
    );
}

#[test]
fn group_checks_take_up_to_twenty_ids() {
    let mut desk = Desk::new();
    let path = "/users/emergency-a7@contoso.onmicrosoft.com/checkMemberGroups";
    let group = super::seed::EMERGENCY_GROUP_ID;
    let seen = desk.call(
        ADA,
        "POST",
        path,
        serde_json::json!({"groupIds": [group, super::seed::GA_GROUP_ID]}),
    );
    assert_eq!(seen.body["value"], serde_json::json!([group]));
    let many = vec![group; 21];
    refused(
        &desk.call(ADA, "POST", path, serde_json::json!({"groupIds": many})),
        400,
        "Request_BadRequest",
    );
    let licences = desk.get(ADA, "/me/licenseDetails");
    assert_eq!(licences.texts("skuPartNumber"), ["SPE_E5"]);
}
