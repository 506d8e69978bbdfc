//! `journal match`: reads the audit log of the period and hands both sides to [`super::matching`].

use super::matched::Matched;
use super::matching::{WINDOW, pair};
use super::{MatchArgs, find};
use crate::context::Context;
use crate::error::{Error, ErrorCode, Result};
use crate::graph::audits;
use crate::journal::{self, Operation, time};
use crate::render::Report;
use std::time::{Duration, SystemTime};

const DAY: Duration = Duration::from_secs(24 * 3600);
/// Longest the log is kept.
const MOST: Duration = Duration::from_secs(30 * 24 * 3600);
/// The period when there is nothing to compare.
const USUAL: Duration = Duration::from_secs(7 * 24 * 3600);

/// Runs the comparison.
pub(super) async fn compare(args: &MatchArgs, context: &Context) -> Result<Box<dyn Report>> {
    let all = journal::read(context.settings.state_dir()?)?;
    let chosen: Vec<&Operation> = if args.ids.is_empty() {
        all.iter().collect()
    } else {
        args.ids
            .iter()
            .map(|id| find(&all, id).map(|at| &all[at]))
            .collect::<Result<_>>()?
    };
    let client = context.client_for("journal", &[])?;
    let claims = client.token().await?.claims;
    // The token names the tenant; entries of another one have nothing to be compared with.
    let here = |one: &&Operation| match (&one.tenant, &claims.tid) {
        (Some(own), Some(here)) if crate::ids::guid(own).is_some() => {
            own.eq_ignore_ascii_case(here)
        }
        _ => true,
    };
    let (chosen, elsewhere): (Vec<&Operation>, Vec<&Operation>) =
        chosen.into_iter().partition(here);
    let machine = SystemTime::now();
    let began = |one: &&Operation| {
        one.server_began
            .as_deref()
            .or(Some(one.began.as_str()))
            .and_then(time)
    };
    let oldest = chosen.iter().filter_map(began).min();
    let from = match (args.days, oldest) {
        (Some(days), _) => machine - DAY * u32::from(days),
        (None, Some(oldest)) => oldest.max(machine - MOST),
        (None, None) => machine - USUAL,
    };
    let from = from - WINDOW;
    let text = jiff::Timestamp::try_from(from)
        .map(|at| format!("{at:.0}"))
        .map_err(|cause| {
            Error::new(ErrorCode::Internal, "The period has no beginning.").source(cause)
        })?;
    let records = client.pages(&audits::since(&text))?.all().await?;
    let now = client.server_time().unwrap_or(machine);
    let inside: Vec<&Operation> = chosen
        .iter()
        .filter(|one| began(one).is_some_and(|at| at >= from))
        .copied()
        .collect();
    let older = chosen.len() - inside.len();
    let only_by = if args.mine {
        Some(
            claims
                .oid
                .clone()
                .or(claims.app_id.clone())
                .unwrap_or_default(),
        )
    } else {
        None
    };
    let pairings = pair(
        &inside,
        &records,
        now,
        only_by.as_deref(),
        args.ids.is_empty(),
    );
    Ok(Box::new(Matched {
        from: text,
        until: jiff::Timestamp::try_from(now)
            .map(|at| format!("{at:.0}"))
            .unwrap_or_default(),
        records: records.len(),
        older,
        elsewhere: elsewhere.len(),
        pairings,
    }))
}
