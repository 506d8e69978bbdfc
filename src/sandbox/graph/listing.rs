//! Collections and single objects as replies: options checked, rows filtered, projected, paged, and wrapped.

use serde_json::{Map, Value, json};

use super::super::odata;
use super::super::stamp;
use super::super::wire::Reply;
use super::fault::{self, Fault, json_reply};
use super::request::Exchange;

/// How a collection of one type behaves.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    /// Type name without namespace.
    pub(super) kind: &'static str,
    /// What `@odata.context` names.
    pub(super) context: &'static str,
    /// Properties of the type.
    pub(super) properties: &'static [&'static str],
    /// Properties sent without `$select`; empty = those the row holds.
    pub(super) defaults: &'static [&'static str],
    /// Properties that are collections.
    pub(super) collections: &'static [&'static str],
    /// Options taken.
    pub(super) options: &'static [&'static str],
    /// Page size without `$top`, and the largest `$top`.
    pub(super) page: (usize, usize),
    /// Properties `$filter` takes.
    pub(super) filters: &'static [&'static str],
}

impl Exchange<'_> {
    /// Answers with a collection of rows.
    pub(super) fn collection(&self, rows: Vec<Value>, shape: &Shape) -> Result<Reply, Fault> {
        self.allow_options(shape.options)?;
        let select = self.selected(shape)?;
        let counted = self.counted()?;
        let mut rows = rows;
        if let Some(text) = self.option("$filter") {
            let filter = odata::read_filter(text, shape.properties, shape.kind)?;
            for (test, _) in filter.tests() {
                if !shape.filters.contains(&test.property()) {
                    return Err(fault::unsupported_query(format!(
                        "Unsupported or invalid query filter clause specified for property '{}' of resource '{}'.",
                        test.property(),
                        shape.kind
                    )));
                }
                // The metadata types it as text, yet only object ids are kept there: a name is a question that has no answer.
                if test.property() == "principalId"
                    && !test
                        .values
                        .iter()
                        .all(|value| value.as_str().is_some_and(stamp::is_guid))
                {
                    let message = "Invalid filter clause: principalId takes object ids.";
                    return Err(fault::malformed(message.to_owned()).breach(message.to_owned()));
                }
            }
            rows.retain(|row| filter.matches(row));
        }
        if let Some(order) = self.option("$orderby") {
            let known = |clause: &str| {
                clause
                    .split_whitespace()
                    .next()
                    .is_some_and(|name| shape.properties.contains(&name))
            };
            if !order.split(',').all(known) {
                return Err(fault::unsupported_query(format!(
                    "Unsupported sort property in '{order}'."
                )));
            }
            odata::sort(&mut rows, order);
        }
        let size = odata::read_top(self.option("$top"), shape.page.0, shape.page.1)?;
        let start = self.page_start()?;
        let total = rows.len();
        let page = rows
            .into_iter()
            .skip(start)
            .take(size)
            .map(|row| self.shown(row, select.as_deref(), shape))
            .collect();
        let next = (start + size < total).then_some(start + size);
        let count = (counted && start == 0).then_some(total);
        Ok(self.page(
            page,
            &context_of(shape, select.as_deref(), false),
            next,
            count,
        ))
    }

    /// Answers with one object.
    pub(super) fn entity(&self, status: u16, row: Value, shape: &Shape) -> Result<Reply, Fault> {
        self.allow_options(&["$select", "$expand"])?;
        let select = self.selected(shape)?;
        let mut body = self.shown(row, select.as_deref(), shape);
        body["@odata.context"] = json!(self.context(&context_of(shape, select.as_deref(), true)));
        Ok(json_reply(status, body))
    }

    /// The properties that are asked for; one that this cloud's type lacks is unknown.
    fn selected(&self, shape: &Shape) -> Result<Option<Vec<String>>, Fault> {
        let select = odata::read_select(self.option("$select"), shape.properties, shape.kind)?;
        match select
            .iter()
            .flatten()
            .find(|name| !self.tenant.cloud.knows_property(name))
        {
            Some(name) => Err(fault::no_such_property(name, shape.kind)),
            None => Ok(select),
        }
    }

    fn shown(&self, mut row: Value, select: Option<&[String]>, shape: &Shape) -> Value {
        self.tenant.cloud.strip(&mut row);
        shown(row, select, shape)
    }

    /// Wraps a page: context, count, next link.
    pub(super) fn page(
        &self,
        rows: Vec<Value>,
        context: &str,
        next: Option<usize>,
        count: Option<usize>,
    ) -> Reply {
        let mut body = json!({"@odata.context": self.context(context), "value": rows});
        if let Some(count) = count {
            body["@odata.count"] = json!(count);
        }
        if let Some(place) = next {
            body["@odata.nextLink"] = json!(self.next_link(place));
        }
        json_reply(200, body)
    }

    /// The place a page token names; the beginning without one.
    pub(super) fn page_start(&self) -> Result<usize, Fault> {
        let mark = odata::fingerprint(&self.request.path, &self.query);
        self.option("$skiptoken")
            .map_or(Ok(0), |token| odata::read_page_token(token, mark))
    }

    fn next_link(&self, place: usize) -> String {
        let mark = odata::fingerprint(&self.request.path, &self.query);
        let kept: Vec<&str> = self
            .request
            .query
            .split('&')
            .filter(|part| {
                !part.is_empty()
                    && !part
                        .to_ascii_lowercase()
                        .replace("%24", "$")
                        .starts_with("$skiptoken=")
            })
            .collect();
        let token = odata::page_token(place, mark);
        let joint = if kept.is_empty() { "" } else { "&" };
        format!(
            "{}{}?{}{joint}$skiptoken={token}",
            self.origin,
            self.request.path,
            kept.join("&")
        )
    }

    /// Whether a count is asked for; that needs the header.
    pub(super) fn counted(&self) -> Result<bool, Fault> {
        match self.option("$count") {
            None | Some("false") => Ok(false),
            Some("true") if self.eventual() => Ok(true),
            Some("true") => Err(fault::bad_request("$count is not currently supported.")
                .breach("$count without ConsistencyLevel: eventual")),
            Some(other) => Err(
                fault::malformed(format!("'{other}' is not a value of $count."))
                    .breach("value of $count"),
            ),
        }
    }
}

/// The properties of a row that are sent; control annotations stay.
fn shown(row: Value, select: Option<&[String]>, shape: &Shape) -> Value {
    let Value::Object(row) = row else { return row };
    let mut sent = match select {
        Some(names) => odata::project(&row, names, shape.collections),
        None if shape.defaults.is_empty() => return Value::Object(row),
        None => odata::project(&row, shape.defaults, shape.collections),
    };
    sent.extend(
        row.into_iter()
            .filter(|(name, _)| name.contains('@'))
            .collect::<Map<_, _>>(),
    );
    Value::Object(sent)
}

/// `users(id,mail)/$entity` and the like.
fn context_of(shape: &Shape, select: Option<&[String]>, entity: bool) -> String {
    let names = select
        .map(|names| format!("({})", names.join(",")))
        .unwrap_or_default();
    let tail = if entity { "/$entity" } else { "" };
    format!("{}{names}{tail}", shape.context)
}
