//! One run of one command with one destination: its fresh tenant, its start, and the verdict when it is over.
//!
//! Every run has a tenant of its own, with one server thread, that commits on receipt. Before the verdict the tenant is asked twice
//! on new connections, so that all that was sent before has been dealt with: a late write of an earlier run would look like a loss.

use crate::desktop::Desktop;
use crate::places;
use crate::support::{Lab, Run};
use admin_reset::sandbox::seed;
use std::ffi::OsString;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

pub const NOOR: &str = "noor.haddad@contoso.com";
pub const LARCH: &str = "larch.one@contoso.onmicrosoft.com";

/// Longest a run may take before it counts as hung.
const HUNG: Duration = Duration::from_secs(90);

/// What is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Job {
    /// `reset-user` as a person, by the asynchronous action.
    Reset,
    /// `reset-user` as an app, by a write of the password profile.
    Direct,
    /// `create-admin`.
    Create,
}

impl Job {
    pub const ALL: [Job; 3] = [Job::Reset, Job::Direct, Job::Create];

    pub fn name(self) -> &'static str {
        match self {
            Job::Reset => "reset-user",
            Job::Direct => "reset-user (app)",
            Job::Create => "create-admin",
        }
    }
}

/// Where the password goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    File,
    Age,
    Shares,
    Keyring,
    KeyVault,
    Cmd,
    Stdout,
    Tty,
}

impl Kind {
    pub const ALL: [Kind; 8] = [
        Kind::File,
        Kind::Age,
        Kind::Shares,
        Kind::Keyring,
        Kind::KeyVault,
        Kind::Cmd,
        Kind::Stdout,
        Kind::Tty,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Kind::File => "file",
            Kind::Age => "age",
            Kind::Shares => "shares",
            Kind::Keyring => "keyring",
            Kind::KeyVault => "keyvault",
            Kind::Cmd => "cmd",
            Kind::Stdout => "stdout",
            Kind::Tty => "tty",
        }
    }
}

/// One combination of the sweep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Case {
    pub job: Job,
    pub kind: Kind,
    /// The negative control.
    pub wrong: bool,
}

impl Case {
    pub fn name(&self) -> String {
        format!("{} to {}", self.job.name(), self.kind.name())
    }
}

/// The surroundings of one run.
pub struct Ground<'s> {
    pub lab: Lab,
    pub case: Case,
    desktop: Option<&'s Desktop>,
    entry: String,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct End {
    /// Exit code, or minus the signal.
    pub code: i32,
    /// The account has a new password.
    pub committed: bool,
    /// Something that was kept or handed over opens the account.
    pub opens: bool,
    /// The account holds a role it did not have.
    pub role: bool,
}

impl End {
    pub fn lost(&self) -> bool {
        self.committed && !self.opens
    }
}

/// Numbers the entries in the one keyring of a sweep.
static ENTRY: AtomicUsize = AtomicUsize::new(0);

impl<'s> Ground<'s> {
    pub fn new(case: Case, desktop: Option<&'s Desktop>) -> Self {
        let lab = Lab::with(|options| options.operation_time = Duration::ZERO);
        let lab = match (case.job, case.kind) {
            (Job::Direct, _) | (_, Kind::KeyVault) => lab.as_client(),
            _ => lab,
        };
        // An app without recipients hands over first; the others have a sealed copy of what cannot be held.
        places::prepare(&lab, case.kind, case.job != Job::Direct);
        let entry = format!("sweep{}", ENTRY.fetch_add(1, Ordering::Relaxed));
        Ground {
            lab,
            case,
            desktop,
            entry,
        }
    }

    /// The account the run is about.
    pub fn account(&self) -> &'static str {
        match self.case.job {
            Job::Create => LARCH,
            _ => NOOR,
        }
    }

    /// What consents to the run.
    pub fn word(&self) -> &'static str {
        match self.case.job {
            Job::Create => seed::INITIAL_DOMAIN,
            _ => NOOR,
        }
    }

    /// The command line, not yet started.
    pub fn run(&self) -> Run<'_> {
        self.run_with(&["-o", "csv"])
    }

    /// The same with further words.
    pub fn run_with(&self, more: &[&str]) -> Run<'_> {
        let words = more;
        let to = places::destination(&self.lab, self.case.kind, &self.entry);
        let run = match self.case.job {
            Job::Create => {
                let words = ["create-admin", "larch.one", "--display-name", "Larch Tree"];
                self.lab.run(words)
            }
            _ => self.lab.run(["reset-user", NOOR]),
        };
        let more = ["--confirm", self.word(), "--secret-to", &to, "--wait", "5s"];
        self.surrounded(run.args(more).args(["--no-input"]).args(words.to_vec()))
    }

    /// Going on with what a run left.
    pub fn resumed(&self, operation: &str) -> Run<'_> {
        let key = self.lab.write("key.txt", places::KEY);
        let words = ["resume", operation, "--confirm", self.word()];
        let more = ["--settle", "1s", "--wait", "5s", "-o", "json", "--identity"];
        let run = self.lab.run(words).args(more).args([key]);
        // What only a sealed copy holds is handed over where it can be looked for.
        match self.case.kind {
            Kind::Stdout | Kind::Tty => {
                self.surrounded(run.args(["--secret-to", "file:handed.txt"]))
            }
            _ => self.surrounded(run),
        }
    }

    /// Adds what every run of this case needs.
    pub fn surrounded<'r>(&self, run: Run<'r>) -> Run<'r> {
        match self.desktop {
            Some(desktop) if self.case.kind == Kind::Keyring => run
                .env("DBUS_SESSION_BUS_ADDRESS", desktop.address())
                .env("XDG_RUNTIME_DIR", self.lab.home()),
            _ => run,
        }
    }

    /// Starts the run, below `strace` where words for it are given.
    pub fn start(&self, before: &[OsString]) -> Child {
        self.started(self.run(), before)
    }

    /// Starts a run that was prepared.
    pub fn started(&self, run: Run<'_>, before: &[OsString]) -> Child {
        let mut wrapper: Vec<OsString> = before.to_vec();
        if self.case.wrong {
            wrapper.push(std::env::current_exe().unwrap().into());
            wrapper.push(crate::wrong::WORD.into());
        }
        let (mut command, _) = run.under(wrapper).command();
        if self.case.kind == Kind::Tty {
            command = places::on_a_terminal(&self.lab, &command);
        }
        let output = |name: &str| std::fs::File::create(self.lab.home().join(name)).unwrap();
        command
            .stdin(Stdio::null())
            .stdout(output("stdout"))
            .stderr(output("stderr"));
        command.spawn().unwrap()
    }

    /// Waits for the end of a run.
    pub fn finish(&self, child: &mut Child) -> i32 {
        let since = Instant::now();
        loop {
            if let Some(status) = child.try_wait().unwrap() {
                let signal = std::os::unix::process::ExitStatusExt::signal(&status);
                return status.code().unwrap_or_else(|| -signal.unwrap_or(1));
            }
            if since.elapsed() > HUNG {
                let _ = child.kill();
                let _ = child.wait();
                panic!("{}: the run hung", self.case.name());
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Waits until the tenant has dealt with all that was sent to it.
    pub fn settled(&self) {
        for _ in 0..2 {
            let origin = self.lab.sandbox().origin();
            let host = origin.trim_start_matches("http://");
            let mut socket = std::net::TcpStream::connect(host).unwrap();
            write!(
                socket,
                "GET /favicon.ico HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
            )
            .unwrap();
            socket.read_to_end(&mut Vec::new()).unwrap();
        }
    }

    /// Whether the account has a new password.
    pub fn committed(&self) -> bool {
        match self.case.job {
            Job::Create => self.lab.tenant(|tenant| tenant.person(LARCH).is_some()),
            _ => !self.lab.untouched(NOOR),
        }
    }

    /// The verdict.
    pub fn end(&self, code: i32) -> End {
        self.settled();
        let committed = self.committed();
        let opens = self
            .held()
            .iter()
            .any(|secret| self.lab.password_of(self.account(), secret));
        End {
            code,
            committed,
            opens,
            role: self.case.job == Job::Create && committed && self.role(),
        }
    }

    /// What the destination gave out or keeps, and what lies in sealed copies.
    pub fn held(&self) -> Vec<String> {
        places::held(&self.lab, self.case.kind, &self.entry, self.desktop)
    }

    fn role(&self) -> bool {
        self.lab.tenant(|tenant| {
            let object = tenant.object(LARCH);
            let id = object.as_ref().and_then(|object| object["id"].as_str());
            id.is_some_and(|id| !tenant.wids(id).is_empty())
        })
    }

    /// What a person would want to see about a run that went wrong.
    pub fn story(&self) -> String {
        let read =
            |name: &str| std::fs::read_to_string(self.lab.home().join(name)).unwrap_or_default();
        format!(
            "files {:?}\nrequests {:?}\nstderr\n{}{}",
            self.lab.files(),
            self.lab.conversation(),
            read("stderr"),
            // A run on a terminal of its own says everything there.
            read("screen")
        )
    }

    /// Operation id of the run, once the journal has one.
    pub fn operation(&self) -> Option<String> {
        let folder = self.lab.state();
        let journals: Vec<PathBuf> = std::fs::read_dir(folder)
            .ok()?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.extension().is_some_and(|it| it == "jsonl"))
            .collect();
        journals.iter().find_map(|path| {
            let text = std::fs::read_to_string(path).ok()?;
            text.lines().find_map(|line| {
                let record: serde_json::Value = serde_json::from_str(line).ok()?;
                Some(record["operationId"].as_str()?.to_owned())
            })
        })
    }
}

impl Drop for Ground<'_> {
    fn drop(&mut self) {
        // A run that was killed in a wait may leave a request that came too early for the tenant's manners.
        self.lab.expect_violations();
    }
}
