//! Patterns of the catalogue and the names that they are compared with.

use rustc_hash::FxHashMap;

use super::Role;

/// Which technologies a pattern stands for.
type Claims = Vec<(usize, Role)>;

/// Patterns of one sort, found by name: exact, then the longest prefix, then the most literal characters.
#[derive(Debug, Clone, Default)]
pub(super) struct Patterns {
    exact: FxHashMap<String, Claims>,
    /// Patterns whose only `*` is the last character, without it.
    prefixes: FxHashMap<String, Claims>,
    /// Lengths of prefixes, longest first.
    lengths: Vec<usize>,
    /// All others, most literal characters first, then by text.
    globs: Vec<(String, Claims)>,
}

impl Patterns {
    /// Adds a pattern of a technology.
    pub(super) fn add(&mut self, pattern: &str, technology: usize, role: Role) {
        let claim = (technology, role);
        // Imports carry their scope before a colon, where `*` means any language and is no wildcard.
        let (scope, rest) = match pattern.strip_prefix("*:") {
            Some(rest) => ("*:", rest),
            None => ("", pattern),
        };
        match rest.find('*') {
            None => self.exact.entry(pattern.to_owned()).or_default().push(claim),
            Some(at) if at + 1 == rest.len() => {
                let prefix = format!("{scope}{}", &rest[..at]);
                if let Err(place) = self.lengths.binary_search_by(|l| prefix.len().cmp(l)) {
                    self.lengths.insert(place, prefix.len());
                }
                self.prefixes.entry(prefix).or_default().push(claim);
            }
            Some(_) => {
                if let Some((_, claims)) = self.globs.iter_mut().find(|(p, _)| p == pattern) {
                    claims.push(claim);
                    return;
                }
                let key = |p: &str| (usize::MAX - literal_characters(p), p.to_owned());
                let place = self.globs.partition_point(|(p, _)| key(p) < key(pattern));
                self.globs.insert(place, (pattern.to_owned(), vec![claim]));
            }
        }
    }

    /// Adds an exact pattern unless somebody claims it already.
    pub(super) fn add_default(&mut self, pattern: &str, technology: usize, role: Role) {
        self.exact.entry(pattern.to_owned()).or_insert_with(|| vec![(technology, role)]);
    }

    /// Claims of the most specific pattern that fits.
    pub(super) fn find(&self, name: &str) -> &[(usize, Role)] {
        if let Some(claims) = self.exact.get(name) {
            return claims;
        }
        let prefix = self.lengths.iter().find_map(|l| Some((*l, self.prefixes.get(name.get(..*l)?)?)));
        let glob = self.globs.iter().find(|(p, _)| fits(p, name));
        match (prefix, glob) {
            (Some((length, _)), Some((pattern, claims))) if literal_characters(pattern) > length => claims,
            (Some((_, claims)), _) | (None, Some((_, claims))) => claims,
            (None, None) => &[],
        }
    }

    /// Claims of the pattern that is this very name.
    pub(super) fn find_exactly(&self, name: &str) -> &[(usize, Role)] {
        self.exact.get(name).map_or(&[], Vec::as_slice)
    }
}

fn literal_characters(pattern: &str) -> usize {
    pattern.bytes().filter(|b| *b != b'*').count()
}

/// Whether a text fits a pattern in which each `*` stands for any characters, also none.
///
/// Each part between stars is looked for as early as it comes, so the cost is the product of both lengths at most.
pub(super) fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// A package's name as patterns write it: lower case, and for Python the registry's normal form.
pub(super) fn package_name(ecosystem: &str, name: &str) -> String {
    let name = name.to_ascii_lowercase();
    if ecosystem != "pypi" {
        return name;
    }
    let mut normal = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            '-' | '_' | '.' if normal.ends_with('-') => {}
            '-' | '_' | '.' => normal.push('-'),
            c => normal.push(c),
        }
    }
    normal
}

/// A Go module without the major version at its end.
pub(super) fn without_major(module: &str) -> Option<&str> {
    let (bare, last) = module.rsplit_once('/')?;
    let digits = last.strip_prefix('v')?;
    (!digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())).then_some(bare)
}

/// An image as patterns write it: lower case, without `docker.io/`, `library/`, tag and digest.
pub(super) fn image_name(image: &str) -> String {
    let image = image.trim().to_ascii_lowercase();
    let image = image.split_once('@').map_or(image.as_str(), |(name, _)| name);
    // A colon after the last slash begins a tag; one before it is the port of a registry.
    let folder = image.rfind('/').map_or(0, |i| i + 1);
    let image = image[folder..].find(':').map_or(image, |colon| &image[..folder + colon]);
    let image = image.strip_prefix("docker.io/").or(image.strip_prefix("index.docker.io/")).unwrap_or(image);
    image.strip_prefix("library/").unwrap_or(image).to_owned()
}

/// The scheme of a URL, in lower case; with the driver's for JDBC and R2DBC.
pub(super) fn scheme(url: &str) -> Option<String> {
    let url = url.trim().trim_start_matches(['"', '\'']).to_ascii_lowercase();
    for outer in ["jdbc", "r2dbc"] {
        if let Some(rest) = url.strip_prefix(outer).and_then(|r| r.strip_prefix(':')) {
            let inner = rest.split(':').next().unwrap_or(rest);
            return Some(format!("{outer}:{inner}"));
        }
    }
    let (scheme, _) = url.split_once("://")?;
    let is_scheme = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.' | b'_');
    (!scheme.is_empty() && scheme.bytes().all(is_scheme)).then(|| scheme.to_owned())
}

/// The language by which patterns of imports know it: all languages of the JVM are `java`, as they import the same.
pub(super) fn import_language(language: &str) -> String {
    let language = language.to_ascii_lowercase();
    match language.as_str() {
        "kotlin" | "scala" | "groovy" | "clojure" => "java".to_owned(),
        "typescript" | "tsx" | "jsx" | "vue" | "svelte" => "javascript".to_owned(),
        _ => language,
    }
}

/// An import, then what stands above it, level by level.
pub(super) fn upwards(import: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(import), |name| {
        let at = name.rfind(['.', '/', ':', '\\'])?;
        Some(name[..at].trim_end_matches(':'))
    })
    .filter(|name| !name.is_empty())
}

/// The package that an import is bound to, where the language's rules tell it from the import alone.
pub(super) fn package_of_import(language: &str, import: &str) -> Option<(&'static str, String)> {
    match language {
        "go" => import.contains('.').then(|| ("golang", import.to_owned())),
        "javascript" => {
            if import.starts_with(['.', '/', '#', '~']) {
                return None;
            }
            let mut parts = import.split('/');
            let first = parts.next()?;
            match first.starts_with('@') {
                true => Some(("npm", format!("{first}/{}", parts.next()?))),
                false => Some(("npm", first.to_owned())),
            }
        }
        "python" if !import.starts_with('.') => Some(("pypi", import.split('.').next()?.to_owned())),
        "rust" => {
            let first = import.split("::").next()?;
            (!matches!(first, "crate" | "self" | "super" | "std" | "core" | "alloc"))
                .then(|| ("cargo", first.replace('_', "-")))
        }
        "ruby" if !import.starts_with('.') => Some(("gem", import.split('/').next()?.to_owned())),
        _ => None,
    }
}
