//! `$batch`: up to 20 reads a request, replies matched by id, throttled parts sent again, results in the order of asking.
//!
//! Only reads go into a batch; whether a reset behaves inside one is not documented.

use super::call::{CONSISTENCY, Call, Need, Segment, Spec};
use super::fault::Fault;
use super::{Client, Exchange, NO_NEED, decode};
use crate::error::{Error, ErrorCode, Result};
use crate::http::retry::{BUDGET, MOST_TRIES, Replay, back_off, retry_after};
use crate::random;
use http::Method;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::marker::PhantomData;
use std::time::{Duration, Instant, SystemTime};

/// Parts of one `$batch` (JSON batching page of the Graph reference).
pub const MOST_PARTS: usize = 20;
/// A run over many users ends after this time without a single answer.
pub const STALL: Duration = Duration::from_secs(300);

static BATCH_NEED: Need = NO_NEED;

/// Reads gathered to be asked together.
#[derive(Default)]
pub struct Batch {
    parts: Vec<Spec>,
}

/// Where the answer of one read will be.
pub struct Slot<T> {
    index: usize,
    reply: PhantomData<fn() -> T>,
}

/// The answers, in the order of asking.
pub struct Replies {
    asked: Vec<Spec>,
    // Kept as text: a run over many users decodes each body once, straight into its type.
    parts: Vec<Option<Result<Box<RawValue>>>>,
    /// The server's clock at the last answer.
    pub date: Option<SystemTime>,
}

/// How long a batch may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// One target: the budget of a single command.
    Single,
    /// Many targets: as long as answers keep coming.
    Many,
}

impl Batch {
    /// An empty batch.
    #[must_use]
    pub fn new() -> Self {
        Batch::default()
    }

    /// Adds a read.
    pub fn add<T>(&mut self, call: &Call<T>) -> Slot<T> {
        self.parts.push(call.spec().clone());
        Slot {
            index: self.parts.len() - 1,
            reply: PhantomData,
        }
    }

    /// Number of reads.
    #[must_use]
    pub fn len(&self) -> usize {
        self.parts.len()
    }

    /// Whether nothing was added.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }
}

impl Replies {
    /// Takes an answer out and decodes it.
    pub fn take<T: DeserializeOwned>(&mut self, slot: Slot<T>) -> Result<T> {
        let body = self
            .parts
            .get_mut(slot.index)
            .and_then(Option::take)
            .unwrap_or_else(|| {
                Err(Error::new(
                    ErrorCode::Internal,
                    "An answer of a batch was taken twice.",
                ))
            })?;
        decode(body.get().as_bytes()).map_err(|why| {
            let what = self.asked.get(slot.index).map_or_else(|| "An answer of a batch".to_owned(), Spec::describe);
            Error::new(ErrorCode::UnexpectedReply, format!("{what}: the answer could not be read."))
                .why(why)
                .fix("Give the command with --debug to support; check that --graph-endpoint speaks Graph v1.0.")
        })
    }
}

#[derive(Serialize)]
struct Asking<'a> {
    requests: Vec<Request<'a>>,
}

#[derive(Serialize)]
struct Request<'a> {
    id: String,
    method: &'a str,
    url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    headers: Option<Headers>,
}

/// Headers of a part.
#[derive(Serialize)]
struct Headers {
    #[serde(rename = "ConsistencyLevel")]
    consistency: &'static str,
}

#[derive(Deserialize)]
struct Answer {
    responses: Vec<Part>,
}

#[derive(Deserialize)]
struct Part {
    // Documented as text; a number is taken too.
    id: Box<RawValue>,
    status: u16,
    #[serde(default)]
    headers: Option<Box<RawValue>>,
    #[serde(default)]
    body: Option<Box<RawValue>>,
}

impl Part {
    fn is(&self, index: usize) -> bool {
        self.id.get().trim_matches('"').parse() == Ok(index)
    }

    fn header(&self, name: &str) -> Option<String> {
        let headers: Map<String, Value> =
            serde_json::from_str(self.headers.as_ref()?.get()).ok()?;
        headers
            .into_iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| match value {
                Value::String(text) => text,
                other => other.to_string(),
            })
    }
}

impl Client {
    /// Asks everything of a batch, twenty at a time.
    pub async fn batch(&self, batch: Batch, patience: Patience) -> Result<Replies> {
        let mut replies = Replies {
            parts: batch.parts.iter().map(|_| None).collect(),
            asked: batch.parts,
            date: None,
        };
        let mut waiting: Vec<usize> = (0..replies.parts.len()).collect();
        let mut tries = vec![0u32; replies.parts.len()];
        let mut deadline = Instant::now() + limit(patience);
        let mut rounds = 0;
        while !waiting.is_empty() {
            let most = match patience {
                Patience::Single => MOST_PARTS,
                Patience::Many => self.pace.borrow().most(),
            };
            let (now, later) = waiting.split_at(waiting.len().min(most));
            let (now, mut again) = (now.to_vec(), later.to_vec());
            if patience == Patience::Many {
                self.turn(now.len()).await;
                let alive = self.pace.borrow().last_granted();
                deadline = deadline.max(alive.map_or(deadline, |at| at + STALL));
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let mut parts = self
                .ask(&replies.asked, &now, left.min(BUDGET), &mut replies.date)
                .await?;
            let mut wait: Option<Duration> = None;
            for index in now {
                let part = parts
                    .iter()
                    .position(|part| part.is(index))
                    .map(|at| parts.swap_remove(at));
                match part {
                    // Two answers to one question: nobody can say which is meant.
                    Some(_) if parts.iter().any(|part| part.is(index)) => {
                        replies.parts[index] = Some(Err(Error::new(
                            ErrorCode::UnexpectedReply,
                            format!(
                                "{}: the batch answered it twice.",
                                replies.asked[index].describe()
                            ),
                        )));
                    }
                    Some(part) if (200..300).contains(&part.status) => {
                        replies.parts[index] = Some(Ok(part.body.unwrap_or_default()));
                        self.pace.borrow_mut().granted(1, Instant::now());
                        if patience == Patience::Many {
                            deadline = Instant::now() + limit(patience);
                        }
                    }
                    Some(part) => {
                        let asked = part
                            .header("retry-after")
                            .and_then(|value| retry_after(&value, SystemTime::now()));
                        let transient =
                            matches!(part.status, 408 | 429 | 500 | 502 | 503 | 504 | 509);
                        // With many targets a throttled part is no try: the pace drops to what is granted.
                        if part.status != 429 || patience == Patience::Single {
                            tries[index] += 1;
                        }
                        let own = back_off(tries[index].max(rounds + 1), random::fraction()?);
                        let paced = part.status == 429 && patience == Patience::Many;
                        let pause = match asked {
                            Some(asked) if paced => asked,
                            asked => asked.unwrap_or_default().max(own),
                        };
                        let left = deadline.saturating_duration_since(Instant::now());
                        if transient && tries[index] < MOST_TRIES && pause <= left {
                            again.push(index);
                            if !paced {
                                wait = wait.max(Some(pause));
                            } else if self.pace.borrow_mut().refused(pause, Instant::now()) {
                                self.transport.waiting(pause, "throttled");
                            }
                        } else {
                            replies.parts[index] =
                                Some(Err(self.refusal(&replies.asked[index], &part)));
                        }
                    }
                    None => {
                        tries[index] += 1;
                        if tries[index] < MOST_TRIES {
                            again.push(index);
                        } else {
                            replies.parts[index] = Some(Err(Error::new(
                                ErrorCode::UnexpectedReply,
                                format!(
                                    "{}: the batch came back without this answer.",
                                    replies.asked[index].describe()
                                ),
                            )));
                        }
                    }
                }
            }
            if let Some(wait) = wait {
                rounds += 1;
                self.transport.waiting(wait, "throttled");
                tokio::time::sleep(wait).await;
            }
            waiting = again;
        }
        Ok(replies)
    }

    /// Waits until the pace of the run lets some parts go.
    async fn turn(&self, parts: usize) {
        let mut wait = self.pace.borrow_mut().reserve(parts, Instant::now());
        while !wait.is_zero() {
            tokio::time::sleep(wait).await;
            wait = self.pace.borrow().closed(Instant::now());
        }
    }

    async fn ask(
        &self,
        specs: &[Spec],
        wanted: &[usize],
        budget: Duration,
        date: &mut Option<SystemTime>,
    ) -> Result<Vec<Part>> {
        let requests: Vec<Request<'_>> = wanted
            .iter()
            .map(|index| {
                let spec = &specs[*index];
                Request {
                    id: index.to_string(),
                    method: spec.method.as_str(),
                    url: spec.relative_url(),
                    headers: spec.is_advanced().then_some(Headers {
                        consistency: CONSISTENCY.1,
                    }),
                }
            })
            .collect();
        let body = serde_json::to_vec(&Asking { requests }).map_err(|cause| {
            Error::new(ErrorCode::Internal, "A batch could not be written.").source(cause)
        })?;
        let spec = Spec {
            method: Method::POST,
            segments: vec![Segment::Literal("$batch")],
            query: Vec::new(),
            body: None,
            need: &BATCH_NEED,
        };
        let url = self.url_of(&spec)?;
        let reply = match self
            .exchange_body(&spec, &url, Some(body), Replay::Safe, budget)
            .await?
        {
            Exchange::Reply(reply, _) if reply.status.is_success() => reply,
            Exchange::Reply(reply, _) => return Err(self.fault_error(&spec, &reply)),
            Exchange::NeverSent(error) | Exchange::Lost(error) => return Err(error),
        };
        *date = reply.date().or(*date);
        let answer: Answer = decode(&reply.body).map_err(|why| {
            Error::new(
                ErrorCode::UnexpectedReply,
                "The answer of a batch could not be read.",
            )
            .why(why)
        })?;
        Ok(answer.responses)
    }

    fn refusal(&self, spec: &Spec, part: &Part) -> Error {
        let asked = part
            .header("retry-after")
            .and_then(|value| retry_after(&value, SystemTime::now()))
            .map(|wait| wait.as_secs());
        let body = part.body.as_ref().map_or("", |body| body.get());
        self.part_error(
            spec,
            Fault::of(
                part.status,
                body.as_bytes(),
                |name| part.header(name),
                asked,
            ),
        )
    }
}

fn limit(patience: Patience) -> Duration {
    match patience {
        Patience::Single => BUDGET,
        Patience::Many => STALL,
    }
}
