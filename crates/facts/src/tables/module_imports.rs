//! Table `module_imports`.

use crate::spec::Proof;

crate::table! {
    /// One row per pair of modules of which one imports the other.
    "module_imports", version 1, proof Proof::TextInLines("target");
    row ModuleImportRow, builder ModuleImportsBuilder, view ModuleImportsView;
    repo: Text [""] "Repository, by the name of its source.";
    commit: OptText [""] "Commit at which the file was read; empty for files outside git and for changed files of a work tree.";
    path: Text [""] "File, relative to the root of the repository, with `/` between its parts.";
    line_start: Integer ["line"] "First line of the evidence, counted from 1.";
    line_end: Integer ["line"] "Last line of the evidence, inclusive.";
    module: Text [""] "The module that imports.";
    uses: Text [""] "The module that is imported.";
    target: Text [""] "The import on the cited line, as written.";
    n_imports: Integer ["imports"] "Import statements between the two.";
    n_files: Integer ["files"] "Files that hold them.";
    is_test: Boolean [""] "Only test files import.";
    in_cycle: Boolean [""] "Both belong to the same import cycle.";
}
