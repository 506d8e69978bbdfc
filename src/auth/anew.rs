//! A further sign-in under a certain name, beside whoever is signed in already. Keeps nothing of it.

use super::choose::Chooser;
use super::person::{Person, Way};
use super::{Ask, TokenSource};
use crate::console::Console;
use crate::error::Result;
use crate::http::Transport;
use crate::settings::Settings;
use std::rc::Rc;
use std::sync::Arc;

/// A person who signs in under a certain name, whoever else is signed in; nothing of it is kept. Nothing is sent yet.
pub fn anew(
    settings: &Settings,
    transport: Rc<Transport>,
    console: Arc<Console>,
    ask: Ask,
    in_browser: bool,
    name: &str,
) -> Result<Box<dyn TokenSource>> {
    let chooser = Chooser {
        settings,
        transport,
        console,
        ask,
    };
    let way = if in_browser {
        Way::Browser
    } else {
        Way::DeviceCode
    };
    // The app is the one of the kept sign-in when none is named; its session is left alone.
    let person = chooser.person(way, true, chooser.kept()?)?;
    Ok(Box::new(Person {
        kept: None,
        anew_as: Some(name.to_owned()),
        ..person
    }))
}
