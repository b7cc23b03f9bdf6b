//! What code gives: a small file per language, complexity worked out by hand, and hostile input.

use sightline_facts::RowBuilder;
use sightline_facts::tables::{gaps::GapsView, imports::ImportsView, symbols::SymbolsView};
use sightline_read::code::CodeReader;
use sightline_read::file::{FileInput, FileKind};
use sightline_read::rows::SourceRows;

/// Reads one file; gives one line per symbol, import and gap:
/// `first-last visibility kind container|name(parameters)count cyclomatic/cognitive/nesting "doc"`.
fn read(language: &str, text: &str) -> String {
    read_as(language, text, FileKind::Code)
}

fn read_as(language: &str, text: &str, kind: FileKind) -> String {
    let mut rows = SourceRows::default();
    let file = FileInput { repo: "r", commit: None, path: "src/a", text, language: Some(language), kind };
    CodeReader::new().read(&file, &mut rows);
    let (symbols, imports, gaps) = (rows.symbols.finish(), rows.imports.finish(), rows.gaps.finish());
    let mut out = Vec::new();
    let lines: Vec<&str> = text.split('\n').collect();
    let cited = |start: i64, end: i64| {
        let place = |n: i64| usize::try_from(n).expect("lines are counted from 1");
        lines[place(start) - 1..place(end)].join("\n")
    };
    for s in SymbolsView::of(&symbols).expect("the columns of symbols").rows() {
        assert!(cited(s.line_start, s.line_end).contains(s.name), "evidence of {}", s.name);
        let container = s.container.map_or(String::new(), |c| format!("{c}|"));
        let parameters = s.parameters.map_or(String::new(), |p| format!("({p}){}", s.n_parameters));
        let counts = match (s.cyclomatic, s.cognitive, s.nesting) {
            (Some(a), Some(b), Some(c)) => format!(" {a}/{b}/{c}"),
            _ => String::new(),
        };
        let doc = s.doc.map_or(String::new(), |d| format!(" {d:?}"));
        let mark = if s.is_test { " test" } else { "" };
        out.push(format!(
            "{}-{} {} {} {container}{}{parameters}{counts}{mark}{doc}",
            s.line_start, s.line_end, s.visibility, s.kind, s.name
        ));
    }
    for i in ImportsView::of(&imports).expect("the columns of imports").rows() {
        assert!(cited(i.line_start, i.line_end).contains(i.target), "evidence of {}", i.target);
        out.push(format!("{} import {}", i.line_start, i.target));
    }
    for g in GapsView::of(&gaps).expect("the columns of gaps").rows() {
        out.push(format!("gap {} {:?}", g.reason, g.line_start));
    }
    out.join("\n")
}

#[track_caller]
fn check(language: &str, text: &str, expect: &str) {
    let trim = |t: &str| t.trim().lines().map(str::trim).collect::<Vec<_>>().join("\n");
    let (got, expect) = (trim(&read(language, text)), trim(expect));
    assert!(got == expect, "{language} gives\n{got}\nand not\n{expect}");
}

/// Cyclomatic, cognitive and nesting of the first function.
#[track_caller]
fn counts(language: &str, text: &str, expect: &str) {
    let got = read(language, text);
    let line = got.lines().find(|l| l.contains('/')).unwrap_or_default();
    let found = line.split(' ').find(|w| w.contains('/') && w.starts_with(|c: char| c.is_ascii_digit()));
    assert_eq!(found.unwrap_or_default(), expect, "{language}: {got}");
}

#[test]
fn java() {
    let text = "package shop.orders;
import java.util.List;
import static shop.Money.*;

/** Takes {@link Order}s. And more. */
@Service
public class Orders {
    Orders(int limit) {}
    /** Adds one. */
    @Test
    protected void add(final Order o, String... tags) { if (o == null) return; }
    private record Line(int n) {}
}
interface Port { void send(String m); }
";
    check(
        "Java",
        text,
        r#"
        1-1 public namespace shop.orders
        6-13 public class Orders "Takes Orders."
        8-8 package constructor Orders|Orders(int limit)1 1/0/0
        10-11 protected method Orders|add(final Order o, String... tags)2 2/1/1 test "Adds one."
        12-12 private record Orders|Line(int n)1
        14-14 package interface Port
        14-14 public method Port|send(String m)1
        2 import java.util.List
        3 import shop.Money.*
    "#,
    );
}

#[test]
fn kotlin() {
    let text = "package shop
import shop.money.Money as M
/** An order. */
data class Order(val id: Int) {
    internal fun total(tax: Int = 0): Int {
        return when (tax) {
            0 -> 1
            else -> 2
        }
    }
    companion object {
        private const val LIMIT = 3
    }
}
enum class State { OPEN, DONE }
fun String.shout() = uppercase()
";
    check(
        "Kotlin",
        text,
        r#"
        1-1 public namespace shop
        4-14 public class Order "An order."
        5-10 package method Order|total(tax: Int = 0)1 2/1/1
        11-13 public object Order|companion
        12-12 private property Order.companion|LIMIT
        15-15 public enum State
        16-16 public function shout 1/0/0
        2 import shop.money.Money
    "#,
    );
}

#[test]
fn scala() {
    let text = "package shop
import shop.money.{Money, Tax => T}
/** An order. */
case class Order(id: Int) {
  private def total(tax: Int)(implicit r: Rate): Int = if (tax > 0 && r.ok) 1 else 2
}
object Main { def main(args: Array[String]): Unit = () }
trait Port { def send(m: String): Unit }
";
    check(
        "Scala",
        text,
        r#"
        1-1 public namespace shop
        4-6 public class Order "An order."
        5-5 private method Order|total((tax: Int)(implicit r: Rate))2 3/3/1
        7-7 public object Main
        7-7 public method Main|main(args: Array[String])1 1/0/0
        8-8 public trait Port
        8-8 public method Port|send(m: String)1
        2 import shop.money.{Money, Tax => T}
    "#,
    );
}

#[test]
fn csharp() {
    let text = "using System;
using static Shop.Money;
namespace Shop.Orders {
    /// <summary>Takes <see cref=\"Order\"/>s.</summary>
    public class Orders {
        public int Count { get; set; }
        public Orders(int limit) { }
        internal int Add(Order o, params string[] tags) => o == null ? 0 : 1;
        [Fact] void Works() { }
    }
    interface IPort { void Send(string m); }
}
";
    check(
        "C#",
        text,
        r#"
        3-12 public namespace Shop.Orders
        5-10 public class Shop.Orders|Orders "Takes Orders."
        6-6 public property Shop.Orders.Orders|Count
        7-7 public constructor Shop.Orders.Orders|Orders(int limit)1 1/0/0
        8-8 package method Shop.Orders.Orders|Add(Order o, params string[] tags)2 2/1/1
        9-9 private method Shop.Orders.Orders|Works 1/0/0 test
        11-11 package interface Shop.Orders|IPort
        11-11 public method Shop.Orders.IPort|Send(string m)1
        1 import System
        2 import Shop.Money
    "#,
    );
}

#[test]
fn c() {
    let text = "#include <stdio.h>
#include \"order.h\"
/** Adds two. */
static int *add(int a, char **b) { while (a) a--; return 0; }
int main(void) { return 0; }
typedef struct order { int id; } order_t;
struct order;
int declared(int);
";
    check(
        "C",
        text,
        r#"
        4-4 private function add(int a, char **b)2 2/1/1 "Adds two."
        5-5 public function main(void) 1/0/0
        6-6 public type order_t
        6-6 public struct order_t|order
        1 import <stdio.h>
        2 import order.h
    "#
        .replace("(void)", "(void)0")
        .as_str(),
    );
}

#[test]
fn cpp() {
    let text = "#include <vector>
namespace shop {
/// An order.
template <typename T> class Order : public Base {
    int hidden();
  public:
    Order(int id);
    virtual T total(const T& tax) const = 0;
};
namespace { int inner() { return 1; } }
}
int shop::Order::hidden() { try { go(); } catch (...) { } return 0; }
TEST(Order, Works) { }
template <> int shop::Box<a::B>::get<int>() { return 1; }
template <> struct Box<a::B> { MACRO(x); };
";
    check(
        "C++",
        text,
        r#"
        2-11 public namespace shop
        4-9 public class shop|Order "An order."
        5-5 private method shop.Order|hidden
        7-7 public constructor shop.Order|Order(int id)1
        8-8 public method shop.Order|total(const T& tax)1
        10-10 private function shop|inner 1/0/0
        12-12 public method shop.Order|hidden 2/1/1
        13-13 public function TEST(Order, Works)2 1/0/0 test
        14-14 public method shop.Box|get 1/0/0
        15-15 public struct Box
        1 import <vector>
    "#,
    );
}

#[test]
fn a_header_is_read_as_the_language_that_it_is_written_in() {
    let text = "namespace shop {\nclass Order { int id(); };\n}\n";
    assert!(read("C Header", text).contains("private method shop.Order|id"));
    assert_eq!(read("C Header", "struct order { int id; };\n"), "1-1 public struct order");
}

#[test]
fn rust() {
    let text = "use crate::money::{Money, tax};
use std::fmt;
mod parts;
/// An order. With lines.
#[derive(Debug)]
pub struct Order;
impl Order {
    /// Adds one.
    pub(crate) fn add(&mut self, n: u32) -> u32 { match n { 0 => 1, _ => 2 } }
}
impl fmt::Display for Order { fn fmt(&self) {} }
pub trait Port { fn send(&self, m: &str); }
const LIMIT: u32 = 3;
#[cfg(test)]
mod tests {
    fn helper() {}
}
";
    check(
        "Rust",
        text,
        r#"
        6-6 public struct Order "An order."
        9-9 package method Order|add(&mut self, n: u32)1 2/1/1 "Adds one."
        11-11 public method Order|fmt(&self) 1/0/0
        12-12 public trait Port
        12-12 public method Port|send(&self, m: &str)1
        13-13 private constant LIMIT
        15-17 private module tests test
        16-16 private function tests|helper 1/0/0 test
        1 import crate::money::{Money, tax}
        2 import std::fmt
        3 import mod parts
    "#
        .replace("(&self) ", "(&self)0 ")
        .as_str(),
    );
}

#[test]
fn go() {
    let text = "// Package shop sells. It is small.
package shop
import (
\t\"fmt\"
\tm \"example.com/shop/money\"
)
// Order is one.
type Order struct { ID int }
// Add adds.
func (o *Order) Add(a, b int, rest ...string) error { for range rest { if a > 1 { return nil } }; return nil }
func hidden() {}
";
    check(
        "Go",
        text,
        r#"
        2-2 public namespace shop "Package shop sells."
        8-8 public struct Order "Order is one."
        10-10 public method Order|Add(a, b int, rest ...string)3 3/3/2 "Add adds."
        11-11 package function hidden 1/0/0
        4 import fmt
        5 import example.com/shop/money
    "#,
    );
}

#[test]
fn python() {
    let text = "import os, shop.money as m
from . import parts
from ..base import (Base,
    Other)
class Order(Base):
    '''One order. With lines.'''
    def __init__(self, id: int): pass
    @property
    def total(self):
        \"\"\"Sum.\"\"\"
        return [l for l in self.lines if l]
    def _hide(self, a, *, b=1): pass
async def run(): pass
";
    check(
        "Python",
        text,
        r#"
        5-12 public class Order "One order."
        7-7 public constructor Order|__init__(self, id: int)1 1/0/0
        8-11 public method Order|total(self)0 3/0/0 "Sum."
        12-12 private method Order|_hide(self, a, *, b=1)2 1/0/0
        13-13 public function run 1/0/0
        1 import os
        1 import shop.money
        2 import .
        3 import ..base
    "#,
    );
}

#[test]
fn typescript() {
    let text = "import { a } from './a';
export * from \"@shop/money\";
const fs = require('fs');
const lazy = () => import('./lazy');
/** An order. */
export class Order {
  private id = 1;
  #hide() {}
  handler = (e: Event) => {};
  constructor(private x: number) {}
  protected total(tax?: number, ...rest: any[]): number { return tax ? 1 : 2; }
}
interface Port { send(m: string): void }
function later(this: Port, n: number) { xs.map(x => { if (x) {} }); }
export { later };
";
    check(
        "TypeScript",
        text,
        r#"
        4-4 private function lazy 1/0/0
        6-12 public class Order "An order."
        8-8 private method Order|#hide 1/0/0
        9-9 public method Order|handler(e: Event)1 1/0/0
        10-10 public constructor Order|constructor(private x: number)1 1/0/0
        11-11 protected method Order|total(tax?: number, ...rest: any[])2 2/1/1
        13-13 private interface Port
        13-13 public method Port|send(m: string)1
        14-14 public function later(this: Port, n: number)1 2/2/2
        1 import ./a
        2 import @shop/money
        3 import fs
        4 import ./lazy
    "#,
    );
}

#[test]
fn javascript_and_tsx() {
    check(
        "JavaScript",
        "function open() {}\nfunction hidden() {}\nmodule.exports = { open };\n",
        "
        1-1 public function open 1/0/0
        2-2 private function hidden 1/0/0
    ",
    );
    check(
        "TSX",
        "export const Button = (p: P) => <b>{p.on && <i/>}</b>;\n",
        "
        1-1 public function Button(p: P)1 2/1/0
    ",
    );
}

#[test]
fn ruby() {
    let text = "require 'set'
require_relative '../money'
module Shop
  # An order. With lines.
  class Order < Base
    def initialize(id, tax: 1, &block)
      id unless tax
    end
    def total? = true
    private
    def hide; end
  end
end
";
    check(
        "Ruby",
        text,
        r#"
        3-13 public module Shop
        5-12 public class Shop|Order "An order."
        6-8 public constructor Shop.Order|initialize(id, tax: 1, &block)3 2/1/1
        9-9 public method Shop.Order|total? 1/0/0
        11-11 private method Shop.Order|hide 1/0/0
        1 import set
        2 import require_relative '../money'
    "#,
    );
}

#[test]
fn php() {
    let text = "<?php
namespace Shop\\Orders;
use Shop\\Money\\Tax;
require_once __DIR__ . '/lib.php';
/** An order. */
class Order {
    const LIMIT = 3;
    public function __construct(private int $id) {}
    protected static function total(int $tax, ?string $c = null): int { if ($tax) { } elseif ($c) { } else { } return 1; }
}
function helper() {}
";
    check(
        "PHP",
        text,
        r#"
        2-2 public namespace Shop\Orders
        6-10 public class Order "An order."
        7-7 public constant Order|LIMIT
        8-8 public constructor Order|__construct(private int $id)1 1/0/0
        9-9 protected method Order|total(int $tax, ?string $c = null)2 3/3/1
        11-11 public function helper 1/0/0
        3 import Shop\Money\Tax
        4 import /lib.php
    "#,
    );
}

#[test]
fn swift() {
    let text = "import Foundation
import struct Kit.View
/// An order. With lines.
public class Order {
    var id: Int
    private func total(_ tax: Int, in c: String) -> Int { guard tax > 0 else { return 0 }; return 1 }
    init(id: Int) { }
}
extension Order { func more() {} }
protocol Port { func send() }
";
    check(
        "Swift",
        text,
        r#"
        4-8 public class Order "An order."
        5-5 package property Order|id
        6-6 private method Order|total(_ tax: Int, in c: String)2 2/1/0
        7-7 package constructor Order|init(id: Int)1 1/0/0
        9-9 package method Order|more 1/0/0
        10-10 package interface Port
        10-10 package method Port|send
        1 import Foundation
        2 import Kit.View
    "#,
    );
}

#[test]
fn elixir() {
    let text = "defmodule Shop.Order do
  @moduledoc \"Orders. All.\"
  alias Shop.{Money, Tax}
  use GenServer
  @doc \"\"\"
  Adds one. Fast.
  \"\"\"
  @spec add(integer) :: integer
  def add(a, b \\\\ 1) when a > 1 do
    case a do
      1 -> 2
      _ -> 3
    end
  end
  defp hide, do: 1
end
";
    check(
        "Elixir",
        text,
        r#"
        1-16 public module Shop.Order "Orders."
        9-14 public function Shop.Order|add(a, b \\ 1)2 2/1/1 "Adds one."
        15-15 private function Shop.Order|hide 1/0/0
        3 import Shop.{Money, Tax}
        4 import GenServer
    "#,
    );
}

#[test]
fn bash() {
    let text = "#!/bin/bash
. \"$DIR/lib.sh\"
# Builds it. All.
build() {
  if [ a ] && b; then c; elif d; then e; else f; fi
}
";
    check(
        "BASH",
        text,
        r#"
        4-6 public function build 4/4/1 "Builds it."
        2 import $DIR/lib.sh
    "#,
    );
}

/// The examples of Campbell's paper, and what it says of each increment.
#[test]
fn complexity_of_the_published_examples() {
    let sum_of_primes = "class A { int sumOfPrimes(int max) {
        int total = 0;
        OUT: for (int i = 1; i <= max; ++i) {
          for (int j = 2; j < i; ++j) {
            if (i % j == 0) { continue OUT; }
          }
          total += i;
        }
        return total;
    } }";
    counts("Java", sum_of_primes, "4/7/3");
    let get_words = "class A { String getWords(int number) {
        switch (number) { case 1: return \"one\"; case 2: return \"a couple\"; case 3: return \"a few\"; default: return \"lots\"; }
    } }";
    counts("Java", get_words, "4/1/1");
    // Sequences of like operators: `a && b && c || d || e && f` has three.
    counts("Java", "class A { void m() { if (a && b && c || d || e && f) {} } }", "7/4/1");
    // A negated group is a sequence of its own.
    counts("Java", "class A { void m() { if (a && !(b && c)) {} } }", "4/3/1");
    // `catch` nests, `try` does not.
    let my_method = "class A { void myMethod() {
        try { if (c1) { for (int i = 0; i < 10; i++) { while (c2) { } } } }
        catch (E1 | E2 e) { if (c2) { } }
    } }";
    counts("Java", my_method, "6/9/3");
    // A lambda deepens and adds nothing itself.
    counts("Java", "class A { void m() { Runnable r = () -> { if (c) { } }; } }", "2/2/2");
    // `else if` adds one and does not deepen.
    for language in ["C", "C++", "JavaScript", "TypeScript"] {
        let head = if language.starts_with('C') { "int f(int a)" } else { "function f(a)" };
        counts(language, &format!("{head} {{ if (a) {{ }} else if (b) {{ while (c) {{ }} }} else {{ }} }}"), "4/5/2");
    }
    counts("Kotlin", "fun f() {\n loop@ for (i in 1..2) {\n  if (i > 1) { break@loop }\n }\n}\n", "3/4/2");
}

#[test]
fn place_makes_a_test() {
    let got = read_as("Go", "package a\nfunc TestAdd() {}\n", FileKind::Test);
    assert_eq!(got, "1-1 public namespace a test\n2-2 public function TestAdd 1/0/0 test");
    assert_eq!(read_as("Go", "package a\n", FileKind::Vendored), "");
}

#[test]
fn hostile_files_end_and_say_so() {
    for language in ["Java", "JavaScript", "Rust", "Python", "C++", "Ruby", "Elixir", "Swift", "Scala", "Kotlin"] {
        for bracket in ["(", "[", "{", "((a,"] {
            // Must come back without a crash; what it says depends on the grammar.
            drop(read(language, &format!("x = {}", bracket.repeat(100_000 / bracket.len()))));
        }
        assert_eq!(read(language, ""), "");
        drop(read(language, "\u{fffd}\u{0}\u{202e} class \u{1f600} {"));
    }
    let nested = format!("{}{}", "class A { ".repeat(20_000), "}".repeat(20_000));
    assert!(read("Java", &nested).len() < 10_000, "classes deeper than people nest them have no rows");
    let nested = format!("void f() {}{}", "{ if (a) ".repeat(20_000), "}".repeat(20_000));
    drop(read("C", &nested));
    assert_eq!(read("Java", &format!("int a;\n{}", "a".repeat(1_000_000))), "gap long-line Some(2)");
    assert_eq!(read("Java", &"// text\n".repeat(300_000)), "gap too-large None");
}

#[test]
fn unfinished_code_is_read_as_far_as_it_goes() {
    let got = read("Java", "class A { void f() { if (a) { }\n  void g() { }\n");
    assert!(got.contains("class A"), "{got}");
    let got = read("Go", "package a\n%%%% &&&& ((((\n%%%% &&&& ((((\n");
    assert!(got.contains("gap syntax Some(2)"), "{got}");
}
