//! Search: parts, endpoints, tables and words by name.

use axum::response::Response;
use maud::html;

use crate::ask::Ask;
use crate::reply;
use crate::shell::Page;

pub(crate) async fn get(ask: Ask) -> Response {
    ask.facts(|facts, ask| {
        let main = html! { h1 { "Search" } };
        Ok(reply::page(ask, Some(facts), &Page { title: "Search".to_owned(), main, ..Page::default() }))
    })
    .await
}
