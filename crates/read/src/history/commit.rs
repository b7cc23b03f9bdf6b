//! One commit to rows: the commit itself, what its message names, and the files it changed.

use gix::ObjectId;
use gix::attrs::search::Outcome;
use gix::bstr::ByteSlice;
use gix::objs::Find;
use rustc_hash::FxHashMap;
use sightline_facts::tables::changes::ChangeRow;
use sightline_facts::tables::commit_references::CommitReferenceRow;
use sightline_facts::tables::commits::CommitRow;
use sightline_facts::tables::gaps::GapRow;

use super::attributes::{self, Attributes};
use super::lines::{self, Counter};
use super::message::{Message, Person, RawCommit, clean};
use super::renames::{self, Contents};
use super::trees::{self, Change, Changes, Side, TreeCache};
use super::{HistoryOptions, references, walk};
use crate::git::{GitSource, TreeMode};
use crate::rows::SourceRows;
use crate::text::visible_path;

/// Larger blobs are not compared line by line; their change has no counts and a gap says so.
const LARGEST_BLOB: u64 = 128 << 20;
/// Bytes of decoded pack entries kept per thread, the bases of deltas.
const PACK_CACHE: usize = 64 << 20;

/// What all worker threads read.
pub(super) struct Shared<'a> {
    pub(super) repo: &'a str,
    pub(super) plan: &'a walk::Plan,
    pub(super) options: &'a HistoryOptions,
    mailmap: gix::mailmap::Snapshot,
    attributes: Attributes,
    shallow: &'a [ObjectId],
}

impl<'a> Shared<'a> {
    pub(super) fn new(
        git: &'a GitSource,
        repo: &'a str,
        tip: &str,
        options: &'a HistoryOptions,
        plan: &'a walk::Plan,
    ) -> Self {
        let local = git.local();
        let tip = crate::git::parse_id(tip);
        let (mailmap, attributes) = match tip.filter(|_| !plan.commits.is_empty()) {
            Some(tip) => (attributes::mailmap_bytes(&local, tip), Attributes::at(git, &local, tip)),
            None => (Vec::new(), Attributes::default()),
        };
        let mailmap = gix::mailmap::Snapshot::from_bytes(&mailmap);
        Self { repo, plan, options, mailmap, attributes, shallow: git.shallow() }
    }
}

/// What one commit came to.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally {
    pub(super) n_commits: u64,
    pub(super) n_changes: u64,
    pub(super) n_gaps: u64,
    pub(super) newest_at: Option<i64>,
}

/// A thread's own caches and buffers.
pub(super) struct Worker<'a> {
    shared: &'a Shared<'a>,
    repo: gix::Repository,
    trees: TreeCache,
    changes: Changes,
    counted: Vec<Counted>,
    counter: Counter,
    blobs: Blobs,
    pub(super) tally: Tally,
}

/// Lines of a change, where they could be counted.
#[derive(Debug, Clone, Copy)]
enum Counted {
    Lines(u32, u32),
    Binary,
    Unknown(Trouble),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    Missing,
    Damaged,
    TooLarge,
}

impl<'a> Worker<'a> {
    pub(super) fn new(git: &GitSource, shared: &'a Shared<'a>) -> Self {
        let mut repo = git.local();
        repo.objects.unset_object_cache();
        repo.objects.set_pack_cache(|| Box::new(gix::odb::pack::cache::lru::MemoryCappedHashmap::new(PACK_CACHE)));
        Self {
            shared,
            repo,
            trees: TreeCache::default(),
            changes: Changes::default(),
            counted: Vec::new(),
            counter: Counter::default(),
            blobs: Blobs {
                attributes: shared.attributes.outcome(),
                old: Vec::new(),
                new: Vec::new(),
                sizes: FxHashMap::default(),
            },
            tally: Tally::default(),
        }
    }

    fn gap(&mut self, rows: &mut SourceRows, commit: &str, path: Option<&str>, reason: &str, detail: &str) {
        self.tally.n_gaps += 1;
        rows.gaps.push(&GapRow {
            repo: self.shared.repo,
            commit: Some(commit),
            path,
            reader: "history",
            reason,
            detail,
            ..GapRow::default()
        });
    }

    /// A commit that the walk could not read.
    pub(super) fn unreadable(&mut self, id: &ObjectId, reason: &str, detail: &str, rows: &mut SourceRows) {
        self.gap(rows, &id.to_string(), None, reason, detail);
    }

    /// Adds all rows of one commit.
    pub(super) fn commit(&mut self, id: &ObjectId, rows: &mut SourceRows) {
        let hex = id.to_string();
        let mut buffer = Vec::new();
        let raw = match self.repo.objects.try_find(id, &mut buffer) {
            Ok(Some(data)) => RawCommit::parse(data.data).and_then(|raw| Some((raw.tree_id()?, raw))),
            _ => None,
        };
        let Some((tree, raw)) = raw else {
            // The walk read it a moment ago; it went away since.
            self.gap(rows, &hex, None, "missing-object", "the commit went away while its history was read");
            return;
        };
        let parents: Vec<ObjectId> = raw.parents().collect();
        self.changes.clear();
        self.counted.clear();
        if self.shared.shallow.binary_search(id).is_ok() {
            let detail = "history ends here: the clone is shallow, so what this commit changed is not known";
            self.gap(rows, &hex, None, "shallow", detail);
        } else if parents.len() <= 1 {
            self.compare(&hex, tree, parents.first(), rows);
        }
        self.push(&hex, tree, &parents, &raw, rows);
    }

    /// Fills `changes` and `counted` with what differs from the first parent.
    fn compare(&mut self, hex: &str, tree: ObjectId, parent: Option<&ObjectId>, rows: &mut SourceRows) {
        let mut old_tree = None;
        if let Some(parent) = parent {
            let mut buffer = Vec::new();
            let found = match self.repo.objects.try_find(parent, &mut buffer) {
                Ok(Some(data)) => RawCommit::parse(data.data).and_then(|raw| raw.tree_id()),
                _ => None,
            };
            let Some(found) = found else {
                let detail = format!("its parent {parent} is not there, so what it changed is not known");
                self.gap(rows, hex, None, "missing-object", &detail);
                return;
            };
            old_tree = Some(found);
        }
        trees::compare(&self.repo, &mut self.trees, old_tree, Some(tree), &mut self.changes);
        for (folder, reason, detail) in std::mem::take(&mut self.changes.gaps) {
            let path = visible_path(&folder);
            self.gap(rows, hex, Some(&path).filter(|p| !p.is_empty()).map(AsRef::as_ref), reason, &detail);
        }
        self.blobs.sizes.clear();
        if self.shared.options.renames {
            let mut contents = Lender { repo: &self.repo, shared: self.shared, blobs: &mut self.blobs };
            renames::find(&mut self.changes, self.shared.options.rename_limit, &mut contents);
        }
        for change in &self.changes.list {
            let path = self.changes.path(change);
            let old_path = self.changes.old_path(change).unwrap_or(path);
            let mut contents = Lender { repo: &self.repo, shared: self.shared, blobs: &mut self.blobs };
            let counted = contents.count(change, old_path, path, &mut self.counter);
            self.counted.push(counted);
        }
        self.trouble(hex, rows);
    }

    /// One gap per kind of trouble, however many files it hit.
    fn trouble(&mut self, hex: &str, rows: &mut SourceRows) {
        for (trouble, reason, words) in [
            (Trouble::Missing, "missing-object", "the clone does not have the content of"),
            (Trouble::Damaged, "damaged", "the stored content cannot be read of"),
            (Trouble::TooLarge, "too-large", "lines were not counted, for its size, of"),
        ] {
            let mut hit = self
                .changes
                .list
                .iter()
                .zip(&self.counted)
                .filter(|(_, counted)| matches!(counted, Counted::Unknown(t) if *t == trouble));
            let Some((first, _)) = hit.next() else { continue };
            let n_more = hit.count();
            let path = visible_path(self.changes.path(first)).into_owned();
            let detail = match n_more {
                0 => format!("{words} this file"),
                n => format!("{words} this file and {n} more"),
            };
            self.gap(rows, hex, Some(&path), reason, &detail);
        }
    }

    fn push(&mut self, hex: &str, tree: ObjectId, parents: &[ObjectId], raw: &RawCommit<'_>, rows: &mut SourceRows) {
        let (author, committer) = (Person::parse(raw.author), Person::parse(raw.committer));
        let committed_at = committer.micros();
        self.push_changes(hex, committed_at, rows);
        let text = raw.text();
        let message = Message::parse(&text);
        let nature = references::nature(&message, &text);
        for reference in references::references(&message, &text) {
            rows.commit_references.push(&CommitReferenceRow {
                repo: self.shared.repo,
                commit: hex,
                kind: reference.kind,
                key: &reference.key,
                value: &reference.value,
                ..CommitReferenceRow::default()
            });
        }
        let (author_name, author_email) = self.resolve(raw, &author);
        let (committer_name, committer_email) = self.resolve(raw, &committer);
        let (mut added, mut deleted) = (0_i64, 0_i64);
        for counted in &self.counted {
            if let Counted::Lines(a, d) = counted {
                added += i64::from(*a);
                deleted += i64::from(*d);
            }
        }
        let parent_ids: Vec<String> = parents.iter().map(ToString::to_string).collect();
        let parent_ids = parent_ids.join(" ");
        rows.commits.push(&CommitRow {
            repo: self.shared.repo,
            commit: hex,
            tree: &tree.to_string(),
            authored_at: author.micros(),
            author_offset: author.offset,
            author_name: &author_name,
            author_email: &author_email,
            committed_at,
            committer_name: &committer_name,
            committer_email: &committer_email,
            subject: &message.subject,
            body: message.body.as_deref(),
            n_parents: i64::try_from(parents.len()).unwrap_or(i64::MAX),
            parents: Some(parent_ids.as_str()).filter(|p| !p.is_empty()),
            change_type: nature.change_type.as_deref(),
            change_scope: nature.change_scope.as_deref(),
            is_breaking: nature.is_breaking,
            is_bot: references::is_bot(&author_name, &author_email),
            is_merge: parents.len() > 1,
            is_revert: nature.is_revert,
            n_files: i64::try_from(self.changes.list.len()).unwrap_or(i64::MAX),
            added,
            deleted,
            ..CommitRow::default()
        });
        self.tally.n_commits += 1;
        self.tally.n_changes += self.changes.list.len() as u64;
        if self.shared.options.now.is_none_or(|now| committed_at <= now) {
            self.tally.newest_at = self.tally.newest_at.max(Some(committed_at));
        }
    }

    fn push_changes(&mut self, hex: &str, committed_at: i64, rows: &mut SourceRows) {
        for (change, counted) in self.changes.list.iter().zip(&self.counted) {
            let old_path = self.changes.old_path(change).map(visible_path);
            let kind = match (&change.old, &change.new) {
                _ if old_path.is_some() => "renamed",
                (None, _) => "added",
                (_, None) => "deleted",
                _ => "modified",
            };
            let (added, deleted) = match counted {
                Counted::Lines(added, deleted) => (Some(i64::from(*added)), Some(i64::from(*deleted))),
                _ => (None, None),
            };
            rows.changes.push(&ChangeRow {
                repo: self.shared.repo,
                commit: hex,
                committed_at,
                path: &visible_path(self.changes.path(change)),
                old_path: old_path.as_deref(),
                kind,
                added,
                deleted,
                ..ChangeRow::default()
            });
        }
    }

    /// Name and lower-case address after mailmap.
    fn resolve(&self, raw: &RawCommit<'_>, person: &Person<'_>) -> (String, String) {
        let signature =
            gix::actor::SignatureRef { name: person.name.as_bstr(), email: person.email.as_bstr(), time: "0 +0000" };
        let mapped = self.shared.mailmap.try_resolve_ref(signature);
        let name = mapped.as_ref().and_then(|m| m.name).map_or(person.name, |name| name.as_bytes());
        let email = mapped.as_ref().and_then(|m| m.email).map_or(person.email, |email| email.as_bytes());
        (clean(&raw.decode(name)), clean(&raw.decode(email)).to_lowercase())
    }
}

/// Buffers for the two contents that are compared.
struct Blobs {
    attributes: Outcome,
    old: Vec<u8>,
    new: Vec<u8>,
    sizes: FxHashMap<ObjectId, Option<u64>>,
}

/// Lends contents out of the object store.
struct Lender<'a> {
    repo: &'a gix::Repository,
    shared: &'a Shared<'a>,
    blobs: &'a mut Blobs,
}

impl Lender<'_> {
    fn is_binary_by_attribute(&mut self, side: &Side, path: &[u8]) -> Option<bool> {
        if self.shared.attributes.is_empty() || !side.is_file() {
            return None;
        }
        self.shared.attributes.is_binary(path, &mut self.blobs.attributes)
    }

    fn is_binary(&mut self, side: Option<&Side>, path: &[u8], content: &[u8]) -> bool {
        side.is_some_and(|side| self.is_binary_by_attribute(side, path).unwrap_or_else(|| lines::is_binary(content)))
    }

    fn count(&mut self, change: &Change, old_path: &[u8], new_path: &[u8], counter: &mut Counter) -> Counted {
        let (mut old, mut new) = (std::mem::take(&mut self.blobs.old), std::mem::take(&mut self.blobs.new));
        let lines = self.count_in(change, old_path, new_path, counter, &mut old, &mut new);
        for buffer in [&mut old, &mut new] {
            buffer.clear();
            buffer.shrink_to(8 << 20);
        }
        (self.blobs.old, self.blobs.new) = (old, new);
        lines
    }

    fn count_in(
        &mut self,
        change: &Change,
        old_path: &[u8],
        new_path: &[u8],
        counter: &mut Counter,
        old: &mut Vec<u8>,
        new: &mut Vec<u8>,
    ) -> Counted {
        if let Err(trouble) = load(self.repo, change.old.as_ref(), old) {
            return Counted::Unknown(trouble);
        }
        let is_same = change.old.as_ref().map(|s| s.id) == change.new.as_ref().map(|s| s.id);
        if is_same {
            // Renamed or with another mode: nothing to compare, yet a binary file has no lines at all.
            let is_binary = self.is_binary(change.old.as_ref(), old_path, old)
                || self.is_binary(change.new.as_ref(), new_path, old);
            return if is_binary { Counted::Binary } else { Counted::Lines(0, 0) };
        }
        if self.is_binary(change.old.as_ref(), old_path, old) {
            return Counted::Binary;
        }
        if let Err(trouble) = load(self.repo, change.new.as_ref(), new) {
            return Counted::Unknown(trouble);
        }
        if self.is_binary(change.new.as_ref(), new_path, new) {
            return Counted::Binary;
        }
        let (added, deleted) = counter.compare(old, new);
        Counted::Lines(added, deleted)
    }
}

/// Puts the content of a side into the buffer; a side that is not there is empty.
fn load(repo: &gix::Repository, side: Option<&Side>, buffer: &mut Vec<u8>) -> Result<(), Trouble> {
    buffer.clear();
    let Some(side) = side else { return Ok(()) };
    if side.mode == TreeMode::Submodule {
        buffer.extend_from_slice(format!("Subproject commit {}\n", side.id).as_bytes());
        return Ok(());
    }
    // A hostile blob can inflate to anything, so its header is asked first.
    match repo.try_find_header(side.id) {
        Ok(Some(header)) if header.size() > LARGEST_BLOB => return Err(Trouble::TooLarge),
        Ok(None) => return Err(Trouble::Missing),
        _ => {}
    }
    match repo.objects.try_find(&side.id, buffer) {
        Ok(Some(data)) if data.kind == gix::object::Kind::Blob => Ok(()),
        Ok(Some(_)) | Err(_) => Err(Trouble::Damaged),
        Ok(None) => Err(Trouble::Missing),
    }
}

impl Contents for Lender<'_> {
    fn size(&mut self, side: &Side) -> Option<u64> {
        let repo = self.repo;
        *self
            .blobs
            .sizes
            .entry(side.id)
            .or_insert_with(|| repo.try_find_header(side.id).ok().flatten().map(|header| header.size()))
    }

    fn load(&mut self, side: &Side, path: &[u8]) -> Option<(&[u8], bool)> {
        let mut buffer = std::mem::take(&mut self.blobs.old);
        let loaded = load(self.repo, Some(side), &mut buffer);
        let is_binary = loaded.is_ok() && self.is_binary(Some(side), path, &buffer);
        self.blobs.old = buffer;
        loaded.is_ok().then_some((self.blobs.old.as_slice(), !is_binary))
    }
}
