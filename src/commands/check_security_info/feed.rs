//! Who is asked about next: a list of names, or pages of users of which one is fetched ahead. Holds no more than two pages.

use super::ask::Whom;
use super::shard::Shard;
use crate::error::Result;
use crate::graph::paging::Pages;
use crate::graph::users::User;
use std::collections::{HashSet, VecDeque};
use std::future::Future;
use std::pin::Pin;
use uuid::Uuid;

/// A page is fetched ahead while fewer users than this wait.
const AHEAD: usize = 999;

type Page<'c> = (Pages<'c, User>, Result<Option<Vec<User>>>);
type Fetch<'c> = Pin<Box<dyn Future<Output = Page<'c>> + 'c>>;

/// Somebody to be asked about, and the place in the order of asking.
pub(super) struct Waiting {
    /// The place.
    pub(super) place: u64,
    /// The user.
    pub(super) whom: Whom,
}

/// The users of a run, as they are needed.
pub(super) struct Feed<'c> {
    waiting: VecDeque<Waiting>,
    places: u64,
    shard: Option<Shard>,
    seen: Seen,
    idle: Option<Pages<'c, User>>,
    fetching: Option<Fetch<'c>>,
}

/// Object ids that were met, so that a user whom a list shows twice is counted once.
#[derive(Default)]
pub(super) struct Seen(HashSet<Uuid>);

impl Seen {
    /// Whether this is the first time.
    pub(super) fn first(&mut self, id: &str) -> bool {
        Uuid::parse_str(id).map_or(true, |id| self.0.insert(id))
    }
}

impl<'c> Feed<'c> {
    /// A feed from nothing.
    pub(super) fn new(shard: Option<Shard>) -> Self {
        Feed {
            waiting: VecDeque::new(),
            places: 0,
            shard,
            seen: Seen::default(),
            idle: None,
            fetching: None,
        }
    }

    /// Adds users by name or id.
    pub(super) fn add_names(&mut self, names: impl IntoIterator<Item = String>) {
        let shard = self.shard;
        for name in names
            .into_iter()
            .filter(|name| shard.is_none_or(|shard| shard.holds(name)))
        {
            self.push(Whom::Named(name));
        }
    }

    /// Adds a list whose first page is there.
    pub(super) fn add_pages(&mut self, pages: Pages<'c, User>, first: Option<Vec<User>>) {
        if let Some(users) = first {
            self.add_users(users);
            self.idle = Some(pages);
        }
    }

    fn add_users(&mut self, users: Vec<User>) {
        for user in users {
            if self.shard.is_none_or(|shard| shard.holds(&user.id)) && self.seen.first(&user.id) {
                self.push(Whom::Listed(Box::new(user)));
            }
        }
    }

    fn push(&mut self, whom: Whom) {
        self.waiting.push_back(Waiting {
            place: self.places,
            whom,
        });
        self.places += 1;
    }

    /// How many users there are, once that is known.
    pub(super) fn total(&self) -> Option<u64> {
        (!self.has_more()).then_some(self.places)
    }

    fn has_more(&self) -> bool {
        self.idle.is_some() || self.fetching.is_some()
    }

    /// Whether a page is on its way.
    pub(super) fn is_fetching(&self) -> bool {
        self.fetching.is_some()
    }

    /// Sends for the next page when few users are left.
    pub(super) fn fetch_ahead(&mut self) {
        if self.waiting.len() < AHEAD
            && let Some(mut pages) = self.idle.take()
        {
            self.fetching = Some(Box::pin(async move {
                let page = pages.next_page().await;
                (pages, page)
            }));
        }
    }

    /// Waits for the page on its way and takes it in.
    pub(super) async fn page(&mut self) -> Result<()> {
        let Some(fetch) = &mut self.fetching else {
            return std::future::pending().await;
        };
        let (pages, page) = fetch.await;
        self.fetching = None;
        if let Some(users) = page? {
            self.add_users(users);
            self.idle = Some(pages);
        }
        Ok(())
    }

    /// The next users, as many as fill a batch; fewer only at the very end.
    pub(super) fn next_group(&mut self, size: usize) -> Option<Vec<Waiting>> {
        let ready = self.waiting.len() >= size || (!self.has_more() && !self.waiting.is_empty());
        ready.then(|| self.waiting.drain(..size.min(self.waiting.len())).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(count: usize) -> Vec<String> {
        (0..count).map(|n| format!("user{n}@contoso.com")).collect()
    }

    #[test]
    fn batches_are_full_until_the_end() {
        let mut feed = Feed::new(None);
        feed.add_names(names(45));
        let sizes: Vec<usize> =
            std::iter::from_fn(|| feed.next_group(20).map(|group| group.len())).collect();
        assert_eq!(sizes, [20, 20, 5]);
        assert_eq!(feed.total(), Some(45));
    }

    #[test]
    fn a_shard_keeps_its_own() {
        let held: usize = (1..=3)
            .map(|index| {
                let mut feed = Feed::new(Some(format!("{index}/3").parse().unwrap()));
                feed.add_names(names(100));
                feed.next_group(1000).map_or(0, |group| group.len())
            })
            .sum();
        assert_eq!(held, 100);
    }

    #[test]
    fn a_user_listed_twice_is_asked_about_once() {
        let mut feed = Feed::new(None);
        let user = |n: u128| User {
            id: Uuid::from_u128(n).to_string(),
            ..User::default()
        };
        feed.add_users(vec![user(1), user(2)]);
        feed.add_users(vec![user(2), user(3)]);
        assert_eq!(feed.next_group(20).unwrap().len(), 3);
        assert!(feed.next_group(20).is_none());
    }
}
