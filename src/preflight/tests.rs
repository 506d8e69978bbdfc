//! The questions that are asked again, the refusal that is told among several, and the warnings.

use super::*;
use crate::graph::users::User;
use crate::policy::Known;
use crate::policy::reset::{CallerKind, HeldRole, Via};
use crate::policy::roles::{HELPDESK_ADMINISTRATOR, USER_ADMINISTRATOR};

const RESET: Action = Action::ResetPassword { via: Via::Method };

fn target() -> Target {
    Target::plain("22222222-0000-4000-8000-000000000002", "megan@contoso.com")
}

fn caller(role: &str) -> Caller {
    Caller {
        kind: CallerKind::Delegated,
        id: Some("11111111-0000-4000-8000-000000000001".to_owned()),
        permissions: Known::Known(
            [
                "UserAuthenticationMethod.ReadWrite.All",
                "User.ReadWrite.All",
            ]
            .map(str::to_owned)
            .to_vec(),
        ),
        roles: Known::Known(vec![HeldRole::tenant(role)]),
        eligible: Known::Known(Vec::new()),
        token_roles: None,
    }
}

fn found(role: &str, target: Target, actions: &[Action]) -> Judged {
    let caller = caller(role);
    let judged: Vec<(Action, Verdict)> = actions
        .iter()
        .map(|action| {
            let answer = verdict(*action, &caller, &target, Cloud::Global);
            (*action, answer)
        })
        .collect();
    let user = User {
        id: target.id.clone(),
        user_principal_name: Some(target.upn.clone()),
        ..User::default()
    };
    Judged {
        name: UserId::Upn(target.upn.clone()),
        privileged: privileged(
            &subject(target.clone()),
            judged.iter().map(|(_, answer)| answer),
        ),
        user,
        target,
        warnings: Vec::new(),
        judged,
        last: None,
        phrase: "do this to".to_owned(),
        caller,
        cloud: Cloud::Global,
    }
}

fn subject(target: Target) -> facts::Subject {
    facts::Subject {
        user: User::default(),
        target,
        administrators: None,
        unit_names: Vec::new(),
    }
}

#[test]
fn one_step_that_may_not_be_done_stops_the_whole() {
    // A helpdesk administrator resets passwords and enables nobody: that is told before the password is gone.
    let found = found(
        HELPDESK_ADMINISTRATOR,
        target(),
        &[RESET, Action::EnableAccount],
    );
    assert!(found.judged[0].1.is_allowed());
    let error = found.refusal().unwrap_err();
    assert_eq!(error.code(), ErrorCode::NotPermitted);
    assert_eq!(
        error.message(),
        "You may not enable the account of megan@contoso.com; nothing was changed."
    );
    assert_eq!(error.has()[0], "role: Helpdesk Administrator");
}

#[test]
fn a_precondition_is_told_before_a_missing_role() {
    let synced = Target {
        synced: Some(true),
        writeback: Known::Known(true),
        ..target()
    };
    let found = found(
        HELPDESK_ADMINISTRATOR,
        synced,
        &[Action::IssueAccessPass, Action::EnableAccount],
    );
    assert_eq!(found.refusal().unwrap_err().code(), ErrorCode::SyncedUser);
}

#[test]
fn the_last_administrator_stops_what_takes_it_away_only() {
    let mut one = found(USER_ADMINISTRATOR, target(), &[RESET]);
    one.last = Some(LastAdministrator::Warn);
    assert!(one.refusal().is_ok());
    one.last = Some(LastAdministrator::Stop);
    assert_eq!(
        one.refusal().unwrap_err().code(),
        ErrorCode::LastGlobalAdmin
    );
    assert!(Action::DisableAccount.takes_away() && Action::DeleteUser.takes_away());
    assert!(!RESET.takes_away() && !Action::RevokeSessions.takes_away());
}

#[test]
fn nothing_is_asked_again_once_an_answer_is_certain() {
    let open = |one: &Judged, ask| {
        let answers: Vec<&Verdict> = one.judged.iter().map(|(_, answer)| answer).collect();
        still_open(&answers, &[RESET], &subject(one.target.clone()), ask)
    };
    let denied = found(
        HELPDESK_ADMINISTRATOR,
        Target {
            federated_domain: Some(true),
            ..target()
        },
        &[RESET],
    );
    assert_eq!(open(&denied, true), Open::default());
    let allowed = found(HELPDESK_ADMINISTRATOR, target(), &[RESET]);
    assert_eq!(open(&allowed, true), Open::default());
    let unread = Target {
        eligible: Known::Missing(Vec::new()),
        ..target()
    };
    let undecided = found(HELPDESK_ADMINISTRATOR, unread.clone(), &[RESET]);
    let asked = open(&undecided, false);
    assert!(asked.protection && asked.caller && asked.units && !asked.administrators);
    // Allowed whatever it is: only whether it is privileged is asked, and only where that matters.
    let sure = found(crate::policy::roles::GLOBAL_ADMINISTRATOR, unread, &[RESET]);
    assert!(sure.judged[0].1.is_allowed());
    assert_eq!(open(&sure, false), Open::default());
    assert!(open(&sure, true).protection && !open(&sure, true).caller);
}

#[test]
fn a_refusal_that_contradicts_the_verdict_says_so() {
    let one = found(USER_ADMINISTRATOR, target(), &[Action::EnableAccount]);
    let said = crate::error::Service {
        http_status: Some(403),
        code: Some("Authorization_RequestDenied".into()),
        message: Some("Insufficient privileges to complete the operation.".into()),
        request_id: Some("r".into()),
        ..Default::default()
    };
    let error = Error::new(ErrorCode::NotPermitted, "x").service(said.clone());
    let error = one.explained(error, Action::EnableAccount, true);
    assert_eq!(
        error.message(),
        "Graph refused to enable the account of megan@contoso.com; nothing was changed."
    );
    let cause = error.cause().unwrap();
    assert!(
        cause.contains("contradicts") && cause.contains("User Administrator"),
        "{cause}"
    );
    assert_eq!(error.said(), &said);
    // Where the rules explain it, nothing is called a contradiction.
    let one = found(HELPDESK_ADMINISTRATOR, target(), &[Action::EnableAccount]);
    let error = Error::new(ErrorCode::NotPermitted, "x").service(said);
    let cause = one
        .explained(error, Action::EnableAccount, false)
        .cause()
        .unwrap();
    assert!(!cause.contains("contradicts"), "{cause}");
}
