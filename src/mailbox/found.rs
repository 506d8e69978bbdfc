//! What was found in a mailbox: each address once, with how often and where. Bounded, whatever the size of the mailbox.

use super::address::{Hit, Matcher};
use crate::policy::user_names::{self, Seen};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

/// Most different addresses that are kept.
const MOST: usize = 20_000;
/// Places that are kept of each.
const SIGHTINGS: usize = 3;
/// Longest subject that is kept, in characters.
const MOST_SUBJECT: usize = 100;

/// The message at hand.
#[derive(Debug, Clone, Default)]
pub(super) struct Message {
    /// Number in the file, from 1.
    pub(super) number: u64,
    /// As the header has it.
    pub(super) date: String,
    /// Decoded.
    pub(super) subject: Vec<u8>,
    /// Whether it says that it is from Microsoft.
    pub(super) from_microsoft: bool,
}

impl Message {
    pub(super) fn new(number: u64) -> Self {
        Message {
            number,
            ..Message::default()
        }
    }
}

/// Where in a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// A header field, by its name.
    Header(String),
    /// Text, or an attachment read as text.
    Text,
    /// HTML.
    Html,
}

/// One place where an address stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// File, as the folder was named.
    pub file: Arc<str>,
    /// Number of the message in it, from 1.
    pub message: u64,
    /// Date of the message, as its header has it.
    pub date: String,
    /// Subject of the message.
    pub subject: String,
    /// `header To`, `text`, `html`.
    pub place: String,
    /// What that says about the address.
    pub seen: Seen,
}

/// An address that was found.
#[derive(Debug, Clone)]
pub struct Found {
    /// In lower case.
    pub address: String,
    /// How often it stands anywhere.
    pub occurrences: u64,
    /// In how many messages.
    pub messages: u64,
    /// The most telling places, best first.
    pub sightings: Vec<Sighting>,
    last_message: u64,
}

/// Everything that was found so far.
#[derive(Default)]
pub struct Findings {
    found: HashMap<String, Found>,
    domains: HashMap<String, u64>,
    /// Addresses that were found after as many as can be kept.
    pub dropped: u64,
    /// Messages so far.
    pub messages: u64,
    pub(super) file: Option<Arc<str>>,
    header: Option<Matcher>,
}

impl Findings {
    /// Looks through a header field.
    pub(super) fn header(&mut self, message: &Message, shown: &[u8], name: &[u8], text: &[u8]) {
        if text.is_empty()
            || !(memchr::memchr2(b'@', b'%', text).is_some()
                || memchr::memmem::find(text, b"onm").is_some())
        {
            return;
        }
        let mut matcher = self.header.take().unwrap_or_else(Matcher::new);
        matcher.feed(text);
        let hits = matcher.finish();
        self.header = Some(matcher);
        for hit in hits {
            let shown = String::from_utf8_lossy(shown).trim().to_owned();
            let seen = user_names::seen_in_header(&String::from_utf8_lossy(name));
            self.keep(message, Place::Header(shown), seen, hit);
        }
    }

    /// Takes what a body held.
    pub(super) fn add(&mut self, message: &Message, place: &Place, hit: Hit) {
        let announced = user_names::announces(&hit.before);
        let seen = match (message.from_microsoft, announced) {
            (true, true) => Seen::AnnouncedByMicrosoft,
            (false, true) => Seen::Announced,
            (true, false) => Seen::InMailOfMicrosoft,
            (false, false) => Seen::InText,
        };
        self.keep(message, place.clone(), seen, hit);
    }

    fn keep(&mut self, message: &Message, place: Place, seen: Seen, hit: Hit) {
        let Some(local) = &hit.local else {
            if self.domains.len() < MOST || self.domains.contains_key(&hit.domain) {
                *self.domains.entry(hit.domain).or_default() += 1;
            }
            return;
        };
        let address = format!("{local}@{}", hit.domain);
        if self.found.len() >= MOST && !self.found.contains_key(&address) {
            self.dropped += 1;
            return;
        }
        let sighting = Sighting {
            file: self.file.clone().unwrap_or_else(|| Arc::from("")),
            message: message.number,
            date: message.date.clone(),
            subject: String::from_utf8_lossy(&message.subject)
                .trim()
                .chars()
                .take(MOST_SUBJECT)
                .collect(),
            place: match place {
                Place::Header(name) => format!("header {name}"),
                Place::Text => "text".to_owned(),
                Place::Html => "html".to_owned(),
            },
            seen,
        };
        // Messages are counted when they end, so the one at hand has the next number.
        let at_hand = self.messages + 1;
        let found = self.found.entry(address.clone()).or_insert_with(|| Found {
            address,
            occurrences: 0,
            messages: 0,
            sightings: Vec::new(),
            last_message: 0,
        });
        found.occurrences += 1;
        if found.last_message != at_hand {
            found.messages += 1;
            found.last_message = at_hand;
        }
        let known = found.sightings.iter().any(|one| {
            one.file == sighting.file
                && one.message == sighting.message
                && one.seen.points() >= sighting.seen.points()
        });
        if !known {
            found.sightings.push(sighting);
            best_first(&mut found.sightings);
        }
    }

    /// Takes what was found further on, where messages are counted from one again although `before` came earlier in the same file.
    pub(super) fn append(&mut self, later: Findings, before: u64) {
        for (domain, count) in later.domains {
            if self.domains.len() < MOST || self.domains.contains_key(&domain) {
                *self.domains.entry(domain).or_default() += count;
            }
        }
        for (address, mut more) in later.found {
            if self.found.len() >= MOST && !self.found.contains_key(&address) {
                self.dropped += more.occurrences;
                continue;
            }
            for sighting in &mut more.sightings {
                sighting.message += before;
            }
            more.last_message += self.messages;
            match self.found.entry(address) {
                Entry::Vacant(place) => {
                    place.insert(more);
                }
                Entry::Occupied(mut place) => {
                    let found = place.get_mut();
                    found.occurrences += more.occurrences;
                    found.messages += more.messages;
                    found.last_message = more.last_message;
                    found.sightings.append(&mut more.sightings);
                    best_first(&mut found.sightings);
                }
            }
        }
        self.dropped += later.dropped;
        self.messages += later.messages;
    }

    pub(super) fn end_message(&mut self) {
        self.messages += 1;
    }

    /// Addresses, best candidates first, and domains that stand alone with how often.
    #[must_use]
    pub fn ranked(self) -> (Vec<Found>, Vec<(String, u64)>) {
        let mut found: Vec<Found> = self.found.into_values().collect();
        found.sort_by_cached_key(rank);
        let mut domains: Vec<(String, u64)> = self.domains.into_iter().collect();
        domains.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        (found, domains)
    }
}

/// Keeps the most telling places; of equal ones the earliest.
fn best_first(sightings: &mut Vec<Sighting>) {
    sightings.sort_by_key(|one| std::cmp::Reverse(one.seen.points()));
    sightings.truncate(SIGHTINGS);
}

/// Order of candidates; smaller is better.
fn rank(found: &Found) -> impl Ord + use<> {
    let points = found
        .sightings
        .iter()
        .map(|one| one.seen.points())
        .max()
        .unwrap_or_default();
    user_names::rank(&found.address, points, found.messages)
}
