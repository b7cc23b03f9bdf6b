//! Table `claims`.

use crate::spec::Proof;

crate::table! {
    /// One row per sentence that reports say.
    "claims", version 1, proof Proof::Derived;
    row ClaimRow, builder ClaimsBuilder, view ClaimsView;
    claim: Text [""] "Id: section, claim and subject.";
    section: Text [""] "Section of the report that says it.";
    position: Integer [""] "Place in the section.";
    repo: OptText [""] "Repository it is about; empty when it is about all.";
    text: Text [""] "The sentence in plain text.";
    template: Text [""] "The template it was made from.";
    figures: Text [""] "Typed values in it, as JSON.";
    basis: Text [""] "`declared`, `resolved`, `inferred`, `said` or `unknown`.";
    query: Text [""] "The SQL that gave the values.";
    n_evidence: Integer ["rows"] "Evidence rows in `claim_evidence`.";
}
