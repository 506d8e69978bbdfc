//! A snapshot of the environment, and where a value came from. The only place that reads the process environment.

use std::collections::BTreeMap;

/// Where a value came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Given {
    /// A flag of this command line.
    Flag,
    /// An environment variable.
    Environment,
    /// The profile in `config.toml`.
    Profile,
    /// Nothing said otherwise.
    Default,
}

impl Given {
    /// Whether it comes before another in the order flag, environment, profile, default.
    #[must_use]
    pub fn outweighs(self, other: Given) -> bool {
        (self as u8) < (other as u8)
    }

    /// Word for people.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Given::Flag => "flag",
            Given::Environment => "environment",
            Given::Profile => "profile",
            Given::Default => "default",
        }
    }
}

/// A snapshot of the environment; empty variables count as unset, as the Azure SDKs do.
#[derive(Clone, Default)]
pub struct Env(BTreeMap<String, String>);

impl Env {
    /// The process environment.
    #[must_use]
    pub fn process() -> Self {
        Env(std::env::vars_os()
            .filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?)))
            .filter(|(_, value)| !value.is_empty())
            .collect())
    }

    /// A made-up environment, for tests.
    #[must_use]
    pub fn of(pairs: &[(&str, &str)]) -> Self {
        Env(pairs
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect())
    }

    /// Puts a value in, for a command that runs on the built-in tenant.
    pub fn set(&mut self, name: &str, value: &str) {
        self.0.insert(name.to_owned(), value.to_owned());
    }

    /// The same without some variables.
    #[must_use]
    pub fn without(&self, names: &[&str]) -> Self {
        let mut left = self.clone();
        left.0.retain(|name, _| !names.contains(&name.as_str()));
        left
    }

    /// Value of a variable.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Values of variables whose names say that they are secret: what must never be written anywhere.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        const MARKS: [&str; 5] = ["SECRET", "PASSWORD", "TOKEN", "PASSPHRASE", "CREDENTIAL"];
        self.0
            .iter()
            .filter(|(name, _)| {
                let name = name.to_ascii_uppercase();
                MARKS.iter().any(|mark| name.contains(mark)) && !name.ends_with("_FILE")
            })
            .map(|(_, value)| value.as_str())
    }

    /// Whether a variable is set to something that means yes.
    #[must_use]
    pub fn is_on(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| {
            !matches!(
                value.to_ascii_lowercase().as_str(),
                "0" | "false" | "no" | "off"
            )
        })
    }
}
