//! `$batch`: up to twenty requests in one, answered by id and not in order.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};

use super::super::tenant::Tenant;
use super::super::wire::{Body, Caller, Reply, Request, Violation};
use super::fault::{self, Fault, json_reply};
use super::{Answer, answer};

const MAX: usize = 20;
const JSON_TYPE: &str = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";

/// One part as sent.
struct Part {
    id: String,
    request: Request,
    depends_on: Vec<String>,
}

fn wrong(rule: &str) -> Fault {
    fault::malformed("Invalid batch payload format.").breach(format!("$batch: {rule}"))
}

/// Reads and checks the whole batch.
fn parts(outer: &Request) -> Result<Vec<Part>, Fault> {
    let body: Value =
        serde_json::from_slice(&outer.body).map_err(|_| wrong("the body is not JSON"))?;
    let list = body
        .get("requests")
        .and_then(Value::as_array)
        .ok_or_else(|| wrong("requests is missing"))?;
    if list.is_empty() || list.len() > MAX {
        return Err(wrong("1 to 20 requests"));
    }
    let mut parts: Vec<Part> = Vec::new();
    for one in list {
        let part = part(one, outer)?;
        if parts.iter().any(|other| other.id == part.id) {
            return Err(wrong("ids must differ"));
        }
        parts.push(part);
    }
    for (at, part) in parts.iter().enumerate() {
        let earlier = parts.get(..at).unwrap_or_default();
        if !part
            .depends_on
            .iter()
            .all(|id| earlier.iter().any(|other| other.id == *id))
        {
            return Err(wrong("dependsOn names a later or unknown id"));
        }
    }
    Ok(parts)
}

fn part(one: &Value, outer: &Request) -> Result<Part, Fault> {
    let text = |name: &str| one.get(name).and_then(Value::as_str);
    let id = text("id")
        .filter(|id| !id.is_empty())
        .ok_or_else(|| wrong("id is a text"))?;
    let method = text("method").ok_or_else(|| wrong("method is missing"))?;
    let url = text("url")
        .filter(|url| url.starts_with('/'))
        .ok_or_else(|| wrong("url is relative to the version"))?;
    if url.starts_with("/v1.0/") || url.starts_with("/$batch") {
        return Err(wrong("url is relative to the version and no batch itself"));
    }
    let mut headers: Vec<(String, String)> = match one.get("headers") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Object(map)) => map
            .iter()
            .map(|(name, value)| {
                (
                    name.to_ascii_lowercase(),
                    value.as_str().unwrap_or_default().to_owned(),
                )
            })
            .collect(),
        Some(_) => return Err(wrong("headers is an object")),
    };
    if !headers.iter().any(|(name, _)| name == "client-request-id")
        && let Some(id) = outer.header("client-request-id")
    {
        headers.push(("client-request-id".to_owned(), id.to_owned()));
    }
    let body = match one.get("body") {
        None | Some(Value::Null) => Vec::new(),
        Some(body) => {
            let typed = |(name, value): &(String, String)| {
                name == "content-type" && value.to_ascii_lowercase().starts_with("application/json")
            };
            if !headers.iter().any(typed) {
                return Err(wrong(
                    "a part with a body needs the header Content-Type: application/json",
                ));
            }
            body.to_string().into_bytes()
        }
    };
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let depends_on = match one.get("dependsOn") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(ids)) => ids
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        Some(_) => return Err(wrong("dependsOn is a list")),
    };
    Ok(Part {
        id: id.to_owned(),
        request: Request {
            method: method.to_ascii_uppercase(),
            path: format!("/v1.0{path}"),
            query: query.to_owned(),
            headers,
            body,
            batched: true,
        },
        depends_on,
    })
}

/// Answers `POST /$batch`.
pub(super) fn run(
    tenant: &mut Tenant,
    caller: &Caller,
    outer: &Request,
    origin: &str,
    now_ms: i64,
) -> Result<Answer, Fault> {
    let parts = parts(outer)?;
    let mut statuses: Vec<(String, u16)> = Vec::new();
    let mut responses = Vec::new();
    let mut violations: Vec<Violation> = Vec::new();
    let mut changed = false;
    for part in &parts {
        let failed = part.depends_on.iter().any(|id| {
            statuses
                .iter()
                .any(|(other, status)| other == id && !(200..300).contains(status))
        });
        let reply = if failed {
            let id = part.request.header("client-request-id").unwrap_or_default();
            fault::failed_dependency().reply(now_ms, Some(id))
        } else {
            let answered = answer(tenant, caller, &part.request, origin, now_ms);
            violations.extend(answered.violations);
            changed |= answered.changed;
            answered.reply
        };
        statuses.push((part.id.clone(), reply.status));
        responses.push(response(&part.id, reply));
    }
    // Answers come in any order; backwards is one of them.
    responses.reverse();
    Ok(Answer {
        reply: json_reply(200, json!({ "responses": responses })),
        violations,
        changed,
    })
}

fn response(id: &str, reply: Reply) -> Value {
    let mut headers = Map::new();
    let mut put = |name: &str, value: &str| headers.insert(name.to_owned(), json!(value));
    put("Cache-Control", "no-cache");
    put("x-ms-resource-unit", "1");
    put("OData-Version", "4.0");
    let body = match reply.body {
        Body::Empty => None,
        Body::Json(body) => {
            put("Content-Type", JSON_TYPE);
            Some(body)
        }
        // What is not JSON travels as base64.
        Body::Text(text) | Body::Html(text) => {
            put("Content-Type", "text/plain");
            Some(json!(STANDARD.encode(text)))
        }
    };
    for (name, value) in &reply.headers {
        put(name, value);
    }
    let mut response = json!({"id": id, "status": reply.status, "headers": headers});
    if let Some(body) = body {
        response["body"] = body;
    }
    response
}
