//! The cloud of the kept sign-in, for commands that name none: whoever signed in to a national cloud is meant to go on there.
//!
//! Only where that sign-in is what the command would act as. An app's credential or a ready token says for itself where it belongs.

use super::{Auth, Env, Profile};
use crate::sign_ins;
use std::path::Path;

/// Variables that bring another identity along.
const OTHERS: [&str; 6] = [
    "ADMIN_RESET_TOKEN",
    "AZURE_CLIENT_SECRET",
    "AZURE_CLIENT_CERTIFICATE_PATH",
    "AZURE_FEDERATED_TOKEN_FILE",
    "IDENTITY_ENDPOINT",
    "SYSTEM_OIDCREQUESTURI",
];

/// What was said about who acts.
pub(super) struct Said<'a> {
    pub(super) auth: Auth,
    pub(super) client_id: Option<&'a str>,
    pub(super) tenant: Option<&'a str>,
    pub(super) env: &'a Env,
}

/// Puts cloud and endpoints of the kept sign-in of this name into a profile that has none. A list that cannot be read has none
/// either: the command that needs it will say so.
pub(super) fn cloud(profile: &mut Profile, state_dir: &Path, name: &str, said: &Said<'_>) {
    let named = profile.cloud.is_some()
        || profile.login_endpoint.is_some()
        || profile.graph_endpoint.is_some();
    let a_person = matches!(said.auth, Auth::Auto | Auth::Browser | Auth::DeviceCode);
    if named || !a_person || OTHERS.iter().any(|name| said.env.get(name).is_some()) {
        return;
    }
    let Ok(Some(record)) = sign_ins::of(state_dir, name) else {
        return;
    };
    if record.is_for_other(said.client_id, said.tenant).is_some() {
        return;
    }
    let kept = Profile::of(record);
    profile.cloud = kept.cloud;
    profile.login_endpoint = kept.login_endpoint;
    profile.graph_endpoint = kept.graph_endpoint;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::cloud::Cloud;
    use crate::settings::Given;
    use crate::sign_ins::{SignIn, sample};
    use crate::{cli::GlobalArgs, settings::Settings};

    const CHINA: &str = "https://microsoftgraph.chinacloudapi.cn";

    fn resolved(args: GlobalArgs, env: &[(&str, &str)], config: &str) -> Settings {
        let home = tempfile::tempdir().unwrap();
        let state = home.path().join("state");
        for profile in ["default", "second"] {
            let record = SignIn {
                cloud: "china".into(),
                login_endpoint: "https://login.partner.microsoftonline.cn".into(),
                graph_endpoint: CHINA.into(),
                ..sample(profile, "ada")
            };
            sign_ins::put(&state, record).unwrap();
        }
        std::fs::write(home.path().join("config.toml"), config).unwrap();
        let (state, config) = (
            state.display().to_string(),
            home.path().display().to_string(),
        );
        let mut all = vec![
            ("ADMIN_RESET_STATE_DIR", state.as_str()),
            ("ADMIN_RESET_CONFIG_DIR", config.as_str()),
        ];
        all.extend(env);
        Settings::resolve(&args, Env::of(&all)).unwrap()
    }

    #[test]
    fn a_command_goes_where_the_person_is_signed_in() {
        let plain = || GlobalArgs::default();
        let settings = resolved(plain(), &[], "");
        assert_eq!(settings.endpoints.graph.to_string(), CHINA);
        assert_eq!(
            (settings.endpoints.cloud, settings.from.cloud),
            (Cloud::China, Given::Profile)
        );
        assert!(!settings.endpoints.custom);
        // A section that says something else than a cloud leaves it open.
        for name in ["default", "second"] {
            let text = format!("[profile.{name}]\noutput = \"json\"\n");
            let args = GlobalArgs {
                profile: Some(name.into()),
                ..plain()
            };
            assert_eq!(
                resolved(args, &[], &text).endpoints.cloud,
                Cloud::China,
                "{name}"
            );
        }
        // Of a way that nothing here signs in by.
        let old = [("MSI_ENDPOINT", "http://127.0.0.1:41741/msi/token/")];
        assert_eq!(resolved(plain(), &old, "").endpoints.cloud, Cloud::China);
        let same = [("AZURE_TENANT_ID", "11111111-2222-4333-8444-555555555555")];
        assert_eq!(resolved(plain(), &same, "").endpoints.cloud, Cloud::China);
        let by_domain = [("AZURE_TENANT_ID", "contoso.com")];
        assert_eq!(
            resolved(plain(), &by_domain, "").endpoints.cloud,
            Cloud::China
        );
    }

    #[test]
    fn what_brings_its_own_identity_or_names_a_cloud_does_not() {
        let cloud =
            |args, env: &[(&str, &str)], config| resolved(args, env, config).endpoints.cloud;
        let plain = || GlobalArgs::default();
        for name in OTHERS {
            assert_eq!(cloud(plain(), &[(name, "x")], ""), Cloud::Global, "{name}");
        }
        let other = "99999999-2222-4333-8444-555555555555";
        for name in ["AZURE_TENANT_ID", "AZURE_CLIENT_ID"] {
            assert_eq!(
                cloud(plain(), &[(name, other)], ""),
                Cloud::Global,
                "{name}"
            );
        }
        for auth in [Auth::Secret, Auth::AzureCli, Auth::ManagedIdentity] {
            let args = GlobalArgs {
                auth: Some(auth),
                ..plain()
            };
            assert_eq!(cloud(args, &[], ""), Cloud::Global, "{}", auth.word());
        }
        let args = GlobalArgs {
            cloud: Some(Cloud::Global),
            ..plain()
        };
        assert_eq!(cloud(args, &[], ""), Cloud::Global);
        assert_eq!(
            cloud(plain(), &[], "[profile.default]\ncloud = \"usgov\"\n"),
            Cloud::UsGov
        );
        let azure = [("AZURE_AUTHORITY_HOST", "https://login.microsoftonline.us")];
        assert_eq!(cloud(plain(), &azure, ""), Cloud::UsGov);
    }
}
