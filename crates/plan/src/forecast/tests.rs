//! What must hold for every stream, however odd.
