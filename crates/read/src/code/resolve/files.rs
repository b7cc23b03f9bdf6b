//! The files and folders of a repository, findable by path and by the end of a path.

use rustc_hash::{FxHashMap, FxHashSet};

/// More files of one name than this are not compared one by one.
const MAX_CANDIDATES: usize = 512;

/// All paths of a repository.
#[derive(Debug, Default)]
pub(super) struct Files {
    paths: Vec<String>,
    by_path: FxHashMap<String, u32>,
    /// Files by their last part, and by their last two.
    by_end: FxHashMap<String, Vec<u32>>,
    folders: Vec<String>,
    folder_by_path: FxHashMap<String, u32>,
    folders_by_end: FxHashMap<String, Vec<u32>>,
}

/// Answer to a question for the end of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found<'a> {
    One(&'a str),
    Several,
    Nothing,
}

impl Files {
    pub(super) fn add(&mut self, path: &str) {
        self.paths.push(path.to_owned());
    }

    pub(super) fn finish(&mut self) {
        self.paths.sort_unstable();
        self.paths.dedup();
        let mut seen: FxHashSet<&str> = FxHashSet::default();
        for path in &self.paths {
            let mut folder = super::folder(path);
            while !folder.is_empty() && seen.insert(folder) {
                self.folders.push(folder.to_owned());
                folder = super::folder(folder);
            }
        }
        self.folders.sort_unstable();
        index(&self.paths, &mut self.by_path, &mut self.by_end);
        index(&self.folders, &mut self.folder_by_path, &mut self.folders_by_end);
    }

    /// The file of exactly that path.
    pub(super) fn file(&self, path: &str) -> Option<&str> {
        self.by_path.get(path).and_then(|i| self.paths.get(*i as usize)).map(String::as_str)
    }

    /// The folder of exactly that path.
    pub(super) fn folder(&self, path: &str) -> Option<&str> {
        self.folder_by_path.get(path).and_then(|i| self.folders.get(*i as usize)).map(String::as_str)
    }

    /// The file whose path ends so, the one nearest to `from` when there are several.
    pub(super) fn ending(&self, end: &str, from: &str) -> Found<'_> {
        nearest(ending(&self.paths, &self.by_end, end), from)
    }

    /// All files whose path ends so.
    pub(super) fn all_ending<'s>(&'s self, end: &str) -> impl Iterator<Item = &'s str> {
        ending(&self.paths, &self.by_end, end)
    }

    /// The folder whose path ends so, the one nearest to `from` when there are several.
    pub(super) fn folder_ending(&self, end: &str, from: &str) -> Found<'_> {
        nearest(ending(&self.folders, &self.folders_by_end, end), from)
    }
}

fn index(paths: &[String], by_path: &mut FxHashMap<String, u32>, by_end: &mut FxHashMap<String, Vec<u32>>) {
    for (place, path) in paths.iter().enumerate() {
        let place = u32::try_from(place).unwrap_or(u32::MAX);
        by_path.insert(path.clone(), place);
        for end in [last(path, 1), last(path, 2)] {
            let places = by_end.entry(end.to_owned()).or_default();
            if places.last() != Some(&place) {
                places.push(place);
            }
        }
    }
}

/// The last `n` parts of a path.
fn last(path: &str, n: usize) -> &str {
    path.rmatch_indices('/').nth(n - 1).map_or(path, |(place, _)| &path[place + 1..])
}

fn ending<'s, 'e>(
    paths: &'s [String],
    by_end: &'s FxHashMap<String, Vec<u32>>,
    end: &'e str,
) -> impl Iterator<Item = &'s str> + use<'s, 'e> {
    let places = by_end.get(last(end, 2)).map_or(&[][..], Vec::as_slice);
    let places = if places.len() > MAX_CANDIDATES { &[][..] } else { places };
    places
        .iter()
        .filter_map(|i| paths.get(*i as usize))
        .map(String::as_str)
        .filter(move |path| path.strip_suffix(end).is_some_and(|head| head.is_empty() || head.ends_with('/')))
}

/// The path that shares the most folders with `from`, if one does more than all others.
pub(super) fn nearest<'s>(paths: impl Iterator<Item = &'s str>, from: &str) -> Found<'s> {
    let mut best: Option<(usize, &str)> = None;
    let mut is_tie = false;
    for path in paths {
        let shared = path.split('/').zip(from.split('/')).take_while(|(a, b)| a == b).count();
        match best {
            Some((n, _)) if n > shared => {}
            Some((n, _)) if n == shared => is_tie = true,
            _ => {
                best = Some((shared, path));
                is_tie = false;
            }
        }
    }
    match best {
        None => Found::Nothing,
        Some(_) if is_tie => Found::Several,
        Some((_, path)) => Found::One(path),
    }
}

/// Follows a relative path from a folder; `None` where it leaves the repository.
pub(super) fn join(folder: &str, relative: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|p| !p.is_empty()).collect();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// A folder and all above it, the nearest first; the root is the empty path.
pub(super) fn upwards(folder: &str) -> impl Iterator<Item = &str> {
    let mut next = Some(folder);
    std::iter::from_fn(move || {
        let here = next?;
        next = (!here.is_empty()).then(|| super::folder(here));
        Some(here)
    })
}
