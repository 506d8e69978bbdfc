//! What is read once a run: the facts about the tenant that decide how many gates an administrator must pass.

use super::evidence::ends_everything;
use crate::error::{ErrorCode, Result};
use crate::graph::batch::{Batch, Replies, Slot};
use crate::graph::paging::Page;
use crate::graph::tenant::{self, AuthorizationPolicy, Organization};
use crate::policy::sspr::TenantFacts;
use crate::policy::{Gap, Known};
use jiff::Timestamp;
use std::collections::HashMap;
use std::time::{Duration, SystemTime};

/// Days of a trial subscription (self-service policy page).
const TRIAL: Duration = Duration::from_secs(30 * 24 * 3600);

/// The tenant, as far as it was readable.
pub(crate) struct Tenant {
    /// Facts for the self-service verdict.
    pub(crate) facts: TenantFacts,
    // Domains in lower case, and whether each signs in elsewhere.
    federated: HashMap<String, bool>,
}

/// Where the answers will be.
pub(crate) struct AskedTenant {
    organization: Slot<Page<Organization>>,
    policy: Slot<AuthorizationPolicy>,
}

/// Asks for the tenant as part of a batch.
pub(crate) fn ask(batch: &mut Batch) -> AskedTenant {
    AskedTenant {
        organization: batch.add(&tenant::organization()),
        policy: batch.add(&tenant::authorization_policy()),
    }
}

/// Reads the answers; what was refused becomes a gap.
pub(crate) fn read(replies: &mut Replies, asked: AskedTenant, now: SystemTime) -> Result<Tenant> {
    let organization = fact(
        replies.take(asked.organization),
        "the tenant's domains and age",
        &["Organization.Read.All"],
    )?;
    let policy = fact(
        replies.take(asked.policy),
        "whether administrators may use self-service reset (allowedToUseSSPR)",
        &["Policy.Read.All"],
    )?;
    Ok(Tenant::of(organization, policy, now))
}

/// A reading, or the gap it leaves. An error that nobody would survive is passed on.
pub(crate) fn fact<T>(found: Result<T>, what: &str, any_of: &[&str]) -> Result<Known<T>> {
    match found {
        Ok(value) => Ok(Known::Known(value)),
        Err(error) if ends_everything(&error) => Err(error),
        Err(error) => Ok(Known::missing(match error.code() {
            ErrorCode::NotPermitted => Gap::permission(what, any_of),
            ErrorCode::LicenceMissing => Gap::licence(what, "Entra ID P1 or P2"),
            _ => Gap::not_read(what),
        })),
    }
}

impl Tenant {
    fn of(
        organization: Known<Page<Organization>>,
        policy: Known<AuthorizationPolicy>,
        now: SystemTime,
    ) -> Self {
        let gap = || Gap::not_read("the tenant's domains and age");
        let organization = match organization {
            Known::Known(page) => page
                .value
                .into_iter()
                .next()
                .map_or_else(|| Known::missing(gap()), Known::Known),
            Known::Partial(_, gaps) | Known::Missing(gaps) => Known::Missing(gaps),
        };
        let federated = organization
            .seen()
            .into_iter()
            .flat_map(|organization| &organization.verified_domains)
            .filter_map(|domain| {
                let federated = domain.kind.as_deref()?.eq_ignore_ascii_case("federated");
                Some((domain.name.to_ascii_lowercase(), federated))
            });
        let federated = federated.collect();
        let told = |test: fn(&Organization) -> bool| {
            organization.clone().map(|organization| test(&organization))
        };
        let past_trial = match organization.complete().map(created) {
            Some(Some(at)) => Known::Known(now.duration_since(at).is_ok_and(|age| age > TRIAL)),
            Some(None) => Known::missing(Gap::not_read("when the tenant was made")),
            None => organization.clone().map(|_| false),
        };
        let plans = told(|organization| {
            organization.assigned_plans.iter().any(|plan| {
                plan.capability_status
                    .as_deref()
                    .is_some_and(|status| status.eq_ignore_ascii_case("enabled"))
            })
        });
        let synced = told(|organization| organization.on_premises_sync_enabled == Some(true));
        let facts = TenantFacts {
            custom_domain: told(Organization::has_custom_domain),
            // Without a synchronisation there is nothing to write back to; with one the setting is not asked for.
            writeback: match synced.complete() {
                Some(false) => Known::Known(false),
                _ => Known::missing(Gap::permission(
                    "whether password writeback is on",
                    &["OnPremDirectorySynchronization.Read.All"],
                )),
            },
            synced,
            // A trial has plans too, so plans prove a payment only once the trial is over.
            paid: match (plans.complete(), past_trial.complete()) {
                (Some(false), _) => Known::Known(false),
                (Some(true), Some(true)) => Known::Known(true),
                _ => Known::missing(Gap::not_read("whether the tenant pays for a subscription")),
            },
            past_trial,
            allowed_to_use_sspr: match policy {
                Known::Known(policy) => policy.allowed_to_use_sspr.map_or_else(
                    || {
                        Known::missing(Gap::not_read(
                            "whether administrators may use self-service reset (allowedToUseSSPR)",
                        ))
                    },
                    Known::Known,
                ),
                Known::Partial(_, gaps) | Known::Missing(gaps) => Known::Missing(gaps),
            },
        };
        Tenant { facts, federated }
    }

    /// A tenant of which nothing was read.
    #[cfg(test)]
    pub(crate) fn unread() -> Self {
        let gap = || Gap::not_read("x");
        Tenant::of(
            Known::missing(gap()),
            Known::missing(gap()),
            SystemTime::UNIX_EPOCH,
        )
    }

    /// Whether the domain of a name signs in elsewhere; `None` when that was not read.
    pub(crate) fn is_federated(&self, upn: &str) -> Option<bool> {
        let (_, domain) = upn.rsplit_once('@')?;
        self.federated
            .get(domain)
            .or_else(|| self.federated.get(&domain.to_ascii_lowercase()))
            .copied()
    }
}

fn created(organization: &Organization) -> Option<SystemTime> {
    let at: Timestamp = organization.created_date_time.as_deref()?.parse().ok()?;
    let seconds = u64::try_from(at.as_second()).ok()?;
    Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const DAY: Duration = Duration::from_secs(24 * 3600);

    fn tenant(organization: serde_json::Value, sspr: Option<bool>, age: Duration) -> Tenant {
        let made: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let page = serde_json::from_value(json!({ "value": [organization] })).unwrap();
        let policy = serde_json::from_value(json!({ "allowedToUseSSPR": sspr })).unwrap();
        Tenant::of(
            Known::Known(page),
            Known::Known(policy),
            SystemTime::UNIX_EPOCH + Duration::from_secs(made.as_second() as u64) + age,
        )
    }

    fn contoso(plans: bool) -> serde_json::Value {
        json!({
            "id": "t", "createdDateTime": "2026-01-01T00:00:00.1234567Z", "onPremisesSyncEnabled": null,
            "verifiedDomains": [
                { "name": "contoso.onmicrosoft.com", "isInitial": true, "type": "Managed" },
                { "name": "Fabrikam.example", "type": "Federated" },
            ],
            "assignedPlans": if plans { json!([{ "capabilityStatus": "Enabled", "service": "AADPremiumService" }]) } else { json!([]) },
        })
    }

    #[test]
    fn facts_of_a_tenant() {
        let read = tenant(contoso(true), Some(true), 31 * DAY);
        assert_eq!(read.facts.custom_domain, Known::Known(true));
        assert_eq!(read.facts.past_trial, Known::Known(true));
        assert_eq!(read.facts.paid, Known::Known(true));
        assert_eq!(read.facts.writeback, Known::Known(false));
        assert_eq!(read.facts.allowed_to_use_sspr, Known::Known(true));
        assert_eq!(read.is_federated("a@FABRIKAM.example"), Some(true));
        assert_eq!(read.is_federated("a@contoso.onmicrosoft.com"), Some(false));
        assert_eq!(read.is_federated("a@other.example"), None);
    }

    #[test]
    fn a_trial_is_no_payment() {
        assert_eq!(
            tenant(contoso(true), None, 29 * DAY).facts.paid.complete(),
            None
        );
        assert_eq!(
            tenant(contoso(false), None, 29 * DAY).facts.paid,
            Known::Known(false)
        );
        assert!(
            !tenant(contoso(false), None, 29 * DAY)
                .facts
                .allowed_to_use_sspr
                .is_complete()
        );
    }

    #[test]
    fn a_tenant_that_was_not_read_leaves_everything_open() {
        let gap = Gap::permission("x", &["Organization.Read.All"]);
        let read = Tenant::of(
            Known::missing(gap.clone()),
            Known::missing(gap),
            SystemTime::UNIX_EPOCH,
        );
        assert!(
            !read.facts.custom_domain.is_complete()
                && !read.facts.past_trial.is_complete()
                && !read.facts.writeback.is_complete()
        );
        assert_eq!(read.is_federated("a@contoso.onmicrosoft.com"), None);
    }
}
