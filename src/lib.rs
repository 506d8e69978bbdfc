//! admin-reset: reset a Microsoft 365 administrator's password and never lose it, create break-glass administrators that work,
//! tell who could reset themselves.
//!
//! A map of the crate; `docs/architecture.md` walks through one command.

mod access_pass;
mod administrator;
pub mod auth;
mod bounded;
pub mod cli;
pub mod commands;
pub mod consent;
pub mod console;
pub mod context;
#[cfg(debug_assertions)]
pub mod control;
mod doctor;
pub mod duration;
pub mod envelope;
pub mod error;
pub mod explain;
pub mod facts;
pub mod files;
pub mod graph;
pub mod harden;
pub mod http;
pub mod ids;
pub mod journal;
pub mod keyvault;
mod ledger;
pub mod mailbox;
mod mask;
mod opening;
pub mod passwords;
pub mod plan;
pub mod policy;
mod preflight;
mod qr;
pub mod random;
mod recall;
pub mod render;
pub mod resuming;
mod runs;
#[cfg(feature = "sandbox")]
pub mod sandbox;
pub mod seal;
pub mod secret;
mod security_info;
pub mod settings;
pub mod share;
pub mod sheet;
pub mod sign_ins;
mod signal;
pub mod sink;
pub mod targets;
pub mod verdicts;
mod views;
