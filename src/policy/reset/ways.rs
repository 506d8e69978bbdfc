//! The ways a password can be written, and which of them answers best for a caller and a target.

use super::actions::{Action, Via};
use super::people::{Caller, CallerKind, Target};
use super::{Reason, Verdict, verdict};
use crate::policy::clouds::Cloud;

/// Why a cloud has no way to do this to anybody, if so: known before anything is read.
pub fn lacking(action: Action, cloud: Cloud) -> Option<Reason> {
    let feature = super::reason::feature_of(action)?;
    (!cloud.offers(feature)).then_some(Reason::CloudLacks { cloud, feature })
}

/// The way a reset takes unless told otherwise: the reset action for people whose token may use it where the cloud has it.
pub fn usual_way(caller: &Caller, cloud: Cloud) -> Via {
    let method = "UserAuthenticationMethod.ReadWrite.All";
    let may = !caller.permissions.is_complete()
        || caller
            .permissions
            .items()
            .iter()
            .any(|own| own.eq_ignore_ascii_case(method));
    if caller.kind == CallerKind::AppOnly || cloud == Cloud::China || !may {
        Via::Direct
    } else {
        Via::Method
    }
}

/// The better answer of the two ways that keep the password the same everywhere; the usual way where they are alike.
pub fn best_way(caller: &Caller, target: &Target, cloud: Cloud) -> (Via, Verdict) {
    let usual = usual_way(caller, cloud);
    let other = match usual {
        Via::Method => Via::Direct,
        Via::Direct | Via::DirectCloudOnly => Via::Method,
    };
    let answer = |via| verdict(Action::ResetPassword { via }, caller, target, cloud);
    let rank = |verdict: &Verdict| match verdict {
        Verdict::Allowed { .. } => 2,
        Verdict::Unknown { .. } => 1,
        Verdict::Denied { .. } => 0,
    };
    let (first, second) = (answer(usual), answer(other));
    if rank(&second) > rank(&first) {
        (other, second)
    } else {
        (usual, first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::facts::Known;
    use crate::policy::reset::HeldRole;
    use crate::policy::roles::{GLOBAL_ADMINISTRATOR, SECURITY_ADMINISTRATOR};

    fn caller(kind: CallerKind, role: &str, permissions: &[&str]) -> Caller {
        Caller {
            kind,
            id: Some("11111111-0000-4000-8000-000000000001".to_owned()),
            permissions: Known::Known(permissions.iter().map(|name| (*name).to_owned()).collect()),
            roles: Known::Known(vec![HeldRole::tenant(role)]),
            eligible: Known::Known(Vec::new()),
            token_roles: None,
        }
    }

    const BOTH: &[&str] = &[
        "UserAuthenticationMethod.ReadWrite.All",
        "User-PasswordProfile.ReadWrite.All",
    ];

    #[test]
    fn the_better_answer_wins_and_the_usual_way_breaks_ties() {
        let target = Target::plain("22222222-0000-4000-8000-000000000002", "megan@contoso.com");
        let person = CallerKind::Delegated;
        let way = |caller: &Caller, cloud| best_way(caller, &target, cloud).0;
        let admin = caller(person, GLOBAL_ADMINISTRATOR, BOTH);
        assert_eq!(way(&admin, Cloud::Global), Via::Method);
        assert_eq!(way(&admin, Cloud::China), Via::Direct);
        let direct = caller(person, GLOBAL_ADMINISTRATOR, &BOTH[1..]);
        assert_eq!(way(&direct, Cloud::Global), Via::Direct);
        let app = caller(CallerKind::AppOnly, GLOBAL_ADMINISTRATOR, BOTH);
        assert_eq!(way(&app, Cloud::Global), Via::Direct);
        // Documented for the password profile alone.
        let responder = caller(person, SECURITY_ADMINISTRATOR, BOTH);
        let (via, answer) = best_way(&responder, &target, Cloud::Global);
        assert_eq!((via, answer.is_allowed()), (Via::Direct, true));
        let nobody = caller(person, SECURITY_ADMINISTRATOR, &[]);
        assert_eq!(way(&nobody, Cloud::Global), Via::Direct);
    }
}
