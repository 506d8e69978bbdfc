//! `set-security-info`: registers, changes and removes the e-mail address and phones that a user can reset the password with.
//!
//! Reads, shows the difference, writes, reads back. When the second of two writes fails, the first is undone.

mod difference;
mod execute;
mod report;
mod shared;
mod wanted;

use crate::consent::{ConsentArgs, Many, Subject, shell_word};
use crate::context::Context;
use crate::duration::parse_duration;
use crate::error::{Error, ErrorCode, Result};
use crate::graph::Client;
use crate::graph::methods;
use crate::ledger::Ledger;
use crate::policy::Cloud;
use crate::policy::contact::PhoneKind;
use crate::preflight::{self, Judged, Question};
use crate::render::Report;
use crate::views::CallerView;
use difference::Difference;
use futures_util::stream::{self, StreamExt};
use report::{OneSet, SetReport};
use std::collections::HashSet;
use std::time::Duration;
use wanted::Wanted;

const COMMAND: &str = "set-security-info";
const SCHEMA: &str = "admin-reset/set-security-info/1";

/// What is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Remove {
    /// The e-mail address
    Email,
    /// The phone of --phone-type
    Phone,
}

/// Set the e-mail address and phone a user can reset the password with
///
/// What is registered is read first and the difference is shown; what is there already is left alone. Numbers are written with a
/// plus and the country code; blanks, hyphens and brackets are put right. When the second of two changes fails, the first is
/// undone. One's own security info is set in the browser: Graph does not let anybody write it for themselves.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:
  admin-reset set-security-info bo.lindqvist@contoso.com --email bo@fabrikam.example --phone \"+47 12345678\"
  admin-reset set-security-info bo.lindqvist@contoso.com --phone \"+1 206 555 0101\" --phone-type alternateMobile --confirm bo.lindqvist@contoso.com
  admin-reset set-security-info bo.lindqvist@contoso.com --remove phone --phone-type office
  admin-reset set-security-info --from-csv contacts.csv --yes --include-admins --confirm-count 12
  admin-reset set-security-info --sandbox bo.lindqvist@contoso.com --email bo@fabrikam.example --dry-run")]
pub struct Args {
    /// User principal name or object id
    #[arg(
        value_name = "USER",
        required_unless_present = "from_csv",
        conflicts_with = "from_csv"
    )]
    user: Option<String>,
    /// E-mail address to register
    #[arg(long, value_name = "ADDRESS", conflicts_with = "from_csv")]
    email: Option<String>,
    /// Phone number to register, with the country code: "+47 12345678"
    #[arg(long, value_name = "NUMBER", conflicts_with = "from_csv")]
    phone: Option<String>,
    /// Which phone: mobile, alternateMobile or office [default: mobile]
    #[arg(long, value_name = "mobile|alternateMobile|office", value_parser = phone_kind)]
    phone_type: Option<PhoneKind>,
    /// Remove the e-mail address, or the phone of --phone-type (can be repeated)
    #[arg(
        long,
        value_enum,
        hide_possible_values = true,
        value_name = "email|phone",
        conflicts_with = "from_csv"
    )]
    remove: Vec<Remove>,
    /// Let several users have the same address or number
    #[arg(long)]
    allow_shared: bool,
    /// Show addresses and numbers whole instead of masked
    #[arg(long)]
    show_values: bool,
    #[command(flatten)]
    consent: ConsentArgs,
    /// Time for each write and its waits [default: 90s]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    wait: Option<Duration>,
    /// Read users from a CSV file with the columns userPrincipalName or id, email, phone, phoneType; - is stdin
    #[arg(long, value_name = "FILE|-", help_heading = "Many users")]
    from_csv: Option<String>,
    /// Say which column holds what, for example email=Private (can be repeated)
    #[arg(
        long,
        value_name = "NAME=COLUMN",
        requires = "from_csv",
        help_heading = "Many users"
    )]
    map: Vec<String>,
    /// In bulk: privileged users too
    #[arg(long, help_heading = "Many users")]
    include_admins: bool,
    /// In bulk: the number of users that will be changed, as --dry-run shows it
    #[arg(long, value_name = "N", help_heading = "Many users")]
    confirm_count: Option<usize>,
    /// In bulk: so many at the same time, 1 to 16 [default: 4]
    #[arg(long, value_name = "N", help_heading = "Many users", value_parser = clap::value_parser!(u8).range(1..=16))]
    concurrency: Option<u8>,
}

fn phone_kind(text: &str) -> std::result::Result<PhoneKind, String> {
    PhoneKind::parse(text).ok_or_else(|| "it is mobile, alternateMobile or office".to_owned())
}

/// A user after the reads: with something to do, or over.
enum Slot {
    Ready(Box<Ready>),
    Over(Box<OneSet>),
}

/// A user, what is wanted, and what has to be done for it.
struct Ready {
    judged: Judged,
    difference: Difference,
}

/// Runs the command.
pub async fn run(args: Args, context: &Context) -> Result<Box<dyn Report>> {
    let many = args.from_csv.is_some();
    let wanted = wanted::gather(&args, &context.console)?;
    if !args.allow_shared {
        shared::within(&wanted)?;
    }
    let hopeless = !context.console.can_ask() && !args.consent.dry_run;
    if hopeless && !args.consent.yes && args.consent.confirm.is_empty() {
        return Err(no_consent(&wanted));
    }
    // In a list each line is judged for itself.
    if !many {
        preflight::offered(context, wanted.iter().flat_map(Wanted::actions))?;
    }
    let client = context.client_for(COMMAND, &[])?;
    let names: Vec<_> = wanted.iter().map(|one| one.user.clone()).collect();
    let (surroundings, looked) = preflight::look_at_many(context, &client, &names, |at| Question {
        actions: wanted[at].actions(),
        phrase: "change the security info of",
        takes_away: false,
        confirmed: &args.consent.confirm,
    })
    .await?;
    let cloud = context.settings.endpoints.cloud;
    let mut slots = Vec::new();
    let mut seen = HashSet::new();
    for (judged, wanted) in looked.into_iter().zip(&wanted) {
        let slot = match judged {
            Err(error) => Err((preflight::unread(wanted.user.as_str()), error)),
            Ok(judged) if !seen.insert(judged.id().to_ascii_lowercase()) => {
                let error = twice(judged.upn());
                Err((judged.view(), error))
            }
            Ok(judged) => {
                let view = judged.view();
                settle(&args, &client, judged, wanted, cloud)
                    .await
                    .map_err(|error| (view, error))
            }
        };
        slots.push(match slot {
            Ok(slot) => slot,
            Err((_, error)) if !many => return Err(error),
            Err((view, error)) => Slot::Over(Box::new(OneSet::refused(view, error))),
        });
    }
    if !args.allow_shared {
        shared::with_others(context, &client, &slots).await?;
    }
    for slot in &slots {
        if let Slot::Ready(ready) = slot {
            let own = ready.judged.warnings.iter();
            own.chain(&ready.difference.warnings)
                .for_each(|warning| context.console.warn(warning));
        }
    }
    let claims = client.token().await?.claims;
    let mut report = SetReport {
        many,
        dry_run: args.consent.dry_run,
        users: Vec::new(),
        caller: CallerView::of(Some(&surroundings), &claims),
        ticket: args.consent.ticket.clone(),
        head: None,
    };
    if args.consent.dry_run {
        report.users = slots.into_iter().map(planned(&args)).collect();
        return Ok(Box::new(report));
    }
    let place = preflight::place(context, &surroundings);
    consent(&args, context, &slots, many, &place).await?;
    if slots.iter().any(|slot| matches!(slot, Slot::Ready(_))) {
        let ledger = Ledger::open(context, COMMAND, report.caller.name(), &args.consent)?;
        report.users = carry_out(&args, context, &client, &ledger, slots).await;
        report.head = Some(ledger.head());
    } else {
        report.users = slots.into_iter().map(planned(&args)).collect();
    }
    // A single refusal is told by its error alone.
    if let ([one], false) = (&mut report.users[..], many)
        && one.status == "failed"
        && !one.touched
        && let Some(error) = one.error.take()
    {
        return Err(error);
    }
    Ok(Box::new(report))
}

/// Reads what is registered and finds out what has to be done.
async fn settle(
    args: &Args,
    client: &Client,
    judged: Judged,
    wanted: &Wanted,
    cloud: Cloud,
) -> Result<Slot> {
    judged.refusal()?;
    let call = match cloud {
        Cloud::China => methods::phones(judged.id()),
        _ => methods::list(judged.id()),
    };
    let registered = client.fetch(&call).await?.value.value;
    let difference = difference::between(&judged, wanted, &registered)?;
    if difference.writes.is_empty() {
        let mut one = OneSet::of(&judged, &difference, args.show_values);
        one.status = "unchanged";
        return Ok(Slot::Over(Box::new(one)));
    }
    if difference.leaves_nothing {
        judged.must_not_be_stripped()?;
    }
    Ok(Slot::Ready(Box::new(Ready { judged, difference })))
}

fn planned(args: &Args) -> impl Fn(Slot) -> OneSet {
    let show = args.show_values;
    move |slot| match slot {
        Slot::Over(one) => *one,
        Slot::Ready(ready) => {
            let mut one = OneSet::of(&ready.judged, &ready.difference, show);
            one.status = "planned";
            one.plan = ready
                .difference
                .writes
                .iter()
                .map(|write| write.step.to_json(ready.judged.upn()))
                .collect();
            one
        }
    }
}

async fn consent(
    args: &Args,
    context: &Context,
    slots: &[Slot],
    many: bool,
    place: &str,
) -> Result<()> {
    let ready: Vec<&Ready> = slots
        .iter()
        .filter_map(|slot| match slot {
            Slot::Ready(ready) => Some(ready.as_ref()),
            Slot::Over(_) => None,
        })
        .collect();
    if context.console.can_ask() {
        for ready in &ready {
            context.console.note(&ready.judged.line());
            // The person who confirms a number has to see all of it.
            for line in ready.difference.lines() {
                context.console.note(&line);
            }
        }
    }
    let subjects: Vec<Subject> = ready.iter().map(|ready| ready.judged.subject()).collect();
    if let ([subject], false) = (&subjects[..], many) {
        let what = format!("Change the security info of {}{place}", subject.name);
        return args.consent.obtain(subject, &what, &context.console).await;
    }
    let words = Many {
        what: "Change the security info of",
        done: "changed",
        include_admins: args.include_admins,
        confirm_count: args.confirm_count,
    };
    args.consent
        .obtain_many(&subjects, words, &context.console)
        .await
}

/// A bounded number at a time.
async fn carry_out(
    args: &Args,
    context: &Context,
    client: &Client,
    ledger: &Ledger,
    slots: Vec<Slot>,
) -> Vec<OneSet> {
    let total = slots.len();
    let one = |slot: Slot| async move {
        match slot {
            Slot::Over(one) => *one,
            Slot::Ready(ready) => execute::one(args, context, client, ledger, &ready).await,
        }
    };
    let most = args.concurrency.map_or(4, usize::from);
    let mut running = stream::iter(slots).map(one).buffered(most);
    let mut done = Vec::new();
    while let Some(result) = running.next().await {
        done.push(result);
        if total > 1 {
            context.console.progress(&format!(
                "Changing security info: {} of {total}",
                done.len()
            ));
        }
    }
    context.console.clear_progress();
    done
}

fn twice(upn: &str) -> Error {
    Error::new(
        ErrorCode::BadInput,
        format!("{upn} is named twice, by id and by name."),
    )
    .why("Which of the two lines is meant cannot be told.")
    .fix("Leave one of them out.")
}

fn no_consent(wanted: &[Wanted]) -> Error {
    let fix = match wanted {
        [one] => format!(
            "Look at the difference with --dry-run, then add --confirm {}.",
            shell_word(one.user.as_str())
        ),
        many => format!(
            "Look at the differences with --dry-run, then add --yes (and --include-admins --confirm-count {} for privileged users).",
            many.len()
        ),
    };
    Error::new(
        ErrorCode::ConsentNeeded,
        "A change needs consent, and there is no terminal to ask on.",
    )
    .why("Neither --yes nor --confirm was given.")
    .fix(fix)
}
