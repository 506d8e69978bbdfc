//! Ways back for an administrator who is locked out: from what is still there to the ways that lead in, best first. A decision table and
//! pure functions; no network, no clock, no question asked here.
//!
//! Whatever the answers are, the support case is the last way, so that nobody is left without one.
//!
//! Sources: administrator reset policy and registration pages of self-service reset, who can reset passwords (privileged roles and
//! permissions), emergency access page, read 2026.

mod ways;

#[cfg(test)]
mod tests;

pub use ways::{Way, WayId};

use super::clouds::Cloud;

/// Yes, no, or not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Tri {
    /// Yes.
    Yes,
    /// No.
    No,
    /// Not known, or not asked.
    #[default]
    Unknown,
}

impl Tri {
    /// All three.
    pub const ALL: [Tri; 3] = [Tri::Yes, Tri::No, Tri::Unknown];

    /// `true`, `false` or nothing, for documents.
    pub const fn value(self) -> Option<bool> {
        match self {
            Tri::Yes => Some(true),
            Tri::No => Some(false),
            Tri::Unknown => None,
        }
    }
}

/// The best other administrator there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum OtherAdmin {
    /// A Global or Privileged Authentication Administrator: can reset everybody.
    Powerful,
    /// One with a lesser role, such as User or Helpdesk Administrator.
    Limited,
    /// One whose role nobody knows.
    SomeRole,
    /// Nobody: the locked-out one is the sole administrator.
    Nobody,
    /// Not known whether there is one.
    #[default]
    Unknown,
}

impl OtherAdmin {
    /// All answers.
    pub const ALL: [OtherAdmin; 5] = [
        OtherAdmin::Powerful,
        OtherAdmin::Limited,
        OtherAdmin::SomeRole,
        OtherAdmin::Nobody,
        OtherAdmin::Unknown,
    ];

    /// Word of flags and documents.
    pub const fn word(self) -> &'static str {
        match self {
            OtherAdmin::Powerful => "global",
            OtherAdmin::Limited => "limited",
            OtherAdmin::SomeRole => "some",
            OtherAdmin::Nobody => "none",
            OtherAdmin::Unknown => "unknown",
        }
    }

    /// By its word.
    pub fn by_word(word: &str) -> Option<OtherAdmin> {
        OtherAdmin::ALL.into_iter().find(|one| one.word() == word)
    }
}

/// Where the password of the account lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Account {
    /// In the cloud.
    Cloud,
    /// On premises, synchronised.
    Synced,
    /// At another identity provider.
    Federated,
    /// Not known.
    #[default]
    Unknown,
}

impl Account {
    /// All kinds.
    pub const ALL: [Account; 4] = [
        Account::Cloud,
        Account::Synced,
        Account::Federated,
        Account::Unknown,
    ];

    /// Word of flags and documents.
    pub const fn word(self) -> &'static str {
        match self {
            Account::Cloud => "cloud",
            Account::Synced => "synced",
            Account::Federated => "federated",
            Account::Unknown => "unknown",
        }
    }

    /// By its word.
    pub fn by_word(word: &str) -> Option<Account> {
        Account::ALL.into_iter().find(|one| one.word() == word)
    }
}

/// What is still there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Answers {
    /// The user name is known.
    pub user_name: bool,
    /// The password is known.
    pub password: bool,
    /// A browser is still signed in.
    pub browser: bool,
    /// An Office app is still signed in.
    pub office: bool,
    /// This tool or another command line is still signed in.
    pub cli: bool,
    /// Another administrator.
    pub other_admin: OtherAdmin,
    /// An e-mail address is registered and readable.
    pub email: Tri,
    /// A phone is registered and at hand.
    pub phone: Tri,
    /// An authenticator app is registered and at hand.
    pub app: Tri,
    /// Where the password lives.
    pub account: Account,
    /// The cloud.
    pub cloud: Cloud,
}

impl Answers {
    /// Proofs for self-service reset: those certainly there, and those that may be.
    pub fn proofs(&self) -> (usize, usize) {
        let all = [self.email, self.phone, self.app];
        let yes = all.iter().filter(|one| **one == Tri::Yes).count();
        let maybe = all.iter().filter(|one| **one != Tri::No).count();
        (yes, maybe)
    }

    /// Whether any session lives in which something can be done, an Office app aside.
    pub const fn session(&self) -> bool {
        self.browser || self.cli
    }
}

/// How many proofs the administrator policy asks for where it asks for the most.
const GATES: usize = 2;

/// A question that a dialogue may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Question {
    /// The user name.
    UserName,
    /// The password.
    Password,
    /// Another administrator.
    OtherAdmin,
    /// Where the password lives.
    Account,
    /// What is registered.
    Registered,
    /// What is still signed in.
    Sessions,
}

impl Question {
    /// In the order of asking: what decides most comes first.
    pub const ALL: [Question; 6] = [
        Question::UserName,
        Question::Password,
        Question::OtherAdmin,
        Question::Account,
        Question::Registered,
        Question::Sessions,
    ];

    /// Whether the answer could still change what to do first, after the answers before it.
    pub fn matters(self, so_far: &Answers) -> bool {
        let (yes, _) = so_far.proofs();
        match self {
            Question::UserName | Question::Password | Question::OtherAdmin => true,
            // Somebody who can reset everybody resets synced and federated accounts no better than others, so it is asked all the same.
            Question::Account => true,
            Question::Registered => {
                so_far.other_admin != OtherAdmin::Powerful || so_far.account == Account::Unknown
            }
            Question::Sessions => {
                let helped = so_far.other_admin == OtherAdmin::Powerful;
                let helps_itself = yes >= GATES && so_far.account == Account::Cloud;
                !(helped || helps_itself) || !so_far.user_name
            }
        }
    }
}

/// The ways back, best first, the support case last.
pub fn ways(answers: &Answers) -> Vec<Way> {
    let a = answers;
    let (yes, maybe) = a.proofs();
    let elsewhere = matches!(a.account, Account::Synced | Account::Federated);
    let mut ids = Vec::new();
    let mut add = |applies: bool, id: WayId| {
        if applies && !ids.contains(&id) {
            ids.push(id);
        }
    };
    add(!a.user_name, WayId::FindUserName);
    add(a.user_name && a.password, WayId::SignIn);
    // A password that lives elsewhere is reset there; what the cloud could do ends at the next synchronisation or sign-in.
    add(a.account == Account::Synced, WayId::OnPremises);
    add(a.account == Account::Federated, WayId::IdentityProvider);
    add(a.other_admin == OtherAdmin::Powerful, WayId::OtherAdmin);
    add(yes >= GATES && !elsewhere, WayId::SelfService);
    // A living session ends some day, so what needs it comes before what can wait.
    add(a.browser, WayId::AddSecurityInfo);
    add(a.session(), WayId::RecoverOwn);
    add(maybe >= GATES && !elsewhere, WayId::SelfService);
    add(
        matches!(a.other_admin, OtherAdmin::Limited | OtherAdmin::SomeRole),
        WayId::LesserAdmin,
    );
    add(a.other_admin == OtherAdmin::Unknown, WayId::AskWhoElse);
    add(
        a.other_admin != OtherAdmin::Powerful,
        WayId::EmergencyAccount,
    );
    // With writeback self-service also works for accounts that live elsewhere.
    add(maybe >= GATES, WayId::SelfService);
    add(
        matches!(a.other_admin, OtherAdmin::Nobody | OtherAdmin::Unknown),
        WayId::Partner,
    );
    add(true, WayId::Support);
    ids.into_iter().map(|id| Way::new(id, a)).collect()
}
