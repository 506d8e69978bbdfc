//! Endpoints as arguments of `az rest`, for scripts that somebody else runs: quoted for a POSIX shell, with shell variables where a
//! value comes from an earlier line. Writes text; sends nothing.

use super::call::Spec;

/// Marks around the name of a variable: control characters, which no value of an endpoint has.
const MARKS: (char, char) = ('\u{2}', '\u{3}');

/// A value that the script has in a shell variable.
#[must_use]
pub fn variable(name: &str) -> String {
    format!("{}{name}{}", MARKS.0, MARKS.1)
}

/// Method, address and body; the origin of Graph is in `$graph`.
#[must_use]
pub fn arguments(spec: &Spec) -> String {
    let url = spec
        .relative_url()
        .replace('$', "\\$")
        .replace("%02", "$")
        .replace("%03", "");
    let mut text = format!("--method {} --url \"$graph/v1.0{url}\"", spec.method);
    if let Some(body) = &spec.body {
        // JSON writes the marks as escapes.
        let quoted = body
            .to_string()
            .replace('\'', "'\\''")
            .replace("\\u0002", "'\"$")
            .replace("\\u0003", "\"'");
        text.push_str(&format!(" --body '{quoted}'"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::{apps, consents};
    use super::*;
    use serde_json::json;

    #[test]
    fn addresses_and_bodies_survive_the_shell() {
        let app = variable("app");
        assert_eq!(
            arguments(apps::object_id(&app).spec()),
            "--method GET --url \"$graph/v1.0/applications(appId='$app')?\\$select=id\""
        );
        assert_eq!(
            arguments(apps::create_principal(&app).spec()),
            r#"--method POST --url "$graph/v1.0/servicePrincipals" --body '{"appId":"'"$app"'"}'"#
        );
        let hostile = json!({ "displayName": "it's $HOME `x` \\ \" 5%" });
        assert_eq!(
            arguments(apps::create(hostile).spec()),
            r#"--method POST --url "$graph/v1.0/applications" --body '{"displayName":"it'\''s $HOME `x` \\ \" 5%"}'"#
        );
        let given = consents::give_app_role(&variable("sp"), &variable("resource"), "r");
        assert!(arguments(given.spec()).contains("/servicePrincipals/$sp/appRoleAssignments\""));
    }
}
