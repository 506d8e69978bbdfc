//! How one request is dealt with: fault, manners, gate, limits, tenant, in this order.
//!
//! Owns the order and the keeping of what changed; every step's meaning belongs to its own file.

use std::io;

use serde_json::json;

use super::access::Seen;
use super::faults::{Action, Effect};
use super::gate::graph_error;
use super::graph;
use super::injected;
use super::manners;
use super::parts::{self, Fate};
use super::service::{Arrival, Core, Side};
use super::throttle::CallFacts;
use super::wire::{Body, Reply, Request, Violation};

impl Core {
    /// Keeps what there is, when there is a place for it.
    pub(super) fn save(&mut self) -> io::Result<()> {
        let Some(state) = &self.state else {
            return Ok(());
        };
        state.save(&json!({"version": 1, "tenant": self.tenant.to_state(), "entra": self.entra.to_state()}))
    }

    fn keep(&mut self, changed: bool) {
        if changed && let Err(error) = self.save() {
            self.log.violation(Violation {
                request: "state file".into(),
                rule: format!("cannot be written: {error}"),
            });
        }
    }

    fn breach(&mut self, request: &Request, rule: impl Into<String>) {
        self.log.violation(Violation {
            request: format!("{} {}", request.method, request.path),
            rule: rule.into(),
        });
    }

    pub(super) fn elsewhere(&mut self, arrival: Arrival<'_>, action: Option<&Action>) -> Reply {
        let Arrival { request, place, .. } = arrival;
        if let Some(reply) = action.and_then(|action| {
            injected::instead(&action.effect, request, Side::Elsewhere, place.now_ms)
        }) {
            return reply;
        }
        if request.path == "/favicon.ico" {
            return Reply {
                status: 404,
                ..Reply::default()
            };
        }
        self.breach(request, "the sandbox has no such address");
        graph_error(
            request,
            place.now_ms,
            501,
            "notImplemented",
            "The sandbox has no such address.",
        )
    }

    pub(super) fn vault(&mut self, arrival: Arrival<'_>, action: Option<&Action>) -> Reply {
        let Arrival { request, place, .. } = arrival;
        let injected = action.and_then(|action| {
            injected::instead(&action.effect, request, Side::Vault, place.now_ms)
        });
        if action.is_some_and(|action| !action.commit) {
            return injected.unwrap_or_else(|| Reply {
                status: 503,
                ..Reply::default()
            });
        }
        let answer = self.vault.answer(&self.entra.signer, request, place);
        if let Some(rule) = answer.breach {
            self.breach(request, rule);
        }
        injected.unwrap_or(answer.reply)
    }

    pub(super) fn login(&mut self, arrival: Arrival<'_>, action: Option<&Action>) -> Reply {
        let Arrival { request, place, .. } = arrival;
        if let Some(action) = action {
            let injected = match action.effect {
                Effect::SlowDown => Some(
                    self.entra
                        .slow_down(&request.body)
                        .reply(request, place.now_ms),
                ),
                _ => injected::instead(&action.effect, request, Side::Login, place.now_ms),
            };
            let reply = injected.unwrap_or_else(|| Reply {
                status: 503,
                ..Reply::default()
            });
            if !action.commit {
                return reply;
            }
        }
        let Some(outcome) =
            self.entra
                .answer(&mut self.tenant, request, place.origin, place.now_ms)
        else {
            return self.elsewhere(arrival, action);
        };
        outcome
            .violations
            .into_iter()
            .for_each(|violation| self.log.violation(violation));
        self.keep(outcome.changed);
        match action.and_then(|action| {
            injected::instead(&action.effect, request, Side::Login, place.now_ms)
        }) {
            Some(injected) => injected,
            None => outcome.reply,
        }
    }

    pub(super) fn graph(&mut self, arrival: Arrival<'_>, action: Option<&Action>) -> Reply {
        let Arrival {
            request,
            place,
            clock,
        } = arrival;
        for breach in self.manners.check(request, clock) {
            self.breach(request, breach);
        }
        let effect = action.map(|action| &action.effect);
        let injected =
            effect.and_then(|effect| injected::instead(effect, request, Side::Graph, place.now_ms));
        let token_fault = matches!(
            effect,
            Some(Effect::ExpiredToken | Effect::ClaimsChallenge { .. })
        );
        let reply = if action.is_some_and(|action| !action.commit) && !token_fault {
            injected.unwrap_or_else(|| Reply {
                status: 503,
                ..Reply::default()
            })
        } else {
            let mut reply = self.graph_behind_gate(arrival, effect);
            if let Some(effect) = effect {
                injected::alter(effect, &mut reply, request, place.origin);
            }
            injected.unwrap_or(reply)
        };
        self.manners.note(request, &reply, place.now_ms, clock);
        reply
    }

    fn graph_behind_gate(&mut self, arrival: Arrival<'_>, effect: Option<&Effect>) -> Reply {
        let Arrival { request, place, .. } = arrival;
        let seen = match self.pass(arrival) {
            Ok(seen) => seen,
            Err(reply) => return reply,
        };
        match effect {
            Some(Effect::ExpiredToken) => self.gate.expire(seen.uti),
            Some(Effect::ClaimsChallenge { acrs }) => {
                self.gate.demand(seen.uti, acrs.as_deref(), place.now_ms)
            }
            _ if manners::body_without_type(request) => {
                let message = "Write requests (excluding DELETE) must contain the Content-Type header declaration.";
                return graph_error(request, place.now_ms, 400, "BadRequest", message);
            }
            _ if request.path == "/v1.0/$batch" => return self.batch(arrival, &seen),
            _ => {
                return self
                    .throttled(arrival, &seen)
                    .unwrap_or_else(|| self.ask_tenant(arrival, &seen));
            }
        }
        // The token has just become worthless, so this is a refusal.
        self.pass(arrival).err().unwrap_or_default()
    }

    fn pass(&mut self, arrival: Arrival<'_>) -> Result<Seen, Reply> {
        let Arrival { request, place, .. } = arrival;
        self.gate
            .pass(&self.entra.signer, &self.tenant, request, place)
            .map_err(|closed| {
                if let Some(breach) = closed.breach {
                    self.breach(request, breach);
                }
                closed.reply
            })
    }

    fn ask_tenant(&mut self, arrival: Arrival<'_>, seen: &Seen) -> Reply {
        let Arrival { request, place, .. } = arrival;
        let answer = graph::answer(
            &mut self.tenant,
            &seen.caller,
            request,
            place.origin,
            place.now_ms,
        );
        answer
            .violations
            .into_iter()
            .for_each(|violation| self.log.violation(violation));
        self.keep(answer.changed);
        answer.reply
    }

    fn throttled(&mut self, arrival: Arrival<'_>, seen: &Seen) -> Option<Reply> {
        let Arrival {
            request,
            place,
            clock,
        } = arrival;
        let call = CallFacts {
            method: &request.method,
            path: &request.path,
            query: &request.query,
        };
        let throttle = self.throttle.as_mut()?;
        let refused = throttle
            .take(
                &call,
                &seen.caller.client_id,
                self.tenant.tenant_id(),
                clock,
            )
            .err()?;
        let mut reply = graph_error(
            request,
            place.now_ms,
            429,
            "TooManyRequests",
            "Too many requests.",
        );
        reply.headers = refused.headers;
        Some(reply)
    }

    fn batch(&mut self, arrival: Arrival<'_>, seen: &Seen) -> Reply {
        let Arrival {
            request,
            place,
            clock,
        } = arrival;
        for part in parts::requests(request) {
            for breach in self.manners.check(&part, clock) {
                self.breach(&part, breach);
            }
        }
        let split = parts::split(request, |part| {
            let action = self
                .faults
                .decide_part(&part.method, &part.path, &part.query);
            if let Some(Action {
                effect: Effect::Status(fault),
                commit,
                ..
            }) = &action
            {
                let reply = injected::status(fault, part, Side::Graph, place.now_ms);
                return Some(if *commit {
                    Fate::Afterwards(reply)
                } else {
                    Fate::Instead(reply)
                });
            }
            self.throttled(
                Arrival {
                    request: part,
                    ..arrival
                },
                seen,
            )
            .map(Fate::Instead)
        });
        let reply = match split {
            None => self.ask_tenant(arrival, seen),
            Some(split) => {
                let answered = split.rest.as_ref().map(|rest| {
                    self.ask_tenant(
                        Arrival {
                            request: rest,
                            ..arrival
                        },
                        seen,
                    )
                });
                match answered {
                    // The batch as a whole was refused; that outweighs what was planned for its parts.
                    Some(reply) if !matches!(&reply.body, Body::Json(body) if body["responses"].is_array()) => {
                        reply
                    }
                    answered => split.join(answered),
                }
            }
        };
        for (part, answer) in parts::replies(request, &reply) {
            self.manners.note(&part, &answer, place.now_ms, clock);
        }
        reply
    }
}
