//! Functions that Terraform runs, and the folders that their code is archived from.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Deployed, Found};
use crate::system::facts::{Facts, Signal};
use crate::system::names::{folder_of, is_below, join, last_part};
use crate::system::parts::is_program;
use crate::system::parts::unite::GENERIC;

/// Folders at the end of a path that hold what is built of the code above them.
const OUTPUTS: [&str; 6] = ["dist", "build", "target", "bin", "out", "package"];

/// Adds the functions whose code stands in the repository; those of one folder are one part.
pub(super) fn functions(facts: &Facts, is_main: &impl Fn(&Signal) -> bool, found: &mut Found) {
    let code: Vec<&Signal> = facts.signals.iter().filter(|s| s.is("function-code") && is_main(s)).collect();
    let mut by_folder: BTreeMap<(Arc<str>, String), Vec<&Signal>> = BTreeMap::new();
    for s in code.iter().filter(|s| s.attribute("of").as_deref() == Some("function")) {
        if let Some(folder) = folder(facts, &code, s) {
            by_folder.entry((Arc::clone(&s.place.repo), folder)).or_default().push(s);
        }
    }
    for ((repo, folder), all) in by_folder {
        let Some(first) = all.first() else { continue };
        let name = match all[..] {
            [one] => name(facts, one).unwrap_or_else(|| last_part(&folder).to_owned()),
            _ => last_part(&folder).to_owned(),
        };
        // The path from the file of Terraform, as a template says it.
        let up = "../".repeat(folder_of(&first.place.path).split('/').filter(|p| !p.is_empty()).count());
        let path = Arc::clone(&first.place.path);
        let id = (Arc::clone(&repo), "serverless".to_owned(), Arc::clone(&path), name.clone());
        let entry = found.entry(id).or_insert_with(|| Deployed {
            repo,
            name: name.clone(),
            format: "serverless".to_owned(),
            path,
            build: Some(format!("{up}{folder}")),
            ..Deployed::default()
        });
        entry.part.alias(&name);
        for s in all {
            let called = s.name.as_deref().unwrap_or("this");
            entry.part.show(0, &s.place, format!("{called} is a function of it"), "declared");
        }
    }
}

/// The name under which a function is reached, unless it is put together.
fn name(facts: &Facts, function: &Signal) -> Option<String> {
    let beside = |s: &&Signal| s.place.repo == function.place.repo && s.place.path == function.place.path;
    let reached = facts.signals.iter().filter(|s| s.is("resource-name") && s.target == function.name).find(beside);
    let plain = |name: &str| (!name.contains(['$', '{', '.'])).then(|| name.to_owned());
    let own = function.name.as_deref().filter(|n| !GENERIC.contains(n) && !matches!(*n, "this" | "lambda" | "default"));
    reached.and_then(|s| plain(s.name.as_deref()?)).or_else(|| own.and_then(plain))
}

/// The folder of a function's code.
fn folder(facts: &Facts, code: &[&Signal], function: &Signal) -> Option<String> {
    let text = function.value.as_deref()?;
    let base = folder_of(&function.place.path);
    // What it refers to stands in the same module.
    let referred = code.iter().find(|s| {
        let name = s.name.as_deref().unwrap_or_default();
        let is_beside = s.place.repo == function.place.repo && folder_of(&s.place.path) == base;
        let refers = |before: &str| {
            let wanted = format!("{before}.{name}");
            text.match_indices(&wanted).any(|(at, _)| {
                !text[at + wanted.len()..].starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
            })
        };
        is_beside
            && match s.attribute("of").as_deref() {
                Some("archive") => refers("archive_file"),
                Some("local") => refers("local"),
                _ => false,
            }
    });
    let text = referred.and_then(|s| s.value.as_deref()).unwrap_or(text);
    let mut folder = join(base, written(text)?)?;
    while last_part(&folder).contains('.') || OUTPUTS.contains(&last_part(&folder)) {
        folder.truncate(folder_of(&folder).len());
    }
    let files = facts.files.get(&function.place.repo)?;
    let has_code = !folder.is_empty() && files.iter().any(|(p, f)| is_below(p, &folder) && is_program(f));
    has_code.then_some(folder)
}

/// The path in a text of Terraform: what follows the place of the module, or all of it.
fn written(text: &str) -> Option<&str> {
    let path = match text.split_once("path.module}/").or_else(|| text.split_once("path.root}/")) {
        Some((_, after)) => after.split(['"', '\'', ' ', '$']).next()?,
        None => text,
    };
    let is_path = !path.is_empty()
        && !path.contains(['$', '{', '(', '?', '"', ' '])
        && (path.contains('/') || path.starts_with('.'));
    is_path.then_some(path)
}

#[cfg(test)]
mod tests {
    use super::written;

    #[test]
    fn a_path_is_read_from_the_module() {
        let check = |text: &str, expect: Option<&str>| assert_eq!(written(text), expect, "{text}");
        check("${path.module}/../orders", Some("../orders"));
        check("../orders/src", Some("../orders/src"));
        check("var.zip == null ? \"${path.module}/../carts/carts.zip\" : var.zip", Some("../carts/carts.zip"));
        check("data.archive_file.orders.output_path", None);
        check("var.zip", None);
    }
}
