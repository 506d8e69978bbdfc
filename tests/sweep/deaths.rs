//! Kills: at random moments, idle and under load, and at every system call.

use crate::ground::{Case, End, Ground, Job, Kind};
use crate::plan::{Plan, Tally};
use crate::strace;
use std::collections::BTreeMap;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Calls whose injection says nothing: the start of the program, and what only its end makes.
const NOT_INJECTED: &[&str] = &["execve", "exit", "exit_group"];

/// Calls that make things last or send them: the short form looks at these, and at every n-th one of each.
const SHORT: &[(&str, usize)] = &[
    ("fsync", 1),
    ("renameat2", 1),
    ("unlinkat", 1),
    ("writev", 1),
    ("recvfrom", 2),
    ("write", 2),
    ("close", 5),
];

/// How late a reply may be.
const LATE: Duration = Duration::from_millis(300);

/// Dies at random moments.
pub fn moments(plan: &Plan, case: Case) -> Tally {
    let tally = Tally::new(case);
    // How long a run takes here and now, as many at a time, so that the moments cover all of it.
    let measured = Mutex::new(Vec::new());
    plan.each(0..8, |_| {
        let ground = Ground::new(case, plan.desktop());
        let since = Instant::now();
        let code = ground.finish(&mut ground.start(&[]));
        assert_eq!(code, 0, "{}: {}", case.name(), ground.story());
        measured.lock().unwrap().push(since.elapsed());
    });
    let mut whole = measured.into_inner().unwrap();
    whole.sort();
    let whole = whole[whole.len() / 2];
    let most = plan.runs();
    plan.each(0..most, |number| {
        let ground = Ground::new(case, plan.desktop());
        // Half of them wait for the reply, so that many deaths fall between commit and reply.
        let mut span = whole;
        if number % 2 == 0 {
            span += LATE;
            let late = LATE.as_millis();
            ground.lab.faults(&format!(
                "1:POST:/resetPassword -> delay={late}; 1:PATCH:/users/ -> delay={late}; 1:POST:/users$ -> delay={late}",
            ));
        }
        let mut child = ground.start(&[]);
        let mut random = [0; 4];
        getrandom::fill(&mut random).unwrap();
        let part = f64::from(u32::from_le_bytes(random)) / f64::from(u32::MAX);
        std::thread::sleep(span.mul_f64(part * 1.1));
        kill(&ground, &mut child);
        let code = ground.finish(&mut child);
        tally.count(&ground, code, &format!("killed after {part:.4} of the run"));
    });
    tally
}

/// Kills the program itself; on a terminal of its own it is the grandchild.
fn kill(ground: &Ground<'_>, child: &mut Child) {
    if ground.case.kind != Kind::Tty {
        let _ = child.kill();
        return;
    }
    let path = ground.lab.home().join("pid");
    let since = Instant::now();
    loop {
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        if let Some(id) = text
            .strip_suffix('\n')
            .and_then(|text| text.parse().ok())
            .and_then(rustix::process::Pid::from_raw)
        {
            let _ = rustix::process::kill_process(id, rustix::process::Signal::KILL);
            return;
        }
        if since.elapsed() > Duration::from_secs(20) {
            let _ = child.kill();
            return;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// The same with all processors busy.
pub fn loaded(plan: &Plan, case: Case) -> Tally {
    struct Busy(Vec<Child>);
    impl Drop for Busy {
        fn drop(&mut self) {
            for child in &mut self.0 {
                let _ = child.kill();
                let _ = child.wait();
            }
        }
    }
    let processors = std::thread::available_parallelism().map_or(2, usize::from);
    let _busy = Busy(
        (0..processors * 2)
            .map(|_| {
                Command::new("sh")
                    .args(["-c", "while :; do :; done"])
                    .stdin(Stdio::null())
                    .spawn()
                    .unwrap()
            })
            .collect(),
    );
    moments(plan, case)
}

/// Names and numbers of the calls at which a run is to die.
fn points(plan: &Plan, counts: &BTreeMap<String, usize>) -> Vec<(String, usize)> {
    if plan.long {
        return counts
            .iter()
            .flat_map(|(name, most)| (1..=*most).map(move |at| (name.clone(), at)))
            .filter(|(name, _)| !NOT_INJECTED.contains(&name.as_str()))
            .collect();
    }
    SHORT
        .iter()
        .flat_map(|(name, step)| {
            let most = counts.get(*name).copied().unwrap_or_default();
            (1..=most).step_by(*step).map(|at| ((*name).to_owned(), at))
        })
        .collect()
}

/// Dies at every system call, counted by name from a trace.
pub fn calls(plan: &Plan, case: Case) -> Tally {
    let tally = Tally::new(case);
    let counts = strace::counts(&strace::trace(case, plan.desktop()).0);
    let points = points(plan, &counts);
    assert!(points.len() > 20, "{}: {points:?}", case.name());
    plan.each(points, |(name, at)| {
        let ground = Ground::new(case, plan.desktop());
        let before = strace::injecting(&name, "signal=KILL", at);
        let code = ground.finish(&mut ground.start(&before));
        tally.count(&ground, code, &format!("killed at {name} {at}"));
    });
    tally
}

/// Dies at every system call, and is gone on with: the same final state as without the death.
pub fn recovery(plan: &Plan, case: Case) -> Tally {
    let tally = Tally::new(case);
    let counts = strace::counts(&strace::trace(case, plan.desktop()).0);
    let points = points(plan, &counts);
    plan.each(points, |(name, at)| {
        let ground = Ground::new(case, plan.desktop());
        let about = format!("killed at {name} {at}, then resume");
        let before = strace::injecting(&name, "signal=KILL", at);
        ground.finish(&mut ground.start(&before));
        let stranger = if case.job == Job::Create && at % 3 == 0 && !settled_committed(&ground) {
            // Somebody else takes the name meanwhile.
            ground.lab.tenant(|tenant| {
                tenant.add_user(crate::ground::LARCH, "Somebody Else");
                tenant.set_password(crate::ground::LARCH, "Strangers-Own-77");
            });
            true
        } else {
            false
        };
        let Some(operation) = ground.operation() else {
            // Nothing was intended, so nothing was sent.
            assert!(stranger || !ground.committed(), "{about}: no record of it");
            return;
        };
        let output = ground.resumed(&operation).output();
        if stranger {
            let untouched = ground
                .lab
                .password_of(crate::ground::LARCH, "Strangers-Own-77");
            let end = ground.end(output.code);
            assert!(
                untouched && !end.role,
                "{about}: a stranger's account was touched: {output}"
            );
            let own = End {
                committed: false,
                ..end
            };
            tally.told(
                own,
                (output.code == 0).then(|| format!("{about}: {output}")),
            );
            return;
        }
        let end = ground.end(output.code);
        let whole = end.committed && end.opens && (case.job != Job::Create || end.role);
        let problem = (output.code != 0 || !whole)
            .then(|| format!("{about}: {end:?}: {output}\n{}", ground.story()));
        tally.told(end, problem);
    });
    tally
}

fn settled_committed(ground: &Ground<'_>) -> bool {
    // Without a look at the destination: a keyring's entry is taken out by it.
    ground.settled();
    ground.committed()
}
