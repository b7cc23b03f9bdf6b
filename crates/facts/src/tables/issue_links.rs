//! Table `issue_links`.

use crate::spec::Proof;

crate::table! {
    /// One row per relation between work items, from the end at which it is written; a relation kept at both ends has two rows.
    "issue_links", version 1, proof Proof::Lines;
    row IssueLinkRow, builder IssueLinksBuilder, view IssueLinksView;
    repo: Text [""] "Data set, by the name of its source.";
    from_item: Text [""] "The issue or pull request that tells of it.";
    to_key: Text [""] "Key of the other one, as in `issues.key` or `pulls.key`; it may be in another data set or nowhere.";
    kind: Text [""] "`depends-on`, `blocks`, `duplicates`, `relates`, `follows`, `supersedes`, `closes`, `addresses`, `mentions`, `part-of`, `has-part` or `other`.";
    type_name: Text [""] "The tracker's own word for the relation.";
    is_inward: Boolean [""] "The tracker lists it as leading here from the other item.";
    basis: Text [""] "`declared` where the tracker keeps it as a relation, `said` where people wrote it in a text.";
    at: OptInstant [""] "When it was written, where that is known.";
    path: Text [""] "File of the export.";
    line_start: Integer ["line"] "First line of the item's record.";
    line_end: Integer ["line"] "Last line of the item's record.";
}
