//! The Graph side of the sandbox: one request in, one reply out, against the tenant.
//!
//! Routes by area live beside this file; nothing here opens a socket or knows a token's form.

mod access;
mod application_parts;
mod applications;
mod audit;
mod batch;
mod check;
mod consents;
mod deleted;
mod directory;
pub(super) mod fault;
mod groups;
mod listing;
mod logs;
mod members;
mod methods;
mod methods_write;
mod pim;
mod principals;
mod reports;
mod request;
mod reset;
mod roles;
mod routes;
mod units;
mod user_actions;
mod users;
mod users_write;

pub(super) use fault::Fault;

use super::tenant::Tenant;
use super::wire::{Caller, Reply, Request, Violation};
use request::Exchange;

/// What one request came to.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The reply.
    pub reply: Reply,
    /// Rules of the protocol the client broke.
    pub violations: Vec<Violation>,
    /// Whether the tenant's state changed.
    pub changed: bool,
}

/// Answers a request under `/v1.0`.
pub fn answer(
    tenant: &mut Tenant,
    caller: &Caller,
    request: &Request,
    origin: &str,
    now_ms: i64,
) -> Answer {
    let ticked = tenant.tick(now_ms);
    if request.path == "/v1.0/$batch" && request.method == "POST" && !request.batched {
        return match batch::run(tenant, caller, request, origin, now_ms) {
            Ok(answer) => Answer {
                changed: answer.changed || ticked,
                ..answer
            },
            Err(fault) => {
                let mut exchange = Exchange::new(tenant, caller, request, origin, now_ms);
                let reply = exchange.refuse(&fault);
                Answer {
                    reply,
                    violations: exchange.finish().0,
                    changed: ticked,
                }
            }
        };
    }
    let mut exchange = Exchange::new(tenant, caller, request, origin, now_ms);
    let reply = match routes::route(&mut exchange) {
        Ok(reply) => reply,
        Err(fault) => exchange.refuse(&fault),
    };
    let (violations, changed) = exchange.finish();
    Answer {
        reply,
        violations,
        changed: changed || ticked,
    }
}

#[cfg(test)]
mod tests;
