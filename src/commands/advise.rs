//! `advise`: the way back for an administrator who is locked out. Without network and sign-in; on a terminal it asks, elsewhere flags
//! answer. What follows from the answers, [`crate::policy::advise`] says.

mod ask;
mod look;
mod report;
#[cfg(test)]
mod tests;

use crate::context::Context;
use crate::error::{Error, ErrorCode, Result};
use crate::ids::UserId;
use crate::policy::advise::{Account, Answers, OtherAdmin, Question, Tri};
use crate::render::{Format, Report};
use look::Looked;
use report::Advice;

/// Show the way back in for an administrator who is locked out
///
/// Asks what is still there and prints the ways back in order, each with the command or link for the cloud, what it needs, how long
/// it takes and what can go wrong; the support case is always last. Needs no network and no sign-in. Without a terminal, or with
/// --no-input, flags answer, and what they leave open counts as not known. Where a sign-in is still there (a kept one, an app's, a
/// ready token), it is used to fill in what the directory tells; nobody is asked to sign in for it.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(after_help = "Examples:
  admin-reset advise
  admin-reset advise --username ada@contoso.com --other-admin none --registered email,app
  admin-reset advise --no-username --signed-in office --no-input
  admin-reset advise --cloud china --account synced -o json")]
pub struct Args {
    /// The user name that is locked out
    #[arg(long, value_name = "USER")]
    username: Option<String>,
    /// The user name is not known
    #[arg(long, conflicts_with = "username")]
    no_username: bool,
    /// The password is known
    #[arg(long)]
    password_known: bool,
    /// What is still signed in: browser, office, cli, or none
    #[arg(long, value_name = "WHAT,WHAT", value_delimiter = ',', value_parser = ["browser", "office", "cli", "none"])]
    signed_in: Vec<String>,
    /// The best other administrator: global (also Privileged Authentication), limited, some, none, unknown
    #[arg(long, value_name = "ROLE", value_parser = ["global", "limited", "some", "none", "unknown"])]
    other_admin: Option<String>,
    /// Registered and at hand: email, phone, app, none, or unknown
    #[arg(long, value_name = "WHAT,WHAT", value_delimiter = ',', value_parser = ["email", "phone", "app", "none", "unknown"])]
    registered: Vec<String>,
    /// Where the password lives: cloud, synced, federated, unknown
    #[arg(long, value_name = "KIND", value_parser = ["cloud", "synced", "federated", "unknown"])]
    account: Option<String>,
    /// Ask and read nothing, even where a sign-in is still there
    #[arg(long)]
    offline: bool,
}

/// Runs the command.
pub async fn run(args: Args, context: &Context) -> Result<Box<dyn Report>> {
    let (mut answers, mut name) = args.answers(context)?;
    let mut looked = Looked::default();
    let session = if args.offline {
        None
    } else {
        look::session(context, &mut looked).await
    };
    let person = session.as_ref().and_then(|one| one.person.clone());
    // A document is made of flags and of what is read, so that the same line on the same day always gives the same one.
    let dialogue = context.console.can_ask()
        && matches!(context.style.format, Format::Text | Format::Markdown)
        && context.style.query.is_none();
    let named = args.answered(Question::UserName);
    if dialogue && !named {
        let offer = person.as_deref();
        ask::ask(context, Question::UserName, &mut answers, &mut name, offer)?;
    } else if !named && person.is_some() {
        name = person;
        answers.user_name = true;
        looked.filled.push(Question::UserName);
    }
    if let (Some(session), Some(name)) = (&session, &name) {
        look::fill(session, name, &args, &mut answers, &mut looked).await;
    }
    if dialogue {
        for note in looked.notes.drain(..) {
            context.console.note(&note);
        }
        for question in Question::ALL {
            let known = args.answered(question)
                || question == Question::UserName
                || looked.filled.contains(&question);
            if !known && question.matters(&answers) {
                ask::ask(context, question, &mut answers, &mut name, None)?;
            }
        }
    }
    Ok(Box::new(Advice::new(answers, name, looked)))
}

impl Args {
    fn answers(&self, context: &Context) -> Result<(Answers, Option<String>)> {
        let name = self.username.as_deref().map(user).transpose()?;
        alone(&self.signed_in, "--signed-in", &["none"])?;
        alone(&self.registered, "--registered", &["none", "unknown"])?;
        let live = |what: &str| self.signed_in.iter().any(|one| one == what);
        let registered = |what: &str| match &self.registered[..] {
            [] => Tri::Unknown,
            [one] if one == "unknown" => Tri::Unknown,
            list if list.iter().any(|one| one == what) => Tri::Yes,
            _ => Tri::No,
        };
        let answers = Answers {
            user_name: name.is_some(),
            password: self.password_known,
            browser: live("browser"),
            office: live("office"),
            cli: live("cli"),
            other_admin: self
                .other_admin
                .as_deref()
                .and_then(OtherAdmin::by_word)
                .unwrap_or_default(),
            email: registered("email"),
            phone: registered("phone"),
            app: registered("app"),
            account: self
                .account
                .as_deref()
                .and_then(Account::by_word)
                .unwrap_or_default(),
            cloud: context.settings.endpoints.cloud,
        };
        Ok((answers, name))
    }

    fn answered(&self, question: Question) -> bool {
        match question {
            Question::UserName => self.username.is_some() || self.no_username,
            Question::Password => self.password_known || self.no_username,
            Question::OtherAdmin => self.other_admin.is_some(),
            Question::Account => self.account.is_some(),
            Question::Registered => !self.registered.is_empty(),
            Question::Sessions => !self.signed_in.is_empty(),
        }
    }
}

/// A user name as it may go into a command line that is pasted, and into a link.
fn user(text: &str) -> Result<String> {
    match UserId::parse(text)? {
        UserId::Upn(upn) => Ok(upn),
        UserId::Object(_) => Err(
            Error::new(ErrorCode::BadInput, "An object id is no user name.")
                .why("Rule: what one signs in with, name@domain.")
                .fix("Give the user principal name, or --no-username."),
        ),
    }
}

fn alone(list: &[String], flag: &str, words: &[&str]) -> Result<()> {
    match list.iter().find(|one| words.contains(&one.as_str())) {
        Some(word) if list.len() > 1 => Err(Error::new(
            ErrorCode::Usage,
            format!("{flag} says {word} and something else."),
        )
        .fix(format!("Give {word} alone, or leave it out."))),
        _ => Ok(()),
    }
}
