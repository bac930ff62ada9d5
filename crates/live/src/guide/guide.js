"use strict";
(() => {
  const main = document.querySelector("main").dataset;
  const rest = (ms) => new Promise((go) => setTimeout(go, ms));
  // The page goes on when the recorder has seen what it waits for.
  if (main.home) location.replace(main.home);
  (async () => {
    for (;;) {
      try {
        const answer = await fetch(main.base + "wait?v=" + main.version, { cache: "no-store" });
        if (answer.ok && (await answer.json()).version > Number(main.version)) {
          // Words that are being typed are not to be lost.
          while (document.activeElement?.matches("input[name=q]") && document.activeElement.value && document.visibilityState === "visible") await rest(500);
          return location.reload();
        }
      } catch { await rest(2000); }
      await rest(200);
    }
  })();
  document.addEventListener("submit", (event) => {
    const typed = event.target.querySelector("input[name=q]");
    if (typed) setTimeout(() => { typed.value = ""; typed.blur(); });
  });
  const knock = async (address) => { try { await fetch(address, { mode: "no-cors", cache: "no-store", referrerPolicy: "no-referrer" }); return true; } catch { return false; } };
  (async () => { while (main.probe) { for (const address of main.probe.split(" ")) await knock(address); await rest(2500); } })();
  (async () => { if (main.control && !(await knock(main.control))) await knock(main.control.replace("https:", "http:")); })();
})();
