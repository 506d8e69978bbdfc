//! Every combination of the answers.

use super::*;

fn every(mut test: impl FnMut(&Answers)) -> usize {
    const BOTH: [bool; 2] = [false, true];
    let mut count = 0;
    for bits in 0..32_u8 {
        let bit = |at: u8| BOTH[usize::from(bits >> at & 1)];
        for other_admin in OtherAdmin::ALL {
            for proofs in 0..27 {
                let tri = |power: usize| Tri::ALL[proofs / power % 3];
                for account in Account::ALL {
                    for cloud in Cloud::ALL {
                        count += 1;
                        test(&Answers {
                            user_name: bit(0),
                            password: bit(1),
                            browser: bit(2),
                            office: bit(3),
                            cli: bit(4),
                            other_admin,
                            email: tri(1),
                            phone: tri(3),
                            app: tri(9),
                            account,
                            cloud,
                        });
                    }
                }
            }
        }
    }
    count
}

#[test]
fn every_combination_leads_somewhere_and_ends_at_the_support_case() {
    let count = every(|answers| {
        let ways = ways(answers);
        let ids: Vec<WayId> = ways.iter().map(|way| way.id).collect();
        assert_eq!(ids.last(), Some(&WayId::Support), "{answers:?}");
        assert!(
            ids.len() >= 2 || answers.other_admin == OtherAdmin::Nobody,
            "{answers:?}: {ids:?}"
        );
        let mut once = ids.clone();
        once.sort();
        once.dedup();
        assert_eq!(once.len(), ids.len(), "{answers:?}: {ids:?}");
        // Nothing can be done for an account nobody can name.
        assert_eq!(
            ids[0] == WayId::FindUserName,
            !answers.user_name,
            "{answers:?}"
        );
        for way in &ways {
            assert!(
                !way.title.is_empty()
                    && !way.needs.is_empty()
                    && !way.takes.is_empty()
                    && !way.risks.is_empty()
            );
            assert!(
                way.link.is_some()
                    || !way.commands.is_empty()
                    || !way.steps.is_empty()
                    || matches!(
                        way.id,
                        WayId::OnPremises | WayId::IdentityProvider | WayId::Partner
                    )
            );
        }
    });
    assert_eq!(count, 32 * 5 * 27 * 4 * 4);
}

#[test]
fn links_are_those_of_the_cloud() {
    every(|answers| {
        let pages = answers.cloud.portals();
        for way in ways(answers) {
            let Some(link) = way.link else { continue };
            let own = [
                pages.self_service_reset,
                pages.security_info,
                pages.entra,
                pages.m365_admin,
            ];
            assert!(
                own.contains(&link),
                "{:?} in {}: {link}",
                way.id,
                answers.cloud
            );
        }
    });
    for id in [
        WayId::SelfService,
        WayId::AddSecurityInfo,
        WayId::OtherAdmin,
        WayId::SignIn,
    ] {
        let link = |cloud| {
            Way::new(
                id,
                &Answers {
                    cloud,
                    ..Answers::default()
                },
            )
            .link
        };
        assert_ne!(link(Cloud::Global), link(Cloud::China), "{id:?}");
        assert_ne!(link(Cloud::Global), link(Cloud::UsGov), "{id:?}");
    }
}

#[test]
fn what_is_missing_is_not_built_on() {
    every(|answers| {
        let ways = ways(answers);
        let has = |id| ways.iter().any(|way| way.id == id);
        let (_, maybe) = answers.proofs();
        assert_eq!(has(WayId::SelfService), maybe >= 2, "{answers:?}");
        assert_eq!(has(WayId::AddSecurityInfo), answers.browser);
        assert_eq!(has(WayId::RecoverOwn), answers.browser || answers.cli);
        assert_eq!(
            has(WayId::OtherAdmin),
            answers.other_admin == OtherAdmin::Powerful
        );
        assert_eq!(has(WayId::OnPremises), answers.account == Account::Synced);
        assert_eq!(
            has(WayId::IdentityProvider),
            answers.account == Account::Federated
        );
        assert_eq!(has(WayId::SignIn), answers.user_name && answers.password);
        let passes = ways
            .iter()
            .flat_map(|way| &way.commands)
            .any(|line| line.contains("issue-access-pass"));
        assert!(!(passes && answers.cloud == Cloud::China), "{answers:?}");
    });
}

#[test]
fn the_sole_administrator_is_sent_to_the_data_protection_team() {
    every(|answers| {
        let ways = ways(answers);
        let last = &ways[ways.len() - 1];
        let told = last
            .steps
            .iter()
            .any(|step| step.contains("data protection team"));
        let sole = matches!(
            answers.other_admin,
            OtherAdmin::Nobody | OtherAdmin::Unknown
        );
        assert_eq!(told, sole, "{answers:?}");
        let text = format!("{last:?}");
        // Phone numbers differ by country and change; none is told.
        let digits = text
            .split(|c: char| !(c.is_ascii_digit() || c == ' ' || c == '-'))
            .any(|run| run.chars().filter(char::is_ascii_digit).count() >= 7);
        assert!(!digits, "{text}");
    });
}

#[test]
fn the_best_way_comes_first() {
    let known = Answers {
        user_name: true,
        ..Answers::default()
    };
    let first = |answers: Answers| ways(&answers)[0].id;
    assert_eq!(
        first(Answers {
            other_admin: OtherAdmin::Powerful,
            ..known
        }),
        WayId::OtherAdmin
    );
    assert_eq!(
        first(Answers {
            email: Tri::Yes,
            app: Tri::Yes,
            ..known
        }),
        WayId::SelfService
    );
    assert_eq!(
        first(Answers {
            browser: true,
            ..known
        }),
        WayId::AddSecurityInfo
    );
    assert_eq!(first(Answers { cli: true, ..known }), WayId::RecoverOwn);
    assert_eq!(
        first(Answers {
            account: Account::Synced,
            other_admin: OtherAdmin::Powerful,
            ..known
        }),
        WayId::OnPremises
    );
    assert_eq!(
        first(Answers {
            password: true,
            ..known
        }),
        WayId::SignIn
    );
    let nothing = Answers {
        other_admin: OtherAdmin::Nobody,
        email: Tri::No,
        phone: Tri::No,
        app: Tri::No,
        ..known
    };
    let ids: Vec<WayId> = ways(&nothing).iter().map(|way| way.id).collect();
    assert_eq!(
        ids,
        [WayId::EmergencyAccount, WayId::Partner, WayId::Support]
    );
}

#[test]
fn questions_stop_when_they_decide_nothing_more() {
    let helped = Answers {
        user_name: true,
        other_admin: OtherAdmin::Powerful,
        account: Account::Cloud,
        ..Answers::default()
    };
    assert!(!Question::Registered.matters(&helped) && !Question::Sessions.matters(&helped));
    let ready = Answers {
        user_name: true,
        email: Tri::Yes,
        phone: Tri::Yes,
        account: Account::Cloud,
        ..Answers::default()
    };
    assert!(!Question::Sessions.matters(&ready));
    assert!(Question::Sessions.matters(&Answers {
        user_name: false,
        ..ready
    }));
    // A question that is left out must not have changed the first step.
    every(|answers| {
        if !Question::Sessions.matters(answers) {
            let without = Answers {
                browser: false,
                office: false,
                cli: false,
                ..*answers
            };
            assert_eq!(ways(answers)[0].id, ways(&without)[0].id, "{answers:?}");
        }
        if !Question::Registered.matters(answers) {
            let without = Answers {
                email: Tri::Unknown,
                phone: Tri::Unknown,
                app: Tri::Unknown,
                ..*answers
            };
            assert_eq!(ways(answers)[0].id, ways(&without)[0].id, "{answers:?}");
        }
    });
}
