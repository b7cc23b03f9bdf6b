//! What must hold of every picture: no words over foreign boxes, no lines through boxes, the same bytes for the same
//! system in any order, and places that stay.

use super::canvas::Rect;
use super::*;

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % below.max(1)
    }
}

const KINDS: &[&str] = &[
    "service", "service", "service", "web", "job", "gateway", "database", "cache", "broker", "external", "user",
    "config",
];
const NAMES: &[&str] = &[
    "orders",
    "notification-service",
    "a",
    "the-service-with-the-very-long-name-of-them-all.internal",
    "支払いサービス",
    "<script>alert(1)</script>",
    "x\u{202e}cod.exe",
    "Ünïcödé & \"quotes\"",
    "",
    "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW",
];

fn part(id: &str, kind: &str, area: &str) -> Part {
    Part {
        id: id.to_owned(),
        name: id.to_owned(),
        kind: kind.to_owned(),
        area: (!area.is_empty()).then(|| area.to_owned()),
        purpose: Some(format!("Does {id}.")),
        is_outside: false,
        href: None,
    }
}

fn line(from: &str, to: &str) -> Line {
    Line {
        from: from.to_owned(),
        to: to.to_owned(),
        kind: "sync".to_owned(),
        is_async: false,
        basis: Basis::Resolved,
        label: Some("http".to_owned()),
    }
}

fn random(seed: u64, n_parts: usize, n_lines: usize, n_areas: usize) -> (Vec<Part>, Vec<Line>) {
    let mut dice = Dice(seed);
    let parts: Vec<Part> = (0..n_parts)
        .map(|i| {
            let kind = KINDS[dice.roll(KINDS.len())];
            let area = format!("area {}", dice.roll(n_areas));
            let name = NAMES[dice.roll(NAMES.len())];
            Part { name: format!("{name}{i}"), ..part(&format!("p{i}"), kind, &area) }
        })
        .collect();
    let lines = (0..n_lines)
        .map(|_| {
            // Few are used by many, as in real systems.
            let to = dice.roll(n_parts).min(dice.roll(n_parts));
            Line {
                is_async: dice.roll(5) == 0,
                basis: if dice.roll(4) == 0 { Basis::Inferred } else { Basis::Declared },
                ..line(&format!("p{}", dice.roll(n_parts)), &format!("p{to}"))
            }
        })
        .collect();
    (parts, lines)
}

fn shuffled<T: Clone>(items: &[T], dice: &mut Dice) -> Vec<T> {
    let mut out = items.to_vec();
    for i in (1..out.len()).rev() {
        out.swap(i, dice.roll(i + 1));
    }
    out
}

/// Looks for words and lines where they must not be.
fn check(drawing: &Drawing, what: &str) {
    let shapes = &drawing.shapes;
    let page = Rect { x: -2, y: -2, w: drawing.width + 4, h: drawing.height + 4 };
    for (name, rect) in &shapes.boxes {
        assert!(page.holds(*rect), "{what}: box `{name}` leaves the picture: {rect:?} of {page:?}");
    }
    for (words, text) in &shapes.texts {
        assert!(page.holds(*text), "{what}: `{words}` leaves the picture: {text:?} of {page:?}");
        for (name, rect) in &shapes.boxes {
            assert!(
                !rect.meets(*text) || rect.holds(*text),
                "{what}: `{words}` {text:?} overlaps box `{name}` {rect:?}"
            );
        }
    }
    for (i, (words, text)) in shapes.texts.iter().enumerate() {
        for (others, other) in &shapes.texts[i + 1..] {
            assert!(!text.meets(*other), "{what}: `{words}` {text:?} overlaps `{others}` {other:?}");
        }
    }
    for (i, (name, rect)) in shapes.boxes.iter().enumerate() {
        for (other_name, other) in &shapes.boxes[i + 1..] {
            let apart = !rect.meets(*other) || rect.holds(*other) || other.holds(*rect);
            assert!(apart, "{what}: boxes `{name}` {rect:?} and `{other_name}` {other:?} overlap");
        }
        if name.starts_with("chip") {
            continue;
        }
        let inner = Rect { x: rect.x + 1, y: rect.y + 1, w: rect.w - 2, h: rect.h - 2 };
        for (_, run) in &shapes.runs {
            let thick = Rect { w: run.w.max(1), h: run.h.max(1), ..*run };
            assert!(!inner.meets(thick), "{what}: a line {run:?} crosses box `{name}` {rect:?}");
        }
    }
}

/// Straight runs of two different lines that lie on each other.
fn on_each_other(drawing: &Drawing) -> usize {
    let runs = &drawing.shapes.runs;
    let mut n = 0;
    for (i, (line, a)) in runs.iter().enumerate() {
        for (other, b) in &runs[i + 1..] {
            let level = a.h == 0 && b.h == 0 && (a.y - b.y).abs() < 2 && a.x + 3 < b.right() && b.x + 3 < a.right();
            let upright = a.w == 0 && b.w == 0 && (a.x - b.x).abs() < 2 && a.y + 3 < b.bottom() && b.y + 3 < a.bottom();
            n += usize::from(line != other && (level || upright));
        }
    }
    n
}

#[test]
fn words_and_lines_keep_out_of_foreign_boxes() {
    let mut clashes = 0;
    for seed in 0..60 {
        let mut dice = Dice(seed);
        let (n_parts, n_areas) = (1 + dice.roll(44), 1 + dice.roll(12));
        let n_lines = dice.roll(2 * n_parts + 1);
        let (parts, lines) = random(seed, n_parts, n_lines, n_areas);
        let drawing = diagram(&parts, &lines);
        check(&drawing, &format!("diagram {seed}"));
        clashes += on_each_other(&drawing);
        check(&grid(&parts, &lines, &Kept::default(), seed % 2 == 0), &format!("grid {seed}"));
        check(&matrix(&parts, &lines), &format!("matrix {seed}"));
        check(&columns(&parts, &lines, "p0"), &format!("columns {seed}"));
    }
    assert_eq!(clashes, 0, "lines of different nets lie on each other");
}

#[test]
fn the_same_system_gives_the_same_bytes_in_any_order() {
    for seed in 0..8 {
        let (parts, lines) = random(seed, 30, 60, 5);
        let draw = |parts: &[Part], lines: &[Line]| {
            [
                diagram(parts, lines).svg("i", "t", "d"),
                grid(parts, lines, &Kept::default(), false).svg("i", "t", "d"),
                matrix(parts, lines).svg("i", "t", "d"),
                columns(parts, lines, "p3").svg("i", "t", "d"),
                mermaid(parts, lines).unwrap_or_default(),
            ]
        };
        let first = draw(&parts, &lines);
        let mut dice = Dice(seed + 1_000);
        for _ in 0..3 {
            assert!(first == draw(&shuffled(&parts, &mut dice), &shuffled(&lines, &mut dice)), "seed {seed}");
        }
    }
}

#[test]
fn a_new_part_moves_no_box_of_another_area() {
    for seed in 0..12 {
        let (mut parts, mut lines) = random(seed, 40, 80, 5);
        let places = kept(&parts, &lines, &Kept::default());
        let before = grid(&parts, &lines, &places, false);
        let new = part("p-new", "service", "area 1");
        lines.extend((0..20).map(|i| line("p-new", &format!("p{i}"))));
        parts.push(new);
        let after = grid(&parts, &lines, &places, false);
        let area_of = |id: &str| parts.iter().find(|p| p.id == id).and_then(|p| p.area.clone());
        for (id, rect) in before.shapes.boxes.iter().filter(|(id, _)| area_of(id).is_some_and(|a| a != "area 1")) {
            let now = after.shapes.boxes.iter().find(|(other, _)| other == id).map(|b| b.1);
            assert_eq!(now, Some(*rect), "box `{id}` of seed {seed}");
        }
        assert_eq!(kept(&parts, &lines, &places), places, "what is kept is kept");
    }
}

#[test]
fn large_systems_stay_small_pictures() {
    for n_areas in [5, 40] {
        let (parts, lines) = random(7, 500, 3_000, n_areas);
        for drawing in [grid(&parts, &lines, &Kept::default(), false), matrix(&parts, &lines)] {
            check(&drawing, "large");
            assert!(drawing.body.len() < 200_000, "{} bytes", drawing.body.len());
        }
        assert!(mermaid(&parts, &lines).is_none());
    }
}

#[test]
fn hostile_names_stay_names() {
    let name = "</title><script>alert(1)</script>\" onload=\"x\u{202e}\u{7}\n```\n# &amp;";
    let hostile = |id: &str| Part {
        name: name.to_owned(),
        area: Some(name.to_owned()),
        purpose: Some(name.repeat(3_000)),
        kind: name.to_owned(),
        ..part(id, "", "")
    };
    let parts: Vec<Part> = (0..6).map(|i| hostile(&format!("{name}{i}"))).collect();
    let lines: Vec<Line> =
        (1..6).map(|i| Line { label: Some(name.to_owned()), ..line(&parts[0].id, &parts[i].id) }).collect();
    let steps = [Step { number: 1, from: name.into(), to: "x".into(), label: name.repeat(99), ..Step::default() }];
    for drawing in [
        diagram(&parts, &lines),
        grid(&parts, &lines, &Kept::default(), true),
        matrix(&parts, &lines),
        columns(&parts, &lines, &parts[0].id),
        lanes(&steps),
    ] {
        let svg = drawing.svg("i", name, name);
        for bad in ["<script", "\" onload", "\u{202e}", "\u{7}", "style="] {
            assert!(!svg.contains(bad), "{bad:?} in {svg}");
        }
        assert!(svg.len() < 40_000, "long text is cut: {} bytes", svg.len());
    }
    let mermaid = mermaid(&parts[..2], &lines[..1]).expect("two boxes fit");
    assert!(!mermaid.contains("```") && !mermaid.contains("<script") && !mermaid.contains("\" onload"), "{mermaid}");
}

#[test]
fn guesses_are_dashed_and_what_does_not_wait_has_a_clock() {
    let parts = [part("a", "service", ""), part("b", "broker", ""), part("c", "external", "")];
    let lines = [Line { is_async: true, ..line("a", "b") }, Line { basis: Basis::Inferred, ..line("a", "c") }];
    let body = diagram(&parts, &lines).body;
    assert!(body.contains("class=\"ln as\"") && body.contains("class=\"ck\""), "{body}");
    assert!(body.contains("class=\"ln gs\"") && body.contains("bx ko out"), "{body}");
    let seen = diagram(&parts[..2], &[line("a", "b")]).body;
    assert!(!seen.contains(" gs") && !seen.contains("class=\"ck\""), "neither where there is none: {seen}");
}

#[test]
fn boxes_with_the_same_connections_share_a_frame() {
    let parts: Vec<Part> = ["hub", "a", "b", "c", "d"].iter().map(|n| part(n, "service", "")).collect();
    let all: Vec<Line> = ["a", "b", "c", "d"].iter().map(|n| line("hub", n)).collect();
    let frames = |lines: &[Line]| diagram(&parts, lines).body.matches("<rect class=\"fr\"").count();
    assert_eq!(frames(&all), 2, "one frame and its sign in the legend");
    let mut odd = all;
    odd.push(line("a", "b"));
    assert_eq!(frames(&odd), 0, "two of them are connected otherwise, and two are too few");
}

#[test]
fn a_part_shows_twelve_on_each_side() {
    let parts: Vec<Part> = (0..30).map(|i| part(&format!("p{i:02}"), "service", "")).collect();
    let lines: Vec<Line> = (1..16).map(|i| line(&format!("p{i:02}"), "p00")).collect();
    let drawing = columns(&parts, &lines, "p00");
    check(&drawing, "columns");
    assert_eq!(drawing.shapes.boxes.len(), 13);
    assert!(drawing.body.contains("+3 more") && drawing.body.contains("Used by 15"));
    assert!(drawing.body.contains("nothing that we saw"), "it uses nothing");
}

#[test]
fn steps_that_could_not_be_followed_are_gaps() {
    let step = |number, from: &str, to: &str| Step {
        number,
        from: from.to_owned(),
        to: to.to_owned(),
        label: format!("step {number} with a label that is rather long for the room between two lanes"),
        ..Step::default()
    };
    let steps = [
        step(2, "api", "Stripe"),
        step(1, "web", "api"),
        Step { is_outside: true, ..step(3, "api", "Stripe") },
        Step { is_gap: true, ..step(4, "api", "") },
        Step { is_async: true, ..step(5, "Stripe", "web") },
        step(6, "api", "api"),
    ];
    let drawing = lanes(&steps);
    check(&drawing, "lanes");
    assert_eq!(drawing.words, "6 steps through 3 parts, 1 outside the system, 1 later, 1 not followed.");
    assert!(drawing.body.contains("could not be followed"));
    assert!(drawing.body.contains("class=\"ck\""));
    let order = |name: &str| drawing.shapes.texts.iter().find(|t| t.0 == name).map(|t| t.1.x);
    assert!(order("web") < order("api") && order("api") < order("Stripe"), "lanes in the order of steps");
}
