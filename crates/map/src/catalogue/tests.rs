//! Tables of what is recognised as what, with near misses.

use super::*;

fn ours() -> Catalogue {
    Catalogue::new(&[]).expect("our own files are right")
}

#[test]
fn ours_is_read() {
    assert!(ours().technologies().len() > 150);
}
