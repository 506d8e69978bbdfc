//! Results into one report: what was done, what would be done, what is left to do. Decides nothing.

use super::execute::Executor;
use super::existing::Existing;
use super::flags::Profile;
use super::history::Work;
use super::prepare::Prepared;
use super::report::{CreateReport, OneAccount, Status};
use super::wanted::{Slot, TenantView, WantedAccount, Warning, role_steps};
use super::{Args, IfExists};
use crate::consent::shell_word;
use crate::context::Context;
use crate::graph::methods::PassTerms;
use crate::policy::Cloud;
use crate::sink::{Custody, Place};
use std::collections::BTreeSet;

/// The report after the last write.
pub(super) fn concluded(
    args: &Args,
    context: &Context,
    executor: Executor<'_>,
    accounts: Vec<OneAccount>,
) -> CreateReport {
    let mut warnings = executor.warnings;
    for one in accounts
        .iter()
        .filter(|one| matches!(one.status, Status::Done | Status::Partial | Status::Unknown))
    {
        warnings.extend(cautions(args, context.settings.endpoints.cloud, &one.upn));
        warnings.extend(of_destinations(args, one));
    }
    if args.profile() == Profile::BreakGlass
        && !args.pair
        && accounts.iter().any(|one| one.status == Status::Done)
    {
        warnings.push(Warning {
            code: "keepTwo",
            account: None,
            message: "One emergency account is not enough: keep at least two, with their secrets in different places.".to_owned(),
        });
    }
    CreateReport {
        warnings,
        head: Some(executor.ledger.head()),
        request_ids: executor.client.request_ids(),
        ..empty(args, executor.tenant.clone(), accounts)
    }
}

/// The report when nothing is to be written.
pub(super) fn told(args: &Args, prepared: &Prepared) -> CreateReport {
    let accounts = prepared
        .slots
        .iter()
        .map(|slot| match slot {
            Slot::New(wanted) => OneAccount::begun(wanted, Status::Skipped),
            Slot::There(existing) => OneAccount::there(existing),
        })
        .collect();
    CreateReport {
        warnings: prepared.warnings.clone(),
        ..empty(args, prepared.tenant.clone(), accounts)
    }
}

/// The report of a dry run.
pub(super) fn planned(
    args: &Args,
    prepared: &Prepared,
    custodies: &[Custody],
    fixes: &dyn Fn(&Existing) -> bool,
) -> CreateReport {
    let mut accounts = Vec::new();
    let mut warnings = prepared.warnings.clone();
    for (at, slot) in prepared.slots.iter().enumerate() {
        accounts.push(match slot {
            Slot::New(wanted) => {
                let mut one = OneAccount::begun(wanted, Status::Planned);
                one.plan = wanted
                    .steps()
                    .iter()
                    .map(|step| step.to_json(&wanted.upn))
                    .collect();
                if let Some(minutes) = args.access_pass {
                    one.plan.push(
                        crate::plan::Step::IssueAccessPass(PassTerms::lasting(minutes))
                            .to_json(&wanted.upn),
                    );
                }
                one.secret.generated = true;
                one.secret.length = Some(wanted.length);
                one.secret.sinks = custodies.get(at).map(Custody::places).unwrap_or_default();
                warnings.extend(of_destinations(args, &one));
                one
            }
            Slot::There(existing) if fixes(existing) => plan_of(existing, None),
            Slot::There(existing) => OneAccount::there(existing),
        });
    }
    CreateReport {
        warnings,
        go_on: Some(go_on(args, &prepared.tenant)),
        ..empty(args, prepared.tenant.clone(), accounts)
    }
}

/// What finishing an account would do.
pub(super) fn plan_of(existing: &Existing, work: Option<&Work>) -> OneAccount {
    let mut one = OneAccount::there(existing);
    one.status = Status::Planned;
    one.error = None;
    one.operation_id = work.map(|work| work.operation_id.clone());
    one.plan = role_steps(&existing.missing_roles)
        .iter()
        .map(|step| step.to_json(&existing.wanted.upn))
        .collect();
    one
}

/// What making an account would do that never came into being.
pub(super) fn plan_to_make(wanted: &WantedAccount, work: &Work) -> OneAccount {
    let mut one = OneAccount::begun(wanted, Status::Planned);
    one.operation_id = Some(work.operation_id.clone());
    one.plan = wanted
        .steps()
        .iter()
        .map(|step| step.to_json(&wanted.upn))
        .collect();
    one.secret.generated = true;
    one.secret.sinks = work.where_it_is();
    one
}

pub(super) fn empty(args: &Args, tenant: TenantView, accounts: Vec<OneAccount>) -> CreateReport {
    CreateReport {
        tenant,
        accounts,
        warnings: Vec::new(),
        ticket: args.consent.ticket.clone(),
        head: None,
        request_ids: Vec::new(),
        go_on: None,
        break_glass: args.profile() == Profile::BreakGlass,
    }
}

/// What is to be known about where its password is.
fn of_destinations(args: &Args, one: &OneAccount) -> Vec<Warning> {
    let warning = |code, message| Warning {
        code,
        account: Some(one.upn.clone()),
        message,
    };
    let mut all: Vec<Warning> = one
        .secret
        .sinks
        .iter()
        .filter_map(Place::caution)
        .map(|message| warning("sharesTogether", message))
        .collect();
    let recipients: BTreeSet<&String> = one
        .secret
        .sinks
        .iter()
        .flat_map(|place| &place.recipients)
        .collect();
    if args.profile() != Profile::Ordinary && recipients.len() == 1 {
        all.push(warning(
            "singleRecipient",
            format!(
                "The password of {} is sealed to one recipient: who loses that key loses the account. Seal it to two, one of them kept offline.",
                one.upn
            ),
        ));
    }
    all
}

/// What a new account still lacks: a password alone opens no admin portal.
pub(super) fn cautions(args: &Args, cloud: Cloud, upn: &str) -> Vec<Warning> {
    if args.profile() == Profile::Ordinary {
        return Vec::new();
    }
    let register = cloud.portals().security_info;
    let demanded = if cloud == Cloud::Global {
        "Microsoft's admin portals demand multifactor authentication of every account, this one included"
    } else {
        "A password alone is the weakest way in, and Conditional Access may refuse it"
    };
    let warning = |code, message| Warning {
        code,
        account: Some(upn.to_owned()),
        message,
    };
    let mut all = vec![
        warning(
            "passwordDoesNotSuffice",
            format!(
                "{upn} cannot be relied on yet. {demanded}: register a passkey (FIDO2) at {register} or set up certificate-based authentication, and try the sign-in."
            ),
        ),
        warning(
            "conditionalAccessExclusion",
            format!(
                "Exclude {upn} from every Conditional Access policy that could block it, best through one protected group, and alert on each of its sign-ins."
            ),
        ),
    ];
    if args.profile() == Profile::Local {
        all.push(warning(
            "noGlobalAdministrator",
            format!("{upn} does not hold Global Administrator: it cannot rescue the tenant."),
        ));
    }
    all
}

/// The command line that carries out what was shown.
pub(super) fn go_on(args: &Args, tenant: &TenantView) -> String {
    let mut words = vec!["admin-reset create-admin".to_owned()];
    words.extend(args.name.as_deref().map(shell_word));
    for (flag, on) in [
        ("--break-glass", args.break_glass),
        ("--pair", args.pair),
        ("--no-force-change", args.no_force_change),
        ("--no-rollback", args.no_rollback),
    ] {
        if on {
            words.push(flag.to_owned());
        }
    }
    let mut given = |flag: &str, value: &str| words.push(format!("{flag} {}", shell_word(value)));
    if let Some(upn) = &args.upn {
        given("--upn", upn);
    }
    if let Some(name) = &args.display_name {
        given("--display-name", name);
    }
    args.role.iter().for_each(|role| given("--role", role));
    if args.scope != "/" {
        given("--scope", &args.scope);
    }
    match args.if_exists {
        IfExists::Report => {}
        IfExists::Fail => given("--if-exists", "fail"),
        IfExists::Fix => given("--if-exists", "fix"),
    }
    match (args.secret_to.is_empty(), args.pair) {
        (false, _) => args
            .secret_to
            .iter()
            .for_each(|sink| given("--secret-to", sink)),
        (true, false) => given("--secret-to", "file:PATH"),
        (true, true) => ["file:PATH1", "file:PATH2"]
            .iter()
            .for_each(|sink| given("--secret-to", sink)),
    }
    match args.access_pass {
        Some(Some(minutes)) => words.push(format!("--access-pass={minutes}")),
        Some(None) => words.push("--access-pass".to_owned()),
        None => {}
    }
    words.push(format!("--confirm {}", shell_word(&tenant.initial_domain)));
    words.join(" ")
}
