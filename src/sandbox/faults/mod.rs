//! Scripted faults: which request they hit and what happens to it.
//!
//! Owns the vocabulary and the counting ("the third GET of users"); the socket, the Graph side and the sign-in side carry the
//! actions out. The text form is described in [`GRAMMAR`] and read in
//! `parse`.

mod parse;

use std::fmt;

pub use parse::FaultError;

/// The language of fault scripts, for people to read.
pub const GRAMMAR: &str = include_str!("grammar.txt");

/// One rule of a fault script; made from text as [`GRAMMAR`] describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    text: String,
    kind: Kind,
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Wire(Rule),
    Policy(Policy),
}

/// A fault that meets single requests.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Rule {
    when: When,
    /// Upper-case method, or none for all.
    method: Option<String>,
    /// Lower-case part of the path.
    fragment: String,
    /// Whether the fragment has to end the path.
    at_end: bool,
    action: Action,
}

/// Which of the matching requests are hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    /// From the first to the second number, both included.
    Between(u64, u64),
    /// So many in ten thousand, picked by a fixed sequence so that a run can be repeated.
    Share(u32),
}

/// What happens to a request that is hit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Action {
    /// What is answered.
    pub(super) effect: Effect,
    /// Whether the request is carried out all the same.
    pub(super) commit: bool,
    /// Milliseconds before the reply.
    pub(super) delay_ms: u64,
}

/// The visible part of an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Effect {
    /// The ordinary reply (a delay alone).
    Ordinary,
    /// An error status.
    Status(StatusFault),
    /// The reply ends after so many bytes.
    Break { bytes: u64, end: End },
    /// The reply trickles.
    Slow { bytes_per_second: u64 },
    /// Status 200 with a page of a captive portal.
    Portal,
    /// Body bytes are damaged.
    Garble,
    /// A redirect to a foreign place.
    Redirect(String),
    /// `@odata.nextLink` is replaced; none stands for the request's own address.
    NextLink(Option<String>),
    /// `Location` is replaced, or left out when it says `none`.
    Location(String),
    /// 401: the token has expired, and stays so.
    ExpiredToken,
    /// 401 with a claims challenge; the token stays refused.
    ClaimsChallenge { acrs: Option<String> },
    /// A refusal of the sign-in service.
    Aadsts(u32),
    /// `slow_down` to a device code poll.
    SlowDown,
}

/// How a broken reply ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// An orderly close.
    Close,
    /// A TCP reset.
    Reset,
    /// Nothing more comes, the connection stays open.
    Stall,
}

/// Details of an injected status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StatusFault {
    pub(super) status: u16,
    pub(super) retry_after: Option<RetryAfter>,
    /// Graph code instead of the usual one of the status.
    pub(super) code: Option<String>,
    pub(super) body: FaultBody,
}

/// The form of `Retry-After`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RetryAfter {
    Seconds(u32),
    /// As an HTTP date so many seconds ahead.
    Date(u32),
}

/// What an injected status carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FaultBody {
    Json,
    Html,
    Empty,
}

/// A standing rule of the tenant about sign-ins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Policy {
    pub(super) rule: PolicyRule,
    /// Only for this person (user principal name); none for all.
    pub(super) persona: Option<String>,
}

/// What a standing rule demands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PolicyRule {
    DeviceCodeBlocked,
    MfaRequired,
    ConsentMissing,
}

/// The rules of a running sandbox with their counters.
#[derive(Debug, Default)]
pub(super) struct FaultBook {
    rules: Vec<(Rule, u64)>,
    policies: Vec<Policy>,
}

impl FaultBook {
    /// A book with all counters at zero.
    pub(super) fn new(faults: &[Fault]) -> Self {
        let mut book = Self::default();
        for fault in faults {
            match &fault.kind {
                Kind::Wire(rule) => book.rules.push((rule.clone(), 0)),
                Kind::Policy(policy) => book.policies.push(policy.clone()),
            }
        }
        book
    }

    /// The standing rules about sign-ins.
    pub(super) fn policies(&self) -> &[Policy] {
        &self.policies
    }

    /// Counts a request with every rule it matches; the first rule that fires says what happens.
    pub(super) fn decide(&mut self, method: &str, path: &str, query: &str) -> Option<Action> {
        self.decide_where(method, path, query, |_| true)
    }

    /// The same for a part of a batch, where only a status can be told.
    pub(super) fn decide_part(&mut self, method: &str, path: &str, query: &str) -> Option<Action> {
        self.decide_where(method, path, query, |effect| {
            matches!(effect, Effect::Status(_))
        })
    }

    fn decide_where(
        &mut self,
        method: &str,
        path: &str,
        query: &str,
        fits: fn(&Effect) -> bool,
    ) -> Option<Action> {
        let mut fired = None;
        for (rule, seen) in &mut self.rules {
            if !fits(&rule.action.effect) || !rule.matches(method, path, query) {
                continue;
            }
            *seen += 1;
            if fired.is_none() && rule.when.fires(*seen) {
                fired = Some(rule.action.clone());
            }
        }
        fired
    }
}

impl Rule {
    fn matches(&self, method: &str, path: &str, query: &str) -> bool {
        if self
            .method
            .as_deref()
            .is_some_and(|wanted| wanted != method)
        {
            return false;
        }
        let mut text = path.to_ascii_lowercase();
        if self.fragment.contains('?') {
            text.push('?');
            text.push_str(&query.to_ascii_lowercase());
        }
        if self.at_end {
            text.ends_with(&self.fragment)
        } else {
            text.contains(&self.fragment)
        }
    }
}

impl When {
    fn fires(self, seen: u64) -> bool {
        match self {
            Self::Between(first, last) => (first..=last).contains(&seen),
            Self::Share(share) => splitmix(seen) % 10_000 < u64::from(share),
        }
    }
}

/// The SplitMix64 sequence: spreads a counter evenly, the same in every run.
fn splitmix(counter: u64) -> u64 {
    let mut mixed = counter.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book(script: &str) -> FaultBook {
        FaultBook::new(&Fault::parse_script(script).unwrap())
    }

    fn status(action: Option<Action>) -> u16 {
        match action.map(|action| action.effect) {
            Some(Effect::Status(fault)) => fault.status,
            _ => 0,
        }
    }

    #[test]
    fn the_nth_match_is_hit_and_nothing_else() {
        let mut book = book("2:GET:/users$ -> 503");
        assert_eq!(status(book.decide("GET", "/v1.0/users", "")), 0);
        assert_eq!(status(book.decide("POST", "/v1.0/users", "")), 0);
        assert_eq!(status(book.decide("GET", "/v1.0/users/1", "")), 0);
        assert_eq!(status(book.decide("GET", "/v1.0/users", "$top=5")), 503);
        assert_eq!(status(book.decide("GET", "/v1.0/users", "")), 0);
    }

    #[test]
    fn ranges_open_ends_and_queries() {
        let mut book = book("2-3:*:/users -> 500; 4+:*:/users -> 502; *:GET:/me?$select=id -> 504");
        let seen: Vec<u16> = (0..5)
            .map(|_| status(book.decide("GET", "/v1.0/users", "")))
            .collect();
        assert_eq!(seen, [0, 500, 500, 502, 502]);
        assert_eq!(
            status(book.decide("GET", "/v1.0/me", "$select=id,mail")),
            504
        );
        assert_eq!(status(book.decide("GET", "/v1.0/me", "")), 0);
    }

    #[test]
    fn every_matching_rule_counts_but_the_first_that_fires_wins() {
        let mut book = book("1:GET:/users -> 500; 2:GET:* -> 503");
        assert_eq!(status(book.decide("GET", "/v1.0/users", "")), 500);
        assert_eq!(status(book.decide("GET", "/v1.0/users", "")), 503);
    }

    #[test]
    fn a_share_is_about_as_large_as_asked_and_repeats() {
        let run = || {
            let mut book = book("5%:*:* -> 503");
            (0..10_000)
                .filter(|_| book.decide("GET", "/x", "").is_some())
                .count()
        };
        assert!((400..600).contains(&run()), "{}", run());
        assert_eq!(run(), run());
    }

    #[test]
    fn parts_of_a_batch_meet_only_statuses() {
        let mut book = book("1:GET:/users -> cut=5; 1:GET:/users -> 429");
        assert_eq!(status(book.decide_part("GET", "/v1.0/users/1", "")), 429);
        assert!(matches!(
            book.decide("GET", "/v1.0/users", "").unwrap().effect,
            Effect::Break { bytes: 5, .. }
        ));
    }

    #[test]
    fn policies_stand_beside_rules() {
        let book = book("mfa-required for Ada@contoso.onmicrosoft.com\ndevice-code-blocked");
        assert_eq!(book.policies().len(), 2);
        assert_eq!(
            book.policies()[0].persona.as_deref(),
            Some("ada@contoso.onmicrosoft.com")
        );
    }
}
