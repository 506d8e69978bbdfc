//! Kinds of registered methods: how Graph and the registration report call them, and which of them open a gate of
//! self-service reset.

/// What a phone number was registered as.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PhoneType {
    /// `mobile`.
    Mobile,
    /// `alternateMobile`.
    AlternateMobile,
    /// `office`.
    Office,
    /// Anything Graph may add.
    Other(String),
}

impl PhoneType {
    /// Understands `phoneType`.
    pub fn from_graph(text: &str) -> PhoneType {
        match text {
            "mobile" => PhoneType::Mobile,
            "alternateMobile" => PhoneType::AlternateMobile,
            "office" => PhoneType::Office,
            other => PhoneType::Other(other.to_owned()),
        }
    }

    /// The word Graph uses.
    pub fn word(&self) -> &str {
        match self {
            PhoneType::Mobile => "mobile",
            PhoneType::AlternateMobile => "alternateMobile",
            PhoneType::Office => "office",
            PhoneType::Other(text) => text,
        }
    }
}

/// A kind of registered method.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MethodKind {
    /// The password, which every member has.
    Password,
    /// Alternate e-mail.
    Email,
    /// A phone number.
    Phone {
        /// What it was registered as.
        kind: PhoneType,
        /// It has an extension, with which no reset works.
        extension: bool,
    },
    /// Microsoft Authenticator.
    Authenticator,
    /// Any app that shows one-time codes.
    SoftwareOath,
    /// A token that shows one-time codes.
    HardwareOath,
    /// Passkey (FIDO2), on a key or a device.
    Passkey,
    /// Windows Hello for Business.
    WindowsHello,
    /// Platform credential of a Mac.
    PlatformCredential,
    /// Temporary Access Pass.
    AccessPass,
    /// QR code and PIN.
    QrCodePin,
    /// A method of another provider.
    External,
    /// Security questions.
    SecurityQuestions,
    /// Anything Graph may add.
    Other(String),
}

/// A kind of proof in self-service reset of administrators; two objects of a kind are one gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Gate {
    /// Alternate e-mail.
    Email,
    /// Text message or call.
    Phone,
    /// Authenticator app: notification or code.
    App,
}

impl Gate {
    /// Word for documents.
    pub const fn word(self) -> &'static str {
        match self {
            Gate::Email => "email",
            Gate::Phone => "phone",
            Gate::App => "authenticatorApp",
        }
    }
}

/// `@odata.type` without prefix, and the kind. Phones are handled apart. Source: v1.0 metadata 2026-08-20.
const TYPES: &[(&str, MethodKind)] = &[
    ("passwordAuthenticationMethod", MethodKind::Password),
    ("emailAuthenticationMethod", MethodKind::Email),
    (
        "microsoftAuthenticatorAuthenticationMethod",
        MethodKind::Authenticator,
    ),
    ("softwareOathAuthenticationMethod", MethodKind::SoftwareOath),
    ("hardwareOathAuthenticationMethod", MethodKind::HardwareOath),
    ("fido2AuthenticationMethod", MethodKind::Passkey),
    (
        "windowsHelloForBusinessAuthenticationMethod",
        MethodKind::WindowsHello,
    ),
    (
        "platformCredentialAuthenticationMethod",
        MethodKind::PlatformCredential,
    ),
    (
        "temporaryAccessPassAuthenticationMethod",
        MethodKind::AccessPass,
    ),
    ("qrCodePinAuthenticationMethod", MethodKind::QrCodePin),
    ("externalAuthenticationMethod", MethodKind::External),
];

/// Values of `methodsRegistered`. The report does not tell extensions. Source: userRegistrationDetails page, read 2026-07.
const REPORTED: &[(&str, MethodKind)] = &[
    ("email", MethodKind::Email),
    (
        "mobilePhone",
        MethodKind::Phone {
            kind: PhoneType::Mobile,
            extension: false,
        },
    ),
    (
        "alternateMobilePhone",
        MethodKind::Phone {
            kind: PhoneType::AlternateMobile,
            extension: false,
        },
    ),
    (
        "officePhone",
        MethodKind::Phone {
            kind: PhoneType::Office,
            extension: false,
        },
    ),
    ("securityQuestion", MethodKind::SecurityQuestions),
    ("microsoftAuthenticatorPush", MethodKind::Authenticator),
    (
        "microsoftAuthenticatorPasswordless",
        MethodKind::Authenticator,
    ),
    ("softwareOneTimePasscode", MethodKind::SoftwareOath),
    ("hardwareOneTimePasscode", MethodKind::HardwareOath),
    ("fido2", MethodKind::Passkey),
    ("fido2SecurityKey", MethodKind::Passkey),
    ("passKeyDeviceBound", MethodKind::Passkey),
    ("passKeyDeviceBoundAuthenticator", MethodKind::Passkey),
    ("passKeyDeviceBoundWindowsHello", MethodKind::Passkey),
    ("passKeySynced", MethodKind::Passkey),
    ("windowsHelloForBusiness", MethodKind::WindowsHello),
    ("temporaryAccessPass", MethodKind::AccessPass),
    ("macOsSecureEnclaveKey", MethodKind::PlatformCredential),
    ("qrCode", MethodKind::QrCodePin),
    ("externalAuthMethod", MethodKind::External),
];

impl MethodKind {
    /// Understands an item of the methods list: its `@odata.type`, and for phones type and number.
    pub fn from_graph(
        odata_type: &str,
        phone_type: Option<&str>,
        phone_number: Option<&str>,
    ) -> MethodKind {
        let name = odata_type
            .trim_start_matches('#')
            .trim_start_matches("microsoft.graph.");
        if name == "phoneAuthenticationMethod" {
            return MethodKind::phone(
                phone_type.unwrap_or_default(),
                phone_number.unwrap_or_default(),
            );
        }
        TYPES.iter().find(|(known, _)| *known == name).map_or_else(
            || MethodKind::Other(name.to_owned()),
            |(_, kind)| kind.clone(),
        )
    }

    /// A phone by type and number; a masked number keeps its extension mark.
    pub fn phone(phone_type: &str, number: &str) -> MethodKind {
        // Masks write `+1 XXXXXX5555`: an extension is an x between digits, and masks use capitals.
        let extension = number.rsplit_once('x').is_some_and(|(before, after)| {
            before.ends_with(|c: char| c.is_ascii_digit())
                && !after.trim().is_empty()
                && after.trim().chars().all(|c| c.is_ascii_digit())
        });
        MethodKind::Phone {
            kind: PhoneType::from_graph(phone_type),
            extension,
        }
    }

    /// Understands a value of `methodsRegistered` in the report.
    pub fn from_report(value: &str) -> MethodKind {
        REPORTED
            .iter()
            .find(|(known, _)| *known == value)
            .map_or_else(
                || MethodKind::Other(value.to_owned()),
                |(_, kind)| kind.clone(),
            )
    }

    /// True for a mobile or alternate mobile number without extension.
    pub fn is_usable_phone(&self) -> bool {
        matches!(
            self,
            MethodKind::Phone {
                kind: PhoneType::Mobile | PhoneType::AlternateMobile,
                extension: false
            }
        )
    }

    /// The gate it opens for administrators. Office phones count in paid tenants only. Hardware tokens are not confirmed
    /// for administrators and open none here.
    pub fn gate(&self, paid_tenant: bool) -> Option<Gate> {
        match self {
            MethodKind::Email => Some(Gate::Email),
            MethodKind::Authenticator | MethodKind::SoftwareOath => Some(Gate::App),
            MethodKind::Phone {
                kind: PhoneType::Office,
                extension: false,
            } if paid_tenant => Some(Gate::Phone),
            phone if phone.is_usable_phone() => Some(Gate::Phone),
            _ => None,
        }
    }

    /// Short name for tables and JSON.
    pub fn word(&self) -> &str {
        match self {
            MethodKind::Password => "password",
            MethodKind::Email => "email",
            MethodKind::Phone { .. } => "phone",
            MethodKind::Authenticator => "microsoftAuthenticator",
            MethodKind::SoftwareOath => "softwareOath",
            MethodKind::HardwareOath => "hardwareOath",
            MethodKind::Passkey => "passkey",
            MethodKind::WindowsHello => "windowsHello",
            MethodKind::PlatformCredential => "platformCredential",
            MethodKind::AccessPass => "temporaryAccessPass",
            MethodKind::QrCodePin => "qrCodePin",
            MethodKind::External => "external",
            MethodKind::SecurityQuestions => "securityQuestions",
            MethodKind::Other(name) => name,
        }
    }
}
