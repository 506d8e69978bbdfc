//! Laws over random facts: more rights never hurt, more protection never helps, less knowledge never allows more.

use super::*;
use proptest::prelude::*;

fn any_role() -> impl Strategy<Value = HeldRole> {
    let id = prop_oneof![
        4 => prop::sample::select(matrix::RESET_PASSWORD.no_role),
        4 => prop::sample::select(ROLES).prop_map(|role| role.template_id),
        1 => Just(CUSTOM),
    ];
    let scope = prop_oneof![
        5 => Just(Scope::Tenant),
        3 => prop::option::of(any::<bool>()).prop_map(|restricted| Scope::Unit { id: UNIT.into(), restricted }),
        1 => Just(Scope::Object(CUSTOM.into())),
    ];
    (id, scope).prop_map(|(id, scope)| HeldRole {
        scope,
        ..HeldRole::tenant(id)
    })
}

fn known<T: std::fmt::Debug + Clone + 'static>(
    inner: impl Strategy<Value = T> + 'static,
) -> impl Strategy<Value = Known<T>> {
    let inner = inner.boxed();
    prop_oneof![
        6 => inner.clone().prop_map(Known::Known),
        1 => inner.prop_map(|value| Known::Partial(value, Vec::new())),
        1 => Just(Known::Missing(Vec::new())),
    ]
}

fn any_target() -> impl Strategy<Value = Target> {
    let maybe = || prop_oneof![4 => Just(Some(false)), 1 => Just(Some(true)), 1 => Just(None)];
    let units = || known(prop::collection::vec(Just(UNIT.to_owned()), 0..2));
    (
        (maybe(), maybe(), maybe(), prop::bool::weighted(0.1)),
        known(any::<bool>()),
        (units(), units()),
        known(prop::collection::vec(any_role(), 0..3)),
        known(prop::collection::vec(any_role(), 0..2)),
        known(prop::bool::weighted(0.2)),
    )
        .prop_map(
            |(
                (synced, federated_domain, restricted, guest),
                writeback,
                units,
                roles,
                eligible,
                group,
            )| Target {
                guest,
                synced,
                federated_domain,
                writeback,
                restricted,
                units: units.0,
                restricted_units: units.1,
                roles,
                eligible,
                role_assignable_group: group,
                ..nobody_special()
            },
        )
}

fn any_caller() -> impl Strategy<Value = Caller> {
    (
        any::<bool>(),
        known(prop::collection::vec(any_role(), 0..3)),
        known(prop::collection::vec(any_role(), 0..2)),
    )
        .prop_map(|(is_app, roles, eligible)| Caller {
            roles,
            eligible,
            ..if is_app { app(&[]) } else { person(&[]) }
        })
}

fn with<T: Clone>(list: &Known<Vec<T>>, more: T) -> Known<Vec<T>> {
    match list.clone() {
        Known::Known(mut items) => {
            items.push(more);
            Known::Known(items)
        }
        Known::Partial(mut items, gaps) => {
            items.push(more);
            Known::Partial(items, gaps)
        }
        Known::Missing(gaps) => Known::Partial(vec![more], gaps),
    }
}

fn rank(verdict: &Verdict) -> u8 {
    match verdict {
        Verdict::Denied { .. } => 0,
        Verdict::Unknown { .. } => 1,
        Verdict::Allowed { .. } => 2,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_further_role_of_the_caller_never_hurts(
        action in prop::sample::select(&Action::ALL[..]), caller in any_caller(), target in any_target(), more in any_role()
    ) {
        let before = decide(action, &caller, &target);
        let stronger = Caller { roles: with(&caller.roles, more), ..caller };
        let after = decide(action, &stronger, &target);
        prop_assert!(rank(&after) >= rank(&before), "{before:?}\n{after:?}");
    }

    #[test]
    fn a_further_role_of_the_target_never_helps(
        action in prop::sample::select(&Action::ALL[..]), caller in any_caller(), target in any_target(), more in any_role()
    ) {
        let before = decide(action, &caller, &target);
        let held = Target { roles: with(&target.roles, more.clone()), ..target.clone() };
        let after = decide(action, &caller, &held);
        prop_assert!(!(rank(&before) == 0 && rank(&after) == 2), "{before:?}\n{after:?}");
        prop_assert!(!after.is_allowed() || before.is_allowed() || !target.roles.is_complete());
        let eligible = Target { eligible: with(&target.eligible, more), ..target.clone() };
        let after = decide(action, &caller, &eligible);
        prop_assert!(!after.is_allowed() || before.is_allowed() || !target.eligible.is_complete());
    }

    #[test]
    fn knowing_less_never_allows_more(
        action in prop::sample::select(&Action::ALL[..]), caller in any_caller(), target in any_target()
    ) {
        let before = decide(action, &caller, &target);
        for (what, blind) in blinded(&target) {
            let after = decide(action, &caller, &blind);
            prop_assert!(!after.is_allowed() || before.is_allowed(), "{what}: {before:?}");
        }
    }

    #[test]
    fn every_answer_explains_itself(
        action in prop::sample::select(&Action::ALL[..]), caller in any_caller(), target in any_target(),
        cloud in prop::sample::select(&Cloud::ALL[..])
    ) {
        match verdict(action, &caller, &target, cloud) {
            Verdict::Allowed { by } => prop_assert!(by.permission.is_some()),
            Verdict::Denied { reasons, who_can } => {
                prop_assert!(!reasons.is_empty());
                prop_assert!(who_can.sentence().ends_with('.'));
            }
            Verdict::Unknown { missing, .. } => {
                prop_assert!(!missing.is_empty());
                prop_assert!(missing.iter().all(|gap| gap.sentence().ends_with('.')));
            }
        }
    }
}
