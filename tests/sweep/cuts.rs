//! Replies that are cut after the tenant made the change: an unproven change is never called done or not done, and `resume` ends with
//! the password that was kept.

use crate::ground::{Case, Ground, Job};
use crate::plan::{Plan, Tally};

/// Bytes of the reply that still arrive.
const OFFSETS: [usize; 20] = [
    1, 5, 9, 12, 17, 30, 45, 60, 80, 100, 120, 140, 160, 180, 200, 220, 240, 260, 280, 400,
];

/// What comes instead of a reply, after the change.
const STATUSES: [&str; 7] = [
    "500 after",
    "502 after",
    "503 after no-retry-after",
    "504 after",
    "429 after no-retry-after",
    "429 after retry-after=86400",
    "lost-reply",
];

/// Cuts every reply to the change at every offset, and every reply to a grant of a role.
pub fn cuts(plan: &Plan, case: Case) -> Tally {
    let tally = Tally::new(case);
    // Nothing that could prove the change can be read.
    let (writes, blind): (&[&str], &str) = match case.job {
        Job::Reset => (
            &["POST:/resetPassword"],
            "*:GET:/users/ -> 403; *:GET:/operations/ -> 403",
        ),
        Job::Direct => (&["PATCH:/users/"], "*:GET:/users/ -> 403"),
        Job::Create => (
            &["POST:/users$", "POST:/roleAssignments$"],
            "2+:GET:/users -> 403; *:GET:/roleAssignments -> 403",
        ),
    };
    let mut scripts = Vec::new();
    for write in writes {
        for at in OFFSETS {
            for kind in ["cut", "reset", "silence"] {
                scripts.push(format!("1:{write} -> {kind}={at}; {blind}"));
            }
        }
        for status in STATUSES {
            scripts.push(format!("*:{write} -> {status}; {blind}"));
        }
    }
    plan.each(scripts, |script| {
        let ground = Ground::new(case, plan.desktop());
        ground.lab.faults(&script);
        let code = ground.finish(&mut ground.start(&[]));
        let first = ground.end(code);
        // "Done" only when the whole answer came, "nothing changed" never.
        let whole = first.committed && first.opens && (case.job != Job::Create || first.role);
        if first.lost() || (code == 0 && !whole) || (matches!(code, 2..=7) && first.committed) {
            tally.told(
                first,
                Some(format!("{script}: {first:?}\n{}", ground.story())),
            );
            return;
        }
        ground.lab.faults("");
        if code != 0 {
            let id = ground.operation().unwrap_or_default();
            let again = ground.resumed(&id).output();
            let last = ground.end(again.code);
            let whole = last.committed && last.opens && (case.job != Job::Create || last.role);
            if again.code != 0 || !whole {
                let story = format!("{script}: {first:?}, after resume {last:?}: {again}");
                tally.told(last, Some(story));
                return;
            }
        }
        tally.told(first, None);
    });
    tally
}
