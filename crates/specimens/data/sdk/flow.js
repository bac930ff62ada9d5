// What a visitor does on a page of the bench: uses it, objects, uses it further, comes back. The bench's own words go through a
// fetch that was kept before any SDK could wrap it; the page's own go through the page's.

const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const tell = (word) => bench.fetch(`/-/${word}`, { method: "POST", cache: "no-store" });
const planted = (name) => bench.seeds[name];
const did = (...names) => Promise.all(names.map((name) => tell(`did/${name}`)));

/** Searches as the page does: its own server is asked, and the SDK is told. */
async function search(name) {
  await fetch(`/find?q=${encodeURIComponent(planted(name))}`);
  sdk.search(planted(name));
  await did(name);
}

/** What stays with the page and its own server, and may reach nobody else. */
async function keep() {
  document.querySelector("#name").value = planted("name");
  localStorage.setItem("shop.note", planted("note"));
  document.querySelector("#later").href = planted("unvisited");
  await bench.fetch("/order", { method: "POST", body: new URLSearchParams({ name: planted("name") }) });
  await did("name", "note", "unvisited");
}

async function control() {
  await fetch("https://control.candor.test/beacon", {
    method: "POST", mode: "no-cors", body: JSON.stringify({ control: planted("control") }),
  });
  await did("control");
}

async function use() {
  await control();
  await keep();
  sdk.start();
  await did("visit-1");
  await search("search-1");
  sdk.account(planted("account-1"));
  sdk.email(planted("email-1"));
  await did("account-1", "email-1");
  await pause(bench.wait_ms);
}

async function object() {
  await tell("phase/opt_out/1");
  await sdk.optOut();
  await pause(bench.wait_ms);
  await tell("phase/after/1");
  history.pushState(null, "", planted("visit-2"));
  sdk.visited();
  await did("visit-2");
  await search("search-2");
  sdk.account(planted("account-2"));
  sdk.email(planted("email-2"));
  await did("account-2", "email-2");
  await pause(bench.wait_ms);
}

async function again() {
  await control();
  await keep();
  sdk.start();
  await did("visit-3");
  // Looks around first. The Sensors SDK can lose what it queued before its first tick, when it finds the queue of an earlier
  // session then: it goes through localStorage by number while it adds and removes keys.
  await pause(bench.wait_ms);
  await search("search-3");
  sdk.email(planted("email-3"));
  await did("email-3");
  await pause(bench.wait_ms);
  await tell("phase/idle/3");
  location.replace("/idle");
}

async function idle() {
  sdk.start();
  await pause(bench.wait_ms);
}

async function run() {
  if (bench.page === "use") await use().then(object);
  if (bench.page === "again") return again();
  if (bench.page === "idle") await idle();
  await tell("end");
}

addEventListener("load", () => run().catch((error) => tell(`broken/${encodeURIComponent(String(error))}`)));
