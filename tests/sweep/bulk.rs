//! Many users, killed again and again and gone on with each time: in the end every user has one password, and it is in the results.

use crate::ground::{Case, End};
use crate::plan::{Plan, Tally};
use crate::support::{Lab, Run};
use std::collections::{BTreeMap, BTreeSet};
use std::process::Stdio;
use std::time::{Duration, Instant};

/// Kills a bulk run and its continuations at random moments.
pub fn bulk(plan: &Plan, case: Case) -> Tally {
    let tally = Tally::new(case);
    let (users, kills) = if plan.long { (500, 200) } else { (24, 6) };
    let lab = Lab::with(|options| {
        options.generated_users = users;
        options.operation_time = Duration::ZERO;
    });
    lab.expect_violations();
    let names: Vec<String> = (1..=users)
        .map(|n| format!("user{n}@contoso.com"))
        .collect();
    lab.write(
        "list.csv",
        format!("userPrincipalName\n{}\n", names.join("\n")),
    );
    let start = || {
        lab.run([
            "reset-user",
            "--from-csv",
            "list.csv",
            "--secret-to",
            "file:p.csv",
            "--yes",
            "-o",
            "none",
        ])
    };
    let (mut died, mut ended) = (0, false);
    while died < kills && !ended {
        let run = match run_id(&lab) {
            None => start(),
            Some(id) => resume(&lab, &id),
        };
        // Some users further on, at any point of their work.
        let share = (users as usize).div_ceil(kills);
        ended = !killed(&lab, &run, random(2 * share as u32 + 1));
        died += usize::from(!ended);
        tally.ran();
    }
    let id = run_id(&lab).expect("a run that was begun has an id");
    let last = resume(&lab, &id).output();
    let mut kept: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .from_path(lab.path("p.csv"))
        .unwrap();
    for row in reader.records() {
        let row = row.unwrap();
        kept.entry(row[0].to_owned())
            .or_default()
            .push(row[2].to_owned());
    }
    let sent = sent(&lab);
    for name in &names {
        let own = kept.get(name).cloned().unwrap_or_default();
        let opening = own.iter().filter(|it| lab.password_of(name, it)).count();
        let committed = !lab.untouched(name);
        let end = End {
            code: last.code,
            committed,
            opens: opening > 0,
            role: false,
        };
        let passwords = sent.get(name).map_or(0, BTreeSet::len);
        let fine = committed && opening == 1 && own.len() == 1 && passwords == 1;
        let about = format!("{name}: {own:?} kept, {opening} opening, {passwords} sent, {end:?}");
        tally.told(end, (!fine).then_some(about));
    }
    println!(
        "{died} runs were killed; the last one ended with {}",
        last.code
    );
    if last.code != 0 || died < kills {
        tally.problem(format!("{died} of {kills} killed; {last}"));
    }
    tally
}

fn resume<'lab>(lab: &'lab Lab, id: &str) -> Run<'lab> {
    lab.run(["resume", id, "--yes", "--settle", "1s", "-o", "none"])
}

/// Id of the bulk run, once the journal has it.
fn run_id(lab: &Lab) -> Option<String> {
    let text = std::fs::read_to_string(journal(lab)?).ok()?;
    text.lines().find_map(|line| {
        let record: serde_json::Value = serde_json::from_str(line).ok()?;
        Some(record["how"]["run"].as_str()?.to_owned())
    })
}

fn journal(lab: &Lab) -> Option<std::path::PathBuf> {
    std::fs::read_dir(lab.state()).ok()?.find_map(|entry| {
        let path = entry.ok()?.path();
        path.extension()
            .is_some_and(|it| it == "jsonl")
            .then_some(path)
    })
}

/// Kills a run once so many users were begun in it, at a random moment after; false when it ended by itself.
fn killed(lab: &Lab, run: &Run<'_>, users: u32) -> bool {
    let size = || {
        journal(lab)
            .and_then(|path| Some(path.metadata().ok()?.len()))
            .unwrap_or(0)
    };
    let before = size();
    let (mut command, _) = run.command();
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(std::fs::File::create(lab.home().join("stderr")).unwrap());
    let mut child = command.spawn().unwrap();
    let since = Instant::now();
    // An intent has about so many bytes; where exactly it is killed is chance anyway.
    while size() < before + u64::from(users) * 700 {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        assert!(
            since.elapsed() < Duration::from_secs(300),
            "no progress in 300 s"
        );
        std::thread::sleep(Duration::from_millis(2));
    }
    std::thread::sleep(Duration::from_millis(u64::from(random(25))));
    let _ = child.kill();
    // A run that was quicker than the signal was not killed.
    std::os::unix::process::ExitStatusExt::signal(&child.wait().unwrap()).is_some()
}

fn random(below: u32) -> u32 {
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes).unwrap();
    u32::from_le_bytes(bytes) % below.max(1)
}

/// The different passwords that were sent for each user.
fn sent(lab: &Lab) -> BTreeMap<String, BTreeSet<String>> {
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for one in lab.writes() {
        let body: serde_json::Value = serde_json::from_slice(&one.body).unwrap_or_default();
        let Some(word) = body["newPassword"].as_str() else {
            continue;
        };
        let Some(id) = one.path.split('/').nth(3) else {
            continue;
        };
        let name = lab.tenant(|tenant| {
            let object = tenant.object(id)?;
            Some(object["userPrincipalName"].as_str()?.to_owned())
        });
        all.entry(name.unwrap_or_else(|| id.to_owned()))
            .or_default()
            .insert(word.to_owned());
    }
    all
}
