/** The page to talk, in a browser of a telephone's size: it talks, shows words as words, asks nobody else, and fits. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadLLM } from '../../src/llm/index.js'
import { serve } from '../../src/serve/index.js'
import { goldenPath } from '../goldens.js'
import { hasChromium, openPage } from './chromium.js'

const folder = goldenPath('models')

test.runIf(folder && hasChromium)('a talk on a telephone', { timeout: 60_000 }, async () => {
  const model = await loadLLM(join(folder!, 'qwen2'), { frozen: true })
  const server = await serve(model, { port: 0, name: '<b>model</b>' })
  const page = await openPage(server.url)
  try {
    await expect.poll(() => page.evaluate("document.getElementById('model').value")).toBe('<b>model</b>')
    expect(await page.evaluate("document.querySelector('h1').textContent")).toBe('<b>model</b>')
    await page.evaluate(`document.getElementById('tokens').value = 24
      document.getElementById('say').value = '<img src=x onerror=alert(1)> & "words"'
      document.getElementById('form').requestSubmit()`)
    await expect.poll(() => page.evaluate("document.getElementById('send').textContent"), { timeout: 30_000 }).toBe('Send')
    const [asked, answer] = (await page.evaluate("[...document.querySelectorAll('.message')].map((p) => p.textContent)")) as string[]
    expect(asked).toBe('<img src=x onerror=alert(1)> & "words"')
    expect(answer!.length).toBeGreaterThan(0)
    expect(await page.evaluate("document.querySelectorAll('img').length")).toBe(0)
    // nothing is wider than the screen, and what is touched is large enough
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390)
    expect(
      await page.evaluate("Math.min(...[...document.querySelectorAll('button')].map((b) => b.getBoundingClientRect().height))"),
    ).toBeGreaterThanOrEqual(44)
    expect(page.errors).toEqual([])
    expect(page.asked.filter((url) => !url.startsWith(server.url))).toEqual([])
    if (process.env.HEBB_SCREENSHOT) writeFileSync(process.env.HEBB_SCREENSHOT, await page.screenshot())
  } finally {
    await page.close()
    await server.close(0)
  }
})
