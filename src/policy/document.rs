//! Writes `docs/policy.md` from the tables, so that the document cannot say anything else than the program does.

use super::aadsts::SIGN_IN_ERRORS;
use super::clouds::{Cloud, Feature};
use super::graph_errors::GRAPH_ERRORS;
use super::password;
use super::reset::matrix::{self, Table};
use super::reset::{Action, CallerKind, Reason, TenantAction, permissions, role_names, roles_for};
use super::roles::{self, ROLES};
use super::sspr::{PHONE_ENDS, PHONE_ENDS_LATER, Requirement};
use std::fmt::Write;

/// The whole document.
pub fn policy_document() -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = write(&mut out);
    out
}

/// The tables of codes of Graph and of the sign-in service, for the page of errors.
pub fn error_tables() -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = graph_errors(&mut out).and_then(|()| sign_in_errors(&mut out));
    out
}

fn graph_errors(out: &mut String) -> std::fmt::Result {
    writeln!(
        out,
        "## Codes of Graph\n\nWhat an error of Graph means, by status and `graphCode`; where one code stands for several things, by its words. A code that is not\nhere is shown with Graph's own words and the request id.\n\n| id | status | code | meaning | cause | what to do |\n|---|---|---|---|---|---|"
    )?;
    for row in GRAPH_ERRORS {
        let code = if row.code.is_empty() {
            "any".to_owned()
        } else {
            format!("`{}`", row.code)
        };
        writeln!(
            out,
            "| {} | {} | {code} | {} | {} | {} |",
            row.id, row.status, row.title, row.cause, row.fix
        )?;
    }
    writeln!(out)
}

fn sign_in_errors(out: &mut String) -> std::fmt::Result {
    writeln!(
        out,
        "## Codes of sign-in (AADSTS)\n\nThe sign-in service's numbers; `graphCode` holds them. One that is not here is shown with the service's error name and ids.\n\n| number | meaning | cause | what to do |\n|---|---|---|---|"
    )?;
    for row in SIGN_IN_ERRORS {
        let numbers: Vec<String> = row
            .numbers
            .iter()
            .map(|(first, last)| {
                if first == last {
                    first.to_string()
                } else {
                    format!("{first} to {last}")
                }
            })
            .collect();
        writeln!(
            out,
            "| {} | {} | {} | {} |",
            numbers.join(", "),
            row.title,
            row.cause,
            row.fix
        )?;
    }
    writeln!(out)
}

fn write(out: &mut String) -> std::fmt::Result {
    writeln!(
        out,
        "# What admin-reset knows about Entra\n\nGenerated from the tables in `src/policy`; change the tables, then run the tests with `ADMIN_RESET_BLESS=1`.\nA fact that Microsoft's documentation does not settle leads to the verdict *unknown*, never to *allowed*.\n"
    )?;
    matrices(out)?;
    other_roles(out)?;
    reasons(out)?;
    permission_tables(out)?;
    self_service(out)?;
    passwords(out)?;
    clouds(out)?;
    errors(out)?;
    catalogue(out)
}

/// Short column heads, in the order of the published tables.
fn columns() -> Vec<(&'static str, &'static str)> {
    let short = |id: &str| match id {
        roles::PASSWORD_ADMINISTRATOR => "Password",
        roles::HELPDESK_ADMINISTRATOR => "Helpdesk",
        roles::AUTHENTICATION_ADMINISTRATOR => "Authentication",
        roles::USER_ADMINISTRATOR => "User",
        roles::PRIVILEGED_AUTHENTICATION_ADMINISTRATOR => "Privileged Authentication",
        _ => "Global",
    };
    matrix::RESET_PASSWORD
        .no_role
        .iter()
        .map(|id| (*id, short(id)))
        .collect()
}

fn matrices(out: &mut String) -> std::fmt::Result {
    writeln!(
        out,
        "## Who may act on whom\n\nCaller roles at tenant scope across, the target's role down. A target with several roles needs a caller who is allowed in\nevery row. Source: Microsoft Learn, privileged roles and permissions, January 2026 and mid-2026 editions.\n"
    )?;
    for table in [&matrix::RESET_PASSWORD, &matrix::SENSITIVE_ACTIONS] {
        matrix_table(out, table)?;
    }
    writeln!(
        out,
        "Beyond the tables:\n\n- A role assigned for an administrative unit ({}) reaches only users who are direct members of the unit and hold no administrator role.\n- In a restricted management unit only roles assigned for that unit reach a member; an administrator inside is out of everybody's reach.\n- A role the target may only activate is counted both ways; where it matters the verdict is unknown.\n- A person cannot reset the own password this way, nor write the own methods or issue the own access pass.\n- Applications cannot use the reset action; for administrators they need a role like a person.\n",
        role_names(matrix::UNIT_CALLERS)
    )
}

fn matrix_table(out: &mut String, table: &Table) -> std::fmt::Result {
    let columns = columns();
    let heads: Vec<&str> = columns.iter().map(|(_, head)| *head).collect();
    writeln!(
        out,
        "### To {}\n\n| target | {} |",
        table.title,
        heads.join(" | ")
    )?;
    writeln!(out, "|---|{}", "---|".repeat(heads.len()))?;
    let rows = table
        .rows
        .iter()
        .map(|row| (roles::display_name(row.target), row.allowed))
        .chain([
            ("no administrator role", table.no_role),
            ("no role, but in a role-assignable group", table.protected),
            ("a role scoped to a restricted unit", table.protected),
            ("any other role, custom ones included", table.protected),
        ]);
    for (target, allowed) in rows {
        let marks: Vec<&str> = columns
            .iter()
            .map(|(id, _)| {
                if matrix::names(allowed, id) {
                    "yes"
                } else {
                    "-"
                }
            })
            .collect();
        writeln!(out, "| {target} | {} |", marks.join(" | "))?;
    }
    writeln!(out)
}

fn other_roles(out: &mut String) -> std::fmt::Result {
    writeln!(
        out,
        "### Roles beside the tables that can reset passwords\n\nBy writing the password profile; the page of the reset action does not name them.\n\n| role | whom | enables and disables | revokes sessions |\n|---|---|---|---|"
    )?;
    for other in matrix::OTHER_ROLES {
        let word = |known| if known { "yes" } else { "not settled" };
        writeln!(
            out,
            "| {} | {} | {} | {} |",
            roles::display_name(other.role),
            if other.everybody {
                "everybody"
            } else {
                "users without administrator role"
            },
            word(other.enables),
            word(other.revokes)
        )?;
    }
    writeln!(
        out,
        "\nAuthentication methods are written by {} on the users of the second table, and read by {} besides.\n",
        role_names(matrix::METHOD_WRITERS),
        roles::display_name(matrix::METHOD_READER)
    )
}

fn reasons(out: &mut String) -> std::fmt::Result {
    writeln!(
        out,
        "## Reasons of a refusal\n\n| code | exit | why (example) | what to do (example) |\n|---|---|---|---|"
    )?;
    for reason in Reason::samples() {
        writeln!(
            out,
            "| `{}` | {} | {} | {} |",
            reason.code(),
            reason.refusal().exit_code(),
            reason.why(),
            reason.fix()
        )?;
    }
    writeln!(out)
}

fn permission_tables(out: &mut String) -> std::fmt::Result {
    writeln!(
        out,
        "## Permissions\n\nAny one is enough, least first. Source: Graph permission catalogue of 2026-08-07 and the reference pages of July 2026.\n\n| to | person | application |\n|---|---|---|"
    )?;
    let mut told = Vec::new();
    for action in Action::ALL {
        let words = |kind| {
            permissions::for_action(action, kind)
                .map_or_else(|| "not possible".to_owned(), permissions::in_words)
        };
        let how = match action {
            Action::ResetPassword {
                via: super::reset::Via::Method,
            } => " (reset action)",
            Action::ResetPassword { .. } => " (password profile)",
            _ => "",
        };
        let line = format!(
            "| {}{how} | {} | {} |",
            action.phrase(),
            words(CallerKind::Delegated),
            words(CallerKind::AppOnly)
        );
        if !told.contains(&line) {
            writeln!(out, "{line}")?;
            told.push(line);
        }
    }
    writeln!(
        out,
        "\n| to | permission | role of a person |\n|---|---|---|"
    )?;
    for action in TenantAction::ALL {
        writeln!(
            out,
            "| {} | {} | {} |",
            action.phrase(),
            permissions::in_words(permissions::for_tenant_action(action)),
            role_names(roles_for(action))
        )?;
    }
    writeln!(out)
}

fn self_service(out: &mut String) -> std::fmt::Result {
    let words: Vec<String> = Requirement::ALL
        .iter()
        .map(|one| format!("`{}`", one.word()))
        .collect();
    writeln!(
        out,
        "## Self-service reset of administrators\n\nSource: SSPR policy page, read 2026-05-26.\n\n- Two of e-mail, phone and authenticator app; two of a kind are one. One is enough in a tenant without custom domain and sync and within the 30 days of a trial; two are needed with a custom domain or sync after that; in between the page contradicts itself.\n- Phones with an extension never count; office phones count in paid tenants. Passkeys, access passes, security questions and contact properties do not count.\n- `allowedToUseSSPR` must be on. Synced and federated accounts need password writeback. Guests reset in their home tenant.\n- Eligible roles count as held. A privileged role that the page does not list is treated as two-gate, and the answer is at most unknown unless the report says capable.\n- Ordinary users: unknown, unless the registration report says.\n- Microsoft's text messages and calls end on {PHONE_ENDS}, for Global Administrators and external users on {PHONE_ENDS_LATER}.\n\n`--require` knows {}.\n",
        words.join(", ")
    )
}

fn passwords(out: &mut String) -> std::fmt::Result {
    writeln!(
        out,
        "## Passwords\n\n- Entra takes {} to {} characters, ASCII only, {} of 4 classes.",
        password::MIN_LENGTH,
        password::MAX_LENGTH,
        password::CLASSES_NEEDED
    )?;
    for rule in password::Rule::ALL {
        writeln!(out, "- {}", rule.sentence())?;
    }
    writeln!(
        out,
        "- The banned list is scored as documented ({} points needed) for a warning; Graph decides.\n- Generated: {} characters ({} bits), {} for break-glass accounts ({} bits); words carry {} bits each.\n",
        password::MIN_SCORE,
        password::DEFAULT_LENGTH,
        password::entropy_bits(password::DEFAULT_LENGTH),
        password::BREAK_GLASS_LENGTH,
        password::entropy_bits(password::BREAK_GLASS_LENGTH),
        password::BITS_PER_WORD
    )
}

fn clouds(out: &mut String) -> std::fmt::Result {
    let heads: Vec<&str> = Cloud::ALL.iter().map(|cloud| cloud.name()).collect();
    writeln!(
        out,
        "## Clouds\n\nSource: v1.0 metadata of 2026-08-20.\n\n| feature | {} |\n|---|{}",
        heads.join(" | "),
        "---|".repeat(heads.len())
    )?;
    for feature in Feature::ALL {
        let marks: Vec<&str> = Cloud::ALL
            .iter()
            .map(|cloud| if cloud.offers(feature) { "yes" } else { "-" })
            .collect();
        writeln!(out, "| {} | {} |", feature.title(), marks.join(" | "))?;
    }
    writeln!(
        out,
        "\n| cloud | self-service reset | security info | admin center | not confirmed |\n|---|---|---|---|---|"
    )?;
    for cloud in Cloud::ALL {
        let pages = cloud.portals();
        writeln!(
            out,
            "| {cloud} | {} | {} | {} | {} |",
            pages.self_service_reset,
            pages.security_info,
            pages.entra,
            pages.unconfirmed.join(", ")
        )?;
    }
    writeln!(out)
}

fn errors(out: &mut String) -> std::fmt::Result {
    writeln!(
        out,
        "## Errors\n\nThe codes of Graph and of the sign-in service, with cause and remedy: [errors.md](errors.md#codes-of-graph).\n"
    )
}

fn catalogue(out: &mut String) -> std::fmt::Result {
    writeln!(
        out,
        "## Built-in roles\n\nSource: built-in roles reference as read 2026-07-27. A role that is not here counts as privileged.\n\n| role | template id | privileged | two-gate page | for a unit | remark |\n|---|---|---|---|---|---|"
    )?;
    for role in ROLES {
        let mark = |set| if set { "yes" } else { "" };
        let remark = match (role.implicit, role.deprecated, role.reserved) {
            (true, ..) => "implicit",
            (_, true, _) => "deprecated",
            (.., true) => "reserved",
            _ => "",
        };
        writeln!(
            out,
            "| {} | `{}` | {} | {} | {} | {remark} |",
            role.name,
            role.template_id,
            mark(role.privileged),
            mark(role.sspr_two_gate),
            mark(role.unit_assignable)
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_document_is_current() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/policy.md");
        let text = policy_document();
        if std::env::var_os("ADMIN_RESET_BLESS").is_some_and(|value| value == "1") {
            std::fs::write(path, &text).unwrap();
        }
        let committed = std::fs::read_to_string(path).unwrap().replace("\r\n", "\n");
        assert!(
            committed == text,
            "docs/policy.md differs from the tables; run with ADMIN_RESET_BLESS=1"
        );
    }

    #[test]
    fn every_table_row_has_as_many_cells_as_its_head() {
        let text = policy_document();
        let mut width = None;
        for line in text.lines() {
            if !line.starts_with('|') {
                width = None;
                continue;
            }
            let cells = line.matches('|').count();
            assert_eq!(*width.get_or_insert(cells), cells, "{line}");
        }
        for role in ROLES {
            assert!(text.contains(role.template_id));
        }
    }
}
