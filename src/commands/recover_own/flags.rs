//! What the flags and the answers mean: the plan, what becomes of the second administrator, destinations, and the errors about them.

use super::progress::Progress;
use super::{Args, Recovery, Then, second};
use crate::consent::{ask, shell_word};
use crate::context::Context;
use crate::error::{Error, ErrorCode, Result};
use crate::sink::{self, Demand, SinkSpec};

pub(super) fn plan(recovery: &Recovery<'_>, earlier: Option<&Progress>) -> Vec<serde_json::Value> {
    let first = &recovery.first.upn;
    let mut steps: Vec<(&str, String)> = Vec::new();
    if !earlier.is_some_and(Progress::has_second) {
        steps.push((
            "createSecond",
            format!(
                "create a second administrator in the initial domain with the role {}",
                second::role_name(recovery.then)
            ),
        ));
        if recovery.args.access_pass_to.is_some() {
            steps.push((
                "issueAccessPass",
                "issue an access pass for its first sign-in, where the tenant allows one"
                    .to_owned(),
            ));
        }
    }
    if !earlier.is_some_and(|work| work.reset) {
        steps.push(("signInAsSecond", "sign in as it".to_owned()));
        steps.push((
            "resetPassword",
            format!("reset the password of {first} from there"),
        ));
    }
    match recovery.then {
        Then::Keep => steps.push((
            "keepSecond",
            "keep the second administrator as a break-glass account".to_owned(),
        )),
        Then::Remove => {
            steps.push((
                "signInAsFirst",
                format!("sign in as {first} with the new password"),
            ));
            steps.push(("removeSecond", "delete the second administrator".to_owned()));
        }
    }
    steps
        .into_iter()
        .map(|(step, text)| serde_json::json!({ "step": step, "description": text }))
        .collect()
}

/// What becomes of the second administrator is never left open.
pub(super) async fn decide_then(
    args: &Args,
    context: &Context,
    earlier: Option<&Progress>,
) -> Result<Then> {
    if let Some(then) = earlier.map(|work| work.then) {
        return match args.then {
            Some(other) if other != then => Err(Error::new(
                ErrorCode::Usage,
                "The unfinished operation was begun with the other value of --then.",
            )
            .fix("Leave --then out, and decide about the second administrator afterwards.")),
            _ => Ok(then),
        };
    }
    if let Some(then) = args.then {
        return Ok(then);
    }
    if args.consent.dry_run || !context.console.can_ask() {
        return Err(Error::new(
            ErrorCode::Usage,
            "What becomes of the second administrator was not said.",
        )
        .fix("Add --then keep (as a break-glass account) or --then remove."));
    }
    let answer = ask(
        &context.console,
        "Keep the second administrator afterwards as a break-glass account? [y/N]".to_owned(),
    )
    .await?;
    Ok(match answer.to_ascii_lowercase().as_str() {
        "y" | "yes" => Then::Keep,
        _ => Then::Remove,
    })
}

pub(super) fn sinks(
    given: &[String],
    flag: &str,
    args: &Args,
    context: &Context,
) -> Result<Vec<SinkSpec>> {
    let wanted = Demand {
        what: "new password",
        flag,
        or_else: "",
        may_be_none: args.consent.dry_run,
    };
    sink::given(given, wanted, &context.console)
}

pub(super) fn no_consent(earlier: Option<&Progress>) -> Error {
    let name = earlier.map_or("YOUR-USER-NAME", |work| work.first_upn.as_str());
    Error::new(
        ErrorCode::ConsentNeeded,
        "A change needs consent, and there is no terminal to ask on.",
    )
    .why("A second administrator would be made, and your own password reset; --yes alone is not enough.")
    .fix(format!(
        "Look at the plan with --dry-run, then add --confirm {}.",
        shell_word(name)
    ))
}

/// Something is left that a further run has to bring to its end.
pub(super) fn unfinished(error: Error, recovery: &Recovery<'_>) -> Error {
    let code = match error.code() {
        ErrorCode::OutcomeUnknown | ErrorCode::SecretNotDelivered => error.code(),
        _ => ErrorCode::PartlyDone,
    };
    let why = format!("{} {}", error.message(), error.cause().unwrap_or_default());
    let second = recovery
        .report
        .second
        .as_ref()
        .map_or("The second administrator", |second| second.upn.as_str());
    Error::new(
        code,
        format!(
            "{} is not recovered yet; {second} exists.",
            recovery.first.upn
        ),
    )
    .why(why.trim().to_owned())
    .fix(format!(
        "{} Then: admin-reset recover-own --resume {}",
        error.remedy(),
        recovery.operation_id
    ))
    .service(error.said().clone())
    .operation(recovery.operation_id.clone())
}
