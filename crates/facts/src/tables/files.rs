//! Table `files`.

use crate::spec::Proof;

crate::table! {
    /// One row per file in the tree that was read.
    "files", version 1, proof Proof::Blob("blob");
    row FileRow, builder FilesBuilder, view FilesView;
    repo: Text [""] "Repository, by the name of its source.";
    commit: OptText [""] "Commit at which the file was read; empty for files outside git and for changed files of a work tree.";
    path: Text [""] "File, relative to the root of the repository, with `/` between its parts.";
    blob: Text [""] "Object id of the content (git blob id, computed the same way outside git).";
    kind: Text [""] "`code`, `test`, `docs`, `config`, `generated`, `vendored`, `data`, `binary`, `link`, `lfs` or `submodule`.";
    language: OptText [""] "Language, by tokei's name for it.";
    module: Text [""] "The module that the file belongs to; see table `modules`.";
    bytes: Integer ["bytes"] "Size of the content.";
    lines: Integer ["lines"] "All lines; 0 for binary files.";
    code_lines: Integer ["lines"] "Lines with code, embedded languages included.";
    comment_lines: Integer ["lines"] "Lines with nothing but comment.";
    blank_lines: Integer ["lines"] "Lines with nothing but white space.";
    is_executable: Boolean [""] "The file is marked executable.";
}
