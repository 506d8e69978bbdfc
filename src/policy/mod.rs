//! What is known about Entra and Graph, as tables and pure functions: facts go in, a verdict or a finding comes out. No
//! input or output, no clock, no randomness of its own, and no type of the wire: commands translate replies into facts.

pub mod aadsts;
pub mod advise;
pub mod clouds;
pub mod contact;
pub mod document;
pub mod facts;
pub mod federation;
pub mod graph_errors;
pub mod names;
pub mod password;
pub mod permissions;
pub mod phone_forms;
pub mod reset;
pub mod roles;
pub mod sspr;
pub mod user_names;

pub use clouds::Cloud;
pub use facts::{Gap, Known};
