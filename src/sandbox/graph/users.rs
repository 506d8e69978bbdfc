//! Reading users: list, one, count.

use serde_json::{Map, Value, json};

use super::super::odata::{self, Filter, Search};
use super::super::rules;
use super::super::tenant::User;
use super::super::wire::{Body, Reply};
use super::super::{properties, stamp};
use super::fault::{self, Fault};
use super::listing::Shape;
use super::request::Exchange;

/// Sent without `$select`.
pub(super) const DEFAULTS: &[&str] = &[
    "businessPhones",
    "displayName",
    "givenName",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
    "id",
];

/// Readable with `User.ReadBasic.All` alone.
const BASIC: &[&str] = &[
    "displayName",
    "givenName",
    "surname",
    "mail",
    "userPrincipalName",
    "id",
];

/// Properties that are collections, empty when nothing is set.
pub(super) const COLLECTIONS: &[&str] = &[
    "assignedLicenses",
    "assignedPlans",
    "businessPhones",
    "identities",
    "imAddresses",
    "interests",
    "licenseAssignmentStates",
    "onPremisesProvisioningErrors",
    "otherMails",
    "pastProjects",
    "provisionedPlans",
    "proxyAddresses",
    "responsibilities",
    "schools",
    "serviceProvisioningErrors",
    "skills",
];

/// Properties that only a single user can deliver.
const SINGLE_ONLY: &[&str] = &[
    "aboutMe",
    "birthday",
    "hireDate",
    "interests",
    "mySite",
    "pastProjects",
    "preferredName",
    "responsibilities",
    "schools",
    "skills",
    "mailboxSettings",
];

/// Rows looked at before a filtered page ends, even when it is still empty.
const SCAN: usize = 2_000;

const TIP: &str = "Use $select to choose only the properties your app needs, as this can lead to performance improvements.";

/// Users in a list, of single replies and of casts.
pub(super) const SHAPE: Shape = Shape {
    kind: "user",
    context: "users",
    properties: properties::USER,
    defaults: DEFAULTS,
    collections: COLLECTIONS,
    options: &[
        "$select",
        "$filter",
        "$top",
        "$count",
        "$orderby",
        "$search",
        "$skiptoken",
    ],
    page: (100, 999),
    filters: properties::USER,
};

/// A user's row with what is computed.
pub(super) fn row(x: &Exchange<'_>, user: &User) -> Value {
    let mut props = user.props.clone();
    let restricted = x.tenant.restricted(user.id()).then_some(true);
    props.insert("isManagementRestricted".to_owned(), json!(restricted));
    Value::Object(props)
}

/// Whether the token shows more than basic properties of the user.
fn sees_all(x: &Exchange<'_>, own: bool) -> bool {
    let full = [
        "User.Read.All",
        "User.ReadWrite.All",
        "Directory.Read.All",
        "Directory.ReadWrite.All",
    ];
    x.granted(&full) || (own && x.granted(&["User.Read", "User.ReadWrite"]))
}

fn limit_to_basic(row: &mut Value) {
    if let Some(props) = row.as_object_mut() {
        props.retain(|name, _| BASIC.contains(&name.as_str()));
    }
}

/// What `signInActivity` needs besides.
fn check_activity(x: &Exchange<'_>) -> Result<(), Fault> {
    if !x.granted(&["AuditLog.Read.All"]) {
        return Err(fault::reports_permission("AuditLog.Read.All"));
    }
    if x.premium() {
        Ok(())
    } else {
        Err(fault::no_premium())
    }
}

/// `GET /users/{id}`.
pub(super) fn get(x: &Exchange<'_>, key: &str) -> Result<Reply, Fault> {
    x.allow_options(&["$select"])?;
    let own = x
        .visible_user(key)
        .is_some_and(|user| rules::is_self(x.caller, user.id()));
    if !own {
        x.require("GET /users/{id}")?;
    }
    let user = x.user(key)?;
    x.require_on("GET /users/{id}", &user)?;
    let select = odata::read_select(x.option("$select"), properties::USER, "user")?;
    if select
        .as_ref()
        .is_some_and(|names| names.iter().any(|name| name == "signInActivity"))
    {
        check_activity(x)?;
        if !stamp::is_guid(key) {
            return Err(fault::malformed(
                "Get By Key only supports UserId and the key has to be a valid Guid",
            ));
        }
    }
    let mut row = row(x, &user);
    if !sees_all(x, own) {
        limit_to_basic(&mut row);
    }
    if select.is_none() {
        row["@microsoft.graph.tips"] = json!(TIP);
    }
    x.entity(200, row, &SHAPE)
}

/// The list's options, read and checked.
struct Wanted {
    filter: Option<Filter>,
    search: Option<Search>,
    order: Option<String>,
    select: Option<Vec<String>>,
    size: usize,
    counted: bool,
}

fn wanted(x: &Exchange<'_>) -> Result<Wanted, Fault> {
    x.allow_options(SHAPE.options)?;
    let counted = x.counted()?;
    let advanced = counted && x.eventual();
    let select = odata::read_select(x.option("$select"), properties::USER, "user")?;
    if let Some(name) = select
        .iter()
        .flatten()
        .find(|name| SINGLE_ONLY.contains(&name.as_str()))
    {
        return Err(fault::not_in_collection(name));
    }
    let filter = x
        .option("$filter")
        .map(|text| odata::read_filter(text, properties::USER, "user"))
        .transpose()?;
    if let Some(filter) = &filter {
        odata::check_filter(filter, advanced)?;
    }
    let search = match x.option("$search") {
        Some(_) if !x.eventual() => {
            return Err(fault::unsupported_query(
                "Request with $search query parameter only works through MSGraph with a special request header: \
                 'ConsistencyLevel: eventual'",
            ));
        }
        Some(text) => Some(Search::parse(text)?),
        None => None,
    };
    let order = x.option("$orderby").map(str::to_owned);
    if let Some(order) = &order {
        odata::check_order(order, filter.is_some() || search.is_some(), advanced)?;
    }
    let activity = select.iter().flatten().any(|name| name == "signInActivity")
        || filter
            .iter()
            .flat_map(Filter::tests)
            .any(|(test, _)| test.property() == "signInActivity");
    if activity {
        check_activity(x)?;
    }
    let max = if activity { 500 } else { 999 };
    let size = odata::read_top(x.option("$top"), 100, max)?;
    Ok(Wanted {
        filter,
        search,
        order,
        select,
        size,
        counted,
    })
}

impl Wanted {
    fn passes(&self, row: &Value) -> bool {
        self.filter
            .as_ref()
            .is_none_or(|filter| filter.matches(row))
            && self
                .search
                .as_ref()
                .is_none_or(|search| search.matches(row))
    }

    fn narrow(&self) -> bool {
        self.filter.is_some() || self.search.is_some()
    }
}

fn at(x: &Exchange<'_>, place: usize) -> Option<Value> {
    let user = x
        .tenant
        .user_at(place)
        .filter(|user| user.visible_from <= x.now)?;
    Some(Value::Object(user.props.clone()))
}

/// `GET /users`.
pub(super) fn list(x: &Exchange<'_>) -> Result<Reply, Fault> {
    x.require("GET /users")?;
    if rules::is_guest(x.tenant, x.caller) {
        return Err(fault::denied());
    }
    let wanted = wanted(x)?;
    let start = x.page_start()?;
    let all = x.tenant.user_count();
    let count = (wanted.counted && start == 0).then(|| {
        (0..all)
            .filter_map(|place| at(x, place))
            .filter(|row| wanted.passes(row))
            .count()
    });
    let mut rows = Vec::new();
    let mut next = None;
    if let Some(order) = &wanted.order {
        let mut sorted: Vec<Value> = (0..all)
            .filter_map(|place| at(x, place))
            .filter(|row| wanted.passes(row))
            .collect();
        odata::sort(&mut sorted, order);
        next = (start + wanted.size < sorted.len()).then_some(start + wanted.size);
        rows.extend(sorted.into_iter().skip(start).take(wanted.size));
    } else {
        for place in start..all {
            // A narrowed page may end empty and still have a next link.
            if rows.len() == wanted.size || (wanted.narrow() && place - start == SCAN) {
                next = Some(place);
                break;
            }
            rows.extend(at(x, place).filter(|row| wanted.passes(row)));
        }
    }
    let full = sees_all(x, false);
    let names: Vec<&str> = match &wanted.select {
        Some(names) => names.iter().map(String::as_str).collect(),
        None => DEFAULTS.to_vec(),
    };
    let restricted = names.contains(&"isManagementRestricted");
    let rows = rows
        .into_iter()
        .map(|mut row| {
            if restricted {
                let id = row.get("id").and_then(Value::as_str).unwrap_or_default();
                row["isManagementRestricted"] = json!(x.tenant.restricted(id).then_some(true));
            }
            if !full {
                limit_to_basic(&mut row);
            }
            Value::Object(odata::project(
                row.as_object().unwrap_or(&Map::new()),
                &names,
                COLLECTIONS,
            ))
        })
        .collect();
    let context = match &wanted.select {
        Some(names) => format!("users({})", names.join(",")),
        None => "users".to_owned(),
    };
    Ok(x.page(rows, &context, next, count))
}

/// `GET /users/$count`.
pub(super) fn count(x: &Exchange<'_>) -> Result<Reply, Fault> {
    x.require("GET /users")?;
    x.allow_options(&["$filter", "$search"])?;
    if !x.eventual() {
        return Err(fault::bad_request("$count is not currently supported.")
            .breach("/$count without ConsistencyLevel: eventual"));
    }
    let filter = x
        .option("$filter")
        .map(|text| odata::read_filter(text, properties::USER, "user"))
        .transpose()?;
    if let Some(filter) = &filter {
        odata::check_filter(filter, true)?;
    }
    let number = (0..x.tenant.user_count())
        .filter_map(|place| at(x, place))
        .filter(|row| filter.as_ref().is_none_or(|filter| filter.matches(row)))
        .count();
    Ok(Reply {
        status: 200,
        headers: Vec::new(),
        body: Body::Text(number.to_string()),
    })
}
