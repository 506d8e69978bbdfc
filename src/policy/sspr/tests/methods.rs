//! Methods, demands of `--require`, and the end of phones.

use super::*;
use crate::policy::sspr::not_read;
use proptest::prelude::*;

#[test]
fn methods_are_understood_from_both_sources() {
    let list = |name: &str| MethodKind::from_graph(&format!("#microsoft.graph.{name}"), None, None);
    assert_eq!(list("emailAuthenticationMethod"), MethodKind::Email);
    assert_eq!(list("fido2AuthenticationMethod"), MethodKind::Passkey);
    assert_eq!(
        list("voiceprintAuthenticationMethod"),
        MethodKind::Other("voiceprintAuthenticationMethod".into())
    );
    let phone = MethodKind::from_graph(
        "#microsoft.graph.phoneAuthenticationMethod",
        Some("mobile"),
        Some("+1 XXXXXX5555"),
    );
    assert!(phone.is_usable_phone(), "a masked number has no extension");
    let office = MethodKind::from_graph(
        "microsoft.graph.phoneAuthenticationMethod",
        Some("office"),
        Some("+1 2065555555x1234"),
    );
    assert_eq!(
        office,
        MethodKind::Phone {
            kind: PhoneType::Office,
            extension: true
        }
    );
    assert_eq!(MethodKind::from_report("mobilePhone"), mobile());
    assert_eq!(MethodKind::from_report("passKeySynced").word(), "passkey");
    assert_eq!(MethodKind::from_report("telepathy").word(), "telepathy");
    assert_eq!(PhoneType::from_graph("satellite").word(), "satellite");
}

#[test]
fn demands_are_met_missed_or_open() {
    use Requirement::*;
    let known = |methods: Vec<MethodKind>| Known::Known(methods);
    let default = [Email, Phone];
    let ask = |require: &[Requirement], methods: &Known<Vec<MethodKind>>| {
        readiness(require, methods, None)
    };
    assert_eq!(
        ask(&default, &known(vec![MethodKind::Email, mobile()])).ready,
        Some(true)
    );
    let half = ask(
        &default,
        &known(vec![
            MethodKind::Email,
            MethodKind::phone("office", "+1 2065550100"),
        ]),
    );
    assert_eq!(
        (half.ready, half.missing.as_slice()),
        (Some(false), &[Phone][..])
    );
    let open = ask(&default, &Known::Partial(vec![mobile()], Vec::new()));
    assert_eq!(
        (open.ready, open.undecided.as_slice()),
        (None, &[Email][..])
    );
    assert_eq!(ask(&default, &Known::Missing(Vec::new())).ready, None);
    for (requirement, method) in [
        (Authenticator, MethodKind::Authenticator),
        (Otp, MethodKind::SoftwareOath),
        (Otp, MethodKind::HardwareOath),
        (Passkey, MethodKind::Passkey),
    ] {
        assert_eq!(ask(&[requirement], &known(vec![method])).ready, Some(true));
        assert_eq!(
            ask(&[requirement], &known(vec![MethodKind::Password])).ready,
            Some(false)
        );
    }
    assert_eq!(
        ask(
            &[Any2],
            &known(vec![MethodKind::Passkey, MethodKind::Email])
        )
        .ready,
        Some(true)
    );
    assert_eq!(
        ask(
            &[Any2],
            &known(vec![MethodKind::Authenticator, MethodKind::SoftwareOath])
        )
        .ready,
        Some(false)
    );
    for requirement in Requirement::ALL {
        assert_eq!(Requirement::by_word(requirement.word()), Some(requirement));
    }
    assert_eq!(Requirement::by_word("sms"), None);
}

#[test]
fn the_self_service_demand_takes_the_verdict() {
    let methods = Known::Known(Vec::new());
    let with = |account: &AccountFacts| {
        let answer = ask(account, &tenant());
        readiness(&[Requirement::Sspr], &methods, Some(&answer)).ready
    };
    assert_eq!(with(&admin(vec![MethodKind::Email, mobile()])), Some(true));
    assert_eq!(with(&admin(vec![mobile()])), Some(false));
    assert_eq!(with(&account(None, vec![mobile()])), None);
    assert_eq!(readiness(&[Requirement::Sspr], &methods, None).ready, None);
}

#[test]
fn phones_that_end_are_announced_where_they_are_needed() {
    let facts = admin(vec![MethodKind::Email, mobile()]);
    let answer = ask(&facts, &tenant());
    let (day, text) = phone_retirement(&facts, &answer, date(2026, 11, 20)).unwrap();
    assert_eq!(day, PHONE_ENDS_LATER, "a Global Administrator has longer");
    assert!(text.contains("end on 2027-07-01") && text.contains("1 of 2"));
    assert!(
        phone_retirement(&facts, &answer, date(2027, 7, 1))
            .unwrap()
            .1
            .contains("ended on")
    );
    let other = account(
        Some(roles::USER_ADMINISTRATOR),
        vec![MethodKind::Email, mobile()],
    );
    assert_eq!(
        phone_retirement(&other, &ask(&other, &tenant()), date(2026, 11, 20))
            .unwrap()
            .0,
        PHONE_ENDS
    );
    let safe = admin(vec![MethodKind::Email, mobile(), MethodKind::Authenticator]);
    assert_eq!(
        phone_retirement(&safe, &ask(&safe, &tenant()), date(2026, 11, 20)),
        None
    );
    let without = admin(vec![MethodKind::Email, MethodKind::Authenticator]);
    assert_eq!(
        phone_retirement(&without, &ask(&without, &tenant()), date(2026, 11, 20)),
        None
    );
}

#[test]
fn every_finding_is_a_sentence() {
    let findings = [
        Finding::Disabled,
        Finding::Guest,
        Finding::FederatedWithoutWriteback,
        Finding::SyncedWithoutWriteback,
        Finding::SwitchedOffForAdministrators,
        Finding::TooFewGates { have: 1, need: 2 },
        Finding::RoleNotOnPage {
            role: "Global Reader".into(),
        },
        Finding::OrdinaryUser,
        Finding::ReportSays { capable: true },
        Finding::ReportSays { capable: false },
        Finding::ReportDisagrees { capable: true },
        Finding::CloudUnconfirmed,
        not_read("Something was not read."),
    ];
    for finding in findings {
        assert!(finding.sentence().ends_with('.'), "{finding:?}");
    }
}

fn any_method() -> impl Strategy<Value = MethodKind> {
    prop::sample::select(vec![
        MethodKind::Password,
        MethodKind::Email,
        mobile(),
        MethodKind::phone("office", "+1 2065550100"),
        MethodKind::phone("mobile", "+1 2065550100x9"),
        MethodKind::Authenticator,
        MethodKind::SoftwareOath,
        MethodKind::Passkey,
    ])
}

proptest! {
    #[test]
    fn a_further_method_never_hurts(methods in prop::collection::vec(any_method(), 0..5), more in any_method()) {
        let rank = |answer: Answer| match answer { Answer::No => 0, Answer::Unknown => 1, Answer::Yes => 2 };
        let before = ask(&admin(methods.clone()), &tenant());
        let mut grown = methods;
        grown.push(more);
        let after = ask(&admin(grown), &tenant());
        prop_assert!(rank(after.verdict) >= rank(before.verdict));
        prop_assert_eq!(usize::from(after.have), after.kinds.len());
    }

    #[test]
    fn no_text_makes_a_method_panic(name in "\\PC{0,40}", kind in "\\PC{0,10}", number in "\\PC{0,30}") {
        let _ = MethodKind::from_graph(&name, Some(&kind), Some(&number));
        let _ = MethodKind::from_report(&name);
    }
}
