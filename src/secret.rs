//! A secret that cannot be printed, serialised or forgotten in memory by accident.
//!
//! `expose` is called in few places (a test counts them); everything else passes the value along.

use std::fmt;
use zeroize::Zeroizing;

/// A password, access pass, token or client secret.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes ownership of a secret value.
    #[must_use]
    pub fn new(value: impl Into<String>) -> Self {
        Secret(Zeroizing::new(value.into()))
    }

    /// The value itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Length in characters.
    #[must_use]
    pub fn chars(&self) -> usize {
        self.0.chars().count()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_a_mark_only() {
        let secret = Secret::new("canary");
        assert_eq!(format!("{secret:?}"), "[secret]");
        assert_eq!(secret.chars(), 6);
    }
}
