//! What can be found, in the order in which people ask for it.

/// Kind of a thing that can be found. The order is that of the answers: the running system before its data, what it is
/// made with and who looks after it, those before work on it, then documents, then code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A part of the running system.
    Component,
    /// An operation that a component offers.
    Endpoint,
    /// A table, collection or kind of record.
    Table,
    /// A topic, queue or exchange.
    Topic,
    /// A technology of the catalogue.
    Technology,
    /// A user, team or address of a CODEOWNERS file.
    Team,
    /// A work item of a tracker.
    Issue,
    /// A pull or merge request.
    Pull,
    /// A release.
    Release,
    /// A word of the glossary.
    Term,
    /// A package of a manifest or lock file.
    Package,
    /// A field of a table or record.
    Field,
    /// A setting that a document describes.
    Setting,
    /// A heading of a document.
    Heading,
    /// A folder of code.
    Module,
    /// A file.
    File,
    /// A function, class or other named thing in code.
    Symbol,
}

impl Kind {
    /// All of them in order.
    pub const ALL: [Self; 17] = [
        Self::Component,
        Self::Endpoint,
        Self::Table,
        Self::Topic,
        Self::Technology,
        Self::Team,
        Self::Issue,
        Self::Pull,
        Self::Release,
        Self::Term,
        Self::Package,
        Self::Field,
        Self::Setting,
        Self::Heading,
        Self::Module,
        Self::File,
        Self::Symbol,
    ];

    /// The word for it.
    pub fn id(self) -> &'static str {
        match self {
            Self::Component => "component",
            Self::Endpoint => "endpoint",
            Self::Table => "table",
            Self::Topic => "topic",
            Self::Technology => "technology",
            Self::Team => "team",
            Self::Issue => "issue",
            Self::Pull => "pull",
            Self::Release => "release",
            Self::Term => "term",
            Self::Package => "package",
            Self::Field => "field",
            Self::Setting => "setting",
            Self::Heading => "heading",
            Self::Module => "module",
            Self::File => "file",
            Self::Symbol => "symbol",
        }
    }

    /// The kind of that word.
    pub fn of(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.id() == id)
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.id())
    }
}
