//! Table `modules`.

use crate::spec::Proof;

crate::table! {
    /// One row per module: the folder of a manifest, or a package or folder of code inside it.
    "modules", version 1, proof Proof::Derived;
    row ModuleRow, builder ModulesBuilder, view ModulesView;
    repo: Text [""] "Repository, by the name of its source.";
    module: Text [""] "Id, `module:<repo>:<path>`.";
    name: Text [""] "Name: of the manifest, otherwise the package or folder.";
    path: Text [""] "Folder, relative to the root; empty for the root.";
    kind: Text [""] "`project` for a folder with a manifest, `package` for a folder of code inside one, `folder` for anything else.";
    project: OptText [""] "Module of the project that it is part of.";
    language: OptText [""] "Language with the most code lines.";
    n_files: Integer ["files"] "Files of kind code and test directly in the module.";
    code_lines: Integer ["lines"] "Lines of code without tests.";
    test_lines: Integer ["lines"] "Lines of test code.";
    n_functions: Integer ["functions"] "Functions and methods.";
    max_cyclomatic: OptInteger ["paths"] "Highest cyclomatic complexity of one function.";
    n_uses: Integer ["modules"] "Modules that it imports.";
    n_used_by: Integer ["modules"] "Modules that import it.";
    layer: Integer [""] "Longest chain of imports below it: 0 for a module that imports no other; modules of one cycle share a layer.";
    cycle: OptText [""] "Id of the import cycle that it is part of.";
    has_tests: Boolean [""] "Tests stand in the module, or import it.";
    has_docs: Boolean [""] "A README stands in its folder.";
}
