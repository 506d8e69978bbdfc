//! The reset of the first password, by the second administrator: staged, journalled, sent, proven, settled.

use super::Recovery;
use super::ground::{may_write_directly, policy_via};
use crate::error::{Error, ErrorCode, Result};
use crate::facts;
use crate::graph::Client;
use crate::journal::How;
use crate::ledger::{DELIVER, Ledger, Whom};
use crate::passwords::PasswordArgs;
use crate::plan::reset::{Reset, changed_at};
use crate::plan::{Outcome, Step, Via};
use crate::policy::Cloud;
use crate::policy::password::DEFAULT_LENGTH;
use crate::policy::reset::{Action, Verdict, verdict};
use crate::sink::{Custody, Entry, Fate};
use crate::verdicts;

impl Recovery<'_> {
    /// Resets the first password.
    pub(super) async fn reset_first(
        &mut self,
        ledger: &Ledger,
        client: &Client,
        custody: &mut Custody,
    ) -> Result<()> {
        self.context.go_on()?;
        let cloud = self.context.settings.endpoints.cloud;
        let claims = client.token().await?.claims;
        self.first.via =
            if cloud == Cloud::China || may_write_directly(claims.permissions.as_deref()) {
                Via::Direct
            } else {
                Via::Method
            };
        let via = self.first.via;
        let (surroundings, subject) = facts::first_look(client, &self.first.id).await?;
        let subject = subject?;
        let action = Action::ResetPassword {
            via: policy_via(via),
        };
        let caller = &surroundings.caller;
        match verdict(action, caller, &subject.target, cloud) {
            Verdict::Denied { reasons, who_can } => {
                return Err(verdicts::refused(
                    "reset the password of",
                    &self.first.upn,
                    &reasons,
                    &who_can,
                    caller,
                    cloud,
                ));
            }
            Verdict::Unknown { missing, .. } => {
                self.context.console.warn(&verdicts::warning(&missing));
            }
            Verdict::Allowed { .. } => {}
        }
        let secret = PasswordArgs::default().generate(DEFAULT_LENGTH)?;
        let (id, upn) = (self.first.id.clone(), self.first.upn.clone());
        let operation_id = self.operation_id.clone();
        let tenant = client.tenant().await;
        let staged = Entry {
            tenant: tenant.as_deref(),
            upn: &upn,
            id: &id,
            operation_id: &operation_id,
            secret: &secret,
            what: "password",
        };
        custody.stage(&staged).await?;
        let whom = Whom {
            operation_id: &operation_id,
            id: Some(&id),
            upn: Some(&upn),
        };
        let step = Step::ResetPassword {
            via,
            force_change: via == Via::Method,
            force_change_mfa: false,
        };
        let places: Vec<String> = custody.places().iter().map(ToString::to_string).collect();
        // The operation has two passwords; this is not the second administrator's.
        let deliver = format!("{DELIVER}.{id}");
        let escrow = custody.escrow_name(&id);
        let how = How {
            plan: escrow.iter().map(|_| deliver.clone()).collect(),
            escrow,
            ..How::default()
        };
        if let Err(error) = ledger.intend_with(whom, step.name(), &places, how) {
            let _ = custody.settle(&id, Fate::NotInForce).await;
            return Err(error);
        }
        self.context.begin_change(&operation_id);
        let sent_before = client.request_ids().len();
        let reset = Reset {
            id: &id,
            via,
            may_turn_direct: false,
            force_change: false,
            force_change_mfa: false,
            changed_before: changed_at(&subject.user),
            may_repeat: true,
            password: &secret,
        };
        let outcome = self.run(client).reset(&reset).await;
        let fate = match &outcome {
            Outcome::Done(_) => Fate::InForce,
            Outcome::Failed(_) => Fate::NotInForce,
            Outcome::Unknown(_) => Fate::Unknown,
        };
        let recorded = ledger.conclude(
            whom,
            step.name(),
            outcome.word(),
            outcome.error(),
            client.request_ids().split_off(sent_before),
        );
        let mut kept = custody.settle(&id, fate).await;
        if kept.is_ok() {
            kept = custody.publish().await;
        }
        let mut recorded = recorded;
        for one in custody.deliveries() {
            let noted = ledger.conclude(whom, &deliver, one.outcome, None, Vec::new());
            recorded = recorded.and(noted);
        }
        let kept = kept.map_err(|error| error.recode(ErrorCode::SecretNotDelivered));
        match outcome {
            Outcome::Done(done) => {
                self.report.note_reset(via, &done, custody.places());
                self.tick("resetPassword", format!("the password of {upn} was reset"));
                kept.and(recorded)
            }
            Outcome::Failed(error) => Err(error),
            Outcome::Unknown(error) => {
                self.report.places = custody.places();
                Err(Error::new(
                    ErrorCode::OutcomeUnknown,
                    error.message().to_owned(),
                )
                .why(error.cause().unwrap_or_default())
                .fix("Try the password that was handed over; where it does not work, go on with a new destination in --secret-to.")
                .service(error.said().clone()))
            }
        }
    }
}
