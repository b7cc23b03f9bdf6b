//! Lines added and deleted between two contents, as `git diff --numstat` counts them: Myers' algorithm with git's
//! heuristics, where a line is its bytes with the line end.

use gix::diff::blob::{Algorithm, Diff, Token};
use rustc_hash::FxHashMap;

/// Git looks this far for a NUL byte.
const BINARY_SAMPLE: usize = 8_000;

/// Whether git would call the content binary.
pub(super) fn is_binary(content: &[u8]) -> bool {
    memchr::memchr(0, &content[..content.len().min(BINARY_SAMPLE)]).is_some()
}

/// Lines of a content; a last line without line end counts.
pub(super) fn count(content: &[u8]) -> u32 {
    let ends = memchr::memchr_iter(b'\n', content).count();
    let open = usize::from(content.last().is_some_and(|b| *b != b'\n'));
    u32::try_from(ends + open).unwrap_or(u32::MAX)
}

/// Counts differences; keeps its memory from one pair to the next.
#[derive(Default)]
pub(super) struct Counter {
    before: Vec<Token>,
    after: Vec<Token>,
    diff: Diff,
}

impl Counter {
    /// Lines (added, deleted) from `old` to `new`.
    pub(super) fn compare(&mut self, old: &[u8], new: &[u8]) -> (u32, u32) {
        let head = common_head(old, new);
        let tail = common_tail(&old[head..], &new[head..]);
        let old_part = &old[head..old.len() - tail];
        let new_part = &new[head..new.len() - tail];
        if old_part.is_empty() || new_part.is_empty() {
            return (count(new_part), count(old_part));
        }
        // Only the lines between head and tail are compared. Yet git's heuristics also ask how often such a line
        // occurs in all of the file, so the lines of head and tail are looked up; the others all share token 0.
        let mut tokens: FxHashMap<&[u8], u32> = FxHashMap::default();
        self.before.clear();
        self.after.clear();
        let mut next = 1;
        let mut part = Vec::new();
        for line in lines(old_part) {
            part.push(Token(*tokens.entry(line).or_insert_with(|| take(&mut next))));
        }
        let n_old_tokens = next;
        let n_old_lines = part.len();
        let mut is_any_shared = false;
        for line in lines(new_part) {
            let token = *tokens.entry(line).or_insert_with(|| take(&mut next));
            is_any_shared |= token < n_old_tokens;
            part.push(Token(token));
        }
        let (old_tokens, new_tokens) = part.split_at(n_old_lines);
        if !is_any_shared {
            return (length(new_tokens), length(old_tokens));
        }
        self.before.extend(lines(&old[..head]).map(|line| Token(tokens.get(line).copied().unwrap_or(0))));
        self.after.extend_from_slice(&self.before);
        self.before.extend_from_slice(old_tokens);
        self.after.extend_from_slice(new_tokens);
        let tail_start = self.before.len();
        self.before.extend(lines(&old[old.len() - tail..]).map(|line| Token(tokens.get(line).copied().unwrap_or(0))));
        self.after.extend_from_slice(&self.before[tail_start..]);
        self.diff.compute_with(Algorithm::Myers, &self.before, &self.after, next);
        (self.diff.count_additions(), self.diff.count_removals())
    }
}

fn take(next: &mut u32) -> u32 {
    *next += 1;
    *next - 1
}

fn length(tokens: &[Token]) -> u32 {
    u32::try_from(tokens.len()).unwrap_or(u32::MAX)
}

/// Lines with their line ends.
fn lines(content: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = content;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
        let (line, after) = rest.split_at(end);
        rest = after;
        Some(line)
    })
}

/// Bytes of the lines that both begin with.
fn common_head(old: &[u8], new: &[u8]) -> usize {
    let same = same_start(old, new);
    if same == old.len() && same == new.len() {
        return same;
    }
    memchr::memrchr(b'\n', &old[..same]).map_or(0, |at| at + 1)
}

fn same_start(old: &[u8], new: &[u8]) -> usize {
    let mut at = 0;
    for (a, b) in old.chunks_exact(64).zip(new.chunks_exact(64)) {
        if a != b {
            break;
        }
        at += 64;
    }
    at + old[at..].iter().zip(&new[at..]).take_while(|(a, b)| a == b).count()
}

/// Bytes of the lines that both end with.
fn common_tail(old: &[u8], new: &[u8]) -> usize {
    let mut same = 0;
    for (a, b) in old.rchunks_exact(64).zip(new.rchunks_exact(64)) {
        if a != b {
            break;
        }
        same += 64;
    }
    let old_rest = &old[..old.len() - same];
    let new_rest = &new[..new.len() - same];
    same += old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(a, b)| a == b).count();
    let is_line_start = |content: &[u8]| {
        let at = content.len() - same;
        at == 0 || content[at - 1] == b'\n'
    };
    if is_line_start(old) && is_line_start(new) {
        return same;
    }
    let tail = &old[old.len() - same..];
    memchr::memchr(b'\n', tail).map_or(0, |at| same - at - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_as_git_does() {
        let check = |old: &str, new: &str, expect: (u32, u32)| {
            let mut counter = Counter::default();
            assert_eq!(counter.compare(old.as_bytes(), new.as_bytes()), expect, "{old:?} {new:?}");
            assert_eq!(counter.compare(new.as_bytes(), old.as_bytes()), (expect.1, expect.0), "{new:?} {old:?}");
        };
        check("", "a\n", (1, 0));
        check("", "a\nb", (2, 0));
        check("a", "a\n", (1, 1));
        check("a\nb", "a\nbc\n", (1, 1));
        check("x\ny", "z\ny", (1, 1));
        check("a\nb\nc\n", "a\nc\n", (0, 1));
        check("a\na\n", "a\na\na\n", (1, 0));
        check("a\r\nb\r\n", "a\nb\n", (2, 2));
        check("1\n2\n3\n4\n", "4\n1\n2\n3\n", (1, 1));
        check("\n\n\n", "\n", (0, 2));
        check("{\n}\n{\n}\n", "{\n}\n{\nx\n}\n{\n}\n", (3, 0));
    }

    proptest::proptest! {
        /// What is trimmed and what is not must not change the sum: lines before plus added minus deleted is lines after.
        #[test]
        fn counts_balance(old in "[ab\n]{0,200}", new in "[ab\n]{0,200}") {
            let (added, deleted) = Counter::default().compare(old.as_bytes(), new.as_bytes());
            proptest::prop_assert_eq!(
                i64::from(count(old.as_bytes())) + i64::from(added) - i64::from(deleted),
                i64::from(count(new.as_bytes()))
            );
            if old == new {
                proptest::prop_assert_eq!((added, deleted), (0, 0));
            }
        }
    }
}
