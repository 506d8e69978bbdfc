//! The tenant: organization, domains, policies.
//!
//! Source: organization, domain and authorizationPolicy resources of the Graph v1.0 reference, metadata of 2026-08-20.

use super::call::{Call, Need, Segment::Literal};
use super::paging::Page;
use serde::Deserialize;

static READ_ORGANIZATION: Need = Need {
    delegated: &["User.Read", "Organization.Read.All", "Directory.Read.All"],
    application: &[
        "Organization.Read.All",
        "Directory.Read.All",
        "User.Read.All",
    ],
    role: "",
};
static READ_POLICY: Need = Need {
    delegated: &["Policy.Read.All"],
    application: &["Policy.Read.All"],
    role: "",
};

/// The tenant.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Organization {
    /// Tenant id.
    pub id: String,
    /// Display name.
    pub display_name: Option<String>,
    /// ISO 8601, UTC.
    pub created_date_time: Option<String>,
    /// Whether directory synchronisation is set up.
    pub on_premises_sync_enabled: Option<bool>,
    /// Domains.
    #[serde(default)]
    pub verified_domains: Vec<VerifiedDomain>,
    /// Service plans of the tenant; tell whether it pays.
    #[serde(default)]
    pub assigned_plans: Vec<AssignedPlan>,
}

/// A verified domain.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VerifiedDomain {
    /// Domain name.
    pub name: String,
    /// Whether it is the one the tenant was made with.
    #[serde(default)]
    pub is_initial: bool,
    /// Whether new users get it.
    #[serde(default)]
    pub is_default: bool,
    /// `Managed` or `Federated`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
}

/// A service plan of the tenant.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AssignedPlan {
    /// `Enabled` and others.
    pub capability_status: Option<String>,
    /// Service name, for example `AADPremiumService`.
    pub service: Option<String>,
}

impl Organization {
    /// The initial domain (`*.onmicrosoft.com` or the cloud's like).
    #[must_use]
    pub fn initial_domain(&self) -> Option<&str> {
        self.verified_domains
            .iter()
            .find(|domain| domain.is_initial)
            .map(|domain| domain.name.as_str())
    }

    /// Whether a domain is federated; `None` when it is not among the verified ones.
    #[must_use]
    pub fn is_federated(&self, name: &str) -> Option<bool> {
        let domain = self
            .verified_domains
            .iter()
            .find(|domain| domain.name.eq_ignore_ascii_case(name))?;
        Some(domain.kind.as_deref()?.eq_ignore_ascii_case("federated"))
    }

    /// Whether the tenant has a domain beside those of Microsoft.
    #[must_use]
    pub fn has_custom_domain(&self) -> bool {
        self.verified_domains.iter().any(|domain| {
            let name = domain.name.to_ascii_lowercase();
            ![
                ".onmicrosoft.com",
                ".onmicrosoft.us",
                ".partner.onmschina.cn",
            ]
            .iter()
            .any(|suffix| name.ends_with(suffix))
        })
    }
}

/// The tenant; a collection of one.
#[must_use]
pub fn organization() -> Call<Page<Organization>> {
    Call::get(&READ_ORGANIZATION, vec![Literal("organization")]).query(
        "$select",
        "id,displayName,createdDateTime,onPremisesSyncEnabled,verifiedDomains,assignedPlans",
    )
}

/// The authorization policy.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthorizationPolicy {
    /// Whether administrators may reset themselves.
    #[serde(rename = "allowedToUseSSPR")]
    pub allowed_to_use_sspr: Option<bool>,
}

/// The authorization policy with the self-service switch of administrators.
#[must_use]
pub fn authorization_policy() -> Call<AuthorizationPolicy> {
    Call::get(
        &READ_POLICY,
        vec![Literal("policies"), Literal("authorizationPolicy")],
    )
    .query("$select", "id,allowedToUseSSPR")
}

/// Directory synchronisation of the tenant.
#[derive(Debug, Clone, Deserialize)]
pub struct Synchronization {
    /// What is switched on.
    pub features: Option<SynchronizationFeatures>,
}

/// Features of directory synchronisation.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SynchronizationFeatures {
    /// Whether passwords set in the cloud are written back on premises.
    pub password_writeback_enabled: Option<bool>,
}

/// Directory synchronisation; people only. A collection of one.
#[must_use]
pub fn synchronization() -> Call<Page<Synchronization>> {
    static READ_SYNCHRONIZATION: Need = Need {
        delegated: &[
            "OnPremDirectorySynchronization.Read.All",
            "OnPremDirectorySynchronization.ReadWrite.All",
        ],
        application: &[],
        role: "Hybrid Identity Administrator",
    };
    Call::get(
        &READ_SYNCHRONIZATION,
        vec![Literal("directory"), Literal("onPremisesSynchronization")],
    )
}

/// Rules of the tenant for access passes.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PassPolicy {
    /// `enabled` or `disabled`.
    pub state: Option<String>,
    /// Minutes when none are asked for.
    pub default_lifetime_in_minutes: Option<u32>,
    /// Least minutes.
    pub minimum_lifetime_in_minutes: Option<u32>,
    /// Most minutes.
    pub maximum_lifetime_in_minutes: Option<u32>,
    /// Whether every pass works once only.
    pub is_usable_once: Option<bool>,
    /// Whom it is for.
    pub include_targets: Option<Vec<PolicyTarget>>,
    /// Whom it is not for.
    pub exclude_targets: Option<Vec<PolicyTarget>>,
}

/// Somebody a policy is about.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PolicyTarget {
    /// Object id, or `all_users`.
    #[serde(default)]
    pub id: String,
}

impl PassPolicy {
    /// Whether it is for everybody.
    #[must_use]
    pub fn includes_everybody(&self) -> bool {
        self.include_targets
            .iter()
            .flatten()
            .any(|target| target.id == "all_users")
    }

    /// Groups and users it is for; `None` when the policy did not say.
    #[must_use]
    pub fn include_groups(&self) -> Option<Vec<String>> {
        self.include_targets
            .as_ref()
            .map(|targets| targets.iter().map(|target| target.id.clone()).collect())
    }

    /// Groups and users it is not for.
    #[must_use]
    pub fn exclude_groups(&self) -> Vec<String> {
        self.exclude_targets
            .iter()
            .flatten()
            .map(|target| target.id.clone())
            .collect()
    }
}

/// The rules for access passes.
#[must_use]
pub fn pass_policy() -> Call<PassPolicy> {
    static READ_METHODS_POLICY: Need = Need {
        delegated: &["Policy.Read.AuthenticationMethod", "Policy.Read.All"],
        application: &["Policy.Read.AuthenticationMethod", "Policy.Read.All"],
        role: "Global Reader or Authentication Policy Administrator",
    };
    Call::get(
        &READ_METHODS_POLICY,
        vec![
            Literal("policies"),
            Literal("authenticationMethodsPolicy"),
            Literal("authenticationMethodConfigurations"),
            Literal("TemporaryAccessPass"),
        ],
    )
}
