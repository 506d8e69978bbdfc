//! When to send again, and how long to wait: one pure function.
//!
//! Waits are the larger of what the server asked and a jittered back-off; what would not fit the budget is not begun.
//! Figures: at most 5 tries within 120 s for one write or one single-target command (Graph throttling guidance; security bar, section 4).

use std::time::{Duration, SystemTime};

/// What one try ended with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Try {
    /// The request never left: DNS, connect or TLS failed.
    NeverSent,
    /// Bytes were sent and no usable reply came: cut, time-out.
    Lost,
    /// A reply with this status.
    Status(u16),
}

/// How a request may be repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replay {
    /// Reading, or a write that ends in the same state when repeated.
    Safe,
    /// A write of our staged password: may be repeated after 429 and 503; after anything unclear a read decides.
    SamePassword,
    /// A create: only a look decides whether to send again.
    LookFirst,
}

/// Facts about a try.
#[derive(Debug, Clone, Copy)]
pub struct Facts {
    /// What it ended with.
    pub outcome: Try,
    /// How the request may be repeated.
    pub replay: Replay,
    /// Tries so far, this one included.
    pub tries: u32,
    /// Wait the server asked for.
    pub retry_after: Option<Duration>,
    /// Time left of the budget.
    pub left: Duration,
    /// A fraction in `0..1` for jitter.
    pub jitter: f64,
}

/// Most tries of one request.
pub const MOST_TRIES: u32 = 5;
/// Time one write or single-target command may spend, waits included.
pub const BUDGET: Duration = Duration::from_secs(120);
/// First back-off; doubles with each try.
const FIRST: Duration = Duration::from_millis(800);
const LONGEST: Duration = Duration::from_secs(20);

/// The wait before the next try, or `None` to stop.
#[must_use]
pub fn next_delay(facts: Facts) -> Option<Duration> {
    let again = match (facts.outcome, facts.replay) {
        (Try::NeverSent, _) => true,
        (Try::Lost, replay) => replay == Replay::Safe,
        (Try::Status(429 | 503), Replay::LookFirst) => false,
        (Try::Status(429 | 503), _) => true,
        (Try::Status(408 | 500 | 502 | 504 | 509), replay) => replay == Replay::Safe,
        (Try::Status(_), _) => false,
    };
    if !again || facts.tries >= MOST_TRIES {
        return None;
    }
    let wait = facts
        .retry_after
        .unwrap_or(Duration::ZERO)
        .max(back_off(facts.tries, facts.jitter));
    (wait <= facts.left).then_some(wait)
}

/// Full jitter over a doubling ceiling, never shorter than a quarter of it.
#[must_use]
pub fn back_off(tries: u32, jitter: f64) -> Duration {
    let ceiling = FIRST
        .saturating_mul(1 << tries.saturating_sub(1).min(6))
        .min(LONGEST);
    ceiling.mul_f64(0.25 + 0.75 * jitter.clamp(0.0, 1.0))
}

/// Reads `Retry-After`: seconds or an HTTP date. Negative, past or unreadable values count as absent; an absurdly long one is a
/// wait that fits no budget, never none.
#[must_use]
pub fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<f64>() {
        return (seconds.is_finite() && seconds > 0.0)
            .then(|| Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX));
    }
    let at = httpdate::parse_http_date(value).ok()?;
    at.duration_since(now).ok().filter(|wait| !wait.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(outcome: Try, replay: Replay) -> Facts {
        Facts {
            outcome,
            replay,
            tries: 1,
            retry_after: None,
            left: BUDGET,
            jitter: 0.5,
        }
    }

    #[test]
    fn table_of_what_is_repeated() {
        use Replay::*;
        use Try::*;
        // (outcome, safe, same password, look first)
        let rows = [
            (NeverSent, true, true, true),
            (Lost, true, false, false),
            (Status(429), true, true, false),
            (Status(503), true, true, false),
            (Status(408), true, false, false),
            (Status(500), true, false, false),
            (Status(502), true, false, false),
            (Status(504), true, false, false),
            (Status(400), false, false, false),
            (Status(401), false, false, false),
            (Status(403), false, false, false),
            (Status(404), false, false, false),
            (Status(409), false, false, false),
            (Status(412), false, false, false),
            (Status(204), false, false, false),
            (Status(302), false, false, false),
        ];
        for (outcome, safe, same, look) in rows {
            for (replay, expected) in [(Safe, safe), (SamePassword, same), (LookFirst, look)] {
                assert_eq!(
                    next_delay(facts(outcome, replay)).is_some(),
                    expected,
                    "{outcome:?} {replay:?}"
                );
            }
        }
    }

    #[test]
    fn the_server_is_obeyed_and_the_budget_kept() {
        let asked = Facts {
            retry_after: Some(Duration::from_secs(7)),
            ..facts(Try::Status(429), Replay::Safe)
        };
        assert_eq!(next_delay(asked), Some(Duration::from_secs(7)));
        assert_eq!(
            next_delay(Facts {
                left: Duration::from_secs(6),
                ..asked
            }),
            None
        );
        assert_eq!(
            next_delay(Facts {
                retry_after: Some(Duration::from_secs(86_400)),
                ..asked
            }),
            None
        );
        assert_eq!(
            next_delay(Facts {
                tries: MOST_TRIES,
                ..asked
            }),
            None
        );
    }

    #[test]
    fn retry_after_forms() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        assert_eq!(retry_after("10", now), Some(Duration::from_secs(10)));
        assert_eq!(retry_after(" 1.5 ", now), Some(Duration::from_millis(1500)));
        for value in [
            "-5",
            "NaN",
            "inf",
            "",
            "soon",
            "0",
            "Thu, 01 Jan 1970 00:00:00 GMT",
        ] {
            assert_eq!(retry_after(value, now), None, "{value}");
        }
        let date = httpdate::fmt_http_date(now + Duration::from_secs(30));
        assert_eq!(retry_after(&date, now), Some(Duration::from_secs(30)));
        for value in ["86400", "1e9", "99999999999", "1e300"] {
            assert!(retry_after(value, now).unwrap() > BUDGET, "{value}");
        }
    }

    proptest::proptest! {
        #[test]
        fn total_wait_never_exceeds_the_budget(waits in proptest::collection::vec(0u64..200, 1..12), jitter in 0.0f64..1.0) {
            let mut left = BUDGET;
            for (index, seconds) in waits.iter().enumerate() {
                let facts = Facts {
                    outcome: Try::Status(429), replay: Replay::Safe, tries: index as u32 + 1,
                    retry_after: Some(Duration::from_secs(*seconds)), left, jitter,
                };
                match next_delay(facts) {
                    Some(wait) => { proptest::prop_assert!(wait <= left); left -= wait; }
                    None => break,
                }
            }
        }
    }
}
