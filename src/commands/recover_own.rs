//! `recover-own`: with a session that still lives, and a password that is lost: a second administrator is made, signs in, and resets
//! the first one's password.
//!
//! Each step is shown and journalled; a run that ended in between is gone on with by running the command again.

mod first;
mod flags;
mod ground;
mod progress;
mod report;
mod second;

use crate::administrator::history::Work;
use crate::consent::{ConsentArgs, Subject};
use crate::context::Context;
use crate::duration::parse_duration;
use crate::error::Result;
use crate::ledger::{Ledger, Whom};
use crate::policy::permissions;
use crate::policy::reset::Action;
use crate::preflight;
use crate::random;
use crate::render::Report;
use crate::sink::{self, Custody, Place, SinkSpec, escrow};
use flags::{decide_then, no_consent, plan, sinks, unfinished};
use ground::First;
use progress::Progress;
use report::{RecoverReport, StepView};
use std::time::Duration;

const COMMAND: &str = "recover-own";
const SCHEMA: &str = "admin-reset/recover-own/1";
/// Why there is no shorter way.
const WHY: &str = "Graph lets nobody reset the own password, only another administrator. Who still knows the old password changes it in the browser instead; this is for one that is lost.";

/// What becomes of the second administrator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Then {
    /// It stays, as a break-glass Global Administrator
    Keep,
    /// It is deleted once the first password works
    Remove,
}

/// How the new accounts sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum SignInBy {
    /// In the browser of this machine
    Browser,
    /// With a code, on any device
    DeviceCode,
}

/// Reset your own lost password while a session of yours still lives
///
/// Graph lets nobody reset the own password. So a second administrator is made with the session that lives, you sign in as it, and
/// from there the first password is reset. Afterwards the second one stays as a break-glass account (--then keep) or is deleted by
/// signing in with the new password (--then remove). If you know the old password, change it in the browser instead.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:
  admin-reset recover-own --sandbox --then keep --dry-run
  admin-reset recover-own --then keep --secret-to file:mine.txt --second-to file:second.txt
  admin-reset recover-own --then remove --sign-in device-code --secret-to file:mine.txt --second-to file:second.txt --confirm ada.okafor@contoso.com
  admin-reset recover-own --resume 7d4c1e52-0f3a-4b6e-9c51-2f8f6c1f7a10 --secret-to file:mine.txt")]
pub struct Args {
    /// What becomes of the second administrator: keep or remove [default: ask]
    #[arg(
        long,
        value_enum,
        hide_possible_values = true,
        value_name = "keep|remove"
    )]
    then: Option<Then>,
    /// How to sign in as the second administrator [default: browser on a terminal, else device-code]
    #[arg(
        long,
        value_enum,
        hide_possible_values = true,
        value_name = "browser|device-code"
    )]
    sign_in: Option<SignInBy>,
    /// Where your new password goes: tty, stdout, file:PATH or keyring:NAME (can be repeated) [default: tty]
    #[arg(long, value_name = "SINK", help_heading = "Secrets")]
    secret_to: Vec<String>,
    /// Where the second administrator's password goes (can be repeated) [default: tty]
    #[arg(long, value_name = "SINK", help_heading = "Secrets")]
    second_to: Vec<String>,
    /// Issue an access pass for the first sign-in of the second administrator, and put it there
    #[arg(long, value_name = "SINK", help_heading = "Secrets")]
    access_pass_to: Option<String>,
    /// Go on with this operation; without it an unfinished one is found in the journal
    #[arg(long, value_name = "ID")]
    resume: Option<String>,
    /// Time each step may take [default: 3m]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    wait: Option<Duration>,
    #[command(flatten)]
    consent: ConsentArgs,
}

impl Args {
    fn wait(&self) -> Duration {
        self.wait.unwrap_or(Duration::from_secs(180))
    }

    /// The permissions of both administrators, as Microsoft's own client is asked for them.
    fn scopes(&self, context: &Context) -> Vec<&'static str> {
        let with: &[&str] = match self.access_pass_to {
            Some(_) => &["--access-pass-to"],
            None => &[],
        };
        permissions::scopes(&[COMMAND], with, context.settings.endpoints.cloud)
    }

    fn in_browser(&self, context: &Context) -> bool {
        match self.sign_in {
            Some(way) => way == SignInBy::Browser,
            None => context.console.can_ask(),
        }
    }
}

/// What the steps of a run share.
struct Recovery<'a> {
    args: &'a Args,
    context: &'a Context,
    operation_id: String,
    then: Then,
    first: First,
    report: RecoverReport,
}

/// Runs the command.
pub async fn run(args: Args, context: &Context) -> Result<Box<dyn Report>> {
    let dry = args.consent.dry_run;
    let earlier = progress::find(context, args.resume.as_deref())?;
    if let Some(second) = earlier.as_ref().and_then(|work| work.second.as_ref()) {
        tell_copy(second, context);
    }
    let secret_specs = sinks(&args.secret_to, "--secret-to", &args, context)?;
    let makes_second = earlier.as_ref().is_none_or(|work| !work.has_second());
    let second_specs = if makes_second {
        sinks(&args.second_to, "--second-to", &args, context)?
    } else {
        Vec::new()
    };
    let pass_specs: Vec<SinkSpec> = args
        .access_pass_to
        .iter()
        .map(|text| sink::parse(text))
        .collect::<Result<_>>()?;
    if args.access_pass_to.is_some() {
        preflight::offered(context, [Action::IssueAccessPass])?;
    }
    let open = |specs: &[SinkSpec]| {
        let custody = context.custody(specs, false);
        custody.map(Custody::of_work_that_is_repeated)
    };
    let mut custody = open(&secret_specs)?;
    let mut second_custody = open(&second_specs)?;
    let mut pass_custody = open(&pass_specs)?;
    // Whether anybody can sign in at all is found out before an account is made.
    context.client_anew(&args.scopes(context), args.in_browser(context), "second")?;
    let then = decide_then(&args, context, earlier.as_ref()).await?;
    if !context.console.can_ask() && !dry && args.consent.confirm.is_empty() {
        return Err(no_consent(earlier.as_ref()));
    }
    let first = match &earlier {
        Some(work) if work.has_second() => First::of(work),
        _ => ground::read(&args, context, then).await?,
    };
    let operation_id = match &earlier {
        Some(work) => work.operation_id.clone(),
        None => random::uuid()?,
    };
    let mut recovery = Recovery {
        report: RecoverReport::begun(&first, then, &operation_id),
        args: &args,
        context,
        operation_id,
        then,
        first,
    };
    recovery.report.plan = plan(&recovery, earlier.as_ref());
    recovery.report.ticket.clone_from(&args.consent.ticket);
    if dry {
        custody.check().await?;
        second_custody.check().await?;
        recovery.report.status = "planned";
        return Ok(Box::new(recovery.report));
    }
    recovery.consent(earlier.as_ref()).await?;
    if custody.uses_stdout() || second_custody.uses_stdout() || pass_custody.uses_stdout() {
        context.console.give_stdout_to_secret();
    }
    // A living session is that of a person.
    custody.prove_to_change(true).await?;
    second_custody.prove_to_change(true).await?;
    pass_custody.prove_to_change(true).await?;
    let ledger = Ledger::open(context, COMMAND, Some(&recovery.first.upn), &args.consent)?;
    let sequence = recovery
        .go(
            &ledger,
            earlier,
            &mut custody,
            &mut second_custody,
            &mut pass_custody,
        )
        .await;
    recovery.report.head = Some(ledger.head());
    if recovery.report.second.is_some() {
        let places = [&custody, &second_custody, &pass_custody].map(Custody::places);
        let cautions = places.iter().flatten().filter_map(Place::caution);
        recovery.report.warnings.extend(cautions);
    }
    match sequence {
        Ok(()) => recovery.report.status = "done",
        // Nothing of ours is there: the error alone tells it all.
        Err(error) if recovery.report.second.is_none() => return Err(error),
        Err(error) => {
            recovery.report.status = "partial";
            recovery.report.error = Some(unfinished(error, &recovery));
        }
    }
    Ok(Box::new(recovery.report))
}

/// Says where the second administrator's password is, when a run ended before it was handed over.
fn tell_copy(second: &Work, context: &Context) {
    let state_dir = context.settings.state_dir.as_deref();
    let copy = state_dir
        .zip(second.escrow.as_deref())
        .and_then(|(folder, name)| escrow::path_of(folder, name))
        .filter(|path| path.is_file());
    if let Some(copy) = copy {
        context.console.must_say(&format!(
            "The password of {} was not handed over. {}",
            second.upn,
            escrow::way_in(&copy, None)
        ));
    }
}

impl Recovery<'_> {
    /// The steps in their order. An error leaves the work open in the journal, and the report says how far it came.
    async fn go(
        &mut self,
        ledger: &Ledger,
        earlier: Option<Progress>,
        custody: &mut Custody,
        second_custody: &mut Custody,
        pass_custody: &mut Custody,
    ) -> Result<()> {
        let first = self.first.clone();
        let operation_id = self.operation_id.clone();
        let whole = Whom {
            operation_id: &operation_id,
            id: Some(&first.id),
            upn: Some(&first.upn),
        };
        self.context.go_on()?;
        if earlier.is_none() {
            ledger.intend(whole, progress::step_of(self.then), &[])?;
        }
        let made = match earlier.as_ref().filter(|work| work.has_second()) {
            Some(work) => second::Second::of(work),
            None => {
                let made = self.make_second(earlier.as_ref(), second_custody).await;
                if made.is_err() && self.report.second.is_none() && earlier.is_none() {
                    // Nothing came into being, so there is nothing to go on with.
                    let _ = ledger.conclude(
                        whole,
                        progress::step_of(self.then),
                        "failed",
                        made.as_ref().err(),
                        Vec::new(),
                    );
                }
                let made = made?;
                self.pass_for(ledger, &made, pass_custody).await;
                made
            }
        };
        self.report.note_second(&made);
        if !earlier.as_ref().is_some_and(|work| work.reset) {
            let second = self.sign_in_as(&made.id, &made.upn, "second").await?;
            self.tick("signInAsSecond", format!("signed in as {}", made.upn));
            self.reset_first(ledger, &second, custody).await?;
        }
        if self.then == Then::Remove {
            self.context.console.note(&format!(
                "Now sign in as {} with the new password: it removes {}.",
                first.upn, made.upn
            ));
            let own = self.sign_in_as(&first.id, &first.upn, "first").await?;
            self.tick("signInAsFirst", format!("signed in as {}", first.upn));
            self.remove_second(ledger, &own, &made).await?;
        } else {
            self.report.kept = Some(true);
            self.tick(
                "keepSecond",
                format!("{} stays as a break-glass account", made.upn),
            );
        }
        ledger.conclude(
            whole,
            progress::step_of(self.then),
            "done",
            None,
            Vec::new(),
        )
    }

    /// Notes a step that was taken, for the person and for the report.
    fn tick(&mut self, step: &'static str, text: String) {
        self.context.console.note(&format!("Done: {text}."));
        self.report.steps.push(StepView { step, text });
    }

    async fn consent(&self, earlier: Option<&Progress>) -> Result<()> {
        let console = &self.context.console;
        if console.can_ask() {
            console.note(WHY);
            if let Some(work) = earlier {
                console.note(&format!("Operation {} is gone on with.", work.operation_id));
            }
            for step in &self.report.plan {
                console.note(&format!(
                    "- {}",
                    step["description"].as_str().unwrap_or_default()
                ));
            }
        }
        let subject = Subject {
            name: self.first.upn.clone(),
            id: Some(self.first.id.clone()),
            privileged: Some(
                "a second administrator is made, and your own password is reset".to_owned(),
            ),
        };
        let at = if self.context.settings.endpoints.custom {
            format!(" at {}", self.context.settings.endpoints.graph)
        } else {
            String::new()
        };
        let what = format!("Recover {}{at}", self.first.upn);
        self.args.consent.obtain(&subject, &what, console).await
    }
}
