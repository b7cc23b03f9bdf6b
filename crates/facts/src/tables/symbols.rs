//! Table `symbols`.

use crate::spec::Proof;

crate::table! {
    /// One row per named thing that code defines: function, method, class, interface and so on.
    "symbols", version 2, proof Proof::TextInLines("name");
    row SymbolRow, builder SymbolsBuilder, view SymbolsView;
    repo: Text [""] "Repository, by the name of its source.";
    commit: OptText [""] "Commit at which the file was read; empty for files outside git and for changed files of a work tree.";
    path: Text [""] "File, relative to the root of the repository, with `/` between its parts.";
    line_start: Integer ["line"] "First line of the evidence, counted from 1.";
    line_end: Integer ["line"] "Last line of the evidence, inclusive.";
    language: Text [""] "Language of the file.";
    kind: Text [""] "`function`, `method`, `constructor`, `class`, `interface`, `trait`, `struct`, `enum`, `record`, `object`, `module`, `namespace`, `type`, `constant`, `macro`, `property`.";
    name: Text [""] "Name as written.";
    container: OptText [""] "Names of the enclosing symbols, outermost first, joined by `.`; empty at the top level.";
    visibility: Text [""] "`public`, `protected`, `package`, `private` by the language's rules; names hidden by convention count as `private`.";
    doc: OptText [""] "First sentence of the documentation comment.";
    parameters: OptText [""] "Parameters as written, without the brackets; empty for what has none.";
    n_parameters: Integer ["parameters"] "Number of parameters, without receiver or self.";
    calls: OptText [""] "Names that a function calls, as written and in the order of their first use, a blank between them, each with what stands before its last dot; of functions that are no test and lie in no other.";
    cyclomatic: OptInteger ["paths"] "Cyclomatic complexity (McCabe, 1976) of a function: decisions + 1.";
    cognitive: OptInteger ["points"] "Cognitive complexity (Campbell, SonarSource, 2018) of a function.";
    nesting: OptInteger ["levels"] "Deepest nesting of control structures in a function.";
    is_test: Boolean [""] "The symbol is a test by its name, annotation or place.";
}
