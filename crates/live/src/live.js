"use strict";
(() => {
  const MOST = 400;
  const $ = (id) => document.getElementById(id);
  // Everything is made of elements and text; no text is ever read as markup.
  const make = (name, attributes = {}, ...inside) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) if (value) element.setAttribute(key, value);
    element.append(...inside.filter((part) => part != null && part !== false));
    return element;
  };
  const grouped = (n) => n.toLocaleString("en-GB");
  const counted = (n, one) => (n === 1 ? "1 " + one : grouped(n) + " " + one + "s");
  const size = (n) => (n === 0 ? "–" : n < 10000 ? grouped(n) + " B" : n < 1e7 ? (n / 1e3).toFixed(1) + " kB" : (n / 1e6).toFixed(1) + " MB");
  const clock = (ms) => new Date(ms).toLocaleTimeString("en-GB");
  const words = { going: "being sent", whole: "read", cut: "cut off", refused: "TLS refused", unread: "unread", action: "done" };

  const rows = new Map(), dividers = new Map();
  let only = "", paused = false, waiting = [], lately = null;

  const body = $("rows");
  const divider = (phase) => {
    let row = dividers.get(phase.seq);
    if (!row) {
      row = make("tr", { class: "divider" });
      const above = [...dividers.entries()].filter(([seq]) => seq < phase.seq).sort((a, b) => b[0] - a[0])[0];
      if (above) above[1].before(row);
      else body.append(row);
      dividers.set(phase.seq, row);
      row.append(make("th", { colspan: "5", scope: "rowgroup" }, phase.name.replaceAll("_", " "), make("span", { class: "small" }, phase.at_ms ? clock(phase.at_ms) : "")));
    }
    return row;
  };
  const shows = (row) => !only || (row.host + row.path + row.note).toLowerCase().includes(only);

  const fill = (element, row) => {
    const what = make("td", { class: "what" },
      row.method && make("span", { class: "method" }, row.method),
      row.host && make("span", { class: "host" }, row.host),
      row.path && make("span", { class: "path" }, row.path),
      row.note && make("span", { class: "note" }, row.note));
    const plain = row.plain && row.read === "whole";
    const read = make("td", {}, make("span", { class: "read " + (plain ? "plain" : row.read) }, plain ? "read, unencrypted" : words[row.read]),
      row.status && make("span", { class: "small" }, " " + row.status));
    const sizes = row.method ? [size(row.sent), size(row.received)] : ["", ""];
    element.replaceChildren(make("td", { class: "time" }, clock(row.at_ms)), what,
      make("td", { class: "num" }, sizes[0]), make("td", { class: "num" }, sizes[1]), read);
    element.className = row.read === "action" ? "action" : "";
    element.hidden = !shows(row);
  };

  const draw = (row, phases) => {
    let kept = rows.get(row.seq);
    if (!kept) {
      if (rows.size && row.seq < Math.max(...rows.keys()) - MOST) return;
      const phase = phases.find((phase) => phase.seq === row.phase) || { seq: 0, name: "before the first mark", at_ms: 0 };
      kept = { element: make("tr") };
      divider(phase).after(kept.element);
      rows.set(row.seq, kept);
      fill(kept.element, row);
      kept.element.classList.add("fresh");
    } else fill(kept.element, row);
    kept.row = row;
  };

  const forget = () => {
    const oldest = [...rows.keys()].sort((a, b) => a - b).slice(0, Math.max(0, rows.size - MOST));
    for (const seq of oldest) { rows.get(seq).element.remove(); rows.delete(seq); }
    for (const [seq, row] of [...dividers.entries()].sort((a, b) => a[0] - b[0])) {
      const next = row.nextElementSibling, last = seq === Math.max(...dividers.keys());
      if (!last && (!next || next.className === "divider") && rows.size >= MOST) { row.remove(); dividers.delete(seq); }
    }
    $("kept").textContent = oldest.length ? "Only the latest " + grouped(MOST) + " are shown here; all of them lie in the case." : $("kept").textContent;
  };

  const figures = (update) => {
    const totals = update.totals;
    $("n-requests").textContent = grouped(totals.requests);
    $("n-hosts").textContent = grouped(totals.hosts) + (totals.more_hosts ? "+" : "");
    $("n-sent").textContent = size(totals.sent);
    $("n-unread").textContent = grouped(totals.unread);
    $("n-unread").classList.toggle("some", totals.unread > 0);
    $("run").textContent = update.run + (totals.turned_away ? " · " + counted(totals.turned_away, "connection") + " of others turned away" : "");
    clearTimeout(lately);
    lately = setTimeout(() => { $("told").textContent = counted(totals.requests, "request") + " to " + counted(totals.hosts, "host") + (totals.unread ? ", " + totals.unread + " could not be read" : ""); }, 4000);
  };

  const sides = (update) => {
    const now = update.phases.at(-1);
    $("phases-list").replaceChildren(...update.phases.slice().reverse().map((phase) =>
      make("li", { "aria-current": phase === now && "step" }, make("span", {}, phase.name.replaceAll("_", " ")), make("span", { class: "n" }, counted(phase.requests, "request") + " · " + clock(phase.at_ms)))));
    for (const button of document.querySelectorAll("[data-phase]")) button.setAttribute("aria-pressed", String(!!now && now.name === button.dataset.phase));
    if (update.hosts.length) $("hosts-list").replaceChildren(...update.hosts.map(([name, host]) =>
      make("li", {}, make("span", { class: "host" }, name), make("span", { class: "n" }, grouped(host.requests) + (host.unread ? " · " + host.unread + " unread" : "")))));
  };

  const take = (update) => {
    figures(update);
    sides(update);
    if (paused) { waiting.push(update); waiting = waiting.slice(-60); return; }
    if (update.rows.length || update.phases.length) body.querySelector(".empty")?.remove();
    for (const phase of update.phases) divider(phase);
    for (const row of update.rows) draw(row, update.phases);
    forget();
  };

  const state = (name, text) => { $("state").dataset.state = name; $("state").textContent = text; };
  const source = new EventSource("events");
  source.onopen = () => state("going", "recording");
  source.onerror = () => state("lost", "not connected: the recording may have ended");
  source.onmessage = (event) => {
    const update = JSON.parse(event.data);
    take(update);
    if (update.ended) { source.close(); state("ended", "the recording has ended"); }
  };

  const mark = async (name) => {
    const told = $("marked");
    try {
      const answer = await fetch("phase", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ name }) });
      told.textContent = answer.ok ? "Marked: " + name.replaceAll("_", " ") : await answer.text();
      return answer.ok;
    } catch { told.textContent = "Not marked: the recorder does not answer."; return false; }
  };
  $("phase-buttons")?.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) mark(button.dataset.phase);
  });
  $("other")?.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (await mark($("other-name").value)) $("other-name").value = "";
  });
  const pause = () => {
    paused = !paused;
    $("pause").setAttribute("aria-pressed", String(paused));
    $("pause").firstChild.textContent = paused ? "Go on " : "Pause ";
    if (!paused) { const missed = waiting; waiting = []; missed.forEach(take); }
  };
  $("pause").addEventListener("click", pause);
  $("only").addEventListener("input", () => {
    only = $("only").value.trim().toLowerCase();
    for (const kept of rows.values()) kept.element.hidden = !shows(kept.row);
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.matches("input")) { if (event.key === "Escape") event.target.blur(); return; }
    if (event.key === "p") pause();
    else if (event.key === "/") { event.preventDefault(); $("only").focus(); }
    else if (/^[1-9]$/.test(event.key)) document.querySelectorAll("[data-phase]")[event.key - 1]?.click();
  });
})();
