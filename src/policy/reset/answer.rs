//! The answer to "may the caller do this?": allowed by something, denied for reasons, or unknown for gaps, and how the
//! checks add up to it.

use super::people::HeldRole;
use super::permissions::{self, AnyOf};
use super::reason::{Reason, Refusal, role_names};
use crate::policy::facts::{Gap, Known};
use crate::policy::roles::Role;

/// What makes an action allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct By {
    /// The role it rests on; absent where the permission of an application, or owning the account, is enough.
    pub role: Option<HeldRole>,
    /// The permission in the token, several joined by " + ".
    pub permission: Option<String>,
}

/// Who could do it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhoCan {
    /// Roles that would work, least first; empty when nobody can in the present state.
    pub roles: Vec<&'static Role>,
    /// Units at whose scope the role must be assigned; empty means at tenant scope.
    pub units: Vec<String>,
    /// Permissions the token would need, least first.
    pub permissions: AnyOf,
}

impl WhoCan {
    /// One sentence for people.
    pub fn sentence(&self) -> String {
        if self.roles.is_empty() {
            return "Nobody can as things stand.".to_owned();
        }
        let ids: Vec<&str> = self.roles.iter().map(|role| role.template_id).collect();
        let place = match self.units.as_slice() {
            [] => String::new(),
            units => format!(", assigned for administrative unit {}", units.join(" or ")),
        };
        format!(
            "{}{place}, with {} in the token.",
            role_names(&ids),
            permissions::in_words(self.permissions)
        )
    }
}

/// The answer to "may the caller do this to the target?".
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Proven.
    Allowed {
        /// What it rests on.
        by: By,
    },
    /// Refuted.
    Denied {
        /// Why, the first to mend first.
        reasons: Vec<Reason>,
        /// Who could.
        who_can: WhoCan,
    },
    /// Neither proven nor refuted.
    Unknown {
        /// What is missing to decide.
        missing: Vec<Gap>,
        /// Reasons that would apply if the missing facts turn out badly, as far as they can be named.
        may_be: Vec<Reason>,
        /// Who could for certain.
        who_can: WhoCan,
    },
}

impl Verdict {
    /// Stable word for documents: `allowed`, `denied` or `unknown`.
    pub const fn word(&self) -> &'static str {
        match self {
            Verdict::Allowed { .. } => "allowed",
            Verdict::Denied { .. } => "denied",
            Verdict::Unknown { .. } => "unknown",
        }
    }

    /// True only for a proven yes.
    pub const fn is_allowed(&self) -> bool {
        matches!(self, Verdict::Allowed { .. })
    }

    /// The kind of refusal when denied; a precondition outranks a lack of permission.
    pub fn refusal(&self) -> Option<Refusal> {
        match self {
            Verdict::Denied { reasons, .. } => reasons.iter().map(Reason::refusal).max(),
            Verdict::Allowed { .. } | Verdict::Unknown { .. } => None,
        }
    }

    /// The reasons, certain or possible.
    pub fn reasons(&self) -> &[Reason] {
        match self {
            Verdict::Allowed { .. } => &[],
            Verdict::Denied { reasons, .. } => reasons,
            Verdict::Unknown { may_be, .. } => may_be,
        }
    }
}

/// Gathers the outcome of the checks in their order.
#[derive(Default)]
pub(super) struct Findings {
    pub(super) failed: Vec<Reason>,
    pub(super) missing: Vec<Gap>,
    pub(super) may_be: Vec<Reason>,
}

impl Findings {
    /// Records a yes-or-no fact that refuses when it holds.
    pub(super) fn refuse_if(
        &mut self,
        holds: Option<bool>,
        reason: impl FnOnce() -> Reason,
        gap: impl FnOnce() -> Gap,
    ) {
        match holds {
            Some(true) => self.failed.push(reason()),
            Some(false) => {}
            None => {
                self.missing.push(gap());
                self.may_be.push(reason());
            }
        }
    }

    /// Looks the permission up in the token, as far as that can be read.
    pub(super) fn held_permission(
        &mut self,
        any_of: AnyOf,
        have: &Known<Vec<String>>,
    ) -> Option<String> {
        if let Some(set) = permissions::satisfied(any_of, have.items()) {
            return Some(set.join(" + "));
        }
        let reason = Reason::MissingPermission { any_of };
        if have.is_complete() {
            self.failed.push(reason);
        } else {
            self.missing
                .extend(have.open_questions("the permissions in the token"));
            self.may_be.push(reason);
        }
        None
    }

    /// One failure denies; one gap leaves it open; else it is proven.
    pub(super) fn conclude(mut self, by: By, who_can: impl FnOnce() -> WhoCan) -> Verdict {
        if !self.failed.is_empty() {
            return Verdict::Denied {
                reasons: self.failed,
                who_can: who_can(),
            };
        }
        if !self.missing.is_empty() {
            let mut seen = std::collections::HashSet::new();
            self.missing.retain(|gap| seen.insert(gap.clone()));
            return Verdict::Unknown {
                missing: self.missing,
                may_be: self.may_be,
                who_can: who_can(),
            };
        }
        Verdict::Allowed { by }
    }
}
