/** GET /: a page to talk to the model, in one file, for a telephone as well. */
import { html, raw } from '../../report/html.js'
import { script } from './script.js'
import { style } from './style.js'

/** Everything the page needs is in it: nothing of another place is loaded, and no script but its own runs. */
export async function pageResponse(name: string): Promise<Response> {
  const [scripts, styles] = await Promise.all([script, style].map(hashOf))
  const policy = `default-src 'none'; img-src data:; script-src ${scripts}; style-src ${styles}; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`
  return new Response(page(name).text, {
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': policy,
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
      'Cache-Control': 'no-store',
    },
  })
}

async function hashOf(text: string): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
  return `'sha256-${btoa(String.fromCharCode(...bytes))}'`
}

const page = (name: string): ReturnType<typeof html> => html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${name}</title>
<link rel="icon" href="data:,">
<style>${raw(style)}</style>
</head>
<body>
<header>
  <h1>${name}</h1>
  <label>Model <select id="model" aria-label="Model"></select></label>
  <details>
    <summary>Settings</summary>
    <form class="settings" id="settings">
      <label>API key <input id="key" type="password" autocomplete="off"></label>
      <label>System message <textarea id="system" rows="2"></textarea></label>
      <label>Temperature <input id="temperature" type="number" min="0" max="2" step="0.1" value="0.7"></label>
      <label>Tokens at most <input id="tokens" type="number" min="1" step="1" value="512"></label>
    </form>
  </details>
</header>
<main id="talk" role="log" aria-live="polite" aria-label="Talk"><p class="empty">Say something to begin.</p></main>
<form id="form">
  <textarea id="say" rows="1" placeholder="Message" aria-label="Message" enterkeyhint="send"></textarea>
  <button id="send" type="submit">Send</button>
  <button id="new" type="button">New</button>
</form>
<script>${raw(script)}</script>
</body>
</html>
`
