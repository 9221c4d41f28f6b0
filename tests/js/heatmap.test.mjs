import assert from 'node:assert/strict'
import test from 'node:test'

import { alike, colouring, edgesOf, imageOf } from '../../bnviz/ui/live/heatmap.js'

const rows = (count, columns) => Array.from({ length: count }, () => new Float32Array(columns))

test('cells reach half way to their neighbours, or have edges of their own', () => {
  assert.deepEqual(edgesOf({ z: rows(2, 3), x: new Int32Array([0, 10, 20]) }, 'x'), [-5, 5, 15, 25])
  assert.deepEqual(edgesOf({ z: rows(2, 3), y: [1, 2] }, 'y'), [0.5, 1.5, 2.5])
  assert.deepEqual(edgesOf({ z: rows(3, 2), transpose: true, x: [0, 10, 20], y: [0, 1, 2] }, 'x'), [-5, 5, 15, 25])
  assert.deepEqual(edgesOf({ z: rows(3, 2), transpose: true, x: [0, 10, 20], y: [0, 1, 2] }, 'y'), [0, 1, 2])
})

test('cells that are too few or too many for their places, or have none, are for Plotly', () => {
  for (const x of [[0, 10], [0, 10, 20, 30, 40], [5, 5, NaN]]) assert.equal(edgesOf({ z: rows(2, 3), x }, 'x'), null)
  assert.equal(edgesOf({ z: [], x: [] }, 'x'), null)
  assert.equal(edgesOf({ z: rows(1, 1), x: [3] }, 'x'), null)
})

test('cells are alike to a hundredth', () => {
  assert.ok(alike([0, 10, 20.05, 30]))
  assert.ok(alike([30, 20, 10]))
  assert.ok(!alike([0, 10, 30]))
})

test('a number has the colour of its place between two stops', () => {
  const colourOf = colouring([[0, '#000000'], [0.5, '#64c8FF'], [1, '#FFFFFF80']], 0, 4)
  assert.deepEqual([0, 1, 2, 3, 4].map(colourOf), [
    [0, 0, 0, 255], [50, 100, 128, 255], [100, 200, 255, 255], [178, 228, 255, 192], [255, 255, 255, 128]
  ])
  assert.deepEqual([-99, 99].map(colourOf), [[0, 0, 0, 255], [255, 255, 255, 128]])
  assert.deepEqual([NaN, Infinity].map(colourOf), [[0, 0, 0, 0], [0, 0, 0, 0]])
})

/** What is painted: red of each pixel, row by row. */
function painting (context) {
  const painted = {}
  const canvas = { toDataURL: () => 'data:', getContext: () => ({ putImageData: ({ data }) => { painted.reds = data.filter((_, i) => i % 4 === 0) } }) }
  globalThis.document = { createElement: () => Object.assign(painted, { canvas }).canvas }
  globalThis.ImageData = function (data) { this.data = data }
  context.after(() => { delete globalThis.document; delete globalThis.ImageData })
  return painted
}

const full = { colorscale: [[0, '#000000'], [1, '#ff0000']], zmin: 0, zmax: 255 }
const z = [[1, 2, 3], [4, 5, 6]]
const yaxis = { c2p: (y) => 100 - 10 * y, _length: 100 }

test('an image goes from edge to edge, a pixel for a cell, upwards', (context) => {
  const painted = painting(context)
  const trace = { z, x: [0, 1, 2], y: [1, 2] }
  const xaxis = { c2p: (x) => 10 * x, _length: 30 }
  assert.deepEqual(imageOf(trace, full, xaxis, yaxis), { x: -5, y: 75, width: 30, height: 20, href: 'data:' })
  assert.deepEqual([painted.canvas.width, painted.canvas.height], [3, 2])
  assert.deepEqual([...painted.reds], [4, 5, 6, 1, 2, 3])
  imageOf(trace, full, xaxis, yaxis, { colorscale: full.colorscale, cmin: 0, cmax: 6 })
  assert.deepEqual([...painted.reds], [170, 213, 255, 43, 85, 128], 'on a colour axis')
  assert.equal(imageOf(trace, { ...full, xgap: 1 }, xaxis, yaxis), null, 'with gaps')
})

test('cells that differ have their pixels of the page, and none far outside', (context) => {
  const painted = painting(context)
  const short = { c2p: (y) => 2 - y, _length: 2 }
  const made = imageOf({ z, x: [0, 1, 2, 4], y: [0, 1, 2] }, full, { c2p: (x) => x, _length: 2 }, short)
  assert.deepEqual(made, { x: 0, y: 0, width: 3, height: 2, href: 'data:' })
  assert.deepEqual([...painted.reds], [4, 5, 6, 1, 2, 3])
  imageOf({ z, x: [0, 1, 2, 4], y: [0, 1, 2] }, full, { c2p: (x) => x, _length: 10 }, short)
  assert.deepEqual([...painted.reds], [4, 5, 6, 6, 1, 2, 3, 3])
})

test('cells that differ and lie wholly outside an axis are for Plotly, on either side of it', (context) => {
  painting(context)
  const trace = { z, x: [0, 1, 2, 4], y: [0, 1, 3] }
  const [across, down] = [{ c2p: (x) => x, _length: 4 }, { c2p: (y) => 3 - y, _length: 3 }]
  assert.equal(imageOf(trace, full, across, down).width, 4, 'within')
  for (const away of [-1000, 1000]) {
    assert.equal(imageOf(trace, full, { ...across, c2p: (x) => x + away }, down), null)
    assert.equal(imageOf(trace, full, across, { ...down, c2p: (y) => 3 - y + away }), null)
  }
})
