//! Proofs for self-service reset: the fixed rule for administrators step by step, and what is left open for users.

mod methods;

use super::*;
use crate::policy::facts::Gap;
use crate::policy::reset::HeldRole;
use crate::policy::roles::{DIRECTORY_READERS, GLOBAL_ADMINISTRATOR, GLOBAL_READER};

fn mobile() -> MethodKind {
    MethodKind::phone("mobile", "+1 2065550100")
}

fn tenant() -> TenantFacts {
    TenantFacts {
        custom_domain: Known::Known(true),
        synced: Known::Known(false),
        past_trial: Known::Known(true),
        paid: Known::Known(true),
        allowed_to_use_sspr: Known::Known(true),
        writeback: Known::Known(false),
    }
}

fn account(role: Option<&str>, methods: Vec<MethodKind>) -> AccountFacts {
    AccountFacts {
        upn: "megan@contoso.com".into(),
        enabled: Some(true),
        guest: false,
        synced: Some(false),
        federated_domain: Some(false),
        roles: Known::Known(role.into_iter().map(HeldRole::tenant).collect()),
        eligible: Known::Known(Vec::new()),
        methods: Known::Known(methods),
        report: None,
    }
}

fn admin(methods: Vec<MethodKind>) -> AccountFacts {
    account(Some(GLOBAL_ADMINISTRATOR), methods)
}

fn ask(account: &AccountFacts, tenant: &TenantFacts) -> SelfService {
    self_service(account, tenant, Cloud::Global)
}

#[test]
fn two_kinds_are_needed_and_two_of_a_kind_are_one() {
    let answer = |methods| ask(&admin(methods), &tenant());
    let ready = answer(vec![MethodKind::Password, MethodKind::Email, mobile()]);
    assert_eq!(
        (ready.verdict, ready.gate, ready.have),
        (Answer::Yes, Some(2), 2)
    );
    assert_eq!(ready.policy_allowed, Some(true));
    assert!(ready.reasons.is_empty());
    let same = answer(vec![
        mobile(),
        MethodKind::phone("alternateMobile", "+1 2065550101"),
    ]);
    assert_eq!((same.verdict, same.have), (Answer::No, 1));
    let apps = answer(vec![MethodKind::Authenticator, MethodKind::SoftwareOath]);
    assert_eq!((apps.verdict, apps.have), (Answer::No, 1));
    let none = answer(vec![
        MethodKind::Passkey,
        MethodKind::AccessPass,
        MethodKind::SecurityQuestions,
        MethodKind::HardwareOath,
    ]);
    assert_eq!((none.verdict, none.have), (Answer::No, 0));
    assert!(none.sentences()[0].contains("has 0"));
}

#[test]
fn office_phones_count_in_paid_tenants_and_extensions_never() {
    let office = vec![
        MethodKind::Email,
        MethodKind::phone("office", "+1 2065550100"),
    ];
    assert_eq!(ask(&admin(office.clone()), &tenant()).verdict, Answer::Yes);
    let trial = TenantFacts {
        paid: Known::Known(false),
        ..tenant()
    };
    assert_eq!(ask(&admin(office), &trial).verdict, Answer::No);
    let extension = vec![
        MethodKind::Email,
        MethodKind::phone("mobile", "+1 2065550100x123"),
    ];
    assert_eq!(ask(&admin(extension), &tenant()).verdict, Answer::No);
}

#[test]
fn one_gate_in_a_young_tenant_without_domain_and_sync() {
    let young = TenantFacts {
        custom_domain: Known::Known(false),
        synced: Known::Known(false),
        past_trial: Known::Known(false),
        ..tenant()
    };
    let answer = ask(&admin(vec![MethodKind::Email]), &young);
    assert_eq!((answer.verdict, answer.gate), (Answer::Yes, Some(1)));
    let unread = TenantFacts {
        past_trial: Known::Missing(Vec::new()),
        ..young.clone()
    };
    let answer = ask(&admin(vec![MethodKind::Email]), &unread);
    assert_eq!((answer.verdict, answer.gate), (Answer::Unknown, None));
    assert_eq!(
        ask(&admin(vec![MethodKind::Email, mobile()]), &unread).verdict,
        Answer::Yes
    );
    assert_eq!(ask(&admin(Vec::new()), &unread).verdict, Answer::No);
    for one in [
        TenantFacts {
            custom_domain: Known::Known(true),
            ..unread.clone()
        },
        TenantFacts {
            synced: Known::Known(true),
            ..unread
        },
    ] {
        assert_eq!(ask(&admin(vec![MethodKind::Email]), &one).gate, Some(2));
    }
    // Here the two sentences of the page disagree.
    let old = TenantFacts {
        past_trial: Known::Known(true),
        ..young.clone()
    };
    let new_with_domain = TenantFacts {
        custom_domain: Known::Known(true),
        ..young
    };
    for one in [old, new_with_domain] {
        let answer = ask(&admin(vec![MethodKind::Email]), &one);
        assert_eq!((answer.verdict, answer.gate), (Answer::Unknown, None));
        assert_eq!(
            ask(&admin(vec![MethodKind::Email, mobile()]), &one).verdict,
            Answer::Yes
        );
    }
}

#[test]
fn states_of_the_account_refuse() {
    let full = || admin(vec![MethodKind::Email, mobile()]);
    let first = |account: AccountFacts, tenant: TenantFacts| {
        let answer = ask(&account, &tenant);
        (answer.verdict, answer.reasons.first().cloned())
    };
    let off = TenantFacts {
        allowed_to_use_sspr: Known::Known(false),
        ..tenant()
    };
    for (account, tenant, finding) in [
        (
            AccountFacts {
                enabled: Some(false),
                ..full()
            },
            tenant(),
            Finding::Disabled,
        ),
        (
            AccountFacts {
                guest: true,
                ..full()
            },
            tenant(),
            Finding::Guest,
        ),
        (
            AccountFacts {
                upn: "lee_x.com#EXT#@contoso.com".into(),
                ..full()
            },
            tenant(),
            Finding::Guest,
        ),
        (
            AccountFacts {
                synced: Some(true),
                ..full()
            },
            tenant(),
            Finding::SyncedWithoutWriteback,
        ),
        (
            AccountFacts {
                federated_domain: Some(true),
                ..full()
            },
            tenant(),
            Finding::FederatedWithoutWriteback,
        ),
        (full(), off, Finding::SwitchedOffForAdministrators),
    ] {
        assert_eq!(first(account, tenant), (Answer::No, Some(finding)));
    }
    let back = TenantFacts {
        writeback: Known::Known(true),
        ..tenant()
    };
    assert_eq!(
        first(
            AccountFacts {
                synced: Some(true),
                ..full()
            },
            back
        ),
        (Answer::Yes, None)
    );
}

#[test]
fn whatever_is_not_read_leaves_it_open() {
    let full = || admin(vec![MethodKind::Email, mobile()]);
    let gap = || Gap::permission("this", &["X.Read.All"]);
    let accounts = [
        AccountFacts {
            enabled: None,
            ..full()
        },
        AccountFacts {
            synced: None,
            ..full()
        },
        AccountFacts {
            federated_domain: None,
            ..full()
        },
        AccountFacts {
            methods: Known::missing(gap()),
            ..full()
        },
        AccountFacts {
            methods: Known::Partial(vec![mobile()], vec![gap()]),
            ..full()
        },
        AccountFacts {
            roles: Known::missing(gap()),
            ..full()
        },
        AccountFacts {
            roles: Known::Known(Vec::new()),
            eligible: Known::missing(gap()),
            ..full()
        },
    ];
    for account in accounts {
        let answer = ask(&account, &tenant());
        assert_eq!(answer.verdict, Answer::Unknown, "{account:?}");
        assert!(!answer.reasons.is_empty());
    }
    let blind = TenantFacts {
        allowed_to_use_sspr: Known::missing(gap()),
        ..tenant()
    };
    assert_eq!(ask(&full(), &blind).verdict, Answer::Unknown);
    let synced = AccountFacts {
        synced: Some(true),
        ..full()
    };
    let blind = TenantFacts {
        writeback: Known::missing(gap()),
        ..tenant()
    };
    assert_eq!(ask(&synced, &blind).verdict, Answer::Unknown);
    let enough = AccountFacts {
        methods: Known::Partial(vec![mobile(), MethodKind::Email], vec![gap()]),
        ..full()
    };
    assert_eq!(
        ask(&enough, &tenant()).verdict,
        Answer::Yes,
        "what was seen is enough"
    );
}

#[test]
fn eligible_roles_count_and_unlisted_privileged_ones_leave_doubt() {
    let full = vec![MethodKind::Email, mobile()];
    let eligible = AccountFacts {
        eligible: Known::Known(vec![HeldRole::tenant(GLOBAL_ADMINISTRATOR)]),
        ..account(None, full.clone())
    };
    assert_eq!(ask(&eligible, &tenant()).verdict, Answer::Yes);
    let reader = account(Some(GLOBAL_READER), full.clone());
    let answer = ask(&reader, &tenant());
    assert_eq!((answer.verdict, answer.gate), (Answer::Unknown, Some(2)));
    let reported = AccountFacts {
        report: Some(ReportFacts {
            enabled: Some(true),
            capable: Some(true),
        }),
        ..reader
    };
    assert_eq!(ask(&reported, &tenant()).verdict, Answer::Yes);
    let few = account(Some(GLOBAL_READER), vec![mobile()]);
    assert_eq!(ask(&few, &tenant()).verdict, Answer::No);
    let ordinary = account(Some(DIRECTORY_READERS), full);
    assert_eq!(ask(&ordinary, &tenant()).gate, None);
}

#[test]
fn for_ordinary_users_only_the_report_speaks() {
    let user = account(None, vec![MethodKind::Email, mobile()]);
    assert_eq!(ask(&user, &tenant()).verdict, Answer::Unknown);
    let says = |capable| AccountFacts {
        report: Some(ReportFacts {
            enabled: Some(true),
            capable: Some(capable),
        }),
        ..user.clone()
    };
    assert_eq!(ask(&says(true), &tenant()).verdict, Answer::Yes);
    assert_eq!(ask(&says(false), &tenant()).verdict, Answer::No);
    assert_eq!(ask(&says(true), &tenant()).policy_allowed, Some(true));
    assert_eq!(
        ask(
            &AccountFacts {
                enabled: Some(false),
                ..says(true)
            },
            &tenant()
        )
        .verdict,
        Answer::No
    );
    assert_eq!(
        ask(
            &AccountFacts {
                enabled: None,
                ..says(true)
            },
            &tenant()
        )
        .verdict,
        Answer::Unknown
    );
}

#[test]
fn the_report_does_not_outrank_the_methods_of_an_administrator() {
    let facts = AccountFacts {
        report: Some(ReportFacts {
            enabled: Some(true),
            capable: Some(false),
        }),
        ..admin(vec![MethodKind::Email, mobile()])
    };
    let answer = ask(&facts, &tenant());
    assert_eq!(answer.verdict, Answer::Yes);
    assert_eq!(
        answer.reasons,
        [Finding::ReportDisagrees { capable: false }]
    );
}
