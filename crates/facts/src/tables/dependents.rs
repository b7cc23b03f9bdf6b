//! Table `dependents`.

use crate::spec::Proof;

crate::table! {
    /// One row per component and other component that depends on it, directly or through others.
    "dependents", version 1, proof Proof::Derived;
    row DependentRow, builder DependentsBuilder, view DependentsView;
    component: Text [""] "The component that others depend on.";
    dependent: Text [""] "A component that depends on it.";
    distance: Integer ["connections"] "Connections on the shortest way between them; 1 is direct.";
    through: OptText [""] "The component through which it depends, next to it on the shortest way; empty for a direct one.";
    is_sync: Boolean [""] "Each step of the way waits for its answer, so that a stop is felt at once.";
    is_inferred: Boolean [""] "Some step of the way was inferred.";
    is_cut: Boolean [""] "The component has further dependents, which are left out since the map is very large.";
}
