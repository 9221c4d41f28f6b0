import assert from 'node:assert/strict'
import test from 'node:test'

import { BLANK, bound, FORMATS, part, put, same, valueAt } from '../../bnviz/ui/live/bindings.js'

const array = (shape, ...values) => ({ shape, values: new Float32Array(values) })
const bytes = (shape, ...values) => ({ shape, values: new Uint8Array(values) })
const values = (field, at, attribute = 'y') => ({ kind: 'values', trace: 0, attribute, field, at })

test('values are the slice itself', () => {
  const arrays = { loss: array([2, 3], 1, 2, 3, 4, 5, 6), steps: array([3], 7, 8, 9) }
  assert.deepEqual(bound(values('loss', [1]), arrays), { y: new Float32Array([4, 5, 6]) })
  assert.deepEqual(bound(values('steps', [], 'x'), arrays), { x: new Float32Array([7, 8, 9]) })
})

test('values go by the path of their attribute', () => {
  const arrays = { classes: bytes([3], 0, 1, 2) }
  assert.deepEqual(bound(values('classes', [], 'marker.color'), arrays), { 'marker.color': new Uint8Array([0, 1, 2]) })
})

test('ridges are outlines that stand on the line of their row, 255 as high as the height', () => {
  const binding = { kind: 'ridges', trace: 0, field: 'profile', at: [1], height: 0.5 }
  const arrays = { profile: bytes([2, 2, 3], 9, 9, 9, 9, 9, 9, 0, 255, 51, 102, 0, 255) }
  assert.deepEqual(bound(binding, arrays), { y: [1, 1, 1.5, 1.1, 1, null, 2, 2.2, 2, 2.5, 2, null] })
})

test('a ridge without counts lies on its line, or is left out where that is asked', () => {
  const binding = { kind: 'ridges', trace: 0, field: 'profile', at: [0], height: 1 }
  const arrays = { profile: bytes([1, 2, 2], 0, 0, 255, 0) }
  assert.deepEqual(bound(binding, arrays).y, [1, 1, 1, 1, null, 2, 3, 2, 2, null])
  assert.deepEqual(bound({ ...binding, skip_empty: true }, arrays).y, [null, null, null, null, null, 2, 3, 2, 2, null])
})

test('a matrix is the rows of its slice, which copy nothing', () => {
  const binding = { kind: 'matrix', trace: 0, field: 'surface', at: [1], attribute: 'z' }
  const surface = bytes([2, 2, 3], 9, 9, 9, 9, 9, 9, 1, 2, 3, 4, 5, 255)
  const { z } = bound(binding, { surface })
  assert.deepEqual(z, [new Uint8Array([1, 2, 3]), new Uint8Array([4, 5, 255])])
  assert.ok(z.every((row) => row.buffer === surface.values.buffer))
  assert.deepEqual(bound({ ...binding, at: [-1, 0] }, { surface: array([1, 1, 2, 1], 5, 6) }), { z: [new Float32Array([5]), new Float32Array([6])] })
})

test('a matrix of no rows or no columns is there and empty', () => {
  const binding = { kind: 'matrix', trace: 0, field: 'surface', at: [0], attribute: 'z' }
  assert.deepEqual(bound(binding, { surface: bytes([2, 0, 0]) }), { z: [] })
  assert.deepEqual(bound(binding, { surface: array([1, 2, 0]) }), { z: [new Float32Array(0), new Float32Array(0)] })
})

test('on a logarithmic scale numbers are placed by their power of ten, 0 below all, and what is none is left out', () => {
  const binding = { kind: 'matrix', trace: 0, field: 'drift', at: [], attribute: 'z', log: true }
  const { z } = bound(binding, { drift: array([2, 3], 1, 0.1, 1000, 0, NaN, -1) })
  assert.deepEqual(z.map((row) => Array.from(row)), [[0, -1, 3], [-99, NaN, NaN]])
})

test('a place counts from the end where it is negative, and is a share of the way where it is none', () => {
  const cube = array([2, 5, 1], 0, 1, 2, 3, 4, 5, 6, 7, 8, 9)
  const at = (...places) => part(cube, places)?.values
  assert.deepEqual(at(-1, -1), new Float32Array([9]))
  assert.deepEqual(at(-2, 0), new Float32Array([0]))
  assert.deepEqual(at(0, 0.25), new Float32Array([1]))
  assert.deepEqual(at(0, 0.5), new Float32Array([2]))
  assert.deepEqual(at(1, 0.9), new Float32Array([9]))
  assert.deepEqual(part(cube, []), cube)
  for (const places of [[2], [-3], [0, 5], [0, -6], [0, 0, 0, 0]]) assert.equal(at(...places), undefined, `${places}`)
  assert.equal(part(array([2, 0, 3]), [0, -1]), undefined)
  assert.equal(part(undefined, [0]), undefined)
})

test('put sets what stands at a path and changes nothing of what it was given', () => {
  const trace = { x: [1], marker: { size: 4, line: { width: 1 } }, list: [{ a: 1 }, { a: 2 }] }
  const before = structuredClone(trace)
  assert.deepEqual(put(trace, 'y', 2), { ...before, y: 2 })
  assert.deepEqual(put(trace, 'marker.color', 3).marker, { size: 4, line: { width: 1 }, color: 3 })
  assert.deepEqual(put(trace, 'list.1.a', 9).list, [{ a: 1 }, { a: 9 }])
  assert.ok(Array.isArray(put(trace, 'list.1.a', 9).list))
  assert.deepEqual(put(trace, 'error_y.array', [1]).error_y, { array: [1] })
  assert.deepEqual(trace, before)
  const copy = put(trace, 'marker.color', 3)
  assert.equal(copy.list, trace.list)
  assert.equal(copy.marker.line, trace.marker.line)
})

test('numbers are the parts one after the other', () => {
  const binding = { kind: 'numbers', trace: 0, every: 1, parts: [['a', [0], 'percent'], ['b', [], 'loss'], ['a', [1], 'percent']] }
  const arrays = { a: array([2], 0.5, 1), b: array([2], 2, NaN) }
  assert.deepEqual(bound(binding, arrays), { text: ['50.0%', '2', '–', '100.0%'] })
})

test('with every, the last number and every so many before it', () => {
  const parts = [['a', [], 'drift'], ['b', [], 'drift']]
  const arrays = { a: array([5], 1, 2, 3, 4, 5), b: array([2], 6, 7) }
  assert.deepEqual(bound({ kind: 'numbers', every: 2, parts }, arrays), { text: ['1', BLANK, '3', BLANK, '5', BLANK, '7'] })
  assert.deepEqual(bound({ kind: 'numbers', every: 4, parts }, arrays), { text: ['1', BLANK, BLANK, BLANK, '5', BLANK, '7'] })
})

test('no word is a blank one, since Plotly loses texts next to those that are empty', () => {
  const parts = [['a', [], 'share_dead']]
  assert.deepEqual(bound({ kind: 'numbers', every: 1, parts }, { a: array([3], 0, 0.5, NaN) }), { text: [BLANK, '50% dead', BLANK] })
  assert.notEqual(BLANK, '')
})

test('what the frame does not hold is null, for every kind', () => {
  const arrays = { a: array([1, 1, 1], 1) }
  assert.equal(bound(values('b', []), arrays), null)
  assert.equal(bound(values('a', [1]), arrays), null)
  assert.equal(bound({ kind: 'ridges', field: 'b', at: [0], height: 1 }, arrays), null)
  assert.equal(bound({ kind: 'ridges', field: 'a', at: [1], height: 1 }, arrays), null)
  assert.equal(bound({ kind: 'matrix', field: 'b', at: [], attribute: 'z' }, arrays), null)
  assert.equal(bound({ kind: 'matrix', field: 'a', at: [-2], attribute: 'z' }, arrays), null)
  assert.equal(bound({ kind: 'numbers', every: 1, parts: [['a', [0, 0], 'drift'], ['b', [], 'drift']] }, arrays), null)
})

test('every format has its words', () => {
  const words = {
    decimals: [[0, '0.000'], [-0.30449, '−0.304'], [12.5, '12.500'], [NaN, '–']],
    number: [[0, '0'], [0.12345, '0.123'], [-1.5, '-1.5'], [999.4, '999'], [1234, '1.23e3'], [0.00123, '1.23e-3'], [-3.2e-9, '-3.20e-9'], [NaN, '–'], [Infinity, '∞'], [-Infinity, '−∞']],
    step: [[0, '0'], [123456, '123456']],
    peak: [[0, '0%'], [255, '100%'], [51, '20%'], [1, '0%']],
    share_dead: [[0, ''], [0.0099, ''], [0.01, '1% dead'], [0.124, '12% dead'], [1, '100% dead'], [NaN, '']],
    share_saturated: [[0.009, ''], [0.8, '80% saturated'], [NaN, '']],
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

const rows = (...all) => all.map((row) => new Float32Array(row))

test('what stands at a path, and whether it is the same as before', () => {
  assert.deepEqual(valueAt({ marker: { color: [1] } }, 'marker.color'), [1])
  assert.equal(valueAt({ x: 1 }, 'marker.color'), undefined)
  assert.equal(same([1, NaN], new Float32Array([1, NaN])), true)
  assert.equal(same([1, 2], new Float32Array([1, 3])), false)
  assert.equal(same([1], new Float32Array([1, 3])), false)
  assert.equal(same(undefined, new Float32Array([])), false)
  assert.equal(same(rows([1, NaN], [2, 3]), rows([1, NaN], [2, 3])), true)
  assert.equal(same(rows([1, NaN], [2, 3]), rows([1, NaN], [2, 4])), false)
  assert.equal(same([], rows([1])), false)
})
