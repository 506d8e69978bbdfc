//! A row that waits for the end of the run, in as little memory as may be: a whole document over 100,000 users is written only
//! when the last of them was read. Numbers and words instead of structures; what is rare is kept as it is.

use super::evidence::word;
use super::row::{Email, Phone, SelfReset, UserRow};
use crate::policy::sspr::Requirement;
use serde::{Deserialize, Serialize};
use std::rc::Rc;

/// Lists of reasons that rows may refer to by number.
const REASONS: usize = 256;

/// The words of a verdict.
const VERDICTS: [&str; 3] = ["yes", "no", "unknown"];

/// A row that waits.
pub(super) enum Kept {
    /// As text.
    Packed(Box<str>),
    /// As it is: with contact information or a problem.
    Whole(Box<UserRow>),
}

/// Rows that wait, with what they share.
#[derive(Default)]
pub(super) struct Shelf {
    reasons: Vec<Rc<[String]>>,
}

/// The parts of a row in a fixed order: names; flags; missing and undecided; e-mails; phone types and numbers; other methods;
/// verdict, gate, have; number of the reasons.
#[derive(Serialize, Deserialize)]
struct Slim<S>(
    [Option<S>; 3],
    [Option<bool>; 6],
    [Vec<u8>; 2],
    Vec<S>,
    [Vec<S>; 2],
    Vec<S>,
    (u8, Option<u8>, Option<u8>),
    usize,
);

impl Shelf {
    /// Packs a row.
    pub(super) fn keep(&mut self, row: UserRow) -> Kept {
        match self.packed(&row) {
            Some(text) => Kept::Packed(text),
            None => Kept::Whole(Box::new(row)),
        }
    }

    fn packed(&mut self, row: &UserRow) -> Option<Box<str>> {
        if row.profile.is_some() || row.error.is_some() {
            return None;
        }
        let reset = &row.self_service_reset;
        let verdict = VERDICTS.iter().position(|word| *word == reset.verdict)?;
        let known = |list: &Rc<[String]>| Rc::ptr_eq(list, &reset.reasons);
        let reasons = match self.reasons.iter().position(known) {
            Some(number) => number,
            None if self.reasons.len() < REASONS => {
                self.reasons.push(Rc::clone(&reset.reasons));
                self.reasons.len() - 1
            }
            None => return None,
        };
        let numbers = |list: &[Requirement]| -> Option<Vec<u8>> {
            let place =
                |wanted: &Requirement| Requirement::ALL.iter().position(|one| one == wanted);
            list.iter()
                .map(|one| u8::try_from(place(one)?).ok())
                .collect()
        };
        let slim = Slim(
            [
                row.id.as_deref(),
                row.user_principal_name.as_deref(),
                row.display_name.as_deref(),
            ],
            [
                row.enabled,
                row.is_admin,
                row.ready,
                row.email.registered,
                row.phone.registered,
                reset.policy_allowed,
            ],
            [numbers(&row.missing)?, numbers(&row.undecided)?],
            row.email.values.iter().map(AsRef::as_ref).collect(),
            [
                row.phone.types.iter().map(AsRef::as_ref).collect(),
                row.phone.values.iter().map(AsRef::as_ref).collect(),
            ],
            row.other_methods.iter().map(AsRef::as_ref).collect(),
            (u8::try_from(verdict).ok()?, reset.gate, reset.have),
            reasons,
        );
        serde_json::to_string(&slim)
            .ok()
            .map(String::into_boxed_str)
    }

    /// The row again.
    pub(super) fn row(&self, kept: &Kept) -> Option<UserRow> {
        let text = match kept {
            Kept::Whole(row) => return Some((**row).clone()),
            Kept::Packed(text) => text,
        };
        let Slim(
            names,
            flags,
            [missing, undecided],
            emails,
            [types, numbers],
            others,
            reset,
            reasons,
        ) = serde_json::from_str::<Slim<String>>(text).ok()?;
        let [id, user_principal_name, display_name] = names.map(|name| name.map(Into::into));
        let [enabled, is_admin, ready, email, phone, policy_allowed] = flags;
        let (verdict, gate, have) = reset;
        let requirements = |list: Vec<u8>| {
            list.into_iter()
                .filter_map(|number| Requirement::ALL.get(usize::from(number)).copied())
                .collect()
        };
        let words = |list: Vec<String>| list.iter().map(|text| word(text)).collect();
        let texts = |list: Vec<String>| list.into_iter().map(Into::into).collect();
        Some(UserRow {
            id,
            user_principal_name,
            display_name,
            enabled,
            is_admin,
            ready,
            missing: requirements(missing),
            undecided: requirements(undecided),
            email: Email {
                registered: email,
                values: texts(emails),
            },
            phone: Phone {
                registered: phone,
                types: words(types),
                values: texts(numbers),
            },
            other_methods: words(others),
            profile: None,
            self_service_reset: SelfReset {
                verdict: VERDICTS.get(usize::from(verdict)).copied()?,
                gate,
                have,
                policy_allowed,
                reasons: Rc::clone(self.reasons.get(reasons)?),
            },
            error: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::check_security_info::row::Problem;
    use crate::error::{Error, ErrorCode};

    fn row() -> UserRow {
        UserRow {
            id: Some("u".into()),
            user_principal_name: Some("ada@contoso.com".into()),
            display_name: Some("Ada \"the\" \u{1f600}\nOkafor".into()),
            enabled: Some(true),
            is_admin: None,
            ready: Some(false),
            missing: vec![Requirement::Phone, Requirement::Sspr],
            undecided: vec![Requirement::Any2],
            email: Email {
                registered: Some(true),
                values: vec!["a***@f***.example".into()],
            },
            phone: Phone {
                registered: Some(false),
                types: vec!["office".into(), "carPhone".into()],
                values: vec!["***55".into(), "***66".into()],
            },
            other_methods: vec!["passkey".into(), "someFutureAuthenticationMethod".into()],
            profile: None,
            self_service_reset: SelfReset {
                verdict: "unknown",
                gate: Some(2),
                have: Some(1),
                policy_allowed: None,
                reasons: Rc::from(vec!["Because.".to_owned()]),
            },
            error: None,
        }
    }

    fn shown(row: &UserRow) -> String {
        serde_json::to_string(row).unwrap()
    }

    #[test]
    fn nothing_is_lost_on_the_shelf() {
        let mut shelf = Shelf::default();
        let kept = shelf.keep(row());
        assert!(matches!(&kept, Kept::Packed(text) if text.len() < 250));
        assert_eq!(shown(&shelf.row(&kept).unwrap()), shown(&row()));
    }

    #[test]
    fn what_is_rare_stays_whole() {
        let mut shelf = Shelf::default();
        let error = Some(Box::new(Problem::of(&Error::new(ErrorCode::NotFound, "x"))));
        let kept = shelf.keep(UserRow { error, ..row() });
        assert!(matches!(&kept, Kept::Whole(_)));
        assert_eq!(shelf.row(&kept).unwrap().error.unwrap().code, "notFound");
        // Reasons that nobody shares must not make the shelf grow without end.
        for _ in 0..=REASONS {
            shelf.keep(row());
        }
        assert_eq!(shelf.reasons.len(), REASONS);
        let kept = shelf.keep(row());
        assert_eq!(shown(&shelf.row(&kept).unwrap()), shown(&row()));
    }
}
