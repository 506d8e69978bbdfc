//! GUIDs of Microsoft Graph permissions, as manifests of app registrations want them. A table; what is needed for what is
//! beside it.
//!
//! Source: Graph permission catalogue of 2026-08-07; `AppRoleAssignment.ReadWrite.All` from the permissions reference.

use super::Kind;

/// Application id of Microsoft Graph, the same in every cloud and tenant.
pub const GRAPH_APP_ID: &str = "00000003-0000-0000-c000-000000000000";

/// A permission and its ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PermissionId {
    /// Name: `User.Read.All`.
    pub name: &'static str,
    /// Id of the delegated permission; empty when there is none.
    pub delegated: &'static str,
    /// Id of the application permission; empty when there is none.
    pub application: &'static str,
}

impl PermissionId {
    /// Id of its kind; empty when there is none.
    pub const fn id(&self, kind: Kind) -> &'static str {
        match kind {
            Kind::Person => self.delegated,
            Kind::App => self.application,
        }
    }
}

const fn id(
    name: &'static str,
    delegated: &'static str,
    application: &'static str,
) -> PermissionId {
    PermissionId {
        name,
        delegated,
        application,
    }
}

/// The permissions around users, roles, groups, policies and applications, by name.
pub const IDS: &[PermissionId] = &[
    id(
        "AccessReview.Read.All",
        "ebfcd32b-babb-40f4-a14b-42706e83bd28",
        "d07a8cc0-3d51-4b77-b3b0-32704d1f69fa",
    ),
    id(
        "AdministrativeUnit.Read.All",
        "3361d15d-be43-4de6-b441-3c746d05163d",
        "134fd756-38ce-4afd-ba33-e9623dbe66c2",
    ),
    id(
        "AdministrativeUnit.ReadWrite.All",
        "7b8a2d34-6b3f-4542-a343-54651608ad81",
        "5eb59dd3-1da2-4329-8733-9dabdc435916",
    ),
    id(
        "Application.Read.All",
        "c79f8feb-a9db-4090-85f9-90d820caa0eb",
        "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30",
    ),
    id(
        "Application.ReadWrite.All",
        "bdfbf15f-ee85-4955-8675-146e8e5296b5",
        "1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9",
    ),
    id(
        "AppRoleAssignment.ReadWrite.All",
        "84bccea3-f856-4a8a-967b-dbe0a3d53a64",
        "06b708a9-e830-4db3-a914-8e69da51d44f",
    ),
    id(
        "AuditLog.Read.All",
        "e4c9e354-4dc5-45b8-9e7c-e1393b0b1a20",
        "b0afded3-3588-46d8-8b3d-9842eff778da",
    ),
    id(
        "DelegatedPermissionGrant.ReadWrite.All",
        "41ce6ca6-6826-4807-84f1-1c82854f7ee5",
        "8e8e4742-1d95-4f68-9d56-6ee75648c72a",
    ),
    id(
        "Device.Read.All",
        "951183d1-1a61-466f-a6d1-1fde911bfd95",
        "7438b122-aefc-4978-80ed-43db9fcc7715",
    ),
    id(
        "Device.ReadWrite.All",
        "",
        "1138cb37-bd11-4084-a2b7-9f71582aeddb",
    ),
    id(
        "Directory.AccessAsUser.All",
        "0e263e50-5827-48a4-b97c-d940288653c7",
        "",
    ),
    id(
        "Directory.Read.All",
        "06da0dbc-49e2-44d2-8312-53f166ab848a",
        "7ab1d382-f21e-4acd-a863-ba3e13f7da61",
    ),
    id(
        "Directory.ReadWrite.All",
        "c5366453-9fb0-48a5-a156-24f0c49a4b84",
        "19dbc75e-c2e2-444c-a770-ec69d8559fc7",
    ),
    id(
        "Directory.Write.Restricted",
        "cba5390f-ed6a-4b7f-b657-0efc2210ed20",
        "f20584af-9290-4153-9280-ff8bb2c0ea7f",
    ),
    id(
        "Domain-InternalFederation.Read.All",
        "33203a2a-a761-40f0-8a7c-a7e74a9f8ac6",
        "c0e5a7b0-e8b7-40a7-b8e0-8249e6ea81d5",
    ),
    id(
        "Domain-InternalFederation.ReadWrite.All",
        "857bd3ea-490e-4284-88a7-a7de1893b6ee",
        "64d40371-8d58-4270-bc8a-b4a66de36b9a",
    ),
    id(
        "Domain.Read.All",
        "2f9ee017-59c1-4f1d-9472-bd5529a7b311",
        "dbb9058a-0e50-45d7-ae91-66909b5d4664",
    ),
    id(
        "Domain.ReadWrite.All",
        "0b5d694c-a244-4bde-86e6-eb5cd07730fe",
        "7e05723c-0bb0-42da-be95-ae9f08a6e53c",
    ),
    id(
        "Group-NestingSupport.ReadWrite.All",
        "e7f8a3b2-9c1d-4e5f-8a7b-2c3d4e5f6a7b",
        "b4c7d8e9-f2a5-4b6c-9d8e-1f2a3b4c5d6e",
    ),
    id(
        "Group-PreferredDataLocation.ReadWrite.All",
        "7ba6c25f-c181-4bfd-80b1-3ac184ac5629",
        "603ce4e3-fb05-4b63-91ba-729bb1dca667",
    ),
    id(
        "Group-XTenantIdentitySync.Read.All",
        "f7c0661b-4247-48ac-a371-05ff047614c6",
        "35b96aac-d839-4362-abd4-7381f2b27ccd",
    ),
    id("Group.Create", "", "bf7b1a76-6e77-406b-b258-bf5c7720e98f"),
    id(
        "Group.ManageProtection.All",
        "36263ed6-285e-4f84-b25a-62ec2ba17d29",
        "60f8cea0-2476-45c9-ab18-70e79e60ad14",
    ),
    id(
        "Group.Read.All",
        "5f8c59db-677d-491f-a6b8-5f174b11ec1d",
        "5b567255-7703-4780-807c-7be8301ae99b",
    ),
    id(
        "Group.ReadBasic.All",
        "ba1917bc-a64b-4c71-b66d-229d4a520e66",
        "07d67222-3a10-4d3b-9ddc-b8aa43198a00",
    ),
    id(
        "Group.ReadWrite.All",
        "4e46008b-f24c-477d-8fff-7bb4ec7aafe0",
        "62a82d76-70ea-41e2-9197-370581804d09",
    ),
    id(
        "GroupMember.Read.All",
        "bc024368-1153-4739-b217-4326f2e966d0",
        "98830695-27a2-44f7-8c18-0c3ebc9698f6",
    ),
    id(
        "GroupMember.ReadBasic.All",
        "28539367-358c-4ed9-b7f0-793eccb8fd34",
        "8222c640-cae5-4860-8d11-b32cfad95e03",
    ),
    id(
        "GroupMember.ReadWrite.All",
        "f81125ac-d3b7-4573-a3b2-7099cc39df9e",
        "dbaae8cf-10b5-4b86-a4a1-f871c94c6695",
    ),
    id(
        "IdentityRiskEvent.Read.All",
        "8f6a01e7-0391-4ee5-aa22-a3af122cef27",
        "6e472fd1-ad78-48da-a0f0-97ab2c6b769e",
    ),
    id(
        "IdentityRiskyUser.Read.All",
        "d04bb851-cb7c-4146-97c7-ca3e71baf56c",
        "dc5007c0-2d7d-4c42-879c-2dab87571379",
    ),
    id(
        "LicenseAssignment.Read.All",
        "f395577a-0960-456b-979f-7228de0c5996",
        "e2f98668-2877-4f38-a2f4-8202e0717aa1",
    ),
    id(
        "OnPremDirectorySynchronization.Read.All",
        "f6609722-4100-44eb-b747-e6ca0536989d",
        "bb70e231-92dc-4729-aff5-697b3f04be95",
    ),
    id(
        "OnPremDirectorySynchronization.ReadWrite.All",
        "c2d95988-7604-4ba1-aaed-38a5f82a51c7",
        "c22a92cc-79bf-4bb1-8b6c-e0a05d3d80ce",
    ),
    id(
        "Organization.Read.All",
        "4908d5b9-3fb2-4b1e-9336-1888b7937185",
        "498476ce-e0fe-48b0-b801-37ba7e2685c6",
    ),
    id(
        "Organization.ReadWrite.All",
        "46ca0847-7e6b-426e-9775-ea810a948356",
        "292d869f-3427-49a8-9dab-8c70152b74e9",
    ),
    id(
        "Policy.Read.All",
        "572fea84-0151-49b2-9301-11cb16974376",
        "246dd0d5-5bd0-4def-940b-0421030a5b68",
    ),
    id(
        "Policy.Read.AuthenticationMethod",
        "a6ff13ac-1851-4993-8ca9-a671d70de2d5",
        "8e3bc81b-d2f3-4b7b-838c-32c88218d2f0",
    ),
    id(
        "Policy.ReadWrite.AuthenticationMethod",
        "7e823077-d88e-468f-a337-e18f1f0e6c7c",
        "29c18626-4985-4dcd-85c0-193eef327366",
    ),
    id(
        "Policy.ReadWrite.Authorization",
        "edd3c878-b384-41fd-95ad-e7407dd775be",
        "fb221be6-99f2-473f-bd32-01c6a0e9ca3b",
    ),
    id(
        "Policy.ReadWrite.ConditionalAccess",
        "ad902697-1014-4ef5-81ef-2b4301988e8c",
        "01c0a623-fc9b-48e9-b794-0756f8e8f067",
    ),
    id(
        "Policy.ReadWrite.SecurityDefaults",
        "0b2a744c-2abf-4f1e-ad7e-17a087e2be99",
        "1c6e93a6-28e2-4cbb-9f64-1a46a821124d",
    ),
    id(
        "RoleAssignmentSchedule.Read.Directory",
        "344a729c-0285-42c6-9014-f12b9b8d6129",
        "d5fe8ce8-684c-4c83-a52c-46e882ce4be1",
    ),
    id(
        "RoleAssignmentSchedule.ReadWrite.Directory",
        "8c026be3-8e26-4774-9372-8d5d6f21daff",
        "dd199f4a-f148-40a4-a2ec-f0069cc799ec",
    ),
    id(
        "RoleEligibilitySchedule.Read.Directory",
        "eb0788c2-6d4e-4658-8c9e-c0fb8053f03d",
        "ff278e11-4a33-4d0c-83d2-d01dc58929a5",
    ),
    id(
        "RoleEligibilitySchedule.ReadWrite.Directory",
        "62ade113-f8e0-4bf9-a6ba-5acb31db32fd",
        "fee28b28-e1f3-4841-818e-2704dc62245f",
    ),
    id(
        "RoleManagement.Read.All",
        "48fec646-b2ba-4019-8681-8eb31435aded",
        "c7fbd983-d9aa-4fa7-84b8-17382c103bc4",
    ),
    id(
        "RoleManagement.Read.Directory",
        "741c54c3-0c1e-44a1-818b-3f97ab4e8c83",
        "483bed4a-2ad3-4361-a73b-c83ccdbdc53c",
    ),
    id(
        "RoleManagement.ReadWrite.Directory",
        "d01b97e9-cbc0-49fe-810a-750afd5527a3",
        "9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8",
    ),
    id(
        "User-Mail.ReadWrite.All",
        "6166886a-9576-433b-8544-658177bdef1d",
        "280d0935-0796-47d1-8d26-273470a3f17a",
    ),
    id(
        "User-PasswordProfile.ReadWrite.All",
        "56760768-b641-451f-8906-e1b8ab31bca7",
        "cc117bb9-00cf-4eb8-b580-ea2a878fe8f7",
    ),
    id(
        "User-Phone.ReadWrite.All",
        "e29d5979-5b06-4a7f-ae24-6a9348d2e1ff",
        "86ceff06-c822-49ff-989a-d912845ffe69",
    ),
    id(
        "User.Create",
        "e0fc39a6-9789-4d47-8577-c63811c29715",
        "131ccc87-9862-47a1-8701-e7a42f63ebc6",
    ),
    id(
        "User.DeleteRestore.All",
        "4bb440cd-2cf2-4f90-8004-aa2acd2537c5",
        "eccc023d-eccf-4e7b-9683-8813ab36cecc",
    ),
    id(
        "User.EnableDisableAccount.All",
        "f92e74e7-2563-467f-9dd0-902688cb5863",
        "3011c876-62b7-4ada-afa2-506cbbecc68c",
    ),
    id(
        "User.ManageIdentities.All",
        "637d7bec-b31e-4deb-acc9-24275642a2c9",
        "c529cfca-c91b-489c-af2b-d92990b66ce6",
    ),
    id("User.Read", "e1fe6dd8-ba31-4d61-89e7-88639da4683d", ""),
    id(
        "User.Read.All",
        "a154be20-db9c-4678-8ab7-66f6cc099a59",
        "df021288-bdef-4463-88db-98f22de89214",
    ),
    id(
        "User.ReadBasic.All",
        "b340eb25-3456-403f-be2f-af7a0d370277",
        "97235f07-e226-4f63-ace3-39588e11d3a1",
    ),
    id(
        "User.ReadUpdate.All",
        "f0e73743-5699-4cb9-9ffe-d68e48294c63",
        "c58d0ec5-14a8-4df9-a3dd-4d587fde18d0",
    ),
    id("User.ReadWrite", "b4e74841-8e56-480b-be8b-910348b18b4c", ""),
    id(
        "User.ReadWrite.All",
        "204e0828-b5ca-4ad8-b9f3-f32a958e7cc4",
        "741f803b-c850-494e-b5df-cde7c675a1ca",
    ),
    id(
        "User.ReadWrite.CrossCloud",
        "",
        "5652f862-b626-407b-a3e6-248aeb95763c",
    ),
    id(
        "User.RevokeSessions.All",
        "fc30e98b-8810-4501-81f5-c20a3196387b",
        "77f3a031-c388-4f99-b373-dc68676a979e",
    ),
    id(
        "UserAuthenticationMethod.Read",
        "1f6b61c5-2f65-4135-9c9f-31c0f8d32b52",
        "",
    ),
    id(
        "UserAuthenticationMethod.Read.All",
        "aec28ec7-4d02-4e8c-b864-50163aea77eb",
        "38d9df27-64da-44fd-b7c5-a6fbac20248f",
    ),
    id(
        "UserAuthenticationMethod.ReadWrite",
        "48971fc1-70d7-4245-af77-0beb29b53ee2",
        "",
    ),
    id(
        "UserAuthenticationMethod.ReadWrite.All",
        "b7887744-6746-4312-813d-72daeaee7e2d",
        "50483e42-d915-4231-9639-7fdb7fd190e5",
    ),
    id(
        "UserAuthMethod-Email.Read",
        "12b23cea-90c1-4873-9094-f45c5f290f86",
        "",
    ),
    id(
        "UserAuthMethod-Email.Read.All",
        "76caaf3a-ebdb-40a3-9299-4196e636f290",
        "a1e58be0-1095-422b-b067-73434bd7d40f",
    ),
    id(
        "UserAuthMethod-Email.ReadWrite",
        "696aa421-62dc-4c99-be16-015b23444089",
        "",
    ),
    id(
        "UserAuthMethod-Email.ReadWrite.All",
        "074f680f-c89e-45be-880e-5d0642860a1c",
        "e8ecb853-1435-4a49-95ba-ec5b31b11672",
    ),
    id(
        "UserAuthMethod-MicrosoftAuthApp.Read",
        "f14a567b-3280-4124-95a0-eca86006967e",
        "",
    ),
    id(
        "UserAuthMethod-MicrosoftAuthApp.Read.All",
        "7b627679-e2fd-4bfd-990e-989e2914d4e6",
        "a9c5f16e-e5ca-4e33-89ad-903fcfc01c23",
    ),
    id(
        "UserAuthMethod-MicrosoftAuthApp.ReadWrite",
        "9f7dfa0c-eb40-42be-8d45-8af4a9219c6f",
        "",
    ),
    id(
        "UserAuthMethod-MicrosoftAuthApp.ReadWrite.All",
        "1b7322b2-5cb3-4f13-928f-d7ca97c5fba9",
        "c833c349-a1ab-4b6d-94a2-fa9a8674420c",
    ),
    id(
        "UserAuthMethod-Passkey.Read",
        "828fcbda-0d26-431d-8bfb-83f217224621",
        "",
    ),
    id(
        "UserAuthMethod-Passkey.Read.All",
        "14195339-1fe4-48a7-a0d3-a39eb9fd8958",
        "72e00c1d-3e3d-43bb-a0b9-c435611bb1d2",
    ),
    id(
        "UserAuthMethod-Passkey.ReadWrite",
        "b2de7db9-10f7-4800-b04c-b5b91e4891d6",
        "",
    ),
    id(
        "UserAuthMethod-Password.Read",
        "7f0f82c3-de19-4ddc-810d-a2206d7637fd",
        "",
    ),
    id(
        "UserAuthMethod-Password.Read.All",
        "4f69a4e2-2aa0-43a7-ad6b-98b4cda1f23f",
        "8d2c17ff-b93d-40d5-9def-d843680509cb",
    ),
    id(
        "UserAuthMethod-Password.ReadWrite",
        "60cce20d-d41e-4594-b391-84bbf8cc31f3",
        "",
    ),
    id(
        "UserAuthMethod-Password.ReadWrite.All",
        "7f5b683d-df96-4690-a88d-6e336ed6dc7c",
        "f6d38dfd-ec08-4995-8f07-23e929df0936",
    ),
    id(
        "UserAuthMethod-Phone.Read",
        "43dab3b9-e8b4-424d-8e13-6a2ad2a625fa",
        "",
    ),
    id(
        "UserAuthMethod-Phone.Read.All",
        "20cf4ae1-09b9-4d29-a6f8-43e1820ce60c",
        "f529a223-ea70-43ec-b268-5012de2fbaa2",
    ),
    id(
        "UserAuthMethod-Phone.ReadWrite",
        "6c4aad61-f76b-46ad-a22c-57d4d3d962af",
        "",
    ),
    id(
        "UserAuthMethod-Phone.ReadWrite.All",
        "48c99302-9a24-4f27-a8a7-acef4debba14",
        "6e85d483-7092-4375-babe-0a94a8213a58",
    ),
    id(
        "UserAuthMethod-SoftwareOATH.Read.All",
        "3e366fa0-3097-4eb6-8294-3028f77eea6f",
        "a6b423df-a0c8-411d-a809-a4a5985d2939",
    ),
    id(
        "UserAuthMethod-TAP.Read",
        "84ded88f-26ba-49d6-b776-efec398de692",
        "",
    ),
    id(
        "UserAuthMethod-TAP.Read.All",
        "6976c635-c9c2-41e6-a21d-e6913a155273",
        "bf82209c-b22b-4747-ac88-a68be99032cf",
    ),
    id(
        "UserAuthMethod-TAP.ReadWrite",
        "2424436d-902f-4651-a1c7-b3b93147c960",
        "",
    ),
    id(
        "UserAuthMethod-TAP.ReadWrite.All",
        "05de4a66-e51a-4312-842a-30c8094698d2",
        "627169a8-8c15-451c-861a-5b80e383de5c",
    ),
    id(
        "UserAuthMethod-WindowsHello.Read.All",
        "ff37d46d-b88a-4e0c-85ee-7e26c37b18eb",
        "9b8dd4c7-8cca-4ef5-a34a-9c2c75fcc934",
    ),
];

/// Finds a permission; names compare without regard to ASCII case.
pub fn by_name(name: &str) -> Option<&'static PermissionId> {
    IDS.iter().find(|one| one.name.eq_ignore_ascii_case(name))
}

/// Finds a permission by one of its ids.
pub fn by_id(id: &str) -> Option<&'static PermissionId> {
    IDS.iter().find(|one| {
        !id.is_empty()
            && (one.delegated.eq_ignore_ascii_case(id) || one.application.eq_ignore_ascii_case(id))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_guids_and_nobody_elses() {
        let mut seen = std::collections::HashSet::new();
        for one in IDS {
            assert!(!(one.delegated.is_empty() && one.application.is_empty()));
            for id in [one.delegated, one.application] {
                if id.is_empty() {
                    continue;
                }
                assert!(uuid::Uuid::try_parse(id).is_ok(), "{id}");
                assert!(seen.insert(id), "{id} twice");
                assert_eq!(by_id(id), Some(one));
            }
        }
        assert!(IDS.is_sorted_by_key(|one| one.name.to_ascii_lowercase()));
        assert_eq!(by_name("user.read.all").unwrap().name, "User.Read.All");
        assert_eq!(by_id(""), None);
    }
}
