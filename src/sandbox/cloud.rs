//! The national cloud the tenant stands in: what its Graph lacks, and the names that differ from the global one.
//!
//! A request for what a cloud lacks is refused as its service does, and recorded: a client has to know beforehand.
//!
//! Sources: v1.0 metadata of the three deployments, 2026-08-20; Microsoft Learn "National cloud deployments", read 2026-11. Absence
//! from the metadata is taken for absence of the service.

use serde_json::Value;

/// A deployment of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Cloud {
    /// The worldwide one.
    #[default]
    Global,
    /// US Government L4.
    UsGov,
    /// US Government L5.
    UsGovDod,
    /// China, operated by 21Vianet.
    China,
}

/// Segments below `/users/{id}/authentication` that China lacks.
const METHODS_NOT_IN_CHINA: &[&str] = &[
    "methods",
    "operations",
    "emailMethods",
    "passwordMethods",
    "temporaryAccessPassMethods",
    "fido2Methods",
    "softwareOathMethods",
    "windowsHelloForBusinessMethods",
];

/// Segments there that only the global cloud has.
const METHODS_GLOBAL_ONLY: &[&str] = &["externalAuthenticationMethods", "qrCodePinMethod"];

/// Actions of a phone method that China lacks.
const PHONE_ACTIONS: &[&str] = &["enableSmsSignIn", "disableSmsSignIn"];

/// Properties that are missing beside China's rows, by path.
const PROPERTIES_NOT_IN_CHINA: &[&[&str]] = &[
    &["grantControls", "authenticationStrength"],
    &["conditions", "insiderRiskLevels"],
    &["conditions", "servicePrincipalRiskLevels"],
    &["conditions", "signInRiskLevels"],
    &["conditions", "userRiskLevels"],
];

/// Top-level properties that only the global cloud has.
const PROPERTIES_GLOBAL_ONLY: &[&str] = &[
    "defaultUsageLocation",
    "principalOrganizationId",
    "verifiedPublisher",
];

impl Cloud {
    /// By the name command lines use.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Some(match name {
            "global" => Self::Global,
            "usgov" => Self::UsGov,
            "usgov-dod" => Self::UsGovDod,
            "china" => Self::China,
            _ => return None,
        })
    }

    /// Origin of Graph, an audience of its tokens.
    pub(super) fn graph(self) -> &'static str {
        match self {
            Self::Global => "https://graph.microsoft.com",
            Self::UsGov => "https://graph.microsoft.us",
            Self::UsGovDod => "https://dod-graph.microsoft.us",
            Self::China => "https://microsoftgraph.chinacloudapi.cn",
        }
    }

    /// Audience of tokens for vaults.
    pub(super) fn vault(self) -> &'static str {
        match self {
            Self::Global => "https://vault.azure.net",
            Self::UsGov | Self::UsGovDod => "https://vault.usgovcloudapi.net",
            Self::China => "https://vault.azure.cn",
        }
    }

    /// `cloud_instance_name` of the discovery document, and `tenant_region_scope` with its `sub_scope` where they are known; `None`
    /// for the global cloud, whose document is the plain one.
    pub(super) fn region(self) -> Option<(&'static str, Option<(&'static str, &'static str)>)> {
        match self {
            Self::Global => None,
            Self::UsGov => Some(("microsoftonline.us", Some(("USGov", "DODCON")))),
            Self::UsGovDod => Some(("microsoftonline.us", Some(("USGov", "DOD")))),
            Self::China => Some(("partner.microsoftonline.cn", None)),
        }
    }

    /// The segment of a path that this cloud's metadata does not know; `path` comes after the version, `me` resolved.
    pub(super) fn lacks<'a>(self, path: &[&'a str]) -> Option<&'a str> {
        let china = self == Self::China;
        match path {
            ["users", _, "authentication", "phoneMethods", _, action]
                if china && PHONE_ACTIONS.contains(action) =>
            {
                Some(action)
            }
            ["users", _, "authentication", list, ..]
                if (china && METHODS_NOT_IN_CHINA.contains(list))
                    || (self != Self::Global && METHODS_GLOBAL_ONLY.contains(list)) =>
            {
                Some(list)
            }
            ["policies", policy @ "authenticationMethodsPolicy", ..] if china => Some(policy),
            ["identityProtection", list @ "riskyUsers", ..] if china => Some(list),
            _ => None,
        }
    }

    /// Whether a property of this name may be asked for.
    pub(super) fn knows_property(self, name: &str) -> bool {
        self == Self::Global || !PROPERTIES_GLOBAL_ONLY.contains(&name)
    }

    /// Takes out of a row what this cloud's types do not have.
    pub(super) fn strip(self, row: &mut Value) {
        if self == Self::Global {
            return;
        }
        if let Some(row) = row.as_object_mut() {
            row.retain(|name, _| self.knows_property(name));
        }
        if self == Self::China {
            for path in PROPERTIES_NOT_IN_CHINA {
                if let [outer, inner] = path
                    && let Some(part) = row.get_mut(*outer).and_then(Value::as_object_mut)
                {
                    part.remove(*inner);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_the_metadata_lacks_is_lacking() {
        let methods = |list| ["users", "x", "authentication", list];
        for list in METHODS_NOT_IN_CHINA {
            assert_eq!(Cloud::China.lacks(&methods(list)), Some(*list));
            assert_eq!(Cloud::UsGov.lacks(&methods(list)), None);
        }
        for list in [
            "phoneMethods",
            "microsoftAuthenticatorMethods",
            "platformCredentialMethods",
        ] {
            assert_eq!(Cloud::China.lacks(&methods(list)), None);
        }
        for list in METHODS_GLOBAL_ONLY {
            assert_eq!(Cloud::Global.lacks(&methods(list)), None);
            assert_eq!(Cloud::UsGovDod.lacks(&methods(list)), Some(*list));
        }
        let policy = ["policies", "authenticationMethodsPolicy"];
        assert_eq!(
            Cloud::China.lacks(&policy),
            Some("authenticationMethodsPolicy")
        );
        assert_eq!(Cloud::UsGov.lacks(&policy), None);
        assert_eq!(
            Cloud::China.lacks(&["policies", "authorizationPolicy"]),
            None
        );
    }

    #[test]
    fn rows_lose_what_the_types_do_not_have() {
        let row = json!({
            "id": "1", "defaultUsageLocation": "NO",
            "grantControls": { "operator": "OR", "authenticationStrength": {} },
            "conditions": { "userRiskLevels": [], "clientAppTypes": ["all"] },
        });
        let seen = |cloud: Cloud| {
            let mut row = row.clone();
            cloud.strip(&mut row);
            row
        };
        assert_eq!(seen(Cloud::Global), row);
        assert!(seen(Cloud::UsGov).get("defaultUsageLocation").is_none());
        assert!(
            seen(Cloud::UsGov)["grantControls"]
                .get("authenticationStrength")
                .is_some()
        );
        assert_eq!(
            seen(Cloud::China),
            json!({ "id": "1", "grantControls": { "operator": "OR" }, "conditions": { "clientAppTypes": ["all"] } })
        );
    }
}
