//! Lists: one page after the other, next links checked by origin, loops refused.
//!
//! A page may be empty and still have a next link; a link that repeats is an error; a limit stops fetching.

use super::call::{Call, Spec};
use super::{Client, Exchange, decode};
use crate::error::{Error, ErrorCode, Result};
use crate::http::retry::{BUDGET, Replay};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::{HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use url::Url;

/// Most pages of one list (security bar, section 4).
const MOST_PAGES: usize = 10_000;

/// One page of a collection.
#[derive(Debug, Clone, Deserialize)]
pub struct Page<T> {
    /// The objects.
    pub value: Vec<T>,
    /// Where the next page is.
    #[serde(rename = "@odata.nextLink", default)]
    pub next_link: Option<String>,
}

/// A list that is fetched as it is read.
#[must_use = "nothing is fetched until `next` is called"]
pub struct Pages<'c, T> {
    client: &'c Client,
    spec: Spec,
    ready: VecDeque<T>,
    next: Option<Url>,
    seen: HashSet<u64>,
    failed: bool,
}

impl Client {
    /// A list from its first page.
    pub fn pages<T: DeserializeOwned>(&self, call: &Call<Page<T>>) -> Result<Pages<'_, T>> {
        let spec = call.spec().clone();
        let url = self.url_of(&spec)?;
        Ok(Pages {
            client: self,
            spec,
            ready: VecDeque::new(),
            next: Some(url),
            seen: HashSet::new(),
            failed: false,
        })
    }

    /// The rest of a list whose first page came in a batch.
    pub fn pages_after<T: DeserializeOwned>(
        &self,
        call: &Call<Page<T>>,
        page: Page<T>,
    ) -> Result<Pages<'_, T>> {
        let next = page
            .next_link
            .as_deref()
            .map(|link| self.checked_link(link))
            .transpose()?;
        Ok(Pages {
            client: self,
            spec: call.spec().clone(),
            ready: page.value.into(),
            next,
            seen: HashSet::new(),
            failed: false,
        })
    }
}

impl<T: DeserializeOwned> Pages<'_, T> {
    /// The next object; `None` at the end. After an error the list has ended.
    pub async fn next(&mut self) -> Result<Option<T>> {
        loop {
            if let Some(item) = self.ready.pop_front() {
                return Ok(Some(item));
            }
            if self.failed || !self.fetch().await? {
                return Ok(None);
            }
        }
    }

    /// The rest of the page at hand, or the next page; `None` at the end.
    pub async fn next_page(&mut self) -> Result<Option<Vec<T>>> {
        if !self.ready.is_empty() {
            return Ok(Some(std::mem::take(&mut self.ready).into()));
        }
        if self.failed || !self.fetch().await? {
            return Ok(None);
        }
        Ok(Some(std::mem::take(&mut self.ready).into()))
    }

    /// Everything, for lists that are known to be short.
    pub async fn all(mut self) -> Result<Vec<T>> {
        let mut items = Vec::new();
        while let Some(mut page) = self.next_page().await? {
            items.append(&mut page);
        }
        Ok(items)
    }

    async fn fetch(&mut self) -> Result<bool> {
        let Some(url) = self.next.take() else {
            return Ok(false);
        };
        let result = self.fetch_from(url).await;
        self.failed = result.is_err();
        result.map(|()| true)
    }

    async fn fetch_from(&mut self, url: Url) -> Result<()> {
        let mut hasher = DefaultHasher::new();
        url.as_str().hash(&mut hasher);
        if !self.seen.insert(hasher.finish()) || self.seen.len() > MOST_PAGES {
            return Err(Error::new(
                ErrorCode::UnexpectedReply,
                format!("{}: the list does not end.", self.spec.describe()),
            )
            .why("A next link came twice, or there were more than 10,000 pages."));
        }
        let reply = match self
            .client
            .exchange(&self.spec, &url, Replay::Safe, BUDGET)
            .await?
        {
            Exchange::Reply(reply, _) if reply.status.is_success() => reply,
            Exchange::Reply(reply, _) => return Err(self.client.fault_error(&self.spec, &reply)),
            Exchange::NeverSent(error) | Exchange::Lost(error) => return Err(error),
        };
        let page: Page<T> = decode(&reply.body).map_err(|why| {
            Error::new(
                ErrorCode::UnexpectedReply,
                format!("{}: a page could not be read.", self.spec.describe()),
            )
            .why(why)
        })?;
        self.next = page
            .next_link
            .as_deref()
            .map(|link| self.client.checked_link(link))
            .transpose()?;
        self.ready = page.value.into();
        Ok(())
    }
}
