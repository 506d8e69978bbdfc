//! Administrative units: reading one, taking a user out and putting a user in.
//!
//! Source: administrative units of the Graph v1.0 reference, metadata of 2026-08-20. One member a call; units that restrict
//! management take changes of their members from role managers only.

use super::call::{Call, Change, Need, Segment};
use super::users::Unit;
use crate::http::cloud::Origin;
use crate::http::retry::Replay;
use Segment::{Literal, Value};
use http::Method;
use serde::de::IgnoredAny;
use serde_json::json;

static WRITE: Need = Need {
    delegated: &["AdministrativeUnit.ReadWrite.All"],
    application: &["AdministrativeUnit.ReadWrite.All"],
    role: "Privileged Role Administrator",
};

static READ: Need = Need {
    delegated: &["AdministrativeUnit.Read.All", "Directory.Read.All"],
    application: &["AdministrativeUnit.Read.All", "Directory.Read.All"],
    role: "Directory Readers",
};

/// One unit, and whether it restricts the management of its members.
#[must_use]
pub fn get(unit: &str) -> Call<Unit> {
    let mut segments = members(unit);
    segments.truncate(3);
    Call::get(&READ, segments).query("$select", "id,displayName,isMemberManagementRestricted")
}

fn members(unit: &str) -> Vec<Segment> {
    vec![
        Literal("directory"),
        Literal("administrativeUnits"),
        Value(unit.to_owned()),
        Literal("members"),
    ]
}

/// The request that puts a user into a unit, in words, for somebody who has to send it by hand.
#[must_use]
pub fn request_in_words(graph: &Origin, unit_id: &str, user_id: &str) -> String {
    format!(
        "POST {graph}/v1.0/directory/administrativeUnits/{unit_id}/members/$ref with the body {{\"@odata.id\":\"{}\"}}",
        user_link(graph, user_id)
    )
}

/// The link of a user, as a reference in a body names it.
#[must_use]
pub fn user_link(graph: &Origin, id: &str) -> String {
    format!("{graph}/v1.0/users/{id}")
}

/// Puts a user into a unit. One that is in already is refused with 400.
#[must_use]
pub fn add_member(graph: &Origin, unit: &str, user: &str) -> Change<IgnoredAny> {
    let mut segments = members(unit);
    segments.push(Literal("$ref"));
    Change::new(
        Method::POST,
        &WRITE,
        segments,
        Some(json!({ "@odata.id": user_link(graph, user) })),
        Replay::Safe,
    )
}

/// Takes a user out of a unit. One that is not in is refused with 404.
#[must_use]
pub fn remove_member(unit: &str, user: &str) -> Change<IgnoredAny> {
    let mut segments = members(unit);
    segments.push(Value(user.to_owned()));
    segments.push(Literal("$ref"));
    Change::new(Method::DELETE, &WRITE, segments, None, Replay::Safe)
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNIT: &str = "218d8847-0ee4-404e-875a-b53c3305ada9";
    const USER: &str = "8293a4b5-c6d7-4e8f-b90a-1b2c3d4e5f60";

    #[test]
    fn members_are_linked_on_the_origin_in_use() {
        let graph = Origin::of(&"https://graph.microsoft.us".parse().unwrap()).unwrap();
        let add = add_member(&graph, UNIT, USER);
        assert_eq!(
            add.spec().relative_url(),
            format!("/directory/administrativeUnits/{UNIT}/members/$ref")
        );
        assert_eq!(
            add.spec().body.as_ref().unwrap()["@odata.id"],
            format!("https://graph.microsoft.us/v1.0/users/{USER}")
        );
        assert_eq!(
            get(UNIT).spec().relative_url(),
            format!(
                "/directory/administrativeUnits/{UNIT}?$select=id,displayName,isMemberManagementRestricted"
            )
        );
        let remove = remove_member(UNIT, USER);
        assert_eq!(
            remove.spec().relative_url(),
            format!("/directory/administrativeUnits/{UNIT}/members/{USER}/$ref")
        );
        assert_eq!(remove.spec().method, Method::DELETE);
    }
}
