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
    let (mut died, mut round) = (0, 0);
    let share = u32::try_from((users as usize).div_ceil(kills)).unwrap();
    let mut kept: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let last = loop {
        // A run for all who are in no results yet; then what it began is gone on with, which may be killed too.
        let rest: Vec<&String> = names
            .iter()
            .filter(|name| !kept.contains_key(*name))
            .collect();
        let mut code = 0;
        if !rest.is_empty() {
            let list: String = rest.iter().map(|name| format!("{name}\n")).collect();
            lab.write("list.csv", format!("userPrincipalName\n{list}"));
            let to = format!("file:p{round}.csv");
            let words = [
                "reset-user",
                "--from-csv",
                "list.csv",
                "--secret-to",
                &to,
                "--yes",
                "-o",
                "none",
            ];
            let run = lab.run(words);
            if died == kills {
                code = run.output().code;
            } else {
                died += usize::from(killed(&lab, &run, random(share + 2)));
                tally.ran();
            }
        }
        for id in unfinished(&lab) {
            // Until all deaths were died, each continuation does a part of what is left and is killed too.
            while died < kills && killed(&lab, &resume(&lab, &id), random(share + 2)) {
                died += 1;
                tally.ran();
            }
            let output = resume(&lab, &id).output();
            if output.code != 0 {
                tally.problem(format!("resume: {output}"));
                code = output.code;
            }
        }
        read(&lab, round, &mut kept);
        round += 1;
        if names.iter().all(|name| kept.contains_key(name)) || round > 2 * kills {
            break code;
        }
    };
    let sent = sent(&lab);
    for name in &names {
        let own = kept.get(name).cloned().unwrap_or_default();
        let opening = own.iter().filter(|it| lab.password_of(name, it)).count();
        let committed = !lab.untouched(name);
        let end = End {
            code: last,
            committed,
            opens: opening > 0,
            role: false,
        };
        let passwords = sent.get(name).map_or(0, BTreeSet::len);
        let fine = committed && opening == 1 && own.len() == 1 && passwords == 1;
        let about = format!("{name}: {own:?} kept, {opening} opening, {passwords} sent, {end:?}");
        tally.told(end, (!fine).then_some(about));
    }
    println!("{died} runs were killed, {round} were begun; the last one ended with {last}");
    if last != 0 {
        tally.problem(format!("the last run ended with {last}"));
    }
    tally
}

/// Adds the results of a round.
fn read(lab: &Lab, round: usize, kept: &mut BTreeMap<String, Vec<String>>) {
    let Ok(mut reader) = csv::ReaderBuilder::new()
        .flexible(true)
        .from_path(lab.path(&format!("p{round}.csv")))
    else {
        return;
    };
    for row in reader.records() {
        let row = row.unwrap();
        kept.entry(row[0].to_owned())
            .or_default()
            .push(row[2].to_owned());
    }
}

/// Ids of bulk runs that have something left to do, as the program says.
fn unfinished(lab: &Lab) -> BTreeSet<String> {
    let open = lab
        .run(["journal", "list", "--open", "-o", "json"])
        .code(0)
        .json();
    let open: BTreeSet<String> = open["operations"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|one| Some(one["operationId"].as_str()?.to_owned()))
        .collect();
    let text = journal(lab).and_then(|path| std::fs::read_to_string(path).ok());
    let text = text.unwrap_or_default();
    let records = text
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    records
        .filter(|one| {
            one["operationId"]
                .as_str()
                .is_some_and(|id| open.contains(id))
        })
        .filter_map(|one| Some(one["how"]["run"].as_str()?.to_owned()))
        .collect()
}

fn resume<'lab>(lab: &'lab Lab, id: &str) -> Run<'lab> {
    lab.run(["resume", id, "--yes", "--settle", "1s", "-o", "none"])
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
