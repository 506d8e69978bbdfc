//! Granting: consent to delegated permissions beside those that are consented to, and application permissions one by one.

use super::send::{Again, Made};
use crate::graph::consents::{self, AppRole, Consent};
use crate::plan::{Outcome, Run};

impl Run<'_> {
    /// Consents to permissions for everybody, beside those that are consented to.
    pub async fn consent(
        &self,
        principal_id: &str,
        resource_id: &str,
        permissions: &[String],
    ) -> Outcome<Made<()>> {
        let held = async || {
            let all = self.all(&consents::consents(principal_id)).await?;
            Ok(all.into_iter().find(|one| for_everybody(one, resource_id)))
        };
        let before = match held().await {
            Ok(before) => before,
            Err(error) => return Outcome::Failed(error),
        };
        let made = match before {
            Some(before) => Made::seen(before),
            None => {
                let change = consents::consent(principal_id, resource_id, &permissions.join(" "));
                match self
                    .bring_about(&change, |made| made, held, Again::Harmless)
                    .await
                {
                    Outcome::Done(made) => made,
                    Outcome::Failed(error) => return Outcome::Failed(error),
                    Outcome::Unknown(error) => return Outcome::Unknown(error),
                }
            }
        };
        // There before, or consented to by somebody else at the same time: what is missing is added.
        let mut scopes: Vec<String> = scopes_of(&made.value).map(str::to_owned).collect();
        let had = scopes.len();
        for name in permissions {
            if !scopes.iter().any(|own| own.eq_ignore_ascii_case(name)) {
                scopes.push(name.clone());
            }
        }
        if scopes.len() == had {
            return Outcome::Done(Made {
                value: (),
                shown: made.shown,
            });
        }
        let change = consents::widen_consent(&made.value.id, &scopes.join(" "));
        let look = async || {
            let found: Option<Consent> = held().await?;
            let all = |found: &Consent| {
                permissions
                    .iter()
                    .all(|name| scopes_of(found).any(|own| own.eq_ignore_ascii_case(name)))
            };
            Ok(found.filter(all).map(|_| ()))
        };
        self.bring_about(&change, |_| (), look, Again::Harmless)
            .await
    }

    /// Gives an application permission; one that is given already is as good.
    pub async fn give_permission(
        &self,
        principal_id: &str,
        resource_id: &str,
        role_id: &str,
    ) -> Outcome<Made<()>> {
        let change = consents::give_app_role(principal_id, resource_id, role_id);
        let look = async || {
            let all: Vec<AppRole> = self.all(&consents::app_roles(principal_id)).await?;
            Ok(all
                .iter()
                .any(|one| one.app_role_id.eq_ignore_ascii_case(role_id))
                .then_some(()))
        };
        self.bring_about(&change, |_| (), look, Again::Harmless)
            .await
    }
}

fn scopes_of(consent: &Consent) -> impl Iterator<Item = &str> {
    consent
        .scope
        .as_deref()
        .unwrap_or_default()
        .split_whitespace()
}

fn for_everybody(consent: &Consent, resource_id: &str) -> bool {
    consent.consent_type.as_deref() == Some("AllPrincipals")
        && consent.resource_id.eq_ignore_ascii_case(resource_id)
}
