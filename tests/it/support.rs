//! The laboratory of the integration tests: a fresh tenant on loopback, a private home, the real binary, and its output.
//!
//! ```ignore
//! let lab = Lab::new();
//! let report = lab.run(["reset-user", "noor.haddad@contoso.com", "--secret-to", "file:p.txt", "--yes", "-o", "json"]).code(0).json();
//! assert!(lab.password_of("noor.haddad@contoso.com", &lab.secret("p.txt")));
//! ```
//!
//! A breach of manners or of the metadata that the tenant recorded fails the test when the laboratory is dropped.

// The sweeps share this folder, from a place of their own.
#[path = "support/golden.rs"]
mod golden;
#[path = "support/issuer.rs"]
pub mod issuer;
#[path = "support/leaks.rs"]
pub mod leaks;
#[path = "support/person.rs"]
pub mod person;
#[path = "support/run.rs"]
mod run;

pub use golden::golden;
pub use run::{Output, Run};

use admin_reset::sandbox::tenant::Tenant;
use admin_reset::sandbox::{Fault, Logged, Options, Sandbox, seed};
use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;

/// The folder of the package.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// As whom the binary calls.
#[derive(Debug, Clone)]
pub enum Identity {
    /// A person, by a ready token.
    User(String),
    /// The application, by a ready token.
    App,
    /// The application, signing in with its client secret.
    ClientSecret,
    /// A token given as it is.
    Token(String),
    /// Nobody.
    Nobody,
}

/// A tenant, a home folder and the binary.
pub struct Lab {
    sandbox: Sandbox,
    home: TempDir,
    identity: Identity,
    seen_before: Cell<usize>,
    violations_expected: Cell<bool>,
}

impl Lab {
    /// A quick tenant; the binary calls as its Global Administrator.
    pub fn new() -> Self {
        Lab::with(|_| ())
    }

    /// The same with other options.
    pub fn with(change: impl FnOnce(&mut Options)) -> Self {
        let mut options = Options {
            visible_lag: Duration::from_millis(20),
            operation_time: Duration::from_millis(20),
            device_code_interval: 1,
            ..Options::default()
        };
        change(&mut options);
        let home = tempfile::Builder::new()
            .prefix("admin-reset-lab-")
            .tempdir()
            .unwrap();
        for folder in ["state", "config", "work"] {
            private_folder(&home.path().join(folder));
        }
        Lab {
            sandbox: Sandbox::start_on_thread(options).unwrap(),
            home,
            identity: Identity::User(seed::DEFAULT_PERSONA.to_owned()),
            seen_before: Cell::new(0),
            violations_expected: Cell::new(false),
        }
    }

    /// Calls as this person from here on.
    pub fn as_user(mut self, upn: &str) -> Self {
        self.identity = Identity::User(upn.to_owned());
        self
    }

    /// Calls as the application, with a ready token.
    pub fn as_app(mut self) -> Self {
        self.identity = Identity::App;
        self
    }

    /// Calls as the application, with its client secret.
    pub fn as_client(mut self) -> Self {
        self.identity = Identity::ClientSecret;
        self
    }

    /// Calls without any sign-in.
    pub fn as_nobody(mut self) -> Self {
        self.identity = Identity::Nobody;
        self
    }

    /// Prepares a command line, without the program's name; nothing runs before its result is asked for.
    pub fn run<I>(&self, args: I) -> Run<'_>
    where
        I: IntoIterator,
        I::Item: AsRef<std::ffi::OsStr>,
    {
        Run::new(
            self,
            self.identity.clone(),
            args.into_iter()
                .map(|word| word.as_ref().to_owned())
                .collect(),
        )
    }

    /// Replaces the fault script; counting starts over.
    pub fn faults(&self, script: &str) {
        self.sandbox
            .set_faults(&Fault::parse_script(script).unwrap());
    }

    /// Looks at the tenant or changes it.
    pub fn tenant<R>(&self, work: impl FnOnce(&mut Tenant) -> R) -> R {
        self.sandbox.with_tenant(work).unwrap()
    }

    /// The sandbox itself.
    pub fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }

    /// Whether this is the password in force.
    pub fn password_of(&self, user: &str, password: &str) -> bool {
        self.tenant(|tenant| tenant.check_password(user, password))
    }

    /// Whether the seeded password is still in force, that is, nobody reset it.
    pub fn untouched(&self, user: &str) -> bool {
        self.password_of(user, seed::SEED_PASSWORD)
    }

    /// Requests since the last [`Lab::forget`].
    pub fn requests(&self) -> Vec<Logged> {
        self.sandbox.requests().split_off(self.seen_before.get())
    }

    /// Requests of a method whose path and query contain a text, since the last [`Lab::forget`].
    pub fn sent(&self, method: &str, fragment: &str) -> Vec<Logged> {
        self.requests()
            .into_iter()
            .filter(|one| {
                one.method == method && format!("{}?{}", one.path, one.query).contains(fragment)
            })
            .collect()
    }

    /// Requests that write: everything but reads, batches (reads only) and sign-ins.
    pub fn writes(&self) -> Vec<Logged> {
        self.requests()
            .into_iter()
            .filter(|one| {
                one.method != "GET"
                    && !one.path.ends_with("/$batch")
                    && one.path.starts_with("/v1.0/")
            })
            .collect()
    }

    /// One line for each request, for comparing whole conversations.
    pub fn conversation(&self) -> Vec<String> {
        self.requests()
            .iter()
            .map(|one| format!("{} {} {}", one.method, one.path, one.status))
            .collect()
    }

    /// Leaves the requests so far out of the questions that follow.
    pub fn forget(&self) {
        self.seen_before.set(self.sandbox.requests().len());
    }

    /// What the tenant complained about.
    pub fn violations(&self) -> Vec<String> {
        self.sandbox
            .violations()
            .iter()
            .map(|one| format!("{}: {}", one.request, one.rule))
            .collect()
    }

    /// This test provokes violations; they do not fail it.
    pub fn expect_violations(&self) {
        self.violations_expected.set(true);
    }

    /// The private home folder.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// A path in the folder the binary works in.
    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join("work").join(name)
    }

    /// The state folder.
    pub fn state(&self) -> PathBuf {
        self.home.path().join("state")
    }

    /// Writes a file that only we can read into the working folder.
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        }
        path
    }

    /// The text of a file in the working folder.
    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name))
            .unwrap_or_else(|cause| panic!("{name} in the working folder: {cause}"))
    }

    /// The secret in a file sink: one line, in a file that nobody else can read.
    pub fn secret(&self, name: &str) -> String {
        let text = self.read(name);
        let secret = text
            .strip_suffix('\n')
            .expect("a secret ends with one newline");
        assert!(
            !secret.contains(['\n', '\r']) && !secret.is_empty(),
            "one line, one secret"
        );
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(self.path(name))
                .unwrap()
                .permissions()
                .mode()
                & 0o7777;
            assert_eq!(mode, 0o600, "mode of {name}");
        }
        secret.to_owned()
    }

    /// Names of the files in the working folder.
    pub fn files(&self) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(self.home.path().join("work"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    /// Every file below the home folder with its bytes.
    pub fn all_files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let (mut found, mut folders) = (Vec::new(), vec![self.home.path().to_owned()]);
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let about = std::fs::symlink_metadata(&path).unwrap();
                if about.is_dir() {
                    folders.push(path);
                } else if about.is_file() {
                    let bytes = std::fs::read(&path).unwrap();
                    found.push((path, bytes));
                }
            }
        }
        found
    }

    /// Lines of the journal, empty when there is none.
    pub fn journal(&self) -> Vec<serde_json::Value> {
        let mut lines = Vec::new();
        for (path, bytes) in self.all_files() {
            if path.starts_with(self.state())
                && path
                    .extension()
                    .is_some_and(|extension| extension == "jsonl")
            {
                let text = String::from_utf8(bytes).unwrap();
                lines.extend(text.lines().map(|line| serde_json::from_str(line).unwrap()));
            }
        }
        lines
    }
}

/// Runs a case for each item, several at a time: most of what these tests do is waiting.
pub fn each<T: Sync>(items: &[T], work: impl Fn(&T) + Sync) {
    let next = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..items.len().min(10))
            .map(|_| {
                scope.spawn(|| {
                    while let Some(item) =
                        items.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed))
                    {
                        work(item);
                    }
                })
            })
            .collect();
        for worker in workers {
            if let Err(panic) = worker.join() {
                std::panic::resume_unwind(panic);
            }
        }
    });
}

fn private_folder(path: &Path) {
    std::fs::create_dir(path).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700)).unwrap();
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        if std::thread::panicking() || self.violations_expected.get() {
            return;
        }
        let violations = self.violations();
        assert!(
            violations.is_empty(),
            "the tenant complains:\n  {}",
            violations.join("\n  ")
        );
    }
}
