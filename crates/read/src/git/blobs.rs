//! Reading blobs: one reader per thread, one buffer reused for every blob.

use gix::objs::Find;

use super::{one_line, parse_id};

/// What a blob turned out to be.
#[derive(Debug, PartialEq, Eq)]
pub enum Blob<'a> {
    /// Its bytes.
    Bytes(&'a [u8]),
    /// It has this many bytes, more than the limit, and was not read.
    TooLarge(u64),
    /// The clone does not have it: partial or damaged.
    Missing,
    /// It is there and cannot be read.
    Damaged(String),
}

/// Reads blobs of one repository on one thread.
pub struct BlobReader {
    repo: gix::Repository,
    buffer: Vec<u8>,
}

impl std::fmt::Debug for BlobReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BlobReader").finish_non_exhaustive()
    }
}

impl BlobReader {
    /// A buffer that grew beyond this is given back before the next blob.
    const KEPT: usize = 16 << 20;

    pub(super) fn new(repo: gix::Repository) -> Self {
        Self { repo, buffer: Vec::new() }
    }

    /// Size of a blob in bytes from its header alone.
    pub fn size(&self, id: &str) -> Option<u64> {
        self.repo.try_find_header(parse_id(id)?).ok().flatten().map(|header| header.size())
    }

    /// Reads a blob of at most `limit` bytes. A larger one is refused by its header, before it is inflated.
    pub fn read(&mut self, id: &str, limit: u64) -> Blob<'_> {
        let Some(id) = parse_id(id) else { return Blob::Damaged("that is no object id".to_owned()) };
        let size = match self.repo.try_find_header(id) {
            Ok(Some(header)) if header.kind() != gix::object::Kind::Blob => {
                return Blob::Damaged(format!("a {} is where a file should be", header.kind()));
            }
            Ok(Some(header)) => header.size(),
            Ok(None) => return Blob::Missing,
            Err(error) => return Blob::Damaged(one_line(&error.to_string())),
        };
        if size > limit {
            return Blob::TooLarge(size);
        }
        if self.buffer.capacity() > Self::KEPT {
            self.buffer = Vec::new();
        }
        match self.repo.objects.try_find(&id, &mut self.buffer) {
            Ok(Some(data)) => Blob::Bytes(data.data),
            Ok(None) => Blob::Missing,
            Err(error) => Blob::Damaged(one_line(&error.to_string())),
        }
    }
}
