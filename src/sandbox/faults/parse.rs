//! Reads fault scripts from text; every complaint names the rule and what would have been right.

use std::fmt;
use std::str::FromStr;

use super::{
    Action, Effect, End, Fault, FaultBody, Kind, Policy, PolicyRule, RetryAfter, Rule, StatusFault,
    When,
};
use crate::sandbox::entra::aadsts;

/// A fault script that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultError {
    rule: String,
    why: String,
}

impl fmt::Display for FaultError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "fault rule '{}': {}", self.rule, self.why)
    }
}

impl std::error::Error for FaultError {}

impl Fault {
    /// Reads a whole script: rules separated by `;` or line ends, `#` starts a comment.
    pub fn parse_script(script: &str) -> Result<Vec<Self>, FaultError> {
        let lines = script
            .lines()
            .map(|line| line.split('#').next().unwrap_or_default());
        lines
            .flat_map(|line| line.split(';'))
            .map(str::trim)
            .filter(|rule| !rule.is_empty())
            .map(str::parse)
            .collect()
    }
}

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let text = text.trim();
        let kind = match text.split_once("->") {
            Some((target, action)) => rule(target.trim(), action.trim()).map(Kind::Wire),
            None => policy(text).map(Kind::Policy),
        };
        match kind {
            Ok(kind) => Ok(Self {
                text: text.to_owned(),
                kind,
            }),
            Err(why) => Err(FaultError {
                rule: text.to_owned(),
                why,
            }),
        }
    }
}

fn policy(text: &str) -> Result<Policy, String> {
    let (name, persona) = match text.split_once(" for ") {
        Some((name, persona)) => (name.trim(), Some(persona.trim().to_ascii_lowercase())),
        None => (text, None),
    };
    let rule = match name {
        "device-code-blocked" => PolicyRule::DeviceCodeBlocked,
        "mfa-required" => PolicyRule::MfaRequired,
        "consent-missing" => PolicyRule::ConsentMissing,
        _ => return Err("no '->' and not a policy; write WHEN:METHOD:PATH -> ACTION, or one of device-code-blocked, mfa-required, consent-missing".into()),
    };
    if persona
        .as_deref()
        .is_some_and(|persona| !persona.contains('@'))
    {
        return Err("'for' takes a user principal name".into());
    }
    Ok(Policy { rule, persona })
}

fn rule(target: &str, action: &str) -> Result<Rule, String> {
    let mut fields = target.splitn(3, ':');
    let (Some(count), Some(method), Some(path)) = (fields.next(), fields.next(), fields.next())
    else {
        return Err("left of '->' stands WHEN:METHOD:PATH, as in 3:GET:/users".into());
    };
    let method = match method.trim() {
        "*" => None,
        name if !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphabetic()) => {
            Some(name.to_ascii_uppercase())
        }
        name => {
            return Err(format!(
                "'{name}' is no HTTP method; write GET, POST, PATCH, PUT, DELETE or *"
            ));
        }
    };
    let path = path.trim();
    if path.is_empty() {
        return Err("the path is missing; write a part of it, or * for all".into());
    }
    let (fragment, at_end) = match path {
        "*" => ("", false),
        _ => path
            .strip_suffix('$')
            .map_or((path, false), |fragment| (fragment, true)),
    };
    Ok(Rule {
        when: when(count.trim())?,
        method,
        fragment: fragment.to_ascii_lowercase(),
        at_end,
        action: read_action(action)?,
    })
}

fn when(text: &str) -> Result<When, String> {
    let wrong = || format!("'{text}' does not say when; write 3, 2-4, 3+, 5% or *");
    let number = |text: &str| {
        text.parse::<u64>()
            .ok()
            .filter(|&number| number > 0)
            .ok_or_else(wrong)
    };
    if text == "*" {
        return Ok(When::Between(1, u64::MAX));
    }
    if let Some(share) = text.strip_suffix('%') {
        let share: f64 = share.parse().map_err(|_| wrong())?;
        if !(0.0..=100.0).contains(&share) {
            return Err(wrong());
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and 10,000, checked above"
        )]
        return Ok(When::Share((share * 100.0).round() as u32));
    }
    if let Some(first) = text.strip_suffix('+') {
        return Ok(When::Between(number(first)?, u64::MAX));
    }
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (number(first)?, number(last)?);
    if first > last {
        Err(wrong())
    } else {
        Ok(When::Between(first, last))
    }
}

fn read_action(text: &str) -> Result<Action, String> {
    let mut words = text.split_ascii_whitespace();
    let head = words
        .next()
        .ok_or("right of '->' stands an action, as in 429 or cut=20")?;
    let (name, value) = head
        .split_once('=')
        .map_or((head, None), |(name, value)| (name, Some(value)));
    let mut action = Action {
        effect: Effect::Ordinary,
        commit: true,
        delay_ms: 0,
    };
    match name {
        _ if name.bytes().all(|byte| byte.is_ascii_digit()) => {
            action.effect = Effect::Status(status(name)?);
            action.commit = false;
        }
        "lost-reply" => action.effect = broken(None, End::Close)?,
        "cut" => {
            action.effect = broken(
                Some(value.ok_or("cut=N takes the number of bytes that still arrive")?),
                End::Close,
            )?
        }
        "reset" => action.effect = broken(value, End::Reset)?,
        "silence" => action.effect = broken(value, End::Stall)?,
        "drop" => {
            action.effect = broken(None, End::Close)?;
            action.commit = false;
        }
        "slow" => {
            let rate = value
                .map(|value| value.trim_end_matches("bps"))
                .and_then(|rate| rate.parse().ok())
                .filter(|&rate| rate > 0);
            action.effect = Effect::Slow {
                bytes_per_second: rate.ok_or("slow=N takes bytes per second")?,
            };
        }
        "delay" => action.delay_ms = millis(value)?,
        "html" => {
            action.effect = Effect::Portal;
            action.commit = false;
        }
        "garble" => action.effect = Effect::Garble,
        "redirect" => {
            action.effect =
                Effect::Redirect(value.ok_or("redirect=URL takes an address")?.to_owned());
            action.commit = false;
        }
        "next-link" => {
            let link = value.ok_or("next-link=URL takes an address or 'same'")?;
            action.effect = Effect::NextLink((link != "same").then(|| link.to_owned()));
        }
        "location" => {
            action.effect = Effect::Location(
                value
                    .ok_or("location=URL takes an address or 'none'")?
                    .to_owned(),
            )
        }
        "expired-token" => (action.effect, action.commit) = (Effect::ExpiredToken, false),
        "claims-challenge" => {
            (action.effect, action.commit) = (
                Effect::ClaimsChallenge {
                    acrs: value.map(str::to_owned),
                },
                false,
            );
        }
        "aadsts" => {
            let code = value
                .and_then(|code| code.parse().ok())
                .ok_or("aadsts=N takes a number, as in aadsts=50076")?;
            aadsts::by_code(code).ok_or_else(|| {
                format!("AADSTS{code} is not among the refusals this sandbox knows")
            })?;
            (action.effect, action.commit) = (Effect::Aadsts(code), false);
        }
        "slow-down" => (action.effect, action.commit) = (Effect::SlowDown, false),
        _ => {
            return Err(format!(
                "'{name}' is no action; see the list of actions, for example 429, lost-reply, cut=20, slow=100, html"
            ));
        }
    }
    for word in words {
        modify(&mut action, word)?;
    }
    Ok(action)
}

fn modify(action: &mut Action, word: &str) -> Result<(), String> {
    let (name, value) = word
        .split_once('=')
        .map_or((word, None), |(name, value)| (name, Some(value)));
    match name {
        "before" => action.commit = false,
        "after" => action.commit = true,
        "delay" => action.delay_ms = millis(value)?,
        _ => {
            let Effect::Status(fault) = &mut action.effect else {
                return Err(format!("'{word}' does not go with this action"));
            };
            let seconds = || {
                value
                    .and_then(|value| value.parse().ok())
                    .ok_or_else(|| format!("{name}=S takes whole seconds"))
            };
            match name {
                "retry-after" => fault.retry_after = Some(RetryAfter::Seconds(seconds()?)),
                "retry-after-date" => fault.retry_after = Some(RetryAfter::Date(seconds()?)),
                "no-retry-after" => fault.retry_after = None,
                "code" => {
                    fault.code = Some(
                        value
                            .ok_or("code=NAME takes a Graph error code")?
                            .to_owned(),
                    )
                }
                "html-body" => fault.body = FaultBody::Html,
                "empty-body" => fault.body = FaultBody::Empty,
                _ => {
                    return Err(format!(
                        "'{word}' is no modifier; known are retry-after=S, retry-after-date=S, no-retry-after, code=NAME, html-body, empty-body, before, after, delay=MS"
                    ));
                }
            }
        }
    }
    Ok(())
}

fn status(text: &str) -> Result<StatusFault, String> {
    let status = text
        .parse()
        .ok()
        .filter(|status| (400..600).contains(status))
        .ok_or("a status lies between 400 and 599")?;
    // Only conditional access answers 429 without telling how long; everything else does, so it has to be asked for by name.
    let retry_after = (status == 429).then_some(RetryAfter::Seconds(1));
    Ok(StatusFault {
        status,
        retry_after,
        code: None,
        body: FaultBody::Json,
    })
}

fn broken(bytes: Option<&str>, end: End) -> Result<Effect, String> {
    let bytes = match bytes {
        None => 0,
        Some(text) => text
            .parse()
            .map_err(|_| format!("'{text}' is no number of bytes"))?,
    };
    Ok(Effect::Break { bytes, end })
}

fn millis(value: Option<&str>) -> Result<u64, String> {
    value
        .and_then(|value| value.trim_end_matches("ms").parse().ok())
        .ok_or_else(|| "delay=MS takes milliseconds".into())
}

#[cfg(test)]
mod tests;
