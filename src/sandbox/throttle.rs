//! Throttling by the published figures: who may call how often, and what a call over the limit is told.
//!
//! Owns costs, buckets and headers. It knows requests only by method, path and query, and has no clock of its own.
//!
//! Source: Microsoft Learn "Microsoft Graph service-specific throttling limits" (identity and access; identity and access reports;
//! conditional access), state of mid 2026, read 2026-11.

use std::collections::HashMap;
use std::time::Duration;

/// Cost in resource units of reads that differ from 1: method, path from the version on with `*` for an id, cost.
const COSTS: &[(&str, &str, u32)] = &[
    ("GET", "users", 2),
    ("GET", "applications", 2),
    ("GET", "groups/*/members", 3),
    ("GET", "groups/*/transitiveMembers", 5),
    ("GET", "users/*/memberOf", 2),
    ("GET", "users/*/transitiveMemberOf", 2),
    ("GET", "users/*/ownedObjects", 2),
    ("GET", "users/*/licenseDetails", 2),
    ("GET", "oauth2PermissionGrants", 2),
    ("GET", "subscribedSkus", 3),
    ("GET", "domains/*/domainNameReferences", 4),
    ("POST", "directoryObjects/getByIds", 5),
    ("POST", "*/*/checkMemberGroups", 4),
    ("POST", "*/*/checkMemberObjects", 4),
    ("POST", "*/*/getMemberGroups", 2),
    ("POST", "*/*/getMemberObjects", 2),
];

/// The service a request belongs to, as the limits draw the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Workload {
    Directory,
    DirectoryWrite,
    Reports,
    ConditionalAccess,
}

/// A refusal by rate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Throttled {
    /// Headers that tell how long and why; conditional access sends none.
    pub(super) headers: Vec<(String, String)>,
}

/// Buckets per application; one tenant, so the per-tenant limits are the ones that count.
#[derive(Debug)]
pub(super) struct Throttle {
    directory_units: f64,
    buckets: HashMap<(Workload, String), Bucket>,
}

#[derive(Debug)]
struct Bucket {
    left: f64,
    filled: Duration,
}

impl Throttle {
    /// Limits for a tenant of that many users.
    pub(super) fn for_users(users: u64) -> Self {
        let directory_units = match users {
            0..50 => 3500.0,
            50..=500 => 5000.0,
            _ => 8000.0,
        };
        Self {
            directory_units,
            buckets: HashMap::new(),
        }
    }

    /// Takes a request's cost from its bucket; `clock` is any monotonic time.
    pub(super) fn take(
        &mut self,
        call: &CallFacts<'_>,
        client_id: &str,
        tenant_id: &str,
        clock: Duration,
    ) -> Result<(), Throttled> {
        let workload = call.workload();
        let (size, seconds) = match workload {
            Workload::Directory => (self.directory_units, 10.0),
            Workload::DirectoryWrite => (3000.0, 150.0),
            Workload::Reports => (5.0, 10.0),
            Workload::ConditionalAccess => (1.0, 1.0),
        };
        let cost = if workload == Workload::Directory {
            f64::from(call.cost())
        } else {
            1.0
        };
        // Conditional access counts per tenant, whatever the application.
        let owner = if workload == Workload::ConditionalAccess {
            String::new()
        } else {
            client_id.to_owned()
        };
        let bucket = self.buckets.entry((workload, owner)).or_insert(Bucket {
            left: size,
            filled: clock,
        });
        let rate = size / seconds;
        bucket.left = clock
            .saturating_sub(bucket.filled)
            .as_secs_f64()
            .mul_add(rate, bucket.left)
            .min(size);
        bucket.filled = clock;
        if bucket.left >= cost {
            bucket.left -= cost;
            return Ok(());
        }
        if workload == Workload::ConditionalAccess {
            return Err(Throttled {
                headers: Vec::new(),
            });
        }
        let wait = ((cost - bucket.left) / rate).ceil().max(1.0);
        let kind = if workload == Workload::DirectoryWrite {
            "WriteLimitExceeded"
        } else {
            "ResourceUnitLimitExceeded"
        };
        let headers = [
            ("Retry-After", format!("{wait:.0}")),
            ("x-ms-throttle-limit-percentage", "1.2".to_owned()),
            (
                "x-ms-throttle-scope",
                format!("Tenant_Application/ReadWrite/{client_id}/{tenant_id}"),
            ),
            ("x-ms-throttle-information", kind.to_owned()),
        ];
        Err(Throttled {
            headers: headers
                .map(|(name, value)| (name.to_owned(), value))
                .to_vec(),
        })
    }
}

/// What throttling looks at.
#[derive(Debug, Clone, Copy)]
pub(super) struct CallFacts<'a> {
    pub(super) method: &'a str,
    /// Path with the version in front.
    pub(super) path: &'a str,
    pub(super) query: &'a str,
}

impl CallFacts<'_> {
    fn parts(&self) -> Vec<&str> {
        self.path
            .trim_start_matches('/')
            .split('/')
            .skip(1)
            .filter(|part| !part.is_empty())
            .collect()
    }

    fn workload(&self) -> Workload {
        let parts = self.parts();
        match parts.as_slice() {
            ["identity" | "identityProtection", ..] => Workload::ConditionalAccess,
            ["auditLogs" | "reports", ..]
            | ["users", _, "authentication", ..]
            | ["me", "authentication", ..] => Workload::Reports,
            _ if self.method == "GET" || self.reads_by_post() => Workload::Directory,
            _ => Workload::DirectoryWrite,
        }
    }

    fn reads_by_post(&self) -> bool {
        let last = self.parts().last().copied().unwrap_or_default();
        self.method == "POST"
            && ["getByIds", "checkMember", "getMember"]
                .iter()
                .any(|start| last.starts_with(start))
    }

    /// Resource units of the call, at least 1.
    pub(super) fn cost(&self) -> u32 {
        let parts = self.parts();
        let fits = |pattern: &str| {
            let mut wanted = pattern.split('/');
            parts.iter().all(|part| {
                wanted
                    .next()
                    .is_some_and(|want| want == "*" || want == *part)
            }) && wanted.next().is_none()
        };
        let row = COSTS
            .iter()
            .find(|(method, pattern, _)| *method == self.method && fits(pattern));
        let mut cost = i64::from(row.map_or(1, |(_, _, cost)| *cost));
        let has = |name: &str| {
            url::form_urlencoded::parse(self.query.as_bytes())
                .find(|(key, _)| key == name)
                .map(|(_, value)| value)
        };
        cost -= i64::from(has("$select").is_some());
        cost += i64::from(has("$expand").is_some());
        cost -= i64::from(
            has("$top")
                .and_then(|top| top.parse::<u32>().ok())
                .is_some_and(|top| top < 20),
        );
        u32::try_from(cost.max(1)).unwrap_or(1)
    }

    /// Whether replies of this call tell their cost.
    pub(super) fn tells_cost(&self) -> bool {
        matches!(
            self.workload(),
            Workload::Directory | Workload::DirectoryWrite
        ) && self.parts() != ["$batch"]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call<'a>(method: &'a str, path: &'a str, query: &'a str) -> CallFacts<'a> {
        CallFacts {
            method,
            path,
            query,
        }
    }

    #[test]
    fn costs_follow_the_table_and_its_adjustments() {
        assert_eq!(call("GET", "/v1.0/users", "").cost(), 2);
        assert_eq!(call("GET", "/v1.0/users", "$select=id").cost(), 1);
        assert_eq!(call("GET", "/v1.0/users", "$select=id&$top=5").cost(), 1);
        assert_eq!(
            call("GET", "/v1.0/users/x/transitiveMemberOf", "$expand=y").cost(),
            3
        );
        assert_eq!(call("GET", "/v1.0/users/x", "").cost(), 1);
        assert_eq!(
            call("POST", "/v1.0/users/x/checkMemberGroups", "").cost(),
            4
        );
        assert_eq!(
            call("POST", "/v1.0/directoryObjects/getByIds", "").cost(),
            5
        );
    }

    #[test]
    fn the_sixth_report_within_ten_seconds_waits() {
        let mut throttle = Throttle::for_users(20);
        let report = call("GET", "/v1.0/users/x/authentication/methods", "");
        for _ in 0..5 {
            assert!(throttle.take(&report, "c", "t", Duration::ZERO).is_ok());
        }
        let refused = throttle
            .take(&report, "c", "t", Duration::from_secs(1))
            .unwrap_err();
        assert_eq!(refused.headers[0], ("Retry-After".into(), "1".into()));
        assert!(
            throttle
                .take(&report, "other", "t", Duration::from_secs(1))
                .is_ok(),
            "limits count per application"
        );
        assert!(
            throttle
                .take(&report, "c", "t", Duration::from_secs(2))
                .is_ok()
        );
        assert!(
            throttle
                .take(&call("GET", "/v1.0/users", ""), "c", "t", Duration::ZERO)
                .is_ok()
        );
    }

    #[test]
    fn conditional_access_does_not_say_how_long() {
        let mut throttle = Throttle::for_users(20);
        let policies = call("GET", "/v1.0/identity/conditionalAccess/policies", "");
        assert!(throttle.take(&policies, "c", "t", Duration::ZERO).is_ok());
        assert!(
            throttle
                .take(&policies, "d", "t", Duration::ZERO)
                .unwrap_err()
                .headers
                .is_empty()
        );
        assert!(
            throttle
                .take(&policies, "d", "t", Duration::from_secs(1))
                .is_ok()
        );
    }

    #[test]
    fn a_small_tenant_has_3500_units() {
        let mut throttle = Throttle::for_users(49);
        let list = call("GET", "/v1.0/users", "");
        let granted = (0..5000)
            .filter(|_| throttle.take(&list, "c", "t", Duration::ZERO).is_ok())
            .count();
        assert_eq!(granted, 1750);
    }
}
