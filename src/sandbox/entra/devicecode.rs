//! The device code flow: the request, the page where a person enters the code, and what a poll is told.
//!
//! Source: Microsoft Learn "OAuth 2.0 device authorization grant" and RFC 8628, state of mid 2026.

use serde_json::json;

use super::aadsts::{self, Refusal};
use super::claims::Claims;
use super::fields::Fields;
use super::pages::{self, SignInForm};
use super::scope::Asked;
use super::sessions::{Flow, Grant};
use super::{Entra, Visit};
use crate::sandbox::entropy;
use crate::sandbox::wire::{Body, Reply};

/// A poll may come this much early before it counts as too fast: clocks and schedulers are not exact.
const TOLERANCE_MS: i64 = 100;

/// A device code that was handed out.
#[derive(Debug)]
pub(super) struct DeviceRequest {
    device_code: String,
    user_code: String,
    client_id: String,
    asked: Asked,
    claims: Claims,
    expires_ms: i64,
    interval_s: i64,
    polled_ms: i64,
    told_to_slow_down: bool,
    progress: Progress,
}

#[derive(Debug)]
enum Progress {
    Pending,
    Approved(Grant),
    Declined,
    Refused(Refusal),
    Redeemed,
}

impl Entra {
    /// `POST /{tenant}/oauth2/v2.0/devicecode`.
    pub(super) fn device_code(&mut self, visit: &mut Visit<'_>, segment: &str) -> Reply {
        self.start_device_code(visit, segment)
            .unwrap_or_else(|refusal| refusal.reply(visit.request, visit.now_ms))
    }

    fn start_device_code(
        &mut self,
        visit: &mut Visit<'_>,
        segment: &str,
    ) -> Result<Reply, Refusal> {
        if visit.request.method != "POST" {
            visit.breach("the device code endpoint takes POST only");
            return Err(Refusal::about(aadsts::POST_ONLY, &visit.request.method));
        }
        let fields = Fields::of_form(visit);
        fields.check(visit, &["client_id", "scope", "claims", "client_info"])?;
        let segment = visit.segment(segment)?;
        let client = visit.client(segment, fields.get("client_id"))?;
        if !client.public_client {
            return Err(aadsts::SECRET_MISSING.into());
        }
        let asked = Asked::parse(fields.need("scope")?, visit.origin, visit.tenant.cloud)?;
        let claims = Claims::parse(fields.get("claims"))?;
        let user_code = entropy::typed_code(9);
        let device_code = format!("SANDBOX-{}", entropy::opaque());
        let page = format!("{}/devicelogin", visit.origin);
        let body = json!({
            "user_code": user_code,
            "device_code": device_code,
            "verification_uri": page,
            "expires_in": self.settings.device_life_s,
            "interval": self.settings.device_interval_s,
            "message": format!("To sign in, use a web browser to open the page {page} and enter the code {user_code} to authenticate."),
        });
        self.devices
            .retain(|device| device.expires_ms + 3_600_000 > visit.now_ms);
        self.devices.push(DeviceRequest {
            device_code,
            user_code,
            client_id: client.client_id,
            asked,
            claims,
            expires_ms: visit.now_ms + self.settings.device_life_s * 1000,
            interval_s: self.settings.device_interval_s,
            polled_ms: i64::MIN / 2,
            told_to_slow_down: false,
            progress: Progress::Pending,
        });
        Ok(Reply {
            status: 200,
            headers: Vec::new(),
            body: Body::Json(body),
        })
    }

    /// What a poll is told: the grant once, or why there is none.
    pub(super) fn poll_device_code(
        &mut self,
        visit: &mut Visit<'_>,
        code: &str,
        client_id: &str,
    ) -> Result<(Grant, Claims), Refusal> {
        let device = self
            .devices
            .iter_mut()
            .find(|device| device.device_code == code && device.client_id == client_id);
        let device = device.ok_or(aadsts::DEVICE_CODE_UNKNOWN)?;
        if device.expires_ms <= visit.now_ms {
            return Err(aadsts::DEVICE_CODE_EXPIRED.into());
        }
        let early = visit.now_ms - device.polled_ms < device.interval_s * 1000 - TOLERANCE_MS;
        device.polled_ms = visit.now_ms;
        if early {
            if device.told_to_slow_down {
                visit.breach("polled too fast again after slow_down");
            }
            device.slow_down();
            return Err(slow_down());
        }
        match std::mem::replace(&mut device.progress, Progress::Pending) {
            Progress::Pending => Err(aadsts::PENDING.into()),
            Progress::Approved(grant) => {
                device.progress = Progress::Redeemed;
                Ok((grant, device.claims.clone()))
            }
            Progress::Declined => {
                device.progress = Progress::Declined;
                Err(aadsts::DEVICE_DECLINED.into())
            }
            Progress::Refused(refusal) => {
                device.progress = Progress::Refused(refusal.clone());
                Err(refusal)
            }
            Progress::Redeemed => {
                device.progress = Progress::Redeemed;
                Err(aadsts::CODE_REDEEMED.into())
            }
        }
    }

    /// A fault script's `slow_down`: the code's interval grows as if the poll had come too fast.
    pub(in crate::sandbox) fn slow_down(&mut self, form: &[u8]) -> Refusal {
        let code = url::form_urlencoded::parse(form)
            .find(|(key, _)| key == "device_code")
            .map(|(_, code)| code.into_owned());
        if let Some(device) = self
            .devices
            .iter_mut()
            .find(|device| Some(&device.device_code) == code.as_ref())
        {
            device.slow_down();
        }
        slow_down()
    }

    /// `/devicelogin`: shows the form, or takes it.
    pub(super) fn device_page(&mut self, visit: &mut Visit<'_>) -> Reply {
        let fields = if visit.request.method == "POST" {
            Fields::of_form(visit)
        } else {
            Fields::of_query(visit)
        };
        let code = fields.get("otc").trim().to_ascii_uppercase();
        let shown = if visit.request.method == "POST" {
            self.enter_device_code(visit, &fields, &code)
        } else {
            Ok(None)
        };
        match shown {
            Ok(Some(text)) => pages::message("Device sign-in", text),
            Ok(None) => device_form(&code, &fields, None),
            Err(refusal) => device_form(&code, &fields, Some(&refusal)),
        }
    }

    fn enter_device_code(
        &mut self,
        visit: &mut Visit<'_>,
        fields: &Fields,
        code: &str,
    ) -> Result<Option<&'static str>, Refusal> {
        let open = |device: &DeviceRequest| {
            device.user_code == code
                && device.expires_ms > visit.now_ms
                && matches!(device.progress, Progress::Pending)
        };
        let index = self
            .devices
            .iter()
            .position(open)
            .ok_or(aadsts::DEVICE_CODE_UNKNOWN)?;
        if fields.get("action") == "decline" {
            self.devices[index].progress = Progress::Declined;
            return Ok(Some("You declined the sign-in. You may close this page."));
        }
        let device = &self.devices[index];
        let client = visit
            .tenant
            .client(&device.client_id)
            .ok_or_else(|| Refusal::about(aadsts::APP_NOT_FOUND, &device.client_id))?;
        match self.sign_in(
            visit,
            fields,
            &client,
            &device.asked,
            &device.claims,
            Flow::DeviceCode,
        ) {
            Ok(grant) => {
                self.devices[index].progress = Progress::Approved(grant);
                Ok(Some("You have signed in. You may close this page."))
            }
            Err(refusal) => {
                // A mistyped password may be tried again; a rule of the tenant is the end, and the waiting device is told.
                if matches!(
                    refusal.row,
                    aadsts::BLOCKED_BY_POLICY | aadsts::CONSENT_MISSING
                ) {
                    self.devices[index].progress = Progress::Refused(refusal.clone());
                }
                Err(refusal)
            }
        }
    }
}

impl DeviceRequest {
    fn slow_down(&mut self) {
        self.told_to_slow_down = true;
        self.interval_s += 5;
    }
}

fn slow_down() -> Refusal {
    aadsts::SLOW_DOWN.into()
}

fn device_form(code: &str, fields: &Fields, refusal: Option<&Refusal>) -> Reply {
    pages::sign_in(&SignInForm {
        heading: "Sign in on another device",
        target: "/devicelogin",
        hidden: &[],
        device_code: Some(code),
        login: fields.get("login"),
        refusal,
    })
}
