//! `who-can-reset`: may I, why, what would make it possible, and who can. Reads only; the answer is that of the engine which
//! `reset-user` asks before it writes.

mod many;
mod possible;
mod reach;
mod report;
mod view;

use crate::context::Context;
use crate::error::{Error, ErrorCode, Result};
use crate::facts::{self, Open, People, Subject, Surroundings};
use crate::graph::Client;
use crate::policy::Cloud;
use crate::policy::reset::{Verdict, Via, best_way};
use crate::render::Report;
use crate::targets::TargetArgs;
use many::Answers;
use report::Answer;

/// Users whose facts fit one batch.
const CHUNK: usize = 5;

/// Tell whether you may reset a user's password, why, what would make it possible, and who can
///
/// Looks at both ways of writing a password and takes the better answer. The exit code is 0 when you may, 5 when a permission or
/// role is missing, 6 when the state of the account rules it out, 11 when it could not be decided.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:
  admin-reset who-can-reset ada@contoso.com
  admin-reset who-can-reset ada@contoso.com -o json --query 'people[].userPrincipalName'
  admin-reset who-can-reset --from-csv admins.csv -o csv
  admin-reset who-can-reset --sandbox dora.vega@contoso.com")]
pub struct Args {
    #[command(flatten)]
    targets: TargetArgs,
    /// Leave out who else could do it
    #[arg(long)]
    no_people: bool,
}

/// Runs the command.
pub async fn run(args: Args, context: &Context) -> Result<Box<dyn Report>> {
    if args.targets.is_empty() {
        return Err(Error::new(ErrorCode::Usage, "No user was named.")
            .fix("Give one or more users, - or --from-csv FILE."));
    }
    let targets = args.targets.gather(&context.console)?;
    let client = context.client_for("who-can-reset", &[])?;
    let cloud = context.settings.endpoints.cloud;
    let tenant = context.settings.tenant.as_ref().map(|(tenant, _)| tenant);
    if let ([name], false) = (&targets.users[..], targets.many) {
        let (mut surroundings, subject) = facts::first_look(&client, name.as_str()).await?;
        surroundings.belongs_to(tenant)?;
        let judged = judge(&client, &mut surroundings, subject?, cloud).await?;
        let people = if args.no_people {
            None
        } else {
            Some(facts::people(&client, &reach::roles_to_list(&judged.subject.target)).await?)
        };
        let answer = judged.with(&surroundings, people.as_ref(), cloud);
        return Ok(Box::new(answer));
    }
    let mut surroundings = facts::surroundings(&client).await?;
    surroundings.belongs_to(tenant)?;
    let mut judged = Vec::with_capacity(targets.users.len());
    for chunk in targets.users.chunks(CHUNK) {
        context.go_on()?;
        context.console.progress(&format!(
            "Reading users: {} of {}",
            judged.len(),
            targets.users.len()
        ));
        let names: Vec<&str> = chunk.iter().map(|user| user.as_str()).collect();
        let subjects = facts::subjects(&client, &names, &surroundings).await?;
        for (subject, name) in subjects.into_iter().zip(names) {
            let one = match subject {
                Ok(subject) => judge(&client, &mut surroundings, subject, cloud).await,
                Err(error) => Err(error),
            };
            judged.push((name.to_owned(), one));
        }
    }
    context.console.clear_progress();
    let people = if args.no_people {
        None
    } else {
        let mut roles: Vec<&'static str> = Vec::new();
        for (_, one) in &judged {
            if let Ok(one) = one {
                roles.extend(reach::roles_to_list(&one.subject.target));
            }
        }
        roles.sort_unstable();
        roles.dedup();
        Some(facts::people(&client, &roles).await?)
    };
    let answers = judged
        .into_iter()
        .map(|(name, one)| match one {
            Ok(judged) => judged.with(&surroundings, people.as_ref(), cloud),
            Err(error) => Answer::failed(&name, error),
        })
        .collect();
    Ok(Box::new(Answers::new(answers, &surroundings)))
}

/// A user with the verdict about it.
struct Judged {
    subject: Subject,
    via: Via,
    verdict: Verdict,
}

/// Reads what the first look left open, for the explanation needs all of it, and decides.
async fn judge(
    client: &Client,
    surroundings: &mut Surroundings,
    mut subject: Subject,
    cloud: Cloud,
) -> Result<Judged> {
    facts::look_again(client, surroundings, &mut subject, Open::VERDICT).await?;
    let (mut via, mut verdict) = best_way(&surroundings.caller, &subject.target, cloud);
    if matches!(verdict, Verdict::Unknown { .. })
        && facts::look_at_scopes(client, &mut subject).await?
    {
        (via, verdict) = best_way(&surroundings.caller, &subject.target, cloud);
    }
    Ok(Judged {
        subject,
        via,
        verdict,
    })
}

impl Judged {
    fn with(self, surroundings: &Surroundings, people: Option<&People>, cloud: Cloud) -> Answer {
        let able = people.map(|people| reach::able(people, &self.subject.target, cloud));
        let possible = possible::ways(&self, &surroundings.caller, cloud);
        Answer::new(self, surroundings, able, possible, cloud)
    }
}
