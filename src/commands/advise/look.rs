//! What a sign-in that is there already tells about the answers. Reads only; a person is never asked to sign in for it, and whatever
//! cannot be read stays open. What somebody said is never overruled.

use super::Args;
use crate::consent::shell_word;
use crate::context::Context;
use crate::error::{Error, ErrorCode, Result};
use crate::facts::{Holder, people};
use crate::graph::Client;
use crate::graph::batch::{Batch, Patience};
use crate::policy::advise::{Account, Answers, OtherAdmin, Question, Tri};
use crate::policy::permissions;
use crate::policy::roles::{
    AUTHENTICATION_ADMINISTRATOR, GLOBAL_ADMINISTRATOR, HELPDESK_ADMINISTRATOR,
    PASSWORD_ADMINISTRATOR, PRIVILEGED_AUTHENTICATION_ADMINISTRATOR, USER_ADMINISTRATOR,
};
use crate::policy::sspr::MethodKind;
use crate::security_info::ask::{self, Questions, SELECT, Whom};
use crate::security_info::{self, tenant};
use std::rc::Rc;
use std::time::{Duration, SystemTime};

/// Whoever is locked out shall not wait for a directory that does not answer.
const PATIENCE: Duration = Duration::from_secs(15);

/// Roles that reset everybody.
const POWERFUL: [&str; 2] = [
    GLOBAL_ADMINISTRATOR,
    PRIVILEGED_AUTHENTICATION_ADMINISTRATOR,
];
/// Roles that reset some.
const LIMITED: [&str; 4] = [
    AUTHENTICATION_ADMINISTRATOR,
    USER_ADMINISTRATOR,
    PASSWORD_ADMINISTRATOR,
    HELPDESK_ADMINISTRATOR,
];

/// A sign-in that is there, and whose it is.
pub(super) struct Session {
    client: Rc<Client>,
    /// User name of the person, or nothing for an app.
    pub(super) person: Option<String>,
}

/// What was looked up.
#[derive(Debug, Default)]
pub(super) struct Looked {
    /// Who is signed in here; nothing for an app.
    pub(super) signed_in_as: Option<String>,
    /// Which questions it answered.
    pub(super) filled: Vec<Question>,
    /// What it saw and what it could not see, in sentences.
    pub(super) notes: Vec<String>,
}

/// The sign-in that is there; the error of one that does not work any more is a note.
pub(super) async fn session(context: &Context, looked: &mut Looked) -> Option<Session> {
    // Without a credential there is nothing to say: this command is for people who have none.
    let cloud = context.settings.endpoints.cloud;
    let scopes = permissions::scopes(&["advise"], &[], cloud);
    let client = context.client_if_signed_in(&scopes).ok().flatten()?;
    let token = match tokio::time::timeout(PATIENCE, client.token()).await {
        Ok(Ok(token)) => token,
        Ok(Err(error)) => {
            looked.missed(&error);
            return None;
        }
        Err(_) => {
            looked.notes.push(slow());
            return None;
        }
    };
    let person = (token.claims.app_only != Some(true))
        .then(|| token.claims.upn.clone())
        .flatten();
    looked.signed_in_as.clone_from(&person);
    Some(Session { client, person })
}

/// Fills in what the flags and the person left open about the account of this name.
pub(super) async fn fill(
    session: &Session,
    name: &str,
    args: &Args,
    answers: &mut Answers,
    looked: &mut Looked,
) {
    let own = session
        .person
        .as_deref()
        .is_some_and(|person| person.eq_ignore_ascii_case(name));
    if own && !args.answered(Question::Sessions) {
        answers.cli = true;
        // A browser or an Office app may be signed in beside it, so the question stays.
        looked
            .notes
            .push(format!("This command line is still signed in as {name}."));
    }
    match tokio::time::timeout(PATIENCE, read(session, name, args, answers, looked)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => looked.missed(&error),
        Err(_) => looked.notes.push(slow()),
    }
}

async fn read(
    session: &Session,
    name: &str,
    args: &Args,
    answers: &mut Answers,
    looked: &mut Looked,
) -> Result<()> {
    let client = &session.client;
    let cloud = client.endpoints().cloud;
    let questions = Questions {
        select: SELECT,
        cloud,
        roles: false,
    };
    let mut batch = Batch::new();
    let asked = questions.ask(&mut batch, Whom::Named(name.to_owned()), false);
    let asked_tenant = tenant::ask(&mut batch);
    let mut replies = client.batch(batch, Patience::Single).await?;
    let now = replies.date.unwrap_or_else(SystemTime::now);
    let tenant = tenant::read(&mut replies, asked_tenant, now)?;
    let evidence = ask::read(client, &mut replies, asked, questions).await?;
    if let (None, Some(error)) = (&evidence.user, &evidence.fault)
        && error.code() == ErrorCode::NotFound
    {
        looked.notes.push(format!(
            "There is no account {name} in the tenant that is signed in here; `admin-reset find-username --admins` lists those there are."
        ));
        return Ok(());
    }
    let account = security_info::account(&evidence, &tenant, cloud);
    if account.enabled == Some(false) {
        looked.notes.push(format!(
            "{name} is blocked from signing in: a new password alone does not help; reset-user has --enable for it."
        ));
    }
    if !args.answered(Question::Account) {
        let kind = match (account.synced, account.federated_domain) {
            (Some(true), _) => Account::Synced,
            (_, Some(true)) => Account::Federated,
            (Some(false), Some(false)) => Account::Cloud,
            _ => Account::Unknown,
        };
        if kind != Account::Unknown {
            answers.account = kind;
            looked.filled.push(Question::Account);
            looked
                .notes
                .push(format!("The password of {name} lives {}.", place(kind)));
        }
    }
    if !args.answered(Question::Registered)
        && let Some(kinds) = account.methods.complete()
    {
        registered(kinds, answers, looked);
    }
    let id = evidence.id().map(str::to_owned);
    if !args.answered(Question::OtherAdmin) {
        others(session, name, id.as_deref(), answers, looked).await?;
    }
    Ok(())
}

/// Where a password lives, in words.
const fn place(kind: Account) -> &'static str {
    match kind {
        Account::Synced => "on premises",
        Account::Federated => "at another identity provider",
        Account::Cloud | Account::Unknown => "in the cloud",
    }
}

fn registered(kinds: &[MethodKind], answers: &mut Answers, looked: &mut Looked) {
    let tri = |test: fn(&MethodKind) -> bool| {
        if kinds.iter().any(test) {
            Tri::Yes
        } else {
            Tri::No
        }
    };
    answers.email = tri(|kind| matches!(kind, MethodKind::Email));
    answers.phone = tri(|kind| matches!(kind, MethodKind::Phone { .. }));
    answers.app = tri(|kind| {
        matches!(
            kind.word(),
            "microsoftAuthenticator" | "softwareOath" | "hardwareOath"
        )
    });
    let words: Vec<&str> = [
        (answers.email, "an e-mail address"),
        (answers.phone, "a phone"),
        (answers.app, "an authenticator app"),
    ]
    .into_iter()
    .filter(|(found, _)| *found == Tri::Yes)
    .map(|(_, word)| word)
    .collect();
    looked.filled.push(Question::Registered);
    looked.notes.push(if words.is_empty() {
        "Neither e-mail address, phone nor authenticator app is registered.".to_owned()
    } else {
        format!(
            "Registered: {}; what is not at hand does not help (--registered says what is).",
            words.join(", ")
        )
    });
}

/// Looks for the best other administrator.
async fn others(
    session: &Session,
    name: &str,
    id: Option<&str>,
    answers: &mut Answers,
    looked: &mut Looked,
) -> Result<()> {
    let mut roles = POWERFUL.to_vec();
    roles.extend(LIMITED);
    let found = people(&session.client, &roles).await?;
    let others: Vec<&Holder> = found
        .holders
        .iter()
        .filter(|one| one.enabled != Some(false) && !is(one, name, id))
        .collect();
    let best = |roles: &[&str]| {
        others
            .iter()
            .find(|one| {
                roles
                    .iter()
                    .any(|role| one.role.template_id.eq_ignore_ascii_case(role))
            })
            .copied()
    };
    let (answer, who) = if let Some(one) = best(&POWERFUL) {
        (OtherAdmin::Powerful, Some(one))
    } else if let Some(one) = best(&LIMITED) {
        (OtherAdmin::Limited, Some(one))
    } else if found.missing.is_empty() {
        (OtherAdmin::Nobody, None)
    } else {
        looked
            .notes
            .extend(found.missing.iter().map(|gap| gap.sentence()));
        return Ok(());
    };
    answers.other_admin = answer;
    looked.filled.push(Question::OtherAdmin);
    looked.notes.push(match who {
        Some(one) => format!(
            "Another administrator: {} ({}); `admin-reset who-can-reset {}` lists all who could.",
            one.upn.as_deref().unwrap_or(&one.id),
            one.role.display_name(),
            shell_word(name)
        ),
        None => "Nobody else holds a role that resets passwords.".to_owned(),
    });
    Ok(())
}

/// Whether a holder is the account itself.
fn is(one: &Holder, name: &str, id: Option<&str>) -> bool {
    id.is_some_and(|id| one.id.eq_ignore_ascii_case(id))
        || one
            .upn
            .as_deref()
            .is_some_and(|upn| upn.eq_ignore_ascii_case(name))
}

fn slow() -> String {
    "The directory did not answer in time; what was not read counts as not known.".to_owned()
}

impl Looked {
    fn missed(&mut self, error: &Error) {
        self.notes.push(format!(
            "The sign-in that is there was of no use: {}",
            error.message()
        ));
    }
}
