//! From what was read about a user to the row that is shown: readiness, self-service verdict, masking. Pure.

use super::evidence::{Evidence, Methods, others, word};
use super::mask;
use super::row::{Email, Phone, Problem, Profile, SelfReset, UserRow};
use super::tenant::Tenant;
use crate::graph::users::User;
use crate::ids;
use crate::policy::Known;
use crate::policy::clouds::Cloud;
use crate::policy::reset::HeldRole;
use crate::policy::sspr::{
    AccountFacts, Finding, MethodKind, Readiness, Requirement, SelfService, readiness, self_service,
};
use crate::security_info;
use std::cell::RefCell;
use std::rc::Rc;

/// Different lists of reasons that are kept to be shared between rows.
const SHARED: usize = 64;

/// Findings and their sentences, made once for all accounts that share them.
type Told = (Vec<Finding>, Rc<[String]>);

/// A user and the verdict behind the row.
pub(super) struct Judged {
    /// What is shown.
    pub(super) row: UserRow,
    /// The facts of the verdict.
    pub(super) account: AccountFacts,
    /// The verdict.
    pub(super) verdict: SelfService,
}

/// What all users are judged by.
pub(super) struct Judge {
    /// What is required.
    pub(super) require: Vec<Requirement>,
    /// Whether values are shown whole.
    pub(super) show_values: bool,
    /// Whether contact information is shown.
    pub(super) profile: bool,
    /// The cloud.
    pub(super) cloud: Cloud,
    reasons: RefCell<Vec<Told>>,
}

impl Judge {
    /// A judge.
    pub(super) fn new(
        require: Vec<Requirement>,
        show_values: bool,
        profile: bool,
        cloud: Cloud,
    ) -> Self {
        Judge {
            require,
            show_values,
            profile,
            cloud,
            reasons: RefCell::new(Vec::new()),
        }
    }

    /// The row of a user.
    pub(super) fn judge(&self, evidence: Evidence, tenant: &Tenant) -> Judged {
        let account = security_info::account(&evidence, tenant, self.cloud);
        let Evidence {
            name,
            user,
            methods,
            roles,
            eligible,
            fault,
        } = evidence;
        let upn = user
            .as_ref()
            .and_then(|user| user.user_principal_name.clone());
        let is_admin = admin(&roles, &eligible);
        let verdict = self_service(&account, &tenant.facts, self.cloud);
        let Readiness {
            ready,
            missing,
            undecided,
        } = self.readiness(&methods, &account.methods, &verdict);
        let (id, user_principal_name) = match &user {
            Some(user) => (Some(user.id.clone()), upn),
            None if ids::guid(&name).is_some() => (Some(name), None),
            None => (None, Some(name).filter(|name| !name.is_empty())),
        };
        let row = UserRow {
            id: id.map(Into::into),
            user_principal_name: user_principal_name.map(Into::into),
            enabled: account.enabled,
            is_admin,
            ready,
            missing,
            undecided,
            email: self.email(&methods, &account.methods),
            phone: self.phone(&methods, &account.methods),
            other_methods: others(account.methods.items()),
            profile: user
                .as_ref()
                .filter(|_| self.profile)
                .map(|user| Box::new(self.contact(user))),
            display_name: user.and_then(|user| user.display_name).map(Into::into),
            self_service_reset: self.reset(&verdict, &account),
            error: fault.as_ref().map(|error| Box::new(Problem::of(error))),
        };
        Judged {
            row,
            account,
            verdict,
        }
    }

    /// Where only some lists exist, what they hold is decided and the rest is open.
    fn readiness(
        &self,
        methods: &Methods,
        kinds: &Known<Vec<MethodKind>>,
        verdict: &SelfService,
    ) -> Readiness {
        let Methods::Some { authenticators, .. } = methods else {
            return readiness(&self.require, kinds, Some(verdict));
        };
        let whole = Known::Known(kinds.items().to_vec());
        let mut all = Readiness {
            ready: Some(true),
            missing: Vec::new(),
            undecided: Vec::new(),
        };
        for requirement in &self.require {
            let read = *requirement == Requirement::Phone
                || (*requirement == Requirement::Authenticator && *authenticators);
            let one = readiness(
                &[*requirement],
                if read { &whole } else { kinds },
                Some(verdict),
            );
            all.missing.extend(one.missing);
            all.undecided.extend(one.undecided);
        }
        all.ready = match (all.missing.is_empty(), all.undecided.is_empty()) {
            (false, _) => Some(false),
            (true, true) => Some(true),
            (true, false) => None,
        };
        all
    }

    fn email(&self, methods: &Methods, kinds: &Known<Vec<MethodKind>>) -> Email {
        let addresses = methods
            .found()
            .iter()
            .filter_map(|method| method.email_address.as_deref());
        let values = addresses
            .map(|address| {
                if self.show_values {
                    address.into()
                } else {
                    mask::email(address).into()
                }
            })
            .collect();
        let seen = kinds.items().contains(&MethodKind::Email);
        let decided = seen || matches!(methods, Methods::All(_));
        Email {
            registered: decided.then_some(seen),
            values,
        }
    }

    fn phone(&self, methods: &Methods, kinds: &Known<Vec<MethodKind>>) -> Phone {
        let mut phone = Phone::default();
        for (method, kind) in methods.found().iter().zip(kinds.items()) {
            if let MethodKind::Phone { kind, .. } = kind {
                let number = method.phone_number.as_deref().unwrap_or_default();
                phone.types.push(word(kind.word()));
                phone.values.push(if self.show_values {
                    number.into()
                } else {
                    mask::phone(number).into()
                });
            }
        }
        phone.registered = match methods {
            Methods::Unread(_) => None,
            _ => Some(kinds.items().iter().any(MethodKind::is_usable_phone)),
        };
        phone
    }

    fn contact(&self, user: &User) -> Profile {
        let show = |text: &str, mask: fn(&str) -> String| {
            if self.show_values {
                text.to_owned()
            } else {
                mask(text)
            }
        };
        Profile {
            other_mails: user
                .other_mails
                .iter()
                .flatten()
                .map(|mail| show(mail, mask::email))
                .collect(),
            mobile_phone: user
                .mobile_phone
                .as_deref()
                .map(|number| show(number, mask::phone)),
        }
    }

    fn reset(&self, verdict: &SelfService, account: &AccountFacts) -> SelfReset {
        // Gates and switch are those of the administrator policy, so they are said of those only who are known to be under it.
        let under_policy = verdict.gate.is_some()
            && holds_any(&account.roles, &account.eligible, |role| {
                role.is_privileged() || role.known().is_some_and(|known| known.sspr_two_gate)
            });
        SelfReset {
            verdict: verdict.verdict.word(),
            gate: verdict.gate.filter(|_| under_policy),
            have: account.methods.seen().map(|_| verdict.have),
            policy_allowed: verdict.policy_allowed.filter(|_| under_policy),
            reasons: self.sentences(&verdict.reasons),
        }
    }

    /// The same few lists of reasons come again and again; they are kept once.
    fn sentences(&self, reasons: &[Finding]) -> Rc<[String]> {
        let mut known = self.reasons.borrow_mut();
        if let Some((_, sentences)) = known.iter().find(|(own, _)| own == reasons) {
            return Rc::clone(sentences);
        }
        let sentences: Rc<[String]> = reasons.iter().map(Finding::sentence).collect();
        if known.len() < SHARED {
            known.push((reasons.to_vec(), Rc::clone(&sentences)));
        }
        sentences
    }
}

fn holds_any(
    roles: &Known<Vec<HeldRole>>,
    eligible: &Known<Vec<HeldRole>>,
    test: impl Fn(&HeldRole) -> bool,
) -> bool {
    roles
        .items()
        .iter()
        .chain(eligible.items())
        .any(|role| !role.is_implicit() && test(role))
}

/// Whether a directory role is held or may be activated; null when not everything was read and none was seen.
fn admin(roles: &Known<Vec<HeldRole>>, eligible: &Known<Vec<HeldRole>>) -> Option<bool> {
    if holds_any(roles, eligible, |_| true) {
        return Some(true);
    }
    // The list of active roles alone settles the everyday meaning; what might be activated is said among the reasons.
    roles.seen().map(|_| false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Error, ErrorCode};
    use crate::graph::methods::RegisteredMethod;
    use crate::policy::Gap;
    use serde_json::json;

    fn method(value: serde_json::Value) -> RegisteredMethod {
        serde_json::from_value(value).unwrap()
    }

    fn email() -> RegisteredMethod {
        method(
            json!({ "@odata.type": "#microsoft.graph.emailAuthenticationMethod", "id": "e", "emailAddress": "ada@fabrikam.example" }),
        )
    }

    fn phone(kind: &str, number: &str) -> RegisteredMethod {
        method(
            json!({ "@odata.type": "#microsoft.graph.phoneAuthenticationMethod", "id": "p", "phoneType": kind, "phoneNumber": number }),
        )
    }

    fn row(methods: Methods, cloud: Cloud, require: &[Requirement]) -> UserRow {
        let user: User = serde_json::from_value(
            json!({ "id": "u", "userPrincipalName": "ada@contoso.com", "accountEnabled": true }),
        )
        .unwrap();
        let evidence = Evidence {
            name: "u".to_owned(),
            user: Some(user),
            methods,
            roles: Known::Known(Vec::new()),
            eligible: Known::Known(Vec::new()),
            fault: None,
        };
        Judge::new(require.to_vec(), false, false, cloud)
            .judge(evidence, &Tenant::unread())
            .row
    }

    const BOTH: &[Requirement] = &[Requirement::Email, Requirement::Phone];

    #[test]
    fn what_is_registered_is_ready() {
        let all = Methods::All(vec![email(), phone("mobile", "+1 2065550155")]);
        let row = row(all, Cloud::Global, BOTH);
        assert_eq!((row.ready, row.is_admin), (Some(true), Some(false)));
        assert_eq!(row.email.values, ["a***@f***.example".into()]);
        assert_eq!(row.phone.values, ["***55".into()]);
        assert_eq!(row.self_service_reset.gate, None);
    }

    #[test]
    fn nothing_read_proves_nothing() {
        let row = row(
            Methods::Unread(Gap::not_read("x")),
            Cloud::Global,
            &[
                Requirement::Email,
                Requirement::Phone,
                Requirement::Any2,
                Requirement::Sspr,
            ],
        );
        assert_eq!((row.ready, row.undecided.len()), (None, 4));
        assert!(row.missing.is_empty());
        assert_eq!((row.email.registered, row.phone.registered), (None, None));
        assert_eq!(row.self_service_reset.have, None);
    }

    #[test]
    fn where_only_phones_are_listed_phones_are_decided() {
        let some = |found, authenticators| Methods::Some {
            found,
            authenticators,
        };
        let none = row(some(Vec::new(), true), Cloud::China, BOTH);
        assert_eq!(none.ready, Some(false));
        assert_eq!(none.missing, [Requirement::Phone]);
        assert_eq!(none.undecided, [Requirement::Email]);
        let one = row(
            some(vec![phone("mobile", "+1 2")], true),
            Cloud::China,
            BOTH,
        );
        assert_eq!(
            (one.ready, one.phone.registered, one.email.registered),
            (None, Some(true), None)
        );
        let require = &[Requirement::Authenticator];
        assert_eq!(
            row(some(Vec::new(), true), Cloud::China, require).ready,
            Some(false)
        );
        assert_eq!(
            row(some(Vec::new(), false), Cloud::China, require).ready,
            None
        );
    }

    #[test]
    fn a_user_that_was_not_read_keeps_the_name_it_was_asked_by() {
        let evidence = |name: &str| Evidence {
            name: name.to_owned(),
            user: None,
            methods: Methods::Unread(Gap::not_read("x")),
            roles: Known::missing(Gap::not_read("x")),
            eligible: Known::missing(Gap::not_read("x")),
            fault: Some(Error::new(ErrorCode::NotFound, "x")),
        };
        let judge = Judge::new(BOTH.to_vec(), false, false, Cloud::Global);
        let row = judge
            .judge(evidence("ada@contoso.com"), &Tenant::unread())
            .row;
        assert_eq!((row.name(), row.id.is_none()), ("ada@contoso.com", true));
        assert_eq!((row.is_admin, row.enabled, row.ready), (None, None, None));
        let id = "62e90394-69f5-4237-9190-012177145e10";
        assert_eq!(
            judge
                .judge(evidence(id), &Tenant::unread())
                .row
                .id
                .as_deref(),
            Some(id)
        );
    }

    #[test]
    fn reasons_are_shared() {
        let judge = Judge::new(BOTH.to_vec(), false, false, Cloud::Global);
        let one = judge.sentences(&[Finding::Disabled]);
        assert!(Rc::ptr_eq(&one, &judge.sentences(&[Finding::Disabled])));
        assert!(!Rc::ptr_eq(&one, &judge.sentences(&[Finding::Guest])));
    }
}
