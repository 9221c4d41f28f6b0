import assert from 'node:assert/strict'
import test, { beforeEach } from 'node:test'

import { takeName } from '../../bnviz/ui/live/tab.js'

let storage // of the tab
let listeners // of its page

/** A page is loaded in a tab whose storage holds this. */
function load (kept) {
  storage = new Map(kept)
  listeners = {}
  globalThis.sessionStorage = {
    getItem: (key) => storage.get(key) ?? null,
    setItem: (key, value) => storage.set(key, value),
    removeItem: (key) => storage.delete(key)
  }
  globalThis.addEventListener = (event, act) => { listeners[event] = act }
  return takeName()
}

beforeEach(() => load([]))

test('each tab has a name of its own', () => {
  const names = Array.from({ length: 100 }, () => load([]))
  assert.equal(new Set(names).size, 100)
  for (const name of names) assert.ok(name.length > 5)
})

test('a page that is loaded again finds the name, and so does the one after it', () => {
  const name = load([])
  for (let i = 0; i < 2; i++) {
    listeners.pagehide()
    assert.equal(load(storage), name)
  }
})

test('a tab that is copied while the page is open is another one', () => {
  const name = load([])
  assert.notEqual(load(storage), name)
})

test('so it is when the page was left, and came back as it was', () => {
  const name = load([])
  listeners.pagehide()
  listeners.pageshow()
  assert.notEqual(load(storage), name)
})
