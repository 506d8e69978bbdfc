//! From facts to a plan for one user: which way, which steps, may the caller, is it privileged. Changes nothing.

use super::ViaArg;
use super::extras::{self, Extras};
use super::judge::{UnitRef, last_warning, missing, open_for, restricting};
use super::wanted::{Wanted, may_revoke};
use crate::auth::claims::TokenClaims;
use crate::consent::Subject;
use crate::context::Context;
use crate::error::Result;
use crate::facts::{self, Open, Surroundings};
use crate::graph::Client;
use crate::graph::users::User;
use crate::ids::UserId;
use crate::plan::{Step, Via};
use crate::policy::Cloud;
use crate::policy::reset::{
    Action, Caller, CallerKind, Privileged, Target, TenantAction, Verdict,
    last_global_administrator, privileged_target, tenant_verdict, verdict,
};
use crate::preflight;
use crate::verdicts;

/// One user with a plan.
#[derive(Debug, Clone)]
pub(super) struct Prepared {
    pub(super) name: UserId,
    pub(super) user: User,
    /// Facts, when something was read.
    pub(super) target: Option<Target>,
    pub(super) privileged: Privileged,
    /// Everything that is done to the account, with the verdict on it; the reset comes first. Empty when nothing was read.
    pub(super) judged: Vec<(Action, Verdict)>,
    pub(super) via: Via,
    pub(super) may_turn_direct: bool,
    pub(super) may_repeat: bool,
    /// The reset and what follows it.
    pub(super) steps: Vec<Step>,
    /// Restricted units to leave before the steps and to enter again after them.
    pub(super) units: Vec<UnitRef>,
    /// May the caller change the members of those units?
    pub(super) passage: Option<Verdict>,
    /// Who asks, when that was read.
    pub(super) caller: Option<Caller>,
    pub(super) cloud: Cloud,
    pub(super) warnings: Vec<String>,
    /// Password policies before and after, when they were asked for.
    pub(super) policy: Option<(String, String)>,
}

/// A plan without any read: Graph decides, and the account counts as privileged.
pub(super) fn unread(
    name: &UserId,
    wanted: &Wanted,
    claims: &TokenClaims,
    context: &Context,
) -> Result<Prepared> {
    let via = wanted.way(
        claims,
        claims.app_only == Some(true),
        context.settings.endpoints.cloud,
    );
    let revoke = wanted.revoke.unwrap_or_else(|| may_revoke(claims));
    let user = User {
        id: match name {
            UserId::Object(id) => id.clone(),
            UserId::Upn(_) => String::new(),
        },
        user_principal_name: match name {
            UserId::Upn(upn) => Some(upn.clone()),
            UserId::Object(_) => None,
        },
        ..User::default()
    };
    Ok(Prepared {
        name: name.clone(),
        user,
        target: None,
        privileged: Privileged::Unknown(vec![crate::policy::Gap::not_read(
            "the account (--no-preflight)",
        )]),
        judged: Vec::new(),
        via,
        may_turn_direct: wanted.via == ViaArg::Auto && claims.app_only.is_none(),
        // Whether on-premises rules apply is not known, so an unclear outcome is not answered by sending again.
        may_repeat: via == Via::Direct,
        steps: wanted.steps(via, revoke, Vec::new()),
        units: Vec::new(),
        passage: None,
        caller: None,
        cloud: context.settings.endpoints.cloud,
        warnings: Vec::new(),
        policy: None,
    })
}

/// Decides about one user from what was read, reading once more only where the first look left it open.
#[allow(clippy::too_many_arguments)] // each is a different thing, named once
pub(super) async fn prepare(
    client: &Client,
    surroundings: &mut Surroundings,
    mut subject: facts::Subject,
    name: &UserId,
    wanted: &Wanted,
    claims: &TokenClaims,
    context: &Context,
    confirmed: &[String],
) -> Result<Prepared> {
    let cloud = context.settings.endpoints.cloud;
    let app_only = surroundings.caller.kind == CallerKind::AppOnly;
    let via = wanted.way(claims, app_only, cloud);
    let actions = wanted.actions(via);
    let decide = |surroundings: &Surroundings, target: &Target| -> Vec<(Action, Verdict)> {
        let about = |action: &Action| verdict(*action, &surroundings.caller, target, cloud);
        actions
            .iter()
            .map(|action| (*action, about(action)))
            .collect()
    };
    let upn = subject.target.upn.clone();
    let mut judged = decide(surroundings, &subject.target);
    let is_confirmed = confirmed.iter().any(|value| {
        value.eq_ignore_ascii_case(&upn) || value.eq_ignore_ascii_case(&subject.target.id)
    });
    let open = open_for(&judged, &subject, wanted, is_confirmed);
    if open != Open::default() {
        facts::look_again(client, surroundings, &mut subject, open).await?;
        judged = decide(surroundings, &subject.target);
        let undecided = |(_, answer): &(Action, Verdict)| matches!(answer, Verdict::Unknown { .. });
        if judged.iter().any(undecided) && facts::look_at_scopes(client, &mut subject).await? {
            judged = decide(surroundings, &subject.target);
        }
    }
    let mut units = Vec::new();
    let mut passage = None;
    if wanted.through_restricted_unit
        && judged.iter().any(|(_, answer)| !answer.is_allowed())
        && subject.target.restricted == Some(true)
    {
        units = restricting(&subject)?;
        passage = Some(tenant_verdict(
            TenantAction::ChangeUnitMembers,
            &surroundings.caller,
        ));
        judged = decide(surroundings, &subject.target.outside_restricted_units());
    }
    let unknown = missing(&judged);
    let privileged = match privileged_target(&subject.target) {
        // What could not be decided is handled like a privileged account.
        Privileged::No if !unknown.is_empty() => Privileged::Unknown(unknown),
        other => other,
    };
    // A reset leaves an administrator usable, whoever is the last.
    let last = subject
        .administrators
        .as_ref()
        .map(|enabled| last_global_administrator(false, &subject.target, enabled));
    let extras = if preflight::denied(&judged).is_some() {
        Extras::default()
    } else {
        extras::read(client, &wanted.extras, &subject, cloud).await?
    };
    let target = subject.target;
    let holds_role = target.roles.items().iter().any(|role| !role.is_implicit());
    // Roles that could not be read are taken for held: ending sessions is the safe side.
    let revoke = wanted.revoke.unwrap_or_else(|| {
        (holds_role || target.roles.seen().is_none())
            && may_revoke(claims)
            && !matches!(
                verdict(Action::RevokeSessions, &surroundings.caller, &target, cloud),
                Verdict::Denied { .. }
            )
    });
    let mut warnings = Vec::new();
    if target.enabled == Some(false) && !wanted.enable {
        warnings.push(format!("{upn} is disabled: the new password will not let anybody sign in. Add --enable to enable the account too."));
    }
    for undecided in judged.iter().map(|(_, answer)| answer).chain(&passage) {
        if let Verdict::Unknown {
            missing, may_be, ..
        } = undecided
        {
            let text = verdicts::warning_with(missing, may_be, surroundings.caller.kind, cloud);
            if !warnings.contains(&text) {
                warnings.push(text);
            }
        }
    }
    warnings.extend(extras.warnings);
    warnings.extend(last.and_then(|last| last_warning(&upn, &last)));
    if wanted.through_restricted_unit && units.is_empty() {
        warnings.push(if target.restricted == Some(true) {
            "--through-restricted-unit is not needed: the caller reaches the account inside its unit.".to_owned()
        } else {
            format!("--through-restricted-unit has no effect: {upn} is in no restricted unit.")
        });
    }
    if wanted.cloud_only_write && target.synced == Some(true) {
        warnings.push(format!("{upn} is synced: the new password is set in the cloud alone and differs from the one on premises."));
    }
    Ok(Prepared {
        name: name.clone(),
        user: subject.user,
        may_turn_direct: wanted.via == ViaArg::Auto
            && claims.app_only.is_none()
            && target.synced == Some(false),
        may_repeat: target.synced == Some(false) || via == Via::Direct,
        steps: wanted.steps(via, revoke, extras.steps),
        units,
        passage,
        caller: Some(surroundings.caller.clone()),
        cloud,
        target: Some(target),
        privileged,
        judged,
        via,
        warnings,
        policy: extras.policy,
    })
}

impl Prepared {
    /// Name for people and for confirmation.
    pub(super) fn upn(&self) -> &str {
        self.user
            .user_principal_name
            .as_deref()
            .unwrap_or_else(|| self.name.as_str())
    }

    /// What the path of the write holds: the object id once it is known.
    pub(super) fn path_id(&self) -> &str {
        if self.target.is_some() {
            &self.user.id
        } else {
            self.name.as_str()
        }
    }

    /// The target as consent sees it.
    pub(super) fn subject(&self) -> Subject {
        Subject {
            name: self.upn().to_owned(),
            id: Some(self.user.id.clone()).filter(|id| !id.is_empty()),
            privileged: match &self.privileged {
                Privileged::Yes(reasons) => Some(reasons.join(", ")),
                Privileged::Unknown(_) if self.target.is_none() => {
                    Some("nothing was read about it".to_owned())
                }
                Privileged::Unknown(gaps) => Some(
                    gaps.iter()
                        .map(crate::policy::Gap::sentence)
                        .collect::<Vec<_>>()
                        .join(" "),
                ),
                Privileged::No => None,
            },
        }
    }

    /// Names of the roles held.
    pub(super) fn roles(&self) -> Vec<String> {
        let Some(target) = &self.target else {
            return Vec::new();
        };
        let mut names: Vec<String> = target
            .roles
            .items()
            .iter()
            .filter(|role| !role.is_implicit())
            .map(|role| role.display_name().to_owned())
            .collect();
        names.dedup();
        names
    }
}
