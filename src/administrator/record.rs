//! What the journal is told about an account, and the errors that name what is left of it.

use super::Terms;
use super::account::{OneAccount, Status};
use super::execute::Executor;
use super::history::{CREATE, role_step};
use super::wanted::{WantedAccount, WantedRole};
use crate::error::{Error, ErrorCode, Result};
use crate::journal::{How, stamp};
use crate::ledger::{DELIVER, Whom};
use crate::sink::Place;

/// The account a step is about, and the work it belongs to.
#[derive(Clone, Copy)]
pub(crate) struct About<'a> {
    pub(crate) operation_id: &'a str,
    pub(crate) upn: &'a str,
    pub(crate) id: Option<&'a str>,
}

impl<'a> About<'a> {
    pub(crate) fn whom(&self) -> Whom<'a> {
        Whom {
            operation_id: self.operation_id,
            id: self.id,
            upn: Some(self.upn),
        }
    }
}

impl Executor<'_> {
    /// All intents of an account before its first byte: what a killed run left open is then all there.
    pub(crate) fn intend_all(
        &mut self,
        about: &About<'_>,
        wanted: &WantedAccount,
        sinks: &[String],
        escrow: Option<String>,
    ) -> Result<()> {
        let roles = wanted
            .roles
            .iter()
            .map(|role| role_step(&role.id, &role.scope));
        let until = self.client.sending_until(self.terms.wait).and_then(stamp);
        let how = How {
            until,
            display_name: Some(wanted.display_name.clone()),
            force_change: Some(wanted.force_change),
            expires: Some(!wanted.never_expires),
            plan: roles
                .chain(escrow.iter().map(|_| DELIVER.to_owned()))
                .collect(),
            escrow,
            ..How::default()
        };
        self.ledger.intend_with(about.whom(), CREATE, sinks, how)?;
        for role in &wanted.roles {
            self.intend(about, &role_step(&role.id, &role.scope), sinks)?;
        }
        Ok(())
    }

    pub(crate) fn intend(&mut self, about: &About<'_>, step: &str, sinks: &[String]) -> Result<()> {
        self.ledger.intend_at(about.whom(), step, sinks)
    }

    pub(crate) fn conclude(
        &mut self,
        about: &About<'_>,
        step: &str,
        outcome: &str,
        error: Option<&Error>,
        sent_before: usize,
    ) -> Result<()> {
        self.ledger.conclude(
            about.whom(),
            step,
            outcome,
            error,
            self.client.request_ids().split_off(sent_before),
        )
    }

    /// Records roles that were not tried.
    pub(crate) fn skip(&mut self, about: &About<'_>, roles: &[WantedRole]) -> Vec<Error> {
        let sent = self.client.request_ids().len();
        roles
            .iter()
            .filter_map(|role| {
                self.conclude(
                    about,
                    &role_step(&role.id, &role.scope),
                    "skipped",
                    None,
                    sent,
                )
                .err()
            })
            .collect()
    }
}

/// Places as the journal keeps them.
pub(crate) fn named(places: &[Place]) -> Vec<String> {
    places.iter().map(ToString::to_string).collect()
}

/// The first problem decides; one beside a finished account makes it partly done.
pub(crate) fn conclude_account(one: &mut OneAccount, problems: Vec<Error>) {
    let Some(error) = problems.into_iter().next() else {
        return;
    };
    let operation_id = one.operation_id.clone().unwrap_or_default();
    one.error = Some(if one.status == Status::Done {
        one.status = Status::Partial;
        let why = format!("{} {}", error.message(), error.cause().unwrap_or_default());
        let code = if error.code() == ErrorCode::SecretNotDelivered {
            error.code()
        } else {
            ErrorCode::PartlyDone
        };
        Error::new(
            code,
            format!(
                "{} exists with its roles, and a later step failed.",
                one.upn
            ),
        )
        .why(why.trim().to_owned())
        .fix(error.remedy().to_owned())
        .service(error.said().clone())
        .operation(operation_id)
    } else {
        error.operation(operation_id)
    });
}

/// How work is gone on with that was cut short or is not clear.
pub(crate) fn way_on(about: &About<'_>, terms: Terms) -> String {
    if terms.resumed {
        format!(
            "Go on with it, which looks before it sends: admin-reset resume {}",
            about.operation_id
        )
    } else {
        "Run the command again, which looks before it sends.".to_owned()
    }
}

/// Something is left that should not be: exit 8, naming it.
pub(crate) fn left_behind(about: &About<'_>, terms: Terms, kept: &str, cause: &Error) -> Error {
    let why = format!("{} {}", cause.message(), cause.cause().unwrap_or_default());
    Error::new(ErrorCode::PartlyDone, kept.to_owned())
        .why(why.trim().to_owned())
        .fix(format!(
            "Its password is kept. {} Or delete the account. First: {}",
            way_on(about, terms),
            cause.remedy()
        ))
        .service(cause.said().clone())
}

/// The account was made and deleted again: the cause keeps its own code, because nothing is left.
pub(crate) fn undone(about: &About<'_>, named: bool, cause: &Error) -> Error {
    // A deleted user holds its name for 30 days (Graph error table: the name may be taken by a soft-deleted user).
    let name = if named {
        " Take another name then: the deleted account may hold this one until it is deleted permanently."
    } else {
        ""
    };
    let why = format!("{} {}", cause.message(), cause.cause().unwrap_or_default());
    Error::new(
        cause.code(),
        format!(
            "{} was not kept: it was created, could not be completed, and was deleted again.",
            about.upn
        ),
    )
    .why(why.trim().to_owned())
    .fix(format!("{}{name}", cause.remedy()))
    .need(cause.needs().to_vec())
    .have(cause.has().to_vec())
    .service(cause.said().clone())
}
