//! How fast a run over many users may ask: without a brake until the service throttles, then at the rate that was granted until then,
//! feeling its way up again. Obeying each `Retry-After` alone would send everything at once when the wait is over, and be refused again.
//!
//! Pure: time is an argument. The limits are those of a bucket that fills over ten seconds (Graph service-specific throttling limits,
//! identity and access; read 2026-11), but no figure of a tenant's size is assumed.

use super::batch::MOST_PARTS;
use std::time::{Duration, Instant};

/// Time over which the service's buckets fill.
const FILL: Duration = Duration::from_secs(10);
/// Refusals within this time are one event.
const EVENT: Duration = Duration::from_secs(1);
/// Part of the rate that is left after a refusal.
const CUT: f64 = 0.9;
/// Growth of the rate a second.
const GROWTH: f64 = 0.01;
/// Slowest rate, in parts a second.
const SLOWEST: f64 = 0.1;
/// Longest time one batch may stand for.
const LONGEST_STEP: f64 = 5.0;

/// The pace of a run.
#[derive(Debug, Default)]
pub(super) struct Pace {
    began: Option<Instant>,
    granted: f64,
    last_granted: Option<Instant>,
    limit: Option<Limit>,
}

/// Known since the first refusal.
#[derive(Debug)]
struct Limit {
    /// Parts a second.
    rate: f64,
    /// Up to here the rate has been used.
    used: Instant,
    /// Before this nothing is sent.
    closed_until: Instant,
    last_cut: Instant,
}

impl Pace {
    /// Most parts to send at once: at a crawl a full batch would be refused for the most part.
    pub(super) fn most(&self) -> usize {
        match &self.limit {
            // Between 1 and 20, so the cast loses nothing.
            Some(limit) => (limit.rate * LONGEST_STEP).clamp(1.0, MOST_PARTS as f64) as usize,
            None => MOST_PARTS,
        }
    }

    /// Takes room for some parts; the wait until they may be sent.
    pub(super) fn reserve(&mut self, parts: usize, now: Instant) -> Duration {
        self.began.get_or_insert(now);
        let Some(limit) = &mut self.limit else {
            return Duration::ZERO;
        };
        // What a bucket gains beyond its size is lost, so no more than one filling is saved up.
        if let Some(oldest) = now.checked_sub(FILL) {
            limit.used = limit.used.max(oldest);
        }
        let turn = limit.used.max(limit.closed_until);
        limit.used += Duration::from_secs_f64(parts as f64 / limit.rate);
        turn.saturating_duration_since(now)
    }

    /// What is left of a wait that others have learned of since room was taken.
    pub(super) fn closed(&self, now: Instant) -> Duration {
        self.limit.as_ref().map_or(Duration::ZERO, |limit| {
            limit.closed_until.saturating_duration_since(now)
        })
    }

    /// When a part was last answered.
    pub(super) fn last_granted(&self) -> Option<Instant> {
        self.last_granted
    }

    /// Parts were answered.
    pub(super) fn granted(&mut self, parts: usize, now: Instant) {
        self.granted += parts as f64;
        self.last_granted = Some(now);
        if let Some(limit) = &mut self.limit {
            limit.rate += GROWTH * parts as f64;
        }
    }

    /// A part was refused for its rate, with this wait; whether that is news.
    pub(super) fn refused(&mut self, wait: Duration, now: Instant) -> bool {
        let open = now + wait;
        match &mut self.limit {
            Some(limit) => {
                limit.closed_until = limit.closed_until.max(open);
                let news = now.saturating_duration_since(limit.last_cut) >= EVENT;
                if news {
                    limit.rate = (limit.rate * CUT).max(SLOWEST);
                    limit.last_cut = now;
                    // A quarter of what the wait gains stays unused: it is the room for growth.
                    limit.used = limit.used.max(now) + wait / 4;
                }
                news
            }
            None => {
                // A full bucket and its inflow until now have been used up: granted = rate * (fill + passed).
                let passed = self
                    .began
                    .map_or(Duration::ZERO, |began| now.saturating_duration_since(began));
                let rate = self.granted / (FILL + passed).as_secs_f64();
                self.limit = Some(Limit {
                    rate: rate.max(SLOWEST),
                    used: now + wait / 4,
                    closed_until: open,
                    last_cut: now,
                });
                true
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BinaryHeap;

    /// A service with a bucket, as the limits describe it.
    struct Service {
        size: f64,
        left: f64,
        at: Duration,
    }

    impl Service {
        fn take(&mut self, at: Duration) -> Result<(), Duration> {
            let rate = self.size / FILL.as_secs_f64();
            self.left = (self.left + (at - self.at).as_secs_f64() * rate).min(self.size);
            self.at = at;
            if self.left >= 1.0 {
                self.left -= 1.0;
                return Ok(());
            }
            Err(Duration::from_secs_f64(
                ((1.0 - self.left) / rate).ceil().max(1.0),
            ))
        }
    }

    /// Runs so many parts through workers that behave as batches do; the time it takes and the parts that were refused.
    fn run(total: usize, size: f64, workers: usize, trip: Duration) -> (Duration, usize) {
        let start = Instant::now();
        let mut pace = Pace::default();
        let mut service = Service {
            size,
            left: size,
            at: Duration::ZERO,
        };
        let (mut left, mut refused, mut end) = (total, 0, Duration::ZERO);
        // When a worker acts, earliest first, and what it has: parts to reserve room for, or parts that reach the service.
        let mut events: BinaryHeap<(std::cmp::Reverse<Duration>, usize, bool)> = BinaryHeap::new();
        for _ in 0..workers {
            let parts = left.min(MOST_PARTS);
            left -= parts;
            events.push((std::cmp::Reverse(Duration::ZERO), parts, false));
        }
        while let Some((std::cmp::Reverse(at), parts, sent)) = events.pop() {
            if !sent {
                let now = parts.min(pace.most());
                let turn = at + pace.reserve(now, start + at);
                // The rest goes with another worker's next round, which is what a batch does with it.
                left += parts - now;
                events.push((std::cmp::Reverse(turn + trip / 2), now, true));
                continue;
            }
            let mut again = 0;
            let mut wait = Duration::ZERO;
            for _ in 0..parts {
                if let Err(asked) = service.take(at) {
                    again += 1;
                    wait = wait.max(asked);
                }
            }
            refused += again;
            let back = at + trip / 2;
            pace.granted(parts - again, start + back);
            if again > 0 {
                pace.refused(wait, start + back);
            }
            end = end.max(back);
            let more = left.min(MOST_PARTS - again);
            left -= more;
            if again + more > 0 {
                events.push((
                    std::cmp::Reverse(back + if again > 0 { wait } else { Duration::ZERO }),
                    again + more,
                    false,
                ));
            }
        }
        assert_eq!(left, 0);
        (end, refused)
    }

    #[test]
    fn nothing_holds_back_who_is_not_refused() {
        let (time, refused) = run(5_000, 8_000.0, 8, Duration::from_millis(150));
        assert_eq!(refused, 0);
        assert!(time <= Duration::from_millis(150 * 32), "{time:?}");
    }

    #[test]
    fn a_quota_is_used_up_and_seldom_met() {
        for (total, size, trip) in [
            (100_000, 8_000.0, 150),
            (100_000, 8_000.0, 50),
            (50_000, 5_000.0, 150),
            (30_000, 3_500.0, 50),
        ] {
            let (time, refused) = run(total, size, 8, Duration::from_millis(trip));
            let least = 10.0 * (total as f64 - size) / size;
            assert!(
                time.as_secs_f64() <= 1.1 * least,
                "{total} at {size}: {time:?}, least {least} s"
            );
            assert!(
                refused * 50 <= total,
                "{total} at {size}: {refused} refused"
            );
        }
    }

    #[test]
    fn a_narrow_quota_is_endured() {
        let (time, refused) = run(100, 5.0, 8, Duration::from_millis(50));
        assert!(time <= Duration::from_secs(400), "{time:?}");
        assert!(refused < 400, "{refused}");
    }
}
