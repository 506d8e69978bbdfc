//! Parameters of a sign-in request, from form body or query.
//!
//! Owns reading them and naming those the endpoint does not know; their meaning belongs to the endpoints.

use super::Visit;
use super::aadsts::{self, Refusal};

/// Parameters every MSAL sends along; harmless everywhere.
const TELEMETRY: &[&str] = &[
    "x-client-sku",
    "x-client-ver",
    "x-client-os",
    "x-client-cpu",
    "x-client-current-telemetry",
    "x-client-last-telemetry",
];

/// Decoded parameters in order of arrival.
#[derive(Debug, Default)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Parameters of the query.
    pub(super) fn of_query(visit: &Visit<'_>) -> Self {
        Self(decode(visit.request.query.as_bytes()))
    }

    /// Parameters of a form body; none when the body is something else.
    pub(super) fn of_form(visit: &mut Visit<'_>) -> Self {
        let kind = visit.request.header("content-type").unwrap_or_default();
        if kind
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .eq_ignore_ascii_case("application/x-www-form-urlencoded")
        {
            return Self(decode(&visit.request.body));
        }
        if !visit.request.body.is_empty() {
            visit.breach("the body of a sign-in request is not application/x-www-form-urlencoded");
        }
        Self::default()
    }

    /// The fields of both.
    pub(super) fn joined(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// The value of a field; empty when it is absent.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map_or("", |(_, value)| value)
    }

    /// The value of a field, or the refusal that names it.
    pub(super) fn need(&self, name: &str) -> Result<&str, Refusal> {
        match self.get(name) {
            "" => Err(Refusal::about(aadsts::PARAMETER_MISSING, name)),
            value => Ok(value),
        }
    }

    /// All fields with one of these names.
    pub(super) fn only<'a>(
        &'a self,
        names: &'a [&str],
    ) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.0
            .iter()
            .filter(|(key, _)| names.contains(&key.as_str()))
            .map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// Records fields the endpoint does not know, and refuses those that came twice.
    pub(super) fn check(&self, visit: &mut Visit<'_>, known: &[&str]) -> Result<(), Refusal> {
        for (index, (key, _)) in self.0.iter().enumerate() {
            let lower = key.to_ascii_lowercase();
            if !known.contains(&key.as_str()) && !TELEMETRY.contains(&lower.as_str()) {
                visit.breach(format!("unknown parameter '{key}'"));
            }
            if self.0[..index].iter().any(|(earlier, _)| earlier == key) {
                visit.breach(format!("parameter '{key}' was sent twice"));
                return Err(Refusal::about(
                    aadsts::REQUEST_INVALID,
                    &format!("The parameter '{key}' is duplicated."),
                ));
            }
        }
        Ok(())
    }
}

fn decode(bytes: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(bytes).into_owned().collect()
}
