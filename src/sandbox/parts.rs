//! Faults and throttling inside a `$batch`: single parts are held back or their answers replaced.
//!
//! Owns taking a batch apart and putting it together again. The tenant's own reading of the batch (limits, ids, order) stays
//! untouched: what is not a well-formed batch passes through whole.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::wire::{Body, Reply, Request};

/// What happens to one part.
pub(super) enum Fate {
    /// It is answered with this and never reaches the tenant.
    Instead(Reply),
    /// The tenant carries it out, but this is answered.
    Afterwards(Reply),
}

/// A batch whose faulty parts were taken out.
pub(super) struct Split {
    /// What the tenant still has to answer; none when nothing is left.
    pub(super) rest: Option<Request>,
    ready: Vec<Value>,
    replaced: HashMap<String, Value>,
}

/// The part as the request it stands for.
fn part_request(part: &Value) -> Option<Request> {
    let url = part["url"].as_str()?;
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    Some(Request {
        method: part["method"].as_str()?.to_ascii_uppercase(),
        path: format!("/v1.0/{}", path.trim_start_matches('/')),
        query: query.to_owned(),
        body: if part["body"].is_null() {
            Vec::new()
        } else {
            part["body"].to_string().into_bytes()
        },
        batched: true,
        ..Request::default()
    })
}

/// Asks `fate` about every part; none when no part is hit or the body is no batch.
pub(super) fn split(
    batch: &Request,
    mut fate: impl FnMut(&Request) -> Option<Fate>,
) -> Option<Split> {
    let body: Value = serde_json::from_slice(&batch.body).ok()?;
    let parts = body["requests"].as_array()?;
    let mut split = Split {
        rest: None,
        ready: Vec::new(),
        replaced: HashMap::new(),
    };
    let mut held_back: Vec<&str> = Vec::new();
    let mut left = Vec::new();
    for part in parts {
        let id = part["id"].as_str()?;
        let depends = part["dependsOn"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str);
        if depends.clone().any(|on| held_back.contains(&on)) {
            held_back.push(id);
            split.ready.push(part_reply(id, failed_dependency()));
            continue;
        }
        match fate(&part_request(part)?) {
            Some(Fate::Instead(reply)) => {
                held_back.push(id);
                split.ready.push(part_reply(id, reply));
                continue;
            }
            Some(Fate::Afterwards(reply)) => {
                split.replaced.insert(id.to_owned(), part_reply(id, reply));
            }
            None => {}
        }
        left.push(part.clone());
    }
    if split.ready.is_empty() && split.replaced.is_empty() {
        return None;
    }
    if !left.is_empty() {
        let body = json!({"requests": left}).to_string().into_bytes();
        split.rest = Some(Request {
            body,
            ..batch.clone()
        });
    }
    Some(split)
}

impl Split {
    /// Puts the tenant's answers and the others together.
    pub(super) fn join(mut self, answered: Option<Reply>) -> Reply {
        let mut reply = answered.unwrap_or(Reply {
            status: 200,
            headers: Vec::new(),
            body: Body::Json(json!({"responses": []})),
        });
        if let Body::Json(body) = &mut reply.body
            && let Some(responses) = body["responses"].as_array_mut()
        {
            for response in responses.iter_mut() {
                if let Some(other) = response["id"]
                    .as_str()
                    .and_then(|id| self.replaced.remove(id))
                {
                    *response = other;
                }
            }
            responses.append(&mut self.ready);
        }
        reply
    }
}

/// Breaks of `Retry-After` are counted per part, so replies have to be seen per part as well.
pub(super) fn replies(batch: &Request, reply: &Reply) -> Vec<(Request, Reply)> {
    let Ok(sent) = serde_json::from_slice::<Value>(&batch.body) else {
        return Vec::new();
    };
    let Body::Json(body) = &reply.body else {
        return Vec::new();
    };
    let sent = sent["requests"].as_array().cloned().unwrap_or_default();
    let mut pairs = Vec::new();
    for response in body["responses"].as_array().into_iter().flatten() {
        let Some(request) = sent
            .iter()
            .find(|part| part["id"] == response["id"])
            .and_then(part_request)
        else {
            continue;
        };
        let header =
            |(name, value): (&String, &Value)| Some((name.clone(), value.as_str()?.to_owned()));
        let headers = response["headers"]
            .as_object()
            .into_iter()
            .flatten()
            .filter_map(header)
            .collect();
        let status = response["status"]
            .as_u64()
            .and_then(|status| u16::try_from(status).ok())
            .unwrap_or_default();
        pairs.push((
            request,
            Reply {
                status,
                headers,
                body: Body::Empty,
            },
        ));
    }
    pairs
}

/// The parts of a batch as requests.
pub(super) fn requests(batch: &Request) -> Vec<Request> {
    let Ok(body) = serde_json::from_slice::<Value>(&batch.body) else {
        return Vec::new();
    };
    body["requests"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(part_request)
        .collect()
}

fn part_reply(id: &str, reply: Reply) -> Value {
    let mut headers: Map<String, Value> = reply
        .headers
        .into_iter()
        .map(|(name, value)| (name, json!(value)))
        .collect();
    let mut part = json!({"id": id, "status": reply.status});
    match reply.body {
        Body::Json(body) => {
            headers.insert("Content-Type".into(), json!("application/json"));
            part["body"] = body;
        }
        Body::Html(text) | Body::Text(text) => part["body"] = json!(text),
        Body::Empty => {}
    }
    part["headers"] = Value::Object(headers);
    part
}

fn failed_dependency() -> Reply {
    let body = json!({"error": {"code": "failedDependency", "message": "Failed Dependency"}});
    Reply {
        status: 424,
        headers: Vec::new(),
        body: Body::Json(body),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch() -> Request {
        let body = json!({"requests": [
            {"id": "a", "method": "GET", "url": "/users/1?$select=id"},
            {"id": "b", "method": "get", "url": "users/2"},
            {"id": "c", "method": "GET", "url": "/me", "dependsOn": ["a"]},
        ]});
        Request {
            method: "POST".into(),
            path: "/v1.0/$batch".into(),
            body: body.to_string().into_bytes(),
            ..Request::default()
        }
    }

    fn throttled() -> Reply {
        Reply {
            status: 429,
            headers: vec![("Retry-After".into(), "1".into())],
            body: Body::Empty,
        }
    }

    fn ids(reply: &Reply) -> Vec<(String, u64)> {
        let Body::Json(body) = &reply.body else {
            panic!()
        };
        let pair = |part: &Value| {
            (
                part["id"].as_str().unwrap().to_owned(),
                part["status"].as_u64().unwrap(),
            )
        };
        body["responses"]
            .as_array()
            .unwrap()
            .iter()
            .map(pair)
            .collect()
    }

    #[test]
    fn a_part_held_back_takes_its_dependants_along() {
        let split = split(&batch(), |part| {
            (part.path == "/v1.0/users/1").then(|| Fate::Instead(throttled()))
        })
        .unwrap();
        let rest: Value = serde_json::from_slice(&split.rest.as_ref().unwrap().body).unwrap();
        assert_eq!(rest["requests"].as_array().unwrap().len(), 1);
        let answered = Reply {
            status: 200,
            headers: Vec::new(),
            body: Body::Json(json!({"responses": [{"id": "b", "status": 200}]})),
        };
        let joined = split.join(Some(answered));
        assert_eq!(
            ids(&joined),
            [("b".into(), 200), ("a".into(), 429), ("c".into(), 424)]
        );
        let pairs = replies(&batch(), &joined);
        assert_eq!((pairs.len(), pairs[1].1.headers[0].1.as_str()), (3, "1"));
    }

    #[test]
    fn a_part_answered_otherwise_still_reaches_the_tenant() {
        let split = split(&batch(), |part| {
            part.path
                .ends_with("/users/2")
                .then(|| Fate::Afterwards(throttled()))
        })
        .unwrap();
        let rest: Value = serde_json::from_slice(&split.rest.as_ref().unwrap().body).unwrap();
        assert_eq!(rest["requests"].as_array().unwrap().len(), 3);
        let all = json!({"responses": [{"id": "a", "status": 200}, {"id": "b", "status": 204}, {"id": "c", "status": 200}]});
        let joined = split.join(Some(Reply {
            status: 200,
            headers: Vec::new(),
            body: Body::Json(all),
        }));
        assert_eq!(
            ids(&joined),
            [("a".into(), 200), ("b".into(), 429), ("c".into(), 200)]
        );
    }

    #[test]
    fn untouched_and_malformed_batches_pass_whole() {
        assert!(split(&batch(), |_| None).is_none());
        let garbage = Request {
            body: b"{\"requests\":[{}]}".to_vec(),
            ..batch()
        };
        assert!(split(&garbage, |_| Some(Fate::Instead(throttled()))).is_none());
        let all = split(&batch(), |_| Some(Fate::Instead(throttled()))).unwrap();
        assert!(all.rest.is_none());
        assert_eq!(ids(&all.join(None)).len(), 3);
    }
}
