//! Catalogue of Entra directory roles: template id, name and what the other rules need to know about each. A table and
//! look-ups by exact id or exact name; it reads nothing and decides nothing about people.
//!
//! Source: Entra built-in roles reference as read on 2026-07-27, compared with the January 2026 edition; the
//! self-service mark from the SSPR policy page, read 2026-05-26. `isPrivileged` exists only on the beta endpoint of
//! Graph, hence a table.

use std::collections::HashMap;
use std::sync::LazyLock;

/// One built-in directory role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Role {
    /// Template id, equal to the role definition id in every tenant.
    pub template_id: &'static str,
    /// Display name as Entra shows it.
    pub name: &'static str,
    /// Marked privileged by Microsoft.
    pub privileged: bool,
    /// Named on the page of roles under the two-gate self-service reset policy.
    pub sspr_two_gate: bool,
    /// May be assigned at the scope of an administrative unit.
    pub unit_assignable: bool,
    /// Retired; existing assignments remain visible.
    pub deprecated: bool,
    /// Kept by Microsoft for its own use or for partners; not meant to be assigned.
    pub reserved: bool,
    /// Held by everybody of a kind without an assignment (User, Guest User, Restricted Guest User).
    pub implicit: bool,
}

const P: u8 = 1;
const S: u8 = 2;
const U: u8 = 4;
const D: u8 = 8;
const N: u8 = 16;
const I: u8 = 32;

const fn role(template_id: &'static str, name: &'static str, marks: u8) -> Role {
    Role {
        template_id,
        name,
        privileged: marks & P != 0,
        sspr_two_gate: marks & S != 0,
        unit_assignable: marks & U != 0,
        deprecated: marks & D != 0,
        reserved: marks & N != 0,
        implicit: marks & I != 0,
    }
}

/// Global Administrator.
pub const GLOBAL_ADMINISTRATOR: &str = "62e90394-69f5-4237-9190-012177145e10";
/// Privileged Authentication Administrator.
pub const PRIVILEGED_AUTHENTICATION_ADMINISTRATOR: &str = "7be44c8a-adaf-4e2a-84d6-ab2649e08a13";
/// Authentication Administrator.
pub const AUTHENTICATION_ADMINISTRATOR: &str = "c4e39bd9-1100-46d3-8c65-fb160da0071f";
/// Privileged Role Administrator.
pub const PRIVILEGED_ROLE_ADMINISTRATOR: &str = "e8611ab8-c189-46e8-94e1-60213ab1f814";
/// User Administrator.
pub const USER_ADMINISTRATOR: &str = "fe930be7-5e62-47db-91af-98c3a49a38b1";
/// Helpdesk Administrator.
pub const HELPDESK_ADMINISTRATOR: &str = "729827e3-9c14-49f7-bb1b-9608f156bbb8";
/// Password Administrator.
pub const PASSWORD_ADMINISTRATOR: &str = "966707d0-3269-4727-9be2-8c3a10f19b9d";
/// Authentication Policy Administrator.
pub const AUTHENTICATION_POLICY_ADMINISTRATOR: &str = "0526716b-113d-4c15-b2c8-68e3c22b9f80";
/// Global Reader.
pub const GLOBAL_READER: &str = "f2ef992c-3afb-46b9-b7cf-a126ee74c451";
/// Directory Readers.
pub const DIRECTORY_READERS: &str = "88d8e3e3-8f55-4a1e-953a-9b9898b8876b";
/// Security Reader.
pub const SECURITY_READER: &str = "5d6b6bb7-de71-4623-b4af-96380a352509";
/// Security Administrator.
pub const SECURITY_ADMINISTRATOR: &str = "194ae4cb-b126-40b2-bd5b-6091b380977d";
/// Security Operator.
pub const SECURITY_OPERATOR: &str = "5f2222b1-57c3-48ba-8ad5-d4759f1fde6f";
/// Reports Reader.
pub const REPORTS_READER: &str = "4a5d8f65-41da-4de4-8968-e035b65339cf";
/// Conditional Access Administrator.
pub const CONDITIONAL_ACCESS_ADMINISTRATOR: &str = "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9";
/// Application Administrator.
pub const APPLICATION_ADMINISTRATOR: &str = "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3";
/// Cloud Application Administrator.
pub const CLOUD_APPLICATION_ADMINISTRATOR: &str = "158c047a-c907-4556-b7ef-446551a6b5f7";
/// Groups Administrator.
pub const GROUPS_ADMINISTRATOR: &str = "fdd7a751-b60b-444a-984c-02652fe8fa1c";
/// Guest Inviter.
pub const GUEST_INVITER: &str = "95e79109-95c0-4d8e-aee3-d01accf2d47b";
/// Message Center Reader.
pub const MESSAGE_CENTER_READER: &str = "790c1fb9-7f7d-4f88-86a1-ef1f95c05c1b";
/// User Experience Success Manager.
pub const USER_EXPERIENCE_SUCCESS_MANAGER: &str = "27460883-1df1-4691-b032-3b79643e5e63";
/// Usage Summary Reports Reader.
pub const USAGE_SUMMARY_REPORTS_READER: &str = "75934031-6c7e-415a-99d7-48dbd49e875e";
/// Partner Tier1 Support.
pub const PARTNER_TIER1_SUPPORT: &str = "4ba39ca4-527c-499a-b93d-d9b492c50246";
/// Partner Tier2 Support.
pub const PARTNER_TIER2_SUPPORT: &str = "e00e864a-17c5-4a4b-9c06-f5b95a8d5bd8";
/// Entra SOC Identity Responder.
pub const ENTRA_SOC_IDENTITY_RESPONDER: &str = "58f930cc-fcf4-4152-852c-1d7dbf502139";

/// Id that user tokens carry in `wids` for the default user role; no administrator role.
pub const DEFAULT_USER_MARKER: &str = "b79fbf4d-3ef9-4689-8143-76b194e85509";

/// Every built-in role, in the order of the reference (by name). Marks: P privileged, S two-gate self-service page,
/// U assignable at unit scope, D deprecated, N not for general use, I implicit. The id of Entra SOC Identity Responder
/// and the entry Microsoft 365 Support Engineer are less well attested than the rest.
#[rustfmt::skip]
pub const ROLES: &[Role] = &[
    role("db506228-d27e-4b7d-95e5-295956d6615f", "Agent ID Administrator", P),
    role("adb2368d-a9be-41b5-8667-d96778e081b0", "Agent ID Developer", 0),
    role("6b942400-691f-4bf0-9d12-d8a254a2baf5", "Agent Registry Administrator", 0),
    role("d2562ede-74db-457e-a7b6-544e236ebb61", "AI Administrator", P),
    role("1fe13547-53f6-408d-ac04-7f8eed167b38", "AI Reader", P),
    role("9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3", "Application Administrator", P | S),
    role("cf1c38e5-3621-4004-a7cb-879624dced7c", "Application Developer", P),
    role("9c6df0f2-1e7c-4dc3-b195-66dfbd24aa8f", "Attack Payload Author", 0),
    role("c430b396-e693-46cc-96f3-db01bf8bb62a", "Attack Simulation Administrator", S),
    role("58a13ea3-c632-46ae-9ee0-9c0d43cd7f3d", "Attribute Assignment Administrator", S | U),
    role("ffd52fa5-98dc-465c-991d-fc073eb59f8f", "Attribute Assignment Reader", U),
    role("8424c6f0-a189-499e-bbd0-26c1753c96d4", "Attribute Definition Administrator", S),
    role("1d336d2c-4ae8-42ef-9711-b3604ce3fc2c", "Attribute Definition Reader", 0),
    role("5b784334-f94b-471a-a387-e7219fc49ca2", "Attribute Log Administrator", S),
    role("9c99539d-8186-4804-835f-fd51ef9e2dcd", "Attribute Log Reader", 0),
    role("ecb2c6bf-0ab6-418e-bd87-7986f8d63bbe", "Attribute Provisioning Administrator", P),
    role("422218e4-db15-4ef9-bbe0-8afb41546d79", "Attribute Provisioning Reader", P),
    role("c4e39bd9-1100-46d3-8c65-fb160da0071f", "Authentication Administrator", P | S | U),
    role("25a516ed-2fa0-40ea-a2d0-12923a21473a", "Authentication Extensibility Administrator", P | S),
    role("0b00bede-4072-4d22-b441-e7df02a1ef63", "Authentication Extensibility Password Administrator", P),
    role("0526716b-113d-4c15-b2c8-68e3c22b9f80", "Authentication Policy Administrator", S),
    role("e3973bdf-4987-49ae-837a-ba8e231c7286", "Azure DevOps Administrator", S),
    role("7495fdc4-34c4-4d15-a289-98788ce399fd", "Azure Information Protection Administrator", S),
    role("aaf43236-0c0d-4d5f-883a-6955382ac081", "B2C IEF Keyset Administrator", P | S),
    role("3edaf663-341e-4475-9f94-5c398ef6c070", "B2C IEF Policy Administrator", S),
    role("b0f54661-2d74-4c50-afa3-1ec803f12efe", "Billing Administrator", S),
    role("892c5842-a9a6-463a-8041-72aa08ca3cf6", "Cloud App Security Administrator", S),
    role("158c047a-c907-4556-b7ef-446551a6b5f7", "Cloud Application Administrator", P),
    role("7698a772-787b-4ac8-901f-60d6b08affd2", "Cloud Device Administrator", P | S | U),
    role("17315797-102d-40b4-93e0-432062caca18", "Compliance Administrator", S),
    role("e6d1a23a-da11-4be4-9570-befc86d067a7", "Compliance Data Administrator", S),
    role("b1be1c3e-b65d-4f19-8427-f6fa0d97feb9", "Conditional Access Administrator", P | S),
    role("fc8ad4e2-40e4-4724-8317-bcda7503ecbf", "Customer Delegated Admin Relationship Administrator", 0),
    role("5c4f9dcd-47dc-4cf7-8c9a-9e4207cbfc91", "Customer Lockbox Access Approver", S),
    role("38a96431-2bdf-4b4c-8b6e-5d3d8abac1a4", "Desktop Analytics Administrator", S),
    role("9c094953-4995-41c8-84c8-3ebb9b32c93f", "Device Join", D),
    role("2b499bcd-da44-4968-8aec-78e1674fa64d", "Device Managers", D),
    role("d405c6df-0af8-4e3b-95e4-4d06e542189e", "Device Users", D),
    role("88d8e3e3-8f55-4a1e-953a-9b9898b8876b", "Directory Readers", 0),
    role("d29b2b05-8046-44ba-8758-1e26182fcf32", "Directory Synchronization Accounts", S | N),
    role("9360feb5-f418-4baa-8175-e2a00bac4301", "Directory Writers", P | S),
    role("8329153b-31d0-4727-b945-745eb3bc5f31", "Domain Name Administrator", P | S),
    role("e93e3737-fa85-474a-aee4-7d3fb86510f3", "Dragon Administrator", 0),
    role("44367163-eba1-44c3-98af-f5787879f96a", "Dynamics 365 Administrator", S),
    role("963797fb-eb3b-4cde-8ce3-5878b3f32a3f", "Dynamics 365 Business Central Administrator", S),
    role("3f1acade-1e04-4fbc-9b69-f0302cd84aef", "Edge Administrator", S),
    role("b6a27b2b-f905-4b2e-81b5-0d90e0ef1fdb", "Entra Backup Administrator", 0),
    role("f42252d9-5400-4d7b-b9ef-cc582dbb8577", "Entra Backup Reader", 0),
    role("58f930cc-fcf4-4152-852c-1d7dbf502139", "Entra SOC Identity Responder", P),
    role("29232cdf-9323-42fd-ade2-1d097af3e4de", "Exchange Administrator", S),
    role("49eb8f75-97e9-4e37-9b2b-6c3ebfcffa31", "Exchange Backup Administrator", 0),
    role("31392ffb-586c-42d1-9346-e59415a2cc4e", "Exchange Recipient Administrator", S),
    role("dd13091a-6207-4fc0-82ba-3641e056ab95", "Extended Directory User Administrator", 0),
    role("6e591065-9bad-43ed-90f3-e9424366d2f0", "External ID User Flow Administrator", S),
    role("0f971eea-41eb-4569-a71e-57bb8a3eff1e", "External ID User Flow Attribute Administrator", S),
    role("be2f45a1-457d-42af-a067-6ec1fa63bc45", "External Identity Provider Administrator", P | S),
    role("a9ea8996-122f-4c74-9520-8edcd192826c", "Fabric Administrator", S),
    role("62e90394-69f5-4237-9190-012177145e10", "Global Administrator", P | S),
    role("f2ef992c-3afb-46b9-b7cf-a126ee74c451", "Global Reader", P),
    role("ac434307-12b9-4fa1-a708-88bf58caabc1", "Global Secure Access Administrator", S),
    role("843318fb-79a6-4168-9e6f-aa9a07481cc4", "Global Secure Access Log Reader", 0),
    role("fdd7a751-b60b-444a-984c-02652fe8fa1c", "Groups Administrator", S | U),
    role("95e79109-95c0-4d8e-aee3-d01accf2d47b", "Guest Inviter", 0),
    role("10dae51f-b6af-4016-8d66-8c2a99b929b3", "Guest User", N | I),
    role("729827e3-9c14-49f7-bb1b-9608f156bbb8", "Helpdesk Administrator", P | S | U),
    role("8ac3fc64-6eca-42ea-9e69-59f4c7b60eb2", "Hybrid Identity Administrator", P | S),
    role("45d8d3c5-c802-45c6-b32a-1d70b5e1e86e", "Identity Governance Administrator", P | S),
    role("eb1f4a8d-243a-41f0-9fbd-c7cdf6c5ef7c", "Insights Administrator", S),
    role("25df335f-86eb-4119-b717-0ff02de207e9", "Insights Analyst", 0),
    role("31e939ad-9672-4796-9c2e-873181342d2d", "Insights Business Leader", 0),
    role("3a2c62db-5318-420d-8d74-23affee5d9d5", "Intune Administrator", P | S),
    role("2ea5ce4c-b2d8-4668-bd81-3680bd2d227a", "IoT Device Administrator", 0),
    role("74ef975b-6605-40af-a5d2-b9539d836353", "Kaizala Administrator", 0),
    role("b5a8dcf3-09d5-43a9-a639-8e29ef291470", "Knowledge Administrator", S),
    role("744ec460-397e-42ad-a462-8b3f9747a02c", "Knowledge Manager", 0),
    role("4d6ac14f-3453-41d0-bef9-a3e0c569773a", "License Administrator", S | U),
    role("59d46f88-662b-457b-bceb-5c3809e5908f", "Lifecycle Workflows Administrator", P | S),
    role("ac16e43d-7b2d-40e0-ac05-243ff356ab5b", "Message Center Privacy Reader", 0),
    role("790c1fb9-7f7d-4f88-86a1-ef1f95c05c1b", "Message Center Reader", 0),
    role("1707125e-0aa2-4d4d-8655-a7c786c76a25", "Microsoft 365 Backup Administrator", 0),
    role("8c8b803f-96e1-4129-9349-20738d9f9652", "Microsoft 365 Migration Administrator", S),
    role("00cf5c54-4693-4f59-a0ac-ab79ef0a974d", "Microsoft 365 Support Engineer", N),
    role("9f06204d-73c1-4d4c-880a-6edb90606fd8", "Microsoft Entra Joined Device Local Administrator", S),
    role("ee67aa9c-e510-4759-b906-227085a7fd4d", "Microsoft Graph Data Connect Administrator", 0),
    role("1501b917-7653-4ff9-a4b5-203eaf33784f", "Microsoft Hardware Warranty Administrator", S),
    role("281fe777-fb20-4fbb-b7a3-ccebce5b0d96", "Microsoft Hardware Warranty Specialist", 0),
    role("d37c8bed-0711-4417-ba38-b4abe66ce4c2", "Network Administrator", S),
    role("2b745bdf-0803-4d80-aa65-822c4493daac", "Office Apps Administrator", S),
    role("a92aed5d-d78a-4d16-b381-09adb37eb3b0", "On Premises Directory Sync Account", N),
    role("92ed04bf-c94a-4b82-9729-b799a7a4c178", "Organizational Branding Administrator", S),
    role("9d70768a-0cbc-4b4c-aea3-2e124b2477f4", "Organizational Data Source Administrator", 0),
    role("e48398e2-f4bb-4074-8f31-4586725e205b", "Organizational Messages Approver", 0),
    role("507f53e4-4e52-4077-abd3-d2e1558b6ea2", "Organizational Messages Writer", 0),
    role("4ba39ca4-527c-499a-b93d-d9b492c50246", "Partner Tier1 Support", P | S | N),
    role("e00e864a-17c5-4a4b-9c06-f5b95a8d5bd8", "Partner Tier2 Support", P | S | N),
    role("966707d0-3269-4727-9be2-8c3a10f19b9d", "Password Administrator", P | S | U),
    role("024906de-61e5-49c8-8572-40335f1e0e10", "People Administrator", 0),
    role("af78dc32-cf4d-46f9-ba4e-4428526346b5", "Permissions Management Administrator", S),
    role("78b0ccd1-afc2-4f92-9116-b41aedd09592", "Places Administrator", 0),
    role("11648597-926c-4cf3-9c36-bcebb0ba8dcc", "Power Platform Administrator", S),
    role("644ef478-e28f-4e28-b9dc-3fdde9aa0b1f", "Printer Administrator", S | U),
    role("e8cef6f1-e4bd-4ea8-bc07-4b8d950f4477", "Printer Technician", 0),
    role("7be44c8a-adaf-4e2a-84d6-ab2649e08a13", "Privileged Authentication Administrator", P | S | U),
    role("e8611ab8-c189-46e8-94e1-60213ab1f814", "Privileged Role Administrator", P | S),
    role("3f04f91a-4ad7-4bd3-bcfa-49882ea1a88a", "Purview Workload Content Administrator", 0),
    role("e07494ad-1654-4dd2-922e-6f81a71bf00f", "Purview Workload Content Reader", 0),
    role("02d5655b-c1cf-4e5f-98da-5fb919085bf6", "Purview Workload Content Writer", 0),
    role("4a5d8f65-41da-4de4-8968-e035b65339cf", "Reports Reader", 0),
    role("2af84b1e-32c8-42b7-82bc-daa82404023b", "Restricted Guest User", N | I),
    role("0964bb5e-9bdb-4d7b-ac29-58e794862a40", "Search Administrator", S),
    role("8835291a-918c-4fd7-a9ce-faa49f0cf7d9", "Search Editor", 0),
    role("194ae4cb-b126-40b2-bd5b-6091b380977d", "Security Administrator", P | S),
    role("5f2222b1-57c3-48ba-8ad5-d4759f1fde6f", "Security Operator", P),
    role("5d6b6bb7-de71-4623-b4af-96380a352509", "Security Reader", P),
    role("f023fd81-a637-4b56-95fd-791ac0226033", "Service Support Administrator", S),
    role("f28a1f50-f6e7-4571-818b-6a12f2af6b6c", "SharePoint Administrator", S | U),
    role("99009c4a-3b3f-4957-82a9-9d35e12db77e", "SharePoint Advanced Management Administrator", 0),
    role("9d3e04ba-3ee4-4d1b-a3a7-9aef423a09be", "SharePoint Backup Administrator", 0),
    role("1a7d78b6-429f-476b-b8eb-35fb715fffd4", "SharePoint Embedded Administrator", 0),
    role("75941009-915a-4869-abe7-691bff18279e", "Skype for Business Administrator", S),
    role("69091246-20e8-4a56-aa4d-066075b2a7a8", "Teams Administrator", S | U),
    role("baf37b3a-610e-45da-9e62-d9d1e5e8914b", "Teams Communications Administrator", S),
    role("f70938a0-fc10-4177-9e90-2178f8765737", "Teams Communications Support Engineer", 0),
    role("fcf91098-03e3-41a9-b5ba-6f0ec8188a12", "Teams Communications Support Specialist", 0),
    role("3d762c5a-1b6c-493f-843e-55a3b42923d4", "Teams Devices Administrator", S | U),
    role("2fe872fb-daa8-4afc-8f6c-53c4565cfef4", "Teams External Collaboration Administrator", 0),
    role("1076ac91-f3d9-41a7-a339-dcdf5f480acc", "Teams Reader", 0),
    role("aa38014f-0993-46e9-9b45-30501a20909d", "Teams Telephony Administrator", 0),
    role("112ca1a2-15ad-4102-995e-45b0bc479a6a", "Tenant Creator", 0),
    role("1981f584-96e9-4a6f-95b0-f522373f8fae", "Tenant Governance Administrator", P),
    role("e0a4caa6-fe82-443f-b92f-d87341d17b2e", "Tenant Governance Reader", 0),
    role("b8e31d83-1534-480f-9b10-0338ded51b7e", "Tenant Governance Relationship Administrator", 0),
    role("124577f8-48ed-456a-839f-13b419002e33", "Tenant Governance Relationship Reader", 0),
    role("75934031-6c7e-415a-99d7-48dbd49e875e", "Usage Summary Reports Reader", 0),
    role("a0b1b346-4d3e-4e8b-98f8-753987be4970", "User", N | I),
    role("fe930be7-5e62-47db-91af-98c3a49a38b1", "User Administrator", P | S | U),
    role("27460883-1df1-4691-b032-3b79643e5e63", "User Experience Success Manager", 0),
    role("e300d9e7-4a2b-4295-9eff-f1c78b36cc98", "Virtual Visits Administrator", S),
    role("0ec3f692-38d6-4d14-9e69-0377ca7797ad", "Viva Glint Tenant Administrator", 0),
    role("92b086b3-e367-4ef2-b869-1de128fb986e", "Viva Goals Administrator", S),
    role("87761b17-1ed2-4af3-9acd-92a150038160", "Viva Pulse Administrator", S),
    role("11451d60-acb2-45eb-a7d6-43d0f0125c13", "Windows 365 Administrator", S),
    role("32696413-001a-46ae-978c-ce0f6b3620d2", "Windows Update Deployment Administrator", S),
    role("c34f683f-4d5a-4403-affd-6615e00e3a7f", "Workplace Device Join", D),
    role("810a2642-a034-447f-a5e8-41beaa378541", "Yammer Administrator", S),
];

/// Older or differently spelt names, with the id of the role they mean.
const ALIASES: &[(&str, &str)] = &[
    (
        "Power BI Service Administrator",
        "a9ea8996-122f-4c74-9520-8edcd192826c",
    ),
    (
        "Power BI Administrator",
        "a9ea8996-122f-4c74-9520-8edcd192826c",
    ),
    (
        "Windows365 Administrator",
        "11451d60-acb2-45eb-a7d6-43d0f0125c13",
    ),
    (
        "Microsoft365 Migration Administrator",
        "8c8b803f-96e1-4129-9349-20738d9f9652",
    ),
];

/// The catalogue by id: verdicts on whole tenants look roles up millions of times.
static BY_ID: LazyLock<HashMap<&'static str, &'static Role>> =
    LazyLock::new(|| ROLES.iter().map(|role| (role.template_id, role)).collect());

/// Finds a role by template id; letter case does not matter.
pub fn by_template_id(id: &str) -> Option<&'static Role> {
    let found = BY_ID.get(id).copied();
    found.or_else(|| BY_ID.get(id.to_ascii_lowercase().as_str()).copied())
}

/// Finds a role by its full name; ASCII letter case does not matter, and look-alike letters never match.
pub fn by_name(name: &str) -> Option<&'static Role> {
    let name = name.trim_matches(' ');
    ROLES
        .iter()
        .find(|role| role.name.eq_ignore_ascii_case(name))
        .or_else(|| {
            let (_, id) = ALIASES
                .iter()
                .find(|(alias, _)| alias.eq_ignore_ascii_case(name))?;
            by_template_id(id)
        })
}

/// Finds a role by id or name, as people type either.
pub fn find(text: &str) -> Option<&'static Role> {
    by_template_id(text).or_else(|| by_name(text))
}

/// Names the role for people: catalogue name, else the id itself.
pub fn display_name(id: &str) -> &str {
    by_template_id(id).map_or(id, |role| role.name)
}

/// True for what everybody holds without an assignment: such roles make nobody an administrator.
pub fn is_implicit(id: &str) -> bool {
    id.eq_ignore_ascii_case(DEFAULT_USER_MARKER)
        || by_template_id(id).is_some_and(|role| role.implicit)
}

/// True unless the catalogue knows the role as not privileged: an unknown role counts as privileged.
pub fn is_privileged(id: &str) -> bool {
    !is_implicit(id) && by_template_id(id).is_none_or(|role| role.privileged)
}

/// Roles whose name is near a mistyped one, nearest first, at most five.
pub fn suggest(name: &str) -> Vec<&'static Role> {
    let wanted = name.trim().to_ascii_lowercase();
    if wanted.is_empty() || wanted.len() > 120 {
        return Vec::new();
    }
    let mut scored: Vec<(usize, &'static Role)> = ROLES
        .iter()
        .filter(|role| !role.implicit)
        .filter_map(|role| {
            let known = role.name.to_ascii_lowercase();
            let initials: String = known
                .split(' ')
                .filter_map(|word| word.chars().next())
                .collect();
            if initials == wanted {
                return Some((0, role));
            }
            if wanted.len() >= 4 && known.contains(&wanted) {
                return Some((1, role));
            }
            let distance = edit_distance(&wanted, &known);
            (distance <= (known.len() / 4).max(2)).then_some((distance + 1, role))
        })
        .collect();
    scored.sort_by_key(|(score, role)| (*score, role.name));
    scored.into_iter().take(5).map(|(_, role)| role).collect()
}

/// Levenshtein distance over characters.
fn edit_distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.chars().enumerate() {
        let mut diagonal = i;
        let mut before = i + 1;
        for (j, b) in right.iter().enumerate() {
            let above = row.get(j + 1).copied().unwrap_or(usize::MAX - 1);
            let here = (diagonal + usize::from(a != *b))
                .min(above + 1)
                .min(before + 1);
            if let Some(cell) = row.get_mut(j) {
                *cell = before;
            }
            diagonal = above;
            before = here;
        }
        if let Some(cell) = row.last_mut() {
            *cell = before;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn ids_and_names_are_unique_and_well_formed() {
        assert_eq!(ROLES.len(), 145);
        let ids: HashSet<_> = ROLES.iter().map(|role| role.template_id).collect();
        let names: HashSet<_> = ROLES
            .iter()
            .map(|role| role.name.to_ascii_lowercase())
            .collect();
        assert_eq!((ids.len(), names.len()), (ROLES.len(), ROLES.len()));
        for role in ROLES {
            assert_eq!(
                uuid::Uuid::parse_str(role.template_id).unwrap().to_string(),
                role.template_id
            );
            assert!(role.name.is_ascii() && role.name.trim() == role.name);
        }
        for (alias, id) in ALIASES {
            assert!(by_template_id(id).is_some(), "{alias}");
            assert!(
                !names.contains(&alias.to_ascii_lowercase()),
                "{alias} is a real name"
            );
        }
    }

    #[test]
    fn looks_up_by_id_and_name_without_regard_to_ascii_case() {
        let upper = GLOBAL_ADMINISTRATOR.to_ascii_uppercase();
        assert_eq!(by_template_id(&upper).unwrap().name, "Global Administrator");
        assert_eq!(
            by_name("global ADMINISTRATOR").unwrap().template_id,
            GLOBAL_ADMINISTRATOR
        );
        assert_eq!(
            by_name(" Power BI Service Administrator ").unwrap().name,
            "Fabric Administrator"
        );
        assert_eq!(find(PASSWORD_ADMINISTRATOR), find("password administrator"));
    }

    #[test]
    fn look_alike_letters_never_match() {
        // Full-width G, Cyrillic a, no-break space, dotless i, Kelvin-like tricks.
        for name in [
            "\u{ff27}lobal Administrator",
            "Glob\u{430}l Administrator",
            "Global\u{a0}Administrator",
            "Global Adm\u{131}nistrator",
            "\u{202e}Global Administrator",
        ] {
            assert_eq!(by_name(name), None, "{name:?}");
        }
    }

    #[test]
    fn unknown_roles_count_as_privileged_and_implicit_ones_do_not() {
        assert!(is_privileged("00000000-1111-2222-3333-444444444444"));
        assert!(is_privileged(GLOBAL_ADMINISTRATOR) && !is_privileged(DIRECTORY_READERS));
        assert!(!is_privileged(DEFAULT_USER_MARKER) && is_implicit(DEFAULT_USER_MARKER));
        assert_eq!(ROLES.iter().filter(|role| role.implicit).count(), 3);
        assert!(
            ROLES
                .iter()
                .filter(|role| role.implicit)
                .all(|role| !role.privileged)
        );
    }

    #[test]
    fn suggests_what_was_meant() {
        let first = |text: &str| suggest(text).first().map(|role| role.name);
        assert_eq!(first("Globl Administrater"), Some("Global Administrator"));
        assert_eq!(first("helpdesk"), Some("Helpdesk Administrator"));
        assert_eq!(
            first("paa"),
            Some("Privileged Authentication Administrator")
        );
        assert!(suggest("authentication").len() <= 5);
        assert_eq!(first("zzzzzzzzzz"), None);
        assert!(suggest("").is_empty());
    }

    #[test]
    fn distance_is_levenshtein() {
        assert_eq!(edit_distance("kitten", "sitting"), 3);
        assert_eq!(edit_distance("", "abc"), 3);
        assert_eq!(edit_distance("same", "same"), 0);
    }
}
