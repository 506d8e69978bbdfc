//! `issue-access-pass`: a Temporary Access Pass for one user, within the limits of the service and the tenant's policy.
//!
//! Graph makes the code, so it is handed over after the reply; if it gets lost, issuing again replaces it.

mod report;

use crate::access_pass::{self, Found};
use crate::consent::{ConsentArgs, shell_word};
use crate::context::Context;
use crate::duration::parse_duration;
use crate::error::{Error, ErrorCode, Exit, Result};
use crate::graph::methods::PassTerms;
use crate::ids::UserId;
use crate::ledger::{Ledger, Whom};
use crate::plan::{Run, Step};
use crate::policy::reset::Action;
use crate::preflight::{self, Judged, Question};
use crate::random;
use crate::render::Report;
use crate::sink::{self, Demand, Place};
use crate::views::{CallerView, JournalView};
use report::PassReport;
use std::time::Duration;

const COMMAND: &str = "issue-access-pass";
const SCHEMA: &str = "admin-reset/issue-access-pass/1";

/// Issue a Temporary Access Pass: a code to sign in with once and register a passkey or phone
///
/// The tenant's policy is read first, so that a pass it does not allow is refused before anything is sent. A pass the user has
/// already is replaced. Graph makes the code and shows it once; it goes to --secret-to as soon as it is there.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:
  admin-reset issue-access-pass bo.lindqvist@contoso.com --minutes 60
  admin-reset issue-access-pass bo.lindqvist@contoso.com --start 2026-12-01T08:00Z --secret-to file:pass.txt --confirm bo.lindqvist@contoso.com
  admin-reset issue-access-pass --sandbox bo.lindqvist@contoso.com --dry-run")]
pub struct Args {
    /// User principal name or object id
    #[arg(value_name = "USER")]
    user: String,
    /// Minutes the pass lives, 10 to 43200 [default: the tenant's]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(10..=43200))]
    minutes: Option<u32>,
    /// When it begins, for example 2026-12-01T08:00+01:00, or after a time such as 2h [default: at once]
    #[arg(long, value_name = "TIME|DURATION")]
    start: Option<String>,
    /// Let it work as often as needed while it lives, instead of once
    #[arg(long)]
    reusable: bool,
    /// Where the code goes: tty, stdout, file:PATH, age:RECIPIENT[,RECIPIENT...]:PATH, keyring:NAME, keyvault:VAULT/NAME, cmd:PROGRAM or shares:K/N:DIR (can be repeated) [default: tty]
    #[arg(long, value_name = "SINK")]
    secret_to: Vec<String>,
    /// Time for the write and its waits [default: 90s]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    wait: Option<Duration>,
    #[command(flatten)]
    consent: ConsentArgs,
}

/// Runs the command.
pub async fn run(args: Args, context: &Context) -> Result<Box<dyn Report>> {
    let name = UserId::parse(&args.user)?;
    let terms = PassTerms {
        minutes: args.minutes,
        start: args.start.as_deref().map(start).transpose()?,
        once: Some(!args.reusable),
    };
    let wanted = Demand {
        what: "access pass",
        flag: "--secret-to",
        or_else: "",
        may_be_none: args.consent.dry_run,
    };
    let specs = sink::given(&args.secret_to, wanted, &context.console)?;
    let hopeless = !context.console.can_ask() && !args.consent.dry_run;
    if hopeless && !args.consent.yes && args.consent.confirm.is_empty() {
        return Err(no_consent(&name));
    }
    preflight::offered(context, [Action::IssueAccessPass])?;
    let mut custody = context.custody(&specs, false)?;
    if custody.uses_stdout() && !args.consent.dry_run {
        context.console.give_stdout_to_secret();
    }
    let client = context.client_for(COMMAND, &[])?;
    let question = Question {
        actions: vec![Action::IssueAccessPass],
        phrase: "issue an access pass for",
        takes_away: false,
        confirmed: &args.consent.confirm,
    };
    let (surroundings, judged) = preflight::look(context, &client, &name, &question).await?;
    judged.refusal()?;
    let found = access_pass::find(&client, judged.id()).await?;
    if let Some(policy) = &found.policy {
        access_pass::check(&client, policy, judged.id(), judged.upn(), &terms).await?;
    }
    let claims = client.token().await?.claims;
    let caller = CallerView::of(Some(&surroundings), &claims);
    let step = Step::IssueAccessPass(terms.clone());
    let mut report = PassReport {
        status: "failed",
        user: judged.view(),
        pass: None,
        replaced: found.existing.is_some(),
        caller,
        journal: JournalView {
            ticket: args.consent.ticket.clone(),
            ..JournalView::default()
        },
        request_ids: Vec::new(),
        warnings: warnings(&judged, &found),
        plan: Vec::new(),
        may: Default::default(),
        error: None,
    };
    for warning in &report.warnings {
        context.console.warn(warning);
    }
    if args.consent.dry_run {
        custody.check().await?;
        report.status = "planned";
        report.plan = vec![step.to_json(judged.upn())];
        report.may = (judged.verdicts_json(), judged.in_words());
        return Ok(Box::new(report));
    }
    if context.console.can_ask() {
        context.console.note(&judged.line());
        context
            .console
            .note(&format!("- {}", step.sentence(judged.upn())));
    }
    let what = format!(
        "Issue an access pass for {}{}",
        judged.upn(),
        preflight::place(context, &surroundings)
    );
    args.consent
        .obtain(&judged.subject(), &what, &context.console)
        .await?;
    custody
        .prove_to_change(claims.app_only == Some(false))
        .await?;
    let operation_id = random::uuid()?;
    let ledger = Ledger::open(context, COMMAND, report.caller.name(), &args.consent)?;
    context.go_on()?;
    context.begin_change(&operation_id);
    let whom = Whom {
        operation_id: &operation_id,
        id: Some(judged.id()),
        upn: Some(judged.upn()),
    };
    let run = Run {
        client: &client,
        wait: args.wait.unwrap_or(Duration::from_secs(90)),
        stop: &context.stop,
    };
    let issued = access_pass::issue(&run, &ledger, whom, &terms, &mut custody).await;
    report.pass = issued.view;
    if report.pass.is_some() {
        let places = custody.places();
        report
            .warnings
            .extend(places.iter().filter_map(Place::caution));
    }
    report.status = match (&report.pass, &issued.error) {
        (Some(_), None) => "done",
        (Some(_), Some(_)) => "partial",
        (None, Some(error)) if error.exit() == Exit::Partial => "unknown",
        (None, _) => "failed",
    };
    // Nothing left this machine or the service said no: the error alone tells it all.
    if report.status == "failed"
        && let Some(error) = issued.error
    {
        return Err(judged.explained(error, Action::IssueAccessPass, true));
    }
    report.error = issued.error;
    report.request_ids = client.request_ids();
    report.journal.operation_id = Some(operation_id);
    report.journal.head = Some(ledger.head());
    Ok(Box::new(report))
}

/// A point in time, or a time from now.
fn start(text: &str) -> Result<String> {
    let refuse = |why: &str| {
        Error::new(
            ErrorCode::BadInput,
            format!("'{}' cannot be the start of an access pass.", crate::render::text::cell(text)),
        )
        .why(format!("Rule: {why}."))
        .fix("Write it like 2026-12-01T08:00Z, with the offset from UTC, or as a time from now such as 2h.")
    };
    let now = jiff::Timestamp::now();
    let at = if let Ok(after) = parse_duration(text) {
        jiff::SignedDuration::try_from(after)
            .ok()
            .and_then(|after| now.checked_add(after).ok())
            .ok_or_else(|| refuse("it is too far away"))?
    } else {
        let at: jiff::Timestamp = text
            .parse()
            .map_err(|_| refuse("a time has a date, hours, minutes and an offset from UTC"))?;
        if at < now {
            return Err(refuse("it is not in the past"));
        }
        at
    };
    jiff::Timestamp::from_second(at.as_second())
        .map(|at| at.to_string())
        .map_err(|_| refuse("it is too far away"))
}

fn no_consent(name: &UserId) -> Error {
    Error::new(
        ErrorCode::ConsentNeeded,
        "A change needs consent, and there is no terminal to ask on.",
    )
    .why("Neither --yes nor --confirm was given.")
    .fix(format!(
        "Look at the plan with --dry-run, then add --confirm {}.",
        shell_word(name.as_str())
    ))
}

fn warnings(judged: &Judged, found: &Found) -> Vec<String> {
    let mut warnings = judged.warnings.clone();
    if judged.target.enabled == Some(false) {
        warnings.push(format!(
            "{} is disabled: a pass will not let anybody sign in.",
            judged.upn()
        ));
    }
    if let Some(last) = judged.last_administrator() {
        warnings.push(format!(
            "{last}: keep the pass safe, whoever has it is that administrator."
        ));
    }
    if let Some(pass) = &found.existing {
        let until =
            access_pass::ends(pass).map_or_else(String::new, |end| format!(" (it ends {end})"));
        warnings.push(format!(
            "{} has an access pass already{until}: the new one replaces it.",
            judged.upn()
        ));
    }
    warnings.extend(found.unread.iter().cloned());
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_is_a_time_with_an_offset_or_a_time_from_now() {
        assert_eq!(
            start("2126-12-01T08:00:00.75+01:00").unwrap(),
            "2126-12-01T07:00:00Z"
        );
        assert_eq!(start("2126-12-01T08:00Z").unwrap(), "2126-12-01T08:00:00Z");
        let soon: jiff::Timestamp = start("2h").unwrap().parse().unwrap();
        let away = soon.as_second() - jiff::Timestamp::now().as_second();
        assert!((7190..=7200).contains(&away), "{away}");
        for wrong in [
            "",
            "tomorrow",
            "2126-12-01T08:00",
            "2020-01-01T00:00Z",
            "8:00",
        ] {
            assert!(start(wrong).is_err(), "{wrong}");
        }
    }
}
