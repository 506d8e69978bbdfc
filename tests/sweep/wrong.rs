//! The negative control: the command line of the program, with the order turned around. Needs a library with debug assertions.

use std::ffi::OsString;
use std::process::ExitCode;

/// First word that makes this program the control.
pub const WORD: &str = "wrong-order";

/// First word that makes this program the right order with an allocator that wipes nothing.
pub const PLAIN: &str = "plain-allocator";

/// Runs a command line as it is; the control of the search in memory.
pub fn plain(words: Vec<OsString>) -> ExitCode {
    ExitCode::from(admin_reset::cli::run(words).code())
}

/// Runs a command line, whose first word is a program's name.
pub fn run(words: Vec<OsString>) -> ExitCode {
    #[cfg(debug_assertions)]
    {
        eprintln!(
            "WRONG ORDER: this is the negative control of the sweeps. It loses passwords on purpose."
        );
        admin_reset::control::keep_after_the_change();
        admin_reset::harden::harden();
        ExitCode::from(admin_reset::cli::run(words).code())
    }
    #[cfg(not(debug_assertions))]
    {
        let _ = words;
        eprintln!("The negative control needs a build with debug assertions.");
        ExitCode::from(70)
    }
}
