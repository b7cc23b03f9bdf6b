//! The MCP server: the same tables and citations for assistants.
