import assert from 'node:assert/strict'
import test, { afterEach, beforeEach, mock } from 'node:test'

import { Element } from './page.mjs'

const page = { createElement: (name) => new Element(name, page), baseURI: 'http://here/', addEventListener () {} }
globalThis.document = page
const { Text } = await import('../../bnviz/ui/live/text.js')
const { connection } = await import('../../bnviz/ui/live/connection.js')

let ready, root, text
const live = connection({ name: 'main', socket: '/live/socket' })
const DATA = { run: { name: 'main' }, field: 'words', title: 'What is to be seen' }
const lines = () => root.children.map((child) => [child.name, child.textContent])
const draw = (words, step = 3) => text.draw({ header: { step, texts: words === undefined ? {} : { words } }, arrays: {} })

beforeEach(() => {
  mock.timers.enable({ apis: ['setTimeout'] })
  ready = mock.method(live, 'ready', () => {})
  root = new Element('div', page)
  text = new Text(root, DATA)
})

afterEach(() => {
  text.remove()
  mock.restoreAll()
  mock.timers.reset()
})

test('it is a region with a name, and asks for its text', () => {
  assert.deepEqual(root.attributes, { role: 'region', 'aria-label': 'What is to be seen' })
  assert.deepEqual(root.dataset, { testid: 'live-text', text: 'words' })
  assert.deepEqual([text.fields, text.visible(), live.panels.has(text)], [['words'], true, true])
  assert.deepEqual(ready.mock.calls.map(({ arguments: given }) => given), [[true]])
})

test('each line is a paragraph, and nothing in it is taken for HTML', () => {
  draw('γ is <b>held</b>.\nLayer 2 is dead.')
  assert.deepEqual(lines(), [['p', 'γ is <b>held</b>.'], ['p', 'Layer 2 is dead.']])
  assert.equal(root.dataset.step, 3)
})

test('what it says already is not said again', () => {
  draw('as before', 3)
  const [said] = root.children
  draw('as before', 8)
  assert.equal(root.children[0], said)
  assert.equal(text.drawn, 2)
  draw('news', 9)
  assert.deepEqual([lines(), root.dataset.step], [[['p', 'news']], 9])
})

test('a frame without its text leaves it as it was', () => {
  draw('as before')
  draw(undefined, 9)
  text.draw({ header: { step: 9 }, arrays: {} })
  assert.deepEqual([lines(), root.dataset.step, text.drawn], [[['p', 'as before']], 3, 1])
})

test('a rerun with another field asks for that, on the same connection', () => {
  text.update({ ...DATA, field: 'ledger', title: 'In numbers' })
  assert.deepEqual([text.fields, root.attributes['aria-label']], [['ledger'], 'In numbers'])
  assert.equal([...live.panels].filter((panel) => panel === text).length, 1)
  text.remove()
  assert.equal(live.panels.has(text), false)
})
