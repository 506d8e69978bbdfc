//! What holds before anything is made: whose session lives, whether it may make administrators, and whether the second one could
//! reset the first. Changes nothing.

use super::progress::Progress;
use super::second::role_of;
use super::{Args, Then};
use crate::administrator::wanted::TenantView;
use crate::context::Context;
use crate::error::{Error, ErrorCode, Result};
use crate::facts;
use crate::plan::Via;
use crate::policy::reset::{
    Action, Caller, CallerKind, HeldRole, TenantAction, Verdict, Via as PolicyVia, tenant_verdict,
    verdict,
};
use crate::policy::{Cloud, Known};
use crate::verdicts;

/// The account that is to be recovered, and where.
#[derive(Debug, Clone)]
pub(super) struct First {
    pub(super) id: String,
    pub(super) upn: String,
    /// Absent when an earlier run made the second administrator already.
    pub(super) tenant: Option<TenantView>,
    pub(super) via: Via,
}

impl First {
    /// As an earlier run knew it.
    pub(super) fn of(work: &Progress) -> Self {
        First {
            id: work.first_id.clone(),
            upn: work.first_upn.clone(),
            tenant: None,
            via: Via::Direct,
        }
    }
}

/// Reads who is signed in and judges what is going to be done.
pub(super) async fn read(args: &Args, context: &Context, then: Then) -> Result<First> {
    let client = context.client(&args.scopes(context))?;
    let claims = client.token().await?.claims;
    let surroundings = facts::surroundings(&client).await?;
    surroundings.belongs_to(context.settings.tenant.as_ref().map(|(tenant, _)| tenant))?;
    let caller = &surroundings.caller;
    let own = match (&caller.id, caller.kind) {
        (Some(id), CallerKind::Delegated) => id.clone(),
        _ => {
            return Err(Error::new(
                ErrorCode::ContentRefused,
                "This is for a person whose session lives, and none is signed in.",
            )
            .why("An application has no password of its own; it may reset that of others.")
            .fix("Use admin-reset reset-user USER with this sign-in."));
        }
    };
    let cloud = context.settings.endpoints.cloud;
    let (_, subject) = facts::first_look(&client, &own).await?;
    let target = subject?.target;
    if let Some(confirmed) = args.consent.confirm.first()
        && !args.consent.confirm.iter().any(|value| {
            value.trim().eq_ignore_ascii_case(&target.upn)
                || value.trim().eq_ignore_ascii_case(&target.id)
        })
    {
        return Err(Error::new(
            ErrorCode::ConsentNeeded,
            format!(
                "You are signed in as {}, not as {}; nothing was changed.",
                target.upn,
                crate::render::text::cell(confirmed)
            ),
        )
        .fix(format!(
            "Add --confirm {} if that is the account to recover.",
            target.upn
        )));
    }
    let via = if cloud == Cloud::China || may_write_directly(claims.permissions.as_deref()) {
        Via::Direct
    } else {
        Via::Method
    };
    // What the second administrator could do: another person, with its role, by the same app.
    let second = Caller {
        kind: CallerKind::Delegated,
        id: Some("00000000-0000-0000-0000-000000000000".to_owned()),
        permissions: caller.permissions.clone(),
        roles: Known::Known(vec![HeldRole::tenant(role_of(then))]),
        eligible: Known::Known(Vec::new()),
        token_roles: None,
    };
    let action = Action::ResetPassword {
        via: policy_via(via),
    };
    if let Verdict::Denied { reasons, who_can } = verdict(action, &second, &target, cloud) {
        return Err(verdicts::denied(
            "recover, with a second administrator,",
            &target.upn,
            &reasons,
            &who_can,
        ));
    }
    let mut surroundings = surroundings.clone();
    let asked = [TenantAction::CreateUser, TenantAction::AssignRole];
    if asked
        .iter()
        .any(|action| !tenant_verdict(*action, &surroundings.caller).is_allowed())
    {
        facts::second_look_at_caller(&client, &mut surroundings).await?;
    }
    let domain = surroundings.domain().map(str::to_owned);
    for action in asked {
        match tenant_verdict(action, &surroundings.caller) {
            Verdict::Allowed { .. } => {}
            Verdict::Denied { reasons, who_can } => {
                let place = format!("in {}", domain.as_deref().unwrap_or("this tenant"));
                return Err(verdicts::denied(
                    action.phrase(),
                    &place,
                    &reasons,
                    &who_can,
                ));
            }
            Verdict::Unknown { missing, .. } => {
                context.console.warn(&verdicts::warning(&missing));
            }
        }
    }
    let organization = surroundings.organization.as_ref();
    let tenant = organization
        .zip(domain)
        .map(|(tenant, initial_domain)| TenantView {
            id: tenant.id.clone(),
            initial_domain,
        });
    if tenant.is_none() {
        return Err(Error::new(
            ErrorCode::NotPermitted,
            "The tenant's domains could not be read, so no account can be named.",
        )
        .why("The token may not read the organization.")
        .fix("Consent User.Read or Organization.Read.All for the app and sign in again."));
    }
    Ok(First {
        id: target.id,
        upn: target.upn,
        tenant,
        via,
    })
}

pub(super) fn policy_via(via: Via) -> PolicyVia {
    match via {
        Via::Direct => PolicyVia::Direct,
        Via::Method => PolicyVia::Method,
    }
}

/// Whether a token may write the password itself; one that cannot be read is taken to.
pub(super) fn may_write_directly(held: Option<&[String]>) -> bool {
    held.is_none_or(|held| {
        [
            "User-PasswordProfile.ReadWrite.All",
            "Directory.AccessAsUser.All",
        ]
        .iter()
        .any(|name| held.iter().any(|own| own.eq_ignore_ascii_case(name)))
    })
}
