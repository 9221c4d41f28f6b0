import assert from 'node:assert/strict'
import test from 'node:test'

import { slice, unpack, unpackRows } from '../../bnviz/ui/live/wire.js'
import { bytes, floats, pack, packRows } from './frames.mjs'

const counted = (shape) => floats(shape, Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i))

test('a frame is unpacked to its header and arrays', () => {
  const { header, arrays } = unpack(pack({ step: 7, text: 'γ = 2' }, {
    drift: floats([2, 3], [1, 2, 3, 4, 5, 6.5]),
    steps: { dtype: '<i4', shape: [3], values: [-1, 0, 2 ** 31 - 1] }
  }))
  assert.equal(header.step, 7)
  assert.equal(header.text, 'γ = 2')
  assert.deepEqual(arrays.drift, { shape: [2, 3], values: new Float32Array([1, 2, 3, 4, 5, 6.5]) })
  assert.deepEqual(arrays.steps, { shape: [3], values: new Int32Array([-1, 0, 2 ** 31 - 1]) })
})

test('arrays look at the frame and copy nothing', () => {
  const frame = pack({}, { a: floats([1], [1]), b: floats([2], [2, 3]) })
  const { arrays } = unpack(frame)
  assert.equal(arrays.a.values.buffer, frame)
  assert.equal(arrays.b.values.buffer, frame)
})

test('bytes come as bytes, and what follows them is aligned', () => {
  for (let count = 0; count < 10; count++) {
    const levels = Array.from({ length: count }, (_, i) => 255 - i)
    const { arrays } = unpack(pack({}, { levels: bytes([count], levels), after: floats([1], [0.5]) }))
    assert.deepEqual(arrays.levels, { shape: [count], values: new Uint8Array(levels) })
    assert.deepEqual(arrays.after.values, new Float32Array([0.5]))
  }
})

test('rows are unpacked by step, and copy nothing', () => {
  const message = packRows({ generation: 3, kept: [0, 5, 7] }, [
    [5, pack({ step: 5, knobs: { gamma: 2 } }, { levels: bytes([3], [1, 2, 3]), drift: floats([2], [0.5, NaN]) })],
    [7, pack({ step: 7, texts: { words: 'γ' } })]
  ])
  const { header, ...found } = unpack(message)
  assert.deepEqual([header.type, header.generation, header.kept], ['history', 3, [0, 5, 7]])
  const [first, second, ...more] = unpackRows(message, { header, ...found })
  assert.deepEqual(more, [])
  assert.deepEqual([first.step, first.header.knobs, second.step, second.header.texts], [5, { gamma: 2 }, 7, { words: 'γ' }])
  assert.deepEqual([...first.arrays.levels.values, ...first.arrays.drift.values], [1, 2, 3, 0.5, NaN])
  assert.equal(first.arrays.drift.values.buffer, message)
  assert.deepEqual(second.arrays, {})
})

test('a message may hold no rows', () => {
  const message = packRows({ generation: 3, kept: [0, 5] }, [])
  assert.deepEqual(unpackRows(message, unpack(message)), [])
})

test('NaN and infinity come through', () => {
  const { arrays } = unpack(pack({}, { loss: floats([4], [NaN, Infinity, -Infinity, -0]) }))
  assert.deepEqual([...arrays.loss.values], [NaN, Infinity, -Infinity, -0])
})

test('empty arrays and arrays of no dimension', () => {
  const { arrays } = unpack(pack({}, { none: floats([2, 0], []), one: floats([], [5]), after: floats([1], [6]) }))
  assert.deepEqual([...arrays.none.values], [])
  assert.deepEqual([...arrays.one.values], [5])
  assert.deepEqual([...arrays.after.values], [6])
})

test('a header of any length keeps the arrays aligned', () => {
  for (let length = 0; length < 17; length++) {
    const { header, arrays } = unpack(pack({ text: 'x'.repeat(length) }, { a: floats([1], [length]) }))
    assert.equal(header.text.length, length)
    assert.equal(arrays.a.values[0], length)
    assert.equal(arrays.a.values.byteOffset % 8, 0)
  }
})

test('slices follow the leading indices', () => {
  const { arrays: { cube } } = unpack(pack({}, { cube: counted([2, 3, 4]) }))
  assert.deepEqual(slice(cube, []), { shape: [2, 3, 4], values: cube.values })
  assert.deepEqual(slice(cube, [1]), { shape: [3, 4], values: new Float32Array([12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23]) })
  assert.deepEqual(slice(cube, [1, 2]), { shape: [4], values: new Float32Array([20, 21, 22, 23]) })
  assert.deepEqual(slice(cube, [0, 1, 3]), { shape: [], values: new Float32Array([7]) })
  assert.equal(slice(cube, [1, 2]).values.buffer, cube.values.buffer)
  assert.deepEqual(cube.shape, [2, 3, 4])
})

test('a slice that is not there is undefined', () => {
  const { arrays: { cube, none } } = unpack(pack({}, { cube: counted([2, 3]), none: floats([2, 0], []) }))
  assert.equal(slice(undefined, [0]), undefined)
  assert.equal(slice(cube, [2]), undefined)
  assert.equal(slice(cube, [0, 3]), undefined)
  assert.equal(slice(cube, [0, 0, 0]), undefined)
  assert.deepEqual([...slice(none, [1]).values], [])
  assert.equal(slice(none, [1, 0]), undefined)
})
