//! One line of what was found, and who is signed in.

use crate::error::Error;
use crate::policy::reset::Caller;

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Ok,
    /// Nothing to mend; worth knowing.
    Note,
    Warn,
    Fail,
    Unknown,
    Skipped,
}

impl Status {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Status::Ok => "ok",
            Status::Note => "note",
            Status::Warn => "warning",
            Status::Fail => "fail",
            Status::Unknown => "unknown",
            Status::Skipped => "skipped",
        }
    }
}

/// One line.
#[derive(Debug, Clone)]
pub(super) struct Check {
    pub(super) check: &'static str,
    pub(super) status: Status,
    pub(super) found: String,
    pub(super) fix: Option<String>,
}

impl Check {
    pub(super) fn new(check: &'static str, status: Status, found: String) -> Self {
        Check {
            check,
            status,
            found,
            fix: None,
        }
    }

    pub(super) fn ok(check: &'static str, found: String) -> Self {
        Check::new(check, Status::Ok, found)
    }

    pub(super) fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }

    /// What an error says: what happened and why, and its fix.
    pub(super) fn failed(check: &'static str, error: &Error) -> Self {
        let why = error
            .cause()
            .map(|why| format!(" {}", sentence(&why)))
            .unwrap_or_default();
        Check::new(check, Status::Fail, format!("{}{why}", error.message())).fix(error.remedy())
    }
}

/// With a full stop at its end.
fn sentence(text: &str) -> String {
    let text = text.trim_end();
    if text.ends_with(['.', '!', '?']) {
        text.to_owned()
    } else {
        format!("{text}.")
    }
}

/// Who is signed in.
pub(super) struct SignedIn {
    pub(super) name: Option<String>,
    pub(super) caller: Caller,
    pub(super) tenant_id: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;

    #[test]
    fn an_error_becomes_a_line_with_its_fix() {
        let error = Error::new(ErrorCode::Network, "It broke.")
            .why("nobody answered")
            .fix("Mend it.");
        let check = Check::failed("dns", &error);
        assert_eq!(check.found, "It broke. nobody answered.");
        assert_eq!(check.fix.as_deref(), Some("Mend it."));
    }
}
