//! One user: a single batch with everything, tenant included.

use super::ask::{self, Questions, Whom};
use super::gather::{Closing, Gather, Of};
use super::judge::{Judge, Judged};
use super::report::{Bar, CheckReport, Moment};
use super::{Args, tenant};
use crate::context::Context;
use crate::error::{Error, ErrorCode, Result};
use crate::facts;
use crate::graph::Client;
use crate::graph::batch::{Batch, Patience};
use crate::ids::UserId;
use crate::policy::clouds::{Cloud, Feature};
use crate::policy::sspr::phone_retirement;
use std::time::SystemTime;

/// Checks one user; nobody named is the signed-in person.
pub(super) async fn run(
    args: &Args,
    context: &Context,
    client: &Client,
    name: Option<UserId>,
    now: SystemTime,
) -> Result<CheckReport> {
    let claims = client.token().await?.claims;
    let whom = match &name {
        Some(name) => Whom::Named(name.as_str().to_owned()),
        None if claims.app_only == Some(true) => {
            return Err(Error::new(
                ErrorCode::BadInput,
                "An app has no security info of its own.",
            )
            .why("Nobody was named, and the token is an app's.")
            .fix("Name one or more users, or add --admins, --all or --group ID."));
        }
        None => Whom::Me(claims.oid),
    };
    // Roles beyond the tenant-wide active ones are asked for where that is not known to be refused.
    let closely = claims
        .permissions
        .is_none_or(|held| held.iter().any(|name| name.starts_with("RoleManagement.")));
    let cloud = client.endpoints().cloud;
    let questions = Questions {
        select: args.select(),
        cloud,
        roles: true,
    };
    let mut batch = Batch::new();
    let asked = questions.ask(&mut batch, whom, closely);
    let asked_tenant = tenant::ask(&mut batch);
    let mut replies = client.batch(batch, Patience::Single).await?;
    let now = replies.date.unwrap_or(now);
    let moment = Moment::of(now);
    let tenant = tenant::read(&mut replies, asked_tenant, now)?;
    let mut evidence = ask::read(client, &mut replies, asked, questions).await?;
    if let Some(error) = evidence.fault.take() {
        evidence.fault = Some(survivable(error, name.as_ref(), evidence.user.is_some())?);
    }
    let judge = Judge::new(
        args.require(),
        args.show_values,
        args.include_profile,
        cloud,
    );
    let judged = judge.judge(evidence, &tenant);
    let notes = notes(&judged, &moment, cloud);
    let mut gather = Gather::new(context, moment)?;
    gather.add(0, judged.row)?;
    gather.finish(Closing {
        require: judge.require,
        bar: Bar {
            always_zero: args.exit_zero,
            percent: args.fail_under,
            ..Bar::default()
        },
        of: Of::One,
        notes,
    })
}

/// A refusal leaves the check undecided; a user that is not there, or a service that fails, ends it.
fn survivable(error: Error, name: Option<&UserId>, user_read: bool) -> Result<Error> {
    match (error.code(), name) {
        (ErrorCode::NotFound, Some(name)) if !user_read => {
            Err(facts::not_found(name.as_str(), error))
        }
        (
            ErrorCode::Throttled
            | ErrorCode::ServiceFailed
            | ErrorCode::Network
            | ErrorCode::UnexpectedReply,
            _,
        ) => Err(error),
        _ => Ok(error),
    }
}

fn notes(judged: &Judged, moment: &Moment, cloud: Cloud) -> Vec<String> {
    let row = &judged.row;
    let mut notes = Vec::new();
    if let Some(problem) = &row.error {
        notes.push(problem.message.clone());
        notes.extend(problem.cause.clone());
        notes.push(problem.fix.clone());
    }
    if !cloud.offers(Feature::EmailMethods) {
        notes.push(format!(
            "Registered e-mail cannot be read in {}. {}",
            cloud.title(),
            Feature::EmailMethods.instead().unwrap_or_default()
        ));
    }
    let verdict = match judged.row.self_service_reset.verdict {
        "yes" => "Self-service password reset would work now.",
        "no" => "Self-service password reset would not work now.",
        _ => "Whether self-service password reset would work is not known.",
    };
    let reasons: Vec<&str> = row
        .self_service_reset
        .reasons
        .iter()
        .map(String::as_str)
        .collect();
    notes.push([&[verdict][..], &reasons[..]].concat().join(" "));
    // The gates of ordinary users are the tenant's own choice, so only administrators can be told what will be missing.
    let day = moment
        .day()
        .filter(|_| row.self_service_reset.gate.is_some());
    if let Some((_, sentence)) =
        day.and_then(|day| phone_retirement(&judged.account, &judged.verdict, day))
    {
        notes.push(sentence);
    }
    if row.ready == Some(false) && !judged.account.guest {
        notes.push(format!(
            "The user registers security info at {}.",
            cloud.portals().security_info
        ));
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_refusals_leave_a_check_undecided() {
        let name = UserId::parse("ada@contoso.com").unwrap();
        let error = |code| Error::new(code, "x");
        assert_eq!(
            survivable(error(ErrorCode::NotFound), Some(&name), false)
                .unwrap_err()
                .exit()
                .code(),
            3
        );
        assert_eq!(
            survivable(error(ErrorCode::NotFound), Some(&name), true)
                .unwrap()
                .code(),
            ErrorCode::NotFound
        );
        assert_eq!(
            survivable(error(ErrorCode::NotPermitted), Some(&name), false)
                .unwrap()
                .code(),
            ErrorCode::NotPermitted
        );
        assert_eq!(
            survivable(error(ErrorCode::ServiceFailed), None, true)
                .unwrap_err()
                .exit()
                .code(),
            7
        );
    }
}
