//! The local web app: the pages of the report, served over loopback with evidence, search and SQL.
