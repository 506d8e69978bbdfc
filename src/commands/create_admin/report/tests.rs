//! Merging of accounts into one status and exit, and the keys of the document.

use super::super::wanted::{WantedAccount, WantedRole};
use super::*;

fn account(status: Status, error: Option<Error>) -> OneAccount {
    let wanted = WantedAccount {
        upn: "larch.maple1234@contoso.onmicrosoft.com".into(),
        display_name: "Larch Maple".into(),
        mail_nickname: "larch.maple1234".into(),
        roles: vec![WantedRole {
            id: "62e90394-69f5-4237-9190-012177145e10".into(),
            name: "Global Administrator".into(),
            scope: "/".into(),
        }],
        force_change: false,
        never_expires: true,
        length: 32,
    };
    OneAccount {
        error,
        created: status == Status::Done,
        ..OneAccount::begun(&wanted, status)
    }
}

fn report(accounts: Vec<OneAccount>) -> CreateReport {
    CreateReport {
        tenant: TenantView {
            id: "t".into(),
            initial_domain: "contoso.onmicrosoft.com".into(),
        },
        accounts,
        warnings: Vec::new(),
        ticket: None,
        head: None,
        request_ids: Vec::new(),
        go_on: None,
        break_glass: true,
    }
}

fn refused() -> Option<Error> {
    Some(Error::new(ErrorCode::NotPermitted, "No."))
}

#[test]
fn accounts_merge_into_one_status_and_exit() {
    use Status::*;
    let differs = || Some(Error::new(ErrorCode::AlreadyExists, "Differs."));
    let cases = [
        (vec![(Done, None), (Done, None)], Done, 0),
        (vec![(Exists, None)], Exists, 0),
        (vec![(Exists, differs())], Exists, 6),
        (vec![(Exists, None), (Done, None)], Done, 0),
        (vec![(Done, None), (Failed, refused())], Partial, 8),
        (vec![(Failed, refused()), (Skipped, None)], Failed, 5),
        (vec![(Exists, None), (Failed, refused())], Failed, 5),
        (vec![(Unknown, refused()), (Skipped, None)], Unknown, 8),
        (vec![(Done, None), (Partial, refused())], Partial, 8),
        (vec![(Planned, None), (Exists, None)], Planned, 0),
    ];
    for (accounts, status, exit) in cases {
        let told = format!("{accounts:?}");
        let report = report(
            accounts
                .into_iter()
                .map(|(status, error)| account(status, error))
                .collect(),
        );
        assert_eq!(
            (report.status(), report.exit().code()),
            (status, exit),
            "{told}"
        );
        assert_eq!(report.error().is_some(), exit != 0, "{told}");
        if let Some(error) = report.error() {
            assert_eq!(error.exit().code(), exit, "{told}");
        }
    }
}

#[test]
fn the_document_has_the_keys_of_the_contract() {
    let value = report(vec![account(Status::Done, None)]).json();
    for key in [
        "schema", "status", "tenant", "accounts", "warnings", "journal",
    ] {
        assert!(value.get(key).is_some(), "{key}");
    }
    let keys = [
        "id",
        "userPrincipalName",
        "displayName",
        "created",
        "cloudOnly",
        "roles",
        "passwordNeverExpires",
        "excludeGroup",
        "restrictedUnit",
        "accessPass",
        "methods",
        "secret",
    ];
    for key in keys {
        assert!(value["accounts"][0].get(key).is_some(), "{key}");
    }
    for key in [
        "name",
        "templateId",
        "mode",
        "permanent",
        "assignmentId",
        "verified",
    ] {
        assert!(value["accounts"][0]["roles"][0].get(key).is_some(), "{key}");
    }
    assert_eq!(value["schema"], SCHEMA);
}

#[test]
fn no_break_glass_account_is_called_ready() {
    let report = report(vec![account(Status::Done, None)]);
    assert!(!report.headline().contains("ready") && report.headline().contains("password alone"));
    assert!(
        report
            .next()
            .iter()
            .all(|line| line.contains("--require passkey"))
    );
}
