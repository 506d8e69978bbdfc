//! The questions about the way to the services: proxy, names, trust, the sign-in service and its tenant, Graph, the clock.

use super::check::{Check, Status};
use super::discovery;
use super::report::Findings;
use crate::context::Context;
use crate::error::{Error, ErrorCode};
use crate::files;
use crate::http::cloud::Origin;
use crate::http::{Transport, Watch, reach};
use crate::policy::clouds::LACKS;
use std::time::{Duration, SystemTime};

/// Difference of clocks that is not worth a word: the header has whole seconds, and a reply takes its time.
const SKEW_FINE: Duration = Duration::from_secs(60);
/// Difference from which tokens are refused.
const SKEW_MOST: Duration = Duration::from_secs(300);

/// Proxy, names, trust, the two services, the tenant and its cloud.
pub(super) async fn network(context: &Context, findings: &mut Findings) {
    let settings = &context.settings;
    let endpoints = &settings.endpoints;
    let mut origins = vec![&endpoints.login];
    if endpoints.graph != endpoints.login {
        origins.push(&endpoints.graph);
    }
    let mut proxies = Vec::new();
    let mut cut_off = Vec::new();
    for origin in &origins {
        context.console.progress(&format!("Looking for {origin}."));
        if let Some(found) = reach::proxy_for(&settings.env, origin) {
            match found {
                Ok(proxy) => {
                    let known = proxies.iter().find(|(own, _)| *own == proxy);
                    let open = match known {
                        Some((_, open)) => *open,
                        None => {
                            let (open, check) = match reach::knock(&proxy).await {
                                Ok(()) => {
                                    let found = format!(
                                        "{} ({}) takes connections.",
                                        proxy.shown,
                                        proxy.named_by()
                                    );
                                    (true, Check::ok("proxy", found))
                                }
                                Err(error) => (false, Check::failed("proxy", &error)),
                            };
                            findings.add(check);
                            proxies.push((proxy, open));
                            open
                        }
                    };
                    if !open {
                        cut_off.push(*origin);
                    }
                    continue;
                }
                Err(error) => findings.add(Check::failed("proxy", &error)),
            }
        }
        findings.add(match reach::resolve(origin).await {
            Ok(1) => Check::ok("dns", format!("{origin} has an address.")),
            Ok(count) => Check::ok("dns", format!("{origin} has {count} addresses.")),
            Err(error) => {
                cut_off.push(*origin);
                Check::failed("dns", &error)
            }
        });
    }
    let transport = match Transport::new(settings, Watch::default()) {
        Ok(transport) => transport,
        Err(error) => {
            findings.add(Check::failed("tls", &error));
            return;
        }
    };
    context.console.progress("Asking the sign-in service.");
    let mut skipped = |check: &'static str, origin: &Origin| {
        let cut_off = cut_off.contains(&origin);
        if cut_off {
            let found = format!("{origin} was not asked: see the line above.");
            findings.add(Check::new(check, Status::Skipped, found));
        }
        cut_off
    };
    let (no_login, no_graph) = (
        skipped("login", &endpoints.login),
        skipped("graph", &endpoints.graph),
    );
    let login = !no_login && login(context, &transport, findings).await;
    context.console.progress("Asking Graph.");
    let graph = !no_graph && graph(&transport, &endpoints.graph, findings).await;
    context.console.clear_progress();
    if origins.iter().any(|origin| origin.is_https()) && login && graph {
        let extra = settings
            .ca_file
            .as_ref()
            .map(|path| format!(", with {}", files::shown(path)))
            .unwrap_or_default();
        findings.add(Check::ok(
            "tls",
            format!("The certificates are trusted{extra}."),
        ));
    }
    let lacks: Vec<&str> = LACKS
        .iter()
        .filter(|(cloud, _)| *cloud == endpoints.cloud)
        .map(|(_, feature)| feature.title())
        .collect();
    if !lacks.is_empty() {
        findings.add(Check::new(
            "cloud",
            Status::Note,
            format!("{} lacks {}.", endpoints.cloud.title(), lacks.join(", ")),
        ));
    }
}

/// A service that could not be reached: what is wrong with its certificate stands under `tls`.
fn unreachable(check: &'static str, error: &Error) -> Check {
    let check = if reach::is_about_trust(error) {
        "tls"
    } else {
        check
    };
    Check::failed(check, error)
}

/// The sign-in service and the tenant; whether it answered.
async fn login(context: &Context, transport: &Transport, findings: &mut Findings) -> bool {
    let endpoints = &context.settings.endpoints;
    let tenant = context.settings.tenant.as_ref().map(|(tenant, _)| tenant);
    let answers = Check::ok("login", format!("{} answers.", endpoints.login));
    match discovery::discover(transport, endpoints, tenant).await {
        Ok(found) => {
            findings.login_date = found.date.map(|date| (date, SystemTime::now()));
            findings.add(answers);
            findings.add(match (&found.tenant_id, tenant) {
                (_, None) => Check::new(
                    "tenant",
                    Status::Note,
                    "No tenant is named: the account that signs in decides. An app needs one."
                        .to_owned(),
                ),
                (Some(id), Some(named)) if !named.as_str().eq_ignore_ascii_case(id) => {
                    Check::ok("tenant", format!("{} is {id}.", named.as_str()))
                }
                (_, Some(named)) => Check::ok("tenant", format!("{} is known.", named.as_str())),
            });
            if let Some(cloud) = found.other_cloud {
                findings.add(
                    Check::new(
                        "cloud",
                        Status::Fail,
                        format!(
                            "The tenant seems to be in {}, and the settings say {}.",
                            cloud.title(),
                            endpoints.cloud.title()
                        ),
                    )
                    .fix(format!("Use --cloud {}.", cloud.name())),
                );
            }
            true
        }
        Err(error) if error.code() == ErrorCode::NotFound => {
            findings.add(answers);
            findings.add(Check::failed("tenant", &error));
            true
        }
        Err(error) => {
            findings.add(unreachable("login", &error));
            false
        }
    }
}

/// Graph, without a token: that one is missing is an answer like any other. Whether it answered.
async fn graph(transport: &Transport, origin: &Origin, findings: &mut Findings) -> bool {
    match reach::get(transport, origin, "/v1.0/organization").await {
        Ok(answer) => {
            findings.graph_date = answer.date.map(|date| (date, SystemTime::now()));
            findings.add(match answer.status {
                401 => Check::ok("graph", format!("{origin} answers.")),
                407 | 500..=599 => Check::new(
                    "graph",
                    Status::Fail,
                    format!("{origin} answers with a failure (HTTP {}).", answer.status),
                )
                .fix("Try again later; something on the way may have answered in its place."),
                other => Check::new(
                    "graph",
                    Status::Warn,
                    format!("{origin} answers otherwise than Graph does (HTTP {other}, and not 401)."),
                )
                .fix("Something on the way may have answered in its place: check --graph-endpoint and the proxy."),
            });
            true
        }
        Err(error) => {
            findings.add(unreachable("graph", &error));
            false
        }
    }
}

/// The clock, by what the services said.
pub(super) fn clock(findings: &mut Findings) {
    let Some((theirs, ours)) = findings.login_date.or(findings.graph_date) else {
        findings.add(Check::new(
            "clock",
            Status::Skipped,
            "No service told the time.".to_owned(),
        ));
        return;
    };
    let (behind, skew) = match theirs.duration_since(ours) {
        Ok(skew) => (true, skew),
        Err(error) => (false, error.duration()),
    };
    let seconds = skew.as_secs();
    if skew <= SKEW_FINE {
        findings.add(Check::ok(
            "clock",
            format!("It agrees with the service's within {} s.", seconds.max(1)),
        ));
        return;
    }
    findings.add(
        Check::new(
            "clock",
            if skew > SKEW_MOST {
                Status::Fail
            } else {
                Status::Warn
            },
            format!(
                "This machine's clock is {seconds} s {} the service's.",
                if behind { "behind" } else { "ahead of" }
            ),
        )
        .fix("Set the clock (timedatectl set-ntp true; w32tm /resync; sntp -sS time.apple.com): tokens and certificates are refused otherwise."),
    );
}
