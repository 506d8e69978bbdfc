//! Which of the addresses that stand in a mailbox is most likely a person's own user name. A table and an order; no text is read here.
//!
//! The rule: what kind of name it is, then the most telling place it was seen in, then in how many messages, then the alphabet.
//! A sender is somebody else more often than not, and the recipient of private mail has another address; a mail of Microsoft that
//! says "user name" in front of it is as good as it gets.

use std::cmp::Reverse;

/// The most telling thing about a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Seen {
    /// In a mail that says it is from Microsoft, behind words such as "user name".
    AnnouncedByMicrosoft,
    /// Behind such words in any mail.
    Announced,
    /// In the text of a mail that says it is from Microsoft.
    InMailOfMicrosoft,
    /// As a recipient.
    Recipient,
    /// In the text of a mail.
    InText,
    /// As a sender.
    Sender,
    /// In the envelope.
    Envelope,
    /// In an id or a trace that machines write.
    Technical,
}

impl Seen {
    /// All of them, most telling first.
    pub const ALL: [Seen; 8] = [
        Seen::AnnouncedByMicrosoft,
        Seen::Announced,
        Seen::InMailOfMicrosoft,
        Seen::Recipient,
        Seen::InText,
        Seen::Sender,
        Seen::Envelope,
        Seen::Technical,
    ];

    /// Points; more is better.
    pub const fn points(self) -> u8 {
        match self {
            Seen::AnnouncedByMicrosoft => 100,
            Seen::Announced => 80,
            Seen::InMailOfMicrosoft => 70,
            Seen::Recipient => 50,
            Seen::InText => 40,
            Seen::Sender => 30,
            Seen::Envelope => 15,
            Seen::Technical => 0,
        }
    }

    /// Word of the documents.
    pub const fn word(self) -> &'static str {
        match self {
            Seen::AnnouncedByMicrosoft => "announcedByMicrosoft",
            Seen::Announced => "announced",
            Seen::InMailOfMicrosoft => "inMailOfMicrosoft",
            Seen::Recipient => "recipient",
            Seen::InText => "inText",
            Seen::Sender => "sender",
            Seen::Envelope => "envelope",
            Seen::Technical => "technical",
        }
    }

    /// For people.
    pub const fn sentence(self) -> &'static str {
        match self {
            Seen::AnnouncedByMicrosoft => {
                "named as user name in a mail that says it is from Microsoft"
            }
            Seen::Announced => "named as user name or account",
            Seen::InMailOfMicrosoft => "in a mail that says it is from Microsoft",
            Seen::Recipient => "mail was sent to it",
            Seen::InText => "in the text of a mail",
            Seen::Sender => "mail was sent from it",
            Seen::Envelope => "in the envelope of a mail",
            Seen::Technical => "in an id or trace that machines write",
        }
    }
}

/// Domains of Microsoft's own account mail. Anybody can write such a sender: it ranks, it proves nothing.
pub const MICROSOFT_SENDERS: &[&str] = &[
    "azure.com",
    "microsoft.com",
    "microsoft365.com",
    "microsoftonline.com",
    "microsoftonline.us",
    "office.com",
    "office365.com",
    "partner.microsoftonline.cn",
    "oe.21vianet.com",
];

/// Words in front of an address that call it a user name. Languages of the largest markets.
const ANNOUNCING: &[&str] = &[
    "account",
    "admin:",
    "administrator:",
    "anmeldename",
    "benutzer",
    "brugernavn",
    "brukernavn",
    "compte",
    "cuenta",
    "conta ",
    "conta:",
    "gebruikersnaam",
    "konto",
    "käyttäjä",
    "log in",
    "log on",
    "login",
    "nazwa użytkownika",
    "nome utente",
    "nome de utilizador",
    "nombre de usuario",
    "nome de usuário",
    "nom d'utilisateur",
    "nom d’utilisateur",
    "sign in",
    "sign-in",
    "signin",
    "upn",
    "user id",
    "user name",
    "user-id",
    "userid",
    "username",
    "användarnamn",
    "アカウント",
    "ユーザー",
    "帐户",
    "账户",
    "用户",
];

/// Whether the text before an address, in lower case, calls it a user name.
pub fn announces(before: &str) -> bool {
    ANNOUNCING.iter().any(|word| before.contains(word))
}

/// What a header field says about an address in it. The name is in lower case; `from ` is the separator of an mbox.
pub fn seen_in_header(name: &str) -> Seen {
    match name {
        "to"
        | "cc"
        | "bcc"
        | "delivered-to"
        | "x-original-to"
        | "x-envelope-to"
        | "envelope-to"
        | "apparently-to"
        | "x-apple-original-to"
        | "resent-to"
        | "resent-cc"
        | "x-forwarded-to"
        | "x-forwarded-for"
        | "x-delivered-to"
        | "x-rcpt-to"
        | "x-gm-original-to" => Seen::Recipient,
        "subject" | "comments" | "keywords" | "thread-topic" => Seen::InText,
        "from"
        | "sender"
        | "reply-to"
        | "resent-from"
        | "x-sender"
        | "disposition-notification-to" => Seen::Sender,
        "return-path" | "from " | "errors-to" | "received" | "x-received" | "received-spf"
        | "x-envelope-from" | "envelope-from" => Seen::Envelope,
        _ => Seen::Technical,
    }
}

/// What kind of name an address is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NameKind {
    /// A person's or an administrator's.
    Person,
    /// Somebody's who is a guest in that tenant and signs in with another name.
    Guest,
    /// A routing address of a mailbox that is also on premises; the user name has no `.mail`.
    Routing,
    /// Of a service: bounces, synchronisation, journals.
    Service,
}

impl NameKind {
    /// All kinds, likeliest first.
    pub const ALL: [NameKind; 4] = [
        NameKind::Person,
        NameKind::Guest,
        NameKind::Routing,
        NameKind::Service,
    ];

    /// Word of the documents.
    pub const fn word(self) -> &'static str {
        match self {
            NameKind::Person => "person",
            NameKind::Guest => "guest",
            NameKind::Routing => "routing",
            NameKind::Service => "service",
        }
    }
}

/// Beginnings of names that no person signs in with.
const SERVICES: &[&str] = &[
    "bounce",
    "discoverysearchmailbox",
    "federatedemail.",
    "healthmailbox",
    "mailer-daemon",
    "microsoftexchange",
    "migration.",
    "no-reply",
    "no_reply",
    "noreply",
    "do-not-reply",
    "donotreply",
    "postmaster",
    "prvs=",
    "sync_",
    "systemmailbox",
];

/// The kind of an address in lower case.
pub fn kind(address: &str) -> NameKind {
    let (local, domain) = address.rsplit_once('@').unwrap_or((address, ""));
    if local.contains("srs=")
        || local.contains("srs0=")
        || local.contains("srs1=")
        || SERVICES.iter().any(|name| local.starts_with(name))
    {
        NameKind::Service
    } else if local.contains("#ext#") {
        NameKind::Guest
    } else if domain.contains(".mail.onmicrosoft.") {
        NameKind::Routing
    } else {
        NameKind::Person
    }
}

/// Place of an address among the candidates; smaller comes first.
pub fn rank(
    address: &str,
    points: u8,
    messages: u64,
) -> (NameKind, Reverse<u8>, Reverse<u64>, String) {
    (
        kind(address),
        Reverse(points),
        Reverse(messages),
        address.to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_fall_from_the_first_to_the_last() {
        assert!(
            Seen::ALL
                .windows(2)
                .all(|two| two[0].points() > two[1].points())
        );
        for seen in Seen::ALL {
            assert!(!seen.word().is_empty() && !seen.sentence().is_empty());
        }
    }

    #[test]
    fn kinds_of_names() {
        for (address, wanted) in [
            ("admin@c.onmicrosoft.com", NameKind::Person),
            ("me_gmail.com#ext#@c.onmicrosoft.com", NameKind::Guest),
            ("me@c.mail.onmicrosoft.com", NameKind::Routing),
            (
                "bounces+srs=a=b=c.d=me@c.onmicrosoft.com",
                NameKind::Service,
            ),
            (
                "microsoftexchange329e71ec88ae@c.onmicrosoft.com",
                NameKind::Service,
            ),
            ("sync_dc01_0123@c.onmicrosoft.com", NameKind::Service),
        ] {
            assert_eq!(kind(address), wanted, "{address}");
        }
    }

    #[test]
    fn the_order_of_candidates() {
        let mut order = [
            rank("noreply@c.onmicrosoft.com", 100, 9),
            rank("b@c.onmicrosoft.com", 50, 2),
            rank("a@c.onmicrosoft.com", 50, 2),
            rank("c@c.onmicrosoft.com", 50, 3),
            rank("d@c.onmicrosoft.com", 80, 1),
        ];
        order.sort();
        let names: Vec<&str> = order.iter().map(|one| &one.3[..1]).collect();
        assert_eq!(names, ["d", "c", "a", "b", "n"]);
    }

    #[test]
    fn announcements() {
        assert!(announces("your user name: "));
        assert!(announces("sign in as "));
        assert!(!announces("regards, "));
    }
}
