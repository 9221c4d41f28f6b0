import assert from 'node:assert/strict'
import test, { beforeEach } from 'node:test'

import { moveAxes } from '../../bnviz/ui/live/axes.js'

const number = (value) => typeof value === 'number' && Number.isFinite(value) ? value : undefined
const log10 = (value) => value > 0 ? number(Math.log10(value)) : undefined
const axis = (id, more) => ({ _id: id, _name: `${id[0]}axis${id.slice(1)}`, autorange: true, c2l: number, ...more })
const ends = (low, high) => ({ min: [{ val: low, pad: 3, extrapad: true }], max: [{ val: high, pad: 4 }] })

let relayouts
beforeEach(() => {
  relayouts = []
  globalThis.Plotly = { relayout: async (_, changes) => { relayouts.push(changes) } }
})

const full = (trace, index) => ({ index, type: 'scatter', xaxis: 'x', yaxis: 'y', _extremes: { x: ends(0, 1), y: ends(0, 1) }, ...trace })

function figureOf (axes, ...traces) {
  return {
    _fullLayout: Object.fromEntries(axes.map((one) => [one._name, one])),
    _fullData: traces.map(full),
    layout: { xaxis: { autorangeoptions: { include: 1 } }, yaxis: {} }
  }
}

test('Plotly is told the ends of the new data, and draws the axes that follow', async () => {
  const figure = figureOf([axis('x'), axis('y', { c2l: log10 })], {})
  assert.equal(await moveAxes(figure, [{ x: [0, 20, 10], y: new Float32Array([100, 0, 10, NaN, Infinity]) }], ['xaxis'], 24), true)
  assert.deepEqual(figure._fullData[0]._extremes.x, { min: [{ val: 0, pad: 3, extrapad: true }], max: [{ val: 20, pad: 4 }] })
  assert.deepEqual(figure._fullData[0]._extremes.y, { min: [{ val: 1, pad: 3, extrapad: true }], max: [{ val: 2, pad: 4 }] })
  assert.equal(figure.layout.xaxis.autorangeoptions.include, 24)
  assert.deepEqual(relayouts, [{ 'xaxis.autorange': true, 'yaxis.autorange': true }])
})

test('an axis that somebody has set, or that is fixed, stays', async () => {
  const figure = figureOf([axis('x', { autorange: false }), axis('y')], {})
  assert.equal(await moveAxes(figure, [{ x: [0, 20], y: [5, 6] }], ['xaxis'], 24), true)
  assert.deepEqual(figure._fullData[0]._extremes.x, ends(0, 1))
  assert.deepEqual(relayouts, [{ 'yaxis.autorange': true }])
})

test('what has no numbers has no ends', async () => {
  const figure = figureOf([axis('x', { autorange: false }), axis('y')], {}, { _extremes: undefined })
  assert.equal(await moveAxes(figure, [{ x: [0], y: [5] }, { x: [0, 1], y: [null, NaN] }], [], 0), true)
  assert.deepEqual(figure._fullData[0]._extremes.y, { min: [{ val: 5, pad: 3, extrapad: true }], max: [{ val: 5, pad: 4 }] })
})

test('a heatmap ends where its cells end', async () => {
  const figure = figureOf([axis('x'), axis('y', { autorange: false })], { type: 'heatmap' })
  const trace = { type: 'heatmap', x: [0, 10, 20], y: [1, 2], z: [[1, 2, 3], [4, 5, 6]] }
  assert.equal(await moveAxes(figure, [trace], ['xaxis'], 24), true)
  const found = () => [figure._fullData[0]._extremes.x].map(({ min, max }) => [min[0].val, max[0].val])[0]
  assert.deepEqual(found(), [-5, 25])
  assert.equal(await moveAxes(figure, [{ ...trace, x: [0, 10, 40] }], ['xaxis'], 48), true)
  assert.deepEqual(found(), [-5, 55], 'where they differ too')
  assert.equal(await moveAxes(figure, [{ ...trace, x: [0, 10] }], ['xaxis'], 48), false, 'cells without a place are for Plotly')
})

test('where ends are not known, all is left to Plotly and nothing moves', async () => {
  const traces = [{ x: [0, 20], y: [5, 6] }, { x: [0, 20], y: [5, 6] }]
  for (const odd of [
    { _extremes: {} }, // it was empty
    { error_y: { visible: true } },
    { visible: false, _extremes: undefined },
    { _extremes: { x: ends(0, 1), y: { min: [{ val: 0 }, { val: 0 }], max: [{ val: 1 }] } } }
  ]) {
    const figure = figureOf([axis('x'), axis('y')], {}, odd)
    assert.equal(await moveAxes(figure, traces, ['xaxis'], 24), false)
    assert.deepEqual(figure._fullData[0]._extremes.x, ends(0, 1))
    assert.equal(figure.layout.xaxis.autorangeoptions.include, 1)
  }
  const diverged = [traces[0], { x: [0, 20], y: [NaN, NaN] }]
  assert.equal(await moveAxes(figureOf([axis('x'), axis('y')], {}, {}), diverged, ['xaxis'], 24), false, 'the ends that were go')
  assert.equal(await moveAxes(figureOf([axis('x', { autorange: false }), axis('y', { autorange: false })], {}), traces, [], 0), false)
  assert.equal(await moveAxes({}, traces, [], 0), false, 'a figure that is not drawn')
  assert.deepEqual(relayouts, [])
})
