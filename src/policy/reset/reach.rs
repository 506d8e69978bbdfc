//! Whether the caller reaches the target: every role of the caller, by its scope, against everything that protects the
//! target, with and without the roles the target may only activate. The answer is yes, no with reasons, or cannot say.

use super::actions::{Action, Via};
use super::judge::{Judged, in_tenant, needs};
use super::matrix::{self, names};
use super::people::{Caller, CallerKind, HeldRole, Scope, Target};
use super::protection::{Profile, Protection, restriction_gap};
use super::reason::Reason;
use crate::policy::facts::Gap;
use crate::policy::roles;

/// The outcome of looking for a role that does.
pub(super) enum Reach {
    /// This role does; `None` when the permission of an application is enough.
    Yes(Option<HeldRole>),
    /// None does.
    No(Vec<Reason>),
    /// Cannot be said, and what would refuse if it turned out badly.
    Unsure(Vec<Gap>, Vec<Reason>),
}

/// One question: may this caller do this to this target?
struct Question<'a> {
    action: Action,
    caller: &'a Caller,
    target: &'a Target,
    protection: Protection<'a>,
}

/// Looks for an active role of the caller that reaches the target.
pub(super) fn caller_reaches(action: Action, caller: &Caller, target: &Target) -> Reach {
    let question = Question {
        action,
        caller,
        target,
        protection: Protection::of(target),
    };
    let mut reasons = Vec::new();
    let mut gaps = Vec::new();
    let mut may_be = Vec::new();
    let alone = (caller.kind == CallerKind::AppOnly).then(|| question.by_permission_alone());
    for reach in caller
        .roles
        .items()
        .iter()
        .map(|held| question.by_role_in_token(held))
        .chain(alone)
    {
        match reach {
            Reach::Yes(role) => return Reach::Yes(role),
            Reach::No(more) => add(&mut reasons, more),
            Reach::Unsure(open, more) => {
                gaps.extend(open);
                add(&mut may_be, more);
            }
        }
    }
    if !gaps.is_empty() {
        return Reach::Unsure(gaps, may_be);
    }
    let reasons = question.refusals(reasons);
    if caller.roles.is_complete() {
        Reach::No(reasons)
    } else {
        Reach::Unsure(
            caller.roles.open_questions("the roles of the caller"),
            reasons,
        )
    }
}

impl Question<'_> {
    /// What to tell when no active role reaches the target; what the caller could activate comes first.
    fn refusals(&self, mut reasons: Vec<Reason>) -> Vec<Reason> {
        let mut told: Vec<Reason> = self
            .caller
            .eligible
            .items()
            .iter()
            .filter(|held| matches!(self.by_role(held), Reach::Yes(_)))
            .map(|held| Reason::RoleEligibleNotActive { role: held.clone() })
            .collect();
        if told.is_empty() && self.protection.blocks(self.action) == Some(true) {
            // Restricted management explains it alone; higher roles of the target would mislead.
            reasons.retain(|reason| {
                matches!(
                    reason,
                    Reason::RestrictedUnit { .. } | Reason::NotInCallersUnit { .. }
                )
            });
            add(&mut reasons, vec![self.protection.refusal()]);
        }
        add(&mut told, reasons);
        if told.is_empty() {
            told.push(Reason::NoCallerRole {
                needs: needs(self.action, self.target),
            });
        }
        told
    }

    /// A role that the token does not name yet may not count before there is a new token.
    fn by_role_in_token(&self, held: &HeldRole) -> Reach {
        match self.by_role(held) {
            Reach::Yes(_) if self.caller.token_lacks(held) => Reach::Unsure(
                vec![token_gap(held)],
                vec![Reason::RoleNotInToken { role: held.clone() }],
            ),
            other => other,
        }
    }

    fn by_role(&self, held: &HeldRole) -> Reach {
        if matches!(
            in_tenant(self.action, held, &Profile::default()),
            Judged::No
        ) {
            return Reach::No(Vec::new());
        }
        let reach = match &held.scope {
            Scope::Object(_) => return Reach::No(Vec::new()),
            Scope::Tenant => {
                let reach = self.settle(|profile| in_tenant(self.action, held, profile));
                self.outside_restricted_units(reach)
            }
            Scope::Unit { id, .. } => self.by_unit_role(held, id),
        };
        match reach {
            Reach::Yes(_) => Reach::Yes(Some(held.clone())),
            other => other,
        }
    }

    /// Restricted management stops every right that is not scoped to the unit.
    fn outside_restricted_units(&self, reach: Reach) -> Reach {
        match (reach, self.protection.blocks(self.action)) {
            (Reach::No(reasons), _) => Reach::No(reasons),
            (reach, Some(false)) => reach,
            (_, Some(true)) => Reach::No(vec![self.protection.refusal()]),
            (Reach::Yes(_), None) => {
                Reach::Unsure(vec![restriction_gap()], vec![self.protection.refusal()])
            }
            (Reach::Unsure(mut gaps, mut may_be), None) => {
                gaps.push(restriction_gap());
                add(&mut may_be, vec![self.protection.refusal()]);
                Reach::Unsure(gaps, may_be)
            }
        }
    }

    /// A role at unit scope reaches direct members of the unit who are no administrators.
    fn by_unit_role(&self, held: &HeldRole, unit: &str) -> Reach {
        if !names(matrix::UNIT_CALLERS, &held.template_id) && !held.rights_unknown() {
            return Reach::No(Vec::new());
        }
        let reach = self.settle(|profile| {
            if profile.is_plain() {
                in_tenant(self.action, held, profile)
            } else if held.template_id.eq_ignore_ascii_case(roles::PRIVILEGED_AUTHENTICATION_ADMINISTRATOR) {
                Judged::Unsure(Gap::undocumented(
                    "Privileged Authentication Administrator assigned for an administrative unit reaches administrators in it",
                ))
            } else {
                Judged::No
            }
        });
        if matches!(reach, Reach::No(_)) {
            return reach;
        }
        let outside = || Reason::NotInCallersUnit {
            role: held.clone(),
            unit: unit.to_owned(),
        };
        match self.membership(unit) {
            Membership::Counts => {}
            Membership::CountsUnlessRestricted(gaps) => {
                return Reach::Unsure(gaps, vec![self.protection.refusal()]);
            }
            Membership::NotRead(gaps) => return Reach::Unsure(gaps, vec![outside()]),
            Membership::Outside => return Reach::No(vec![outside()]),
        }
        if matches!(reach, Reach::Yes(_))
            && self.caller.kind == CallerKind::AppOnly
            && !self.reads_directory()
        {
            return Reach::Unsure(
                vec![Gap::undocumented(
                    "an application with a role for an administrative unit needs no directory reader role for the tenant",
                )],
                Vec::new(),
            );
        }
        reach
    }

    /// Whether being in this unit puts the target in reach of its administrators. A restricted member answers only to
    /// administrators of units that restrict.
    fn membership(&self, unit: &str) -> Membership {
        let target = self.target;
        let within = |units: &[String]| units.iter().any(|id| id.eq_ignore_ascii_case(unit));
        let units_gap = || {
            target
                .units
                .open_questions("the administrative units of the user")
        };
        let restricting_gap = || {
            target
                .restricted_units
                .open_questions("which of the user's administrative units restrict management")
        };
        if within(target.restricted_units.items()) {
            return Membership::Counts;
        }
        match self.protection.blocks(self.action) {
            Some(true) if target.restricted_units.is_complete() => Membership::Outside,
            Some(true) => Membership::NotRead(restricting_gap()),
            Some(false) if within(target.units.items()) => Membership::Counts,
            None if within(target.units.items()) => {
                Membership::CountsUnlessRestricted(vec![restriction_gap()])
            }
            Some(false) | None if target.units.is_complete() => Membership::Outside,
            Some(false) | None => Membership::NotRead(units_gap()),
        }
    }

    /// True when an application holds some role for the whole tenant, as unit-scoped ones presuppose.
    fn reads_directory(&self) -> bool {
        self.caller
            .roles
            .items()
            .iter()
            .any(|role| role.scope == Scope::Tenant && !role.is_implicit())
    }

    /// What an application may do by permission, without a role.
    fn by_permission_alone(&self) -> Reach {
        let reach = self.settle(|profile| match (self.action, profile.is_plain()) {
            (Action::ReadMethods, _) => Judged::Yes,
            (Action::ResetPassword { via: Via::Method }, _) => Judged::No,
            (Action::ResetPassword { .. }, true) => Judged::Unsure(Gap::undocumented(
                "an application may write passwords of ordinary users by permission alone, without a directory role",
            )),
            (Action::WriteMethods(_) | Action::IssueAccessPass, false) => Judged::Unsure(Gap::undocumented(
                "an application may write the methods of administrators by permission alone, without a directory role",
            )),
            (_, true) => Judged::Yes,
            (_, false) => Judged::No,
        });
        let reach = match reach {
            Reach::Unsure(gaps, may_be) if may_be.is_empty() => Reach::Unsure(
                gaps,
                vec![Reason::NoCallerRole {
                    needs: needs(self.action, self.target),
                }],
            ),
            other => other,
        };
        let exempt = self
            .caller
            .permissions
            .items()
            .iter()
            .any(|name| name.eq_ignore_ascii_case("Directory.Write.Restricted"));
        if exempt
            && self.protection.blocks(self.action) == Some(true)
            && !matches!(reach, Reach::No(_))
        {
            return Reach::Unsure(
                vec![Gap::undocumented(
                    "Directory.Write.Restricted reaches restricted users",
                )],
                vec![self.protection.refusal()],
            );
        }
        self.outside_restricted_units(reach)
    }

    /// Asks the same about the target as it is, with its eligible roles in force, and in the worst case of what was not
    /// read; only agreement decides.
    fn settle(&self, judge: impl Fn(&Profile<'_>) -> Judged) -> Reach {
        let protection = &self.protection;
        match judge(&protection.active) {
            Judged::No => return Reach::No(self.protectors(&protection.active, &judge)),
            Judged::Unsure(gap) => return Reach::Unsure(vec![gap], Vec::new()),
            Judged::Yes => {}
        }
        if matches!(judge(&Profile::worst()), Judged::Yes) {
            return Reach::Yes(None);
        }
        let mut gaps = protection.open.clone();
        let mut may_be = Vec::new();
        match judge(&protection.with_eligible) {
            Judged::Yes => {}
            Judged::Unsure(gap) => gaps.push(gap),
            Judged::No => {
                for reason in self.protectors(&protection.with_eligible, &judge) {
                    let Reason::TargetHoldsHigherRole { role, needs } = reason else {
                        continue;
                    };
                    gaps.push(Gap::undocumented(format!(
                        "eligibility for {} leaves the user unprotected until it is activated",
                        role.display_name()
                    )));
                    may_be.push(Reason::TargetEligibleForHigherRole { role, needs });
                }
            }
        }
        if gaps.is_empty() {
            Reach::Yes(None)
        } else {
            Reach::Unsure(gaps, may_be)
        }
    }

    /// Names what protects the target from this judge.
    fn protectors(
        &self,
        profile: &Profile<'_>,
        judge: &impl Fn(&Profile<'_>) -> Judged,
    ) -> Vec<Reason> {
        let needs = needs(self.action, self.target);
        let blocks = |one: &Profile<'_>| matches!(judge(one), Judged::No);
        if let Some(role) = profile
            .roles
            .iter()
            .find(|role| blocks(&Profile::of_role(role)))
        {
            return vec![Reason::TargetHoldsHigherRole {
                role: (*role).clone(),
                needs,
            }];
        }
        if profile.group && blocks(&Profile::of_group()) {
            return vec![Reason::TargetInRoleAssignableGroup { needs }];
        }
        Vec::new()
    }
}

/// The gap when a role is in force and the token does not name it.
pub(super) fn token_gap(held: &HeldRole) -> Gap {
    Gap::undocumented(format!(
        "{} counts before a new token names it",
        held.display_name()
    ))
}

/// What being in a unit means for its administrators.
enum Membership {
    /// In reach.
    Counts,
    /// In reach unless another unit restricts management.
    CountsUnlessRestricted(Vec<Gap>),
    /// Not read.
    NotRead(Vec<Gap>),
    /// Not in reach.
    Outside,
}

fn add(to: &mut Vec<Reason>, more: Vec<Reason>) {
    for reason in more {
        if !to.contains(&reason) {
            to.push(reason);
        }
    }
}
