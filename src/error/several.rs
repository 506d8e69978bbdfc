//! The error beside a report about several users.

use super::{Error, ErrorCode, Exit};

/// The error of a run about `total` users whose merged exit is `exit`; `errors` are those of the users that failed, in their order.
///
/// Nothing when all is done; the only user's own error when there is one; else `what` says how many of how many failed, and the first
/// one's words say why.
pub fn of_several(
    exit: Exit,
    errors: &[&Error],
    total: usize,
    what: impl FnOnce(usize, usize) -> String,
    fix: &str,
) -> Option<Error> {
    if exit == Exit::Done {
        return None;
    }
    if let ([only], 1) = (errors, total) {
        return Some(only.copied());
    }
    let code = match exit {
        Exit::Partial => ErrorCode::PartlyDone,
        _ => errors
            .iter()
            .find(|error| error.exit() == exit)
            .map_or(ErrorCode::PartlyDone, |error| error.code()),
    };
    let first = errors.first().map_or("", |error| error.message());
    Some(
        Error::new(code, what(errors.len(), total))
            .why(format!("The first: {first}"))
            .fix(fix),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_error_for_all() {
        let missing = Error::new(ErrorCode::NotFound, "There is no ada.");
        let refused = Error::new(ErrorCode::NotPermitted, "You may not reset bo.");
        let of = |exit, errors: &[&Error], total| {
            of_several(
                exit,
                errors,
                total,
                |failed, all| format!("{failed} of {all}"),
                "Look.",
            )
        };
        assert!(of(Exit::Done, &[], 2).is_none());
        let only = of(Exit::NotFound, &[&missing], 1).unwrap();
        assert_eq!(only.message(), "There is no ada.");
        let both = of(Exit::NotPermitted, &[&missing, &refused], 2).unwrap();
        assert_eq!(
            (both.message(), both.code()),
            ("2 of 2", ErrorCode::NotPermitted)
        );
        assert_eq!(both.cause().as_deref(), Some("The first: There is no ada."));
        let some = of(Exit::Partial, &[&missing], 2).unwrap();
        assert_eq!(some.code(), ErrorCode::PartlyDone);
    }
}
