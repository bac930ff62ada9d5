
"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  // Everything is made of elements and text; no text is ever read as markup.
  const make = (name, attributes = {}, ...inside) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (value === false || value == null) continue;
      if (key === "on") for (const [type, run] of Object.entries(value)) element.addEventListener(type, run);
      else element.setAttribute(key, value === true ? "" : value);
    }
    element.append(...inside.filter((part) => part != null && part !== false));
    return element;
  };

  // Blocks of data are parsed when they are first needed, and the latest few are kept.
  const kept = new Map();
  const inflated = async (text) => {
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    return new Response(stream).text();
  };
  const block = (id) => {
    if (!kept.has(id)) {
      const element = $(id);
      const read = async () => {
        if (!element) return [];
        const text = element.textContent;
        return JSON.parse(element.hasAttribute("data-packed") ? await inflated(text) : text);
      };
      kept.set(id, read());
      if (kept.size > 160) kept.delete(kept.keys().next().value);
    }
    return kept.get(id);
  };
  const contents = JSON.parse($("contents") ? $("contents").textContent : "null");

  const grouped = (n) => n.toLocaleString("en-GB");
  const counted = (n, one) => (n === 1 ? "1 " + one : grouped(n) + " " + one + "s");
  const size = (n) => n < 10000 ? counted(n, "byte") : n < 1e7 ? (n / 1e3).toFixed(1) + " kB" : (n / 1e6).toFixed(1) + " MB";
  const moment = (ms) => (ms ? new Date(ms).toISOString().replace("T", " ").replace(/\.\d+Z/, " UTC") : "");
  const name = (n) => contents.names[n] ?? "";

  // What a row of each list shows, and what filters it.
  const kinds = {
    findings: {
      one: "finding",
      words: (row) => [row[0], row[2], name(row[3]), name(row[7]), name(row[8]), contents.properties[row[1]][0]],
      chosen: [["What", (row) => row[1], (n) => contents.properties[n][0]], ["To", (row) => row[3], name], ["Run", (row) => row[4], name]],
      look: (row) => ({
        family: contents.properties[row[1]][2], a: row[2], b: contents.properties[row[1]][1] + (row[6] ? ", private window" : ""),
        c: name(row[3]), d: name(row[7]),
      }),
      open: (row, at) => openFinding(row, at),
    },
    requests: {
      one: "request",
      words: (row) => [name(row[5]), row[6], name(row[3]), name(row[2])],
      chosen: [["To", (row) => row[3], name], ["Run", (row) => row[1], name], ["Findings", (row) => (row[9].length ? 1 : 0), (n) => ["none", "some"][n]]],
      look: (row) => ({
        family: row[9].length ? "browsing" : "", a: name(row[5]) + " " + row[6], b: [moment(row[0]), name(row[1]), name(row[2]).replaceAll("_", " ")].filter(Boolean).join(", "),
        c: row[9].length ? counted(row[9].length, "finding") : "", d: size(row[7]) + (row[8] ? ", " + size(row[8]) + " unread" : ""),
      }),
      open: (row) => openRequest(row),
    },
  };

  const rowAt = async (list, at) => (await block(list + "-" + Math.floor(at / contents.rows_per_block)))[at % contents.rows_per_block];

  // A list that draws only what is in sight.
  class List {
    constructor(place) {
      this.key = place.dataset.list;
      this.kind = kinds[this.key];
      this.total = contents[this.key];
      this.places = null; // positions that pass the filter; null means all
      this.ul = make("ul", { "aria-label": place.dataset.name });
      this.rows = make("div", { class: "rows", tabindex: "-1" }, this.ul);
      this.told = make("p", { class: "small", role: "status" });
      this.text = make("input", { type: "search", placeholder: "value, host or place", on: { input: () => this.later() } });
      this.selects = this.kind.chosen.map(() => make("select", { on: { change: () => this.filter() } }, make("option", { value: "" }, "all")));
      const tools = make("div", { class: "tools" }, make("label", {}, "Find", this.text),
        ...this.kind.chosen.map(([label], i) => make("label", {}, label, this.selects[i])));
      for (const select of this.selects) select.addEventListener("focus", () => this.offer(), { once: true });
      place.append(tools, this.told, this.rows);
      this.rows.addEventListener("scroll", () => this.draw(), { passive: true });
      this.rows.addEventListener("keydown", (event) => this.key_down(event));
      new ResizeObserver(() => { this.height = 0; this.draw(); }).observe(this.rows);
      this.tell();
    }
    count() { return this.places ? this.places.length : this.total; }
    tell() { this.told.textContent = this.places ? grouped(this.count()) + " of " + counted(this.total, this.kind.one) : counted(this.total, this.kind.one); }
    // The choices are gathered when one first asks for them.
    async offer() {
      if (this.offered) return;
      this.offered = true;
      const sets = this.kind.chosen.map(() => new Map());
      await this.each((row) => this.kind.chosen.forEach(([, value], i) => sets[i].set(value(row), (sets[i].get(value(row)) ?? 0) + 1)));
      this.kind.chosen.forEach(([, , word], i) => {
        const sorted = [...sets[i]].sort((a, b) => b[1] - a[1]).slice(0, 500);
        this.selects[i].append(...sorted.map(([value, n]) => make("option", { value }, word(value) + " (" + grouped(n) + ")")));
      });
    }
    async each(run) {
      for (let at = 0; at < this.total; at += contents.rows_per_block) {
        const rows = await block(this.key + "-" + at / contents.rows_per_block);
        rows.forEach((row, i) => run(row, at + i));
      }
    }
    later() { clearTimeout(this.timer); this.timer = setTimeout(() => this.filter(), 160); }
    async filter() {
      const asked = (this.asked = {});
      const text = this.text.value.trim().toLowerCase();
      const wanted = this.selects.map((select) => select.value);
      if (!text && wanted.every((value) => value === "")) this.places = null;
      else {
        const places = [];
        await this.each((row, at) => {
          if (!wanted.every((value, i) => value === "" || String(this.kind.chosen[i][1](row)) === value)) return;
          if (text && !this.kind.words(row).some((word) => word.toLowerCase().includes(text))) return;
          places.push(at);
        });
        if (asked !== this.asked) return;
        this.places = places;
      }
      this.rows.scrollTop = 0;
      this.tell();
      this.draw();
    }
    row_height() {
      if (!this.height) {
        const probe = make("li", {}, " ");
        this.ul.append(probe);
        this.height = probe.getBoundingClientRect().height || 56;
        probe.remove();
      }
      return this.height;
    }
    async draw() {
      const drawn = (this.drawn = {});
      const height = this.row_height(), count = this.count();
      this.ul.style.height = Math.min(count * height, 1.2e7) + "px";
      // Browsers bound the height of an element: beyond it, positions are scaled.
      const scale = Math.max(1, (count * height) / 1.2e7);
      const top = this.rows.scrollTop;
      const first = Math.max(0, Math.floor((top * scale) / height) - 6);
      const last = Math.min(count, first + Math.ceil(this.rows.clientHeight / height) + 12);
      const shift = scale > 1 ? top - first * height - (top * scale) % height : 0;
      const items = [];
      for (let i = first; i < last; i++) {
        const at = this.places ? this.places[i] : i;
        const row = await rowAt(this.key, at);
        if (drawn !== this.drawn) return;
        if (row) items.push(this.item(row, at, i, count, i * height + shift));
      }
      const focused = document.activeElement?.closest?.("li")?.dataset.i;
      this.ul.replaceChildren(...items);
      if (focused !== undefined) this.ul.querySelector(`li[data-i="${CSS.escape(focused)}"] button`)?.focus({ preventScroll: true });
    }
    item(row, at, i, count, top) {
      const look = this.kind.look(row);
      const button = make("button", { type: "button", on: { click: () => this.kind.open(row, at) } },
        make("span", { class: "a" }, look.a), make("span", { class: "c" }, look.c), make("span", { class: "b" }, look.b), make("span", { class: "d" }, look.d));
      const li = make("li", { class: look.family || false, "data-i": i, "aria-setsize": count, "aria-posinset": i + 1 }, button);
      li.style.top = top + "px";
      return li;
    }
    async key_down(event) {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      const li = event.target.closest("li");
      if (!step || !li) return;
      event.preventDefault();
      const i = Number(li.dataset.i) + step;
      if (i < 0 || i >= this.count()) return;
      const height = this.row_height();
      if (this.count() * height <= 1.2e7) {
        const top = i * height, box = this.rows;
        if (top < box.scrollTop) box.scrollTop = top;
        if (top + height > box.scrollTop + box.clientHeight) box.scrollTop = top + height - box.clientHeight;
        await this.draw();
      }
      this.ul.querySelector(`li[data-i="${i}"] button`)?.focus({ preventScroll: true });
    }
  }

  const dialog = $("opened");
  const show = (title, buttons, ...inside) => {
    const close = make("button", { type: "button", autofocus: true, on: { click: () => dialog.close() } }, "Close");
    const held = dialog.open && document.activeElement ? document.activeElement.textContent : "";
    dialog.replaceChildren(make("header", {}, make("h2", { id: "opened-title" }, title), make("div", { class: "buttons" }, ...buttons, close)),
      make("div", { class: "inside" }, ...inside));
    if (!dialog.open) dialog.showModal();
    // Whoever steps from finding to finding keeps the button.
    [...dialog.querySelectorAll("header button")].find((one) => one.textContent === held && !one.disabled)?.focus();
    dialog.scrollTop = 0;
  };
  const labelled = (label, text) => make("p", { class: "request" }, make("span", { class: "label" }, label), make("code", {}, text));
  const copyable = (text) => {
    const p = make("p", { class: "command" }, make("code", {}, text), make("button", { type: "button", class: "copy" }, "Copy"));
    return p;
  };
  const openFinding = async (row, at) => {
    const [property, meaning] = [contents.properties[row[1]][0], contents.properties[row[1]][1]];
    const detail = (await block("details-" + Math.floor(at / contents.details_per_block)))[at % contents.details_per_block];
    const beside = (step, word) => {
      const to = at + step;
      return make("button", { type: "button", disabled: to < 0 || to >= contents.findings, on: { click: async () => openFinding(await rowAt("findings", to), to) } }, word);
    };
    const layers = (detail?.layers ?? []).map((layer) => make("li", {}, make("p", { class: "step" }, layer.heading + " ", make("span", { class: "small" }, layer.note)),
      make("pre", { tabindex: "0", class: layer.hex ? "hex" : false }, layer.before, make("mark", {}, layer.marked), layer.after)));
    show(row[2] || property, [beside(-1, "Previous"), beside(1, "Next")],
      make("div", { class: "told" }, ...(detail ? detail.told : [meaning, "Opens in a terminal:"]).map((line) => make("p", {}, line))),
      detail?.request ? labelled("Request", detail.request) : null,
      layers.length ? make("ol", { class: "layers" }, ...layers) : null,
      layers.length ? make("details", { class: "digests" }, make("summary", {}, "Digests of these layers"),
        make("ul", {}, ...detail.layers.map((layer) => make("li", {}, layer.heading + " ", make("code", {}, layer.digest))))) : null,
      labelled("Place", detail ? detail.place : name(row[8])), copyable(contents.command + " " + row[0]));
  };
  const openRequest = async (row) => {
    const found = [];
    for (const n of row[9]) {
      const hit = await findingNumber(n);
      if (hit) found.push(make("li", {}, make("a", { href: "#finding-" + n, "data-finding": n }, hit[0][2] || hit[0][0]), " ", make("span", { class: "small" }, contents.properties[hit[0][1]][1])));
    }
    show(name(row[5]) + " " + name(row[3]), [], labelled("Address", row[6]),
      make("p", {}, [moment(row[0]), "run " + name(row[1]), name(row[2]).replaceAll("_", " "), name(row[4])].filter(Boolean).join(", ") + "."),
      make("p", {}, size(row[7]) + " sent" + (row[8] ? ", of which " + size(row[8]) + " could not be read." : ", all of it read.")),
      found.length ? make("ul", {}, ...found) : make("p", {}, "No finding in this request."));
  };
  // Rows keep the order of the case, so a finding's number is found by halving.
  const findingNumber = async (n) => {
    let low = 0, high = contents.findings - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const row = await rowAt("findings", middle);
      if (row[9] === n) return [row, middle];
      if (row[9] < n) low = middle + 1; else high = middle - 1;
    }
    return null;
  };
  const goTo = async (n) => {
    const hit = await findingNumber(n);
    if (hit) openFinding(...hit);
  };

  // A run on its own clock: the film, where there is one, beside the requests that were sent by then.
  // The clock is the picture's: it runs evenly where time does, and passes over silences quickly.
  class Reel {
    constructor(place, reel) {
      Object.assign(this, reel);
      this.svg = place.parentElement.querySelector("svg");
      this.head = document.createElementNS("http://www.w3.org/2000/svg", "line");
      this.head.setAttribute("class", "playhead");
      this.head.setAttribute("y1", "16");
      this.head.setAttribute("y2", String(this.svg.viewBox.baseVal.height - 18));
      this.svg.append(this.head);
      this.left = this.knots[0][1];
      this.right = this.knots[this.knots.length - 1][1];
      this.canvas = this.frames.length ? make("canvas", { role: "img", "aria-label": "The screen" }) : null;
      this.log = make("ol", { class: "sent" });
      this.clock = make("output", {});
      this.button = make("button", { type: "button", on: { click: () => (this.going ? this.stop() : this.go()) } }, "Play");
      this.slide = make("input", { type: "range", min: this.left, max: this.right, step: "any", value: this.left, "aria-label": "Moment of run " + this.run,
        on: { input: () => { this.stop(); this.show(Number(this.slide.value)); } } });
      place.replaceChildren(make("div", { class: "controls" }, this.button, this.slide, this.clock),
        make("div", { class: this.canvas ? "reel" : "reel bare" }, this.canvas && make("div", { class: this.private ? "screen private" : "screen" }, this.canvas),
          make("div", { class: "log", tabindex: "0", role: "region", "aria-label": "Requests sent until then" }, this.log)));
      this.svg.addEventListener("click", (event) => {
        if (event.target.closest("[data-finding]")) return;
        const box = this.svg.getBoundingClientRect();
        this.stop();
        this.show(Math.min(this.right, Math.max(this.left, ((event.clientX - box.left) / box.width) * 1000)));
      });
    }
    async load() {
      this.sent = [];
      for (let at = this.rows[0]; at <= this.rows[1] && at < contents.requests && this.sent.length < 20000; at++) {
        const row = await rowAt("requests", at);
        if (row && name(row[1]) === this.run) this.sent.push(row);
      }
      this.sent.sort((a, b) => a[0] - b[0]);
      await this.show(this.left);
    }
    moment(x) {
      const after = this.knots.findIndex((knot) => knot[1] >= x);
      if (after <= 0) return this.knots[after < 0 ? this.knots.length - 1 : 0][0];
      const [t1, x1] = this.knots[after - 1], [t2, x2] = this.knots[after];
      return t1 + (x2 > x1 ? ((x - x1) / (x2 - x1)) * (t2 - t1) : 0);
    }
    go() {
      if (Number(this.slide.value) >= this.right) this.slide.value = this.left;
      this.going = true;
      this.button.textContent = "Pause";
      let last;
      const step = async (now) => {
        if (!this.going) return;
        const x = Number(this.slide.value) + (last ? ((now - last) / 40000) * (this.right - this.left) : 0);
        last = now;
        await this.show(Math.min(x, this.right));
        if (x >= this.right) this.stop(); else requestAnimationFrame(step);
      };
      requestAnimationFrame(step);
    }
    stop() {
      this.going = false;
      this.button.textContent = "Play";
    }
    async show(x) {
      this.slide.value = x;
      this.head.setAttribute("x1", x);
      this.head.setAttribute("x2", x);
      const now = this.moment(x) + 1;
      this.clock.textContent = now > 1 ? new Date(now).toISOString().slice(11, 19) + " UTC" : "";
      this.slide.setAttribute("aria-valuetext", this.clock.textContent);
      let until = this.sent.findIndex((row) => row[0] > now);
      if (until < 0) until = this.sent.length;
      if (until !== this.until) {
        this.until = until;
        const items = [];
        for (let i = until - 1; i >= 0 && i >= until - 14; i--) items.push(await this.item(this.sent[i]));
        if (until === this.until) this.log.replaceChildren(...(items.length ? items : [make("li", { class: "small" }, "Nothing sent yet.")]));
      }
      await this.draw(now);
    }
    async item(row) {
      const found = [];
      for (const n of row[9].slice(0, 40)) {
        const hit = found.length < 4 ? await findingNumber(n) : null;
        const [, meaning, family] = hit ? contents.properties[hit[0][1]] : [];
        if (hit) found.push(make("span", { class: "found " + family }, meaning + ": ", make("a", { href: "#finding-" + n, "data-finding": n }, hit[0][2] || hit[0][0])));
      }
      if (row[9].length > found.length) found.push(make("span", { class: "small" }, "and " + (row[9].length - found.length) + " more"));
      return make("li", { class: found.length ? "telling" : false },
        make("span", { class: "time" }, new Date(row[0]).toISOString().slice(11, 19)), " ",
        make("b", {}, name(row[3])), make("span", { class: "small" }, " " + name(row[4]) + ", " + size(row[7])), ...found);
    }
    async draw(now) {
      if (!this.canvas) return;
      let at = this.frames.findIndex((frame) => frame[0] > now);
      at = at < 0 ? this.frames.length - 1 : at - 1;
      if (at === this.drawn) return;
      this.drawn = at;
      if (at < 0) {
        this.canvas.width = 1;
        this.canvas.setAttribute("aria-label", "No picture yet");
        return;
      }
      // A picture made of bytes asks no network and needs no leave of the policy.
      try {
        const bytes = Uint8Array.from(atob(this.frames[at][1]), (c) => c.charCodeAt(0));
        const picture = await createImageBitmap(new Blob([bytes]));
        if (this.drawn !== at) return;
        this.canvas.width = picture.width;
        this.canvas.height = picture.height;
        this.canvas.getContext("2d").drawImage(picture, 0, 0);
        this.canvas.setAttribute("aria-label", "The screen of run " + this.run + " at " + this.clock.textContent);
      } catch { /* a broken frame leaves the one before it */ }
    }
  }
  const reels = contents ? document.querySelectorAll("[data-reel]") : [];
  for (const place of reels) {
    const open = place.querySelector("button");
    open.hidden = false;
    open.addEventListener("click", async () => {
      const reel = new Reel(place, await block("reel-" + place.dataset.reel));
      await reel.load();
      reel.button.focus({ preventScroll: true });
      if (!matchMedia("(prefers-reduced-motion: reduce)").matches) reel.go();
    });
  }

  if (contents) {
    const packed = document.querySelector("script[data-packed]");
    for (const place of document.querySelectorAll("[data-list]")) {
      if (packed && !window.DecompressionStream) place.append("This browser cannot unpack the list; candor show opens every finding in a terminal.");
      else new List(place);
    }
  }
  for (const button of document.querySelectorAll("button.copy")) button.hidden = false;
  document.addEventListener("click", async (event) => {
    const link = event.target.closest?.("[data-finding]");
    if (link && contents && dialog) {
      event.preventDefault();
      goTo(Number(link.dataset.finding));
    }
    if (event.target === dialog) dialog.close();
    const copy = event.target.closest?.("button.copy");
    if (copy) {
      const code = copy.parentElement.querySelector("code");
      try {
        await navigator.clipboard.writeText(code.textContent);
        copy.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(code);
        copy.textContent = "Selected";
      }
      setTimeout(() => (copy.textContent = "Copy"), 1500);
    }
  });
  const fromHash = () => {
    const wanted = /^#finding-(\d+)$/.exec(location.hash);
    if (wanted && contents) goTo(Number(wanted[1]));
  };
  addEventListener("hashchange", fromHash);
  fromHash();

  // The choice of light or dark stays with the reader, where the browser lets it.
  for (const input of document.querySelectorAll('input[name="theme"]')) {
    try {
      if (localStorage.getItem("candor-theme") === input.id) input.checked = true;
      input.addEventListener("change", () => localStorage.setItem("candor-theme", input.id));
    } catch { /* then it does not stay */ }
  }
  // On paper the strongest evidence of each claim stands open, and what the reader opened.
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll(".claim .evidence > .finding:first-of-type:not([open]), .untested:not([open])")];
    for (const details of folded) details.open = true;
  });
  addEventListener("afterprint", () => folded.forEach((details) => (details.open = false)));

  // The bar shows where one is.
  const links = new Map([...document.querySelectorAll(".bar nav a")].map((a) => [a.hash.slice(1), a]));
  const inSight = new Set();
  const watch = new IntersectionObserver((entries) => {
    for (const entry of entries) entry.isIntersecting ? inSight.add(entry.target.id) : inSight.delete(entry.target.id);
    const first = [...links.keys()].find((id) => inSight.has(id));
    for (const [id, a] of links) id === first ? a.setAttribute("aria-current", "true") : a.removeAttribute("aria-current");
  }, { rootMargin: "-20% 0px -60% 0px" });
  for (const id of links.keys()) if ($(id)) watch.observe($(id));
})();
