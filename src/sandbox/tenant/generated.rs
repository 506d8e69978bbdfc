//! Users computed on the fly, so that a tenant of a hundred thousand costs no memory; only changed ones are held.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::super::seed;
use super::user::User;

const ID_PREFIX: &str = "5a17e0a5-0000-4000-8000-";
const UPN_PREFIX: &str = "user";
const CREATED_MS: i64 = 1_704_067_200_000;

/// The computed part of the population: `user1@contoso.com` to `user{count}@contoso.com`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::sandbox) struct Generated {
    /// How many there are.
    pub(in crate::sandbox) count: u64,
    /// Those that were written to.
    pub(in crate::sandbox) changed: BTreeMap<u64, User>,
    /// Those that were deleted.
    pub(in crate::sandbox) removed: BTreeSet<u64>,
}

impl Generated {
    /// The number of the user a key (object id or UPN) names.
    pub(in crate::sandbox) fn index(&self, key: &str) -> Option<u64> {
        let index = if key.len() == 36 {
            let head = key.get(..ID_PREFIX.len())?;
            if !head.eq_ignore_ascii_case(ID_PREFIX) {
                return None;
            }
            u64::from_str_radix(key.get(ID_PREFIX.len()..)?, 16).ok()?
        } else {
            let (local, domain) = key.split_once('@')?;
            let digits = local.get(UPN_PREFIX.len()..)?;
            let named = local
                .get(..UPN_PREFIX.len())?
                .eq_ignore_ascii_case(UPN_PREFIX);
            if !named
                || digits.starts_with('0')
                || !domain.eq_ignore_ascii_case(seed::CUSTOM_DOMAIN)
            {
                return None;
            }
            digits.parse().ok()?
        };
        ((1..=self.count).contains(&index) && !self.removed.contains(&index)).then_some(index)
    }

    /// The user of that number.
    pub(in crate::sandbox) fn get(&self, index: u64) -> Option<Cow<'_, User>> {
        if index == 0 || index > self.count || self.removed.contains(&index) {
            return None;
        }
        Some(match self.changed.get(&index) {
            Some(user) => Cow::Borrowed(user),
            None => Cow::Owned(compute(index)),
        })
    }

    /// The user of that number, held from now on.
    pub(in crate::sandbox) fn get_mut(&mut self, index: u64) -> Option<&mut User> {
        if index == 0 || index > self.count || self.removed.contains(&index) {
            return None;
        }
        Some(self.changed.entry(index).or_insert_with(|| compute(index)))
    }
}

/// What the user of a number is like: kinds of registration rotate with the number.
fn compute(index: u64) -> User {
    let upn = format!("{UPN_PREFIX}{index}@{}", seed::CUSTOM_DOMAIN);
    let mut user = User::new(
        &format!("{ID_PREFIX}{index:012x}"),
        &upn,
        &format!("User {index}"),
        CREATED_MS,
    );
    user.set("givenName", json!("User"));
    user.set("surname", json!(index.to_string()));
    user.set("mail", json!(upn));
    user.set("accountEnabled", json!(index % 50 != 49));
    let mobile = format!("+44 77009{:05}", index % 100_000);
    let office = format!("+44 20794{:05}", index % 100_000);
    match index % 10 {
        0..=2 => {
            user.methods
                .push(seed::email_method(&format!("user{index}@fabrikam.example")));
            user.methods.push(seed::phone_method("mobile", &mobile));
        }
        3 | 4 => user.methods.push(seed::phone_method("mobile", &mobile)),
        5 => user
            .methods
            .push(seed::email_method(&format!("user{index}@fabrikam.example"))),
        6 => user.methods.push(seed::authenticator_method(index)),
        7 => user.methods.push(seed::phone_method("office", &office)),
        8 => {
            user.methods.push(seed::phone_method(
                "mobile",
                &format!("{mobile}x{}", index % 1_000),
            ));
            user.methods.push(seed::authenticator_method(index));
        }
        _ => {}
    }
    user
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_found_by_id_and_by_name_and_nothing_is_held_until_changed() {
        let mut all = Generated {
            count: 100_000,
            ..Generated::default()
        };
        let id = all.get(4711).unwrap().id().to_owned();
        assert_eq!(all.index(&id), Some(4711));
        assert_eq!(all.index("USER4711@contoso.com"), Some(4711));
        assert_eq!(all.index("user100001@contoso.com"), None);
        assert_eq!(all.index("user04711@contoso.com"), None);
        assert!(all.changed.is_empty());
        all.get_mut(4711).unwrap().set("jobTitle", json!("Tester"));
        assert_eq!(all.get(4711).unwrap().text("jobTitle"), "Tester");
        assert_eq!(all.changed.len(), 1);
        all.removed.insert(4711);
        assert!(all.get(4711).is_none() && all.index(&id).is_none());
    }
}
