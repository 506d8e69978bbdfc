//! What can go with a reset beside ending sessions: whether the password expires, and registering anew. Reads what these need,
//! turns it into steps, and takes them.

use super::execute::Executor;
use super::prepare::Prepared;
use super::report::OneReset;
use crate::error::{Error, ErrorCode, Result};
use crate::facts::Subject;
use crate::graph::methods::{self, RegisteredMethod};
use crate::graph::{Client, users};
use crate::plan::{Outcome, Step};
use crate::policy::Cloud;
use crate::policy::contact::PhoneKind;
use crate::policy::reset::{LastAdministrator, last_global_administrator};
use serde_json::{Value, json};

/// The token that keeps a password from expiring.
const NEVER: &str = "DisablePasswordExpiration";
/// What Graph takes for no policy at all.
const NONE: &str = "None";

/// Whether the password of the account expires.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "camelCase")]
pub(super) enum PasswordPolicy {
    /// It never expires
    NeverExpires,
    /// It expires as the tenant's rule says
    Default,
}

/// Flags about what goes with the reset.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct ExtraArgs {
    /// Let the password never expire, or expire by the tenant's rule again
    #[arg(
        long,
        value_enum,
        hide_possible_values = true,
        value_name = "never-expires|default"
    )]
    pub(super) password_policy: Option<PasswordPolicy>,
    /// Delete every registered method as well, so that the user has to register anew; the list is shown first
    #[arg(long)]
    pub(super) require_reregister: bool,
}

impl ExtraArgs {
    /// The flag that needs something read, if one was given.
    pub(super) fn needs_reads(&self) -> Option<&'static str> {
        match (self.password_policy, self.require_reregister) {
            (Some(_), _) => Some("--password-policy"),
            (None, true) => Some("--require-reregister"),
            (None, false) => None,
        }
    }
}

/// The steps and what they start from.
#[derive(Debug, Clone, Default)]
pub(super) struct Extras {
    pub(super) steps: Vec<Step>,
    pub(super) warnings: Vec<String>,
    /// Password policies before and after.
    pub(super) policy: Option<(String, String)>,
}

/// Reads what the flags need. An error means that one of them cannot be done to this account.
pub(super) async fn read(
    client: &Client,
    args: &ExtraArgs,
    subject: &Subject,
    cloud: Cloud,
) -> Result<Extras> {
    let mut extras = Extras::default();
    let target = &subject.target;
    if let Some(policy) = args.password_policy {
        if target.synced == Some(true) {
            return Err(Error::new(
                ErrorCode::SyncedUser,
                format!(
                    "Whether the password of {} expires is set on premises; nothing was changed.",
                    target.upn
                ),
            )
            .why("The account is synced, so the cloud takes its properties from Active Directory.")
            .fix("Set it in Active Directory, and leave --password-policy out."));
        }
        let read = client
            .fetch(&users::get(&target.id, "id,passwordPolicies"))
            .await?;
        let before = read.value.password_policies.unwrap_or_default();
        let after = changed(&before, policy);
        if !same(&before, &after) {
            extras.steps.push(Step::SetPasswordPolicies {
                policies: after.clone(),
            });
        }
        extras.policy = Some((shown(&before), shown(&after)));
    }
    if args.require_reregister {
        let registered = registered(client, &target.id, cloud).await?;
        let (steps, left) = deletions(registered);
        if left.is_empty() && !steps.is_empty() {
            must_not_be_last(subject)?;
        }
        if steps.is_empty() {
            extras.warnings.push(format!(
                "{} has no method that could be deleted: --require-reregister has no effect.",
                target.upn
            ));
        }
        if !left.is_empty() {
            extras.warnings.push(format!(
                "Graph offers no way to delete what {} has of these kinds, so they stay: {}.",
                target.upn,
                left.join(", ")
            ));
        }
        extras.steps.extend(steps);
    }
    Ok(extras)
}

/// The value of `passwordPolicies` after the change; what else is in it stays.
fn changed(before: &str, policy: PasswordPolicy) -> String {
    let mut tokens: Vec<&str> = before
        .split(',')
        .map(str::trim)
        .filter(|token| !token.is_empty() && *token != NONE && *token != NEVER)
        .collect();
    if policy == PasswordPolicy::NeverExpires {
        tokens.insert(0, NEVER);
    }
    if tokens.is_empty() {
        NONE.to_owned()
    } else {
        tokens.join(", ")
    }
}

fn shown(value: &str) -> String {
    if value.is_empty() { NONE } else { value }.to_owned()
}

fn same(one: &str, other: &str) -> bool {
    let tokens = |text: &str| {
        let mut tokens: Vec<String> = text
            .split(',')
            .map(|token| token.trim().to_owned())
            .filter(|token| !token.is_empty() && token != NONE)
            .collect();
        tokens.sort();
        tokens
    };
    tokens(one) == tokens(other)
}

/// Never strips the last enabled Global Administrator, nor one who may be.
fn must_not_be_last(subject: &Subject) -> Result<()> {
    let last = subject
        .administrators
        .as_ref()
        .map(|enabled| last_global_administrator(true, &subject.target, enabled));
    let verb = match last {
        Some(LastAdministrator::NotLast) => return Ok(()),
        None if subject.target.roles.seen().is_some() => return Ok(()),
        Some(LastAdministrator::Stop | LastAdministrator::Warn) => "is",
        Some(LastAdministrator::Unknown(_)) | None => "may be",
    };
    Err(Error::new(
        ErrorCode::LastGlobalAdmin,
        format!(
            "{} {verb} the last enabled Global Administrator, and its methods are not deleted; nothing was changed.",
            subject.target.upn
        ),
    )
    .why("Without a method nobody might be able to sign in as a Global Administrator.")
    .fix("Create a second one first (admin-reset create-admin), or leave --require-reregister out."))
}

async fn registered(client: &Client, id: &str, cloud: Cloud) -> Result<Vec<RegisteredMethod>> {
    if cloud != Cloud::China {
        return Ok(client.fetch(&methods::list(id)).await?.value.value);
    }
    let mut all = client.fetch(&methods::phones(id)).await?.value.value;
    let apps = client.fetch(&methods::authenticators(id)).await?.value;
    all.extend(
        apps.value
            .into_iter()
            .map(RegisteredMethod::as_authenticator),
    );
    Ok(all)
}

/// Deletions in the order Graph takes, and the kinds that cannot be deleted.
fn deletions(registered: Vec<RegisteredMethod>) -> (Vec<Step>, Vec<String>) {
    let mut steps: Vec<(u8, Step)> = Vec::new();
    let mut left = Vec::new();
    for method in registered {
        if method.kind() == Some("password") {
            continue;
        }
        let Some(collection) = method.collection() else {
            left.push(method.kind().unwrap_or("an unknown kind").to_owned());
            continue;
        };
        let kind = method.phone_type.as_deref().and_then(PhoneKind::parse);
        // The first phone is often the default method, and it cannot go while the second one is there.
        let rank = match kind {
            Some(PhoneKind::Mobile) => 2,
            Some(PhoneKind::AlternateMobile) => 1,
            _ => 0,
        };
        let what = match (kind, &method.display_name) {
            (Some(kind), _) => format!("the {} phone", kind.word()),
            (None, Some(name)) => format!(
                "{} \"{}\"",
                method.kind().unwrap_or("method"),
                crate::render::text::cell(name)
            ),
            (None, None) => format!("{} method", method.kind().unwrap_or("a")),
        };
        steps.push((
            rank,
            Step::DeleteMethod {
                collection,
                id: method.id,
                what,
            },
        ));
    }
    steps.sort_by_key(|(rank, _)| *rank);
    (steps.into_iter().map(|(_, step)| step).collect(), left)
}

impl Executor<'_> {
    /// Takes one of these steps; true when the refusal is one that may pass once other methods are gone.
    pub(super) async fn extra(
        &self,
        prepared: &Prepared,
        operation_id: &str,
        step: &Step,
        one: &mut OneReset,
        problems: &mut Vec<Error>,
    ) -> bool {
        let sent_before = self.client.request_ids().len();
        if let Err(error) = self.intend(prepared, operation_id, step, one) {
            problems.push(error);
            return false;
        }
        let id = prepared.path_id();
        match step {
            Step::SetPasswordPolicies { policies } => {
                let outcome = self.run().set_password_policies(id, policies).await;
                let recorded = self.conclude(prepared, operation_id, step, &outcome, sent_before);
                problems.extend(recorded.err());
                let before = prepared.policy.as_ref().map(|(before, _)| before);
                let (after, proven) = match outcome {
                    Outcome::Done(read) => {
                        let proven = read.as_deref().is_some_and(|own| same(own, policies));
                        (read.as_deref().map(shown), proven)
                    }
                    Outcome::Failed(error) | Outcome::Unknown(error) => {
                        problems.push(error);
                        (None, false)
                    }
                };
                one.reset.password_policies =
                    Some(json!({ "before": before, "after": after, "readBack": proven }));
            }
            Step::DeleteMethod {
                collection,
                id: method,
                ..
            } => {
                let china = prepared.cloud == Cloud::China;
                let outcome = self
                    .run()
                    .delete_method(id, collection, method, china)
                    .await;
                let recorded = self.conclude(prepared, operation_id, step, &outcome, sent_before);
                problems.extend(recorded.err());
                match outcome {
                    Outcome::Done(()) => one.deleted_methods.push((*collection).to_owned()),
                    Outcome::Failed(error) => {
                        let later = error.said().http_status == Some(400);
                        problems.push(error);
                        return later;
                    }
                    Outcome::Unknown(error) => problems.push(error),
                }
            }
            other => problems.push(Error::new(
                ErrorCode::Internal,
                format!("{} is no step of a reset.", other.name()),
            )),
        }
        false
    }

    /// Deletes what was refused once more, now that the other methods are gone: a default method cannot go before them.
    pub(super) async fn once_more(
        &self,
        prepared: &Prepared,
        operation_id: &str,
        later: Vec<&Step>,
        one: &mut OneReset,
        problems: &mut Vec<Error>,
    ) {
        for step in later {
            self.extra(prepared, operation_id, step, one, problems)
                .await;
        }
    }
}

/// What was deleted, for the report.
pub(super) fn deleted(one: &OneReset) -> Option<Value> {
    (!one.deleted_methods.is_empty()).then(|| json!({ "deleted": one.deleted_methods }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use PasswordPolicy::{Default, NeverExpires};

    #[test]
    fn only_the_token_about_expiry_changes() {
        for (before, policy, after) in [
            ("", NeverExpires, NEVER),
            ("None", NeverExpires, NEVER),
            (NEVER, NeverExpires, NEVER),
            (
                "DisableStrongPassword",
                NeverExpires,
                "DisablePasswordExpiration, DisableStrongPassword",
            ),
            (NEVER, Default, "None"),
            ("", Default, "None"),
            (
                "DisablePasswordExpiration, DisableStrongPassword",
                Default,
                "DisableStrongPassword",
            ),
        ] {
            assert_eq!(changed(before, policy), after, "{before} {policy:?}");
        }
        assert!(same("", "None") && same("A, B", "B,A") && !same("A", ""));
    }

    #[test]
    fn the_first_phone_goes_last_and_the_password_never() {
        let method = |kind: &str, phone: Option<&str>| RegisteredMethod {
            odata_type: Some(format!("#microsoft.graph.{kind}AuthenticationMethod")),
            id: format!("{kind}-{}", phone.unwrap_or("x")),
            phone_type: phone.map(str::to_owned),
            ..RegisteredMethod::default()
        };
        let (steps, left) = deletions(vec![
            method("password", None),
            method("phone", Some("mobile")),
            method("phone", Some("alternateMobile")),
            method("fido2", None),
            method("hardwareOath", None),
        ]);
        let ids: Vec<&str> = steps
            .iter()
            .map(|step| match step {
                Step::DeleteMethod { id, .. } => id.as_str(),
                _ => "",
            })
            .collect();
        assert_eq!(ids, ["fido2-x", "phone-alternateMobile", "phone-mobile"]);
        assert_eq!(left, ["hardwareOath"]);
    }
}
