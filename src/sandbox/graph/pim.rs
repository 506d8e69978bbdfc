//! PIM: schedule instances of assignments and eligibilities, and eligibility schedules.

use serde_json::{Value, json};

use super::super::tenant::Assignment;
use super::super::wire::Reply;
use super::super::{properties, stamp};
use super::fault::{self, Fault};
use super::listing::Shape;
use super::request::Exchange;
use super::roles::expanded;

const INSTANCE_OPTIONS: &[&str] = &["$filter", "$select", "$expand", "$top", "$skiptoken"];
const INSTANCE_FILTERS: &[&str] = &["principalId", "roleDefinitionId", "directoryScopeId"];

const ASSIGNMENT_INSTANCES: Shape = Shape {
    kind: "unifiedRoleAssignmentScheduleInstance",
    context: "roleManagement/directory/roleAssignmentScheduleInstances",
    properties: properties::ASSIGNMENT_INSTANCE,
    defaults: &[],
    collections: &[],
    options: INSTANCE_OPTIONS,
    page: (100, 999),
    filters: INSTANCE_FILTERS,
};

const ELIGIBILITY_INSTANCES: Shape = Shape {
    kind: "unifiedRoleEligibilityScheduleInstance",
    context: "roleManagement/directory/roleEligibilityScheduleInstances",
    properties: properties::ELIGIBILITY_INSTANCE,
    ..ASSIGNMENT_INSTANCES
};

const ELIGIBILITY_SCHEDULES: Shape = Shape {
    kind: "unifiedRoleEligibilitySchedule",
    context: "roleManagement/directory/roleEligibilitySchedules",
    properties: properties::ELIGIBILITY_SCHEDULE,
    ..ASSIGNMENT_INSTANCES
};

fn instance_base(one: &Assignment, principal: &str, member: &str) -> Value {
    json!({
        "id": one.id, "principalId": principal, "roleDefinitionId": one.role_id, "directoryScopeId": one.scope,
        "appScopeId": null, "startDateTime": stamp::iso(one.start, 2),
        "endDateTime": one.end.map(|end| stamp::iso(end, 0)), "memberType": member,
    })
}

fn assignment_instance(one: &Assignment, principal: &str, member: &str) -> Value {
    let mut row = instance_base(one, principal, member);
    row["assignmentType"] = json!(if one.activated {
        "Activated"
    } else {
        "Assigned"
    });
    row["roleAssignmentOriginId"] = json!(one.id);
    row["roleAssignmentScheduleId"] = json!(one.schedule_id);
    row
}

fn eligibility_instance(one: &Assignment, principal: &str, member: &str) -> Value {
    let mut row = instance_base(one, principal, member);
    row["roleEligibilityScheduleId"] = json!(one.schedule_id);
    row
}

fn eligibility_schedule(one: &Assignment, principal: &str, member: &str) -> Value {
    let kind = if one.end.is_some() {
        "afterDateTime"
    } else {
        "noExpiration"
    };
    json!({
        "id": one.schedule_id, "principalId": principal, "roleDefinitionId": one.role_id,
        "directoryScopeId": one.scope, "appScopeId": null, "createdUsing": one.schedule_id,
        "createdDateTime": stamp::iso(one.start, 2), "modifiedDateTime": null, "status": "Provisioned",
        "memberType": member,
        "scheduleInfo": {
            "startDateTime": stamp::iso(one.start, 2), "recurrence": null,
            "expiration": {"type": kind, "endDateTime": one.end.map(|end| stamp::iso(end, 0)), "duration": null},
        },
    })
}

/// The PIM collections; `tail` is `filterByCurrentUser(on='principal')` or nothing.
pub(super) fn list(x: &Exchange<'_>, which: &str, tail: &[&str]) -> Result<Reply, Fault> {
    x.require_pim(&format!("GET /roleManagement/directory/{which}"))?;
    type Build = fn(&Assignment, &str, &str) -> Value;
    let (list, build, shape): (_, Build, _) = match which {
        "roleAssignmentScheduleInstances" => (
            &x.tenant.assignments,
            assignment_instance,
            ASSIGNMENT_INSTANCES,
        ),
        "roleEligibilityScheduleInstances" => (
            &x.tenant.eligibilities,
            eligibility_instance,
            ELIGIBILITY_INSTANCES,
        ),
        _ => (
            &x.tenant.eligibilities,
            eligibility_schedule,
            ELIGIBILITY_SCHEDULES,
        ),
    };
    let rows = match tail {
        [] => list
            .iter()
            .map(|one| build(one, &one.principal_id, "Direct"))
            .collect(),
        ["filterByCurrentUser", "on=principal"] => {
            if x.caller.app_only {
                return Err(fault::malformed(
                    "filterByCurrentUser needs a user in the token.",
                ));
            }
            let me = x.caller.object_id.as_str();
            let groups: Vec<&str> = x
                .tenant
                .groups_of(me)
                .into_iter()
                .map(|group| group.id())
                .collect();
            list.iter()
                .filter_map(|one| {
                    if one.principal_id.eq_ignore_ascii_case(me) {
                        return Some(build(one, me, "Direct"));
                    }
                    let through = groups
                        .iter()
                        .any(|group| group.eq_ignore_ascii_case(&one.principal_id));
                    through.then(|| build(one, me, "Group"))
                })
                .collect()
        }
        _ => {
            return Err(fault::not_modelled(format!(
                "path below {which}: {}",
                tail.join("/")
            )));
        }
    };
    expanded(x, rows, &shape, true)
}
