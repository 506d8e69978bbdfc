//! The `claims` parameter: declared capabilities and demanded authentication contexts.
//!
//! Source: Microsoft Learn "Claims challenges, claims requests and client capabilities", state of mid 2026.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::aadsts::{self, Refusal};

/// What a request's `claims` ask for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Claims {
    /// The client can handle claims challenges.
    pub(super) cp1: bool,
    /// Authentication contexts the token has to carry.
    pub(super) acrs: Vec<String>,
}

impl Claims {
    /// Reads the parameter; an absent one asks for nothing.
    pub(super) fn parse(text: &str) -> Result<Self, Refusal> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        let wrong = || {
            Refusal::about(
                aadsts::REQUEST_INVALID,
                "The claims parameter is not a JSON object.",
            )
        };
        let value: Value = serde_json::from_str(text).map_err(|_| wrong())?;
        let wanted = &value
            .as_object()
            .ok_or_else(wrong)?
            .get("access_token")
            .cloned()
            .unwrap_or_default();
        Ok(Self {
            cp1: values(&wanted["xms_cc"])
                .iter()
                .any(|capability| capability.eq_ignore_ascii_case("cp1")),
            acrs: values(&wanted["acrs"]),
        })
    }

    /// Both together, for a flow that asks in two steps.
    pub(super) fn and(mut self, other: &Self) -> Self {
        self.cp1 |= other.cp1;
        self.acrs.extend(
            other
                .acrs
                .iter()
                .filter(|context| !self.acrs.contains(context))
                .cloned()
                .collect::<Vec<_>>(),
        );
        self
    }

    /// The contexts as a claims challenge asks for them.
    pub(super) fn challenge(&self) -> Value {
        json!({"access_token": {"acrs": {"essential": true, "values": self.acrs}}})
    }
}

fn values(claim: &Value) -> Vec<String> {
    let many = claim["values"].as_array().into_iter().flatten();
    many.chain(std::iter::once(&claim["value"]))
        .filter_map(|value| value.as_str().map(str::to_owned))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capability_and_context_are_found_in_both_spellings() {
        let text = r#"{"access_token":{"xms_cc":{"values":["cp1"]},"acrs":{"essential":true,"value":"c1"},"nbf":{"essential":true,"value":"1"}}}"#;
        let claims = Claims::parse(text).unwrap();
        assert_eq!(
            claims,
            Claims {
                cp1: true,
                acrs: vec!["c1".into()]
            }
        );
        assert_eq!(Claims::parse("").unwrap(), Claims::default());
        assert_eq!(Claims::parse("{").unwrap_err().row.code, 90023);
        assert_eq!(Claims::parse("[]").unwrap_err().row.code, 90023);
        let both = Claims::default().and(&claims).and(&claims);
        assert_eq!(both, claims);
    }
}
