//! What is wanted for each user, from the flags or a CSV: checked and normalised before anything is asked of Graph.

use super::{Args, Remove};
use crate::console::Console;
use crate::error::{Error, ErrorCode, Result};
use crate::ids::UserId;
use crate::policy::contact::{self, PhoneKind, Problem};
use crate::policy::reset::{Action, Method};
use crate::render::text::cell;
use crate::targets::{self, Row};

/// What one user is to have.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub(super) user: UserId,
    pub(super) email: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) kind: PhoneKind,
    pub(super) remove_email: bool,
    pub(super) remove_phone: bool,
}

impl Wanted {
    /// What the caller has to be allowed.
    pub(super) fn actions(&self) -> Vec<Action> {
        let mut actions = Vec::new();
        if self.email.is_some() || self.remove_email {
            actions.push(Action::WriteMethods(Method::Email));
        }
        if self.phone.is_some() || self.remove_phone {
            actions.push(Action::WriteMethods(Method::Phone));
        }
        actions
    }
}

/// Reads what is wanted.
pub(super) fn gather(args: &Args, console: &Console) -> Result<Vec<Wanted>> {
    if let Some(path) = &args.from_csv {
        let columns = ["email", "phone", "phoneType"];
        let (rows, name) = targets::read_rows(path, &args.map, &columns, console)?;
        if rows.is_empty() {
            return Err(Error::new(ErrorCode::BadInput, "No user was named.")
                .why("The list is empty.")
                .fix("Give lines with userPrincipalName or id, and email or phone."));
        }
        let mut wanted: Vec<Wanted> = Vec::new();
        for row in rows {
            let one =
                of_row(args, &row).map_err(|error| targets::in_row(error, &name, row.line))?;
            if wanted.iter().any(|other| other.user == one.user) {
                return Err(targets::in_row(
                    Error::new(ErrorCode::BadInput, "The user is named twice.")
                        .why("Which of the two lines is meant cannot be told.")
                        .fix("Leave one of them out."),
                    &name,
                    row.line,
                ));
            }
            wanted.push(one);
        }
        return Ok(wanted);
    }
    let user = UserId::parse(args.user.as_deref().unwrap_or_default())?;
    let kind = args.phone_type.unwrap_or(PhoneKind::Mobile);
    let wanted = Wanted {
        user,
        email: args.email.as_deref().map(email).transpose()?,
        phone: args
            .phone
            .as_deref()
            .map(|text| phone(text, kind))
            .transpose()?,
        kind,
        remove_email: args.remove.contains(&Remove::Email),
        remove_phone: args.remove.contains(&Remove::Phone),
    };
    let usage = |message: &str, fix: &str| Err(Error::new(ErrorCode::Usage, message).fix(fix));
    if wanted.actions().is_empty() {
        return usage(
            "Nothing to set or remove was given.",
            "Add --email, --phone or --remove.",
        );
    }
    if (wanted.email.is_some() && wanted.remove_email)
        || (wanted.phone.is_some() && wanted.remove_phone)
    {
        return usage(
            "The same thing cannot be set and removed at once.",
            "A new value takes the place of the old one: leave --remove out.",
        );
    }
    if args.phone_type.is_some() && wanted.phone.is_none() && !wanted.remove_phone {
        return usage(
            "--phone-type says which phone, and no phone was given.",
            "Add --phone NUMBER or --remove phone.",
        );
    }
    Ok(vec![wanted])
}

fn of_row(args: &Args, row: &Row) -> Result<Wanted> {
    let value = |at: usize| row.values.get(at).cloned().flatten();
    let kind = match value(2) {
        Some(word) => PhoneKind::parse(&word).ok_or_else(|| {
            Error::new(
                ErrorCode::BadInput,
                format!("'{}' is no type of phone.", cell(&word)),
            )
            .why("Rule: a phone is mobile, alternateMobile or office.")
            .fix("Correct the column phoneType, or leave it empty for mobile.")
        })?,
        None => args.phone_type.unwrap_or(PhoneKind::Mobile),
    };
    let wanted = Wanted {
        user: row.user.clone(),
        email: value(0).as_deref().map(email).transpose()?,
        phone: value(1).map(|text| phone(&text, kind)).transpose()?,
        kind,
        remove_email: false,
        remove_phone: false,
    };
    if wanted.actions().is_empty() {
        return Err(Error::new(
            ErrorCode::BadInput,
            "There is neither an address nor a number.",
        )
        .fix("Fill in email or phone, or remove the line."));
    }
    Ok(wanted)
}

fn email(text: &str) -> Result<String> {
    contact::email(text).map_err(|problem| refused(text, "an e-mail address", problem))
}

fn phone(text: &str, kind: PhoneKind) -> Result<String> {
    contact::phone(text, kind).map_err(|problem| refused(text, "a phone number", problem))
}

fn refused(text: &str, what: &str, problem: Problem) -> Error {
    let shown: String = text.chars().take(80).collect();
    Error::new(
        ErrorCode::BadInput,
        format!("'{}' cannot be {what}.", cell(&shown)),
    )
    .why(format!("Rule: {}.", problem.rule))
    .fix(problem.fix)
}
