import assert from 'node:assert/strict'
import test from 'node:test'

import { paint, pathOf } from '../../bnviz/ui/live/painter.js'

const same = (value) => value

test('a path goes through its points', () => {
  assert.equal(pathOf([0, 1, 2], [3, 4, 5], same, same, false), 'M0.0,3.0L1.0,4.0L2.0,5.0')
  assert.equal(pathOf([], [], same, same, false), '')
  assert.equal(pathOf([], [], same, same, true), '')
})

test('places are in pixels, to a tenth', () => {
  assert.equal(pathOf([1, 2], [1, 2], (x) => 10 * x + 0.26, (y) => 100 - y / 3, false), 'M10.3,99.7L20.3,99.3')
})

test('a null or a NaN lifts the pen', () => {
  const xs = [0, 1, 2, 3, 4, 5]
  assert.equal(pathOf(xs, [1, 2, null, 3, NaN, 4], same, same, false), 'M0.0,1.0L1.0,2.0M3.0,3.0M5.0,4.0')
  assert.equal(pathOf(xs, [null, null, 1, 2, null, null], same, same, false), 'M2.0,1.0L3.0,2.0')
})

test('closed joins each piece to its own start', () => {
  const xs = [0, 1, 2, 3, 4]
  assert.equal(pathOf(xs, [1, 2, null, 3, 4], same, same, true), 'M0.0,1.0L1.0,2.0ZM3.0,3.0L4.0,4.0Z')
  assert.equal(pathOf(xs, [1, 2, null, null, null], same, same, true), 'M0.0,1.0L1.0,2.0Z')
  assert.equal(pathOf(xs, [null, null, NaN, null, null], same, same, true), '')
})

class Path {
  setAttribute (name, value) { this[name] = value }
}

const axis = (factor) => ({ c2p: (value) => factor * value })

/** A figure as Plotly leaves it: a group per trace, each with a path per piece of its line, and a fill if it has one. */
function figureOf (traces, layout) {
  const groups = traces.map(({ fill, pieces = 1, ...trace }) => {
    const lines = Array.from({ length: pieces }, () => new Path())
    const parts = { '.js-line': lines[0], '.js-fill': fill ? new Path() : null }
    return {
      parts, lines, __data__: [{ trace }],
      querySelector: (selector) => parts[selector] ?? null,
      querySelectorAll: (selector) => selector === '.js-line' ? lines : []
    }
  })
  return {
    groups,
    _fullLayout: layout ?? { xaxis: axis(1), xaxis2: axis(10), yaxis: axis(100) },
    querySelectorAll: () => groups
  }
}

const line = (index, xaxis, more) => ({ index, xaxis, yaxis: 'y', ...more })

test('lines and fills of the changed traces are moved, each on its own axes', () => {
  const figure = figureOf([line(2, 'x2', { fill: true }), line(0, 'x'), line(1, 'x')]) // in no order
  const traces = [{ x: [1, 2], y: [3, 4] }, { x: [1], y: [1] }, { x: [1, 2, 3], y: [5, 6, null] }]
  assert.equal(paint(figure, traces, [0, 2]), true)
  const [second, first, untouched] = figure.groups.map((group) => group.parts)
  assert.equal(first['.js-line'].d, 'M1.0,300.0L2.0,400.0')
  assert.equal(second['.js-line'].d, 'M10.0,500.0L20.0,600.0')
  assert.equal(second['.js-fill'].d, 'M10.0,500.0L20.0,600.0Z')
  assert.equal(untouched['.js-line'].d, undefined)
})

test('a figure that is not drawn as expected is left to Plotly, and not by half', () => {
  const traces = [{ x: [1], y: [1] }, { x: [1], y: [1] }]
  for (const figure of [
    figureOf([line(0, 'x')]), // the other trace is not there
    figureOf([line(0, 'x'), line(1, 'x', { pieces: 0 })]),
    figureOf([line(0, 'x'), line(1, 'x9')]),
    figureOf([line(0, 'x'), line(1, 'x')], { xaxis: {}, yaxis: {} }),
    { ...figureOf([]), _fullLayout: undefined }
  ]) {
    assert.equal(paint(figure, traces, [0, 1]), false)
    for (const { parts } of figure.groups) assert.equal(parts['.js-line']?.d, undefined)
  }
})

test('a trace that is empty on the picture and stays so keeps nothing from being drawn', () => {
  const figure = figureOf([line(0, 'x', { pieces: 0 }), line(1, 'x')])
  const ghost = { x: [1, 2, 3], y: [null, null, NaN] }
  assert.equal(paint(figure, [ghost, { x: [1], y: [2] }], [0, 1]), true)
  assert.equal(figure.groups[1].lines[0].d, 'M1.0,200.0')
  assert.equal(paint(figure, [{ ...ghost, y: [1, null, null] }, { x: [1], y: [2] }], [0, 1]), false)
})

test('a trace that becomes empty leaves nothing on the picture', () => {
  const figure = figureOf([line(0, 'x', { pieces: 2 })])
  figure.groups[0].lines.forEach((path) => { path.d = 'M0,0' })
  assert.equal(paint(figure, [{ x: [1, 2], y: [null, null] }], [0]), true)
  assert.deepEqual(figure.groups[0].lines.map((path) => path.d), ['', ''])
})

test('a line that Plotly drew in pieces leaves no piece behind', () => {
  const figure = figureOf([line(0, 'x', { pieces: 3 })])
  paint(figure, [{ x: [1, 2, 3], y: [1, null, 3] }], [0])
  assert.deepEqual(figure.groups[0].lines.map((path) => path.d), ['M1.0,100.0M3.0,300.0', '', ''])
})

test('nothing changed, nothing to do', () => {
  assert.equal(paint(figureOf([]), [], []), true)
})
