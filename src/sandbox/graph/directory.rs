//! Facts and policies of the tenant: organization, domains, subscriptions, policies, Conditional Access.

use serde_json::{Value, json};

use super::super::wire::Reply;
use super::super::{properties, roles, rules, stamp};
use super::fault::{self, Fault, empty_reply, json_reply};
use super::listing::Shape;
use super::request::Exchange;
use super::{audit, check};

const fn shape(
    kind: &'static str,
    context: &'static str,
    properties: &'static [&'static str],
    options: &'static [&'static str],
) -> Shape {
    Shape {
        kind,
        context,
        properties,
        defaults: &[],
        collections: &[],
        options,
        page: (100, 999),
        filters: &[],
    }
}

const ORGANIZATION: Shape = shape(
    "organization",
    "organization",
    properties::ORGANIZATION,
    &["$select"],
);
const DOMAINS: Shape = shape("domain", "domains", properties::DOMAIN, &["$select"]);
const SKUS: Shape = shape(
    "subscribedSku",
    "subscribedSkus",
    properties::SUBSCRIBED_SKU,
    &["$select"],
);
const AUTHORIZATION: Shape = shape(
    "authorizationPolicy",
    "policies/authorizationPolicy",
    properties::AUTHORIZATION_POLICY,
    &["$select"],
);
const SECURITY_DEFAULTS: Shape = shape(
    "identitySecurityDefaultsEnforcementPolicy",
    "policies/identitySecurityDefaultsEnforcementPolicy",
    properties::SECURITY_DEFAULTS,
    &["$select"],
);
const CONDITIONAL_ACCESS: Shape = Shape {
    filters: &["displayName", "state"],
    ..shape(
        "conditionalAccessPolicy",
        "identity/conditionalAccess/policies",
        properties::CONDITIONAL_ACCESS_POLICY,
        &["$select", "$filter", "$top", "$orderby", "$skiptoken"],
    )
};

/// `GET /organization` and `GET /organization/{id}`.
pub(super) fn organization(x: &Exchange<'_>, id: Option<&str>) -> Result<Reply, Fault> {
    x.require_organization()?;
    let row = x.tenant.organization.clone();
    match id {
        None => x.collection(vec![row], &ORGANIZATION),
        Some(id) if id.eq_ignore_ascii_case(x.tenant.tenant_id()) => {
            x.entity(200, row, &ORGANIZATION)
        }
        Some(id) => Err(fault::not_found(id)),
    }
}

impl Exchange<'_> {
    /// `User.Read` opens this endpoint although it reaches the own account only elsewhere.
    fn require_organization(&self) -> Result<(), Fault> {
        let basic = !self.caller.app_only && self.granted(&["User.Read"]);
        if basic {
            Ok(())
        } else {
            self.require("GET /organization")
        }
    }
}

/// `GET /domains` and `GET /domains/{name}`.
pub(super) fn domains(x: &Exchange<'_>, name: Option<&str>) -> Result<Reply, Fault> {
    match name {
        None => {
            x.require("GET /domains")?;
            x.collection(x.tenant.domains.clone(), &DOMAINS)
        }
        Some(name) => {
            x.require("GET /domains/{id}")?;
            let row = x
                .tenant
                .domain(name)
                .cloned()
                .ok_or_else(|| fault::not_found(name))?;
            x.entity(200, row, &DOMAINS)
        }
    }
}

/// `GET /domains/{name}/federationConfiguration`.
pub(super) fn federation(x: &Exchange<'_>, name: &str) -> Result<Reply, Fault> {
    x.require("GET /domains/{id}/federationConfiguration")?;
    x.allow_options(&[])?;
    let domain = x
        .tenant
        .domain(name)
        .and_then(|one| one["id"].as_str())
        .ok_or_else(|| fault::not_found(name))?;
    let rows = if x.tenant.federated(domain) {
        vec![json!({
            "id": stamp::derived_id(&format!("federation {domain}")), "displayName": "Contoso AD FS",
            "issuerUri": format!("http://{domain}/adfs/services/trust"), "metadataExchangeUri": null,
            "signingCertificate": null, "passiveSignInUri": format!("https://sts.{domain}/adfs/ls"),
            "preferredAuthenticationProtocol": "wsFed", "activeSignInUri": null, "signOutUri": null,
            "promptLoginBehavior": null, "isSignedAuthenticationRequestRequired": null,
            "nextSigningCertificate": null, "signingCertificateUpdateStatus": null, "passwordResetUri": null,
            "federatedIdpMfaBehavior": "acceptIfMfaDoneByFederatedIdp",
        })]
    } else {
        Vec::new()
    };
    Ok(x.page(
        rows,
        &format!("domains('{domain}')/federationConfiguration"),
        None,
        None,
    ))
}

/// `GET /subscribedSkus`.
pub(super) fn skus(x: &Exchange<'_>) -> Result<Reply, Fault> {
    x.require("GET /subscribedSkus")?;
    x.collection(x.tenant.skus.clone(), &SKUS)
}

/// `GET /policies/authorizationPolicy`.
pub(super) fn authorization_policy(x: &Exchange<'_>) -> Result<Reply, Fault> {
    x.require("GET /policies/authorizationPolicy")?;
    x.entity(200, x.tenant.authorization_policy.clone(), &AUTHORIZATION)
}

/// `PATCH /policies/authorizationPolicy`.
pub(super) fn update_authorization_policy(x: &mut Exchange<'_>) -> Result<Reply, Fault> {
    x.require("PATCH /policies/authorizationPolicy")?;
    x.require_role_manager()?;
    let body = x.body()?;
    check::names(
        &body,
        properties::AUTHORIZATION_POLICY,
        "authorizationPolicy",
    )?;
    if let Some(wrong) = body
        .iter()
        .find(|(name, value)| name.starts_with("allowedTo") && !value.is_boolean())
    {
        return Err(check::wrong_type(wrong.0));
    }
    if let Some(policy) = x.tenant.authorization_policy.as_object_mut() {
        policy.extend(body);
    }
    x.touch();
    audit::about(
        x,
        "Update authorization policy",
        "Policy",
        "authorizationPolicy",
        "Authorization Policy",
    );
    Ok(empty_reply(204))
}

/// `GET /policies/identitySecurityDefaultsEnforcementPolicy`.
pub(super) fn security_defaults(x: &Exchange<'_>) -> Result<Reply, Fault> {
    x.require("GET /policies/identitySecurityDefaultsEnforcementPolicy")?;
    x.entity(200, x.tenant.security_defaults.clone(), &SECURITY_DEFAULTS)
}

/// `GET /policies/authenticationMethodsPolicy`, whole.
pub(super) fn methods_policy(x: &Exchange<'_>) -> Result<Reply, Fault> {
    x.require("GET /policies/authenticationMethodsPolicy")?;
    x.allow_options(&[])?;
    let mut body = x.tenant.methods_policy.clone();
    body["@odata.context"] = json!(x.context("authenticationMethodsPolicy"));
    Ok(json_reply(200, body))
}

/// One configuration of it.
pub(super) fn methods_configuration(x: &Exchange<'_>, id: &str) -> Result<Reply, Fault> {
    x.require("GET /policies/authenticationMethodsPolicy/authenticationMethodConfigurations/{id}")?;
    x.allow_options(&[])?;
    let all = x.tenant.methods_policy["authenticationMethodConfigurations"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let found = all.into_iter().find(|one| {
        one["id"]
            .as_str()
            .is_some_and(|one| one.eq_ignore_ascii_case(id))
    });
    let mut body = found.ok_or_else(fault::method_not_found)?;
    let context = "policies/authenticationMethodsPolicy/authenticationMethodConfigurations/$entity";
    body["@odata.context"] = json!(x.context(context));
    Ok(json_reply(200, body))
}

/// `GET /policies/authenticationStrengthPolicies`.
pub(super) fn strengths(x: &Exchange<'_>) -> Result<Reply, Fault> {
    x.require("GET /policies/authenticationStrengthPolicies")?;
    x.allow_options(&[])?;
    let rows = [
        ("2", "Multifactor authentication", json!(["fido2", "password,microsoftAuthenticatorPush", "password,sms"])),
        ("3", "Passwordless MFA", json!(["fido2", "windowsHelloForBusiness", "deviceBasedPush"])),
        ("4", "Phishing-resistant MFA", json!(["fido2", "windowsHelloForBusiness", "x509CertificateMultiFactor"])),
    ]
    .into_iter()
    .map(|(number, name, combinations)| {
        json!({
            "id": format!("00000000-0000-0000-0000-00000000000{number}"), "createdDateTime": "2021-12-01T00:00:00Z",
            "modifiedDateTime": "2021-12-01T00:00:00Z", "displayName": name, "description": name,
            "policyType": "builtIn", "requirementsSatisfied": "mfa", "allowedCombinations": combinations,
            "combinationConfigurations": [],
        })
    })
    .collect();
    Ok(x.page(rows, "policies/authenticationStrengthPolicies", None, None))
}

/// `GET /identity/conditionalAccess/policies` and one of them.
pub(super) fn conditional_access(x: &Exchange<'_>, id: Option<&str>) -> Result<Reply, Fault> {
    match id {
        None => {
            x.require_conditional_access("GET /identity/conditionalAccess/policies")?;
            x.collection(x.tenant.conditional_access.clone(), &CONDITIONAL_ACCESS)
        }
        Some(id) => {
            x.require_conditional_access("GET /identity/conditionalAccess/policies/{id}")?;
            let named = |one: &&Value| {
                one["id"]
                    .as_str()
                    .is_some_and(|one| one.eq_ignore_ascii_case(id))
            };
            let row = x
                .tenant
                .conditional_access
                .iter()
                .find(named)
                .cloned()
                .ok_or_else(|| fault::not_found(id))?;
            x.entity(200, row, &CONDITIONAL_ACCESS)
        }
    }
}

/// `GET /directory/onPremisesSynchronization`: people only, and of them two roles.
pub(super) fn on_premises_synchronization(x: &Exchange<'_>) -> Result<Reply, Fault> {
    x.require("GET /directory/onPremisesSynchronization")?;
    x.allow_options(&[])?;
    if !rules::holds_any(
        x.tenant,
        x.caller,
        &[
            roles::HYBRID_IDENTITY_ADMINISTRATOR,
            roles::GLOBAL_ADMINISTRATOR,
        ],
    ) {
        return Err(fault::denied());
    }
    let row = json!({"id": x.tenant.tenant_id(), "features": {"passwordWritebackEnabled": true}});
    Ok(x.page(vec![row], "directory/onPremisesSynchronization", None, None))
}
