//! What a sandbox saw: requests and violations, for the test or the person that owns it.
//!
//! Owns the record and its masking; judges nothing.

use super::wire::{Request, Violation};

/// A sandbox that runs for days must not fill the memory with the same complaint.
const MOST_VIOLATIONS: usize = 1000;

/// One request that arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logged {
    /// Upper-case HTTP method.
    pub method: String,
    /// Raw path.
    pub path: String,
    /// Raw query without `?`.
    pub query: String,
    /// Lower-case names and values; credentials in `authorization` are masked.
    pub headers: Vec<(String, String)>,
    /// Body bytes as they came.
    pub body: Vec<u8>,
    /// Status of the reply; 0 when a fault kept every byte of it back.
    pub status: u16,
}

impl Logged {
    pub(super) fn new(request: &Request, status: u16) -> Self {
        let masked = |(name, value): &(String, String)| {
            if name != "authorization" {
                return (name.clone(), value.clone());
            }
            let scheme = value.split(' ').next().unwrap_or_default();
            (name.clone(), format!("{scheme} ***"))
        };
        Self {
            method: request.method.clone(),
            path: request.path.clone(),
            query: request.query.clone(),
            headers: request.headers.iter().map(masked).collect(),
            body: request.body.clone(),
            status,
        }
    }
}

/// The record of a running sandbox.
#[derive(Debug, Default)]
pub(super) struct Log {
    keeps_requests: bool,
    requests: Vec<Logged>,
    violations: Vec<Violation>,
}

impl Log {
    pub(super) fn new(keeps_requests: bool) -> Self {
        Self {
            keeps_requests,
            ..Self::default()
        }
    }

    pub(super) fn request(&mut self, logged: Logged) {
        if self.keeps_requests {
            self.requests.push(logged);
        }
    }

    pub(super) fn violation(&mut self, violation: Violation) {
        if self.violations.len() < MOST_VIOLATIONS {
            self.violations.push(violation);
        }
    }

    pub(super) fn requests(&self) -> Vec<Logged> {
        self.requests.clone()
    }

    pub(super) fn violations(&self) -> Vec<Violation> {
        self.violations.clone()
    }
}
