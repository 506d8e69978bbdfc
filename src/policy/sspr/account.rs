//! The facts self-service reset is decided from, and the answer with its reasons. Plain data and sentences.

use super::methods::{Gate, MethodKind};
use crate::policy::facts::Known;
use crate::policy::reset::HeldRole;
use std::collections::BTreeSet;

/// What the tenant is like, as far as it decides between one gate and two.
#[derive(Debug, Clone)]
pub struct TenantFacts {
    /// Has a verified domain beside the initial one.
    pub custom_domain: Known<bool>,
    /// Synchronises with an on-premises directory.
    pub synced: Known<bool>,
    /// Is older than the 30 days of a trial.
    pub past_trial: Known<bool>,
    /// Pays for a subscription; office phones count only then.
    pub paid: Known<bool>,
    /// `allowedToUseSSPR` of the authorization policy.
    pub allowed_to_use_sspr: Known<bool>,
    /// Writes passwords back on-premises.
    pub writeback: Known<bool>,
}

/// What the registration report says about the user; up to 36 hours old.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReportFacts {
    /// `isSsprEnabled`.
    pub enabled: Option<bool>,
    /// `isSsprCapable`.
    pub capable: Option<bool>,
}

/// Everything the answer rests on.
#[derive(Debug, Clone)]
pub struct AccountFacts {
    /// User principal name.
    pub upn: String,
    /// `accountEnabled`.
    pub enabled: Option<bool>,
    /// A guest, by user type.
    pub guest: bool,
    /// `onPremisesSyncEnabled` is true.
    pub synced: Option<bool>,
    /// The domain signs in elsewhere.
    pub federated_domain: Option<bool>,
    /// Active roles.
    pub roles: Known<Vec<HeldRole>>,
    /// Roles that may be activated; they count as held.
    pub eligible: Known<Vec<HeldRole>>,
    /// Registered methods. Contact properties are none.
    pub methods: Known<Vec<MethodKind>>,
    /// The report's row, if there is one.
    pub report: Option<ReportFacts>,
}

/// The answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Answer {
    /// Proven yes.
    Yes,
    /// Proven no.
    No,
    /// Not decided.
    Unknown,
}

impl Answer {
    /// The word in documents: `yes`, `no`, `unknown`.
    pub const fn word(self) -> &'static str {
        match self {
            Answer::Yes => "yes",
            Answer::No => "no",
            Answer::Unknown => "unknown",
        }
    }
}

/// Why the answer is what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// The account is disabled.
    Disabled,
    /// Guests reset where they come from.
    Guest,
    /// Federated, and no writeback.
    FederatedWithoutWriteback,
    /// Synced, and no writeback.
    SyncedWithoutWriteback,
    /// Administrators may not use it in this tenant.
    SwitchedOffForAdministrators,
    /// Too few gates.
    TooFewGates {
        /// How many the account has.
        have: u8,
        /// How many it needs.
        need: u8,
    },
    /// The role is privileged but not on the page; the ordinary policy might apply instead.
    RoleNotOnPage {
        /// Its name.
        role: String,
    },
    /// An ordinary user: the tenant's own settings decide, and Graph does not show them.
    OrdinaryUser,
    /// The report says so for an ordinary user.
    ReportSays {
        /// What it says.
        capable: bool,
    },
    /// The report disagrees with the registered methods, which count more.
    ReportDisagrees {
        /// What the report says.
        capable: bool,
    },
    /// The rule for contact properties is not confirmed for this cloud.
    CloudUnconfirmed,
    /// Not read.
    NotRead {
        /// What, as a sentence.
        what: String,
    },
}

impl Finding {
    /// One sentence for people.
    pub fn sentence(&self) -> String {
        match self {
            Finding::Disabled => "The account is disabled.".into(),
            Finding::Guest => "The account is a guest: it resets its password in its home tenant.".into(),
            Finding::FederatedWithoutWriteback => {
                "The domain is federated and password writeback is off.".into()
            }
            Finding::SyncedWithoutWriteback => {
                "The account is synced from on-premises and password writeback is off.".into()
            }
            Finding::SwitchedOffForAdministrators => {
                "Self-service reset is switched off for administrators in this tenant (allowedToUseSSPR).".into()
            }
            Finding::TooFewGates { have, need } => {
                format!("Administrators need {need} of e-mail, phone and authenticator app; the account has {have}.")
            }
            Finding::RoleNotOnPage { role } => format!(
                "{role} is privileged but not listed for the administrator policy, so the ordinary user policy may apply."
            ),
            Finding::OrdinaryUser => {
                "The account holds no administrator role: the tenant's self-service settings decide, and Graph v1.0 does not show them.".into()
            }
            Finding::ReportSays { capable: true } => "The registration report lists the account as capable.".into(),
            Finding::ReportSays { capable: false } => {
                "The registration report lists the account as not capable; it may be up to 36 hours old.".into()
            }
            Finding::ReportDisagrees { capable } => format!(
                "The registration report says {}; it may be up to 36 hours old, so the registered methods count.",
                if *capable { "capable" } else { "not capable" }
            ),
            Finding::CloudUnconfirmed => {
                "Whether contact e-mail and phone still count in this cloud is not confirmed; they are not counted here.".into()
            }
            Finding::NotRead { what } => what.clone(),
        }
    }
}

/// The result for one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SelfService {
    /// Can the account reset itself now?
    pub verdict: Answer,
    /// How many gates it must pass; absent when not known.
    pub gate: Option<u8>,
    /// How many it has.
    pub have: u8,
    /// Which ones.
    pub kinds: BTreeSet<Gate>,
    /// Whether the policy lets it use self-service reset; absent when not known.
    pub policy_allowed: Option<bool>,
    /// Why, most decisive first.
    pub reasons: Vec<Finding>,
}

impl SelfService {
    /// The reasons as sentences.
    pub fn sentences(&self) -> Vec<String> {
        self.reasons.iter().map(Finding::sentence).collect()
    }
}
