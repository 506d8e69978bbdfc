//! One account before a change: the facts, whether the caller may, whether it is privileged, what the person should know; and
//! afterwards, when a refusal came all the same, what stands behind it. Reads; changes nothing.
//!
//! One entry point for all commands, so that the same refusal reads the same everywhere: [`look`] or [`look_at_many`], then
//! [`Judged::refusal`], `warnings`, [`Judged::subject`] for consent, and [`Judged::explained`] for what Graph refused. What is done in
//! the tenant rather than to an account asks [`in_tenant`]. A reset has more to ask and builds on the same parts.

mod diagnosis;
mod open;
#[cfg(test)]
mod tests;

pub(crate) use diagnosis::{Refused, explained, is_open};
pub(crate) use open::{denied, in_tenant, privileged, refused, restricted, still_open};

use crate::consent::Subject;
use crate::context::Context;
use crate::error::{Error, ErrorCode, Result};
use crate::facts::{self, Open, Surroundings};
use crate::graph::Client;
use crate::graph::users::User;
use crate::ids::UserId;
use crate::policy::reset::{
    Action, Caller, LastAdministrator, Privileged, Target, Verdict, lacking,
    last_global_administrator, verdict,
};
use crate::policy::{Cloud, Gap};
use crate::verdicts;
use crate::views::UserView;
use serde_json::Value;

/// Targets whose facts fit one `$batch`.
const CHUNK: usize = 5;

/// What is to be done to the account.
#[derive(Debug, Clone)]
pub(crate) struct Question<'a> {
    /// The actions; each has to be allowed.
    pub(crate) actions: Vec<Action>,
    /// The actions in words that go before a name: `issue an access pass for`.
    pub(crate) phrase: &'a str,
    /// Whether the account could be unusable as an administrator afterwards.
    pub(crate) takes_away: bool,
    /// Values of `--confirm`.
    pub(crate) confirmed: &'a [String],
}

/// One account, judged.
#[derive(Debug, Clone)]
pub(crate) struct Judged {
    pub(crate) user: User,
    pub(crate) target: Target,
    pub(crate) warnings: Vec<String>,
    name: UserId,
    privileged: Privileged,
    judged: Vec<(Action, Verdict)>,
    last: Option<LastAdministrator>,
    phrase: String,
    caller: Caller,
    cloud: Cloud,
}

/// Refuses what the cloud offers to nobody, before anybody signs in or is asked.
pub(crate) fn offered(context: &Context, actions: impl IntoIterator<Item = Action>) -> Result<()> {
    let cloud = context.settings.endpoints.cloud;
    for action in actions {
        if let Some(reason) = lacking(action, cloud) {
            return Err(Error::new(
                ErrorCode::CloudLacks,
                format!(
                    "{}; nothing was asked or changed.",
                    reason.why().trim_end_matches('.')
                ),
            )
            .why("No role and no permission makes up for it.")
            .fix(verdicts::fix(&reason, cloud))
            .reasons(vec![reason.code()]));
        }
    }
    Ok(())
}

/// Reads and judges one account together with who asks.
pub(crate) async fn look(
    context: &Context,
    client: &Client,
    name: &UserId,
    question: &Question<'_>,
) -> Result<(Surroundings, Judged)> {
    let (mut surroundings, subject) = facts::first_look(client, name.as_str()).await?;
    surroundings.belongs_to(context.settings.tenant.as_ref().map(|(tenant, _)| tenant))?;
    let judged = judge(context, client, &mut surroundings, subject?, name, question).await?;
    Ok((surroundings, judged))
}

/// Reads and judges many, a batch at a time; the answers are in the order of asking.
pub(crate) async fn look_at_many<'q>(
    context: &Context,
    client: &Client,
    names: &[UserId],
    question: impl Fn(usize) -> Question<'q>,
) -> Result<(Surroundings, Vec<Result<Judged>>)> {
    let mut surroundings = facts::surroundings(client).await?;
    surroundings.belongs_to(context.settings.tenant.as_ref().map(|(tenant, _)| tenant))?;
    let mut looked = Vec::with_capacity(names.len());
    for chunk in names.chunks(CHUNK) {
        context.go_on()?;
        context.console.progress(&format!(
            "Reading users: {} of {}",
            looked.len(),
            names.len()
        ));
        let texts: Vec<&str> = chunk.iter().map(UserId::as_str).collect();
        let subjects = facts::subjects(client, &texts, &surroundings).await?;
        for (subject, name) in subjects.into_iter().zip(chunk) {
            let question = question(looked.len());
            looked.push(match subject {
                Ok(subject) => {
                    judge(context, client, &mut surroundings, subject, name, &question).await
                }
                Err(error) => Err(error),
            });
        }
    }
    context.console.clear_progress();
    Ok((surroundings, looked))
}

async fn judge(
    context: &Context,
    client: &Client,
    surroundings: &mut Surroundings,
    mut subject: facts::Subject,
    name: &UserId,
    question: &Question<'_>,
) -> Result<Judged> {
    let cloud = context.settings.endpoints.cloud;
    let decide = |surroundings: &Surroundings, target: &Target| -> Vec<(Action, Verdict)> {
        let about = |action: &Action| verdict(*action, &surroundings.caller, target, cloud);
        question
            .actions
            .iter()
            .map(|action| (*action, about(action)))
            .collect()
    };
    let mut found = decide(surroundings, &subject.target);
    let (id, upn) = (&subject.target.id, &subject.target.upn);
    let confirmed = question.confirmed.iter().any(|value| {
        value.trim().eq_ignore_ascii_case(upn) || value.trim().eq_ignore_ascii_case(id)
    });
    let answers: Vec<&Verdict> = found.iter().map(|(_, answer)| answer).collect();
    let open = still_open(&answers, &question.actions, &subject, !confirmed);
    if open != Open::default() {
        facts::look_again(client, surroundings, &mut subject, open).await?;
        found = decide(surroundings, &subject.target);
        let undecided = |(_, answer): &(Action, Verdict)| matches!(answer, Verdict::Unknown { .. });
        if found.iter().any(undecided) && facts::look_at_scopes(client, &mut subject).await? {
            found = decide(surroundings, &subject.target);
        }
    }
    let mut warnings = Vec::new();
    for (_, answer) in &found {
        if let Verdict::Unknown {
            missing, may_be, ..
        } = answer
        {
            let words = verdicts::warning_with(missing, may_be, surroundings.caller.kind, cloud);
            if !warnings.contains(&words) {
                warnings.push(words);
            }
        }
    }
    let privileged = privileged(&subject, found.iter().map(|(_, answer)| answer));
    let takes_away =
        question.takes_away || question.actions.iter().any(|action| action.takes_away());
    let last = subject
        .administrators
        .as_ref()
        .map(|enabled| last_global_administrator(takes_away, &subject.target, enabled));
    Ok(Judged {
        user: subject.user,
        target: subject.target,
        warnings,
        name: name.clone(),
        privileged,
        judged: found,
        last,
        phrase: question.phrase.to_owned(),
        caller: surroundings.caller.clone(),
        cloud,
    })
}

impl Judged {
    /// Name for people and for confirmation.
    pub(crate) fn upn(&self) -> &str {
        self.user
            .user_principal_name
            .as_deref()
            .unwrap_or_else(|| self.name.as_str())
    }

    /// Object id.
    pub(crate) fn id(&self) -> &str {
        &self.user.id
    }

    /// The account as consent sees it.
    pub(crate) fn subject(&self) -> Subject {
        let privileged = match &self.privileged {
            Privileged::Yes(reasons) => Some(reasons.join(", ")),
            Privileged::Unknown(gaps) => {
                Some(gaps.iter().map(Gap::sentence).collect::<Vec<_>>().join(" "))
            }
            Privileged::No => None,
        };
        Subject {
            name: self.upn().to_owned(),
            id: Some(self.user.id.clone()).filter(|id| !id.is_empty()),
            privileged: privileged.map(|why| {
                if why.is_empty() {
                    "whether you may do this could not be decided".to_owned()
                } else {
                    why
                }
            }),
        }
    }

    /// The error when the caller may not, or when it would leave the tenant without an administrator.
    pub(crate) fn refusal(&self) -> Result<()> {
        if let Some((action, reasons, who_can)) = denied(&self.judged) {
            let error = refused(
                action,
                self.upn(),
                reasons,
                who_can,
                &self.caller,
                self.cloud,
            );
            return Err(match &self.judged[..] {
                // The command's own words for its only action.
                [_] => error.reworded(format!(
                    "You may not {} {}; nothing was changed.",
                    self.phrase,
                    self.upn()
                )),
                _ => error,
            });
        }
        match &self.last {
            Some(LastAdministrator::Stop) => Err(Error::new(
                ErrorCode::LastGlobalAdmin,
                format!(
                    "{} is the last enabled Global Administrator; nothing was changed.",
                    self.upn()
                ),
            )
            .why("Afterwards nobody might be able to sign in as a Global Administrator.")
            .fix("Create a second one first: admin-reset create-admin.")),
            _ => Ok(()),
        }
    }

    /// Refuses what would leave the last enabled Global Administrator without any method.
    pub(crate) fn must_not_be_stripped(&self) -> Result<()> {
        let Some(last) = self.last_administrator() else {
            return Ok(());
        };
        Err(Error::new(
            ErrorCode::LastGlobalAdmin,
            format!("{last}, and it would have no method left; nothing was changed."),
        )
        .why("Afterwards nobody might be able to sign in as a Global Administrator.")
        .fix("Create a second one first (admin-reset create-admin), or leave a method."))
    }

    /// Whether it is the last enabled Global Administrator, as a sentence that goes before a colon.
    pub(crate) fn last_administrator(&self) -> Option<String> {
        match self.last.as_ref()? {
            LastAdministrator::NotLast => None,
            LastAdministrator::Warn | LastAdministrator::Stop => Some(format!(
                "{} is the last enabled Global Administrator",
                self.upn()
            )),
            LastAdministrator::Unknown(_) => Some(format!(
                "{} may be the last enabled Global Administrator",
                self.upn()
            )),
        }
    }

    /// A refusal of this action that came all the same, explained. `first`: nothing else was changed in this run.
    pub(crate) fn explained(&self, error: Error, action: Action, first: bool) -> Error {
        let was_allowed = self
            .judged
            .iter()
            .any(|(asked, answer)| *asked == action && answer.is_allowed());
        explained(
            error,
            &Refused {
                action,
                whom: self.upn(),
                caller: &self.caller,
                target: &self.target,
                cloud: self.cloud,
                was_allowed,
                first,
            },
        )
    }

    /// The verdicts for a document: what is asked, the answer, what it rests on.
    pub(crate) fn verdicts_json(&self) -> Value {
        verdicts::all_json(&self.judged, self.caller.kind, self.cloud)
    }

    /// What the plan rests on, for the end of its first line.
    pub(crate) fn in_words(&self) -> String {
        verdicts::in_words(&self.judged)
    }

    /// Names of the roles held.
    pub(crate) fn roles(&self) -> Vec<String> {
        let mut names: Vec<String> = self
            .target
            .roles
            .items()
            .iter()
            .filter(|role| !role.is_implicit())
            .map(|role| role.display_name().to_owned())
            .collect();
        names.dedup();
        names
    }

    /// The account as reports show it.
    pub(crate) fn view(&self) -> UserView {
        UserView {
            id: Some(self.user.id.clone()).filter(|id| !id.is_empty()),
            user_principal_name: self.user.user_principal_name.clone(),
            display_name: self.user.display_name.clone(),
            roles: self.roles(),
            synced: self.target.synced,
            restricted_unit: self.target.restricted,
        }
    }

    /// One line about the account, for the person who is asked.
    pub(crate) fn line(&self) -> String {
        format!(
            "{}  {}  {}  {}",
            self.upn(),
            self.user.display_name.as_deref().unwrap_or("-"),
            self.user.id,
            self.roles().join(", ")
        )
    }
}

/// Where the account is, for a question: the tenant, and a server that is not Microsoft's.
pub(crate) fn place(context: &Context, surroundings: &Surroundings) -> String {
    let tenant = surroundings
        .domain()
        .map_or_else(String::new, |domain| format!(" in {domain}"));
    if context.settings.endpoints.custom {
        format!("{tenant} at {}", context.settings.endpoints.graph)
    } else {
        tenant
    }
}

/// The account of a name about which nothing could be read.
pub(crate) fn unread(name: &str) -> UserView {
    let object = crate::ids::guid(name);
    UserView {
        user_principal_name: object.is_none().then(|| name.to_owned()),
        id: object,
        ..UserView::default()
    }
}
