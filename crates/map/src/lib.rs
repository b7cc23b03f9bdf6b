//! From rows about files to rows about structure: modules, the imports between them, cycles, layers and the places
//! where execution begins. Pure functions; no file is read here and nothing is worded.
//!
//! A scan builds one [`ModuleIndex`] from its listing of the tree and asks it for `files.module`; afterwards
//! [`modules`] reads the source tables back and derives `modules`, `module_imports` and `entry_points`.

mod catalogue;
mod derive;
mod drift;
mod entry_points;
mod error;
mod graph;
mod graph_questions;
mod index;
mod join;
mod query;
mod system;
mod system_map;

pub use catalogue::{Catalogue, Hit, KINDS, Role, Technology, catalogue_reference, catalogue_texts, technologies};
pub use derive::modules;
pub use drift::{Declared, Drift, drift};
pub use error::MapError;
pub use graph::{Structure, structure};
pub use graph_questions::{
    Flow, Hop, Impact, Reached, Step, StepKind, Subject, bare, find, flow, impact, names as map_names, stories,
};
pub use index::{IndexedFile, Module, ModuleIndex, ModuleKind};
pub use join::{Person, dependencies, people, work};
pub use system::{Correction, Says, WORKSPACE, system, system_texts};
pub use system_map::{Component, Connection, Endpoint, Entity, Gap, ReadAt, Spot, SystemMap, Topic, short as short_id};
