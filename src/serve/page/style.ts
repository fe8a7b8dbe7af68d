/** How the page to talk looks: light and dark, desk and telephone. */

export const style = `
:root { color-scheme: light dark; --paper: #f7f7f5; --card: #fff; --ink: #1c1d1f; --muted: #5c5f66; --rule: #d9dade; --own: #2563eb; --on-own: #fff; --wrong: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #131417; --card: #1d2025; --ink: #e9eaec; --muted: #a3a8b2; --rule: #363a42; --own: #3b6fe0; --on-own: #fff; --wrong: #ff8a80; }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; height: 100%; }
body {
  margin: 0 auto; max-width: 48rem; height: 100dvh; display: flex; flex-direction: column; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", sans-serif; overflow-wrap: anywhere;
}
header { display: flex; flex-wrap: wrap; gap: 0.4rem 1rem; align-items: center; padding: 0.7rem 1rem; border-bottom: 1px solid var(--rule); }
h1 { font-size: 1.05rem; margin: 0; flex: 1 1 10rem; min-width: 0; }
label { color: var(--muted); font-size: 0.875rem; }
header > label { display: flex; gap: 0.5rem; align-items: center; max-width: 100%; min-width: 0; }
select, input, textarea, button { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--rule); border-radius: 8px; padding: 0.5rem 0.65rem; min-width: 0; }
select { max-width: 14rem; color: var(--ink); }
details { flex: 1 1 100%; }
summary { cursor: pointer; color: var(--muted); font-size: 0.875rem; padding: 0.35rem 0; }
.settings { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 14rem), 1fr)); gap: 0.6rem; padding: 0.3rem 0; }
.settings label { display: grid; gap: 0.2rem; }
main { flex: 1; overflow-y: auto; padding: 1rem; display: flex; flex-direction: column; gap: 0.7rem; }
.empty { color: var(--muted); margin: auto; }
.message { max-width: 88%; padding: 0.6rem 0.85rem; border-radius: 14px; white-space: pre-wrap; margin: 0; }
.user { align-self: flex-end; background: var(--own); color: var(--on-own); border-bottom-right-radius: 4px; }
.assistant { align-self: flex-start; background: var(--card); border: 1px solid var(--rule); border-bottom-left-radius: 4px; }
.assistant.busy::after { content: "▍"; color: var(--muted); }
.error { align-self: stretch; max-width: none; color: var(--wrong); border: 1px solid var(--wrong); }
#form { display: flex; gap: 0.5rem; padding: 0.7rem 1rem max(0.7rem, env(safe-area-inset-bottom)); border-top: 1px solid var(--rule); align-items: flex-end; }
#form textarea { flex: 1; resize: none; max-height: 40dvh; }
button { min-height: 2.75rem; cursor: pointer; }
#send { background: var(--own); border-color: var(--own); color: var(--on-own); font-weight: 600; }
:focus-visible { outline: 3px solid var(--own); outline-offset: 2px; }
`
