//! What the flags ask for: the way a password is written, what is done beside it, the steps that follow from both,
//! and where secrets go. Sends nothing.

use super::Args;
use super::extras::ExtraArgs;
use crate::auth::claims::TokenClaims;
use crate::context::Context;
use crate::error::Result;
use crate::plan::{Step, Via};
use crate::policy::Cloud;
use crate::policy::reset::{Action, Method, Via as PolicyVia};
use crate::sink::{self, Demand, SinkSpec};

/// Which way the password is written.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Default,
    clap::ValueEnum,
    serde::Serialize,
    serde::Deserialize,
)]
#[serde(rename_all = "camelCase")]
pub enum ViaArg {
    /// As the token, the cloud and the flags allow
    #[default]
    Auto,
    /// The resetPassword action (delegated only; writes back to on-premises)
    Method,
    /// PATCH passwordProfile (app-only; cloud only)
    Direct,
}

/// What the flags ask for, without the users.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub(super) via: ViaArg,
    pub(super) force_change: bool,
    pub(super) force_change_mfa: bool,
    pub(super) cloud_only_write: bool,
    pub(super) revoke: Option<bool>,
    pub(super) enable: bool,
    pub(super) through_restricted_unit: bool,
    /// An access pass is issued after the reset.
    pub(super) access_pass: bool,
    pub(super) extras: ExtraArgs,
}

impl Wanted {
    pub(super) fn new(args: &Args) -> Self {
        Wanted {
            via: args.via,
            force_change: !args.no_force_change,
            force_change_mfa: args.force_change_mfa,
            cloud_only_write: args.cloud_only_write,
            revoke: if args.revoke_sessions {
                Some(true)
            } else if args.no_revoke_sessions {
                Some(false)
            } else {
                None
            },
            enable: args.enable,
            through_restricted_unit: args.through_restricted_unit,
            access_pass: args.access_pass.is_some(),
            extras: args.extras.clone(),
        }
    }

    /// The way the password is written (contract: `--via auto`).
    ///
    /// `app_only`: an app calls, by its token or, where that cannot be read, by `/me`.
    pub(super) fn way(&self, claims: &TokenClaims, app_only: bool, cloud: Cloud) -> Via {
        match self.via {
            ViaArg::Method => Via::Method,
            ViaArg::Direct => Via::Direct,
            ViaArg::Auto => {
                let has = |name: &str| {
                    claims
                        .permissions
                        .as_ref()
                        .is_none_or(|held| held.iter().any(|own| own.eq_ignore_ascii_case(name)))
                };
                let direct = app_only
                    || cloud == Cloud::China
                    || !self.force_change
                    || self.force_change_mfa
                    || self.cloud_only_write
                    || !has("UserAuthenticationMethod.ReadWrite.All");
                if direct { Via::Direct } else { Via::Method }
            }
        }
    }

    /// What is done to the account for certain, in its order: the reset, and what flags ask for beside it. Ending sessions by default is
    /// not here: it is left out where it may not be done.
    pub(super) fn actions(&self, via: Via) -> Vec<Action> {
        let mut actions = vec![self.reset_by(via)];
        if self.enable {
            actions.push(Action::EnableAccount);
        }
        if self.extras.require_reregister {
            actions.push(Action::WriteMethods(Method::Other));
        }
        if self.revoke == Some(true) {
            actions.push(Action::RevokeSessions);
        }
        if self.access_pass {
            actions.push(Action::IssueAccessPass);
        }
        actions
    }

    fn reset_by(&self, via: Via) -> Action {
        Action::ResetPassword {
            via: match (via, self.cloud_only_write) {
                (Via::Method, _) => PolicyVia::Method,
                (Via::Direct, true) => PolicyVia::DirectCloudOnly,
                (Via::Direct, false) => PolicyVia::Direct,
            },
        }
    }

    /// The steps of the reset.
    pub(super) fn steps(&self, via: Via, revoke: bool, extras: Vec<Step>) -> Vec<Step> {
        let mut steps = vec![Step::ResetPassword {
            via,
            force_change: via == Via::Method || self.force_change || self.force_change_mfa,
            force_change_mfa: self.force_change_mfa,
        }];
        if self.enable {
            steps.push(Step::EnableUser);
        }
        steps.extend(extras);
        if revoke {
            steps.push(Step::RevokeSessions);
        }
        steps
    }
}

/// May the token end sessions, as far as it can be read?
pub(super) fn may_revoke(claims: &TokenClaims) -> bool {
    claims.permissions.as_ref().is_none_or(|held| {
        [
            "User.RevokeSessions.All",
            "User.ReadWrite.All",
            "Directory.ReadWrite.All",
        ]
        .iter()
        .any(|name| held.iter().any(|own| own.eq_ignore_ascii_case(name)))
    })
}

impl Args {
    /// Destinations; `tty` when none was named and a person is there.
    pub(super) fn sinks(&self, context: &Context) -> Result<Vec<SinkSpec>> {
        let wanted = Demand {
            what: "new password",
            flag: "--secret-to",
            or_else: ", or supply the password with --password-stdin",
            may_be_none: self.password.is_supplied() || self.consent.dry_run,
        };
        sink::given(&self.secret_to, wanted, &context.console)
    }

    pub(super) fn access_pass_sink(&self, context: &Context) -> Result<Option<SinkSpec>> {
        if self.access_pass.is_none() || self.consent.dry_run {
            return Ok(None);
        }
        sink::given_for_pass(self.access_pass_to.as_ref(), &context.console)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_app_whose_token_cannot_be_read_writes_directly() {
        let wanted = Wanted {
            via: ViaArg::Auto,
            force_change: true,
            force_change_mfa: false,
            cloud_only_write: false,
            through_restricted_unit: false,
            access_pass: false,
            extras: ExtraArgs::default(),
            revoke: None,
            enable: false,
        };
        let opaque = TokenClaims::default();
        assert_eq!(wanted.way(&opaque, true, Cloud::Global), Via::Direct);
        assert_eq!(wanted.way(&opaque, false, Cloud::Global), Via::Method);
        assert_eq!(wanted.way(&opaque, false, Cloud::China), Via::Direct);
        let lacking = TokenClaims {
            permissions: Some(vec!["User-PasswordProfile.ReadWrite.All".to_owned()]),
            ..TokenClaims::default()
        };
        assert_eq!(wanted.way(&lacking, false, Cloud::Global), Via::Direct);
        let named = Wanted {
            via: ViaArg::Method,
            ..wanted
        };
        assert_eq!(named.way(&opaque, true, Cloud::China), Via::Method);
    }
}
