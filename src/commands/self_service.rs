//! `self-service`: can this account reset its own password now, why, and the pages to do it. Reads only.

mod report;

use crate::auth;
use crate::context::Context;
use crate::error::{Error, ErrorCode, Exit, Result};
use crate::graph::batch::{Batch, Patience};
use crate::ids::UserId;
use crate::policy::Cloud;
use crate::policy::sspr::{SelfService, self_service};
use crate::render::Report;
use crate::security_info::ask::{self, Questions, SELECT, Whom};
use crate::security_info::{self, tenant};
use crate::{facts, qr};
use report::{Links, SelfServiceReport};
use std::time::SystemTime;

/// Tell whether an account can reset its own password, and open the page
///
/// Reads what is registered and which policy applies, and says yes (0), no (10) or not known (11) with the reasons. The links are
/// those of the cloud, with the user name filled in. Without a sign-in the links are given all the same, and the verdict is not known.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:
  admin-reset self-service
  admin-reset self-service ada@contoso.com --open
  admin-reset self-service ada@contoso.com --qr
  admin-reset self-service ada@contoso.com --cloud usgov -o json")]
pub struct Args {
    /// User principal name or object id; without it the signed-in person
    #[arg(value_name = "USER")]
    user: Option<String>,
    /// Open the page of self-service reset in the browser
    #[arg(long)]
    open: bool,
    /// Show the link as a QR code, to open it on a phone
    #[arg(long)]
    qr: bool,
}

/// Who was looked at and what was found.
pub(super) struct Looked {
    id: Option<String>,
    upn: Option<String>,
    enabled: Option<bool>,
    display_name: Option<String>,
    verdict: SelfService,
    under_policy: bool,
    methods_read: bool,
}

/// Runs the command.
pub async fn run(args: Args, context: &Context) -> Result<Box<dyn Report>> {
    let user = args.user.as_deref().map(UserId::parse).transpose()?;
    let cloud = context.settings.endpoints.cloud;
    let (looked, unread) = match look(context, user.as_ref()).await {
        Ok(looked) => (Some(looked), None),
        // Whoever is locked out cannot sign in: the links are what is wanted then.
        Err(error) if nobody_signed_in(&error) => (None, Some(error)),
        Err(error) => return Err(error),
    };
    let upn = looked
        .as_ref()
        .and_then(|looked| looked.upn.clone())
        .or_else(|| match &user {
            Some(UserId::Upn(upn)) => Some(upn.clone()),
            _ => None,
        });
    let pages = cloud.portals();
    let links = Links {
        self_service_reset: pages.self_service_for(upn.as_deref()),
        security_info: pages.security_info,
        unconfirmed: pages
            .unconfirmed
            .contains(&"security_info")
            .then_some("securityInfo"),
    };
    let opened = if args.open {
        Some(open(context, &links.self_service_reset)?)
    } else {
        None
    };
    let code = if args.qr {
        qr::lines(&links.self_service_reset, context.style.unicode)
    } else {
        Vec::new()
    };
    Ok(Box::new(SelfServiceReport {
        asked: upn,
        looked,
        unread,
        links,
        opened,
        code,
        cloud,
    }))
}

/// Errors that only mean that nobody is signed in, or that no way to sign in was named.
fn nobody_signed_in(error: &Error) -> bool {
    error.exit() == Exit::SignIn
        || matches!(error.code(), ErrorCode::Usage | ErrorCode::BadConfig)
        || error.code() == ErrorCode::Network
}

async fn look(context: &Context, user: Option<&UserId>) -> Result<Looked> {
    let client = context.client_for("self-service", &[])?;
    let claims = client.token().await?.claims;
    let whom = match user {
        Some(user) => Whom::Named(user.as_str().to_owned()),
        None if claims.app_only == Some(true) => {
            return Err(
                Error::new(ErrorCode::BadInput, "An app has no password to reset.")
                    .why("Nobody was named, and the token is an app's.")
                    .fix("Name the user."),
            );
        }
        None => Whom::Me(claims.oid),
    };
    let closely = claims
        .permissions
        .is_none_or(|held| held.iter().any(|name| name.starts_with("RoleManagement.")));
    let cloud = client.endpoints().cloud;
    let questions = Questions {
        select: SELECT,
        cloud,
        roles: true,
    };
    let mut batch = Batch::new();
    let asked = questions.ask(&mut batch, whom, closely);
    let asked_tenant = tenant::ask(&mut batch);
    let mut replies = client.batch(batch, Patience::Single).await?;
    let now = replies.date.unwrap_or_else(SystemTime::now);
    let tenant = tenant::read(&mut replies, asked_tenant, now)?;
    let mut evidence = ask::read(&client, &mut replies, asked, questions).await?;
    if let Some(error) = evidence.fault.take() {
        match (error.code(), user) {
            (ErrorCode::NotFound, Some(user)) if evidence.user.is_none() => {
                return Err(facts::not_found(user.as_str(), error));
            }
            (ErrorCode::ServiceFailed | ErrorCode::Network | ErrorCode::UnexpectedReply, _) => {
                return Err(error);
            }
            _ => {}
        }
    }
    let account = security_info::account(&evidence, &tenant, cloud);
    let verdict = self_service(&account, &tenant.facts, cloud);
    let under_policy = verdict.gate.is_some()
        && account
            .roles
            .items()
            .iter()
            .chain(account.eligible.items())
            .any(|role| {
                !role.is_implicit()
                    && (role.is_privileged()
                        || role.known().is_some_and(|known| known.sspr_two_gate))
            });
    let read = evidence.user;
    Ok(Looked {
        id: read.as_ref().map(|user| user.id.clone()),
        upn: read
            .as_ref()
            .and_then(|user| user.user_principal_name.clone()),
        enabled: account.enabled,
        display_name: read.and_then(|user| user.display_name),
        verdict,
        under_policy,
        methods_read: account.methods.seen().is_some(),
    })
}

/// Opens a page; false when there is no browser.
fn open(context: &Context, link: &str) -> Result<bool> {
    let url = url::Url::parse(link).map_err(|cause| {
        Error::new(ErrorCode::Internal, "The link could not be built.").source(cause)
    })?;
    let opened = auth::open_page(&context.settings.env, &url);
    if !opened {
        context
            .console
            .warn("No browser could be opened; open the link yourself.");
    }
    Ok(opened)
}

impl SelfServiceReport {
    fn is_global(&self) -> bool {
        self.cloud == Cloud::Global
    }
}
