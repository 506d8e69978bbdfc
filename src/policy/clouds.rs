//! What each national cloud lacks, and the web pages people are sent to. Hosts for requests are not here: they belong to
//! the transport. The cloud only changes rules and links.
//!
//! Sources: v1.0 metadata of the three deployments, 2026-08-20 (a row means absent from the metadata; presence there
//! promises no service); portal addresses from the national-cloud pages read in 2026.

use std::fmt;

/// A deployment of Microsoft Entra and Graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Cloud {
    /// The worldwide cloud, US Government GCC included.
    #[default]
    Global,
    /// US Government L4 (GCC High).
    UsGov,
    /// US Government L5 (DoD).
    UsGovDod,
    /// China, operated by 21Vianet.
    China,
}

impl Cloud {
    /// All clouds.
    pub const ALL: [Cloud; 4] = [Cloud::Global, Cloud::UsGov, Cloud::UsGovDod, Cloud::China];

    /// Name as in `--cloud`.
    pub const fn name(self) -> &'static str {
        match self {
            Cloud::Global => "global",
            Cloud::UsGov => "usgov",
            Cloud::UsGovDod => "usgov-dod",
            Cloud::China => "china",
        }
    }

    /// Name for sentences.
    pub const fn title(self) -> &'static str {
        match self {
            Cloud::Global => "the global cloud",
            Cloud::UsGov => "the US Government L4 (GCC High) cloud",
            Cloud::UsGovDod => "the US Government L5 (DoD) cloud",
            Cloud::China => "the China (21Vianet) cloud",
        }
    }

    /// Finds a cloud by its `--cloud` name.
    pub fn by_name(name: &str) -> Option<Cloud> {
        Cloud::ALL.into_iter().find(|cloud| cloud.name() == name)
    }

    /// True when the feature exists in this cloud's Graph v1.0.
    pub fn offers(self, feature: Feature) -> bool {
        !LACKS
            .iter()
            .any(|(cloud, missing)| *cloud == self && *missing == feature)
    }

    /// True when all methods of a user come in one list.
    pub fn lists_methods(self) -> bool {
        self.offers(Feature::MethodsList)
    }

    /// The pages people are sent to.
    pub fn portals(self) -> &'static Portals {
        match self {
            Cloud::Global => &GLOBAL,
            Cloud::UsGov => &USGOV,
            Cloud::UsGovDod => &USGOV_DOD,
            Cloud::China => &CHINA,
        }
    }
}

impl Portals {
    /// The page of self-service reset with the user name filled in, where the page takes it.
    pub fn self_service_for(&self, user: Option<&str>) -> String {
        match user.filter(|_| self.name_in_link) {
            None => self.self_service_reset.to_owned(),
            Some(user) => {
                let mut link = format!("{}/?username=", self.self_service_reset);
                for byte in user.bytes() {
                    if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                        link.push(char::from(byte));
                    } else {
                        link.push_str(&format!("%{byte:02X}"));
                    }
                }
                link
            }
        }
    }
}

impl fmt::Display for Cloud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A part of Graph v1.0 that some cloud lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Feature {
    /// The `resetPassword` action of authentication methods, and the operation it starts.
    ResetPasswordAction,
    /// The list of all authentication methods of a user.
    MethodsList,
    /// Registered e-mail methods.
    EmailMethods,
    /// Password methods.
    PasswordMethods,
    /// Temporary Access Passes.
    TemporaryAccessPass,
    /// Passkeys (FIDO2).
    Fido2Methods,
    /// Software OATH tokens.
    SoftwareOathMethods,
    /// Windows Hello for Business.
    WindowsHelloMethods,
    /// The tenant's authentication methods policy.
    MethodsPolicy,
    /// Risky users of Identity Protection.
    RiskyUsers,
    /// Authentication strengths and risk levels in Conditional Access.
    AuthenticationStrength,
    /// External authentication methods.
    ExternalMethods,
    /// QR code and PIN sign-in.
    QrCodePin,
}

impl Feature {
    /// All features.
    pub const ALL: [Feature; 13] = [
        Feature::ResetPasswordAction,
        Feature::MethodsList,
        Feature::EmailMethods,
        Feature::PasswordMethods,
        Feature::TemporaryAccessPass,
        Feature::Fido2Methods,
        Feature::SoftwareOathMethods,
        Feature::WindowsHelloMethods,
        Feature::MethodsPolicy,
        Feature::RiskyUsers,
        Feature::AuthenticationStrength,
        Feature::ExternalMethods,
        Feature::QrCodePin,
    ];

    /// Noun phrase for sentences.
    pub const fn title(self) -> &'static str {
        match self {
            Feature::ResetPasswordAction => "the resetPassword action of authentication methods",
            Feature::MethodsList => "the list of a user's authentication methods",
            Feature::EmailMethods => "registered e-mail methods",
            Feature::PasswordMethods => "password methods",
            Feature::TemporaryAccessPass => "Temporary Access Passes",
            Feature::Fido2Methods => "passkey (FIDO2) methods",
            Feature::SoftwareOathMethods => "software OATH methods",
            Feature::WindowsHelloMethods => "Windows Hello for Business methods",
            Feature::MethodsPolicy => "the authentication methods policy",
            Feature::RiskyUsers => "risky users of Identity Protection",
            Feature::AuthenticationStrength => {
                "authentication strengths and risk conditions of Conditional Access"
            }
            Feature::ExternalMethods => "external authentication methods",
            Feature::QrCodePin => "QR code and PIN methods",
        }
    }

    /// What to use instead, where something does.
    pub const fn instead(self) -> Option<&'static str> {
        match self {
            Feature::ResetPasswordAction => {
                Some("Reset by writing the password profile of the user (`--via direct`).")
            }
            Feature::MethodsList => {
                Some("Read the phone and authenticator lists, which exist one by one.")
            }
            Feature::EmailMethods => Some(
                "The registration report (`userRegistrationDetails`) has it: a registered e-mail shows as `email` in `methodsRegistered`.",
            ),
            _ => None,
        }
    }
}

/// What is absent where. Source: v1.0 metadata, 2026-08-20.
pub const LACKS: &[(Cloud, Feature)] = &[
    (Cloud::China, Feature::ResetPasswordAction),
    (Cloud::China, Feature::MethodsList),
    (Cloud::China, Feature::EmailMethods),
    (Cloud::China, Feature::PasswordMethods),
    (Cloud::China, Feature::TemporaryAccessPass),
    (Cloud::China, Feature::Fido2Methods),
    (Cloud::China, Feature::SoftwareOathMethods),
    (Cloud::China, Feature::WindowsHelloMethods),
    (Cloud::China, Feature::MethodsPolicy),
    (Cloud::China, Feature::RiskyUsers),
    (Cloud::China, Feature::AuthenticationStrength),
    (Cloud::China, Feature::ExternalMethods),
    (Cloud::China, Feature::QrCodePin),
    (Cloud::UsGov, Feature::ExternalMethods),
    (Cloud::UsGov, Feature::QrCodePin),
    (Cloud::UsGovDod, Feature::ExternalMethods),
    (Cloud::UsGovDod, Feature::QrCodePin),
];

/// Web addresses of one cloud, for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Portals {
    /// Self-service password reset.
    pub self_service_reset: &'static str,
    /// Whether that page takes the user name along as `?username=`; the page of China is another one.
    pub name_in_link: bool,
    /// The page where people register their security info.
    pub security_info: &'static str,
    /// Entra admin center.
    pub entra: &'static str,
    /// Azure portal.
    pub azure: &'static str,
    /// Microsoft 365 admin center.
    pub m365_admin: &'static str,
    /// What the initial domain of a tenant ends with.
    pub initial_domain_suffix: &'static str,
    /// Fields above that no official page confirms.
    pub unconfirmed: &'static [&'static str],
}

/// Source: product pages, read 2026.
const GLOBAL: Portals = Portals {
    self_service_reset: "https://passwordreset.microsoftonline.com",
    name_in_link: true,
    security_info: "https://mysignins.microsoft.com/security-info",
    entra: "https://entra.microsoft.com",
    azure: "https://portal.azure.com",
    m365_admin: "https://admin.microsoft.com",
    initial_domain_suffix: "onmicrosoft.com",
    unconfirmed: &[],
};

/// Source: US Government pages, read 2026.
const USGOV: Portals = Portals {
    self_service_reset: "https://passwordreset.microsoftonline.us",
    name_in_link: true,
    security_info: "https://mysignins.azure.us/security-info",
    entra: "https://entra.microsoft.us",
    azure: "https://portal.azure.us",
    m365_admin: "https://portal.office365.us",
    initial_domain_suffix: "onmicrosoft.us",
    unconfirmed: &["m365_admin", "security_info", "initial_domain_suffix"],
};

/// Source: US Government pages, read 2026.
const USGOV_DOD: Portals = Portals {
    self_service_reset: "https://passwordreset.microsoftonline.us",
    name_in_link: true,
    security_info: "https://mysignins.azure.us/security-info",
    entra: "https://entra.microsoft.us",
    azure: "https://portal.azure.us",
    m365_admin: "https://portal.apps.mil",
    initial_domain_suffix: "onmicrosoft.us",
    unconfirmed: &["m365_admin", "security_info", "initial_domain_suffix"],
};

/// Source: 21Vianet pages, read 2026.
const CHINA: Portals = Portals {
    self_service_reset: "https://passwordreset.activedirectory.windowsazure.cn",
    name_in_link: false,
    security_info: "https://account.activedirectory.windowsazure.cn/PasswordReset/Register.aspx",
    entra: "https://entra.microsoftonline.cn",
    azure: "https://portal.azure.cn",
    m365_admin: "https://portal.partner.microsoftonline.cn",
    initial_domain_suffix: "partner.onmschina.cn",
    unconfirmed: &["initial_domain_suffix"],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_name_goes_into_the_link_where_the_page_takes_it() {
        let link = |cloud: Cloud| cloud.portals().self_service_for(Some("a+b'c@d.example"));
        assert_eq!(
            link(Cloud::Global),
            "https://passwordreset.microsoftonline.com/?username=a%2Bb%27c%40d.example"
        );
        assert!(
            link(Cloud::UsGovDod)
                .starts_with("https://passwordreset.microsoftonline.us/?username=")
        );
        assert_eq!(link(Cloud::China), CHINA.self_service_reset);
        assert_eq!(GLOBAL.self_service_for(None), GLOBAL.self_service_reset);
    }

    #[test]
    fn names_round_trip() {
        for cloud in Cloud::ALL {
            assert_eq!(Cloud::by_name(cloud.name()), Some(cloud));
            assert_eq!(cloud.to_string(), cloud.name());
        }
        assert_eq!(Cloud::by_name("Global"), None);
        assert_eq!(Cloud::default(), Cloud::Global);
    }

    #[test]
    fn only_china_lacks_the_reset_action_and_the_global_cloud_lacks_nothing() {
        for cloud in Cloud::ALL {
            assert_eq!(
                cloud.offers(Feature::ResetPasswordAction),
                cloud != Cloud::China
            );
            assert_eq!(
                cloud.offers(Feature::TemporaryAccessPass),
                cloud != Cloud::China
            );
            assert_eq!(cloud.offers(Feature::QrCodePin), cloud == Cloud::Global);
        }
        assert!(
            Feature::ALL
                .into_iter()
                .all(|feature| Cloud::Global.offers(feature))
        );
        assert!(
            !Feature::ALL
                .into_iter()
                .any(|feature| Cloud::China.offers(feature))
        );
    }

    #[test]
    fn links_are_https_without_trailing_slash_and_stay_in_their_cloud() {
        for cloud in Cloud::ALL {
            let pages = cloud.portals();
            for link in [
                pages.self_service_reset,
                pages.security_info,
                pages.entra,
                pages.azure,
                pages.m365_admin,
            ] {
                let host = link
                    .strip_prefix("https://")
                    .unwrap()
                    .split('/')
                    .next()
                    .unwrap();
                assert!(!link.ends_with('/'), "{link}");
                let ends: &[&str] = match cloud {
                    Cloud::Global => &[".com"],
                    Cloud::UsGov => &[".us"],
                    Cloud::UsGovDod => &[".us", ".mil"],
                    Cloud::China => &[".cn"],
                };
                assert!(
                    ends.iter().any(|end| host.ends_with(end)),
                    "{cloud}: {host}"
                );
            }
        }
    }
}
