//! `reset-user`: resets another administrator's password, proves it, and never loses the new one.
//!
//! Reads first, decides purely, stages the secret in every sink, writes last, reports once.

mod bulk;
mod diagnosis;
mod execute;
mod extras;
mod handover;
mod intent;
mod judge;
mod passage;
mod prepare;
mod report;
mod resume;
mod run_list;
mod wanted;

use crate::consent::ConsentArgs;
use crate::context::Context;
use crate::duration::parse_duration;
use crate::error::{Error, ErrorCode, Result};
use crate::facts;
use crate::ledger::Ledger;
use crate::passwords::PasswordArgs;
use crate::policy::reset::{Action, Via};
use crate::preflight;
use crate::random;
use crate::render::Report;
use crate::sink::{Custody, SinkSpec};
use crate::targets::TargetArgs;
use execute::Executor;
use extras::ExtraArgs;
use passage::Pass;
use prepare::Prepared;
use report::OneReset;
pub(crate) use resume::resume;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;
pub use wanted::ViaArg;
use wanted::Wanted;

const COMMAND: &str = "reset-user";

/// Reset an administrator's or user's password and keep the new one safe
///
/// The new password is generated, held durably in every destination of --secret-to, and only then set; the account is read back
/// afterwards. The exit code says what happened: 0 done, 8 if the outcome is not known (the password is kept).
#[derive(Debug, Clone, Default, clap::Args)]
#[command(after_help = "Examples:
  admin-reset reset-user ada@contoso.com
  admin-reset reset-user ada@contoso.com --secret-to file:ada.txt --confirm ada@contoso.com
  admin-reset reset-user ada@contoso.com --secret-to age:@owners.txt:ada.age --confirm ada@contoso.com
  admin-reset reset-user ada@contoso.com --dry-run -o json
  admin-reset reset-user --from-csv leavers.csv --secret-to file:new.csv --yes
  admin-reset reset-user --sandbox hana.sato@contoso.com --dry-run")]
pub struct Args {
    #[command(flatten)]
    targets: TargetArgs,
    #[command(flatten)]
    password: PasswordArgs,
    #[command(flatten)]
    consent: ConsentArgs,
    /// Where the new password goes: tty, stdout, file:PATH, age:RECIPIENT[,RECIPIENT...]:PATH, keyring:NAME, keyvault:VAULT/NAME, cmd:PROGRAM or shares:K/N:DIR (can be repeated) [default: tty]
    #[arg(long, value_name = "SINK", help_heading = "Password")]
    secret_to: Vec<String>,
    /// Do not make the user change the password at the next sign-in
    #[arg(long, help_heading = "Password", conflicts_with = "force_change_mfa")]
    no_force_change: bool,
    /// Demand multifactor authentication before that change
    #[arg(long, help_heading = "Password")]
    force_change_mfa: bool,
    /// End all sessions afterwards; the default when the user holds a directory role
    #[arg(long, conflicts_with = "no_revoke_sessions")]
    revoke_sessions: bool,
    /// Leave sessions as they are
    #[arg(long)]
    no_revoke_sessions: bool,
    /// Enable the account as well
    #[arg(long)]
    enable: bool,
    #[command(flatten)]
    extras: ExtraArgs,
    /// Issue a Temporary Access Pass as well, for so many minutes
    #[arg(long, value_name = "MINUTES", num_args = 0..=1, require_equals = true, value_parser = clap::value_parser!(u32).range(10..=43200))]
    access_pass: Option<Option<u32>>,
    /// Where the access pass goes [default: tty]
    #[arg(long, value_name = "SINK", requires = "access_pass")]
    access_pass_to: Option<String>,
    /// How to write the password
    #[arg(
        long,
        value_enum,
        hide_possible_values = true,
        value_name = "auto|method|direct",
        default_value = "auto",
        hide_default_value = true
    )]
    via: ViaArg,
    /// Read nothing before the write; Graph decides
    #[arg(long)]
    no_preflight: bool,
    /// Set the password of a synced user in the cloud alone
    #[arg(long)]
    cloud_only_write: bool,
    /// Take the user out of its restricted units for the reset, and put it back
    #[arg(long)]
    through_restricted_unit: bool,
    /// Time for the write, its waits and its proof [default: 90s]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    wait: Option<Duration>,
    /// In bulk: reset privileged users too
    #[arg(long, help_heading = "Many users")]
    include_admins: bool,
    /// In bulk: the number of users that will be reset, as --dry-run shows it
    #[arg(long, value_name = "N", help_heading = "Many users")]
    confirm_count: Option<usize>,
    /// In bulk: resets at the same time, 1 to 16 [default: 4]
    #[arg(long, value_name = "N", help_heading = "Many users", value_parser = clap::value_parser!(u8).range(1..=16))]
    concurrency: Option<u8>,
    /// In bulk: begin with so many, go on only when all of them worked
    #[arg(long, value_name = "N,N", help_heading = "Many users", value_delimiter = ',', value_parser = clap::value_parser!(u32).range(1..))]
    canary: Vec<u32>,
    /// In bulk: stop after so many errors
    #[arg(long, value_name = "N", help_heading = "Many users", value_parser = clap::value_parser!(u32).range(1..))]
    stop_after_errors: Option<u32>,
    /// In bulk: reset users anew who are on the list of a run that is not at its end, instead of going on with it
    #[arg(long, help_heading = "Many users")]
    anew: bool,
    /// In bulk: write the result of each user to this CSV file, which must not exist
    #[arg(long, value_name = "FILE", help_heading = "Many users")]
    results: Option<PathBuf>,
}

/// Runs the command.
pub async fn run(args: Args, context: &Context) -> Result<Box<dyn Report>> {
    args.check()?;
    if args.targets.is_empty() {
        return Err(usage(
            "No user was named.",
            "Give one or more users, - or --from-csv FILE.",
        ));
    }
    let specs = args.sinks(context)?;
    let pass_spec = args.access_pass_sink(context)?;
    let targets = args.targets.gather(&context.console)?;
    if targets.many && args.password.is_supplied() {
        return Err(usage(
            "A supplied password is for one user only.",
            "Leave it out; each user then gets a generated one.",
        ));
    }
    if args.access_pass.is_some() && targets.many {
        return Err(usage(
            "An access pass is for one user only.",
            "Run the command for one user at a time.",
        ));
    }
    // Consent that no answer of Graph could make up for is refused before anything is asked.
    let nobody_to_ask = !context.console.can_ask() && !args.consent.dry_run;
    if nobody_to_ask && !args.consent.yes && args.consent.confirm.is_empty() {
        return Err(Error::new(ErrorCode::ConsentNeeded, "A change needs consent, and there is no terminal to ask on.")
            .why("Neither --yes nor --confirm was given.")
            .fix(match &targets.users[..] {
                [one] => format!("Look at the plan with --dry-run, then add --confirm {}.", crate::consent::shell_word(one.as_str())),
                many => format!("Look at the plan with --dry-run, then add --yes (and --include-admins --confirm-count {} for privileged users).", many.len()),
            }));
    }
    let supplied = args
        .password
        .supplied(&context.console, &context.settings.env)?
        .map(Rc::new);
    if let (Some(secret), [one]) = (&supplied, &targets.users[..]) {
        crate::passwords::check(secret, one.as_str())?;
    }
    preflight::offered(context, args.only_where_offered())?;
    let custody = context.custody(&specs, targets.many)?;
    if custody.uses_stdout() && !args.consent.dry_run {
        context.console.give_stdout_to_secret();
    }
    let client = context.client_for("reset-user", &args.flags_for_scopes())?;
    let wanted = Wanted::new(&args);
    if targets.many {
        return bulk::run(&args, context, &client, targets, wanted, custody).await;
    }
    let name = targets.users[0].clone();
    let (surroundings, prepared) = if args.no_preflight {
        let claims = client.token().await?.claims;
        (None, prepare::unread(&name, &wanted, &claims, context)?)
    } else {
        let claims = client.token().await?.claims;
        let (mut surroundings, subject) = facts::first_look(&client, name.as_str()).await?;
        surroundings.belongs_to(context.settings.tenant.as_ref().map(|(tenant, _)| tenant))?;
        let prepared = prepare::prepare(
            &client,
            &mut surroundings,
            subject?,
            &name,
            &wanted,
            &claims,
            context,
            args.consent.confirm.as_slice(),
        )
        .await?;
        (Some(surroundings), prepared)
    };
    let one = one(
        &args,
        context,
        &client,
        surroundings.as_ref(),
        prepared,
        custody,
        supplied,
        pass_spec,
    )
    .await?;
    Ok(Box::new(one))
}

#[allow(clippy::too_many_arguments)] // each is a different thing, named once
async fn one(
    args: &Args,
    context: &Context,
    client: &Rc<crate::graph::Client>,
    surroundings: Option<&facts::Surroundings>,
    prepared: Prepared,
    mut custody: Custody,
    supplied: Option<Rc<crate::secret::Secret>>,
    pass_spec: Option<SinkSpec>,
) -> Result<OneReset> {
    let asked = context.console.can_ask();
    let what = prepared.question(surroundings, &context.settings);
    if !asked && !args.consent.dry_run {
        args.consent
            .obtain(&prepared.subject(), &what, &context.console)
            .await?;
    }
    prepared.refusal()?;
    for warning in &prepared.warnings {
        context.console.warn(warning);
    }
    let operation_id = random::uuid()?;
    let caller = report::CallerView::of(surroundings, &client.token().await?.claims);
    if args.consent.dry_run {
        custody.check().await?;
        return Ok(OneReset::planned(
            &prepared,
            caller,
            custody.places(),
            supplied.is_none(),
            args,
        ));
    }
    if asked {
        for line in prepared.preview() {
            context.console.note(&line);
        }
        args.consent
            .obtain(&prepared.subject(), &what, &context.console)
            .await?;
    }
    let by_person = client.token().await?.claims.app_only == Some(false);
    custody.prove_to_change(by_person).await?;
    let mut pass_custody = pass_spec
        .map(|spec| context.custody(&[spec], false))
        .transpose()?;
    if let Some(pass) = &mut pass_custody {
        pass.prove_to_change(by_person).await?;
    }
    let generated = supplied.is_none();
    let secret = match supplied {
        Some(secret) => secret,
        None => Rc::new(
            args.password
                .generate(crate::policy::password::DEFAULT_LENGTH)?,
        ),
    };
    let ledger = Ledger::open(context, COMMAND, caller.name(), &args.consent)?;
    let executor = Executor::new(context, client, args, ledger, custody);
    let pass = match (&mut pass_custody, args.access_pass) {
        (Some(custody), Some(minutes)) => Some(Pass { custody, minutes }),
        _ => None,
    };
    let mut one = executor
        .carry_out(&prepared, &operation_id, &secret, generated, caller, pass)
        .await?;
    diagnosis::explain(&mut one, &prepared, client).await;
    executor.finish(&mut one).await;
    Ok(one)
}

impl Args {
    /// The flags of this run that need permissions of their own, as the permission table names them.
    fn flags_for_scopes(&self) -> Vec<&'static str> {
        let direct = self.via == ViaArg::Direct
            || self.no_force_change
            || self.force_change_mfa
            || self.cloud_only_write;
        [
            (direct, "--via direct"),
            (self.enable, "--enable"),
            (self.access_pass.is_some(), "--access-pass"),
            (self.through_restricted_unit, "--through-restricted-unit"),
            (self.extras.password_policy.is_some(), "--password-policy"),
            (self.extras.require_reregister, "--require-reregister"),
        ]
        .into_iter()
        .filter_map(|(given, flag)| given.then_some(flag))
        .collect()
    }

    /// What the flags ask for by name that not every cloud has.
    fn only_where_offered(&self) -> Vec<Action> {
        let mut actions = Vec::new();
        if self.via == ViaArg::Method {
            actions.push(Action::ResetPassword { via: Via::Method });
        }
        if self.access_pass.is_some() {
            actions.push(Action::IssueAccessPass);
        }
        actions
    }

    fn check(&self) -> Result<()> {
        let direct_only = [
            (self.no_force_change, "--no-force-change"),
            (self.force_change_mfa, "--force-change-mfa"),
            (self.cloud_only_write, "--cloud-only-write"),
        ];
        if self.via == ViaArg::Method
            && let Some((_, flag)) = direct_only.iter().find(|(on, _)| *on)
        {
            return Err(usage(
                &format!("{flag} does not go with --via method."),
                "The action always demands a change at the next sign-in; use --via direct or leave one of them out.",
            ));
        }
        if self.no_preflight && self.through_restricted_unit {
            return Err(usage(
                "--through-restricted-unit does not go with --no-preflight.",
                "Leave --no-preflight out: the units of the user must be read to put it back.",
            ));
        }
        if let Some(flag) = self.extras.needs_reads().filter(|_| self.no_preflight) {
            return Err(usage(
                &format!("{flag} does not go with --no-preflight."),
                "Leave --no-preflight out: what the account has must be read first.",
            ));
        }
        let bulk = self.targets.from_csv.is_some()
            || self.targets.users.len() > 1
            || self.targets.users.iter().any(|user| user == "-");
        if self.no_preflight && !bulk && self.consent.confirm.is_empty() && !self.consent.dry_run {
            return Err(Error::new(
                ErrorCode::ConsentNeeded,
                "--no-preflight needs the user to be confirmed by name.",
            )
            .why("Nothing is read before the write, so the account counts as privileged.")
            .fix(format!(
                "Add --confirm {}.",
                self.targets
                    .users
                    .first()
                    .map_or("USER".to_owned(), |user| crate::consent::shell_word(user))
            )));
        }
        if self.targets.users.iter().any(|user| user == "-")
            && (self.password.password_stdin || self.targets.from_csv.as_deref() == Some("-"))
        {
            return Err(usage(
                "Standard input can give one thing only.",
                "Give the users or the password by file.",
            ));
        }
        Ok(())
    }

    fn wait(&self) -> Duration {
        self.wait.unwrap_or(Duration::from_secs(90))
    }
}

fn usage(message: &str, fix: &str) -> Error {
    Error::new(ErrorCode::Usage, message).fix(fix)
}
