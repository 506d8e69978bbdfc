//! Takes the steps one after the other, each between its two records in the journal; the first that fails ends the run.

use super::look::{self, Found, REDIRECT, kind_word};
use super::plan::{credential, drift};
use super::report::{Done, StepDone};
use super::wanted::Wanted;
use super::{Args, COMMAND};
use crate::context::Context;
use crate::error::{Error, ErrorCode, Result};
use crate::graph::Client;
use crate::graph::apps::{Application, ServicePrincipal};
use crate::ledger::{Ledger, Whom};
use crate::plan::app::{AppStep, Made, NewKey};
use crate::plan::grant::Grant;
use crate::plan::{Outcome, Run, Step};
use crate::policy::permissions::{GRAPH_APP_ID, Kind};
use crate::policy::reset::capital;
use crate::random;
use crate::render::Report;
use serde_json::{Value, json};

pub(super) async fn execute(
    args: &Args,
    context: &Context,
    client: &Client,
    wanted: &Wanted,
    mut found: Found,
    plan: Vec<Step>,
) -> Result<Box<dyn Report>> {
    let mut ledger = Ledger::open(context, COMMAND, found.caller.as_deref(), &args.consent)?;
    if let Some(tenant) = &found.tenant {
        ledger = ledger.in_tenant(tenant);
    }
    let operation_id = random::uuid()?;
    let run = Run {
        client,
        wait: args.wait(),
        stop: &context.stop,
    };
    context.go_on()?;
    context.begin_change(&operation_id);
    let mut done: Vec<StepDone> = Vec::new();
    let mut problem: Option<Error> = None;
    for step in plan {
        if context.stop.get() {
            problem = Some(
                Error::new(
                    ErrorCode::PartlyDone,
                    "Interrupted; the steps that are left were not begun.",
                )
                .fix("Run the same command again: it goes on where it stopped."),
            );
            break;
        }
        context
            .console
            .progress(&format!("{}.", capital(&step.sentence(&wanted.name))));
        let id = found.app.as_ref().map(|app| app.id.clone());
        let whom = Whom {
            operation_id: &operation_id,
            id: id.as_deref(),
            upn: Some(&wanted.name),
        };
        let work = take(&run, &step, wanted, &found);
        let (outcome, unrecorded) = ledger.take(client, whom, &step.journal_name(), work).await;
        let word = outcome.word();
        let mut shown = true;
        match outcome {
            Outcome::Done(made) => {
                shown = made.shown;
                match made.value {
                    What::App(app) => found.app = Some(*app),
                    What::Principal(principal) => found.principal = Some(principal),
                    What::Nothing => {}
                }
            }
            Outcome::Failed(error) | Outcome::Unknown(error) => problem = Some(error),
        }
        done.push(StepDone {
            step,
            outcome: word,
            shown,
        });
        if problem.is_none() {
            problem = unrecorded;
        }
        if problem.is_some() {
            break;
        }
    }
    context.console.clear_progress();
    let any = done.iter().any(|one| one.outcome == "done");
    // Nothing left this machine or the service said no at the first step: the error alone tells it all.
    if let Some(error) = problem.as_ref()
        && !any
        && done.iter().all(|one| one.outcome == "failed")
    {
        return Err(error.copied().operation(&operation_id));
    }
    let problem = problem.map(|error| judged(error, any, &operation_id));
    let report = Done::after(
        wanted,
        &found,
        done,
        problem,
        &super::report::Record {
            operation_id,
            ticket: args.consent.ticket.clone(),
            head: ledger.head(),
            request_ids: client.request_ids(),
        },
        context,
    );
    Ok(Box::new(report))
}

/// Something done and something not is partly done, with the cause's own words.
fn judged(error: Error, any: bool, operation_id: &str) -> Error {
    if !any
        || matches!(
            error.code(),
            ErrorCode::OutcomeUnknown | ErrorCode::PartlyDone
        )
    {
        return error.operation(operation_id);
    }
    let why = format!("{} {}", error.message(), error.cause().unwrap_or_default());
    Error::new(ErrorCode::PartlyDone, "The app was set up in part.")
        .why(why.trim().to_owned())
        .fix(format!(
            "{} Then run the same command again: it goes on where it stopped.",
            error.remedy()
        ))
        .need(error.needs().to_vec())
        .have(error.has().to_vec())
        .service(error.said().clone())
        .operation(operation_id)
}

/// What a step made.
enum What {
    App(Box<Application>),
    Principal(ServicePrincipal),
    Nothing,
}

/// The outcome with what was made told in one type.
fn told<T>(outcome: Outcome<Made<T>>, what: impl Fn(T) -> What) -> Outcome<Made<What>> {
    match outcome {
        Outcome::Done(made) => Outcome::Done(Made {
            value: what(made.value),
            shown: made.shown,
        }),
        Outcome::Failed(error) => Outcome::Failed(error),
        Outcome::Unknown(error) => Outcome::Unknown(error),
    }
}

async fn take(run: &Run<'_>, step: &Step, wanted: &Wanted, found: &Found) -> Outcome<Made<What>> {
    let as_asked = |app: &Application| drift(wanted, found, app).is_empty();
    let principal = found.principal.as_ref().map(|one| one.id.as_str());
    match (step, &found.app, principal) {
        (Step::App(AppStep::Register { .. }), ..) => {
            let properties = properties(wanted, accesses(wanted, found));
            told(
                run.register_app(&wanted.name, properties, as_asked).await,
                |app| What::App(Box::new(app)),
            )
        }
        (Step::App(AppStep::Adjust { .. }), Some(app), _) => {
            let properties = adjustment(wanted, found, app);
            told(run.adjust_app(app, properties, as_asked).await, |()| {
                What::Nothing
            })
        }
        (Step::App(AppStep::MakePrincipal), Some(app), _) => {
            told(run.make_principal(&app.app_id).await, What::Principal)
        }
        (Step::App(AppStep::AddCertificate { .. }), Some(app), _) => {
            let Some(certificate) = &wanted.certificate else {
                return out_of_order();
            };
            let (der, thumbprint) = (certificate.base64(), certificate.thumbprint());
            let new = NewKey {
                der: &der,
                thumbprint: &thumbprint,
            };
            told(
                run.add_certificate(&app.id, new, "admin-reset setup-app")
                    .await,
                |()| What::Nothing,
            )
        }
        (
            Step::App(AppStep::TrustIssuer {
                name,
                issuer,
                subject,
            }),
            Some(app),
            _,
        ) => {
            let credential = credential(wanted, name, issuer, subject);
            told(run.trust_issuer(&app.id, &credential).await, |()| {
                What::Nothing
            })
        }
        (Step::App(AppStep::Consent { permissions }), _, Some(id)) => {
            told(run.consent(id, &found.graph.id, permissions).await, |()| {
                What::Nothing
            })
        }
        (Step::App(AppStep::GivePermission { permission }), _, Some(id)) => {
            let known = wanted
                .permissions
                .iter()
                .find(|(name, _)| name == permission)
                .map_or("", |(_, id)| id);
            let role = found.id_of(Kind::App, permission, known);
            told(
                run.give_permission(id, &found.graph.id, &role).await,
                |()| What::Nothing,
            )
        }
        (Step::AssignRole { role_id, scope, .. }, _, Some(principal_id)) => {
            let grant = Grant {
                principal_id,
                role_id,
                scope,
            };
            match run.assign_role_and_read(grant).await {
                Outcome::Done((_, shown)) => Outcome::Done(Made {
                    value: What::Nothing,
                    shown,
                }),
                Outcome::Failed(error) => Outcome::Failed(error),
                Outcome::Unknown(error) => {
                    Outcome::Unknown(error.fix(
                        "Run the same command again: it looks first and adds what is missing.",
                    ))
                }
            }
        }
        _ => out_of_order(),
    }
}

fn out_of_order() -> Outcome<Made<What>> {
    Outcome::Failed(Error::new(
        ErrorCode::Internal,
        "A step came before what it needs.",
    ))
}

fn accesses(wanted: &Wanted, found: &Found) -> Vec<Value> {
    wanted
        .permissions
        .iter()
        .map(|(name, known)| {
            json!({ "id": found.id_of(wanted.kind, name, known), "type": kind_word(wanted.kind) })
        })
        .collect()
}

/// Properties of a new registration, with the permissions it declares.
pub(super) fn properties(wanted: &Wanted, access: Vec<Value>) -> Value {
    let mut body = json!({
        "displayName": wanted.name,
        "signInAudience": "AzureADMyOrg",
        "requiredResourceAccess": [{
            "resourceAppId": GRAPH_APP_ID,
            "resourceAccess": access,
        }],
    });
    if wanted.kind == Kind::Person {
        body["isFallbackPublicClient"] = json!(true);
        body["publicClient"] = json!({ "redirectUris": [REDIRECT] });
    }
    body
}

/// What changes; each list is sent whole, with everything that was in it.
fn adjustment(wanted: &Wanted, found: &Found, app: &Application) -> Value {
    let mut body = json!({});
    if wanted.kind == Kind::Person {
        if app.is_fallback_public_client != Some(true) {
            body["isFallbackPublicClient"] = json!(true);
        }
        let mut redirects = app.public_client.clone().unwrap_or_default().redirect_uris;
        if !redirects.iter().any(|uri| uri == REDIRECT) {
            redirects.push(REDIRECT.to_owned());
            body["publicClient"] = json!({ "redirectUris": redirects });
        }
    }
    let mut resources: Vec<Value> = Vec::new();
    let mut ours: Vec<Value> = Vec::new();
    for resource in &app.required_resource_access {
        let access: Vec<Value> = resource
            .resource_access
            .iter()
            .map(|one| json!({ "id": one.id, "type": one.kind }))
            .collect();
        if resource.resource_app_id.eq_ignore_ascii_case(GRAPH_APP_ID) {
            ours.extend(access);
        } else {
            resources.push(
                json!({ "resourceAppId": resource.resource_app_id, "resourceAccess": access }),
            );
        }
    }
    let had = ours.len();
    let declared = look::declared(app);
    for one in accesses(wanted, found) {
        let there = declared.iter().any(|(id, kind)| {
            one["type"] == kind.as_str()
                && one["id"]
                    .as_str()
                    .is_some_and(|own| own.eq_ignore_ascii_case(id))
        });
        if !there {
            ours.push(one);
        }
    }
    if ours.len() > had {
        resources.push(json!({ "resourceAppId": GRAPH_APP_ID, "resourceAccess": ours }));
        body["requiredResourceAccess"] = json!(resources);
    }
    body
}
