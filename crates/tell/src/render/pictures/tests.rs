//! What must hold of every picture.
