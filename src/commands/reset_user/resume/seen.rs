//! Unchanged, ours, or somebody else's: when a password was changed, beside when we may have changed it. Pure, and by one clock.

use std::time::{Duration, SystemTime};

/// Whole seconds on both sides.
const SLACK: Duration = Duration::from_secs(1);
/// How long after its last moment our own change may carry its time.
const AFTER: Duration = Duration::from_secs(5);
/// When a password was changed, beside what the journal knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    /// Not since the work was begun.
    Unchanged,
    /// While the work was under way: ours.
    Inside,
    /// After it: somebody else's.
    Later,
    /// The account does not tell.
    CannotTell,
}

/// Compares by the service's clock alone.
pub(super) fn seen(
    changed: Option<SystemTime>,
    before: Option<SystemTime>,
    from: SystemTime,
    until: SystemTime,
) -> Seen {
    let Some(changed) = changed else {
        return Seen::CannotTell;
    };
    if before.is_some_and(|before| changed <= before) || changed + SLACK < from {
        Seen::Unchanged
    } else if changed <= until + AFTER {
        Seen::Inside
    } else {
        Seen::Later
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_cases_are_told_apart_by_the_clock_of_the_service() {
        let at = |seconds: u64| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let look = |changed: Option<u64>, before: Option<u64>| {
            seen(changed.map(at), before.map(at), at(1_000), at(1_090))
        };
        assert_eq!(look(None, None), Seen::CannotTell);
        assert_eq!(look(Some(500), Some(500)), Seen::Unchanged);
        assert_eq!(look(Some(998), None), Seen::Unchanged);
        // Whole seconds: the change may carry the second before.
        assert_eq!(look(Some(999), None), Seen::Inside);
        assert_eq!(look(Some(1_000), Some(1_000)), Seen::Unchanged);
        assert_eq!(look(Some(1_095), Some(500)), Seen::Inside);
        assert_eq!(look(Some(1_096), Some(500)), Seen::Later);
    }
}
