//! Dresses replies the way the two services do, and turns them into HTTP.
//!
//! Source: Microsoft Learn "Best practices for working with Microsoft Graph" and "Microsoft Graph error responses", mid 2026.

use std::time::{Duration, SystemTime};

use axum::body::Body as HttpBody;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

use super::body_bytes;
use crate::sandbox::entropy;
use crate::sandbox::service::Side;
use crate::sandbox::throttle::CallFacts;
use crate::sandbox::wire::{Body, Reply, Request};

/// Media type of Graph's JSON.
const GRAPH_JSON: &str = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";

/// `x-ms-ags-diagnostic`, which names the machine that answered.
const DIAGNOSTIC: &str = r#"{"ServerInfo":{"DataCenter":"Sandbox","Slice":"E","Ring":"0","ScaleUnit":"000","RoleInstance":"LOOPBACK"}}"#;

/// Adds the headers every reply of that side carries, and the ids inside an error body.
pub(super) fn dress(mut reply: Reply, request: &Request, side: Side, now_ms: i64) -> Reply {
    let time =
        SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(now_ms).unwrap_or_default());
    add(&mut reply, "Date", httpdate::fmt_http_date(time));
    add(
        &mut reply,
        "Strict-Transport-Security",
        "max-age=31536000".into(),
    );
    let request_id = entropy::guid();
    if side == Side::Graph {
        let client_id = request.header("client-request-id").map(str::to_owned);
        if let Body::Json(body) = &mut reply.body {
            fill_ids(body, &request_id, client_id.as_deref(), now_ms);
        }
        add(&mut reply, "request-id", request_id);
        if let Some(client_id) = client_id {
            add(&mut reply, "client-request-id", client_id);
        }
        add(&mut reply, "x-ms-ags-diagnostic", DIAGNOSTIC.into());
        add(&mut reply, "Cache-Control", "no-cache".into());
        if matches!(reply.body, Body::Json(_)) {
            add(&mut reply, "OData-Version", "4.0".into());
            add(&mut reply, "Content-Type", GRAPH_JSON.into());
        }
        let facts = CallFacts {
            method: &request.method,
            path: &request.path,
            query: &request.query,
        };
        if facts.tells_cost() && reply.status < 400 {
            add(&mut reply, "x-ms-resource-unit", facts.cost().to_string());
        }
    } else {
        add(&mut reply, "x-ms-request-id", request_id);
        add(&mut reply, "Cache-Control", "no-store, no-cache".into());
        if let Some(client_id) = request
            .header("client-request-id")
            .filter(|_| request.header("return-client-request-id") == Some("true"))
        {
            add(&mut reply, "client-request-id", client_id.to_owned());
        }
    }
    reply
}

/// Adds a header unless the reply has it already.
fn add(reply: &mut Reply, name: &str, value: String) {
    if !reply
        .headers
        .iter()
        .any(|(present, _)| present.eq_ignore_ascii_case(name))
    {
        reply.headers.push((name.to_owned(), value));
    }
}

/// Completes the ids inside an error body, and those the tenant left blank inside the parts of a batch.
fn fill_ids(body: &mut Value, request_id: &str, client_id: Option<&str>, now_ms: i64) {
    let client_id = client_id.unwrap_or(request_id);
    if let Some(error) = body.get_mut("error").and_then(Value::as_object_mut) {
        let date = jiff::Timestamp::from_millisecond(now_ms).unwrap_or_default();
        let date = date.strftime("%Y-%m-%dT%H:%M:%S").to_string();
        // What the tenant says beyond the ids stays; the ids are those of this reply.
        let inner = error.entry("innerError").or_insert_with(|| json!({}));
        inner["date"] = json!(date);
        inner["request-id"] = json!(request_id);
        inner["client-request-id"] = json!(client_id);
    }
    for part in body
        .get_mut("responses")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        let Some(inner) = part.pointer_mut("/body/error/innerError") else {
            continue;
        };
        if inner["request-id"] == "" {
            inner["request-id"] = json!(entropy::guid());
        }
        if inner["client-request-id"] == "" {
            inner["client-request-id"] = json!(client_id);
        }
    }
}

/// The HTTP reply; `garbled` damages every seventh byte of the body.
pub(super) fn response(reply: Reply, garbled: bool) -> Response {
    let (mut bytes, kind) = body_bytes(reply.body);
    if garbled {
        bytes.iter_mut().step_by(7).for_each(|byte| *byte ^= 0xA5);
    }
    let mut response = Response::new(HttpBody::from(bytes));
    *response.status_mut() =
        StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    if let Some(kind) = kind {
        headers.insert("content-type", HeaderValue::from_static(kind));
    }
    for (name, value) in reply.headers {
        // A client request id with control characters never gets here: hyper has refused it.
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(&name), HeaderValue::try_from(&value))
        {
            if name == "content-type" {
                headers.insert(name, value);
            } else {
                headers.append(name, value);
            }
        }
    }
    response
}
