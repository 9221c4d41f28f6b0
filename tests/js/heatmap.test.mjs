import assert from 'node:assert/strict'
import test from 'node:test'

import { colouring, edgesOf, imageOf } from '../../bnviz/ui/live/heatmap.js'

const rows = (count, columns) => Array.from({ length: count }, () => new Float32Array(columns))

test('cells reach half way to their neighbours, or have edges of their own', () => {
  assert.deepEqual(edgesOf({ z: rows(2, 3), x: new Int32Array([0, 10, 20]) }, 'x'), [-5, 5, 15, 25])
  assert.deepEqual(edgesOf({ z: rows(2, 3), y: [1, 2] }, 'y'), [0.5, 1.5, 2.5])
  assert.deepEqual(edgesOf({ z: rows(3, 2), transpose: true, x: [0, 10, 20], y: [0, 1, 2] }, 'x'), [-5, 5, 15, 25])
  assert.deepEqual(edgesOf({ z: rows(3, 2), transpose: true, x: [0, 10, 20], y: [0, 1, 2] }, 'y'), [0, 1, 2])
})

test('cells that differ, or are too few or too many for their places, are for Plotly', () => {
  for (const x of [[0, 10, 30], [0, 10], [0, 10, 20, 30, 40], [5, 5, NaN]]) assert.equal(edgesOf({ z: rows(2, 3), x }, 'x'), null)
  assert.equal(edgesOf({ z: [], x: [] }, 'x'), null)
  assert.equal(edgesOf({ z: rows(1, 1), x: [3] }, 'x'), null)
})

test('a number has the colour of its place between two stops', () => {
  const colourOf = colouring([[0, '#000000'], [0.5, '#64c8FF'], [1, '#FFFFFF80']], 0, 4)
  assert.deepEqual([0, 1, 2, 3, 4].map(colourOf), [
    [0, 0, 0, 255], [50, 100, 128, 255], [100, 200, 255, 255], [178, 228, 255, 192], [255, 255, 255, 128]
  ])
  assert.deepEqual([-99, 99].map(colourOf), [[0, 0, 0, 255], [255, 255, 255, 128]])
  assert.deepEqual([NaN, Infinity].map(colourOf), [[0, 0, 0, 0], [0, 0, 0, 0]])
})

test('an image goes from edge to edge, a pixel for a cell, upwards', (context) => {
  const pixels = []
  const canvas = {
    toDataURL: () => 'data:',
    getContext: () => ({ createImageData: () => ({ data: { set: (colour, place) => { pixels[place / 4] = colour[0] } } }), putImageData () {} })
  }
  globalThis.document = { createElement: () => canvas }
  context.after(() => { delete globalThis.document })
  const full = { _islinear: true, colorscale: [[0, '#000000'], [1, '#ff0000']], zmin: 0, zmax: 255 }
  const trace = { z: [[1, 2, 3], [4, 5, 6]], x: [0, 1, 2], y: [1, 2] }
  const xaxis = { c2p: (x) => 10 * x }
  const yaxis = { c2p: (y) => 100 - 10 * y }
  assert.deepEqual(imageOf(trace, full, xaxis, yaxis), { x: -5, y: 75, width: 30, height: 20, href: 'data:' })
  assert.deepEqual([canvas.width, canvas.height], [3, 2])
  assert.deepEqual(pixels, [4, 5, 6, 1, 2, 3])
  imageOf(trace, full, xaxis, yaxis, { colorscale: full.colorscale, cmin: 0, cmax: 6 })
  assert.deepEqual(pixels, [170, 213, 255, 43, 85, 128], 'on a colour axis')
  assert.equal(imageOf(trace, { ...full, _islinear: false }, xaxis, yaxis), null, 'one that Plotly drew cell by cell')
})
