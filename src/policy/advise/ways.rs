//! The ways themselves: what each is called, what it needs, how long it takes, what can go wrong, and where it begins in each cloud.

use super::{Account, Answers, OtherAdmin};
use crate::policy::clouds::{Cloud, Feature};

/// One way back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum WayId {
    /// Find the user name first.
    FindUserName,
    /// Just sign in.
    SignIn,
    /// Reset in Active Directory.
    OnPremises,
    /// Reset at the identity provider.
    IdentityProvider,
    /// Another administrator who can reset everybody.
    OtherAdmin,
    /// Self-service reset.
    SelfService,
    /// Register security info while the browser is signed in.
    AddSecurityInfo,
    /// Make a second administrator and let it reset the first.
    RecoverOwn,
    /// Another administrator with a lesser or unknown role.
    LesserAdmin,
    /// Find out who else is an administrator.
    AskWhoElse,
    /// An emergency access account.
    EmergencyAccount,
    /// A partner with delegated rights.
    Partner,
    /// A support case.
    Support,
}

impl WayId {
    /// All ways.
    pub const ALL: [WayId; 13] = [
        WayId::FindUserName,
        WayId::SignIn,
        WayId::OnPremises,
        WayId::IdentityProvider,
        WayId::OtherAdmin,
        WayId::SelfService,
        WayId::AddSecurityInfo,
        WayId::RecoverOwn,
        WayId::LesserAdmin,
        WayId::AskWhoElse,
        WayId::EmergencyAccount,
        WayId::Partner,
        WayId::Support,
    ];

    /// Word of the documents.
    pub const fn word(self) -> &'static str {
        match self {
            WayId::FindUserName => "findUserName",
            WayId::SignIn => "signIn",
            WayId::OnPremises => "onPremises",
            WayId::IdentityProvider => "identityProvider",
            WayId::OtherAdmin => "otherAdmin",
            WayId::SelfService => "selfService",
            WayId::AddSecurityInfo => "addSecurityInfo",
            WayId::RecoverOwn => "recoverOwn",
            WayId::LesserAdmin => "lesserAdmin",
            WayId::AskWhoElse => "askWhoElse",
            WayId::EmergencyAccount => "emergencyAccount",
            WayId::Partner => "partner",
            WayId::Support => "support",
        }
    }
}

/// A way back with everything there is to say about it. `USER` in a command stands for the user name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// Which one.
    pub id: WayId,
    /// What to do, in one sentence.
    pub title: &'static str,
    /// Command lines of this tool, in order.
    pub commands: Vec<&'static str>,
    /// Page to open.
    pub link: Option<&'static str>,
    /// Whether the page takes the user name along.
    pub link_takes_name: bool,
    /// What it needs.
    pub needs: &'static str,
    /// How long it takes.
    pub takes: &'static str,
    /// What can go wrong.
    pub risks: Vec<&'static str>,
    /// What to do or have ready, in order.
    pub steps: Vec<&'static str>,
}

const PASSWORD_ELSEWHERE: &str = "The password lives outside the cloud: this works only with password writeback (Entra ID P1), and not for members of protected groups of Active Directory.";
const RETIRED_PHONE: &str = "Microsoft ends its text messages and calls on 1 February 2027 (Global Administrators: 1 July 2027).";

impl Way {
    pub(super) fn new(id: WayId, answers: &Answers) -> Way {
        let pages = answers.cloud.portals();
        let elsewhere = matches!(answers.account, Account::Synced | Account::Federated);
        let mut way = Way {
            id,
            title: "",
            commands: Vec::new(),
            link: None,
            link_takes_name: false,
            needs: "",
            takes: "",
            risks: Vec::new(),
            steps: Vec::new(),
        };
        match id {
            WayId::FindUserName => {
                way.title = "Find the user name.";
                way.commands = vec![
                    "admin-reset find-username",
                    "admin-reset find-username --mailbox FOLDER-OF-EXPORTED-MAIL",
                ];
                way.needs = "This machine, an Office app or browser that is signed in, or the mailbox the tenant was registered with.";
                way.takes = "Minutes; large mailboxes are searched at about the speed of the disk.";
                way.risks = vec![
                    "An address found in mail may be an old or somebody else's name; each is shown with the place it stands in.",
                ];
                if answers.office {
                    way.steps.push("In the Office app that is signed in, look under File > Account: it shows the user name.");
                }
                if answers.browser {
                    way.steps.push("In the browser that is signed in, choose the picture at the top right: it shows the user name.");
                }
                way.steps.push(if answers.cloud == Cloud::China {
                    "Search private mail for \"onmschina\": the welcome mail names the user."
                } else {
                    "Search private mail for \"onmicrosoft\": the welcome mail names the user."
                });
            }
            WayId::SignIn => {
                way.title = "Sign in with the user name and the password.";
                way.link = Some(pages.m365_admin);
                way.needs = "User name, password, and the second proof if the tenant asks for one.";
                way.takes = "A minute.";
                way.risks = vec![
                    "If the second proof is lost the sign-in ends there; the next ways put that right.",
                    "After ten wrong attempts the account is locked for a minute, longer each time.",
                ];
            }
            WayId::OnPremises => {
                way.title =
                    "Reset the password in Active Directory and wait for the synchronisation.";
                way.needs = "An administrator of the on-premises domain.";
                way.takes = "Minutes: password hashes are synchronised every two minutes.";
                way.risks = vec!["A reset in the cloud alone is overwritten, or refused."];
            }
            WayId::IdentityProvider => {
                way.title =
                    "Reset the password at the identity provider the domain is federated with.";
                way.needs = "An administrator of that identity provider.";
                way.takes = "Minutes.";
                way.risks = vec![
                    "If the provider itself is down, only an account of the initial domain can sign in.",
                ];
            }
            WayId::OtherAdmin => {
                way.title =
                    "Let the other administrator reset the password, or the lost second proof.";
                way.commands = vec![
                    "admin-reset who-can-reset USER",
                    "admin-reset reset-user USER",
                    "admin-reset issue-access-pass USER",
                ];
                way.link = Some(pages.entra);
                way.needs = "A Global or Privileged Authentication Administrator, signed in on any machine.";
                way.takes = "Minutes.";
                way.risks = vec![
                    "An account in a restricted management unit has to be taken out first.",
                    "A role that is only eligible has to be activated first.",
                ];
                if !answers.cloud.offers(Feature::TemporaryAccessPass) {
                    way.commands.pop();
                    way.commands
                        .push("admin-reset reset-user USER --require-reregister");
                }
            }
            WayId::SelfService => {
                way.title = "Reset the password yourself with two registered proofs.";
                way.commands = vec!["admin-reset self-service USER --open"];
                way.link = Some(pages.self_service_reset);
                way.link_takes_name = pages.name_in_link;
                way.needs = "The user name and two of: registered e-mail, registered phone, authenticator app. Contact information in the profile does not count.";
                way.takes = "Five minutes.";
                way.risks = vec![
                    "The tenant may have switched self-service reset off for administrators.",
                    "Too many attempts lock it for 24 hours.",
                    RETIRED_PHONE,
                ];
                if elsewhere {
                    way.risks.insert(0, PASSWORD_ELSEWHERE);
                }
            }
            WayId::AddSecurityInfo => {
                way.title = "While the browser is signed in, register an authenticator app, a phone and an e-mail address; then reset the password yourself.";
                way.commands = vec!["admin-reset self-service USER --open"];
                way.link = Some(pages.security_info);
                way.needs =
                    "The browser that is still signed in. Do it before closing it or signing out.";
                way.takes = "Ten minutes.";
                way.risks = vec![
                    "The page may ask for a proof again that is lost; then the session cannot register a new one.",
                    "A policy may allow registration from known places only.",
                ];
                if elsewhere {
                    way.risks.push(PASSWORD_ELSEWHERE);
                }
            }
            WayId::RecoverOwn => {
                way.title = "With the session that is still alive, make a second administrator, sign in as it, and reset the first account.";
                way.commands = vec!["admin-reset recover-own"];
                way.needs = "A living session of a Global Administrator, in the browser or in this tool. Graph refuses to reset one's own password, hence the second account.";
                way.takes = "Ten minutes.";
                way.risks = vec![
                    "The session may end at any moment; do not sign out.",
                    "A new administrator may have to register a second proof at the first sign-in.",
                ];
                if elsewhere {
                    way.risks.push("The second account stays usable, but the first one's password lives outside the cloud.");
                }
            }
            WayId::LesserAdmin => {
                way.title = "Ask whether the other administrator's role suffices.";
                way.commands = vec!["admin-reset who-can-reset USER"];
                way.needs = "The other administrator, signed in on any machine.";
                way.takes = "A minute to know, minutes to do.";
                way.risks = vec![
                    "Only a Global or Privileged Authentication Administrator can reset a Global Administrator.",
                    "The command also tells which roles would suffice and who holds them.",
                ];
            }
            WayId::AskWhoElse => {
                way.title = "Find out who else is an administrator.";
                way.commands = vec!["admin-reset find-username --admins"];
                way.needs = "Anybody of the organisation who can sign in, and asking around: who set it up, who pays the invoices.";
                way.takes = "An hour.";
                way.risks = vec!["Somebody without a role may not be allowed to list roles."];
            }
            WayId::EmergencyAccount => {
                way.title = "Look for an emergency access account: a sealed envelope, a safe, an encrypted file.";
                way.commands = vec!["admin-reset unseal FILE"];
                way.link = Some(pages.m365_admin);
                way.needs = "What was put away when the account was made: password, and a security key where the portals ask for one.";
                way.takes = "As long as it takes to open the safe.";
                way.risks = vec![
                    "Its use raises an alert in a tenant that watches it: say beforehand that it is you.",
                ];
            }
            WayId::Partner => {
                way.title = "Ask the partner or reseller the subscription was bought from.";
                way.needs = "A partner with delegated administration of this tenant that includes a role able to reset administrators.";
                way.takes = "Hours.";
                way.risks = vec!["A partner that only sells has no rights in the tenant."];
            }
            WayId::Support => support(&mut way, answers),
        }
        way
    }
}

/// The last way. No phone number is given: they differ by country and change.
fn support(way: &mut Way, answers: &Answers) {
    let sole = matches!(
        answers.other_admin,
        OtherAdmin::Nobody | OtherAdmin::Unknown
    );
    way.title = if sole {
        "Open a support case by phone and ask for the data protection team: a sole administrator is locked out."
    } else {
        "Open a support case."
    };
    way.commands = vec!["admin-reset support-bundle"];
    way.needs = "Proof that the organisation is yours.";
    way.takes =
        "Days: the identity of the caller and the ownership of the tenant are verified first.";
    way.risks = vec![
        "Support cannot tell the password and never asks for one; what it restores is the access of a verified owner.",
        "Never search for the number in a search engine's advertisements: take it from Microsoft's own page or the invoice.",
    ];
    way.steps.push(match answers.cloud {
        Cloud::Global => "Take the number for your country from the page \"Get support\" of the Microsoft 365 admin center's documentation, or from an invoice.",
        Cloud::UsGov | Cloud::UsGovDod => "Use the support contact of the government agreement; support of the global cloud cannot see this tenant.",
        Cloud::China => "Call the operator of the cloud in China, 21Vianet; support of the global cloud cannot see this tenant.",
    });
    if sole {
        way.steps.push("Say: \"I am the only Global Administrator of this tenant and locked out. No other administrator exists. Please open a case with the data protection team to verify me and restore access.\"");
    } else {
        way.steps.push(
            "Say which administrator is locked out, who else can sign in, and what was tried.",
        );
    }
    way.steps.extend([
        "Have ready: tenant id or initial domain, user name, your own domain and access to its DNS (a TXT record may be asked for).",
        "Have ready: a recent invoice or the last digits of the card it is paid with, the organisation's registration, your identity papers.",
        "Have ready: a phone number and an e-mail address outside the tenant for calls back, and the times of the failed sign-ins.",
        "Note the case number; ask for the time of the next call.",
    ]);
}
