//! The house keeps its promises: reference pages are what the specs say, rooms depend one way, nothing is untidy.

#[test]
fn reference_pages_are_what_the_specs_say() {
    xtask::run(&["gen", "--check"]).expect("fresh pages");
}

#[test]
fn the_house_is_tidy() {
    xtask::run(&["tidy"]).expect("a tidy house");
}

#[test]
fn every_detector_is_needed_by_its_own_page() {
    xtask::run(&["prove-rules"]).expect("pages that show something");
}
