//! `sightline connect`: what would be asked of a live source, and what its token must be allowed.

use anyhow::Result;
use clap::Args;
use sightline_connect::{ALL, About, Address, Plan};

use crate::args::Global;
use crate::exit::{Exit, UsageError};
use crate::output::put;
use crate::{output, place};

/// What a live source would be asked, and which permissions its token needs
#[derive(Debug, Args)]
#[command(
    after_help = "Nobody is asked: this says beforehand what `sightline scan ADDRESS` would do, and the same as `sightline scan ADDRESS --dry-run`. Tokens come from environment variables, or from commands that your own settings name (`[token-command]` in ~/.config/sightline/settings.toml), and are written nowhere. They are sent to the service's own host, to this machine, and to the hosts that SIGHTLINE_HOSTS lists, separated by commas.\n\nExamples:\n  sightline connect                        all services with their addresses\n  sightline connect github                 permissions and requests of one\n  sightline connect github:OWNER/REPO      whether everything is ready to read that repository"
)]
pub(crate) struct Connect {
    /// A service, as `github`, or the address of a source, as `github:OWNER/REPO`
    #[arg(value_name = "SERVICE|ADDRESS")]
    pub(crate) what: Option<String>,
}

pub(crate) fn run(command: &Connect, global: &Global) -> Result<Exit> {
    let Some(what) = &command.what else {
        return list(global);
    };
    if let Some(about) = ALL.iter().find(|about| about.word == what) {
        return describe(about, None, global);
    }
    let Some(address) = Address::parse(what) else {
        let words: Vec<&str> = ALL.iter().map(|about| about.word).collect();
        return Err(UsageError(format!(
            "`{what}` is no service that Sightline knows\nhelp: it knows {}; an address begins with one of them and a colon",
            words.join(", ")
        ))
        .into());
    };
    tell(&[address?], global)
}

/// Says what would be asked of sources; also `scan --dry-run`.
pub(crate) fn tell(addresses: &[Address], global: &Global) -> Result<Exit> {
    let mut is_ready = true;
    for address in addresses {
        let workspace = place::for_target(global, &address.location)?;
        let folder = workspace.sources_dir().join(address.folder());
        let plan = sightline_connect::plan(address, Some(&folder), &|name| std::env::var(name).ok());
        is_ready &= plan.is_ready;
        describe(plan.about, Some(&plan), global)?;
    }
    Ok(if is_ready { Exit::Done } else { Exit::Input })
}

fn list(global: &Global) -> Result<Exit> {
    if global.json {
        let all: Vec<serde_json::Value> = ALL.iter().map(|about| value(about, None)).collect();
        output::json(&serde_json::json!(all))?;
        return Ok(Exit::Done);
    }
    let mut text = String::new();
    for about in ALL {
        put(&mut text, format_args!("{}\n", about.title));
        for (example, meaning) in about.examples {
            put(&mut text, format_args!("  {example:<44} {meaning}\n"));
        }
    }
    output::data(&text)?;
    Ok(Exit::Done)
}

fn variables(about: &About) -> String {
    let sets: Vec<String> = about.variables.iter().map(|set| set.join(" and ")).collect();
    sets.join(", or ")
}

fn describe(about: &About, plan: Option<&Plan>, global: &Global) -> Result<Exit> {
    if global.json {
        output::json(&value(about, plan))?;
        return Ok(Exit::Done);
    }
    let width = output::width();
    let mut text = format!("{}\n", about.title);
    if let Some(plan) = plan {
        put(&mut text, format_args!("  host   {}\n", plan.host.as_deref().unwrap_or_default()));
        put(&mut text, format_args!("  token  {}\n", plan.token.replace('\n', "\n         ")));
        if let Some(earlier) = &plan.earlier {
            put(&mut text, format_args!("  there  {earlier}\n"));
        }
    } else {
        for (example, meaning) in about.examples {
            put(&mut text, format_args!("  {example:<44} {meaning}\n"));
        }
    }
    put(
        &mut text,
        format_args!(
            "\nToken: {} in the environment.\n{}\n\n",
            variables(about),
            sightline_tell::text::wrap(about.token, width).join("\n")
        ),
    );
    put(&mut text, format_args!("What is asked; every request only reads:\n"));
    for step in about.steps {
        put(&mut text, format_args!("  {}\n", step.what));
        put(&mut text, format_args!("    request     {}\n", step.request));
        put(&mut text, format_args!("    how many    {}\n", step.cost));
        put(&mut text, format_args!("    permission  {}\n", step.permission));
    }
    output::data(&text)?;
    Ok(Exit::Done)
}

fn value(about: &About, plan: Option<&Plan>) -> serde_json::Value {
    let steps: Vec<serde_json::Value> = about
        .steps
        .iter()
        .map(|step| {
            serde_json::json!({
                "what": step.what, "request": step.request, "requests": step.cost, "permission": step.permission,
            })
        })
        .collect();
    serde_json::json!({
        "service": about.word, "title": about.title, "variables": about.variables, "token": about.token,
        "addresses": about.examples.iter().map(|(example, _)| example).collect::<Vec<_>>(),
        "host": plan.and_then(|p| p.host.clone()), "found": plan.map(|p| p.token.clone()),
        "ready": plan.map(|p| p.is_ready), "steps": steps,
    })
}
