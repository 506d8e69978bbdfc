//! The facts a verdict is made of: who asks, who is asked about, and what is to be done. Plain data without any reading
//! of it; commands fill it from replies, and whatever was not read stays marked as such.

use crate::policy::facts::{Gap, Known};
use crate::policy::roles::{self, Role};

/// Where a role assignment reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// The whole tenant (`/`).
    Tenant,
    /// One administrative unit.
    Unit {
        /// Object id of the unit.
        id: String,
        /// Whether the unit restricts management of its members; absent when not read.
        restricted: Option<bool>,
    },
    /// A single other object, such as an application.
    Object(String),
}

impl Scope {
    /// Scope of an administrative unit about which nothing more is known.
    pub fn unit(id: impl Into<String>) -> Scope {
        Scope::Unit {
            id: id.into(),
            restricted: None,
        }
    }

    /// Understands `directoryScopeId` of a role assignment.
    pub fn from_directory_scope(text: &str) -> Scope {
        match text.strip_prefix("/administrativeUnits/") {
            Some(id) => Scope::unit(id),
            None if text == "/" || text.is_empty() => Scope::Tenant,
            None => Scope::Object(text.trim_start_matches('/').to_owned()),
        }
    }
}

/// A role that somebody holds, or may activate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldRole {
    /// Template id; for a custom role its definition id.
    pub template_id: String,
    /// Display name as read, if it was.
    pub name: Option<String>,
    /// Whether Microsoft made the role; absent when not read.
    pub built_in: Option<bool>,
    /// Where it reaches.
    pub scope: Scope,
    /// The group that carries the assignment, when not assigned directly.
    pub via_group: Option<String>,
}

impl HeldRole {
    /// A role by template id at tenant scope, assigned directly.
    pub fn tenant(template_id: impl Into<String>) -> HeldRole {
        HeldRole {
            template_id: template_id.into(),
            name: None,
            built_in: None,
            scope: Scope::Tenant,
            via_group: None,
        }
    }

    /// A role by template id at the scope of a unit.
    pub fn in_unit(template_id: impl Into<String>, unit: impl Into<String>) -> HeldRole {
        HeldRole {
            scope: Scope::unit(unit),
            ..HeldRole::tenant(template_id)
        }
    }

    /// The catalogue's entry, if the role is a built-in one we know.
    pub fn known(&self) -> Option<&'static Role> {
        roles::by_template_id(&self.template_id)
    }

    /// Name for people: the catalogue's, else the one read, else the id.
    pub fn display_name(&self) -> &str {
        match (self.known(), &self.name) {
            (Some(role), _) => role.name,
            (None, Some(name)) => name,
            (None, None) => &self.template_id,
        }
    }

    /// True for roles everybody has.
    pub fn is_implicit(&self) -> bool {
        roles::is_implicit(&self.template_id)
    }

    /// True when the catalogue does not know the role: what it may do is then unknown to us.
    pub fn rights_unknown(&self) -> bool {
        self.known().is_none() && !self.is_implicit()
    }

    /// True for a role that makes its holder a protected account when typed confirmation is decided.
    pub fn is_privileged(&self) -> bool {
        self.built_in == Some(false) || roles::is_privileged(&self.template_id)
    }
}

/// On whose behalf a call is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CallerKind {
    /// A signed-in person.
    Delegated,
    /// An application with its own credential.
    AppOnly,
}

/// Who asks.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Person or application.
    pub kind: CallerKind,
    /// Object id of the person or of the service principal, when known.
    pub id: Option<String>,
    /// Permissions in the token, short names such as `User.Read.All`.
    pub permissions: Known<Vec<String>>,
    /// Roles in force now.
    pub roles: Known<Vec<HeldRole>>,
    /// Roles that could be activated in PIM. A tenant without PIM has none: translate its licence refusal to an empty list.
    pub eligible: Known<Vec<HeldRole>>,
    /// Template ids of the tenant-wide roles that a person's token names (`wids`), when it names any.
    pub token_roles: Option<Vec<String>>,
}

impl Caller {
    /// True when the token names tenant-wide roles and not this one: it is older than the role, which then may not count yet.
    pub fn token_lacks(&self, held: &HeldRole) -> bool {
        self.kind == CallerKind::Delegated
            && held.scope == Scope::Tenant
            && held.known().is_some()
            && !held.is_implicit()
            && self.token_roles.as_ref().is_some_and(|named| {
                !named
                    .iter()
                    .any(|id| id.eq_ignore_ascii_case(&held.template_id))
            })
    }
}

/// Who is asked about. `None` in a field means "not read".
#[derive(Debug, Clone)]
pub struct Target {
    /// Object id.
    pub id: String,
    /// User principal name.
    pub upn: String,
    /// `accountEnabled`.
    pub enabled: Option<bool>,
    /// Account whose home is another tenant (B2B guest).
    pub guest: bool,
    /// `onPremisesSyncEnabled` is true; null and false both count as not synced.
    pub synced: Option<bool>,
    /// The domain of the UPN signs in elsewhere.
    pub federated_domain: Option<bool>,
    /// Password writeback is on in the tenant; matters for synced users only.
    pub writeback: Known<bool>,
    /// `isManagementRestricted`; null when selected means false.
    pub restricted: Option<bool>,
    /// Ids of all administrative units the user is a direct member of.
    pub units: Known<Vec<String>>,
    /// Ids of those units among them that restrict management.
    pub restricted_units: Known<Vec<String>>,
    /// Roles in force, direct and through groups.
    pub roles: Known<Vec<HeldRole>>,
    /// Roles the user may activate in PIM. A tenant without PIM has none.
    pub eligible: Known<Vec<HeldRole>>,
    /// Member or owner of a role-assignable group.
    pub role_assignable_group: Known<bool>,
}

impl Target {
    /// An account of which only the names are known; every other fact is still missing.
    pub fn unread(id: impl Into<String>, upn: impl Into<String>) -> Target {
        Target {
            id: id.into(),
            upn: upn.into(),
            enabled: None,
            guest: false,
            synced: None,
            federated_domain: None,
            writeback: Known::missing(Gap::permission(
                "whether password writeback is on",
                &["OnPremDirectorySynchronization.Read.All"],
            )),
            restricted: None,
            units: Known::missing(Gap::permission(
                "the administrative units of the user",
                &["AdministrativeUnit.Read.All", "Directory.Read.All"],
            )),
            restricted_units: Known::missing(Gap::permission(
                "which of the user's administrative units restrict management",
                &["AdministrativeUnit.Read.All", "Directory.Read.All"],
            )),
            roles: Known::missing(Gap::permission(
                "the roles of the user",
                &["RoleManagement.Read.Directory"],
            )),
            eligible: Known::missing(Gap::permission(
                "the roles the user may activate",
                &[
                    "RoleEligibilitySchedule.Read.Directory",
                    "RoleManagement.Read.Directory",
                ],
            )),
            role_assignable_group: Known::missing(Gap::permission(
                "whether the user belongs to a role-assignable group",
                &["GroupMember.Read.All", "Directory.Read.All"],
            )),
        }
    }

    /// An ordinary cloud-only member about whom everything is known and nothing is special.
    pub fn plain(id: impl Into<String>, upn: impl Into<String>) -> Target {
        Target {
            id: id.into(),
            upn: upn.into(),
            enabled: Some(true),
            guest: false,
            synced: Some(false),
            federated_domain: Some(false),
            writeback: Known::Known(false),
            restricted: Some(false),
            units: Known::Known(Vec::new()),
            restricted_units: Known::Known(Vec::new()),
            roles: Known::Known(Vec::new()),
            eligible: Known::Known(Vec::new()),
            role_assignable_group: Known::Known(false),
        }
    }
}

impl Target {
    /// The account as it would be outside the restricted units it is in.
    #[must_use]
    pub fn outside_restricted_units(&self) -> Target {
        let within = |id: &String| {
            self.restricted_units
                .items()
                .iter()
                .any(|unit| unit.eq_ignore_ascii_case(id))
        };
        Target {
            restricted: Some(false),
            units: self
                .units
                .clone()
                .map(|units| units.into_iter().filter(|id| !within(id)).collect()),
            restricted_units: Known::Known(Vec::new()),
            ..self.clone()
        }
    }
}
