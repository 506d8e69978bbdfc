//! Destinations as the flags of a command name them; the terminal where none is named and somebody looks at one.

use super::{SinkSpec, parse};
use crate::console::Console;
use crate::error::{Error, ErrorCode, Result};

/// What is handed over, and how it could be said where to.
#[derive(Debug, Clone, Copy)]
pub struct Demand<'a> {
    /// `new password`, `access pass`.
    pub what: &'a str,
    /// The flag that names destinations.
    pub flag: &'a str,
    /// What else could be done, as the end of a sentence; empty when nothing.
    pub or_else: &'a str,
    /// Whether a run without a destination is no error: a dry run, or a secret that its owner has already.
    pub may_be_none: bool,
}

/// The destinations that were named, else the terminal. Without both, an error that says which flag to add.
pub fn given(texts: &[String], wanted: Demand<'_>, console: &Console) -> Result<Vec<SinkSpec>> {
    let specs: Vec<SinkSpec> = texts
        .iter()
        .map(|text| parse(text))
        .collect::<Result<_>>()?;
    if !specs.is_empty() || wanted.may_be_none {
        return Ok(specs);
    }
    if console.has_terminal() {
        return Ok(vec![SinkSpec::Tty]);
    }
    let Demand {
        what,
        flag,
        or_else,
        ..
    } = wanted;
    Err(Error::new(
        ErrorCode::SinkNeeded,
        format!("There is nowhere to put the {what}."),
    )
    .why(format!(
        "No terminal is there to show it, and {flag} was not given."
    ))
    .fix(format!("Add {flag} file:PATH{or_else}.")))
}

/// The destination of an access pass that goes beside a password.
pub fn given_for_pass(named: Option<&String>, console: &Console) -> Result<Option<SinkSpec>> {
    let demand = Demand {
        what: "access pass",
        flag: "--access-pass-to",
        or_else: "",
        may_be_none: false,
    };
    let named = named.map_or(&[][..], std::slice::from_ref);
    Ok(given(named, demand, console)?.pop())
}
