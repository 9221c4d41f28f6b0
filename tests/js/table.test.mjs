import assert from 'node:assert/strict'
import test, { afterEach, beforeEach, mock } from 'node:test'

import { Table, thinned, wordsOf } from '../../bnviz/ui/live/table.js'
import { Element } from './page.mjs'

const array = (shape, ...values) => ({ shape, values: new Float32Array(values) })
const column = (label, field, at = [], format = 'number') => ({ label, field, at, format, words: [] })
const layers = (...words) => ({ label: 'layer', words, field: '', at: [], format: 'number' })

let now
beforeEach(() => {
  now = 1000
  mock.method(performance, 'now', () => now)
  mock.timers.enable({ apis: ['setTimeout'] })
})
afterEach(() => {
  mock.restoreAll()
  mock.timers.reset()
})

test('a table is its columns as words, the head their labels', () => {
  const arrays = { drift: array([2, 3], 1, 2, 3, 0.5, NaN, 0) }
  const columns = [layers('1', '2', '3'), column('plain', 'drift', [0], 'drift'), column('batch', 'drift', [-1], 'drift')]
  assert.deepEqual(wordsOf(columns, arrays), {
    head: ['layer', 'plain', 'batch'],
    rows: [['1', '1', '0.5'], ['2', '2', '–'], ['3', '3', '0']]
  })
})

test('an array that is not there is no table; one of no points has no rows', () => {
  assert.equal(wordsOf([layers('1'), column('a', 'loss')], {}), null)
  assert.deepEqual(wordsOf([column('step', 'steps'), column('a', 'loss', [0])], { steps: array([0]), loss: array([2, 0]) }).rows, [])
})

test('of many rows every so many are kept, and the last', () => {
  assert.deepEqual(thinned(0), [])
  assert.deepEqual(thinned(1), [0])
  assert.deepEqual(thinned(40), Array.from({ length: 40 }, (_, i) => i))
  for (const count of [41, 79, 80, 81, 399, 400, 1001]) {
    const kept = thinned(count)
    assert.ok(kept.length <= 40 && kept.length > 20, `${kept.length} of ${count}`)
    assert.equal(kept.at(-1), count - 1)
    assert.ok(kept[0] >= 0)
    assert.equal(new Set(kept.slice(1).map((row, i) => row - kept[i])).size, 1, 'evenly')
  }
  assert.deepEqual(thinned(7, 3), [0, 3, 6])
})

/** A table of two columns, described; `toggles` counts its openings and closings. */
function made () {
  const root = new Element()
  const picture = new Element()
  const toggles = []
  const table = new Table(root, picture, () => toggles.push(table.open))
  table.describe([layers('1', '2'), column('drift', 'drift', [], 'drift')], 'The drift of each layer.')
  return { root, picture, table, toggles }
}

const texts = (table) => table.place.querySelectorAll('th, td').map((cell) => cell.textContent)
const drift = (...values) => ({ drift: array([values.length], ...values) })

test('the button opens it in place of the picture and says so', () => {
  const { picture, table, toggles } = made()
  assert.equal(table.button.type, 'button')
  assert.equal(table.button.textContent, 'Table')
  assert.equal(table.button.attributes['aria-expanded'], 'false')
  assert.equal(table.place.hidden, true)
  table.button.onclick()
  assert.equal(table.button.attributes['aria-expanded'], 'true')
  assert.equal(table.button.textContent, 'Picture')
  assert.equal(table.place.hidden, false)
  assert.equal(table.place.tabIndex, 0)
  assert.equal(picture.style.visibility, 'hidden')
  table.button.onclick()
  assert.equal(table.button.attributes['aria-expanded'], 'false')
  assert.equal(picture.style.visibility, '')
  assert.deepEqual(toggles, [true, false])
})

test('it shows the numbers under heads, with a caption', () => {
  const { table } = made()
  table.toggle()
  table.show(drift(0.5, 2))
  assert.deepEqual(texts(table), ['layer', 'drift', '1', '0.5', '2', '2'])
  const [caption] = table.place.querySelectorAll('caption')
  assert.equal(caption.textContent, 'The drift of each layer.')
  assert.deepEqual(table.place.querySelectorAll('th').map((cell) => cell.scope), ['col', 'col', 'row', 'row'])
})

test('closed it holds nothing and writes nothing', () => {
  const { table } = made()
  table.show(drift(0.5, 2))
  assert.deepEqual(texts(table), [])
  table.toggle()
  table.show(drift(0.5, 2))
  table.toggle()
  assert.deepEqual(table.place.children, [])
})

test('it is written at most twice a second, and the last numbers are never left out', () => {
  const { table } = made()
  table.toggle()
  table.show(drift(1, 1))
  now += 100
  table.show(drift(2, 2))
  now += 100
  table.show(drift(3, 3))
  assert.equal(texts(table)[3], '1')
  now += 299
  mock.timers.tick(399)
  assert.equal(texts(table)[3], '1')
  now += 1
  mock.timers.tick(1)
  assert.equal(texts(table)[3], '3')
  now += 500
  table.show(drift(4, 4))
  assert.equal(texts(table)[3], '4')
})

test('the same cells take new numbers, so that a selection and the scrolled place stay', () => {
  const { table } = made()
  table.toggle()
  table.show(drift(1, 1))
  const cells = table.place.querySelectorAll('th, td')
  now += 500
  table.show(drift(2, 1))
  assert.deepEqual(table.place.querySelectorAll('th, td').map((cell, i) => cell === cells[i]), cells.map(() => true))
  assert.equal(texts(table)[3], '2')
})

test('a frame without its numbers leaves those that stand there; the next that has them is shown at once', () => {
  const { table } = made()
  table.toggle()
  table.show({})
  assert.deepEqual(texts(table), [])
  table.show(drift(1, 1))
  now += 500
  table.show({})
  assert.equal(texts(table)[3], '1')
})

test('told to rest or closed meanwhile, it writes no more', () => {
  const { table } = made()
  table.toggle()
  table.show(drift(1, 1))
  now += 10
  table.show(drift(2, 2))
  table.rest()
  now += 1000
  mock.timers.tick(1000)
  assert.equal(texts(table)[3], '1')
  table.show(drift(3, 3))
  now += 10
  table.show(drift(4, 4))
  table.toggle()
  now += 1000
  mock.timers.tick(1000)
  assert.deepEqual(texts(table), [])
})

test('text is text', () => {
  const { table } = made()
  table.describe([layers('<b>1</b>', '2'), column('<i>', 'drift', [], 'drift')], '<script>')
  table.toggle()
  table.show(drift(1, 1))
  assert.deepEqual(texts(table).slice(0, 3), ['layer', '<i>', '<b>1</b>'])
})
