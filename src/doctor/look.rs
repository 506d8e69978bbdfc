//! The questions about this machine and about who is signed in: bounded, one after the other, each answer a line with its fix.

use super::check::{Check, SignedIn, Status};
use super::report::Findings;
use crate::auth;
use crate::context::Context;
use crate::error::Error;
use crate::facts;
use crate::files;
use crate::policy::permissions;
use crate::policy::reset::{CallerKind, HeldRole};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// Longest wait for a token.
const TOKEN: Duration = Duration::from_secs(30);
/// Longest wait for a person who was asked to sign in by a flag.
const PERSON: Duration = Duration::from_secs(900);
/// Longest wait for what Graph says about the caller.
const FACTS: Duration = Duration::from_secs(30);
/// A token that ends so soon is worth a word.
const SOON: Duration = Duration::from_secs(300);

/// Settings that could not be understood, and the folders.
pub(super) fn settings(context: &Context, findings: &mut Findings) {
    match &context.unsettled {
        Some(error) => {
            let mut check = Check::failed("settings", error);
            check.found.push_str(" What follows is without it.");
            findings.add(check);
        }
        None => findings.add(Check::ok(
            "settings",
            match &context.settings.profile_name {
                Some(name) => format!("Profile {name} is understood."),
                None => "They are understood.".to_owned(),
            },
        )),
    }
    // The built-in tenant needs neither a profile nor a sign-in that is kept.
    findings.add(match context.settings.state_dir() {
        Ok(folder) => state_folder(folder),
        Err(error) => Check::failed("state", &error),
    });
}

/// Whether the journal can be written; a folder that is not there is not made, but found possible.
fn state_folder(folder: &Path) -> Check {
    let refused = |error: &Error| {
        let mut check = Check::failed("state", error);
        check.fix = Some(format!(
            "{} Changes are refused until the journal can be written; ADMIN_RESET_STATE_DIR names another folder.",
            error.remedy()
        ));
        check
    };
    let shown = files::shown(folder);
    if folder.symlink_metadata().is_ok() {
        let tried = files::Folder::private(folder).and_then(|held| held.try_writing());
        return match tried {
            Ok(()) => Check::ok("state", format!("The journal can be written to {shown}.")),
            Err(error) => refused(&error),
        };
    }
    let above = folder
        .ancestors()
        .skip(1)
        .find(|one| one.symlink_metadata().is_ok());
    let tried = above.map(|above| files::Folder::open(above).and_then(|held| held.try_writing()));
    match tried {
        Some(Ok(())) | None => {
            Check::ok("state", format!("{shown} is made with the first change."))
        }
        Some(Err(error)) => refused(&error),
    }
}

/// A token without asking anybody, and what Graph says about its holder.
pub(super) async fn sign_in(
    context: &Context,
    ask: bool,
    findings: &mut Findings,
) -> Option<SignedIn> {
    let cloud = context.settings.endpoints.cloud;
    let mut scopes = permissions::scopes(&findings.wanted, &[], cloud);
    if scopes.is_empty() {
        // A shared client that was consented to less would be refused a token for more.
        scopes.push("User.Read");
    }
    context.console.progress("Signing in.");
    let client = if ask {
        context.client(&scopes)
    } else {
        context.client_unattended(&scopes)
    };
    let client = match client {
        Ok(client) => client,
        // Nobody was asked, whatever terminal there is.
        Err(error) if error.stems_from::<auth::Nobody>() => {
            let found = "Nobody is signed in: there is no ready token, no credential of an app and no kept sign-in.";
            let login = if context.settings.client_id.is_some() {
                "Run `admin-reset login`"
            } else {
                "Run `admin-reset login --client-id ID` (`admin-reset setup-app --for COMMAND --print` tells how to make the app)"
            };
            findings.add(Check::new("sign-in", Status::Fail, found.to_owned()).fix(format!(
                "{login}; for an app set AZURE_TENANT_ID, AZURE_CLIENT_ID and its credential; --auth browser or --auth device-code signs in for this one run.",
            )));
            keyring(context, findings);
            return None;
        }
        Err(error) => {
            findings.add(Check::failed("sign-in", &error));
            return None;
        }
    };
    let wait = if ask { PERSON } else { TOKEN };
    let token = match tokio::time::timeout(wait, client.token()).await {
        Ok(Ok(token)) => token,
        Ok(Err(error)) => {
            findings.add(Check::failed("sign-in", &error));
            return None;
        }
        Err(_) => {
            findings.add(
                Check::new(
                    "sign-in",
                    Status::Fail,
                    format!("No token came within {} s.", wait.as_secs()),
                )
                .fix("See the lines above; --debug shows the requests."),
            );
            return None;
        }
    };
    let claims = token.claims.clone();
    let by = client.signed_in_by();
    findings.add(Check::ok(
        "sign-in",
        match (&claims.upn, &claims.app_name, &claims.app_id) {
            (Some(upn), ..) => format!("Signed in as {upn} ({by})."),
            (None, Some(app), _) => format!("Signed in as the app {app} ({by})."),
            (None, None, Some(id)) => format!("Signed in as the app {id} ({by})."),
            _ => format!("There is a token ({by}); it cannot be read."),
        },
    ));
    context.console.progress("Asking who is signed in.");
    let mut surroundings = match tokio::time::timeout(FACTS, facts::surroundings(&client)).await {
        Ok(Ok(surroundings)) => surroundings,
        Ok(Err(error)) => {
            findings.add(Check::failed("token", &error));
            return None;
        }
        Err(_) => {
            findings.add(
                Check::new(
                    "token",
                    Status::Unknown,
                    format!(
                        "Graph did not say who is signed in within {} s.",
                        FACTS.as_secs()
                    ),
                )
                .fix("Try again; --debug shows the requests."),
            );
            return None;
        }
    };
    let tenant = context.settings.tenant.as_ref().map(|(tenant, _)| tenant);
    findings.add(match surroundings.belongs_to(tenant) {
        Err(error) => Check::failed("token", &error),
        Ok(()) => {
            let place = surroundings
                .domain()
                .map(|domain| format!(" in {domain}"))
                .unwrap_or_default();
            let left = token
                .ends_at()
                .map(|at| at.duration_since(SystemTime::now()).unwrap_or_default());
            let renews = by != "token";
            match left {
                Some(left) if left < SOON && !renews => Check::new(
                    "token",
                    Status::Warn,
                    format!("Graph takes it{place}; it ends in {} s.", left.as_secs()),
                )
                .fix("Get a new one for ADMIN_RESET_TOKEN; this one cannot be renewed."),
                Some(left) => Check::ok(
                    "token",
                    format!(
                        "Graph takes it{place}; it ends in {}{}.",
                        time_left(left),
                        if renews { " and is renewed" } else { "" }
                    ),
                ),
                None => Check::ok("token", format!("Graph takes it{place}.")),
            }
        }
    });
    // Roles at other scopes and roles to activate; a failure leaves them unknown.
    let second = facts::second_look_at_caller(&client, &mut surroundings);
    let _ = tokio::time::timeout(FACTS, second).await;
    context.console.clear_progress();
    Some(SignedIn {
        name: surroundings.caller_name.clone(),
        caller: surroundings.caller,
        tenant_id: claims.tid.clone(),
    })
}

fn time_left(left: Duration) -> String {
    match left.as_secs() / 60 {
        minutes @ 0..=119 => format!("{minutes} min"),
        minutes => format!("{} h", minutes / 60),
    }
}

/// Whether a sign-in could be kept, where nobody is signed in: an app in a pipeline needs no keyring and touches none.
fn keyring(context: &Context, findings: &mut Findings) {
    if context.console.is_ci() || context.settings.sandbox {
        return;
    }
    findings.add(match auth::keyring_answers(Arc::clone(&context.console)) {
        Ok(()) => Check::ok(
            "keyring",
            "It answers: `admin-reset login` keeps a sign-in there.".to_owned(),
        ),
        Err(error) => {
            let mut check = Check::failed("keyring", &error);
            check.status = Status::Warn;
            check
        }
    });
}

fn names(roles: &[HeldRole]) -> String {
    let mut names: Vec<&str> = roles.iter().map(HeldRole::display_name).collect();
    names.dedup();
    names.join(", ")
}

/// The roles of whoever is signed in.
pub(super) fn roles(signed_in: &SignedIn, findings: &mut Findings) {
    let caller = &signed_in.caller;
    let active = caller.roles.items();
    let eligible = caller.eligible.items();
    let mut found = if active.is_empty() {
        "None is active".to_owned()
    } else {
        format!("Active: {}", names(active))
    };
    if !eligible.is_empty() {
        found.push_str(&format!("; to be activated: {}", names(eligible)));
    }
    found.push('.');
    if caller.roles.is_complete() {
        let status = if active.is_empty() && caller.kind == CallerKind::Delegated {
            Status::Note
        } else {
            Status::Ok
        };
        findings.add(Check::new("roles", status, found));
        return;
    }
    let gaps: Vec<String> = caller
        .roles
        .gaps()
        .iter()
        .map(|gap| gap.sentence())
        .collect();
    findings.add(
        Check::new("roles", Status::Warn, format!("{found} {}", gaps.join(" ")))
            .fix("RoleManagement.Read.Directory lets them be read."),
    );
}

/// Permissions that nothing here uses, and those of which a part would do.
pub(super) fn excess(findings: &mut Findings) {
    let excess = &findings.excess;
    let mut notes = Vec::new();
    if !excess.unused.is_empty() {
        let who = if findings.wanted.is_empty() {
            "no command"
        } else {
            "none of the named commands"
        };
        let found = format!(
            "The token holds what {who} uses: {}.",
            excess.unused.join(", ")
        );
        notes.push(Check::new("excess", Status::Note, found).fix(
            "Take from the app what nothing else needs; `admin-reset permissions` lists what is needed.",
        ));
    }
    if !excess.broader.is_empty() {
        let broader: Vec<String> = excess
            .broader
            .iter()
            .map(|one| format!("{} ({} would do)", one.permission, one.enough.join(", ")))
            .collect();
        let found = format!(
            "The token holds more than is needed: {}.",
            broader.join("; ")
        );
        notes.push(Check::new("excess", Status::Note, found).fix(
            "Give the app the smaller ones instead, unless something else needs the larger; `admin-reset permissions` tells what each is for.",
        ));
    }
    for note in notes {
        findings.add(note);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_times_are_told_in_hours() {
        assert_eq!(time_left(Duration::from_secs(64 * 60)), "64 min");
        assert_eq!(time_left(Duration::from_secs(86_000)), "23 h");
    }
}
