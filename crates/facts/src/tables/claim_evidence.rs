//! Table `claim_evidence`.

use crate::spec::Proof;

crate::table! {
    /// One row per place on which a claim stands.
    "claim_evidence", version 1, proof Proof::Lines;
    row ClaimEvidenceRow, builder ClaimEvidenceBuilder, view ClaimEvidenceView;
    claim: Text [""] "The claim.";
    position: Integer [""] "Order.";
    repo: Text [""] "Repository, by the name of its source.";
    commit: OptText [""] "Commit.";
    path: OptText [""] "File, where the evidence is a file.";
    line_start: OptInteger ["line"] "First line.";
    line_end: OptInteger ["line"] "Last line.";
    quote: OptText [""] "Text of those lines, shortened.";
    from_table: Text [""] "Table of the row that is cited.";
}
