// The script of the web app. Every page is complete without it; it saves steps: evidence beside the page, keys,
// filters, completion in SQL. Whatever it puts into a page is text, or markup of a page of this same server.
(() => {
  "use strict";
  // With several workspaces each has its pages under a prefix.
  const base = /^\/w\/[^/]+/.exec(location.pathname)?.[0] ?? "";
  const $ = (query, root = document) => root.querySelector(query);
  const all = (query, root = document) => [...root.querySelectorAll(query)];
  const make = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };
  const say = (text) => { $("#said").textContent = text; };
  const recall = (key) => { try { return localStorage.getItem(key); } catch { return null; } };
  const keep = (key, value) => { try { localStorage.setItem(key, value); } catch { /* private windows keep nothing */ } };

  // Evidence opens beside the page.
  const panel = $("#panel");
  let opener = null;
  const closePanel = () => {
    if (!panel || panel.hidden) return false;
    panel.hidden = true;
    panel.replaceChildren();
    opener?.classList.remove("open");
    opener?.focus();
    opener = null;
    return true;
  };
  const openPanel = async (link) => {
    opener?.classList.remove("open");
    opener = link;
    link.classList.add("open");
    let text;
    try {
      const answer = await fetch(link.href + "&panel=1", { credentials: "same-origin" });
      if (!answer.ok) throw new Error(answer.statusText);
      text = await answer.text();
    } catch {
      location.href = link.href;
      return;
    }
    if (opener !== link) return;
    const close = make("button", { className: "x", textContent: "×", onclick: closePanel });
    close.setAttribute("aria-label", "Close the evidence");
    const parsed = new DOMParser().parseFromString(text, "text/html");
    panel.replaceChildren(close, ...parsed.body.childNodes);
    for (const heading of all("h1", panel)) {
      const lower = make("h2", { className: "h3" }, ...heading.childNodes);
      lower.tabIndex = -1;
      heading.replaceWith(lower);
    }
    panel.hidden = false;
    panel.scrollTop = 0;
    $("h2", panel)?.focus();
  };

  document.addEventListener("click", async (event) => {
    if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target.closest?.("a[data-panel], a[data-copy]");
    if (!link) return;
    if (link.matches("[data-panel]")) {
      if (!panel) return;
      event.preventDefault();
      if (opener === link && !panel.hidden) closePanel(); else openPanel(link);
    } else if (navigator.clipboard) {
      event.preventDefault();
      try {
        await navigator.clipboard.writeText(link.href);
        say("The link is copied.");
        const words = link.textContent;
        link.textContent = "Copied";
        setTimeout(() => { link.textContent = words; }, 1500);
      } catch { location.href = link.href; }
    }
  });

  // Filters and order of tables that a page holds whole.
  for (const table of all(".sec table, #answer table")) {
    if (table.closest("details, figure")) continue;
    const body = table.tBodies[0];
    if (!body || body.rows.length < 5) continue;
    const rows = [...body.rows];
    const words = rows.map((row) => row.textContent.toLowerCase());
    const input = make("input", { type: "search", placeholder: "Only rows with …" });
    input.setAttribute("aria-label", "Filter rows: " + (table.caption?.textContent ?? "").replace(/\(.*/, "").trim());
    const count = make("span", { className: "note" });
    count.setAttribute("role", "status");
    const open = Number(table.dataset.open) || Infinity;
    const filter = () => {
      const wanted = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      table.closest(".tb")?.classList.toggle("all", wanted.length > 0);
      let shown = 0;
      rows.forEach((row, i) => {
        row.hidden = !wanted.every((word) => words[i].includes(word));
        if (!row.hidden) shown += 1;
      });
      count.textContent = wanted.length ? shown + " of " + rows.length + " rows" : "";
    };
    input.addEventListener("input", filter);
    // A short table is read faster than it is filtered. Pages keep the room for it.
    if (rows.length > 15) {
      const room = table.closest(".tb")?.querySelector(".filter");
      if (room) room.append(input, count);
      else table.closest(".tw").before(make("div", { className: "filter" }, input, count));
    }
    const number = (text) => {
      const value = parseFloat(text.replace(/[, %]/g, ""));
      return Number.isNaN(value) ? -Infinity : value;
    };
    [...table.tHead.rows[0].cells].forEach((head, i) => {
      if ($("a", head)) return;
      const isNumber = head.classList.contains("r");
      const button = make("button", { type: "button", className: "sort" }, ...head.childNodes);
      button.title = "Sort by this column";
      head.append(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") ? head.getAttribute("aria-sort") === "ascending" : isNumber;
        for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const key = (row) => row.cells[i].textContent.trim();
        const order = (a, b) => isNumber ? number(key(a)) - number(key(b)) : key(a).localeCompare(key(b));
        [...rows].sort((a, b) => down ? order(b, a) : order(a, b)).forEach((row, at) => {
          row.classList.toggle("rest", at >= open);
          body.append(row);
        });
        say("Sorted by " + button.textContent + (down ? ", falling." : ", rising."));
      });
    });
  }

  // Pictures: Tab enters once, arrows move from box to box.
  for (const svg of all("svg.sys")) {
    const boxes = all("a", svg);
    boxes.forEach((box, i) => box.setAttribute("tabindex", i ? "-1" : "0"));
    svg.addEventListener("keydown", (event) => {
      const at = boxes.indexOf(document.activeElement);
      if (at < 0) return;
      const step = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[event.key];
      if (!step) return;
      event.preventDefault();
      const middle = (box) => {
        const r = box.getBoundingClientRect();
        return [r.left + r.width / 2, r.top + r.height / 2];
      };
      const [x, y] = middle(boxes[at]);
      let best = null;
      let nearest = Infinity;
      for (const box of boxes) {
        const [bx, by] = middle(box);
        const along = (bx - x) * step[0] + (by - y) * step[1];
        const across = Math.abs((bx - x) * step[1]) + Math.abs((by - y) * step[0]);
        const distance = along + 2 * across;
        if (box !== boxes[at] && along > 1 && distance < nearest) [best, nearest] = [box, distance];
      }
      if (!best) return;
      boxes[at].setAttribute("tabindex", "-1");
      best.setAttribute("tabindex", "0");
      best.focus();
    });
  }

  // Keys. Those of a single letter can be turned off.
  const rooms = {};
  for (const link of all("#rail a[data-key]")) rooms[link.dataset.key] = link.href;
  const off = $("#keys-off");
  if (off) {
    off.checked = recall("keys") === "off";
    off.addEventListener("change", () => keep("keys", off.checked ? "off" : "on"));
  }
  let waiting = 0;
  let row = null;
  const move = (step) => {
    const rows = all("main tbody tr").filter((r) => !r.hidden && r.offsetParent && !r.closest("details:not([open])"));
    if (!rows.length) return;
    const at = rows.indexOf(row);
    row?.classList.remove("row");
    row = rows[Math.max(0, Math.min(rows.length - 1, at + step))];
    row.classList.add("row");
    row.scrollIntoView({ block: "nearest" });
    const link = $("a", row);
    if (link) link.focus({ preventScroll: true });
    else { row.tabIndex = -1; row.focus({ preventScroll: true }); }
  };
  // Days to compare with stand newest first; the first step goes to the newest.
  const compare = (step) => {
    const days = all("#dates a[data-date]");
    const at = days.findIndex((day) => day.hasAttribute("aria-current"));
    const to = days[at < 0 ? 0 : at + step];
    if (to) location.href = to.href;
    else say(days.length ? "There is no further day to compare with." : "There is nothing to compare with.");
  };
  let mark = -1;
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      if (closePanel()) event.preventDefault();
      else if (document.activeElement?.matches("input, textarea, select, svg a")) document.activeElement.blur();
      return;
    }
    const inField = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (inField || event.ctrlKey || event.metaKey || event.altKey || recall("keys") === "off") return;
    if (Date.now() - waiting < 1500 && rooms[event.key]) {
      waiting = 0;
      event.preventDefault();
      location.href = rooms[event.key];
      return;
    }
    waiting = 0;
    const does = {
      "/": () => $("#find")?.focus(),
      "?": () => { location.href = base + "/help"; },
      g: () => { waiting = Date.now(); },
      j: () => move(1),
      k: () => move(-1),
      e: () => {
        const marks = all("main a.ev");
        if (!marks.length) return;
        mark = (mark + 1) % marks.length;
        marks[mark].scrollIntoView({ block: "center" });
        openPanel(marks[mark]);
      },
      "[": () => compare(1),
      "]": () => compare(-1),
    }[event.key];
    if (does) { event.preventDefault(); does(); }
  });

  // SQL: answers without leaving the page, so that they can be stopped; completion from the tables.
  const form = $("#sql-form");
  if (form) {
    const field = $("#q");
    const stop = $("#sql-stop");
    const hints = $("#hints");
    let running = null;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      running?.abort();
      running = new AbortController();
      const mine = running;
      stop.hidden = false;
      const address = base + "/sql?q=" + encodeURIComponent(field.value);
      const answer = $("#answer");
      answer.replaceChildren(make("p", { className: "note", textContent: "Asking …" }));
      try {
        const page = await fetch(address, { signal: mine.signal, credentials: "same-origin" });
        const text = await page.text();
        if (mine !== running) return;
        const parsed = new DOMParser().parseFromString(text, "text/html");
        if (!$("#answer", parsed)) throw new Error(text.slice(0, 200));
        history.pushState(null, "", address);
        answer.replaceChildren(...$("#answer", parsed).childNodes);
        say($(".lead", answer)?.textContent ?? "This could not be answered.");
      } catch (error) {
        const words = error.name === "AbortError" ? "Stopped." : "No answer came: " + error.message;
        answer.replaceChildren(make("p", { className: "note", textContent: words }));
      } finally {
        if (mine === running) { running = null; stop.hidden = true; }
      }
    });
    addEventListener("popstate", () => location.reload());
    stop.addEventListener("click", () => running?.abort());
    let tables = null;
    const word = () => {
      const before = field.value.slice(0, field.selectionStart);
      return /[A-Za-z_][A-Za-z_0-9]*$/.exec(before)?.[0] ?? "";
    };
    const hide = () => { hints.hidden = true; field.removeAttribute("aria-activedescendant"); };
    const take = (text) => {
      const start = field.selectionStart - word().length;
      field.setRangeText(text, start, field.selectionStart, "end");
      hide();
    };
    const suggest = async () => {
      tables ??= await (await fetch(base + "/schema.json", { credentials: "same-origin" })).json();
      const begun = word().toLowerCase();
      const asked = Object.keys(tables).filter((name) => new RegExp("\\b" + name + "\\b", "i").test(field.value));
      const names = new Set([...asked.flatMap((name) => tables[name]), ...Object.keys(tables)]);
      const found = [...names].filter((name) => name.startsWith(begun) && name !== begun).slice(0, 30);
      hints.replaceChildren(...found.map((name, i) => {
        const option = make("div", { id: "hint-" + i, textContent: name, onmousedown: (e) => { e.preventDefault(); take(name); } });
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", String(i === 0));
        return option;
      }));
      hints.hidden = !found.length;
      if (found.length) field.setAttribute("aria-activedescendant", "hint-0");
      else say("No name begins with " + begun + ".");
    };
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        form.requestSubmit();
      } else if (event.key === " " && event.ctrlKey) {
        event.preventDefault();
        suggest();
      } else if (!hints.hidden) {
        const options = all("[role=option]", hints);
        const at = options.findIndex((o) => o.getAttribute("aria-selected") === "true");
        const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
        if (step) {
          event.preventDefault();
          const next = (at + step + options.length) % options.length;
          options.forEach((o, i) => o.setAttribute("aria-selected", String(i === next)));
          options[next].scrollIntoView({ block: "nearest" });
          field.setAttribute("aria-activedescendant", "hint-" + next);
        } else if (event.key === "Enter" || event.key === "Tab") {
          event.preventDefault();
          take(options[at].textContent);
        } else if (event.key === "Escape") {
          event.stopPropagation();
          hide();
        }
      }
    });
    field.addEventListener("input", () => { if (!hints.hidden) suggest(); });
    field.addEventListener("blur", hide);
  }

  // News of a running scan.
  const scan = $("#scan[data-phase=running]");
  if (scan && window.EventSource) {
    const lead = $(".lead", scan);
    const note = $("[role=status]", scan);
    const bar = $("progress", scan);
    const source = new EventSource(base + "/scan/events");
    source.addEventListener("scan", (event) => {
      const state = JSON.parse(event.data);
      if (state.phase !== "running") {
        source.close();
        location.reload();
        return;
      }
      lead.textContent = "Reading " + [state.source, state.stage].filter(Boolean).join(": ") + ".";
      const total = state.total === null ? "" : " of " + state.total.toLocaleString("en");
      note.textContent = state.done.toLocaleString("en") + total + (state.what ? ", " + state.what : "") + ". " + (state.tenths / 10).toFixed(1) + " s so far.";
      if (state.total) { bar.max = state.total; bar.value = state.done; } else { bar.removeAttribute("value"); }
    });
  }
})();
