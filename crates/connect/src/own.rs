//! Tokens that a command of the user's own gives: a password manager, or the keyring of the system.
//!
//! Commands stand in one file, `sightline/settings.toml` in the user's own folder of settings, and nowhere else: what
//! lies in a repository or a workspace came from others, and nothing of it is ever run.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::error::ConnectError;
use crate::kinds::ALL;
use crate::secret::Environment;

/// Longest file that is read, in bytes.
const MOST_BYTES: u64 = 64 * 1024;
/// Longest token that is taken, in bytes.
const MOST_TOKEN: usize = 16 * 1024;

/// The user's own settings.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct Settings {
    /// By variable that the token would else stand in: what prints it.
    token_command: std::collections::BTreeMap<String, String>,
}

/// Where the user's own settings stand; `None` where the system names no such folder.
fn file(environment: Environment<'_>) -> Option<PathBuf> {
    let folder = |name: &str| environment(name).filter(|v| Path::new(v).is_absolute()).map(PathBuf::from);
    let settings = folder("XDG_CONFIG_HOME")
        .or_else(|| folder("HOME").map(|home| home.join(".config")))
        .or_else(|| folder("APPDATA"))?;
    Some(settings.join("sightline").join("settings.toml"))
}

/// The command that gives a token, by the variable that the token would else stand in; `None` where none is set.
///
/// # Errors
/// [`ConnectError::OwnSettings`]: the file is no good, or others may change it.
pub(crate) fn command(variable: &str, environment: Environment<'_>) -> Result<Option<String>, ConnectError> {
    let Some(path) = file(environment) else { return Ok(None) };
    let wrong = |detail: String| ConnectError::OwnSettings { path: path.clone(), detail };
    let about = match std::fs::metadata(&path) {
        Ok(about) => about,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(wrong(e.kind().to_string())),
    };
    if !about.is_file() || about.len() > MOST_BYTES {
        return Err(wrong("it is no file of settings".to_owned()));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        if about.permissions().mode() & 0o022 != 0 {
            return Err(wrong(
                "others may write it, so what stands there may not be yours; `chmod go-w` it".to_owned(),
            ));
        }
    }
    let text = std::fs::read_to_string(&path).map_err(|e| wrong(e.kind().to_string()))?;
    let settings: Settings = toml::from_str(&text).map_err(|e| wrong(e.message().to_owned()))?;
    let known = |name: &String| ALL.iter().any(|about| about.variables.iter().any(|set| set.contains(&name.as_str())));
    if let Some(name) = settings.token_command.keys().find(|name| !known(name)) {
        return Err(wrong(format!(
            "no service takes a token from `{name}`; `sightline connect` lists their variables"
        )));
    }
    Ok(settings.token_command.get(variable).map(|c| c.trim().to_owned()).filter(|c| !c.is_empty()))
}

/// Runs a command and gives the first line that it prints. It may ask the user for a passphrase, on the terminal.
///
/// # Errors
/// [`ConnectError::TokenCommand`], which never holds what was printed.
pub(crate) fn run(variable: &str, command: &str) -> Result<String, ConnectError> {
    let failed = |detail: String| ConnectError::TokenCommand { variable: variable.to_owned(), detail };
    let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
    let done = Command::new(shell)
        .args([flag, command])
        .stderr(Stdio::inherit())
        .stdin(Stdio::inherit())
        .output()
        .map_err(|e| failed(format!("it could not be started: {}", e.kind())))?;
    if !done.status.success() {
        let how = done.status.code().map_or("it was ended".to_owned(), |code| format!("it ended with {code}"));
        return Err(failed(how));
    }
    let token = String::from_utf8(done.stdout).ok().and_then(|text| Some(text.lines().next()?.trim().to_owned()));
    token
        .filter(|t| !t.is_empty() && t.len() <= MOST_TOKEN)
        .ok_or_else(|| failed("its first line is no token".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is found for `GITHUB_TOKEN` with these settings.
    fn check(text: Option<&str>, mode: u32, expect: &str) {
        let home = tempfile::tempdir().expect("a temporary folder");
        let folder = home.path().join("sightline");
        std::fs::create_dir_all(&folder).expect("a folder can be made");
        if let Some(text) = text {
            let path = folder.join("settings.toml");
            std::fs::write(&path, text).expect("a file can be written");
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt as _;
                std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("it is ours");
            }
        }
        let place = home.path().to_string_lossy().into_owned();
        let found = command("GITHUB_TOKEN", &|name| (name == "XDG_CONFIG_HOME").then(|| place.clone()));
        let said = match found {
            Ok(found) => found.unwrap_or_else(|| "none".to_owned()),
            Err(error) => error.to_string(),
        };
        assert!(said.contains(expect), "{said}");
    }

    #[test]
    fn a_command_stands_in_the_users_own_settings_and_others_may_not_write_them() {
        check(None, 0o600, "none");
        check(Some("[token-command]\nGITHUB_TOKEN = \" pass show github \"\n"), 0o600, "pass show github");
        check(Some("[token-command]\nGITLAB_TOKEN = \"x\"\n"), 0o644, "none");
        check(Some("[token-command]\nGITHUB_TOKKEN = \"x\"\n"), 0o644, "no service takes a token from `GITHUB_TOKKEN`");
        check(Some("[tokens]\nGITHUB_TOKEN = \"x\"\n"), 0o644, "unknown field `tokens`");
        #[cfg(unix)]
        check(Some("[token-command]\nGITHUB_TOKEN = \"x\"\n"), 0o622, "others may write it");
    }

    #[cfg(unix)]
    #[test]
    fn the_first_line_is_the_token_and_no_message_holds_it() {
        let token = run("GITHUB_TOKEN", "printf 's3cret\\nlogin: ann\\n'").expect("it prints one");
        assert_eq!(token, "s3cret");
        let said = run("GITHUB_TOKEN", "echo s3cret; exit 3").expect_err("it fails").to_string();
        assert!(said.contains("ended with 3") && said.contains("GITHUB_TOKEN") && !said.contains("s3cret"), "{said}");
        assert!(run("GITHUB_TOKEN", "true").is_err());
    }
}
