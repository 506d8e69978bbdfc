//! A refusal that came all the same, explained with the facts of the preflight; where none were read, one batch reads them now.

use super::judge::way_through;
use super::prepare::Prepared;
use super::report::{OneReset, Status};
use crate::error::{Error, ErrorCode};
use crate::facts;
use crate::graph::Client;
use crate::plan::{Outcome, Via};
use crate::policy::reset::{Action, Caller, Target, Verdict, Via as PolicyVia};
use crate::preflight::{self, Refused};

/// Explains the refusal of a reset in its error. Reads at most one batch, and only when nothing was read before.
pub(super) async fn explain(one: &mut OneReset, prepared: &Prepared, client: &Client) {
    if one.status != Status::Failed {
        return;
    }
    let Some(error) = one.error.take() else {
        return;
    };
    let action = Action::ResetPassword {
        via: match prepared.via {
            Via::Method => PolicyVia::Method,
            Via::Direct => PolicyVia::Direct,
        },
    };
    if prepared.target.is_some() || !preflight::is_open(&error) {
        one.error = Some(explained(error, prepared, action, true));
        return;
    }
    one.error = Some(
        match facts::first_look(client, prepared.name.as_str()).await {
            Ok((surroundings, Ok(subject))) => told(
                error,
                prepared,
                action,
                &surroundings.caller,
                &subject.target,
                true,
            ),
            // The refusal itself is what matters; that nothing more could be read does not.
            Ok((_, Err(_))) | Err(_) => error,
        },
    );
}

/// The same for any action on the account, from the facts of the preflight. `first`: nothing else was changed.
pub(super) fn explained(error: Error, prepared: &Prepared, action: Action, first: bool) -> Error {
    let (Some(caller), Some(target)) = (&prepared.caller, &prepared.target) else {
        return error;
    };
    if prepared.units.is_empty() {
        told(error, prepared, action, caller, target, first)
    } else {
        let outside = target.outside_restricted_units();
        told(error, prepared, action, caller, &outside, first)
    }
}

/// What a later step failed of, explained.
pub(super) fn of_step<T>(
    outcome: Outcome<T>,
    prepared: &Prepared,
    action: Action,
) -> Option<Error> {
    match outcome {
        Outcome::Done(_) => None,
        Outcome::Failed(error) => Some(explained(error, prepared, action, false)),
        Outcome::Unknown(error) => Some(error),
    }
}

fn told(
    error: Error,
    prepared: &Prepared,
    action: Action,
    caller: &Caller,
    target: &Target,
    first: bool,
) -> Error {
    let administrator = target.role_assignable_group.seen() == Some(&true)
        || !target.roles.items().iter().all(|role| role.is_implicit());
    let told = preflight::explained(
        error,
        &Refused {
            action,
            whom: prepared.upn(),
            caller,
            target,
            cloud: prepared.cloud,
            was_allowed: prepared
                .judged
                .first()
                .is_some_and(|(_, answer)| Verdict::is_allowed(answer)),
            first,
        },
    );
    if told.code() == ErrorCode::RestrictedUnit {
        told.fix(way_through(administrator))
    } else {
        told
    }
}
