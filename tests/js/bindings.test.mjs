import assert from 'node:assert/strict'
import test from 'node:test'

import { bound, FORMATS } from '../../bnviz/ui/live/bindings.js'

const array = (shape, ...values) => ({ shape, values: new Float32Array(values) })
const values = (field, at, attribute = 'y') => ({ kind: 'values', trace: 0, attribute, field, at })

test('values are the slice itself', () => {
  const arrays = { loss: array([2, 3], 1, 2, 3, 4, 5, 6), steps: array([3], 7, 8, 9) }
  assert.deepEqual(bound(values('loss', [1]), arrays), { y: new Float32Array([4, 5, 6]) })
  assert.deepEqual(bound(values('steps', [], 'x'), arrays), { x: new Float32Array([7, 8, 9]) })
})

test('ridges are outlines that stand on the line of their row', () => {
  const binding = { kind: 'ridges', trace: 0, field: 'profile', at: [1], height: 0.5 }
  const arrays = { profile: array([2, 2, 3], 9, 9, 9, 9, 9, 9, 0, 1, 0.5, 0.25, 0, 1) }
  assert.deepEqual(bound(binding, arrays), { y: [1, 1, 1.5, 1.25, 1, null, 2, 2.125, 2, 2.5, 2, null] })
})

test('a ridge without numbers keeps its places', () => {
  const binding = { kind: 'ridges', trace: 0, field: 'profile', at: [0], height: 1 }
  const { y } = bound(binding, { profile: array([1, 2, 1], NaN, 1) })
  assert.deepEqual(y, [1, NaN, 1, null, 2, 3, 2, null])
})

test('numbers are the parts one after the other', () => {
  const binding = { kind: 'numbers', trace: 0, every: 1, parts: [['a', [0], 'percent'], ['b', [], 'loss'], ['a', [1], 'percent']] }
  const arrays = { a: array([2], 0.5, 1), b: array([2], 2, NaN) }
  assert.deepEqual(bound(binding, arrays), { text: ['50.0%', '2', '–', '100.0%'] })
})

test('with every, the last number and every so many before it', () => {
  const parts = [['a', [], 'drift'], ['b', [], 'drift']]
  const arrays = { a: array([5], 1, 2, 3, 4, 5), b: array([2], 6, 7) }
  assert.deepEqual(bound({ kind: 'numbers', every: 2, parts }, arrays), { text: ['1', '', '3', '', '5', '', '7'] })
  assert.deepEqual(bound({ kind: 'numbers', every: 4, parts }, arrays), { text: ['1', '', '', '', '5', '', '7'] })
})

test('what the frame does not hold is null, for every kind', () => {
  const arrays = { a: array([1, 1, 1], 1) }
  assert.equal(bound(values('b', []), arrays), null)
  assert.equal(bound(values('a', [1]), arrays), null)
  assert.equal(bound({ kind: 'ridges', field: 'b', at: [0], height: 1 }, arrays), null)
  assert.equal(bound({ kind: 'ridges', field: 'a', at: [1], height: 1 }, arrays), null)
  assert.equal(bound({ kind: 'numbers', every: 1, parts: [['a', [0, 0], 'drift'], ['b', [], 'drift']] }, arrays), null)
})

test('every format has its words', () => {
  const words = {
    drift: [[0, '0'], [0.5, '0.5'], [0.123, '0.12'], [12.34, '12'], [999.4, '1000'], [123456, '120000'], [0.00123, '0.0012'], [0.00099, '<0.001'], [NaN, '–'], [Infinity, '–'], [-Infinity, '–']],
    loss: [[0, '0'], [2.345, '2.3'], [0.0101, '0.01'], [0.00999, '0.01'], [1234, '1.2e3'], [3.4e38, '3.4e38'], [NaN, '–'], [Infinity, '∞'], [-1.5, '-1.5']],
    percent: [[0, '0.0%'], [1, '100.0%'], [0.9876, '98.8%'], [NaN, '–'], [Infinity, '–']],
    share_below: [[0, ''], [0.0004, ''], [0.0005, '◂<1%'], [0.0099, '◂<1%'], [0.01, '◂1%'], [0.5, '◂50%'], [1, '◂100%']],
    share_lost: [[0, ''], [0.0004, ''], [0.005, '<1% not finite'], [1, '100% not finite']],
    share_above: [[0, ''], [0.0004, ''], [0.0005, '<1%▸'], [0.01, '1%▸'], [0.996, '100%▸']]
  }
  assert.deepEqual(new Set(Object.keys(words)), new Set(Object.keys(FORMATS)))
  for (const [name, pairs] of Object.entries(words)) {
    for (const [value, text] of pairs) assert.equal(FORMATS[name](value), text, `${name} of ${value}`)
  }
})
