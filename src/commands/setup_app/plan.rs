//! The steps from what is there to what is wanted, and whether the caller may take them. Nothing is ever taken away.

use super::Args;
use super::look::{Found, REDIRECT, declared, kind_word};
use super::wanted::Wanted;
use crate::context::Context;
use crate::error::{Error, ErrorCode, Result};
use crate::graph::Client;
use crate::graph::apps::{Application, Federated};
use crate::plan::Step;
use crate::plan::app::{AppStep, NewKey};
use crate::plan::grant::is_grant;
use crate::policy::federation::audience;
use crate::policy::permissions::Kind;
use crate::policy::reset::TenantAction;
use crate::preflight;

/// Federated credentials an application may have (limits page, read 2026-07).
const MOST_FEDERATED: usize = 20;

/// The steps that are missing, in the order they are taken.
pub(super) fn plan(wanted: &Wanted, found: &Found, args: &Args) -> Result<Vec<Step>> {
    let mut steps = Vec::new();
    let names = || -> Vec<String> {
        wanted
            .permissions
            .iter()
            .map(|(name, _)| (*name).to_owned())
            .collect()
    };
    match &found.app {
        None => steps.push(AppStep::Register {
            public: wanted.kind == Kind::Person,
            permissions: names(),
        }),
        Some(app) => {
            let changes = drift(wanted, found, app);
            if !changes.is_empty() {
                steps.push(AppStep::Adjust { changes });
            }
        }
    }
    if found.principal.is_none() {
        steps.push(AppStep::MakePrincipal);
    }
    if let Some(certificate) = &wanted.certificate {
        let (der, thumbprint) = (certificate.base64(), certificate.thumbprint());
        let new = NewKey {
            der: &der,
            thumbprint: &thumbprint,
        };
        if !found.keys.iter().any(|key| new.is(key)) {
            steps.push(AppStep::AddCertificate {
                sha256: certificate.sha256(),
                ends_on: certificate.ends_on(),
            });
        }
    }
    steps.extend(trusts(wanted, found)?);
    if args.grant {
        let missing = found.not_granted(wanted).unwrap_or_else(names);
        match wanted.kind {
            Kind::Person if missing.is_empty() => {}
            Kind::Person => steps.push(AppStep::Consent {
                permissions: missing,
            }),
            Kind::App => steps.extend(
                missing
                    .into_iter()
                    .map(|permission| AppStep::GivePermission { permission }),
            ),
        }
    }
    let mut steps: Vec<Step> = steps.into_iter().map(Step::App).collect();
    if let Some((role_id, role)) = &wanted.role {
        let held = found
            .roles
            .iter()
            .flatten()
            .any(|one| is_grant(one, role_id, "/"));
        if !held {
            steps.push(Step::AssignRole {
                role: role.clone(),
                role_id: role_id.clone(),
                scope: "/".to_owned(),
            });
        }
    }
    Ok(steps)
}

/// The federated credentials that are missing.
fn trusts(wanted: &Wanted, found: &Found) -> Result<Vec<AppStep>> {
    let audience = audience(wanted.cloud);
    let mut names: Vec<String> = found.federated.iter().map(|one| one.name.clone()).collect();
    let mut steps = Vec::new();
    for one in &wanted.federations {
        let same = |old: &&Federated| old.issuer == one.issuer && old.subject == one.subject;
        if let Some(old) = found.federated.iter().find(same) {
            if old.audiences.iter().any(|own| own == audience) {
                continue;
            }
            return Err(Error::new(
                ErrorCode::AlreadyExists,
                format!(
                    "{} trusts {} already, for another audience.",
                    wanted.name, one.subject
                ),
            )
            .why(format!(
                "The credential {} takes the audience {}; tokens for this cloud have {audience}, and issuer and subject may be there only once.",
                old.name,
                old.audiences.join(", ")
            ))
            .fix(format!(
                "Delete the credential {} of the registration, then run the same command again.",
                old.name
            )));
        }
        if names.len() >= MOST_FEDERATED {
            return Err(Error::new(
                ErrorCode::ContentRefused,
                format!(
                    "{} cannot have the federated credential for {}.",
                    wanted.name, one.subject
                ),
            )
            .why(format!(
                "An app has at most {MOST_FEDERATED}, and this one has {}.",
                found.federated.len()
            ))
            .fix("Remove one that is not used any more, or make another app with --name."));
        }
        let name = free_name(&one.name, &names);
        names.push(name.clone());
        steps.push(AppStep::TrustIssuer {
            name,
            issuer: one.issuer.clone(),
            subject: one.subject.clone(),
        });
    }
    Ok(steps)
}

/// How the registration differs from what is wanted.
pub(super) fn drift(wanted: &Wanted, found: &Found, app: &Application) -> Vec<String> {
    let mut changes = Vec::new();
    if wanted.kind == Kind::Person {
        if app.is_fallback_public_client != Some(true) {
            changes.push("allow public client flows".to_owned());
        }
        let redirects = app.public_client.clone().unwrap_or_default().redirect_uris;
        if !redirects.iter().any(|uri| uri == REDIRECT) {
            changes.push(format!("add the redirect {REDIRECT}"));
        }
    }
    let declared = declared(app);
    let missing: Vec<&str> = wanted
        .permissions
        .iter()
        .filter(|(name, known)| {
            let id = found.id_of(wanted.kind, name, known);
            !declared
                .iter()
                .any(|(own, kind)| own.eq_ignore_ascii_case(&id) && kind == kind_word(wanted.kind))
        })
        .map(|(name, _)| *name)
        .collect();
    if !missing.is_empty() {
        changes.push(format!("declare {}", missing.join(", ")));
    }
    changes
}

/// A name for a credential that none has yet; names cannot be changed.
fn free_name(name: &str, taken: &[String]) -> String {
    let is_taken = |name: &str| taken.iter().any(|one| one.eq_ignore_ascii_case(name));
    if !is_taken(name) {
        return name.to_owned();
    }
    (2..)
        .map(|number| format!("{name}-{number}"))
        .find(|name| !is_taken(name))
        .unwrap_or_default()
}

/// The credential as Graph takes it.
pub(super) fn credential(wanted: &Wanted, name: &str, issuer: &str, subject: &str) -> Federated {
    Federated {
        name: name.to_owned(),
        issuer: issuer.to_owned(),
        subject: subject.to_owned(),
        audiences: vec![audience(wanted.cloud).to_owned()],
    }
}

/// Refuses before anything is asked or sent what the caller's roles and token do not allow.
pub(super) async fn may_the_caller(
    context: &Context,
    client: &Client,
    found: &mut Found,
    plan: &[Step],
) -> Result<()> {
    let mut actions: Vec<TenantAction> = Vec::new();
    for step in plan {
        let action = match step {
            Step::App(AppStep::Consent { .. }) => TenantAction::ConsentForEverybody,
            Step::App(AppStep::GivePermission { .. }) => TenantAction::GiveAppPermission,
            Step::AssignRole { .. } => TenantAction::AssignRole,
            _ => TenantAction::RegisterApp,
        };
        if !actions.contains(&action) {
            actions.push(action);
        }
    }
    let cloud = context.settings.endpoints.cloud;
    let (refusal, warnings) =
        preflight::in_tenant(client, &mut found.surroundings, &actions, cloud).await?;
    found.warnings.extend(warnings);
    refusal.map_or(Ok(()), Err)
}
