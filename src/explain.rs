//! Adds what is known about a code of Graph to an error that has no words of its own for it.

use crate::error::{Error, Service};
use crate::policy::graph_errors;

/// The error with cause and fix of the table of Graph codes, where nothing more exact is known. A code that is not in the table
/// keeps Graph's words and the request id.
#[must_use]
pub fn explain(error: Error) -> Error {
    let row = match error.said() {
        Service {
            http_status: Some(status),
            code: Some(code),
            message,
            ..
        } => graph_errors::explain(*status, code, message.as_deref().unwrap_or_default()),
        _ => None,
    };
    match row {
        Some(row) => error.or_explained(row.cause, row.fix),
        None => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;

    fn said(status: u16, code: &str, message: &str) -> Error {
        let service = Service {
            http_status: Some(status),
            code: Some(code.into()),
            message: Some(message.into()),
            ..Service::default()
        };
        Error::new(ErrorCode::ContentRefused, "x").service(service)
    }

    #[test]
    fn known_codes_get_words_and_unknown_ones_keep_graphs() {
        let known = explain(said(
            400,
            "AadPremiumLicenseRequired",
            "The tenant needs to have Microsoft Entra ID P2",
        ));
        assert_ne!(
            known.cause().as_deref(),
            Some("The tenant needs to have Microsoft Entra ID P2")
        );
        let unknown = explain(said(418, "Teapot", "I am a teapot"));
        assert_eq!(unknown.cause().as_deref(), Some("I am a teapot"));
        let own = explain(said(400, "AadPremiumLicenseRequired", "y").why("because"));
        assert_eq!(own.cause().as_deref(), Some("because"));
    }
}
