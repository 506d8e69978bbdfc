//! Many users: the tenant is read once, users are asked about in batches of which a few are in flight, and every answer leaves
//! memory as soon as it may.

use super::ask::{self, Questions};
use super::evidence::Evidence;
use super::feed::{Feed, Seen, Waiting};
use super::gather::{Closing, Gather, Of};
use super::holders::{self, Holders};
use super::judge::Judge;
use super::report::{Bar, CheckReport, Moment};
use super::tenant::{self, Tenant};
use super::{Args, Population};
use crate::context::Context;
use crate::error::Result;
use crate::graph::batch::{Batch, MOST_PARTS, Patience};
use crate::graph::{Client, roles, users};
use crate::policy::clouds::Feature;
use futures_util::future;
use futures_util::stream::{FuturesUnordered, StreamExt};
use std::time::SystemTime;

/// What is known before the first user is judged.
struct Prelude {
    tenant: Tenant,
    holders: Holders,
    date: Option<SystemTime>,
}

/// Answers about a batch of users.
struct Answers {
    date: Option<SystemTime>,
    users: Vec<(u64, Evidence)>,
}

/// Checks a population.
pub(super) async fn run(
    args: &Args,
    context: &Context,
    client: &Client,
    population: Population,
    now: SystemTime,
) -> Result<CheckReport> {
    let mut pages = match &population {
        Population::All => Some(client.pages(&users::list(args.select()))?),
        Population::Group(id) => Some(client.pages(&roles::group_users(id, args.select()))?),
        Population::Named(_) | Population::Admins => None,
    };
    let first_page = async {
        match &mut pages {
            Some(pages) => pages.next_page().await,
            None => Ok(None),
        }
    };
    // The first page of a list is on its way while the tenant is read.
    let (prelude, first_page) = future::join(prelude(client, now), first_page).await;
    let (prelude, first_page) = (prelude?, first_page?);
    let mut feed = Feed::new(args.shard);
    let refusal = prelude.holders.refusal();
    match (&population, pages) {
        (_, Some(pages)) => feed.add_pages(pages, first_page),
        (Population::Named(names), None) => {
            feed.add_names(names.iter().map(|name| name.as_str().to_owned()))
        }
        (_, None) => match refusal {
            Some(error) => return Err(error.copied()),
            None => feed.add_names(prelude.holders.everybody()),
        },
    }
    let cloud = client.endpoints().cloud;
    // Where roles cannot be listed, those asked about by name are asked for their roles one by one.
    let by_user = refusal.is_some() && matches!(population, Population::Named(_));
    let questions = Questions {
        select: args.select(),
        cloud,
        roles: by_user,
    };
    if !by_user {
        prelude
            .holders
            .gaps()
            .iter()
            .for_each(|gap| context.console.warn(gap));
    }
    if !cloud.offers(Feature::EmailMethods) {
        context.console.warn(&format!(
            "Registered e-mail cannot be read in {}; it stays undecided. {}",
            cloud.title(),
            Feature::EmailMethods.instead().unwrap_or_default()
        ));
    }
    let judge = Judge::new(
        args.require(),
        args.show_values,
        args.include_profile,
        cloud,
    );
    let mut gather = Gather::new(context, Moment::of(prelude.date.unwrap_or(now)))?;
    let listed = matches!(population, Population::All | Population::Group(_));
    let group = MOST_PARTS / questions.parts(listed);
    let mut seen = Seen::default();
    let mut flight = FuturesUnordered::new();
    loop {
        feed.fetch_ahead();
        while flight.len() < args.concurrency()
            && let Some(group) = feed.next_group(group)
        {
            flight.push(look(client, group, questions));
        }
        if flight.is_empty() && !feed.is_fetching() {
            break;
        }
        tokio::select! {
            page = feed.page(), if feed.is_fetching() => page?,
            Some(answers) = flight.next(), if !flight.is_empty() => {
                let Answers { date, users } = answers?;
                gather.moment.advance(date);
                for (place, mut evidence) in users {
                    let id = evidence.id().map(str::to_owned);
                    // A name and an id may mean the same user; those of a list were compared when it came.
                    if !listed && id.as_deref().is_some_and(|id| !seen.first(id)) {
                        continue;
                    }
                    if let Some(id) = id.filter(|_| !by_user) {
                        evidence.roles = prelude.holders.active(&id);
                        evidence.eligible = prelude.holders.eligible(&id);
                    }
                    gather.add(place, judge.judge(evidence, &prelude.tenant).row)?;
                }
                gather.flush(feed.total())?;
                if gather.is_closed() {
                    break;
                }
            }
        }
    }
    let bar = Bar {
        always_zero: args.exit_zero,
        percent: args.fail_under,
        sharded: args.shard.is_some(),
        cut_short: gather.is_closed(),
    };
    gather.finish(Closing {
        require: judge.require,
        bar,
        of: Of::Many(&population),
        notes: Vec::new(),
    })
}

/// Tenant and holders of roles: one batch, and one more for the groups among the holders.
async fn prelude(client: &Client, now: SystemTime) -> Result<Prelude> {
    let mut batch = Batch::new();
    let asked_tenant = tenant::ask(&mut batch);
    let asked_holders = holders::ask(&mut batch);
    let mut replies = client.batch(batch, Patience::Many).await?;
    let now = replies.date.unwrap_or(now);
    let tenant = tenant::read(&mut replies, asked_tenant, now)?;
    let holders = holders::read(client, &mut replies, asked_holders).await?;
    let date = holders.date.or(replies.date);
    Ok(Prelude {
        tenant,
        holders,
        date,
    })
}

/// Asks about a few users at once.
async fn look(client: &Client, group: Vec<Waiting>, questions: Questions) -> Result<Answers> {
    let mut batch = Batch::new();
    let asked: Vec<_> = group
        .into_iter()
        .map(|waiting| {
            (
                waiting.place,
                questions.ask(&mut batch, waiting.whom, false),
            )
        })
        .collect();
    let mut replies = client.batch(batch, Patience::Many).await?;
    let mut users = Vec::with_capacity(asked.len());
    for (place, asked) in asked {
        users.push((
            place,
            ask::read(client, &mut replies, asked, questions).await?,
        ));
    }
    Ok(Answers {
        date: replies.date,
        users,
    })
}
