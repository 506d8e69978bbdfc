//! `who-can-reset`: the answer, its reasons, what would make it possible and who else could; against the rules of the tenant.

use crate::support::{Identity, Lab, Output, golden};
use admin_reset::sandbox::seed;
use serde_json::Value;

const ADA: &str = "ada.okafor@contoso.com";
const DORA: &str = "dora.vega@contoso.com";
const ELIF: &str = "elif.kaya@contoso.com";
const GINA: &str = "gina.rossi@contoso.com";
const NOOR: &str = "noor.haddad@contoso.com";
const RHEA: &str = "rhea.stone@contoso.com";
const TOM: &str = "tom.reed@contoso.com";
const VIKTOR: &str = "viktor.hale@contoso.com";
const GA: &str = "62e90394-69f5-4237-9190-012177145e10";

fn ask(lab: &Lab, caller: &str, target: &str, exit: i32) -> Value {
    lab.run(["who-can-reset", target, "-o", "json"])
        .as_user(caller)
        .code(exit)
        .json()
}

fn people(answer: &Value) -> Vec<&str> {
    answer["people"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["userPrincipalName"].as_str().unwrap())
        .collect()
}

fn codes(answer: &Value) -> Vec<&str> {
    answer["verdict"]["reasons"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["code"].as_str().unwrap())
        .collect()
}

#[test]
fn a_yes_names_role_permission_and_way() {
    let lab = Lab::new();
    let answer = ask(&lab, ADA, DORA, 0);
    assert_eq!(answer["schema"], "admin-reset/who-can-reset/1");
    assert_eq!(answer["verdict"]["answer"], "allowed");
    assert_eq!(answer["via"], "method");
    assert_eq!(
        answer["verdict"]["by"]["role"]["name"],
        "Global Administrator"
    );
    assert_eq!(
        answer["verdict"]["by"]["permission"],
        "UserAuthenticationMethod.ReadWrite.All"
    );
    assert_eq!(answer["user"]["roles"][0]["name"], "Helpdesk Administrator");
    assert_eq!(answer["caller"]["kind"], "user");
    assert_eq!(answer["possible"], Value::Array(Vec::new()));
    let text = lab.run(["who-can-reset", DORA]).code(0);
    assert!(
        text.stdout.starts_with(
            "Yes: you may reset the password of dora.vega@contoso.com (Global Administrator"
        ),
        "{text}"
    );
    assert!(
        text.stdout
            .contains("Next: admin-reset reset-user dora.vega@contoso.com --dry-run"),
        "{text}"
    );
    assert!(lab.writes().is_empty() && lab.journal().is_empty());
}

#[test]
fn a_no_names_the_reason_and_everybody_who_could() {
    let lab = Lab::new();
    let answer = ask(&lab, DORA, ADA, 5);
    assert_eq!(codes(&answer), ["targetHoldsHigherRole"]);
    assert_eq!(answer["verdict"]["reasons"][0]["refusal"], "permission");
    let roles: Vec<&str> = answer["whoCan"]["roles"]
        .as_array()
        .unwrap()
        .iter()
        .map(|role| role["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        roles,
        [
            "Privileged Authentication Administrator",
            "Global Administrator"
        ]
    );
    let people = people(&answer);
    // Directly, through a group, and by activation; never the account itself, nor whoever may not.
    for one in [
        "paula.nkemelu@contoso.com",
        "bo.lindqvist@contoso.com",
        GINA,
        ELIF,
    ] {
        assert!(people.contains(&one), "{one}: {people:?}");
    }
    assert!(
        !people.contains(&ADA) && !people.contains(&DORA),
        "{people:?}"
    );
    let find = |upn: &str| {
        answer["people"]
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["userPrincipalName"] == upn)
            .unwrap()
            .clone()
    };
    assert_eq!(find(ELIF)["mode"], "eligible");
    assert_eq!(find(GINA)["mode"], "active");
    assert_eq!(find(GINA)["viaGroup"]["displayName"], "GA holders");
    assert_eq!(find(GINA)["canSignIn"], "yes");
    assert!(
        find(GINA)["why"]
            .as_str()
            .unwrap()
            .contains("not looked at")
    );
}

#[test]
fn everybody_named_really_can_and_nobody_is_left_out() {
    // Each person is asked as caller: the list holds exactly those who are told yes.
    for target in [
        ADA,
        DORA,
        NOOR,
        TOM,
        "mika.salo@contoso.com",
        "petr.dvorak@contoso.com",
        "cleo.amsel@contoso.com",
        "uma.keller@contoso.com",
    ] {
        let lab = Lab::new();
        let answer = lab
            .run(["who-can-reset", target, "-o", "json"])
            .as_user("greta.holm@contoso.com")
            .output()
            .json();
        let named: Vec<(String, bool)> = answer["people"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| {
                (
                    one["userPrincipalName"].as_str().unwrap().to_owned(),
                    one["mode"] == "active",
                )
            })
            .collect();
        let everybody: Vec<String> = lab.sandbox().dump()["people"]
            .as_array()
            .unwrap()
            .iter()
            .map(|user| user["userPrincipalName"].as_str().unwrap().to_owned())
            .collect();
        assert!(everybody.len() > 20);
        for caller in everybody.iter().filter(|one| !one.contains('#')) {
            let may = lab
                .run(["who-can-reset", target, "--no-people", "-o", "none"])
                .as_user(caller)
                .output();
            let listed = named.iter().any(|(one, active)| one == caller && *active);
            assert_eq!(may.code == 0, listed, "{caller} -> {target}: {may}");
        }
    }
}

#[test]
fn an_eligible_role_is_to_be_activated_first() {
    let lab = Lab::new();
    let answer = ask(&lab, ELIF, NOOR, 5);
    assert_eq!(codes(&answer)[0], "roleEligibleNotActive");
    assert_eq!(
        answer["caller"]["eligibleRoles"][0]["name"],
        "Global Administrator"
    );
    let possible = &answer["possible"][0];
    assert!(
        possible["what"]
            .as_str()
            .unwrap()
            .starts_with("Activate Global Administrator"),
        "{answer}"
    );
    assert_eq!(possible["link"], "https://entra.microsoft.com");
    // Activated, with a token of before: nobody can say; with a new token it is allowed.
    let old = lab.sandbox().token_for(ELIF).unwrap().token;
    lab.tenant(|tenant| tenant.activate_role(ELIF, GA, i64::MAX));
    let stale = lab
        .run(["who-can-reset", NOOR, "-o", "json"])
        .as_identity(Identity::Token(old))
        .code(11)
        .json();
    assert_eq!(codes(&stale), ["roleNotInToken"]);
    assert!(
        stale["possible"][0]["what"]
            .as_str()
            .unwrap()
            .starts_with("Sign in again"),
        "{stale}"
    );
    ask(&lab, ELIF, NOOR, 0);
}

#[test]
fn an_eligible_role_through_a_group_counts_as_eligible() {
    let lab = Lab::new();
    lab.tenant(|tenant| {
        let group = tenant.add_group("Reset duty", true);
        tenant.add_to_group(&group, "remy.faure@contoso.com", false);
        tenant.set_eligible(&group, GA);
    });
    let answer = ask(&lab, "remy.faure@contoso.com", NOOR, 5);
    assert_eq!(codes(&answer)[0], "roleEligibleNotActive", "{answer}");
}

#[test]
fn a_role_for_a_unit_through_a_group_counts() {
    let lab = Lab::new();
    lab.tenant(|tenant| {
        let group = tenant.add_group("Leeds desk", true);
        tenant.add_to_group(&group, "remy.faure@contoso.com", false);
        tenant.assign_role(
            &group,
            "729827e3-9c14-49f7-bb1b-9608f156bbb8",
            seed::BRANCH_UNIT_ID,
        );
    });
    let answer = ask(&lab, "remy.faure@contoso.com", TOM, 0);
    assert_eq!(
        answer["verdict"]["by"]["role"]["scope"],
        format!("/administrativeUnits/{}", seed::BRANCH_UNIT_ID)
    );
    assert_eq!(
        codes(&ask(&lab, "remy.faure@contoso.com", NOOR, 5))[0],
        "notInCallersUnit"
    );
}

#[test]
fn a_restricted_unit_is_a_precondition_with_a_way_through() {
    let lab = Lab::new();
    let answer = ask(&lab, ADA, RHEA, 6);
    assert_eq!(codes(&answer), ["restrictedUnit"]);
    assert_eq!(
        answer["user"]["restrictedUnits"][0],
        seed::RESTRICTED_UNIT_ID
    );
    assert_eq!(
        answer["possible"][0]["command"],
        "admin-reset reset-user rhea.stone@contoso.com --through-restricted-unit"
    );
    assert_eq!(answer["whoCan"]["units"][0], seed::RESTRICTED_UNIT_ID);
    // The unit's own administrator reaches it as it is; a Global Administrator only by taking it out.
    let able = answer["people"].as_array().unwrap();
    assert_eq!(
        able[0]["userPrincipalName"], "ines.moreau@contoso.com",
        "{answer}"
    );
    assert_eq!(able[0]["throughRestrictedUnit"], false);
    assert!(
        able.iter()
            .any(|one| one["userPrincipalName"] == ADA && one["throughRestrictedUnit"] == true)
    );
    ask(&lab, "ines.moreau@contoso.com", RHEA, 0);
    // An administrator in there is out of everybody's reach.
    let answer = ask(&lab, ADA, VIKTOR, 6);
    assert!(
        answer["people"]
            .as_array()
            .unwrap()
            .iter()
            .all(|one| one["throughRestrictedUnit"] == true),
        "{answer}"
    );
    // Whoever may not change units is told who may.
    let answer = ask(&lab, "paula.nkemelu@contoso.com", RHEA, 6);
    assert!(answer["possible"][0]["command"].is_null(), "{answer}");
}

#[test]
fn what_may_not_be_read_is_named_and_not_guessed() {
    let lab = Lab::new();
    lab.tenant(|tenant| {
        tenant.set_client_permissions(
            seed::PUBLIC_CLIENT_ID,
            [
                "User.Read",
                "User.Read.All",
                "UserAuthenticationMethod.ReadWrite.All",
            ]
            .map(str::to_owned)
            .to_vec(),
            Vec::new(),
        );
    });
    let answer = ask(&lab, "uma.keller@contoso.com", NOOR, 11);
    assert_eq!(answer["verdict"]["answer"], "unknown");
    assert!(
        answer["verdict"]["missing"]
            .to_string()
            .contains("RoleManagement.Read.Directory"),
        "{answer}"
    );
    assert!(
        answer["possible"]
            .to_string()
            .contains("Grant RoleManagement.Read.Directory"),
        "{answer}"
    );
    assert!(
        answer["peopleMissing"]
            .to_string()
            .contains("who holds the roles"),
        "{answer}"
    );
    // One whose role works on everybody needs none of it.
    ask(&lab, ADA, NOOR, 0);
}

#[test]
fn the_better_of_both_ways_is_taken() {
    let lab = Lab::new();
    lab.tenant(|tenant| {
        tenant.set_client_permissions(
            seed::PUBLIC_CLIENT_ID,
            [
                "User.Read.All",
                "User.Read",
                "User-PasswordProfile.ReadWrite.All",
                "RoleManagement.Read.Directory",
            ]
            .map(str::to_owned)
            .to_vec(),
            Vec::new(),
        );
    });
    assert_eq!(ask(&lab, ADA, NOOR, 0)["via"], "direct");
    let lab = Lab::new();
    let app = lab
        .run(["who-can-reset", DORA, "-o", "json"])
        .as_identity(Identity::App)
        .code(0)
        .json();
    assert_eq!(
        (app["via"].as_str(), app["caller"]["kind"].as_str()),
        (Some("direct"), Some("app"))
    );
}

#[test]
fn who_assigns_roles_may_give_itself_the_one_that_is_missing() {
    let lab = Lab::new();
    let answer = ask(&lab, "rosa.quint@contoso.com", ADA, 5);
    assert!(
        answer["possible"]
            .to_string()
            .contains("Assign Privileged Authentication Administrator to yourself"),
        "{answer}"
    );
    let answer = ask(&lab, DORA, ADA, 5);
    assert!(
        !answer["possible"].to_string().contains("to yourself"),
        "{answer}"
    );
}

#[test]
fn a_tenant_without_pim_has_nobody_eligible() {
    let lab = Lab::new();
    lab.tenant(|tenant| tenant.set_premium(true, false));
    let answer = ask(&lab, ELIF, NOOR, 5);
    assert_eq!(codes(&answer), ["noCallerRole"], "{answer}");
    assert!(people(&answer).contains(&ADA));
    assert!(answer["peopleMissing"].is_null(), "{answer}");
}

#[test]
fn many_users_are_one_report_and_the_worst_no_is_the_exit() {
    let lab = Lab::new().as_user(DORA);
    let users = [
        "who-can-reset",
        NOOR,
        ADA,
        RHEA,
        "nobody@contoso.com",
        "-o",
        "json",
    ];
    let answer = lab.run(users).code(6).json();
    assert_eq!(answer["summary"]["users"], 4);
    assert_eq!(answer["summary"]["allowed"], 1);
    assert_eq!(answer["summary"]["denied"], 2);
    assert_eq!(answer["users"][3]["error"]["code"], "notFound");
    lab.run(["who-can-reset", NOOR, "nobody@contoso.com", "-o", "none"])
        .code(11);
    lab.run(["who-can-reset", "nobody@contoso.com", "-o", "json"])
        .code(3)
        .silent();
    let csv: Output = lab
        .run(["who-can-reset", NOOR, ADA, "-o", "csv", "--no-people"])
        .code(5);
    assert_eq!(
        csv.stdout.lines().next().unwrap(),
        "userPrincipalName,id,answer,via,reasons,people,exitCode,errorCode"
    );
    assert!(csv.stdout.contains("targetHoldsHigherRole"), "{csv}");
    lab.run(["who-can-reset"]).code(2);
}

#[test]
fn answers_in_every_format() {
    let lab = Lab::new();
    let cases = [
        ("allowed", ADA, DORA, 0),
        ("denied", DORA, ADA, 5),
        ("eligible", ELIF, NOOR, 5),
        ("restricted", ADA, RHEA, 6),
    ];
    for (name, caller, target, exit) in cases {
        let mut text = String::new();
        for format in ["text", "json", "csv", "tsv", "markdown"] {
            let output = lab
                .run(["who-can-reset", target, "-o", format])
                .as_user(caller)
                .code(exit);
            text.push_str(&output.transcript());
        }
        golden(&format!("who-can-reset/{name}.txt"), &text);
    }
    let many = lab
        .run(["who-can-reset", NOOR, ADA, "-o", "text", "--no-people"])
        .as_user(DORA)
        .code(5);
    golden("who-can-reset/many.txt", &many.transcript());
}
