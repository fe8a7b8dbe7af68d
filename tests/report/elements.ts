/** Reads the elements of a page, and fails where its tags do not nest. */
import { expect } from 'vitest'

/** Checks that tags are closed in order and returns the elements with their attributes. */
export function elementsOf(page: string): { name: string; attributes: string }[] {
  const found: { name: string; attributes: string }[] = []
  const open: string[] = []
  const body = page.replace(/^<!doctype html>/, '').replace(/<style>[\s\S]*?<\/style>/, '')
  for (const [, slash, name = '', attributes = '', selfClosed] of body.matchAll(
    /<(\/?)([a-zA-Z][\w:-]*)((?:\s+[\w:-]+(?:="[^"]*")?)*)\s*(\/?)>/g,
  )) {
    if (slash) expect(open.pop()).toBe(name)
    else {
      found.push({ name, attributes })
      if (!selfClosed && !['meta', 'img'].includes(name)) open.push(name)
    }
  }
  expect(open).toEqual([])
  // nothing that looks like a tag was missed
  const rest = body.replace(/<(\/?)([a-zA-Z][\w:-]*)((?:\s+[\w:-]+(?:="[^"]*")?)*)\s*(\/?)>/g, '')
  expect(rest).not.toMatch(/[<>]/)
  return found
}
