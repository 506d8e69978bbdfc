//! The seeded tenant "Contoso": a table of fictional people chosen so that every answer of the tool has a subject.
//!
//! Names and identifiers follow the invented samples of the reference facts. Demo secrets stand here in clear on purpose:
//! they open nothing but the sandbox.

mod policies;

use serde_json::{Map, Value, json};

use super::tenant::apps;
use super::tenant::{ClientApp, Generated, Group, Password, STATE_VERSION, Tenant, Unit, User};
use super::{roles, stamp};

pub(super) use policies::sign_in_record;

/// Public client that signs people in.
pub const PUBLIC_CLIENT_ID: &str = "8f782a37-d311-48b0-a63f-d8303f27f739";
/// Confidential client for app-only access.
pub const CONFIDENTIAL_CLIENT_ID: &str = "b7c1e0d2-5f34-4c7b-9a86-0d4f6e2a9c11";
/// Its secret.
pub const CONFIDENTIAL_CLIENT_SECRET: &str = "sandbox-demo-secret-not-a-real-one";
/// The Global Administrator commands sign in as unless told otherwise.
pub const DEFAULT_PERSONA: &str = "ada.okafor@contoso.com";
/// Password of all seeded people.
pub const SEED_PASSWORD: &str = "Sandbox-Only-1!";
/// Initial domain.
pub const INITIAL_DOMAIN: &str = "contoso.onmicrosoft.com";
/// Default custom domain.
pub const CUSTOM_DOMAIN: &str = "contoso.com";
/// Federated domain.
pub const FEDERATED_DOMAIN: &str = "fed.contoso.com";
/// Tenant id.
pub const TENANT_ID: &str = "17822e98-2aaf-464f-a9fa-8d27d8fb833f";
/// Service principal of the public client.
pub const PUBLIC_SERVICE_PRINCIPAL_ID: &str = "0c5d8f1e-92ab-4b1f-8a55-6f1f0a1a7e01";
/// Service principal of the confidential client.
pub const CONFIDENTIAL_SERVICE_PRINCIPAL_ID: &str = "c2f9a6b4-7d10-4e63-b0c9-31f5e8d4a702";
/// Role-assignable group that Conditional Access excludes.
pub const EMERGENCY_GROUP_ID: &str = "44e27757-ee5c-444f-a837-7a780b65fed5";
/// Role-assignable group that holds Global Administrator.
pub const GA_GROUP_ID: &str = "2a147942-0897-4f0a-b1db-45c1a021f285";
/// Role-assignable group without a role.
pub const KEEPERS_GROUP_ID: &str = "6e0c5b8e-4f0d-4f57-9d1e-8f1f3a8c2b10";
/// Ordinary security group.
pub const STAFF_GROUP_ID: &str = "9b1f4a4e-58a2-4a53-8b19-0c7d2e6f5a33";
/// Restricted management unit.
pub const RESTRICTED_UNIT_ID: &str = "218d8847-0ee4-404e-875a-b53c3305ada9";
/// Ordinary unit.
pub const BRANCH_UNIT_ID: &str = "5b7de2c0-3c0f-4f5e-9b55-7a1d93e0c4f2";
/// A role the tenant made itself.
pub const CUSTOM_ROLE_ID: &str = "d5a1c7f0-6a8e-4d2b-9c3f-1e2d3c4b5a69";

const SYNC_DOMAIN: &str = "corp.contoso.example";
const CREATED_MS: i64 = 1_741_075_200_000;
const DAY_MS: i64 = 86_400_000;

/// One row of the population: identifier, name, domain of the UPN, active role, what it is there to show.
struct Row {
    id: &'static str,
    name: &'static str,
    local: &'static str,
    domain: &'static str,
    role: Option<&'static str>,
    note: &'static str,
}

const fn row(
    id: &'static str,
    name: &'static str,
    local: &'static str,
    role: Option<&'static str>,
    note: &'static str,
) -> Row {
    Row {
        id,
        name,
        local,
        domain: CUSTOM_DOMAIN,
        role,
        note,
    }
}

const ADA: &str = "45ea6528-16d7-43d6-8ed8-9e7dce610253";
const CHIDI: &str = "a2b651af-8c34-4a71-bef0-bd4668e1c03c";
const DORA: &str = "d3ec7bd1-7e9b-46e0-b1da-635fdfee22c5";
const GUS: &str = "4416804f-64a5-4944-b85b-d8a987dc62e6";
const HANA: &str = "5d268281-4f89-4b22-862f-cfd452453531";
const EMERGENCY_1: &str = "41fb00cb-e070-46eb-ad47-40e2f57d79f3";
const EMERGENCY_2: &str = "62b7d8f0-580c-4b91-9161-2d452bf40def";
const IVO: &str = "e3b8a1d4-0c52-4d7c-9a1e-2b6f7c8d9e10";
const INES: &str = "f0d4c3b2-a190-4e8f-8d7c-6b5a49382716";
const ELIF: &str = "0a9b8c7d-6e5f-4a3b-8c2d-1e0f9a8b7c6d";
const GINA: &str = "1b2c3d4e-5f60-4718-8293-a4b5c6d7e8f9";
const VIKTOR: &str = "2c3d4e5f-6071-4829-93a4-b5c6d7e8f90a";
const NOOR: &str = "3d4e5f60-7182-493a-a4b5-c6d7e8f90a1b";
const TOM: &str = "4e5f6071-8293-4a4b-b5c6-d7e8f90a1b2c";
const LEA: &str = "5f607182-93a4-4b5c-86d7-e8f90a1b2c3d";
const MIKA: &str = "60718293-a4b5-4c6d-97e8-f90a1b2c3d4e";
const OWEN: &str = "718293a4-b5c6-4d7e-a8f9-0a1b2c3d4e5f";
const RHEA: &str = "8293a4b5-c6d7-4e8f-b90a-1b2c3d4e5f60";
const FINN: &str = "93a4b5c6-d7e8-4f90-8a1b-2c3d4e5f6071";
const DANA: &str = "a4b5c6d7-e8f9-4a1b-9c2d-3e4f50617283";
const LIAM: &str = "b5c6d7e8-f90a-4b2c-8d3e-4f5061728394";
const PETR: &str = "c6d7e8f9-0a1b-4c3d-9e4f-5061728394a5";
const FARID: &str = "2bdc0578-da69-4481-af68-2a4bb0af2d70";

const PEOPLE: &[Row] = &[
    row(
        ADA,
        "Ada Okafor",
        "ada.okafor",
        Some(roles::GLOBAL_ADMINISTRATOR),
        "the default persona: full methods",
    ),
    row(
        "3bdb6733-261b-4100-9b3e-b9a2e8834449",
        "Bo Lindqvist",
        "bo.lindqvist",
        Some(roles::GLOBAL_ADMINISTRATOR),
        "second Global Administrator with nothing registered",
    ),
    row(
        CHIDI,
        "Chidi Maro",
        "chidi.maro",
        None,
        "ordinary user with all kinds of phone, one with an extension",
    ),
    row(
        DORA,
        "Dora Vega",
        "dora.vega",
        Some(roles::HELPDESK_ADMINISTRATOR),
        "one phone and a method of unknown type",
    ),
    row(
        GUS,
        "Gus Lehmann",
        "gus.lehmann",
        None,
        "Helpdesk Administrator of the branch unit only",
    ),
    row(
        HANA,
        "Hana Sato",
        "hana.sato",
        Some(roles::GROUPS_ADMINISTRATOR),
        "synchronised from AD, with a role",
    ),
    row(
        "d7e8f90a-1b2c-4d4e-8f50-61728394a5b6",
        "Paula Nkemelu",
        "paula.nkemelu",
        Some(roles::PRIVILEGED_AUTHENTICATION_ADMINISTRATOR),
        "may reset every administrator",
    ),
    row(
        "e8f90a1b-2c3d-4e5f-9061-728394a5b6c7",
        "Aiko Tan",
        "aiko.tan",
        Some(roles::AUTHENTICATION_ADMINISTRATOR),
        "sees phone numbers masked",
    ),
    row(
        "f90a1b2c-3d4e-4f60-8172-8394a5b6c7d8",
        "Rosa Quint",
        "rosa.quint",
        Some(roles::PRIVILEGED_ROLE_ADMINISTRATOR),
        "may assign roles, may not reset anybody",
    ),
    row(
        "0a1b2c3d-4e5f-4071-8283-94a5b6c7d8e9",
        "Uma Keller",
        "uma.keller",
        Some(roles::USER_ADMINISTRATOR),
        "may create users",
    ),
    row(
        PETR,
        "Petr Dvorak",
        "petr.dvorak",
        Some(roles::PASSWORD_ADMINISTRATOR),
        "an administrator inside the branch unit",
    ),
    row(
        "1b2c3d4e-5f60-4182-9394-a5b6c7d8e9f0",
        "Greta Holm",
        "greta.holm",
        Some(roles::GLOBAL_READER),
        "reads everything, writes nothing",
    ),
    row(
        "2c3d4e5f-6071-4293-84a5-b6c7d8e9f0a1",
        "Remy Faure",
        "remy.faure",
        Some(roles::REPORTS_READER),
        "may read the reports only",
    ),
    row(
        "3d4e5f60-7182-43a4-95b6-c7d8e9f0a1b2",
        "Cleo Amsel",
        "cleo.amsel",
        Some(CUSTOM_ROLE_ID),
        "holds a custom role",
    ),
    row(
        ELIF,
        "Elif Kaya",
        "elif.kaya",
        None,
        "eligible for Global Administrator, holds nothing",
    ),
    row(
        GINA,
        "Gina Rossi",
        "gina.rossi",
        None,
        "Global Administrator through a group",
    ),
    row(
        VIKTOR,
        "Viktor Hale",
        "viktor.hale",
        Some(roles::GLOBAL_ADMINISTRATOR),
        "Global Administrator in a restricted unit: nobody may reset",
    ),
    row(
        INES,
        "Ines Moreau",
        "ines.moreau",
        None,
        "Authentication Administrator of the restricted unit only",
    ),
    row(
        NOOR,
        "Noor Haddad",
        "noor.haddad",
        None,
        "ordinary user with e-mail and phone",
    ),
    row(
        TOM,
        "Tom Reed",
        "tom.reed",
        None,
        "branch unit member with an office phone only",
    ),
    row(
        LEA,
        "Lea Brandt",
        "lea.brandt",
        None,
        "branch unit member with an e-mail only",
    ),
    row(
        MIKA,
        "Mika Salo",
        "mika.salo",
        None,
        "member of a role-assignable group, authenticator app only",
    ),
    row(
        OWEN,
        "Owen Price",
        "owen.price",
        None,
        "owner of a role-assignable group, mobile phone with extension",
    ),
    row(
        RHEA,
        "Rhea Stone",
        "rhea.stone",
        None,
        "in a restricted unit, phone only",
    ),
    row(
        IVO,
        "Ivo Marek",
        "ivo.marek",
        None,
        "synchronised from AD, no role, nothing registered",
    ),
    Row {
        id: FINN,
        name: "Finn Berg",
        local: "finn.berg",
        domain: FEDERATED_DOMAIN,
        role: None,
        note: "federated: no password here",
    },
    row(DANA, "Dana Wolf", "dana.wolf", None, "disabled account"),
    Row {
        id: LIAM,
        name: "Liam Ortiz (Fabrikam)",
        local: "liam.ortiz_fabrikam.example#EXT#",
        domain: INITIAL_DOMAIN,
        role: None,
        note: "external guest",
    },
    Row {
        id: EMERGENCY_1,
        name: "Emergency access 1",
        local: "emergency-a7",
        domain: INITIAL_DOMAIN,
        role: Some(roles::GLOBAL_ADMINISTRATOR),
        note: "break-glass account, nearly complete",
    },
    Row {
        id: EMERGENCY_2,
        name: "Emergency access 2",
        local: "emergency-k3",
        domain: INITIAL_DOMAIN,
        role: None,
        note: "break-glass account, half configured: eligible role, password that expires, not in the group",
    },
];

/// The e-mail method with an address.
pub(super) fn email_method(address: &str) -> Value {
    json!({
        "@odata.type": "#microsoft.graph.emailAuthenticationMethod",
        "id": "3ddfcfc8-9383-446f-83cc-3ab9be4be18f",
        "emailAddress": address,
        "createdDateTime": "2025-03-04T08:05:10Z",
    })
}

/// The phone method of a type.
pub(super) fn phone_method(kind: &str, number: &str) -> Value {
    let state = if kind == "mobile" {
        "notAllowedByPolicy"
    } else {
        "notSupported"
    };
    json!({
        "@odata.type": "#microsoft.graph.phoneAuthenticationMethod",
        "id": phone_method_id(kind),
        "phoneNumber": number,
        "phoneType": kind,
        "smsSignInState": state,
        "createdDateTime": (kind == "mobile").then_some("2025-03-04T08:06:41.25Z"),
    })
}

/// The fixed id of a phone method.
pub(super) fn phone_method_id(kind: &str) -> &'static str {
    match kind {
        "mobile" => "3179e48a-750b-4051-897c-87b9720928f7",
        "alternateMobile" => "b6332ec1-7057-4abe-9331-3d72feddfe41",
        _ => "e37fc753-ff3b-4958-9484-eaa9425c82bc",
    }
}

/// An authenticator app.
pub(super) fn authenticator_method(number: u64) -> Value {
    json!({
        "@odata.type": "#microsoft.graph.microsoftAuthenticatorAuthenticationMethod",
        "id": format!("605a455a-3771-48c7-a2ed-{number:012x}"),
        "displayName": "Pixel 9",
        "deviceTag": "SoftwareTokenActivated",
        "phoneAppVersion": "6.2511.7533",
        "createdDateTime": "2025-03-04T08:11:02.1234567Z",
    })
}

fn fido2_method(id: &str, name: &str) -> Value {
    json!({
        "@odata.type": "#microsoft.graph.fido2AuthenticationMethod",
        "id": id,
        "displayName": name,
        "aaGuid": "2fc0579f-8113-47ea-b116-bb5a8db9202a",
        "model": "YubiKey 5 NFC",
        "attestationCertificates": ["c0ffee11d0c5a11ce0d15ea5edbada55c0ffee11"],
        "attestationLevel": "attested",
        "passkeyType": "deviceBound",
        "createdDateTime": "2026-01-19T10:30:00Z",
    })
}

fn plain(kind: &str, id: &str, more: Value) -> Value {
    let mut method = json!({
        "@odata.type": format!("#microsoft.graph.{kind}AuthenticationMethod"),
        "id": id,
        "createdDateTime": "2025-06-11T15:00:00Z",
    });
    if let (Some(method), Value::Object(more)) = (method.as_object_mut(), more) {
        method.extend(more);
    }
    method
}

fn methods_of(id: &str) -> Vec<Value> {
    match id {
        ADA => vec![
            email_method("ada.private@fabrikam.example"),
            phone_method("mobile", "+44 7700900101"),
            authenticator_method(1),
            plain(
                "softwareOath",
                "803956e5-00dc-4916-8f4e-79853572d672",
                json!({"secretKey": null}),
            ),
            fido2_method("_5HZsXk2o9fY7c0-JmTt1w2", "Blue key"),
            plain(
                "windowsHelloForBusiness",
                "28819784-fdb1-4b7b-9fda-99fe47850844",
                json!({"displayName": "LAPTOP-ADA", "keyStrength": "normal"}),
            ),
        ],
        CHIDI => vec![
            phone_method("mobile", "+1 2065550100"),
            phone_method("alternateMobile", "+1 2065550101"),
            phone_method("office", "+1 4255550199x4321"),
        ],
        DORA => vec![
            phone_method("mobile", "+34 600000123"),
            plain(
                "someFuture",
                "ef82bfa1-7e67-4533-b685-0b6e1b491d33",
                json!({"novelty": 7}),
            ),
        ],
        HANA | NOOR => vec![
            email_method("private@fabrikam.example"),
            phone_method("mobile", "+49 15112345678"),
        ],
        LEA => vec![email_method("lea@fabrikam.example")],
        TOM => vec![phone_method("office", "+44 1135550142")],
        MIKA => vec![authenticator_method(2)],
        OWEN => vec![
            phone_method("mobile", "+44 7700900177x12"),
            email_method("owen@fabrikam.example"),
        ],
        RHEA => vec![phone_method("mobile", "+33 612345678")],
        GINA => vec![
            authenticator_method(3),
            phone_method("mobile", "+39 3331234567"),
        ],
        DANA => vec![phone_method("mobile", "+49 15187654321")],
        EMERGENCY_1 => vec![
            fido2_method("Zx81QmRrT3N0aWNrMQ2", "Safe A"),
            fido2_method("Zx81QmRrT3N0aWNrMg2", "Safe B"),
        ],
        _ => Vec::new(),
    }
}

fn more_props(id: &str, now_ms: i64) -> Value {
    match id {
        ADA => json!({
            "jobTitle": "Head of IT", "businessPhones": ["+44 2079460101"], "mobilePhone": "+44 7700900101",
            "otherMails": ["ada.private@fabrikam.example"], "usageLocation": "GB", "department": "IT",
            "proxyAddresses": ["SMTP:ada.okafor@contoso.com", "smtp:ada@contoso.com"],
            "assignedLicenses": [{"skuId": policies::SKU_ID, "disabledPlans": []}],
        }),
        CHIDI => json!({
            "jobTitle": "Accountant", "otherMails": ["chidi@fabrikam.example"], "mobilePhone": "+1 206-555-0100",
            "businessPhones": ["+1 4255550199"], "usageLocation": "US",
            "proxyAddresses": ["SMTP:chidi.maro@contoso.com"],
        }),
        HANA | IVO => json!({
            "onPremisesSyncEnabled": true,
            "onPremisesImmutableId": if id == HANA { "q1t0Wm9XbkqHc2VlZGVkMQ==" } else { "q1t0Wm9XbkqHc2VlZGVkMg==" },
            "onPremisesDomainName": SYNC_DOMAIN,
            "onPremisesSamAccountName": if id == HANA { "hsato" } else { "imarek" },
            "onPremisesLastSyncDateTime": stamp::iso(now_ms - 1_440_000, 0),
        }),
        FINN => json!({"onPremisesImmutableId": "q1t0Wm9XbkqHc2VlZGVkMw=="}),
        DANA => json!({"accountEnabled": false}),
        LIAM => json!({
            "userType": "Guest", "creationType": "Invitation", "mail": "liam.ortiz@fabrikam.example",
            "externalUserState": "Accepted", "otherMails": ["liam.ortiz@fabrikam.example"],
        }),
        // Synchronised once, cloud-managed now: false is not null, and both mean cloud.
        NOOR => json!({"onPremisesSyncEnabled": false, "mobilePhone": "+49 15112345678"}),
        EMERGENCY_1 => json!({"passwordPolicies": "DisablePasswordExpiration", "mail": null}),
        EMERGENCY_2 => json!({"mail": null}),
        _ => json!({}),
    }
}

fn person(row: &Row, now_ms: i64) -> User {
    let upn = format!("{}@{}", row.local, row.domain);
    let mut user = User::new(row.id, &upn, row.name, CREATED_MS);
    if let Some((given, surname)) = row.name.split_once(' ')
        && row.domain != INITIAL_DOMAIN
    {
        user.set("givenName", json!(given));
        user.set("surname", json!(surname));
        user.set("mail", json!(upn));
    }
    user.set("mailNickname", json!(row.local.replace('#', "_")));
    // Break-glass passwords are old on purpose; the others were changed within the month.
    let age = if row.domain == INITIAL_DOMAIN { 70 } else { 11 };
    user.set(
        "lastPasswordChangeDateTime",
        json!(stamp::iso(now_ms - age * DAY_MS, 0)),
    );
    let signed_in = match row.id {
        ADA => Some(0),
        EMERGENCY_1 => Some(49),
        EMERGENCY_2 | DANA => None,
        _ => Some(3),
    };
    if let Some(days) = signed_in {
        let at = stamp::iso(now_ms - days * DAY_MS - 3_600_000, 0);
        user.set(
            "signInActivity",
            json!({
                "lastSignInDateTime": at, "lastSignInRequestId": "4df7d994-127b-4532-adb1-22efb7a6b430",
                "lastNonInteractiveSignInDateTime": null, "lastNonInteractiveSignInRequestId": null,
                "lastSuccessfulSignInDateTime": at, "lastSuccessfulSignInRequestId": "4df7d994-127b-4532-adb1-22efb7a6b430",
            }),
        );
    }
    if let Value::Object(more) = more_props(row.id, now_ms) {
        user.props.extend(more);
    }
    if matches!(row.id, FINN | LIAM) {
        user.password = Password::Absent;
    }
    user.methods = methods_of(row.id);
    row.note.clone_into(&mut user.note);
    user
}

fn deleted_person(now_ms: i64) -> User {
    let upn = format!("{}farid.nasser@{CUSTOM_DOMAIN}", FARID.replace('-', ""));
    let mut user = User::new(FARID, &upn, "Farid Nasser", CREATED_MS);
    user.set("deletedDateTime", json!(stamp::iso(now_ms - 8 * DAY_MS, 0)));
    user.set("mailNickname", json!("farid.nasser"));
    "soft-deleted, can be restored".clone_into(&mut user.note);
    user
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

fn group(id: &str, name: &str, role_assignable: bool, members: &[&str], owners: &[&str]) -> Group {
    Group {
        props: object(json!({
            "id": id, "displayName": name, "description": null, "createdDateTime": stamp::iso(CREATED_MS, 0),
            "groupTypes": [], "securityEnabled": true, "mailEnabled": false, "mail": null,
            "mailNickname": name.replace(' ', ""), "isAssignableToRole": role_assignable.then_some(true),
            "visibility": if role_assignable { Some("Private") } else { None },
        })),
        members: members.iter().map(|id| (*id).to_owned()).collect(),
        owners: owners.iter().map(|id| (*id).to_owned()).collect(),
        visible_from: CREATED_MS,
    }
}

fn unit(id: &str, name: &str, restricted: bool, members: &[&str]) -> Unit {
    Unit {
        props: object(json!({
            "id": id, "displayName": name, "deletedDateTime": null,
            "description": if restricted { "Only scoped admins may change members" } else { "People of one branch office" },
            "isMemberManagementRestricted": restricted.then_some(true),
            "visibility": if restricted { Some("HiddenMembership") } else { None },
            "membershipRule": null, "membershipType": null, "membershipRuleProcessingState": null,
        })),
        members: members.iter().map(|id| (*id).to_owned()).collect(),
        visible_from: CREATED_MS,
    }
}

/// Builds the tenant as of a moment.
pub(super) fn tenant(now_ms: i64) -> Tenant {
    let mut tenant = Tenant {
        cloud: Default::default(),
        version: STATE_VERSION,
        users: PEOPLE.iter().map(|row| person(row, now_ms)).collect(),
        deleted: vec![deleted_person(now_ms)],
        generated: Generated::default(),
        groups: vec![
            group(
                EMERGENCY_GROUP_ID,
                "EmergencyAccess",
                true,
                &[EMERGENCY_1],
                &[],
            ),
            group(GA_GROUP_ID, "GA holders", true, &[GINA], &[]),
            group(KEEPERS_GROUP_ID, "Safe keepers", true, &[MIKA], &[OWEN]),
            group(
                STAFF_GROUP_ID,
                "Branch staff",
                false,
                &[TOM, LEA, PETR, NOOR],
                &[GUS],
            ),
        ],
        units: vec![
            unit(
                RESTRICTED_UNIT_ID,
                "Restricted: executives",
                true,
                &[RHEA, VIKTOR],
            ),
            unit(
                BRANCH_UNIT_ID,
                "Branch: Leeds",
                false,
                &[TOM, LEA, PETR, MIKA],
            ),
        ],
        assignments: Vec::new(),
        eligibilities: Vec::new(),
        custom_roles: vec![policies::custom_role()],
        directory_roles: policies::directory_roles(),
        clients: clients(),
        service_principals: policies::service_principals(),
        applications: apps::seeded(&clients()),
        consents: Vec::new(),
        app_role_grants: Vec::new(),
        principal_visible_from: std::collections::BTreeMap::new(),
        organization: policies::organization(now_ms),
        domains: policies::domains(),
        authorization_policy: policies::authorization_policy(),
        security_defaults: policies::security_defaults(),
        methods_policy: policies::methods_policy(),
        conditional_access: policies::conditional_access(),
        skus: policies::skus(),
        operations: Vec::new(),
        sign_ins: Vec::new(),
        audits: Vec::new(),
        visible_lag: 0,
        operation_lag: 0,
    };
    let branch = format!("/administrativeUnits/{BRANCH_UNIT_ID}");
    let restricted = format!("/administrativeUnits/{RESTRICTED_UNIT_ID}");
    let sp = CONFIDENTIAL_SERVICE_PRINCIPAL_ID;
    let direct = PEOPLE
        .iter()
        .filter_map(|row| row.role.map(|role| (role, row.id, "/")));
    let others = [
        (roles::GLOBAL_ADMINISTRATOR, GA_GROUP_ID, "/"),
        (roles::HELPDESK_ADMINISTRATOR, GUS, branch.as_str()),
        (
            roles::AUTHENTICATION_ADMINISTRATOR,
            INES,
            restricted.as_str(),
        ),
        (roles::PRIVILEGED_AUTHENTICATION_ADMINISTRATOR, sp, "/"),
        (roles::PRIVILEGED_ROLE_ADMINISTRATOR, sp, "/"),
    ];
    for (role, principal, scope) in direct.chain(others) {
        tenant.add_assignment(Tenant::new_assignment(role, principal, scope, CREATED_MS));
    }
    for principal in [ELIF, EMERGENCY_2] {
        let mut eligible =
            Tenant::new_assignment(roles::GLOBAL_ADMINISTRATOR, principal, "/", CREATED_MS);
        eligible.id.push_str("-e");
        eligible.end = (principal == ELIF).then_some(CREATED_MS + 3_650 * DAY_MS);
        tenant.eligibilities.push(eligible);
    }
    policies::write_history(&mut tenant, now_ms);
    tenant
}

fn clients() -> Vec<ClientApp> {
    let owned = |names: &[&str]| {
        names
            .iter()
            .map(|name| (*name).to_owned())
            .collect::<Vec<_>>()
    };
    vec![
        ClientApp {
            client_id: PUBLIC_CLIENT_ID.to_owned(),
            display_name: "Admin Reset (sandbox)".to_owned(),
            service_principal_id: PUBLIC_SERVICE_PRINCIPAL_ID.to_owned(),
            public_client: true,
            redirect_uris: owned(&["http://localhost"]),
            scopes: owned(policies::PUBLIC_SCOPES),
            app_roles: Vec::new(),
            enabled: true,
        },
        ClientApp {
            client_id: CONFIDENTIAL_CLIENT_ID.to_owned(),
            display_name: "Admin Reset automation (sandbox)".to_owned(),
            service_principal_id: CONFIDENTIAL_SERVICE_PRINCIPAL_ID.to_owned(),
            public_client: false,
            redirect_uris: Vec::new(),
            scopes: Vec::new(),
            app_roles: owned(policies::APP_ROLES),
            enabled: true,
        },
    ]
}
