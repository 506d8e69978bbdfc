//! One run of the binary: its surroundings are listed here and nothing else gets in; its output can be asked.

use super::{Identity, Lab};
use admin_reset::sandbox::seed;
use serde_json::Value;
use std::ffi::OsString;
use std::io::{BufRead, Read, Write};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Longest a run may take before it counts as hung.
const HUNG: Duration = Duration::from_secs(100);

/// A command line that has not run yet.
#[must_use = "nothing runs before the output is asked for"]
pub struct Run<'lab> {
    lab: &'lab Lab,
    identity: Identity,
    args: Vec<OsString>,
    stdin: Vec<u8>,
    env: Vec<(OsString, Option<OsString>)>,
    wrapper: Vec<OsString>,
}

impl<'lab> Run<'lab> {
    pub(super) fn new(lab: &'lab Lab, identity: Identity, args: Vec<OsString>) -> Self {
        Run {
            lab,
            identity,
            args,
            stdin: Vec::new(),
            env: Vec::new(),
            wrapper: Vec::new(),
        }
    }

    /// What the run reads on standard input; nothing otherwise.
    pub fn stdin(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.stdin = bytes.as_ref().to_vec();
        self
    }

    /// A further environment variable.
    pub fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.env.push((name.into(), Some(value.into())));
        self
    }

    /// Starts it without any stream, for who kills or interrupts it.
    pub fn started(&self) -> std::process::Child {
        use std::process::Stdio;
        let (mut command, _) = self.command();
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }

    /// Further words of the command line.
    pub fn args<I>(mut self, args: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<OsString>,
    {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// Calls as another identity, this once.
    pub fn as_identity(mut self, identity: Identity) -> Self {
        self.identity = identity;
        self
    }

    /// Calls as another person, this once.
    pub fn as_user(self, upn: &str) -> Self {
        self.as_identity(Identity::User(upn.to_owned()))
    }

    /// Runs under another program, such as `strace`.
    pub fn under<I>(mut self, words: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<OsString>,
    {
        self.wrapper = words.into_iter().map(Into::into).collect();
        self
    }

    /// The access token the run is given, if any.
    fn token(&self) -> Option<String> {
        let ready = |persona: &str| self.lab.sandbox().token_for(persona).unwrap().token;
        match &self.identity {
            Identity::User(upn) => Some(ready(upn)),
            Identity::App => Some(ready("app")),
            Identity::Token(token) => Some(token.clone()),
            Identity::ClientSecret | Identity::Nobody => None,
        }
    }

    /// The process, not yet started; its environment holds what is listed here and nothing else.
    pub fn command(&self) -> (Command, Option<String>) {
        let program = OsString::from(env!("CARGO_BIN_EXE_admin-reset"));
        let words: Vec<&OsString> = self
            .wrapper
            .iter()
            .chain([&program])
            .chain(&self.args)
            .collect();
        let mut command = Command::new(words[0]);
        command
            .args(&words[1..])
            .current_dir(self.lab.path(""))
            .env_clear();
        let home = self.lab.home();
        command
            .env("HOME", home)
            .env("ADMIN_RESET_STATE_DIR", home.join("state"))
            .env("ADMIN_RESET_CONFIG_DIR", home.join("config"))
            .env("ADMIN_RESET_LOGIN_ENDPOINT", self.lab.sandbox().origin())
            .env("ADMIN_RESET_GRAPH_ENDPOINT", self.lab.sandbox().origin())
            .env("ADMIN_RESET_VAULT_ENDPOINT", self.lab.sandbox().origin())
            .env("AZURE_TENANT_ID", self.lab.sandbox().tenant_id())
            .env("LANG", "C.UTF-8")
            .env("NO_PROXY", "*");
        // Needed by the platform or by coverage, harmless otherwise.
        for name in ["SystemRoot", "LLVM_PROFILE_FILE"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        let token = self.token();
        if let Some(token) = &token {
            command.env("ADMIN_RESET_TOKEN", token);
        }
        if matches!(self.identity, Identity::ClientSecret) {
            command
                .env("AZURE_CLIENT_ID", seed::CONFIDENTIAL_CLIENT_ID)
                .env("AZURE_CLIENT_SECRET", seed::CONFIDENTIAL_CLIENT_SECRET);
        }
        for (name, value) in &self.env {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        (command, token)
    }

    /// Runs to the end.
    #[must_use = "a run whose end nobody looks at tests nothing"]
    pub fn output(self) -> Output {
        let (mut command, token) = self.command();
        let mut child = command
            .spawn()
            .unwrap_or_else(|cause| panic!("{command:?}: {cause}"));
        let mut stdin = child.stdin.take().unwrap();
        let input = self.stdin.clone();
        let feeder = std::thread::spawn(move || {
            // A run that does not read its input closes it early, which is no fault.
            let _ = stdin.write_all(&input);
        });
        let (stdout, stderr) = (
            collected(child.stdout.take().unwrap()),
            collected(child.stderr.take().unwrap()),
        );
        let line = self
            .args
            .iter()
            .map(|word| word.to_string_lossy())
            .collect::<Vec<_>>()
            .join(" ");
        let status = finished(&mut child, &line);
        feeder.join().unwrap();
        let text = |bytes: Vec<u8>| {
            String::from_utf8(bytes)
                .unwrap_or_else(|cause| panic!("`{line}` wrote no UTF-8: {cause}"))
        };
        let output = Output {
            stdout: text(stdout.join().unwrap()),
            stderr: text(stderr.join().unwrap()),
            code: status,
            line,
        };
        if let Some(token) = token {
            assert!(
                !output.stdout.contains(&token) && !output.stderr.contains(&token),
                "the access token is in the output of {output}"
            );
        }
        output
    }

    /// Runs to the end while a person enters each device code that is shown: signed in under the name the run asked for last,
    /// with the password or access pass the person gives for it; without one the person declines.
    #[must_use = "a run whose end nobody looks at tests nothing"]
    pub fn attended(self, person: impl Fn(&str) -> Option<(String, String)>) -> Output {
        let (mut command, token) = self.command();
        let mut child = command
            .spawn()
            .unwrap_or_else(|cause| panic!("{command:?}: {cause}"));
        drop(child.stdin.take());
        let stdout = collected(child.stdout.take().unwrap());
        let mut stderr = String::new();
        let mut asked = String::new();
        for line in std::io::BufReader::new(child.stderr.take().unwrap()).lines() {
            let line = line.unwrap();
            // As text or inside a line of JSON.
            if let Some((_, rest)) = line.split_once("Sign in as ") {
                asked = rest.split(' ').next().unwrap().to_owned();
            }
            if let Some((_, rest)) = line.split_once("enter the code ") {
                let code: String = rest
                    .chars()
                    .take_while(char::is_ascii_alphanumeric)
                    .collect();
                enter(self.lab, &code, person(&asked));
            }
            stderr.push_str(&line);
            stderr.push('\n');
        }
        let line = self
            .args
            .iter()
            .map(|word| word.to_string_lossy())
            .collect::<Vec<_>>()
            .join(" ");
        let output = Output {
            stdout: String::from_utf8(stdout.join().unwrap()).unwrap(),
            stderr,
            code: finished(&mut child, &line),
            line,
        };
        if let Some(token) = token {
            assert!(!output.stdout.contains(&token) && !output.stderr.contains(&token));
        }
        output
    }

    /// Runs to the end and expects an exit code.
    pub fn code(self, expected: i32) -> Output {
        self.output().code(expected)
    }
}

/// Fills in the page of the sign-in service like a person.
fn enter(lab: &Lab, code: &str, who: Option<(String, String)>) {
    let action = if who.is_some() { "approve" } else { "decline" };
    let (login, secret) = who.unwrap_or_default();
    let reply = lab.post_form(
        "/devicelogin",
        &[
            ("otc", code),
            ("login", &login),
            ("passwd", &secret),
            ("mfa", "approve"),
            ("action", action),
        ],
    );
    assert!(reply.starts_with("HTTP/1.1 200"), "{login}: {reply}");
}

impl Lab {
    /// Sends a form to a page of the sign-in service, as a browser does; the whole reply.
    pub fn post_form(&self, page: &str, fields: &[(&str, &str)]) -> String {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let origin = self.sandbox().origin();
        let host = origin.trim_start_matches("http://").trim_end_matches('/');
        let mut stream = std::net::TcpStream::connect(host).unwrap();
        write!(
            stream,
            "POST {page} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        reply
    }
}

fn collected(mut stream: impl Read + Send + 'static) -> std::thread::JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        bytes
    })
}

/// The exit code; minus the signal's number when a signal ended the run.
fn finished(child: &mut Child, line: &str) -> i32 {
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            #[cfg(unix)]
            if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
                return -signal;
            }
            return status.code().unwrap_or(-1);
        }
        if started.elapsed() > HUNG {
            let _ = child.kill();
            panic!("`{line}` hung");
        }
        std::thread::sleep(Duration::from_millis(3));
    }
}

/// What a run wrote and how it ended.
#[derive(Debug, Clone)]
pub struct Output {
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// Exit code.
    pub code: i32,
    line: String,
}

impl std::fmt::Display for Output {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            out,
            "`{}` (exit {})\n--- stdout\n{}\n--- stderr\n{}",
            self.line, self.code, self.stdout, self.stderr
        )
    }
}

impl Output {
    /// Expects an exit code.
    #[track_caller]
    pub fn code(self, expected: i32) -> Self {
        assert_eq!(self.code, expected, "exit code of {self}");
        self
    }

    /// Expects standard output to be one JSON document of ours.
    #[track_caller]
    pub fn json(&self) -> Value {
        let value: Value = serde_json::from_str(&self.stdout)
            .unwrap_or_else(|cause| panic!("no JSON ({cause}): {self}"));
        assert!(
            value["schema"]
                .as_str()
                .is_some_and(|schema| schema.starts_with("admin-reset/") && schema.ends_with("/1")),
            "schema: {self}"
        );
        value
    }

    /// The last error object on standard error; its exit code must be the one of the run.
    #[track_caller]
    pub fn error_json(&self) -> Value {
        let error = self
            .stderr_json()
            .into_iter()
            .rev()
            .find_map(|mut line| line.get_mut("error").map(Value::take));
        let error = error.unwrap_or_else(|| panic!("no error object on standard error: {self}"));
        assert_eq!(
            error["exitCode"], self.code,
            "exitCode of the error object: {self}"
        );
        error
    }

    /// Standard error with `-o json`: every line must be one document.
    #[track_caller]
    pub fn stderr_json(&self) -> Vec<Value> {
        self.stderr
            .lines()
            .map(|line| {
                serde_json::from_str(line)
                    .unwrap_or_else(|cause| panic!("'{line}' is no JSON ({cause}): {self}"))
            })
            .collect()
    }

    /// Expects a text in standard error.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(
            self.stderr.contains(text),
            "'{text}' is missing in standard error of {self}"
        );
        self
    }

    /// Expects a text in standard output.
    #[track_caller]
    pub fn shows(self, text: &str) -> Self {
        assert!(
            self.stdout.contains(text),
            "'{text}' is missing in standard output of {self}"
        );
        self
    }

    /// Expects nothing on standard output.
    #[track_caller]
    pub fn silent(self) -> Self {
        assert!(self.stdout.is_empty(), "standard output of {self}");
        self
    }

    /// Both streams and the exit code, as golden files hold them.
    pub fn transcript(&self) -> String {
        format!(
            "$ admin-reset {}\n{}--- stderr\n{}--- exit {}\n",
            self.line, self.stdout, self.stderr, self.code
        )
    }
}
