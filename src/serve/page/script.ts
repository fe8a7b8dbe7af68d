/** What the page to talk does, as the text that the browser is given: it asks this server, and shows words as words, never as HTML. */

export const script = `
'use strict'
const at = (id) => document.getElementById(id)
const [talk, say, send, model, key] = ['talk', 'say', 'send', 'model', 'key'].map(at)
let messages = []
let under = null
try { key.value = sessionStorage.getItem('key') || '' } catch {}
const headers = () => ({ 'Content-Type': 'application/json', ...(key.value && { Authorization: 'Bearer ' + key.value }) })

function show(role, text) {
  talk.querySelector('.empty')?.remove()
  const p = document.createElement('p')
  p.className = 'message ' + role
  p.textContent = text
  talk.append(p)
  talk.scrollTop = talk.scrollHeight
  return p
}

async function models() {
  try {
    const response = await fetch('v1/models', { headers: headers() })
    const { data, error } = await response.json()
    if (error) return
    model.replaceChildren(...data.map(({ id }) => new Option(id, id)))
  } catch {}
}

async function ask() {
  const system = at('system').value.trim()
  under = new AbortController()
  send.textContent = 'Stop'
  const answer = show('assistant busy', '')
  let text = ''
  try {
    const response = await fetch('v1/chat/completions', {
      method: 'POST',
      headers: headers(),
      signal: under.signal,
      body: JSON.stringify({
        model: model.value,
        stream: true,
        temperature: Number(at('temperature').value),
        max_tokens: Number(at('tokens').value),
        messages: [...(system ? [{ role: 'system', content: system }] : []), ...messages],
      }),
    })
    if (!response.ok) throw new Error((await response.json()).error.message)
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
    let rest = ''
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      const lines = (rest + value).split('\\n')
      rest = lines.pop()
      for (const line of lines) {
        if (!line.startsWith('data: ') || line === 'data: [DONE]') continue
        const { choices, error } = JSON.parse(line.slice(6))
        if (error) throw new Error(error.message)
        text += choices[0]?.delta?.content ?? ''
        const below = talk.scrollHeight - talk.scrollTop - talk.clientHeight < 40
        answer.textContent = text
        if (below) talk.scrollTop = talk.scrollHeight
      }
    }
  } catch (error) {
    if (error.name !== 'AbortError') show('error', error.message)
  }
  answer.classList.remove('busy')
  if (text) messages.push({ role: 'assistant', content: text })
  else answer.remove()
  under = null
  send.textContent = 'Send'
}

at('form').addEventListener('submit', (event) => {
  event.preventDefault()
  if (under) return under.abort()
  const content = say.value.trim()
  if (!content) return
  say.value = ''
  say.style.height = ''
  messages.push({ role: 'user', content })
  show('user', content)
  ask()
})
say.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && !event.shiftKey && !event.isComposing && !under) {
    event.preventDefault()
    at('form').requestSubmit()
  }
})
say.addEventListener('input', () => {
  say.style.height = ''
  say.style.height = say.scrollHeight + 2 + 'px'
})
at('settings').addEventListener('submit', (event) => event.preventDefault())
key.addEventListener('change', () => {
  try { sessionStorage.setItem('key', key.value) } catch {}
  models()
})
at('new').addEventListener('click', () => {
  under?.abort()
  messages = []
  talk.replaceChildren()
  say.focus()
})
models()
`
