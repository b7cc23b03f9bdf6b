//! What a user named: a checkout, a bare clone, a folder of several repositories, a plain folder, a git URL, a file that
//! a tracker exported, or a live source.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use sightline_connect::Address;
use sightline_facts::store::Workspace;
use sightline_read::git::clone::{FetchProgress, fetch_url, looks_like_url};
use sightline_read::git::{GitError, GitSource};
use sightline_read::scan::Source;
use sightline_read::trackers;

use crate::ScanError;

/// How deep below a folder repositories are looked for.
const DEPTH: usize = 3;
/// Folders whose repositories are somebody's examples or tools, not what was meant.
const NO_PLACE: [&str; 7] = ["node_modules", ".sightline", "fixtures", "testdata", "test", "tests", "vendor"];
/// More repositories than one workspace is meant to take from one folder.
const MOST_REPOSITORIES: usize = 2_000;

/// One thing to read, as the user named it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// Path, URL or address of a live source.
    pub location: String,
    /// Name to use instead of the one found.
    pub name: Option<String>,
    /// Revision instead of the head.
    pub revision: Option<String>,
    /// Read the work tree's files rather than a commit's.
    pub worktree: bool,
}

/// Finds the sources behind what was named. URLs are cloned into the workspace first, or brought up to date.
///
/// # Errors
/// [`ScanError::Git`] when there is nothing to read at the place, [`ScanError::UnknownFile`] for a
/// file that is no export we know.
pub fn discover(
    workspace: &Workspace,
    asked: &[Asked],
    fetching: &dyn FetchProgress,
    stop: &AtomicBool,
) -> Result<Vec<Source>, ScanError> {
    let mut sources = Vec::new();
    for one in asked {
        if let Some(address) = Address::parse(&one.location) {
            workspace.create()?;
            sources.push(live(workspace, &address?, one, fetching, stop)?);
            continue;
        }
        if looks_like_url(&one.location) {
            workspace.create()?;
            let folder = fetch_url(&one.location, &workspace.clones_dir(), fetching, stop)?;
            let git = GitSource::open(&folder)?.ok_or(GitError::NoSuchPath { path: folder.clone() })?;
            sources.push(repository(git, folder, one, &sightline_read::git::without_secrets(&one.location)));
            continue;
        }
        let folder = absolute(&one.location)?;
        let location = folder.to_string_lossy().into_owned();
        if folder.is_file() {
            let source = export(&folder, one)?;
            // Each table of an export in several files leads to the whole, so naming all of them names it once.
            if !sources.iter().any(|s| s.exports == source.exports) {
                sources.push(source);
            }
            continue;
        }
        if folder.join(sightline_connect::STATE).is_file() {
            // A download of a live source, perhaps one of another workspace: it is read as it is, and nobody is asked.
            sightline_connect::settle(&folder, stop)?;
            sources.push(download(folder, one, location, None));
            continue;
        }
        if let Some(git) = GitSource::open(&folder)? {
            sources.push(repository(git, folder, one, &location));
            continue;
        }
        let nested = repositories_below(&folder)?;
        if !nested.is_empty() {
            for place in nested {
                let asked = Asked { name: None, ..one.clone() };
                if let Some(git) = GitSource::open(&place)? {
                    let location = place.to_string_lossy().into_owned();
                    sources.push(repository(git, place, &asked, &location));
                }
            }
        } else if let Some(git) = GitSource::discover(&folder)? {
            let root = git.work_dir().map_or_else(|| git.git_dir().to_path_buf(), Path::to_path_buf);
            let location = root.to_string_lossy().into_owned();
            sources.push(repository(git, root, one, &location));
        } else {
            // Listing says at once what walking would only note as a gap.
            std::fs::read_dir(&folder)
                .map_err(|e| GitError::NotReadable { path: folder.clone(), detail: e.kind().to_string() })?;
            let name = one.name.clone().unwrap_or_else(|| folder_name(&folder));
            sources.push(Source {
                name,
                location,
                folder,
                git: None,
                worktree: false,
                revision: None,
                exports: Vec::new(),
            });
        }
    }
    name_apart(&mut sources);
    Ok(sources)
}

/// The source of an earlier scan, to be read again.
///
/// # Errors
/// As [`discover`].
pub fn source_of(state: &sightline_facts::store::SourceState) -> Asked {
    Asked {
        location: state.location.clone(),
        name: Some(state.name.clone()),
        revision: state.asked_revision.clone(),
        worktree: state.kind == "worktree",
    }
}

/// The data set of a file that a tracker exported.
fn export(file: &Path, asked: &Asked) -> Result<Source, ScanError> {
    let wrong = |e: std::io::Error| {
        // A message of our own, about a file beside, says all there is to say.
        let detail = if e.get_ref().is_some() { e.to_string() } else { e.kind().to_string() };
        GitError::NotReadable { path: file.to_path_buf(), detail }
    };
    let Some(format) = trackers::recognise(file).map_err(wrong)? else {
        return Err(ScanError::UnknownFile { path: asked.location.clone() });
    };
    let (name, exports) = trackers::data_set(file, &format).map_err(wrong)?;
    Ok(Source {
        name: asked.name.clone().unwrap_or_else(|| sightline_read::text::visible_path(name.as_bytes()).into_owned()),
        location: file.to_string_lossy().into_owned(),
        folder: file.parent().unwrap_or(Path::new("/")).to_path_buf(),
        git: None,
        worktree: false,
        revision: None,
        exports,
    })
}

/// Brings the download of a live source up to date. Where that fails, what was downloaded before is read, and the user
/// is told so.
fn live(
    workspace: &Workspace,
    address: &Address,
    asked: &Asked,
    fetching: &dyn FetchProgress,
    stop: &AtomicBool,
) -> Result<Source, ScanError> {
    let folder = workspace.sources_dir().join(address.folder());
    let title = address.title();
    let options = sightline_connect::Options {
        environment: &|name| std::env::var(name).ok(),
        limits: limits(),
        progress: &Told(fetching),
        stop,
    };
    if let Err(error) = sightline_connect::sync(address, &folder, &options) {
        if matches!(error, sightline_connect::ConnectError::Stopped) || !sightline_connect::earlier(&folder) {
            return Err(error.into());
        }
        fetching
            .notice(&format!("{title} was not brought up to date, and what was downloaded before is read: {error}"));
    }
    Ok(download(folder, asked, address.location.clone(), Some(title)))
}

/// How patient a download is; `SIGHTLINE_WAIT` says for how many minutes at most it waits for a limit to be lifted.
fn limits() -> sightline_connect::Limits {
    let minutes = std::env::var("SIGHTLINE_WAIT").ok().and_then(|text| text.trim().parse::<u64>().ok());
    let mut limits = sightline_connect::Limits::default();
    if let Some(minutes) = minutes {
        limits.longest_wait = std::time::Duration::from_secs(minutes.min(10_000) * 60);
    }
    limits
}

/// The folder of a download as a source.
fn download(folder: PathBuf, asked: &Asked, location: String, title: Option<String>) -> Source {
    let name = asked.name.clone().or(title).unwrap_or_else(|| folder_name(&folder));
    let exports = sightline_connect::exports(&folder);
    Source { name, location, folder, git: None, worktree: false, revision: None, exports }
}

/// Hands what a download says of its progress to whoever is told of clones.
struct Told<'a>(&'a dyn FetchProgress);

impl sightline_connect::Progress for Told<'_> {
    fn downloaded(&self, what: &str, done: u64) {
        self.0.downloaded(what, done);
    }

    fn notice(&self, text: &str) {
        self.0.notice(text);
    }
}

/// What a workspace reads when nothing is named: the list of its `sightline.toml`, else what was read before.
///
/// # Errors
/// A wrong `sightline.toml` or a damaged snapshot.
pub fn asked_before(workspace: &Workspace) -> Result<Vec<Asked>, ScanError> {
    let asked = crate::settings::sources(workspace.root())?;
    if !asked.is_empty() {
        return Ok(asked);
    }
    let snapshot = workspace.snapshot()?.unwrap_or_default();
    Ok(snapshot.sources.values().map(source_of).collect())
}

fn repository(git: GitSource, folder: PathBuf, asked: &Asked, location: &str) -> Source {
    let name = asked.name.clone().unwrap_or_else(|| git.name());
    let worktree = asked.worktree && git.work_dir().is_some();
    let folder = if worktree { git.work_dir().map_or(folder, Path::to_path_buf) } else { folder };
    let (location, revision) = (location.to_owned(), asked.revision.clone());
    Source { name, location, folder, git: Some(git), worktree, revision, exports: Vec::new() }
}

fn absolute(location: &str) -> Result<PathBuf, ScanError> {
    let path = Path::new(location);
    path.canonicalize().map_err(|e| {
        let path = path.to_path_buf();
        ScanError::Git(if e.kind() == std::io::ErrorKind::PermissionDenied {
            GitError::NotReadable { path, detail: "you may not open it".to_owned() }
        } else {
            GitError::NoSuchPath { path }
        })
    })
}

fn folder_name(folder: &Path) -> String {
    let name = folder.file_name().map_or_else(|| "root".to_owned(), |n| n.to_string_lossy().into_owned());
    sightline_read::text::visible_path(name.as_bytes()).into_owned()
}

/// Repositories in the folders below, nearest first by name; a repository's own folders are not searched.
fn repositories_below(folder: &Path) -> Result<Vec<PathBuf>, ScanError> {
    let mut found = Vec::new();
    let mut level = vec![folder.to_path_buf()];
    for _ in 0..DEPTH {
        let mut next = Vec::new();
        for place in level {
            let Ok(entries) = std::fs::read_dir(&place) else { continue };
            let mut children: Vec<PathBuf> = entries
                .flatten()
                .filter(|e| e.file_type().is_ok_and(|t| t.is_dir()))
                .map(|e| e.path())
                .filter(|p| p.file_name().is_none_or(|n| !NO_PLACE.iter().any(|w| n == *w)))
                .collect();
            children.sort();
            for child in children {
                let is_git =
                    child.join(".git").exists() || (child.join("HEAD").is_file() && child.join("objects").is_dir());
                if is_git && GitSource::open(&child)?.is_some() {
                    found.push(child);
                } else {
                    next.push(child);
                }
                if found.len() >= MOST_REPOSITORIES {
                    return Ok(found);
                }
            }
        }
        level = next;
    }
    Ok(found)
}

/// Two sources of one name get their parent folder's name in front, then a number.
fn name_apart(sources: &mut [Source]) {
    let mut taken = BTreeSet::new();
    for source in sources {
        if !taken.insert(source.name.clone()) {
            let parent = source.folder.parent().map(folder_name).unwrap_or_default();
            let mut name = format!("{parent}-{}", source.name);
            let mut n = 2;
            while !taken.insert(name.clone()) {
                name = format!("{parent}-{}-{n}", source.name);
                n += 1;
            }
            source.name = name;
        }
    }
}
