//! What `--require` asks for, and whether the registered methods have it.

use super::methods::{MethodKind, PhoneType};
use super::{Answer, SelfService};
use crate::policy::facts::Known;
use std::collections::HashSet;

/// One demand of `--require`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Requirement {
    /// A registered e-mail.
    Email,
    /// A registered mobile or alternate mobile number without extension.
    Phone,
    /// Microsoft Authenticator.
    Authenticator,
    /// One-time codes of an app or a token registered as such.
    Otp,
    /// A passkey (FIDO2).
    Passkey,
    /// Two different kinds out of e-mail, phone, authenticator app and passkey.
    Any2,
    /// Self-service reset works now.
    Sspr,
}

impl Requirement {
    /// All demands.
    pub const ALL: [Requirement; 7] = [
        Requirement::Email,
        Requirement::Phone,
        Requirement::Authenticator,
        Requirement::Otp,
        Requirement::Passkey,
        Requirement::Any2,
        Requirement::Sspr,
    ];

    /// The word on the command line.
    pub const fn word(self) -> &'static str {
        match self {
            Requirement::Email => "email",
            Requirement::Phone => "phone",
            Requirement::Authenticator => "authenticator",
            Requirement::Otp => "otp",
            Requirement::Passkey => "passkey",
            Requirement::Any2 => "any2",
            Requirement::Sspr => "sspr",
        }
    }

    /// Finds a demand by its word.
    pub fn by_word(word: &str) -> Option<Requirement> {
        Requirement::ALL
            .into_iter()
            .find(|requirement| requirement.word() == word)
    }
}

/// Whether an account has what is required.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Readiness {
    /// Yes, no, or not decided.
    pub ready: Option<bool>,
    /// Demands certainly not met.
    pub missing: Vec<Requirement>,
    /// Demands about which nothing certain can be said.
    pub undecided: Vec<Requirement>,
}

/// Compares demands with registered methods. `self_service` is looked at for [`Requirement::Sspr`] only.
pub fn readiness(
    require: &[Requirement],
    methods: &Known<Vec<MethodKind>>,
    self_service: Option<&SelfService>,
) -> Readiness {
    let mut missing = Vec::new();
    let mut undecided = Vec::new();
    for requirement in require {
        let met = match requirement {
            Requirement::Sspr => match self_service.map(|result| result.verdict) {
                Some(Answer::Yes) => Some(true),
                Some(Answer::No) => Some(false),
                Some(Answer::Unknown) | None => None,
            },
            other if has(*other, methods.items()) => Some(true),
            _ if methods.is_complete() => Some(false),
            _ => None,
        };
        match met {
            Some(true) => {}
            Some(false) if !missing.contains(requirement) => missing.push(*requirement),
            None if !undecided.contains(requirement) => undecided.push(*requirement),
            Some(false) | None => {}
        }
    }
    let ready = match (missing.is_empty(), undecided.is_empty()) {
        (false, _) => Some(false),
        (true, true) => Some(true),
        (true, false) => None,
    };
    Readiness {
        ready,
        missing,
        undecided,
    }
}

fn has(requirement: Requirement, methods: &[MethodKind]) -> bool {
    let any = |test: fn(&MethodKind) -> bool| methods.iter().any(test);
    match requirement {
        Requirement::Email => any(|method| *method == MethodKind::Email),
        Requirement::Phone => any(MethodKind::is_usable_phone),
        Requirement::Authenticator => any(|method| *method == MethodKind::Authenticator),
        Requirement::Otp => {
            any(|method| matches!(method, MethodKind::SoftwareOath | MethodKind::HardwareOath))
        }
        Requirement::Passkey => any(|method| *method == MethodKind::Passkey),
        Requirement::Any2 => {
            let kinds: HashSet<u8> = methods.iter().filter_map(kind_for_any).collect();
            kinds.len() >= 2
        }
        // Decided by the self-service answer, not by a method.
        Requirement::Sspr => false,
    }
}

/// Kinds that differ for `any2`: one per thing a person would have to lose.
fn kind_for_any(method: &MethodKind) -> Option<u8> {
    match method {
        MethodKind::Email => Some(0),
        MethodKind::Phone {
            kind: PhoneType::Mobile | PhoneType::AlternateMobile,
            extension: false,
        } => Some(1),
        MethodKind::Authenticator | MethodKind::SoftwareOath => Some(2),
        MethodKind::Passkey => Some(3),
        _ => None,
    }
}
