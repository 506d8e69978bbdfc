//! What a user or service principal belongs to and owns: groups, directory roles and units in one list, or one kind by cast.

use serde_json::{Value, json};

use super::super::properties;
use super::super::roles;
use super::super::tenant::{Group, Unit};
use super::super::wire::{Body, Reply};
use super::fault::{self, Fault};
use super::listing::Shape;
use super::request::Exchange;

const OPTIONS: &[&str] = &[
    "$select",
    "$filter",
    "$top",
    "$count",
    "$orderby",
    "$skiptoken",
];

/// Sent for a group without `$select`.
const GROUP_DEFAULTS: &[&str] = &[
    "id",
    "deletedDateTime",
    "classification",
    "createdDateTime",
    "description",
    "displayName",
    "expirationDateTime",
    "groupTypes",
    "isAssignableToRole",
    "mail",
    "mailEnabled",
    "mailNickname",
    "membershipRule",
    "membershipRuleProcessingState",
    "onPremisesDomainName",
    "onPremisesLastSyncDateTime",
    "onPremisesSamAccountName",
    "onPremisesSecurityIdentifier",
    "onPremisesSyncEnabled",
    "preferredLanguage",
    "proxyAddresses",
    "renewedDateTime",
    "securityEnabled",
    "theme",
    "visibility",
];

const GROUP_COLLECTIONS: &[&str] = &[
    "assignedLabels",
    "assignedLicenses",
    "groupTypes",
    "infoCatalogs",
    "onPremisesProvisioningErrors",
    "proxyAddresses",
    "resourceBehaviorOptions",
    "resourceProvisioningOptions",
    "serviceProvisioningErrors",
];

/// Groups.
pub(super) const GROUPS: Shape = Shape {
    kind: "group",
    context: "groups",
    properties: properties::GROUP,
    defaults: GROUP_DEFAULTS,
    collections: GROUP_COLLECTIONS,
    options: OPTIONS,
    page: (100, 999),
    filters: &[
        "id",
        "displayName",
        "mail",
        "mailNickname",
        "securityEnabled",
        "mailEnabled",
        "isAssignableToRole",
    ],
};

/// Activated directory roles.
pub(super) const DIRECTORY_ROLES: Shape = Shape {
    kind: "directoryRole",
    context: "directoryRoles",
    properties: properties::DIRECTORY_ROLE,
    defaults: &[
        "id",
        "deletedDateTime",
        "description",
        "displayName",
        "roleTemplateId",
    ],
    collections: &[],
    options: OPTIONS,
    page: (100, 999),
    filters: &["id", "displayName", "roleTemplateId"],
};

/// Administrative units.
pub(super) const UNITS: Shape = Shape {
    kind: "administrativeUnit",
    context: "directory/administrativeUnits",
    properties: properties::ADMINISTRATIVE_UNIT,
    defaults: properties::ADMINISTRATIVE_UNIT,
    collections: &[],
    options: OPTIONS,
    page: (100, 999),
    filters: &["id", "displayName", "isMemberManagementRestricted"],
};

/// A list of objects of several kinds; any property of any of them may be selected.
const MIXED_PROPERTIES: &[&str] = &[
    "id",
    "deletedDateTime",
    "description",
    "displayName",
    "roleTemplateId",
    "groupTypes",
    "isAssignableToRole",
    "isManagementRestricted",
    "isMemberManagementRestricted",
    "mail",
    "mailEnabled",
    "membershipRule",
    "onPremisesSyncEnabled",
    "securityEnabled",
    "visibility",
    "userPrincipalName",
    "userType",
    "accountEnabled",
    "appId",
    "servicePrincipalType",
];

const MIXED: Shape = Shape {
    kind: "directoryObject",
    context: "directoryObjects",
    properties: MIXED_PROPERTIES,
    defaults: &[],
    collections: &[],
    options: OPTIONS,
    page: (100, 999),
    filters: &["id"],
};

/// A group as a row.
pub(super) fn group_row(group: &Group) -> Value {
    let mut row = Value::Object(group.props.clone());
    // Some services add an annotation nobody asked for.
    row["@odata.etag"] = json!(format!("W/\"{}\"", group.members.len()));
    row
}

/// A unit as a row.
pub(super) fn unit_row(unit: &Unit) -> Value {
    Value::Object(unit.props.clone())
}

/// An activated role as a row.
pub(super) fn role_row(x: &Exchange<'_>, template: &str, id: &str) -> Value {
    let name = x.tenant.role_name(template);
    let description = format!("The directory role {name}.");
    json!({
        "id": id, "deletedDateTime": null, "displayName": name, "description": description, "roleTemplateId": template,
    })
}

/// Gives a row of a mixed list its type; a kind the token may not read keeps only type and id.
fn typed(mut row: Value, kind: &str, readable: bool) -> Value {
    if !readable && let Some(props) = row.as_object_mut() {
        for (name, value) in props.iter_mut() {
            if name != "id" {
                *value = Value::Null;
            }
        }
    }
    row["@odata.type"] = json!(format!("#microsoft.graph.{kind}"));
    row
}

/// What belongs to the object: the rows of a list and how they are shown.
struct Belongings {
    groups: Vec<Value>,
    roles: Vec<Value>,
    units: Vec<Value>,
}

fn belongings(x: &Exchange<'_>, id: &str, transitive: bool) -> Belongings {
    let direct =
        |group: &&Group| transitive || group.members.iter().any(|one| one.eq_ignore_ascii_case(id));
    let mut groups: Vec<&Group> = x.tenant.groups_of(id).into_iter().filter(direct).collect();
    groups.sort_by_key(|group| group.id().to_owned());
    let held = x.tenant.held(id);
    let mut templates: Vec<&str> = held
        .iter()
        .filter(|one| one.scope == "/" && (transitive || one.through.is_none()))
        .map(|one| one.role_id.as_str())
        .filter(|role| roles::built_in(role).is_some())
        .collect();
    templates.sort_unstable();
    templates.dedup();
    let role = |template: &&str| {
        let id = x
            .tenant
            .directory_roles
            .get(*template)
            .cloned()
            .unwrap_or_default();
        role_row(x, template, &id)
    };
    Belongings {
        groups: groups.into_iter().map(group_row).collect(),
        roles: templates.iter().map(role).collect(),
        units: x.tenant.units_of(id).map(unit_row).collect(),
    }
}

/// `memberOf` and `transitiveMemberOf`, whole or cast; `tail` is what follows in the path.
pub(super) fn member_of(
    x: &Exchange<'_>,
    id: &str,
    transitive: bool,
    tail: &[&str],
) -> Result<Reply, Fault> {
    let all = belongings(x, id, transitive);
    let groups_readable = x.granted(&[
        "Directory.Read.All",
        "Directory.ReadWrite.All",
        "Group.Read.All",
        "Group.ReadBasic.All",
        "Group.ReadWrite.All",
        "GroupMember.Read.All",
        "GroupMember.ReadBasic.All",
    ]);
    let roles_readable = x.granted(&[
        "Directory.Read.All",
        "Directory.ReadWrite.All",
        "RoleManagement.Read.Directory",
        "RoleManagement.ReadWrite.Directory",
    ]);
    let units_readable = x.granted(&[
        "Directory.Read.All",
        "Directory.ReadWrite.All",
        "AdministrativeUnit.Read.All",
        "AdministrativeUnit.ReadWrite.All",
    ]);
    let hidden = |rows: Vec<Value>, readable: bool, kind: &str| -> Vec<Value> {
        rows.into_iter()
            .map(|row| typed(row, kind, readable))
            .collect()
    };
    let bare = |rows: Vec<Value>| -> Vec<Value> {
        rows.into_iter()
            .map(|mut row| {
                if let Some(props) = row.as_object_mut() {
                    props.remove("@odata.type");
                }
                row
            })
            .collect()
    };
    let groups = hidden(all.groups, groups_readable, "group");
    let roles = hidden(all.roles, roles_readable, "directoryRole");
    let units = hidden(all.units, units_readable, "administrativeUnit");
    let (cast, counting) = match tail {
        [] => (None, false),
        ["$count"] => (None, true),
        [cast] => (Some(*cast), false),
        [cast, "$count"] => (Some(*cast), true),
        _ => {
            return Err(fault::not_modelled(format!(
                "path below memberOf: {}",
                tail.join("/")
            )));
        }
    };
    let (rows, shape) = match cast {
        None => (
            groups.into_iter().chain(roles).chain(units).collect(),
            MIXED,
        ),
        Some("microsoft.graph.group") => (bare(groups), GROUPS),
        Some("microsoft.graph.directoryRole") => (bare(roles), DIRECTORY_ROLES),
        Some("microsoft.graph.administrativeUnit") => (bare(units), UNITS),
        Some(other) => return Err(fault::not_modelled(format!("cast to {other}"))),
    };
    let advanced = x.option("$filter").is_some() || x.option("$orderby").is_some() || counting;
    if advanced && !(x.eventual() && (counting || x.option("$count") == Some("true"))) {
        return Err(fault::unsupported_query(
            "This query needs the header ConsistencyLevel: eventual and $count=true.",
        ));
    }
    if counting {
        return Ok(Reply {
            status: 200,
            headers: Vec::new(),
            body: Body::Text(rows.len().to_string()),
        });
    }
    x.collection(rows, &shape)
}

/// `ownedObjects`, whole or cast to groups.
pub(super) fn owned(x: &Exchange<'_>, id: &str, tail: &[&str]) -> Result<Reply, Fault> {
    let owned = |group: &&Group| group.owners.iter().any(|one| one.eq_ignore_ascii_case(id));
    let rows: Vec<Value> = x
        .tenant
        .groups
        .iter()
        .filter(owned)
        .map(group_row)
        .collect();
    match tail {
        [] => x.collection(
            rows.into_iter()
                .map(|row| typed(row, "group", true))
                .collect(),
            &MIXED,
        ),
        ["microsoft.graph.group"] => x.collection(rows, &GROUPS),
        _ => Err(fault::not_modelled(format!(
            "path below ownedObjects: {}",
            tail.join("/")
        ))),
    }
}

/// An object of any kind as a member of something.
pub(super) fn object_row(x: &Exchange<'_>, id: &str) -> Option<Value> {
    if let Some(user) = x.visible_user(id) {
        let mut row = super::users::row(x, &user);
        if x.option("$select").is_none() {
            let props = super::super::odata::project(
                row.as_object()?,
                super::users::DEFAULTS,
                super::users::COLLECTIONS,
            );
            row = Value::Object(props);
        }
        return Some(typed(row, "user", true));
    }
    if let Some(group) = x.tenant.group(id) {
        return Some(typed(group_row(group), "group", true));
    }
    x.tenant
        .service_principal(id)
        .map(|one| typed(one.clone(), "servicePrincipal", true))
}

/// A list of members, whole or cast to users.
pub(super) fn list_members(
    x: &Exchange<'_>,
    ids: &[String],
    tail: &[&str],
) -> Result<Reply, Fault> {
    let rows: Vec<Value> = ids.iter().filter_map(|id| object_row(x, id)).collect();
    match tail {
        [] => x.collection(
            rows,
            &Shape {
                filters: &[],
                ..MIXED
            },
        ),
        ["microsoft.graph.user"] => {
            let users = rows
                .into_iter()
                .filter(|row| row["@odata.type"] == "#microsoft.graph.user")
                .collect();
            x.collection(users, &super::users::SHAPE)
        }
        _ => Err(fault::not_modelled(format!(
            "path below a list of members: {}",
            tail.join("/")
        ))),
    }
}
