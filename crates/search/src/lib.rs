//! The search index over what a workspace holds: components, endpoints, files, symbols, tables, packages, words.
