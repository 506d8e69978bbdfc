//! The order, read from a trace: killing does not show what a power failure would lose.

use crate::ground::{Case, Job, Kind};
use crate::plan::{Plan, Tally};
use crate::strace;

/// `fsync(file) < rename < fsync(folder) < first byte sent`, and the journal's `fsync` before the first byte too.
pub fn durable_before_the_first_byte(plan: &Plan, case: Case) -> Tally {
    let tally = Tally::new(case);
    let (lines, work) = strace::trace(case, plan.desktop());
    let (folder, names): (String, &[&str]) = match case.kind {
        Kind::File => (work, &["p.txt"]),
        Kind::Age => (work, &["p.age"]),
        _ => (
            format!("{work}/sheets"),
            &["share-1-of-3.txt", "share-2-of-3.txt", "share-3-of-3.txt"],
        ),
    };
    let wanted = match case.job {
        Job::Reset => "POST /v1.0/users/",
        Job::Direct => "PATCH /v1.0/users/",
        Job::Create => "POST /v1.0/users ",
    };
    let after = |from: usize, what: &str, fits: &dyn Fn(&str) -> bool| {
        let found = lines
            .iter()
            .enumerate()
            .position(|(at, line)| at >= from && fits(line));
        found.unwrap_or_else(|| panic!("{}: no {what} in the trace", case.name()))
    };
    let sent = after(0, "write", &|line| {
        (line.contains("writev(") || line.contains("sendto(") || line.contains("write("))
            && line.contains(wanted)
    });
    let recorded = after(0, "fsync of the journal", &|line| {
        line.contains("fsync(") && line.contains("journal")
    });
    for name in names {
        let synced = after(0, "fsync of the file", &|line| {
            line.contains("fsync(") && line.contains(&format!("<{folder}/."))
        });
        let named = after(0, "rename", &|line| {
            line.contains("renameat2(")
                && line.contains(&format!("\"{name}\""))
                && line.contains("RENAME_NOREPLACE")
        });
        let listed = after(named, "fsync of the folder", &|line| {
            line.contains("fsync(") && line.contains(&format!("<{folder}>"))
        });
        if !(synced < named && named < listed && listed < sent && recorded < sent) {
            tally.problem(format!(
                "{name}: {synced} {named} {listed} {recorded} {sent}"
            ));
        }
    }
    tally.ran();
    tally
}
