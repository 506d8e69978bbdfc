//! The only door to stdin, stdout and stderr: results, messages for people, questions.
//!
//! Knows whether a person is there; never decides what to say. Everything that goes to a terminal or a log passes [`clean`].

mod secret;

use crate::error::{Error, ErrorCode, Result};
use crate::render::text::clean;
use crate::secret::Secret;
use crate::settings::Env;
use std::io::{self, BufRead, IsTerminal, Read, Write};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// How much to say, and in which form.
#[derive(Debug, Clone, Copy, Default)]
pub struct Manner {
    /// Say only what went wrong.
    pub quiet: bool,
    /// Say more.
    pub verbose: bool,
    /// Show requests and replies, redacted.
    pub debug: bool,
    /// Never ask.
    pub no_input: bool,
    /// Errors and notes are JSON documents, one a line.
    pub json: bool,
}

/// The streams of this process and what is known about them.
pub struct Console {
    manner: Manner,
    stdin_terminal: bool,
    stdout_terminal: bool,
    stderr_terminal: bool,
    color: bool,
    unicode: bool,
    ci: bool,
    progress_shown: AtomicBool,
    stdin_taken: AtomicBool,
    secret_on_stdout: AtomicBool,
    #[cfg(unix)]
    terminal_mode: Option<rustix::termios::Termios>,
    second_screen: bool,
    masking: Option<secret::Masking>,
    remembered: Mutex<Option<Vec<String>>>,
}

impl Console {
    /// Looks at the streams and the environment once.
    #[must_use]
    pub fn new(manner: Manner, env: &Env) -> Self {
        let stderr_terminal = io::stderr().is_terminal();
        let dumb = env.get("TERM") == Some("dumb");
        let color = if env.get("NO_COLOR").is_some() {
            false
        } else {
            env.is_on("CLICOLOR_FORCE") || (stderr_terminal && !dumb)
        };
        let locale = env
            .get("LC_ALL")
            .or_else(|| env.get("LC_CTYPE"))
            .or_else(|| env.get("LANG"))
            .unwrap_or_default()
            .to_ascii_lowercase();
        Console {
            stdin_terminal: io::stdin().is_terminal(),
            stdout_terminal: io::stdout().is_terminal(),
            stderr_terminal,
            color,
            unicode: cfg!(windows) || locale.contains("utf-8") || locale.contains("utf8"),
            ci: env.is_on("CI"),
            manner,
            progress_shown: AtomicBool::new(false),
            stdin_taken: AtomicBool::new(false),
            secret_on_stdout: AtomicBool::new(false),
            #[cfg(unix)]
            terminal_mode: rustix::termios::tcgetattr(io::stdin()).ok(),
            second_screen: env.get("TERM").is_some_and(secret::has_second_screen),
            masking: secret::Masking::of(env),
            remembered: Mutex::new(None),
        }
    }

    /// Puts the terminal back as it was at the start, after an interruption in the middle of a question without echo.
    pub fn restore_terminal(&self) {
        #[cfg(unix)]
        if let Some(mode) = &self.terminal_mode {
            let _ = rustix::termios::tcsetattr(
                io::stdin(),
                rustix::termios::OptionalActions::Now,
                mode,
            );
        }
    }

    /// From here on stdout belongs to a secret, and the report goes to stderr.
    pub fn give_stdout_to_secret(&self) {
        self.secret_on_stdout.store(true, Ordering::Relaxed);
    }

    /// Whether stdout belongs to a secret.
    #[must_use]
    pub fn secret_on_stdout(&self) -> bool {
        self.secret_on_stdout.load(Ordering::Relaxed)
    }

    /// The report on stderr; one line when it is a JSON document.
    pub fn report_line(&self, text: &str) {
        let one_line =
            serde_json::from_str::<serde_json::Value>(text).map(|value| value.to_string());
        self.line(one_line.as_deref().unwrap_or(text).trim_end_matches('\n'));
    }

    /// Whether a person can be asked: a terminal on both sides, not forbidden, not a CI run.
    #[must_use]
    pub fn can_ask(&self) -> bool {
        !self.manner.no_input && !self.ci && self.stdin_terminal && self.stderr_terminal
    }

    /// Whether somebody is looking at a terminal, though perhaps not to be asked.
    #[must_use]
    pub fn has_terminal(&self) -> bool {
        !self.ci && self.stderr_terminal
    }

    /// Whether `CI` is set.
    #[must_use]
    pub fn is_ci(&self) -> bool {
        self.ci
    }

    /// Whether stdout is a terminal.
    #[must_use]
    pub fn stdout_terminal(&self) -> bool {
        self.stdout_terminal
    }

    /// Whether more than ASCII may be drawn.
    #[must_use]
    pub fn unicode(&self) -> bool {
        self.unicode
    }

    /// Whether stderr carries JSON documents.
    #[must_use]
    pub fn json(&self) -> bool {
        self.manner.json
    }

    /// Whether `--debug` was given.
    #[must_use]
    pub fn is_debug(&self) -> bool {
        self.manner.debug
    }

    /// Writes the result to stdout, whole. The caller has cleaned it.
    pub fn out(&self, text: &str) -> io::Result<()> {
        self.clear_progress();
        let mut stdout = io::stdout().lock();
        stdout.write_all(text.as_bytes())?;
        stdout.flush()
    }

    /// Says what is going on; silent with `--quiet`.
    pub fn note(&self, text: &str) {
        if !self.manner.quiet && self.speaks() {
            self.say("note", text);
        }
    }

    /// Says more, with `-v`.
    pub fn detail(&self, text: &str) {
        if (self.manner.verbose || self.manner.debug) && !self.manner.json {
            self.line(text);
        }
    }

    /// Says what deserves attention. Shown with `--quiet` too.
    pub fn warn(&self, text: &str) {
        if self.speaks() {
            self.say("warning", text);
        }
    }

    /// Whether notes and warnings are written: with `-o json` a script finds the error alone on stderr, and warnings in the report.
    fn speaks(&self) -> bool {
        !self.manner.json || self.stderr_terminal || self.secret_on_stdout()
    }

    /// Says something that must never be left out, whatever the manner.
    pub fn must_say(&self, text: &str) {
        self.say("note", text);
    }

    fn say(&self, kind: &str, text: &str) {
        if self.manner.json {
            self.line(&serde_json::json!({ kind: text }).to_string());
        } else if kind == "warning" {
            self.line(&format!("{}: {text}", self.paint("33", "warning")));
        } else {
            self.line(text);
        }
    }

    /// A line about a request, with `--debug`; the caller has redacted it.
    pub fn debug(&self, text: impl FnOnce() -> String) {
        if self.manner.debug && !self.manner.json {
            self.line(&self.paint("2", &text()));
        }
    }

    /// Shows an error: one JSON object, or what / why / fix.
    pub fn error(&self, error: &Error) {
        if self.manner.json {
            self.line(&error.to_json().to_string());
            return;
        }
        let mut lines = vec![format!(
            "{}: {}",
            self.paint("1;31", "error"),
            error.message()
        )];
        if let Some(cause) = error.cause() {
            lines.push(format!("  why: {cause}"));
        }
        lines.push(format!("  fix: {}", error.remedy()));
        if !error.needs().is_empty() {
            lines.push(format!("  need: {}", error.needs().join(", ")));
        }
        if !error.has().is_empty() {
            lines.push(format!("  have: {}", error.has().join(", ")));
        }
        let said = error.said();
        if said.http_status.is_some() || said.code.is_some() {
            let mut parts = Vec::new();
            if let Some(status) = said.http_status {
                parts.push(format!("HTTP {status}"));
            }
            parts.extend(said.code.clone());
            if let Some(message) = said
                .message
                .as_ref()
                .filter(|message| Some(message.as_str()) != error.cause().as_deref())
            {
                parts.push(format!("\"{message}\""));
            }
            lines.push(format!("  service: {}", parts.join(" · ")));
        }
        if let Some(id) = &said.request_id {
            lines.push(format!("  request-id: {id}"));
        }
        if let Some(id) = &said.client_request_id {
            lines.push(format!("  client-request-id: {id}"));
        }
        if let Some(id) = error.operation_id() {
            lines.push(format!("  operation: {id}"));
        }
        lines.push(format!("  more: {}", error.docs_link()));
        if let Some(chain) = error
            .chain()
            .filter(|_| self.manner.verbose || self.manner.debug)
        {
            lines.push(format!("  cause: {chain}"));
        }
        self.line(&lines.join("\n"));
    }

    /// Writes lines to stderr; whoever closed it does not stop the work.
    pub fn line(&self, text: &str) {
        self.clear_progress();
        let cleaned: Vec<String> = text
            .split('\n')
            .map(|line| clean(line, self.color))
            .collect();
        let text = if self.unicode {
            cleaned.join("\n")
        } else {
            ascii(&cleaned.join("\n"))
        };
        self.remember(&text);
        let mut stderr = io::stderr().lock();
        let _ = writeln!(stderr, "{text}");
    }

    /// Shows passing progress on a terminal; the next line replaces it.
    pub fn progress(&self, text: &str) {
        if self.manner.quiet || self.manner.json || self.secret_on_stdout() || !self.has_terminal()
        {
            return;
        }
        let mut stderr = io::stderr().lock();
        let _ = write!(stderr, "\r\x1b[2K{}", clean(text, false));
        let _ = stderr.flush();
        self.progress_shown.store(true, Ordering::Relaxed);
    }

    /// Takes the progress line away.
    pub fn clear_progress(&self) {
        if self.progress_shown.swap(false, Ordering::Relaxed) {
            let _ = write!(io::stderr().lock(), "\r\x1b[2K");
        }
    }

    /// Paints text with an SGR code when colour is on.
    #[must_use]
    pub fn paint(&self, code: &str, text: &str) -> String {
        if self.color && !self.manner.json {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }

    /// Asks for a line. Only call when [`Console::can_ask`] is true.
    pub fn ask(&self, question: &str) -> Result<String> {
        self.clear_progress();
        {
            let mut stderr = io::stderr().lock();
            let _ = write!(stderr, "{} ", clean(question, self.color));
            let _ = stderr.flush();
        }
        let mut answer = String::new();
        let read = io::stdin().lock().read_line(&mut answer);
        match read {
            Ok(0) => Err(
                Error::new(ErrorCode::Interrupted, "The question was not answered.")
                    .why("Standard input ended."),
            ),
            Ok(_) => Ok(answer.trim_matches([' ', '\t', '\r', '\n']).to_owned()),
            Err(cause) => Err(
                Error::new(ErrorCode::Interrupted, "The question was not answered.").source(cause),
            ),
        }
    }

    /// Asks for a secret without echo. Only call when [`Console::can_ask`] is true.
    pub fn ask_secret(&self, question: &str) -> Result<Secret> {
        self.clear_progress();
        rpassword::prompt_password(format!("{} ", clean(question, false)))
            .map(Secret::new)
            .map_err(|cause| {
                Error::new(ErrorCode::Interrupted, "The secret was not entered.").source(cause)
            })
    }

    /// Reads all of stdin, at most `limit` bytes. Stdin serves one purpose per run.
    pub fn read_stdin(&self, purpose: &str, limit: usize) -> Result<Vec<u8>> {
        if self.stdin_taken.swap(true, Ordering::Relaxed) {
            return Err(Error::new(
                ErrorCode::Usage,
                format!(
                    "Standard input cannot give {purpose}: it was read for something else already."
                ),
            )
            .fix("Give one of the two by file."));
        }
        let mut bytes = Vec::new();
        io::stdin()
            .lock()
            .take(limit as u64 + 1)
            .read_to_end(&mut bytes)
            .map_err(|cause| {
                Error::new(
                    ErrorCode::BadInput,
                    format!("Standard input could not be read for {purpose}."),
                )
                .source(cause)
            })?;
        if bytes.len() > limit {
            return Err(Error::new(
                ErrorCode::BadInput,
                format!("Standard input is too long for {purpose}."),
            )
            .why(format!("Rule: at most {limit} bytes.")));
        }
        Ok(bytes)
    }

    /// Width of the terminal in columns, 80 when unknown.
    #[must_use]
    pub fn width(&self) -> usize {
        #[cfg(unix)]
        if let Ok(size) = rustix::termios::tcgetwinsize(io::stdout()) {
            return usize::from(size.ws_col).max(20);
        }
        80
    }
}

/// Plain ASCII for locales that are not UTF-8: what cannot be shown becomes `?`.
fn ascii(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{2026}' => '.',
            '\u{2013}' | '\u{2014}' => '-',
            '\u{b7}' => '|',
            '\u{2018}' | '\u{2019}' => '\'',
            c if c.is_ascii() => c,
            _ => '?',
        })
        .collect()
}
