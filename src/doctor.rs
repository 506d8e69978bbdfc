//! What works and what does not: settings, folders, proxy, names, trust, sign-in service, clock, sign-in, token, and for each command
//! the permissions and roles. Reads only; each question is bounded, and one that fails does not keep the others from being asked.
//!
//! Below the commands, because `doctor` shows it and `support-bundle` puts it in.

mod check;
mod discovery;
mod judge;
mod look;
mod network;
mod redact;
mod report;

pub(crate) use report::Findings;

use crate::context::Context;
use crate::policy::permissions;

/// Looks at everything. `wanted` are the commands that have to work, and then no others are shown; without any, all are, and none has
/// to. A person is asked to sign in
/// only when `ask` says so.
pub(crate) async fn examine(context: &Context, wanted: Vec<&'static str>, ask: bool) -> Findings {
    let cloud = context.settings.endpoints.cloud;
    let mut findings = Findings::of(&context.settings, wanted);
    look::settings(context, &mut findings);
    network::network(context, &mut findings).await;
    network::clock(&mut findings);
    if let Some(signed_in) = look::sign_in(context, ask, &mut findings).await {
        let names: Vec<&'static str> = permissions::commands()
            .into_iter()
            .filter(|name| findings.wanted.is_empty() || findings.wanted.contains(name))
            .collect();
        findings.commands = names
            .iter()
            .map(|name| judge::command(name, cloud, &signed_in.caller))
            .collect();
        look::roles(&signed_in, &mut findings);
        findings.excess = judge::excess(cloud, &signed_in.caller, &names);
        look::excess(&mut findings);
        findings.caller = Some(signed_in);
    }
    context.console.clear_progress();
    findings
}
