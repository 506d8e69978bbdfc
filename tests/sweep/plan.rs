//! What is swept, the figures, and what makes the job fail: a loss, or a control that lost nothing.

use crate::desktop::Desktop;
use crate::ground::{Case, End, Ground, Job, Kind};
use crate::{bulk, canary, cuts, deaths, faults, memory, order, strace};
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

const HELP: &str = "sweep [NAME...] [--long] [--runs N] [--workers N] [--sinks A,B] [--jobs A,B] [--no-control] [--list]

Names: order, moments, load, calls, faults, recovery, cuts, bulk, canary, memory; all of them without a name.";

/// One kind of search.
struct Sweep {
    name: &'static str,
    run: fn(&Plan, Case) -> Tally,
    needs_strace: bool,
    /// Both sides of the change must have been met, or the search looked at one side only.
    both_sides: bool,
    /// Whether the wrong order has to show here.
    control: bool,
    /// Cases of the short form.
    short: &'static [(Job, Kind)],
}

const SWEEPS: &[Sweep] = &[
    Sweep {
        name: "order",
        run: order::durable_before_the_first_byte,
        needs_strace: true,
        both_sides: false,
        control: true,
        short: &[
            (Job::Reset, Kind::File),
            (Job::Direct, Kind::Age),
            (Job::Create, Kind::Shares),
            (Job::Create, Kind::File),
        ],
    },
    Sweep {
        name: "moments",
        run: deaths::moments,
        needs_strace: false,
        both_sides: true,
        control: true,
        short: &[(Job::Reset, Kind::File), (Job::Create, Kind::Age)],
    },
    Sweep {
        name: "load",
        run: deaths::loaded,
        needs_strace: false,
        both_sides: true,
        control: true,
        short: &[],
    },
    Sweep {
        name: "calls",
        run: deaths::calls,
        needs_strace: true,
        both_sides: true,
        control: true,
        short: &[(Job::Direct, Kind::File), (Job::Create, Kind::Shares)],
    },
    Sweep {
        name: "faults",
        run: faults::faults,
        needs_strace: true,
        both_sides: true,
        control: true,
        short: &[(Job::Reset, Kind::File), (Job::Create, Kind::Age)],
    },
    Sweep {
        name: "recovery",
        run: deaths::recovery,
        needs_strace: true,
        both_sides: false,
        control: false,
        short: &[(Job::Create, Kind::File)],
    },
    Sweep {
        name: "cuts",
        run: cuts::cuts,
        needs_strace: false,
        both_sides: false,
        control: false,
        short: &[],
    },
    Sweep {
        name: "bulk",
        run: bulk::bulk,
        needs_strace: false,
        both_sides: false,
        control: false,
        short: &[(Job::Reset, Kind::File)],
    },
    Sweep {
        name: "canary",
        run: canary::canary,
        needs_strace: true,
        both_sides: false,
        control: true,
        short: &[(Job::Reset, Kind::Cmd), (Job::Create, Kind::File)],
    },
    Sweep {
        name: "memory",
        run: memory::scan,
        needs_strace: false,
        both_sides: false,
        control: true,
        short: &[(Job::Direct, Kind::File)],
    },
];

/// What was asked for.
pub struct Plan {
    pub long: bool,
    runs: Option<usize>,
    workers: usize,
    kinds: Vec<Kind>,
    jobs: Vec<Job>,
    control: bool,
    names: Vec<String>,
    desktop: Option<Desktop>,
}

impl Plan {
    fn parse(words: &[String]) -> Result<Self, String> {
        let mut plan = Plan {
            long: false,
            runs: None,
            workers: 4,
            kinds: Kind::ALL.to_vec(),
            jobs: Job::ALL.to_vec(),
            control: true,
            names: Vec::new(),
            desktop: None,
        };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or(format!("{word} takes a value"));
            match word.as_str() {
                "--long" => plan.long = true,
                "--no-control" => plan.control = false,
                "--runs" => plan.runs = Some(number(value()?)?),
                "--workers" => plan.workers = number(value()?)?,
                "--sinks" => plan.kinds = chosen(value()?, &Kind::ALL, Kind::name)?,
                "--jobs" => plan.jobs = chosen(value()?, &Job::ALL, Job::name)?,
                // `cargo test` hands its own words to every program.
                flag if flag.starts_with('-') => {}
                name => plan.names.push(name.to_owned()),
            }
        }
        Ok(plan)
    }

    /// Deaths of one case at random moments.
    pub fn runs(&self) -> usize {
        self.runs.unwrap_or(if self.long { 1_000 } else { 36 })
    }

    pub fn desktop(&self) -> Option<&Desktop> {
        self.desktop.as_ref()
    }

    /// Runs a case for each item, several at a time.
    pub fn each<T: Send>(&self, items: impl IntoIterator<Item = T>, work: impl Fn(T) + Sync) {
        let items = Mutex::new(items.into_iter().collect::<std::collections::VecDeque<T>>());
        std::thread::scope(|scope| {
            for _ in 0..self.workers {
                scope.spawn(|| {
                    loop {
                        let item = items.lock().unwrap().pop_front();
                        let Some(item) = item else { return };
                        work(item);
                    }
                });
            }
        });
    }

    fn cases(&self, sweep: &Sweep) -> Vec<(Job, Kind)> {
        let asked =
            |(job, kind): &(Job, Kind)| self.jobs.contains(job) && self.kinds.contains(kind);
        if !self.long {
            return sweep.short.iter().copied().filter(asked).collect();
        }
        Job::ALL
            .iter()
            .flat_map(|job| Kind::ALL.iter().map(move |kind| (*job, *kind)))
            // An app is what writes directly, and what talks to a vault.
            .filter(|(job, kind)| !(*job == Job::Reset && *kind == Kind::KeyVault))
            .filter(|(job, kind)| match sweep.name {
                "order" => matches!(kind, Kind::File | Kind::Age | Kind::Shares),
                "bulk" => *job == Job::Reset && *kind == Kind::File,
                "memory" => memory::suits(*kind),
                "cuts" => {
                    let shown = matches!(kind, Kind::Cmd | Kind::Tty);
                    *kind == Kind::File || shown && *job != Job::Direct
                }
                // What an app shows or hands to a program is held by nothing that gives it back.
                "recovery" => {
                    *job != Job::Direct || !matches!(kind, Kind::Cmd | Kind::Stdout | Kind::Tty)
                }
                _ => true,
            })
            .filter(asked)
            .collect()
    }
}

fn number(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| format!("'{text}' is no number"))
}

fn chosen<T: Copy>(list: &str, all: &[T], name: fn(T) -> &'static str) -> Result<Vec<T>, String> {
    list.split(',')
        .map(|word| {
            all.iter()
                .copied()
                .find(|one| name(*one) == word)
                .ok_or(format!("'{word}' is not known"))
        })
        .collect()
}

/// The figures of one case.
pub struct Tally {
    case: Case,
    runs: AtomicUsize,
    committed: AtomicUsize,
    lost: AtomicUsize,
    codes: Mutex<BTreeMap<i32, usize>>,
    problems: Mutex<Vec<String>>,
}

impl Tally {
    pub fn new(case: Case) -> Self {
        Tally {
            case,
            runs: AtomicUsize::new(0),
            committed: AtomicUsize::new(0),
            lost: AtomicUsize::new(0),
            codes: Mutex::default(),
            problems: Mutex::default(),
        }
    }

    /// Counts a run that is over.
    pub fn count(&self, ground: &Ground<'_>, code: i32, about: &str) -> End {
        let end = ground.end(code);
        let recorded = !end.committed || ground.operation().is_some();
        let problem = if self.case.wrong {
            None
        } else if end.lost() {
            Some(format!("{about}: LOST, {end:?}\n{}", ground.story()))
        } else if !recorded {
            Some(format!(
                "{about}: changed without a record\n{}",
                ground.story()
            ))
        } else {
            None
        };
        self.told(end, problem);
        end
    }

    /// Counts a run with its verdict.
    pub fn told(&self, end: End, problem: Option<String>) {
        self.ran();
        self.committed
            .fetch_add(usize::from(end.committed), Ordering::Relaxed);
        self.lost
            .fetch_add(usize::from(end.lost()), Ordering::Relaxed);
        *self.codes.lock().unwrap().entry(end.code).or_default() += 1;
        if let Some(problem) = problem {
            self.problem(problem);
        }
    }

    pub fn ran(&self) {
        self.runs.fetch_add(1, Ordering::Relaxed);
    }

    /// Something that must not be; for the control it is what was looked for.
    pub fn problem(&self, text: String) {
        if self.case.wrong {
            self.lost.fetch_add(1, Ordering::Relaxed);
        } else {
            self.problems.lock().unwrap().push(text);
        }
    }

    fn get(counter: &AtomicUsize) -> usize {
        counter.load(Ordering::Relaxed)
    }
}

/// The whole job.
pub fn run(words: Vec<String>) -> ExitCode {
    if words.iter().any(|word| word == "--help") {
        println!("{HELP}");
        return ExitCode::SUCCESS;
    }
    if words.iter().any(|word| word == "--list") {
        for sweep in SWEEPS {
            println!("{}: test", sweep.name);
        }
        return ExitCode::SUCCESS;
    }
    let mut plan = match Plan::parse(&words) {
        Ok(plan) => plan,
        Err(why) => {
            eprintln!("{why}\n{HELP}");
            return ExitCode::from(2);
        }
    };
    let named: Vec<&Sweep> = SWEEPS
        .iter()
        .filter(|sweep| plan.names.is_empty() || plan.names.iter().any(|name| name == sweep.name))
        .collect();
    let traces = named.iter().any(|sweep| sweep.needs_strace) && strace::works();
    if plan.long && plan.kinds.contains(&Kind::Keyring) {
        plan.desktop = Desktop::start();
        if plan.desktop.is_none() {
            println!("skipped: dbus-run-session and gnome-keyring-daemon are needed for a keyring");
            plan.kinds.retain(|kind| *kind != Kind::Keyring);
        }
    }
    let mut failed = Vec::new();
    for sweep in named {
        if sweep.needs_strace && !traces || sweep.name == "memory" && !memory::works() {
            continue;
        }
        for wrong in [false, true] {
            if wrong && !(sweep.control && plan.control) {
                continue;
            }
            let (mut lost, mut committed, mut runs) = (0, 0, 0);
            let cases = plan.cases(sweep);
            for (job, kind) in &cases {
                let case = Case {
                    job: *job,
                    kind: *kind,
                    wrong,
                };
                let since = Instant::now();
                let tally = (sweep.run)(&plan, case);
                lost += told(sweep, &tally, since, &mut failed);
                committed += Tally::get(&tally.committed);
                runs += Tally::get(&tally.runs);
            }
            if sweep.both_sides && runs > 0 && (committed == 0 || committed == runs) {
                failed.push(format!(
                    "{}: only one side of the change was met",
                    sweep.name
                ));
            }
            if wrong && lost == 0 && !cases.is_empty() {
                failed.push(format!("{}: the control lost nothing", sweep.name));
            }
        }
    }
    if failed.is_empty() {
        println!("sweep result: ok");
        return ExitCode::SUCCESS;
    }
    println!("sweep result: FAILED");
    for one in failed {
        println!("{one}\n");
    }
    ExitCode::FAILURE
}

/// Prints one line of figures; how many were lost.
fn told(sweep: &Sweep, tally: &Tally, since: Instant, failed: &mut Vec<String>) -> usize {
    let case = tally.case;
    let [runs, committed, lost] = [&tally.runs, &tally.committed, &tally.lost].map(Tally::get);
    println!(
        "{:<9} {:<7} {:<17} {:<9} runs {runs:>5}  committed {committed:>5}  lost {lost:>4}  {:>4} s  exits {:?}",
        sweep.name,
        if case.wrong { "CONTROL" } else { "" },
        case.job.name(),
        case.kind.name(),
        since.elapsed().as_secs(),
        tally.codes.lock().unwrap(),
    );
    if case.wrong {
        return lost;
    }
    let problems = tally.problems.lock().unwrap();
    for problem in problems.iter().take(12) {
        failed.push(format!("{}: {}: {problem}", sweep.name, case.name()));
    }
    if problems.len() > 12 {
        failed.push(format!("and {} more of that kind", problems.len() - 12));
    }
    lost
}
