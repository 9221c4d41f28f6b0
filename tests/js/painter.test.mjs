import assert from 'node:assert/strict'
import test from 'node:test'

import { holds, paint, piecesOf, placesOn } from '../../bnviz/ui/live/painter.js'

const axis = (factor, more) => ({ c2p: (value) => value === null || !Number.isFinite(value) ? undefined : factor * value, ...more })

test('places are in pixels; what has none is a gap', () => {
  assert.deepEqual(placesOn(axis(10), [1, 2.5, null, NaN, Infinity]), [10, 25, NaN, NaN, NaN])
  assert.deepEqual(placesOn(axis(10), new Float32Array([1e30, -1e30])), [1e4, -1e4], 'no farther than browsers can draw')
})

test('a polyline goes through its points, and a gap lifts the pen', () => {
  assert.deepEqual(piecesOf([0, 1, 2], [3, 4.25, 5]), ['M0,3L1,4.25L2,5'])
  assert.deepEqual(piecesOf([0, 1, 2, 3, 4, 5], [1, 2, NaN, 3, NaN, 4]), ['M0,1L1,2', 'M3,3', 'M5,4'])
  assert.deepEqual(piecesOf([0, NaN, 2], [1, 2, 3]), ['M0,1', 'M2,3'])
  assert.deepEqual(piecesOf([0, 1], [NaN, NaN]), [])
  assert.deepEqual(piecesOf([], []), [])
})

test('an axis that follows its data holds what lies on it', () => {
  const follows = axis(1, { autorange: true, _length: 100 })
  assert.equal(holds(follows, [0, 100, NaN]), true)
  assert.equal(holds(follows, [0, 102]), false)
  assert.equal(holds(follows, [-2, 50]), false)
  assert.equal(holds({ ...follows, autorange: false }, [-500, 500]), true, 'one that somebody has set')
  const limits = { clipmin: 0, clipmax: 100 }
  assert.equal(holds({ ...follows, autorangeoptions: limits }, [-500, 500]), true, 'it reaches its limits already')
  assert.equal(holds({ ...follows, autorangeoptions: { ...limits, clipmax: 200 } }, [50, 500]), false, 'it may reach farther')
})

class Part {
  setAttribute (name, value) { this[name] = value }
}

/** A figure as Plotly leaves it: a group per trace, with `parts` by what finds them. */
function figureOf (groups, layout = { xaxis: axis(1), xaxis2: axis(10), yaxis: axis(100) }) {
  let before = null
  const made = groups.map(({ index, parts, ...full }) => {
    const all = (selector) => parts[selector] ?? []
    const group = {
      parts, __data__: [{ trace: { index, xaxis: 'x', yaxis: 'y', mode: 'lines', ...full } }],
      previousElementSibling: before, querySelector: (selector) => all(selector)[0] ?? null, querySelectorAll: all
    }
    before = group
    return group
  })
  return { groups: made, _fullLayout: layout, querySelectorAll: () => made }
}

const part = (i, more) => Object.assign(new Part(), { __data__: { i }, ...more })
const line = (index, more, pieces = 1) => ({ index, parts: { '.js-line': Array.from({ length: pieces }, () => new Part()) }, ...more })
const filled = (index, more) => {
  const made = line(index, more)
  made.parts['.js-fill'] = [new Part()]
  return made
}
const band = () => figureOf([filled(0), line(1, { fill: 'tonexty' })])
const Y = ['y']
const pathsOf = (group) => group.parts['.js-line'].map(({ d }) => d)

test('lines and fills of the changed traces are moved, each on its own axes', () => {
  const figure = figureOf([filled(2, { xaxis: 'x2', fill: 'toself' }), line(0), line(1)]) // in no order
  const traces = [{ x: [1, 2], y: [3, 4] }, { x: [1], y: [1] }, { x: [1, 2, 3, 4], y: [5, 6, null, 7] }]
  assert.equal(paint(figure, traces, new Map([[0, Y], [2, ['x', 'y']]]), true), true)
  const [second, first, untouched] = figure.groups
  assert.deepEqual(pathsOf(first), ['M1,300L2,400'])
  assert.deepEqual(pathsOf(second), ['M10,500L20,600M40,700'])
  assert.equal(second.parts['.js-fill'][0].d, 'M10,500L20,600ZM40,700Z')
  assert.deepEqual(pathsOf(untouched), [undefined])
  assert.equal(figure.data, traces, 'what Plotly draws when it is zoomed')
})

test('a band lies between a line and the one before it', () => {
  const traces = [{ x: [1, 2], y: [1, 2] }, { x: [1, 2], y: [5, 6] }]
  const both = new Map([[0, Y], [1, Y]])
  const figure = band()
  assert.equal(paint(figure, traces, both, true), true)
  assert.equal(figure.groups[0].parts['.js-fill'][0].d, 'M1,500L2,600L2,200L1,100')
  assert.equal(paint(band(), [{ x: [1, 2, 3], y: [1, NaN, 2] }, traces[1]], both, true), false, 'one with a gap is for Plotly')
  assert.equal(paint(band(), [traces[0], { x: [1, 2], y: [null, null] }], both, true), false)
})

test('marks and error bars stand at their points', () => {
  const bars = [part(0, { querySelector: () => bars.path }), part(1, { querySelector: () => null })]
  bars.path = new Part()
  const mode = { mode: 'markers', error_y: { visible: true, width: 2 } }
  const parts = { '.point': [part(0)], '.errorbar': bars }
  const figure = figureOf([{ index: 0, parts, ...mode }])
  const trace = { x: [3, 4], y: new Float32Array([5, NaN]), error_y: { array: [1, 1] } }
  assert.equal(paint(figure, [trace], new Map([[0, ['y', 'error_y.array']]]), true), true)
  assert.equal(parts['.point'][0].transform, 'translate(3,500)')
  assert.equal(bars.path.d, 'M1,600h4m-2,0V400m-2,0h4')
  assert.equal(paint(figure, [{ ...trace, y: [5, 6] }], new Map([[0, Y]]), true), false, 'a mark that was not there is for Plotly')
  assert.equal(paint(figure, [{ ...trace, y: [NaN, 6] }], new Map([[0, Y]]), true), false, 'likewise another one')
  const gone = { ...trace, y: [NaN, NaN], error_y: undefined }
  const marks = figureOf([{ index: 0, parts: { '.point': [part(0)] }, mode: 'markers' }])
  const there = marks.groups[0].parts['.point'][0]
  assert.equal(paint(marks, [gone], new Map([[0, Y]]), true), true)
  assert.equal(there.transform, 'translate(-10000,-10000)', 'out of sight')
  assert.equal(paint(marks, [{ ...gone, y: [7, NaN] }], new Map([[0, Y]]), true), true)
  assert.equal(there.transform, 'translate(3,700)', 'and back')
  const none = { ...trace, error_y: { array: [NaN, 1] } }
  assert.equal(paint(figure, [none], new Map([[0, ['error_y.array']]]), true), false, 'likewise a bar that goes')
})

test('words are written when they are wanted', () => {
  const texts = ['a', 'b'].map((textContent) => ({ textContent }))
  const parts = { '.textpoint': texts.map((text, i) => part(i, { querySelector: () => text })) }
  const figure = figureOf([{ index: 0, parts, mode: 'text', texttemplate: ' %{text}' }])
  const change = new Map([[0, ['text']]])
  assert.equal(paint(figure, [{ text: ['$&', '<1%'] }], change, false), true)
  assert.deepEqual(texts.map(({ textContent }) => textContent), ['a', 'b'])
  assert.equal(paint(figure, [{ text: ['$&', '<1%'] }], change, true), true)
  assert.deepEqual(texts.map(({ textContent }) => textContent), [' $&', ' <1%'])
  assert.equal(paint(figure, [{ text: ['one more', 'than', 'before'] }], change, true), false)
})

test('a figure that is not drawn as expected is left to Plotly, and not by half', () => {
  const traces = [{ x: [1], y: [1] }, { x: [1], y: [1] }]
  for (const figure of [
    figureOf([line(0)]), // the other trace is not there
    figureOf([line(0), line(1, {}, 0)]),
    figureOf([line(0), line(1, { xaxis: 'x9' })]),
    figureOf([line(0), line(1, { fill: 'tozeroy' })]),
    figureOf([line(0), line(1)], { xaxis: {}, yaxis: {} }),
    figureOf([line(0), line(1, { xaxis: 'x2' })], { xaxis: axis(1), xaxis2: axis(9, { autorange: true, _length: 5 }), yaxis: axis(1) }),
    { ...figureOf([line(0), line(1)]), _fullLayout: undefined }
  ]) {
    assert.equal(paint(figure, traces, new Map([[0, Y], [1, Y]]), true), false)
    for (const group of figure.querySelectorAll()) assert.ok(pathsOf(group).every((d) => d === undefined))
    assert.equal(figure.data, undefined)
  }
  assert.equal(paint(figureOf([line(0)]), traces, new Map([[0, ['marker.color']]]), true), false, 'what it does not know')
})

test('a trace that is empty on the picture and stays so keeps nothing from being drawn', () => {
  const figure = figureOf([line(0, {}, 0), line(1)])
  const ghost = { x: [1, 2, 3], y: [null, null, NaN] }
  const both = new Map([[0, Y], [1, Y]])
  assert.equal(paint(figure, [ghost, { x: [1], y: [2] }], both, true), true)
  assert.deepEqual(pathsOf(figure.groups[1]), ['M1,200'])
  assert.equal(paint(figure, [{ ...ghost, y: [1, null, null] }, { x: [1], y: [2] }], both, true), false)
})

test('a line that Plotly drew in pieces leaves no piece behind', () => {
  const figure = figureOf([line(0, {}, 3)])
  paint(figure, [{ x: [1, 2, 3], y: [1, null, 3] }], new Map([[0, Y]]), true)
  assert.deepEqual(pathsOf(figure.groups[0]), ['M1,100M3,300', '', ''])
  paint(figure, [{ x: [1, 2], y: [null, null] }], new Map([[0, Y]]), true)
  assert.deepEqual(pathsOf(figure.groups[0]), ['', '', ''])
})

test('nothing changed, nothing to do', () => {
  assert.equal(paint(figureOf([]), [], new Map(), true), true)
})
