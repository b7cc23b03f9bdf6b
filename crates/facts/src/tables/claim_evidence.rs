//! Table `claim_evidence`.

use crate::spec::Proof;

crate::table! {
    /// One row per place on which a claim stands.
    "claim_evidence", version 2, proof Proof::Lines;
    row ClaimEvidenceRow, builder ClaimEvidenceBuilder, view ClaimEvidenceView;
    claim: Text [""] "The claim.";
    position: Integer [""] "Order.";
    repo: Text [""] "Repository, by the name of its source.";
    commit: OptText [""] "Commit.";
    path: OptText [""] "File, where the evidence is a file.";
    line_start: OptInteger ["line"] "First line.";
    line_end: OptInteger ["line"] "Last line.";
    quote: OptText [""] "Text that stands in those lines, shortened; empty where the row says it in other words.";
    about: OptText [""] "What the cited row says there, in words that need not stand in the lines.";
    from_table: Text [""] "Table of the row that is cited.";
}
