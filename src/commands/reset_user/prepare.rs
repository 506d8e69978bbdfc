//! From facts to a plan for one user: which way, which steps, may the caller, is it privileged. Changes nothing.

use super::judge::{UnitRef, last_warning, missing, restricting, still_open};
use super::{Args, ViaArg};
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
    Action, Caller, CallerKind, Privileged, Target, TenantAction, Verdict, Via as PolicyVia,
    last_global_administrator, privileged_target, tenant_verdict, verdict,
};
use crate::settings::Settings;
use crate::verdicts;

/// What the flags ask for, without the users.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub(super) via: ViaArg,
    pub(super) force_change: bool,
    pub(super) force_change_mfa: bool,
    pub(super) cloud_only_write: bool,
    pub(super) revoke: Option<bool>,
    pub(super) enable: bool,
    pub(super) through_restricted_unit: bool,
}

impl Wanted {
    pub(super) fn new(args: &Args) -> Self {
        Wanted {
            via: args.via,
            force_change: !args.no_force_change,
            force_change_mfa: args.force_change_mfa,
            cloud_only_write: args.cloud_only_write,
            revoke: if args.revoke_sessions {
                Some(true)
            } else if args.no_revoke_sessions {
                Some(false)
            } else {
                None
            },
            enable: args.enable,
            through_restricted_unit: args.through_restricted_unit,
        }
    }

    /// The way the password is written (contract: `--via auto`).
    ///
    /// `app_only`: an app calls, by its token or, where that cannot be read, by `/me`.
    fn way(&self, claims: &TokenClaims, app_only: bool, cloud: Cloud) -> Via {
        match self.via {
            ViaArg::Method => Via::Method,
            ViaArg::Direct => Via::Direct,
            ViaArg::Auto => {
                let has = |name: &str| {
                    claims
                        .permissions
                        .as_ref()
                        .is_none_or(|held| held.iter().any(|own| own.eq_ignore_ascii_case(name)))
                };
                let direct = app_only
                    || cloud == Cloud::China
                    || !self.force_change
                    || self.force_change_mfa
                    || self.cloud_only_write
                    || !has("UserAuthenticationMethod.ReadWrite.All");
                if direct { Via::Direct } else { Via::Method }
            }
        }
    }
}

/// One user with a plan.
#[derive(Debug, Clone)]
pub(super) struct Prepared {
    pub(super) name: UserId,
    pub(super) user: User,
    /// Facts, when something was read.
    pub(super) target: Option<Target>,
    pub(super) privileged: Privileged,
    pub(super) verdict: Option<Verdict>,
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
}

/// May the token end sessions, as far as it can be read?
fn may_revoke(claims: &TokenClaims) -> bool {
    claims.permissions.as_ref().is_none_or(|held| {
        [
            "User.RevokeSessions.All",
            "User.ReadWrite.All",
            "Directory.ReadWrite.All",
        ]
        .iter()
        .any(|name| held.iter().any(|own| own.eq_ignore_ascii_case(name)))
    })
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
        verdict: None,
        via,
        may_turn_direct: wanted.via == ViaArg::Auto && claims.app_only.is_none(),
        // Whether on-premises rules apply is not known, so an unclear outcome is not answered by sending again.
        may_repeat: via == Via::Direct,
        steps: steps(wanted, via, revoke),
        units: Vec::new(),
        passage: None,
        caller: None,
        cloud: context.settings.endpoints.cloud,
        warnings: Vec::new(),
    })
}

fn steps(wanted: &Wanted, via: Via, revoke: bool) -> Vec<Step> {
    let mut steps = vec![Step::ResetPassword {
        via,
        force_change: via == Via::Method || wanted.force_change || wanted.force_change_mfa,
        force_change_mfa: wanted.force_change_mfa,
    }];
    if wanted.enable {
        steps.push(Step::EnableUser);
    }
    if revoke {
        steps.push(Step::RevokeSessions);
    }
    steps
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
    let action = Action::ResetPassword {
        via: match (via, wanted.cloud_only_write) {
            (Via::Method, _) => PolicyVia::Method,
            (Via::Direct, true) => PolicyVia::DirectCloudOnly,
            (Via::Direct, false) => PolicyVia::Direct,
        },
    };
    let upn = subject.target.upn.clone();
    let mut found = verdict(action, &surroundings.caller, &subject.target, cloud);
    let is_confirmed = confirmed.iter().any(|value| {
        value.eq_ignore_ascii_case(&upn) || value.eq_ignore_ascii_case(&subject.target.id)
    });
    let open = still_open(&found, &subject, action, wanted, is_confirmed);
    facts::look_again(client, surroundings, &mut subject, open).await?;
    found = match open {
        Open { caller: true, .. } => verdict(action, &surroundings.caller, &subject.target, cloud),
        _ => found,
    };
    let mut units = Vec::new();
    let mut passage = None;
    if wanted.through_restricted_unit
        && !found.is_allowed()
        && subject.target.restricted == Some(true)
    {
        units = restricting(&subject)?;
        passage = Some(tenant_verdict(
            TenantAction::ChangeUnitMembers,
            &surroundings.caller,
        ));
        let outside = subject.target.outside_restricted_units();
        found = verdict(action, &surroundings.caller, &outside, cloud);
    }
    let privileged = match privileged_target(&subject.target) {
        // What could not be decided is handled like a privileged account.
        Privileged::No if matches!(found, Verdict::Unknown { .. }) => {
            Privileged::Unknown(missing(&found))
        }
        other => other,
    };
    let last = subject
        .administrators
        .as_ref()
        .map(|enabled| last_global_administrator(action.takes_away(), &subject.target, enabled));
    let target = subject.target;
    let holds_role = target.roles.items().iter().any(|role| !role.is_implicit());
    // Roles that could not be read are taken for held: ending sessions is the safe side.
    let revoke = wanted
        .revoke
        .unwrap_or_else(|| (holds_role || target.roles.seen().is_none()) && may_revoke(claims));
    let mut warnings = Vec::new();
    if target.enabled == Some(false) && !wanted.enable {
        warnings.push(format!("{upn} is disabled: the new password will not let anybody sign in. Add --enable to enable the account too."));
    }
    for undecided in [Some(&found), passage.as_ref()].into_iter().flatten() {
        if let Verdict::Unknown {
            missing, may_be, ..
        } = undecided
        {
            warnings.push(verdicts::warning_with(
                missing,
                may_be,
                surroundings.caller.kind,
                cloud,
            ));
        }
    }
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
        steps: steps(wanted, via, revoke),
        units,
        passage,
        caller: Some(surroundings.caller.clone()),
        cloud,
        target: Some(target),
        privileged,
        verdict: Some(found),
        via,
        warnings,
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
                // What may be done to it is not known, so what it is counts as not known either (contract: verdict unknown).
                Privileged::No if matches!(self.verdict, Some(Verdict::Unknown { .. })) => {
                    Some("whether you may reset it could not be decided".to_owned())
                }
                Privileged::No => None,
            },
        }
    }

    /// One line for the question: who exactly, in which tenant.
    pub(super) fn question(
        &self,
        surroundings: Option<&Surroundings>,
        settings: &Settings,
    ) -> String {
        let place = match surroundings.and_then(Surroundings::domain) {
            Some(domain) => format!(" in {domain}"),
            None => String::new(),
        };
        let endpoint = if settings.endpoints.custom {
            format!(" at {}", settings.endpoints.graph)
        } else {
            String::new()
        };
        format!("Reset the password of {}{place}{endpoint}", self.upn())
    }

    /// The account and the steps, for the person who is asked.
    pub(super) fn preview(&self) -> Vec<String> {
        let mut lines = vec![format!(
            "{}  {}  {}  {}",
            self.upn(),
            self.user.display_name.as_deref().unwrap_or("-"),
            self.user.id,
            self.roles().join(", ")
        )];
        lines.extend(
            self.plan()
                .iter()
                .map(|step| format!("- {}", step.sentence(self.upn()))),
        );
        lines
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_app_whose_token_cannot_be_read_writes_directly() {
        let wanted = Wanted {
            via: ViaArg::Auto,
            force_change: true,
            force_change_mfa: false,
            cloud_only_write: false,
            through_restricted_unit: false,
            revoke: None,
            enable: false,
        };
        let opaque = TokenClaims::default();
        assert_eq!(wanted.way(&opaque, true, Cloud::Global), Via::Direct);
        assert_eq!(wanted.way(&opaque, false, Cloud::Global), Via::Method);
        assert_eq!(wanted.way(&opaque, false, Cloud::China), Via::Direct);
        let lacking = TokenClaims {
            permissions: Some(vec!["User-PasswordProfile.ReadWrite.All".to_owned()]),
            ..TokenClaims::default()
        };
        assert_eq!(wanted.way(&lacking, false, Cloud::Global), Via::Direct);
        let named = Wanted {
            via: ViaArg::Method,
            ..wanted
        };
        assert_eq!(named.way(&opaque, true, Cloud::China), Via::Method);
    }
}
