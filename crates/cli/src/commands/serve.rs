//! `sightline serve`: the web app, for this machine or, with named people, for others.

use std::io::{IsTerminal, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;
use sightline_web::{Options, Server, WebError};

use crate::args::Global;
use crate::exit::{Exit, UsageError};
use crate::{output, place};

/// Port that is tried first when none is asked for.
const PORT: u16 = 7878;

/// Open the pages in your browser, with evidence, search and SQL
#[derive(Debug, Args)]
#[command(
    after_help = "It answers on this machine only and to the address it prints, which holds a token for this launch; Ctrl-C ends it. With --bind it can be reached by others: then --users names a file of those who may come in, as readers (look and ask) or editors (also correct, scan and save), and nothing is encrypted until a proxy in front of it adds TLS.\n\nExamples:\n  sightline serve\n  sightline serve --port 9000 --no-open\n  sightline serve ~/shop ~/billing    several workspaces, to choose from\n  sightline serve --bind 0.0.0.0 --users users.toml --host maps.example"
)]
pub(crate) struct Serve {
    /// Folders of workspaces to show side by side; without any, the one that other commands use
    #[arg(value_name = "WORKSPACE")]
    workspaces: Vec<PathBuf>,
    /// Port to listen on; 0 takes any that is free
    #[arg(long, value_name = "N")]
    port: Option<u16>,
    /// Address to listen on, beyond this machine only with --users
    #[arg(long, value_name = "ADDR", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    bind: IpAddr,
    /// File of the people who may come in: name, role and token of each
    #[arg(long, value_name = "FILE")]
    users: Option<PathBuf>,
    /// Name by which others reach it, beside its address in digits; may come several times
    #[arg(long, value_name = "NAME")]
    host: Vec<String>,
    /// Only print the address, open no browser
    #[arg(long)]
    no_open: bool,
    /// Seconds until a question in SQL is given up
    #[arg(long, value_name = "S", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    sql_seconds: u64,
}

pub(crate) fn run(command: &Serve, global: &Global) -> Result<Exit> {
    let mut named = command.workspaces.iter().map(|folder| place::at(folder));
    let workspace = match named.next() {
        Some(first) => first?,
        None => place::existing(global)?,
    };
    let more = named.collect::<Result<Vec<_>>>()?;
    let state = workspace.state_dir();
    let options = |port: u16| Options {
        workspace: workspace.clone(),
        more: more.clone(),
        address: SocketAddr::new(command.bind, port),
        users: command.users.clone(),
        hosts: command.host.clone(),
        sql_time: Duration::from_secs(command.sql_seconds),
    };
    let server = match (Server::bind(&options(command.port.unwrap_or(PORT))), command.port) {
        // The usual port may serve another workspace already.
        (Err(WebError::Listen { .. }), None) => Server::bind(&options(0)),
        (outcome, _) => outcome,
    };
    let server = server.map_err(|e| match e {
        WebError::Open { .. } | WebError::Users { .. } => anyhow::Error::from(UsageError(e.to_string())),
        other => other.into(),
    })?;
    let url = server.url();
    if global.json {
        output::json(&serde_json::json!({ "url": url, "address": server.address().to_string() }))?;
    } else {
        output::data(&url)?;
    }
    if !global.quiet {
        output::say(if command.bind.is_loopback() {
            "answering on this machine only; Ctrl-C ends it"
        } else {
            "others can reach this; each comes in with `?token=` and the token of the file. Nothing is encrypted: put a proxy with TLS in front of it. Ctrl-C ends it"
        });
    }
    let opened = if command.no_open || !std::io::stdout().is_terminal() { None } else { open(&state, &url) };
    let outcome = server.run();
    if let Some(page) = opened {
        std::fs::remove_file(page).ok();
    }
    outcome?;
    Ok(Exit::Done)
}

/// Opens the browser. The address goes by way of a file that only this user can read, since what a program is started
/// with can be seen by everybody on the machine. That no browser opens is no reason to fail: the address is printed.
fn open(state: &Path, url: &str) -> Option<PathBuf> {
    let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let seen = ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|v| std::env::var_os(v).is_some());
    if !seen && !cfg!(target_os = "macos") {
        return None;
    }
    let page = state.join("open.html");
    write_private(&page, &format!("<!doctype html><meta http-equiv=\"refresh\" content=\"0; url={url}\">\n")).ok()?;
    Command::new(opener).arg(&page).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok()?;
    Some(page)
}

fn write_private(page: &Path, text: &str) -> Result<()> {
    std::fs::remove_file(page).ok();
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(page).with_context(|| format!("could not write `{}`", page.display()))?;
    file.write_all(text.as_bytes())?;
    Ok(())
}
