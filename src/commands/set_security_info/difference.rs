//! What has to be done so that a user has what is wanted, in an order the service takes, and what would undo it. Pure.

use super::wanted::Wanted;
use crate::error::{Error, ErrorCode, Result};
use crate::graph::info::{EMAIL_METHOD, Info, collection_of};
use crate::graph::methods::RegisteredMethod;
use crate::mask;
use crate::plan::Step;
use crate::policy::contact::{PhoneKind, is_masked};
use crate::preflight::Judged;

/// One value: what it was and what it will be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    /// `email`, or the type of phone.
    pub(super) what: &'static str,
    pub(super) before: Option<String>,
    pub(super) after: Option<String>,
}

impl Change {
    pub(super) fn action(&self) -> &'static str {
        match (&self.before, &self.after) {
            (None, Some(_)) => "add",
            (Some(_), None) => "remove",
            (Some(before), Some(after)) if before != after => "change",
            _ => "none",
        }
    }

    /// A value as reports show it.
    pub(super) fn shown(&self, value: Option<&String>, whole: bool) -> Option<String> {
        value.map(|value| match (whole, self.what) {
            (true, _) => value.clone(),
            (false, "email") => mask::email(value),
            (false, _) => mask::phone(value),
        })
    }
}

/// A write and what undoes it; `None` when the old value was shown masked and cannot be put back.
#[derive(Debug, Clone)]
pub(super) struct Write {
    pub(super) step: Step,
    pub(super) undo: Option<Step>,
}

/// Everything to be done for one user.
#[derive(Debug, Clone, Default)]
pub(super) struct Difference {
    pub(super) changes: Vec<Change>,
    pub(super) writes: Vec<Write>,
    pub(super) warnings: Vec<String>,
    /// Whether no method but the password would be left.
    pub(super) leaves_nothing: bool,
}

impl Difference {
    /// It line by line, with whole values.
    pub(super) fn lines(&self) -> Vec<String> {
        let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".to_owned());
        self.changes
            .iter()
            .map(|change| match change.action() {
                "none" => format!("  {}: {} stays", change.what, text(&change.after)),
                _ => format!(
                    "  {}: {} -> {}",
                    change.what,
                    text(&change.before),
                    text(&change.after)
                ),
            })
            .collect()
    }
}

fn phone_info(kind: PhoneKind, number: &str) -> Info {
    Info::Phone {
        kind: kind.word(),
        method_id: kind.method_id(),
        number: number.to_owned(),
    }
}

/// Compares what is wanted with what is registered.
pub(super) fn between(
    judged: &Judged,
    wanted: &Wanted,
    registered: &[RegisteredMethod],
) -> Result<Difference> {
    let mut difference = Difference::default();
    let email = registered
        .iter()
        .find_map(|method| method.email_address.clone());
    let phone = |kind: PhoneKind| {
        registered
            .iter()
            .find(|method| {
                method
                    .phone_type
                    .as_deref()
                    .is_some_and(|own| own.eq_ignore_ascii_case(kind.word()))
            })
            .map(|method| method.phone_number.clone().unwrap_or_default())
    };
    if wanted.email.is_some() || wanted.remove_email {
        let same = |before: &str, after: &str| before.eq_ignore_ascii_case(after);
        difference.one("email", email, wanted.email.clone(), same, &|value| {
            Info::Email(value.to_owned())
        });
    }
    if wanted.phone.is_some() || wanted.remove_phone {
        let kind = wanted.kind;
        let own = phone(kind);
        in_order(
            judged,
            wanted,
            &own,
            phone(PhoneKind::Mobile),
            phone(PhoneKind::AlternateMobile),
        )?;
        let same = |before: &str, after: &str| before == after;
        difference.one(kind.word(), own, wanted.phone.clone(), same, &|value| {
            phone_info(kind, value)
        });
    }
    if let Some(address) = &wanted.email {
        let domain = address.rsplit('@').next().unwrap_or_default();
        let own = judged.upn().rsplit('@').next().unwrap_or_default();
        if domain.eq_ignore_ascii_case(own) {
            difference.warnings.push(format!(
                "{address} is in the domain {} signs in with: who is locked out cannot read it. A private address is better.",
                judged.upn()
            ));
        }
    }
    difference.leaves_nothing = leaves_nothing(&difference, registered);
    Ok(difference)
}

/// The rules about which phone goes first.
fn in_order(
    judged: &Judged,
    wanted: &Wanted,
    own: &Option<String>,
    mobile: Option<String>,
    alternate: Option<String>,
) -> Result<()> {
    let refuse = |message: String, why: &str, fix: String| {
        Err(Error::new(ErrorCode::ContentRefused, message)
            .why(why)
            .fix(fix))
    };
    let upn = judged.upn();
    if wanted.phone.is_some() && wanted.kind == PhoneKind::AlternateMobile && mobile.is_none() {
        return refuse(
            format!("{upn} has no mobile phone yet; nothing was changed."),
            "Graph takes an alternate mobile phone only after a mobile one.",
            "Register it with --phone-type mobile, or the mobile phone first.".to_owned(),
        );
    }
    if wanted.remove_phone
        && own.is_some()
        && wanted.kind == PhoneKind::Mobile
        && alternate.is_some()
    {
        return refuse(
            format!("The mobile phone of {upn} cannot be removed yet; nothing was changed."),
            "Graph refuses that while an alternate mobile phone is registered.",
            "Remove that one first: --remove phone --phone-type alternateMobile.".to_owned(),
        );
    }
    Ok(())
}

fn leaves_nothing(difference: &Difference, registered: &[RegisteredMethod]) -> bool {
    let removed: Vec<&str> = difference
        .writes
        .iter()
        .filter_map(|write| match &write.step {
            Step::DeleteMethod { id, .. } => Some(id.as_str()),
            _ => None,
        })
        .collect();
    let adds = difference
        .writes
        .iter()
        .any(|write| matches!(write.step, Step::AddInfo(_) | Step::ChangeInfo(_)));
    !removed.is_empty()
        && !adds
        && registered
            .iter()
            .filter(|method| method.kind() != Some("password"))
            .all(|method| removed.contains(&method.id.as_str()))
}

impl Difference {
    fn one(
        &mut self,
        what: &'static str,
        before: Option<String>,
        after: Option<String>,
        same: impl Fn(&str, &str) -> bool,
        info: &dyn Fn(&str) -> Info,
    ) {
        let masked = what != "email" && before.as_deref().is_some_and(is_masked);
        let delete = |info: &Info| Step::DeleteMethod {
            collection: collection_of(info.kind()).unwrap_or("phoneMethods"),
            id: match info {
                Info::Email(_) => EMAIL_METHOD.to_owned(),
                Info::Phone { method_id, .. } => (*method_id).to_owned(),
            },
            what: if what == "email" {
                "the e-mail address".to_owned()
            } else {
                format!("the {what} phone")
            },
        };
        let old = before.as_deref().filter(|_| !masked).map(info);
        match (&before, &after) {
            (None, Some(value)) => {
                let new = info(value);
                self.writes.push(Write {
                    undo: Some(delete(&new)),
                    step: Step::AddInfo(new),
                });
            }
            (Some(_), None) => self.writes.push(Write {
                step: delete(&info("")),
                undo: old.map(Step::AddInfo),
            }),
            (Some(held), Some(value)) if masked || !same(held, value) => {
                self.writes.push(Write {
                    step: Step::ChangeInfo(info(value)),
                    undo: old.map(Step::ChangeInfo),
                });
            }
            _ => {}
        }
        if masked {
            self.warnings.push(format!(
                "The {what} phone is shown masked to you: whether it differs cannot be told, and the old number could not be put back."
            ));
        }
        let stays =
            matches!((&before, &after), (Some(held), Some(value)) if !masked && same(held, value));
        self.changes.push(Change {
            what,
            after: if stays { before.clone() } else { after },
            before,
        });
    }
}
