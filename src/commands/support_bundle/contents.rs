//! What goes into the bundle, and the check that nothing else does. An allow-list: a field that is not named here is not in it.

use super::Args;
use crate::error::{Error, ErrorCode, Result};
use crate::journal::{FILE, Record};
use crate::mask;
use crate::settings::{Env, Settings};
use crate::sign_ins;
use serde_json::{Value, json};
use std::collections::{BTreeSet, VecDeque};
use std::io::{BufRead, BufReader};

/// A file of the archive.
pub(super) struct Part {
    pub(super) name: &'static str,
    pub(super) holds: &'static str,
    pub(super) text: String,
}

/// Variables whose being set tells how a run signs in; their values are left out.
const VARIABLES: &[&str] = &[
    "ADMIN_RESET_GRAPH_ENDPOINT",
    "ADMIN_RESET_LOGIN_ENDPOINT",
    "ADMIN_RESET_PROFILE",
    "ADMIN_RESET_TOKEN",
    "AZURE_AUTHORITY_HOST",
    "AZURE_CLIENT_CERTIFICATE_PATH",
    "AZURE_CLIENT_ID",
    "AZURE_CLIENT_SECRET",
    "AZURE_FEDERATED_TOKEN_FILE",
    "AZURE_TENANT_ID",
    "CI",
    "HTTPS_PROXY",
    "NO_PROXY",
    "SSL_CERT_FILE",
];

const README: &str = "What a support case asks for, put together by admin-reset. Nothing here is a secret, and it was sent to nobody.

case.json       tenant, cloud, version, system, and when this was made
settings.json   where each setting came from; of variables the names only
doctor.json     what works and what does not: network, clock, sign-in, permissions and roles (not with --offline)
requests.json   times and request ids of the service, newest last: what support looks up
journal.json    what was done with this tool and how it ended

Left out: passwords, tokens, passes and keys; paths; words of --reason; values of variables.
";

/// Puts everything together; also the number of records of the journal.
pub(super) fn gather(
    args: &Args,
    settings: &Settings,
    doctor: Option<Value>,
) -> Result<(Vec<Part>, usize)> {
    let records = records(args, settings)?;
    let shown: Vec<Value> = records
        .iter()
        .map(|record| extract(record, args.include_names))
        .collect();
    let requests: Vec<Value> = records
        .iter()
        .flat_map(|record| {
            record.request_ids.iter().map(move |id| {
                json!({
                    "at": record.at, "requestId": id, "operationId": record.operation_id, "command": record.command,
                    "step": record.step, "outcome": record.outcome, "error": record.error,
                })
            })
        })
        .collect();
    let mut parts = vec![
        Part {
            name: "README.txt",
            holds: "what is in the other files",
            text: README.to_owned(),
        },
        Part {
            name: "case.json",
            holds: "tenant, cloud, version, system, time",
            text: pretty(&case(args, settings, &records)),
        },
        Part {
            name: "settings.json",
            holds: "where each setting came from; of variables the names only",
            text: pretty(&origins(settings)),
        },
        Part {
            name: "requests.json",
            holds: "times and request ids of the service",
            text: pretty(&json!(requests)),
        },
        Part {
            name: "journal.json",
            holds: "what was done with this tool, and how it ended",
            text: pretty(&json!(shown)),
        },
    ];
    if let Some(found) = doctor {
        let after_settings = 3;
        parts.insert(
            after_settings,
            Part {
                name: "doctor.json",
                holds: "what works and what does not: network, sign-in, permissions, roles",
                text: pretty(&found),
            },
        );
    }
    Ok((parts, records.len()))
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

/// The newest records. A line that is none is passed over: the bundle is made when things are broken.
fn records(args: &Args, settings: &Settings) -> Result<Vec<Record>> {
    let Some(path) = settings.state_dir.as_ref().map(|folder| folder.join(FILE)) else {
        return Ok(Vec::new());
    };
    if !std::fs::symlink_metadata(&path).is_ok_and(|about| about.is_file()) {
        return Ok(Vec::new());
    }
    let file = std::fs::File::open(&path).map_err(|cause| {
        Error::new(ErrorCode::JournalRefused, "The journal cannot be read.")
            .source(cause)
            .fix("Make the file readable, or add --last 0 to leave the journal out.")
    });
    let file = match file {
        Err(_) if args.last == 0 => return Ok(Vec::new()),
        other => other?,
    };
    let most = args.last as usize;
    let mut newest = VecDeque::with_capacity(most.min(1000));
    for line in BufReader::new(file)
        .split(b'\n')
        .map_while(std::result::Result::ok)
    {
        let Ok(record) = serde_json::from_slice::<Record>(&line) else {
            continue;
        };
        let fits = args
            .ticket
            .as_ref()
            .is_none_or(|ticket| record.ticket.as_ref() == Some(ticket));
        if !fits || most == 0 {
            continue;
        }
        if newest.len() == most {
            newest.pop_front();
        }
        newest.push_back(record);
    }
    Ok(newest.into())
}

/// A name as it may be shown.
fn name(text: &str, whole: bool) -> String {
    if whole || !text.contains('@') {
        text.to_owned()
    } else {
        mask::email(text)
    }
}

fn extract(record: &Record, names: bool) -> Value {
    let target = record.target.as_ref();
    // A sink's place may be a path; its kind is enough.
    let sinks: BTreeSet<&str> = record
        .sinks
        .iter()
        .map(|sink| sink.split(':').next().unwrap_or_default())
        .collect();
    json!({
        "seq": record.seq, "at": record.at, "kind": record.kind, "operationId": record.operation_id,
        "command": record.command, "step": record.step, "outcome": record.outcome, "error": record.error,
        "requestIds": record.request_ids, "tenant": record.tenant, "ticket": record.ticket.as_deref().map(|text| name(text, names)),
        "targetId": target.and_then(|target| target.id.as_deref()),
        "target": target.and_then(|target| target.user_principal_name.as_deref()).map(|text| name(text, names)),
        "caller": record.caller.as_deref().map(|text| name(text, names)),
        "sinks": sinks,
    })
}

fn case(args: &Args, settings: &Settings, records: &[Record]) -> Value {
    let kept = settings
        .state_dir
        .as_deref()
        .and_then(|folder| sign_ins::all(folder).ok())
        .unwrap_or_default();
    let mut tenants: BTreeSet<String> = records
        .iter()
        .filter_map(|record| record.tenant.clone())
        .collect();
    tenants.extend(kept.iter().map(|one| one.tenant.clone()));
    tenants.extend(
        settings
            .tenant
            .iter()
            .map(|(tenant, _)| tenant.as_str().to_owned()),
    );
    let (domains, ids): (Vec<_>, Vec<_>) = tenants
        .into_iter()
        .partition(|one| crate::ids::guid(one).is_none());
    json!({
        "schema": "admin-reset/support-case/1",
        "madeAt": format!("{:.0}", jiff::Timestamp::now()),
        "version": env!("CARGO_PKG_VERSION"),
        "system": std::env::consts::OS,
        "architecture": std::env::consts::ARCH,
        "cloud": settings.endpoints.cloud.name(),
        "tenantIds": ids,
        "domains": domains,
        "ticket": args.ticket.as_deref().map(|text| name(text, args.include_names)),
        "journal": {
            "records": records.len(),
            "from": records.first().map(|record| record.at.as_str()),
            "to": records.last().map(|record| record.at.as_str()),
        },
        "sandbox": settings.sandbox,
    })
}

fn origins(settings: &Settings) -> Value {
    let set: Vec<&str> = VARIABLES
        .iter()
        .copied()
        .filter(|name| settings.env.get(name).is_some())
        .collect();
    json!({
        "profileNamed": settings.profile_name.is_some(),
        "tenant": settings.tenant.as_ref().map(|(_, from)| from.as_str()),
        "clientId": settings.client_id.as_ref().map(|(id, from)| json!({ "value": id, "from": from.as_str() })),
        "auth": { "value": format!("{:?}", settings.auth.0).to_lowercase(), "from": settings.auth.1.as_str() },
        "login": settings.endpoints.login.to_string(),
        "graph": settings.endpoints.graph.to_string(),
        "customEndpoints": settings.endpoints.custom,
        "caFile": settings.ca_file.is_some(),
        "variablesSet": set,
    })
}

/// Refuses a bundle that would hold what it must not: a secret of the environment, a token, a name that is not masked.
pub(super) fn check(parts: &[Part], env: &Env, names: bool) -> Result<()> {
    for part in parts {
        if let Some(what) = leak(&part.text, env, names) {
            return Err(Error::new(
                ErrorCode::Internal,
                format!(
                    "The bundle was not written: {} would hold {what}.",
                    part.name
                ),
            )
            .why("What is inside is searched before it is written.")
            .fix("Leave the journal out with --last 0, and report this."));
        }
    }
    Ok(())
}

fn leak(text: &str, env: &Env, names: bool) -> Option<&'static str> {
    let secret = env
        .secrets()
        .any(|value| value.len() >= 6 && text.contains(value));
    if secret {
        return Some("the value of a secret variable");
    }
    // The beginning of every token of this kind: `{"` in base64.
    if text
        .split(|c: char| !(c.is_ascii_alphanumeric() || "._-".contains(c)))
        .any(|word| word.starts_with("eyJ") && word.len() > 30)
    {
        return Some("what looks like a token");
    }
    let address = text
        .split(|c: char| c.is_whitespace() || "\"',<>()[]{}".contains(c))
        .any(|word| word.contains('@') && word.contains('.') && !word.contains("***@"));
    (address && !names).then_some("a name that is not masked")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_tokens_and_names_are_seen() {
        let env = Env::of(&[("AZURE_CLIENT_SECRET", "hunter-22"), ("HOME", "/home/ada")]);
        assert!(leak("x hunter-22 y", &env, true).is_some());
        assert!(leak("\"eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJ\"", &env, true).is_some());
        assert!(leak("\"ada@contoso.com\"", &env, false).is_some());
        assert!(leak("\"ada@contoso.com\"", &env, true).is_none());
        assert!(leak("\"a***@c***.com\" /home/ada", &env, false).is_none());
    }
}
