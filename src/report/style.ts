/** How a report looks: one style sheet, light and dark, desk, telephone and paper. Its line colours stay apart for the colour-blind (a test measures it). */

export const style = `
:root {
  color-scheme: light dark;
  --paper: #f7f7f5; --card: #fff; --ink: #1c1d1f; --muted: #63666d; --rule: #d9dade; --grid: #e8e9ec;
  --right: #2563eb; --wrong: #c2410c; --on-strong: #fff; --tint: #eef2fb;
  --line-1: #044cff; --line-2: #df7600; --line-3: #0c4d05; --line-4: #690c8a; --line-5: #ff3596; --line-6: #9a5e1c; --line-7: #159dc9; --line-8: #9a1e55; --hole: #b9bcc2;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #131417; --card: #1b1d21; --ink: #e9eaec; --muted: #9ea3ad; --rule: #34373e; --grid: #2a2d33;
    --right: #6c9dfc; --wrong: #fb8b4b; --on-strong: #10131a; --tint: #222937;
    --line-1: #3d92ff; --line-2: #ff9500; --line-3: #50ce93; --line-4: #7057c6; --line-5: #d0177f; --line-6: #ffd51e; --line-7: #52e6ff; --line-8: #a592b9; --hole: #5b5f68;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0 auto; max-width: 72rem; padding: clamp(1rem, 4vw, 3rem) clamp(0.9rem, 4vw, 2.5rem) 4rem;
  background: var(--paper); color: var(--ink);
  font: 1rem/1.55 ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", sans-serif;
  font-variant-numeric: tabular-nums; overflow-wrap: anywhere;
}
h1 { font-size: clamp(1.7rem, 1.2rem + 2vw, 2.5rem); line-height: 1.15; letter-spacing: -0.02em; margin: 0; text-wrap: balance; }
h2 { font-size: 1.35rem; line-height: 1.25; letter-spacing: -0.01em; margin: 3rem 0 0.35rem; }
h3 { font-size: 1rem; line-height: 1.3; margin: 0; }
h2 + p { margin: 0 0 1rem; color: var(--muted); }
h2 + .pair, h2 + .card { margin-top: 1rem; }
p { margin: 0.3rem 0; }
.lead { font-size: 1.1rem; color: var(--muted); max-width: 44rem; margin-top: 0.6rem; }
.created { color: var(--muted); font-size: 0.875rem; }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; font-size: 0.875em; }
.card { background: var(--card); border: 1px solid var(--rule); border-radius: 12px; padding: 1rem 1.15rem; margin: 0; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.75rem, 1fr)); gap: 0.75rem; margin: 1.75rem 0 0; }
.tiles .card { padding: 0.8rem 1rem; }
.tiles dt { color: var(--muted); font-size: 0.875rem; }
.tiles dd { margin: 0; font-size: 1.375rem; line-height: 1.35; font-weight: 620; letter-spacing: -0.02em; overflow-wrap: break-word; }
.tiles dd.note { font-size: 0.8125rem; font-weight: 400; letter-spacing: 0; }
.note { color: var(--muted); font-size: 0.8125rem; }
.command { display: flex; flex-wrap: wrap; gap: 0.25rem 0.75rem; align-items: baseline; margin-top: 0.9rem; }
.command span { color: var(--muted); font-size: 0.875rem; }
.command code { background: var(--tint); border-radius: 6px; padding: 0.2rem 0.5rem; user-select: all; max-width: 100%; overflow-x: auto; white-space: nowrap; }

.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 0.75rem; }
.pair + .card { margin-top: 0.75rem; }
.pair > * { min-width: 0; }
figcaption { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0.1rem 1rem; margin-bottom: 0.5rem; }
figcaption p { flex-basis: 100%; color: var(--muted); font-size: 0.875rem; margin: 0; }
.legend { display: flex; flex-wrap: wrap; gap: 0.1rem 1rem; list-style: none; margin: 0; padding: 0; font-size: 0.875rem; }
.legend i { display: inline-block; width: 1.1em; height: 3px; border-radius: 2px; vertical-align: 0.25em; margin-right: 0.45em; background: var(--color); }
.legend i.dashed { width: 1.3em; border-radius: 0; background: repeating-linear-gradient(90deg, var(--color) 0 0.35em, transparent 0.35em 0.5em); }
.legend i.points { width: 0.6em; height: 0.6em; border-radius: 50%; vertical-align: 0.02em; }
.legend i.both { background: radial-gradient(circle at center, var(--color) 0.28em, transparent 0.3em), linear-gradient(var(--color) 0 0) center / 100% 3px no-repeat; height: 0.6em; vertical-align: 0.02em; }
.legend .ramp { color: var(--muted); }
.legend .ramp i { width: 5.5rem; height: 0.6em; margin: 0 0.45em; vertical-align: 0.02em; }
.curve svg { display: block; width: 100%; height: auto; overflow: visible; }
.curve text { font-family: ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; font-variant-numeric: tabular-nums; }
.nothing { padding: 3.5rem 1rem; margin: 0; text-align: center; color: var(--muted); border: 1px dashed var(--rule); border-radius: 8px; }
.pair > .curve:only-child { max-width: 46rem; }
.curve image { image-rendering: pixelated; }
.mesh path { stroke: rgb(0 0 0 / 0.28); stroke-width: 0.4; stroke-linejoin: round; }
.walls path { fill: none; stroke: var(--grid); }
.rulers path { fill: none; stroke: var(--muted); }
.walls text, .rulers text { fill: var(--muted); font-size: 13px; }
@media (max-width: 30rem) { .walls text, .rulers text { font-size: 16px; } }

.figures > p { max-width: 46rem; color: var(--muted); margin: 0 0 0.7rem; }
.figures .grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 26rem), 1fr)); gap: 0.75rem; margin-top: 1rem; align-items: start; }
.figures .grid > * { min-width: 0; }
.figures .pictures, .figures .sample, .figures .broad { grid-column: 1 / -1; }
.strip + .strip { margin-top: 0.8rem; }
.strip h4 { font-size: 0.875rem; font-weight: 500; color: var(--muted); margin: 0 0 0.25rem; }
.strip ul { list-style: none; margin: 0; padding: 0; display: grid; gap: 0.5rem; }
.strip .flowing { grid-template-columns: repeat(auto-fill, minmax(min(100%, var(--size)), var(--size))); }
.strip .fixed { grid-template-columns: repeat(var(--columns), minmax(0, var(--size))); gap: min(0.5rem, 1vw); }
.strip img { display: block; width: 100%; height: auto; border-radius: 3px; outline: 1px solid var(--rule); }
.strip span { display: block; font-size: 0.75rem; line-height: 1.3; color: var(--muted); margin-top: 0.15rem; text-align: center; }
.bars th { font-weight: 500; text-align: left; padding: 0.22rem 0.6rem 0.22rem 0; max-width: 12rem; }
.bars td { text-align: right; white-space: nowrap; padding: 0.22rem 0 0.22rem 0.6rem; width: 1%; }
.bars td.track { position: relative; width: auto; min-width: 5rem; padding: 0; }
.track i { position: absolute; top: 50%; }
.track .fill { height: 0.95em; margin-top: -0.475em; background: var(--right); opacity: 0.75; border-radius: 2px; min-width: 1px; }
.track .below { background: var(--wrong); }
.track .interval { height: 0.6em; margin-top: -0.3em; border: solid var(--ink); border-width: 0 1.5px; background: linear-gradient(var(--ink) 0 0) center / 100% 1.5px no-repeat; }
.bars small { display: block; font-size: 0.75rem; color: var(--muted); }
.facts th, .facts td { padding: 0.34rem 0.5rem; text-align: left; vertical-align: top; overflow-wrap: break-word; }
.facts .number { text-align: right; white-space: nowrap; }
.facts thead th { color: var(--muted); font-weight: 500; border-bottom: 1px solid var(--rule); vertical-align: bottom; white-space: normal; }
.facts tbody th { font-weight: 500; }
.facts tbody tr + tr > * { border-top: 1px solid var(--grid); }
.sample pre { margin: 0; overflow-wrap: anywhere; tab-size: 4; }

.narrow { display: none; }
@media (max-width: 30rem) { .wide { display: none; } .narrow { display: block; } .card { padding: 0.85rem 0.8rem; } }
details > summary { cursor: pointer; }
.pair + details { margin-top: 0.75rem; }
details p { color: var(--muted); font-size: 0.875rem; }

.scroll { overflow-x: auto; max-width: 100%; }
/* where a table goes on behind its edge, the edge is shaded */
.card > .scroll { background: linear-gradient(to right, var(--card) 40%, transparent) left / 2.5rem 100% no-repeat local, linear-gradient(to left, var(--card) 40%, transparent) right / 2.5rem 100% no-repeat local,
  linear-gradient(to right, var(--rule), transparent) left / 0.9rem 100% no-repeat scroll, linear-gradient(to left, var(--rule), transparent) right / 0.9rem 100% no-repeat scroll; }
:focus-visible { outline: 2px solid var(--right); outline-offset: 2px; }
table { border-collapse: collapse; width: 100%; font-size: 0.875rem; line-height: 1.35; }
.numbers th, .numbers td { padding: 0.34rem 0.5rem; text-align: right; white-space: nowrap; }
.numbers thead th { white-space: normal; overflow-wrap: normal; }
.numbers tbody th, .numbers td.text { white-space: normal; overflow-wrap: break-word; }
.numbers td.shape { white-space: nowrap; }
.layers tbody th { overflow-wrap: anywhere; min-width: 4rem; }
.numbers th:first-child, .numbers td.text, .numbers.layers th:not(:last-child), .numbers.errors th:nth-child(2) { text-align: left; }
.numbers th:first-child { padding-left: 0; }
.numbers th:last-child, .numbers td:last-child { padding-right: 0.35rem; }
.numbers thead th { color: var(--muted); font-weight: 500; border-bottom: 1px solid var(--rule); vertical-align: bottom; }
.numbers tbody th { font-weight: 500; }
.numbers tbody tr + tr > * { border-top: 1px solid var(--grid); }
.numbers tfoot > tr > * { border-top: 1px solid var(--rule); font-weight: 600; }
td.bar { --hue: var(--right); background: linear-gradient(color-mix(in srgb, var(--hue) 20%, transparent) 0 0) no-repeat right center / calc(var(--share) * 100%) 72%; }
td.bar.wrong { --hue: var(--wrong); }

.matrix { table-layout: fixed; border-spacing: 2px; border-collapse: separate; font-size: clamp(0.625rem, 0.5rem + 0.5vw, 0.8125rem); min-width: 19rem; }
.matrix th { font-weight: 500; color: var(--muted); padding: 0.15rem; text-align: center; overflow: hidden; }
.matrix th span { display: block; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.matrix td { padding: 0; height: 2.1em; text-align: center; border-radius: 4px; white-space: nowrap; }
.matrix tbody td { background: color-mix(in srgb, var(--hue, transparent) calc(var(--shade) * 100%), transparent); }
.matrix td.right { --hue: var(--right); }
.matrix td.wrong { --hue: var(--wrong); }
.matrix td.strong { color: var(--on-strong); font-weight: 600; }
.matrix td.none { color: var(--rule); }
.pixels { image-rendering: pixelated; }
figure > img.pixels { width: 100%; height: auto; border: 1px solid var(--rule); }

.mistakes { list-style: none; margin: 0; padding: 0; display: grid; grid-template-columns: repeat(auto-fill, minmax(8.25rem, 1fr)); gap: 0.75rem; }
.mistakes.texts { grid-template-columns: repeat(auto-fill, minmax(min(100%, 20rem), 1fr)); }
.mistakes li { padding: 0.6rem; position: relative; }
.mistakes img { display: block; width: 100%; height: auto; aspect-ratio: 1; object-fit: contain; border-radius: 6px; background: #000; }
.mistakes blockquote { margin: 0 0 0.4rem; max-height: 9em; overflow-y: auto; white-space: pre-wrap; }
.mistakes dl { margin: 0.45rem 0 0; font-size: 0.8125rem; line-height: 1.45; }
.mistakes dl div { display: flex; flex-wrap: wrap; column-gap: 0.3rem; }
.mistakes dt { flex: 0 0 2.1rem; }
.mistakes dt, .mistakes dd + dd, .index { color: var(--muted); }
.mistakes dd { margin: 0; max-width: 100%; overflow-wrap: break-word; }
.mistakes dd + dd { margin-left: auto; white-space: nowrap; }
.mistakes dd.right { color: var(--right); font-weight: 650; }
.mistakes dd.wrong { color: var(--wrong); font-weight: 650; }
.index { font-size: 0.75rem; margin: 0.15rem 0 0; }
@media (max-width: 30rem) { .numbers { font-size: 0.8125rem; } .matrix { letter-spacing: -0.04em; font-size: 0.6rem; } .matrix td.strong { font-weight: 500; } .numbers th, .numbers td { padding-inline: 0.25rem; } }
pre { line-height: 1.5; max-height: 36rem; overflow: auto; white-space: pre-wrap; }

@media print {
  :root { --paper: #fff; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  .card, figure { break-inside: avoid; }
  pre { max-height: none; }
}
`
