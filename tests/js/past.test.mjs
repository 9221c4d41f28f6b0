import assert from 'node:assert/strict'
import test from 'node:test'

import { Past } from '../../bnviz/ui/live/past.js'

const row = (step, arrays = {}) => ({ step, header: { step }, arrays })
const steps = (past) => past.rows.map(({ step }) => step)

/** A past that has taken in rows of these steps, all of which the server keeps. */
function made (found, { generation = 1, kept = found } = {}) {
  const past = new Past()
  take(past, found, { generation, kept })
  return past
}

const take = (past, found, { generation = 1, kept = found } = {}) =>
  past.take({ header: { generation, kept } }, found.map((step) => row(step)))

test('at first there is nothing', () => {
  const past = new Past()
  assert.deepEqual([past.ends, past.at(5), past.beside(5, 1), past.beside(5, -1), past.pinned], [null, null, null, null, null])
})

test('the row of a step is the last one at or before it, else the first', () => {
  const past = made([10, 20, 30])
  for (const [step, expected] of [[0, 10], [10, 10], [19, 10], [20, 20], [29, 20], [30, 30], [Infinity, 30]]) {
    assert.equal(past.at(step).step, expected, step)
  }
  assert.deepEqual(past.ends, [10, 30])
})

test('its neighbours, and none beyond the ends', () => {
  const past = made([0, 5, 10, 12])
  for (const [step, by, expected] of [[5, 1, 10], [5, -1, 0], [7, -1, 0], [12, 1, 12], [0, -1, 0], [12, -2, 5], [0, 9, 12], [5, 0, 5]]) {
    assert.equal(past.beside(step, by).step, expected, `${by} of ${step}`)
  }
})

test('rows are taken in by step, new ones in place of old ones', () => {
  const past = made([10, 0])
  const old = past.at(10)
  take(past, [15, 10], { kept: [0, 10, 15] })
  assert.deepEqual(steps(past), [0, 10, 15])
  assert.notEqual(past.at(10), old)
})

test('what the server keeps no more goes, also when nothing new comes', () => {
  const past = made([0, 5, 10, 15, 17])
  take(past, [], { kept: [0, 10] })
  assert.deepEqual(steps(past), [0, 10])
})

test('rows of another generation take the place of all', () => {
  const past = made([0, 5, 10])
  take(past, [0, 5], { generation: 2, kept: [0, 5, 10] })
  assert.deepEqual(steps(past), [0, 5])
  assert.equal(past.generation, 2)
})

test('a run that stands elsewhere has other rows; what is pinned stays to compare with', () => {
  const past = made([0, 5])
  past.pinned = past.at(5)
  past.clear(7)
  assert.deepEqual([steps(past), past.generation, past.pinned.step], [[], 7, 5])
  past.forget()
  assert.deepEqual([past.pinned, past.generation], [null, undefined])
})

test('the profiles of the pinned row stand in for the ghosts, where there are both', () => {
  const past = new Past()
  const arrays = { 'ghost/activation': 1, 'ghost/normalized': 2, 'profile/activation': 3, drift: 4 }
  assert.equal(past.ghosted(arrays), arrays)
  past.pinned = row(5, { 'profile/activation': 'pinned', 'profile/affine_output': 'not asked for', drift: 'pinned' })
  assert.deepEqual(past.ghosted(arrays), { ...arrays, 'ghost/activation': 'pinned' })
  assert.equal(arrays['ghost/activation'], 1)
})

test('so do its numbers by layer', () => {
  const past = new Past()
  past.pinned = row(5, { signal: 'pinned', drift: 'pinned' })
  const arrays = { signal: 1, signal_ghost: 2, drift: 3, gradient_rms_ghost: 4 }
  assert.deepEqual(past.ghosted(arrays), { ...arrays, signal_ghost: 'pinned' })
})
