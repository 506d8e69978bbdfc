//! Differences by name, and the refusals to touch what may be somebody else's.

use super::super::history::{PlannedRole, State};
use super::super::sight::on_its_way;
use super::*;
use crate::journal::How;
use serde_json::json;

const GA: &str = "62e90394-69f5-4237-9190-012177145e10";

fn wanted() -> WantedAccount {
    WantedAccount {
        upn: "larch.maple1234@contoso.onmicrosoft.com".into(),
        display_name: "Larch Maple".into(),
        mail_nickname: "larch.maple1234".into(),
        roles: vec![WantedRole {
            id: GA.into(),
            name: "Global Administrator".into(),
            scope: "/".into(),
        }],
        force_change: false,
        never_expires: true,
        length: 32,
    }
}

fn user() -> User {
    serde_json::from_value(json!({
        "id": "62b7d8f0-580c-4b91-9161-2d452bf40def", "userPrincipalName": "larch.maple1234@contoso.onmicrosoft.com", "displayName": "Larch Maple",
        "mailNickname": "larch.maple1234", "accountEnabled": true, "userType": "Member", "onPremisesSyncEnabled": null,
        "passwordPolicies": "DisableStrongPassword, DisablePasswordExpiration", "createdDateTime": "2026-11-20T10:11:13Z",
    }))
    .unwrap()
}

fn ga() -> Vec<Assignment> {
    vec![serde_json::from_value(json!({ "id": "a", "principalId": "p", "roleDefinitionId": GA, "directoryScopeId": "/" })).unwrap()]
}

fn time(text: &str) -> Option<SystemTime> {
    SystemTime::try_from(text.parse::<jiff::Timestamp>().unwrap()).ok()
}

fn work(kept: &std::path::Path) -> Work {
    Work {
        operation_id: "op".into(),
        upn: wanted().upn,
        id: None,
        tenant: None,
        began: time("2026-11-20T10:11:12Z"),
        intended: time("2026-11-20T10:11:12Z"),
        create: State::Open,
        created: None,
        roles: vec![PlannedRole {
            id: GA.into(),
            scope: "/".into(),
            state: State::Open,
        }],
        deleted: false,
        delete_left: false,
        sinks: vec![format!("file:{}", kept.display())],
        found: Vec::new(),
        how: How::default(),
        escrow: None,
        copy: None,
        delivered: State::Open,
    }
}

#[test]
fn an_account_as_asked_for_has_no_differences() {
    assert!(compared(wanted(), user(), ga()).matches());
}

#[test]
fn each_difference_is_named() {
    let other = User {
        display_name: Some("Other".into()),
        account_enabled: Some(false),
        on_premises_sync_enabled: Some(true),
        password_policies: Some("DisableStrongPassword".into()),
        ..user()
    };
    let named: Vec<String> = compared(wanted(), other, Vec::new())
        .differences
        .into_iter()
        .map(|one| one.property)
        .collect();
    assert_eq!(
        named,
        [
            "displayName",
            "accountEnabled",
            "cloudOnly",
            "passwordNeverExpires",
            "role"
        ]
    );
    // An ordinary administrator's password may expire.
    let plain = WantedAccount {
        never_expires: false,
        ..wanted()
    };
    assert!(
        compared(
            plain,
            User {
                password_policies: None,
                ..user()
            },
            ga()
        )
        .matches()
    );
}

#[test]
fn only_our_own_young_account_with_a_kept_password_is_finished() {
    let folder = tempfile::tempdir().unwrap();
    let kept = folder.path().join("secret");
    std::fs::write(&kept, "x").unwrap();
    let offset = ClockOffset::default();
    let half = compared(wanted(), user(), Vec::new());
    assert!(half.may_finish(Some(&work(&kept)), offset).is_ok());
    let refused = |existing: &Existing, work: Option<&Work>| {
        let error = existing.may_finish(work, offset).unwrap_err();
        assert_eq!(error.exit().code(), 6);
        error.cause().unwrap()
    };
    assert!(refused(&half, None).contains("no intent"));
    assert!(
        refused(
            &half,
            Some(&Work {
                id: Some("another".into()),
                ..work(&kept)
            })
        )
        .contains("another object")
    );
    assert!(
        refused(
            &half,
            Some(&Work {
                began: time("2026-11-20T10:20:00Z"),
                ..work(&kept)
            })
        )
        .contains("older")
    );
    // Whether the run told until when it sent, or not.
    let until = How {
        until: Some("2026-11-20T10:10:00.000Z".into()),
        ..How::default()
    };
    for late in [
        Work {
            how: until,
            ..work(&kept)
        },
        Work {
            intended: time("2026-11-20T10:07:00Z"),
            began: time("2026-11-20T10:07:00Z"),
            ..work(&kept)
        },
    ] {
        assert!(refused(&half, Some(&late)).contains("somebody else's"));
        let known = Work {
            id: Some(user().id),
            ..late
        };
        assert!(half.may_finish(Some(&known), offset).is_ok());
    }
    assert!(
        refused(
            &half,
            Some(&Work {
                create: State::Failed,
                ..work(&kept)
            })
        )
        .contains("no intent")
    );
    assert!(
        refused(
            &half,
            Some(&Work {
                roles: Vec::new(),
                ..work(&kept)
            })
        )
        .contains("did not plan")
    );
    assert!(refused(&half, Some(&work(&folder.path().join("gone")))).contains("cannot be found"));
    let disabled = compared(
        wanted(),
        User {
            account_enabled: Some(false),
            ..user()
        },
        Vec::new(),
    );
    assert!(refused(&disabled, Some(&work(&kept))).contains("accountEnabled"));
    let renamed = compared(
        wanted(),
        User {
            mail_nickname: Some("x".into()),
            ..user()
        },
        Vec::new(),
    );
    assert!(refused(&renamed, Some(&work(&kept))).contains("nickname"));
}

#[test]
fn clocks_that_differ_are_put_right() {
    let ours = time("2026-11-20T10:11:12Z").unwrap();
    let later = ours + Duration::from_secs(300);
    assert_eq!(
        ClockOffset::of(Some(later), ours).to_server(ours),
        Some(later)
    );
    assert_eq!(
        ClockOffset::of(Some(ours), later).to_server(later),
        Some(ours)
    );
    assert_eq!(ClockOffset::of(None, later).to_server(ours), Some(ours));
}

#[test]
fn an_account_is_waited_for_as_long_as_it_may_have_been_sent_and_must_replicate() {
    let now = SystemTime::now();
    let ahead = |seconds| crate::journal::stamp(now + Duration::from_secs(seconds));
    let begun = Work {
        intended: Some(now),
        ..work(std::path::Path::new("p"))
    };
    let told = Work {
        how: How {
            until: ahead(180),
            ..How::default()
        },
        ..begun.clone()
    };
    let made = Work {
        create: State::Done,
        created: Some(now),
        ..told.clone()
    };
    for (work, seconds) in [(&begun, 240), (&told, 240), (&made, 60)] {
        let left = on_its_way(work, Some(now), None).as_secs_f64();
        assert!((left - f64::from(seconds)).abs() < 5.0, "{left}: {work:?}");
    }
    let later = now + Duration::from_secs(300);
    assert_eq!(on_its_way(&told, Some(later), None), Duration::ZERO);
}
