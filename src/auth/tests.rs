//! Tests of the flows against a small sign-in service that answers as told.

mod browser;
mod choosing;
mod device;
mod exchanges;
mod outside;
pub(in crate::auth) mod service;
mod sessions;
