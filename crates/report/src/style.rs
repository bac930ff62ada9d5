//! The page's looks: no font, picture or script from anywhere.

/// Style sheet, light and dark, printable.
pub(crate) const CSS: &str = r#"
:root{color-scheme:light dark;--ink:#1c1e21;--dim:#5a6270;--paper:#fcfbf8;--card:#fff;--line:#dcd8cf;
--red:#a3182d;--redbg:#fbeaec;--green:#1d6b3a;--greenbg:#e7f4ea;--amber:#7d5200;--amberbg:#fdf3dc;--grey:#4b5563;--greybg:#eef0f3;--mark:#ffe27a;--code:#f4f2ec}
@media (prefers-color-scheme:dark){:root{--ink:#e8e6e1;--dim:#a2a9b4;--paper:#15171a;--card:#1d2024;--line:#363b42;
--red:#ff8c9b;--redbg:#3a1a20;--green:#7fd49a;--greenbg:#173022;--amber:#f2c66d;--amberbg:#352a12;--grey:#b4bcc8;--greybg:#2a2f36;--mark:#7a6210;--code:#23272c}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 Georgia,'Times New Roman',serif}
main{max-width:60rem;margin:0 auto;padding:2rem 1.25rem 5rem}
h1{font-size:2rem;line-height:1.2;margin:.2rem 0 .5rem}
h2{font-size:1.3rem;margin:2.6rem 0 .8rem;border-bottom:2px solid var(--line);padding-bottom:.3rem}
h3{font-size:1rem;margin:1rem 0 .3rem}
.sim{display:inline-block;background:var(--ink);color:var(--paper);font:700 .8rem/1 system-ui,sans-serif;letter-spacing:.12em;padding:.4rem .6rem;border-radius:3px}
.lead{font-size:1.12rem;color:var(--dim);margin:.2rem 0}
.tally{display:flex;flex-wrap:wrap;gap:.6rem;margin:1.2rem 0;padding:0;list-style:none;font-family:system-ui,sans-serif}
.tally li{background:var(--card);border:1px solid var(--line);border-radius:6px;padding:.5rem .9rem}
.tally b{display:block;font-size:1.5rem;line-height:1.2}
.tally span{font-size:.8rem;color:var(--dim)}
article{background:var(--card);border:1px solid var(--line);border-left:6px solid var(--grey);border-radius:6px;padding:1rem 1.2rem;margin:1rem 0}
article.bad{border-left-color:var(--red)}article.good{border-left-color:var(--green)}article.open{border-left-color:var(--amber)}
blockquote{margin:0 0 .5rem;font-size:1.1rem}
.badge{display:inline-block;font:700 .78rem/1 system-ui,sans-serif;padding:.35rem .55rem;border-radius:3px;background:var(--greybg);color:var(--grey)}
.bad>.verdict .badge{background:var(--redbg);color:var(--red)}.good>.verdict .badge{background:var(--greenbg);color:var(--green)}.open>.verdict .badge{background:var(--amberbg);color:var(--amber)}
.verdict{display:flex;flex-wrap:wrap;gap:.4rem .8rem;align-items:center;margin:.3rem 0}
.src,.small{font-size:.86rem;color:var(--dim)}
ul.why{margin:.4rem 0;padding-left:1.2rem}
code,pre,.path{font-family:ui-monospace,'DejaVu Sans Mono',Menlo,monospace;font-size:.84rem;overflow-wrap:anywhere}
pre{background:var(--code);border-radius:4px;padding:.6rem .8rem;white-space:pre-wrap;margin:.3rem 0}
mark{background:var(--mark);color:inherit;border-radius:2px;padding:0 .1em}
details{border-top:1px solid var(--line);padding:.45rem 0}
summary{cursor:pointer}
summary:focus-visible,a:focus-visible{outline:3px solid var(--amber);outline-offset:2px}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-family:system-ui,sans-serif;font-size:.88rem}
th,td{text-align:left;vertical-align:top;padding:.4rem .6rem;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
th{color:var(--dim);font-weight:600}
@media print{body{background:#fff}article{break-inside:avoid}}
"#;
