import assert from 'node:assert/strict'
import test, { mock } from 'node:test'

import { chosen, followPointer } from '../../bnviz/ui/live/pointing.js'

// A figure whose axes have 10 px for each 1, x rightwards from 40 px, y upwards from 110 px.
const FIGURE = {
  _fullLayout: {
    xaxis: { c2p: (x) => 10 * x, _offset: 40 },
    yaxis: { c2p: (y) => 100 - 10 * y, _offset: 10 }
  }
}
const at = (x, y) => [40 + 10 * x, 110 - 10 * y]
const POINTS = [{ type: 'scatter', x: [1, 2, 2.4, 1e6], y: [1, 5, 5, 5] }, { type: 'scatter', x: [6], y: [5] }]
const OF_POINTS = [{ trace: 0, knob: 'example', values: [11, 12, 13, 14], along: 'points', hover: false }]
const rows = [0, 1, 2].map(() => new Float32Array(5))
const CELLS = [{ type: 'heatmap', z: rows, x: [0, 1, 2, 3, 4], y: [0, 1, 2] }]
const OF_CELLS = [
  { trace: 0, knob: 'channel', values: [0, 0, null, 1, 1], along: 'columns', hover: true },
  { trace: 0, knob: 'example', values: [7, null, 8], along: 'rows', hover: true }
]

test('the nearest point within reach chooses its value', () => {
  assert.deepEqual(chosen(FIGURE, POINTS, OF_POINTS, at(1.3, 1.3), 12), { example: 11 })
  assert.deepEqual(chosen(FIGURE, POINTS, OF_POINTS, at(2.1, 5), 12), { example: 12 })
  assert.deepEqual(chosen(FIGURE, POINTS, OF_POINTS, at(2.3, 5), 12), { example: 13 })
  assert.equal(chosen(FIGURE, POINTS, OF_POINTS, at(1, 3), 12), null)
  assert.deepEqual(chosen(FIGURE, POINTS, OF_POINTS, at(1, 3), 24), { example: 11 })
})

test('of several traces the one with the nearest point chooses; one without a target does not', () => {
  const both = [...OF_POINTS, { trace: 1, knob: 'moved', values: [5], along: 'points' }]
  assert.deepEqual(chosen(FIGURE, POINTS, both, at(6, 5), 60), { moved: 5 })
  assert.deepEqual(chosen(FIGURE, POINTS, both, at(3, 5), 60), { example: 13 })
  assert.deepEqual(chosen(FIGURE, POINTS, OF_POINTS, at(6, 5), 60), { example: 13 })
})

test('points are where they were painted last', () => {
  const moved = [{ ...POINTS[0], x: new Float32Array([8, 2, 2, 2]) }]
  assert.equal(chosen(FIGURE, moved, OF_POINTS, at(1, 1), 12), null)
  assert.deepEqual(chosen(FIGURE, moved, OF_POINTS, at(8, 1), 12), { example: 11 })
})

test('a cell chooses by its column and by its row, and what lies between cells chooses nothing', () => {
  assert.deepEqual(chosen(FIGURE, CELLS, OF_CELLS, at(0.9, 0.2), 0), { channel: 0, example: 7 })
  assert.deepEqual(chosen(FIGURE, CELLS, OF_CELLS, at(4.4, 2.4), 0), { channel: 1, example: 8 })
  assert.equal(chosen(FIGURE, CELLS, OF_CELLS, at(2, 0), 0), null)
  assert.equal(chosen(FIGURE, CELLS, OF_CELLS, at(0, 1), 0), null)
  for (const beside of [[-0.6, 0], [4.6, 0], [0, -0.6], [0, 2.6]]) assert.equal(chosen(FIGURE, CELLS, OF_CELLS, at(...beside), 0), null)
})

test('where nothing is drawn yet, nothing is chosen', () => {
  assert.equal(chosen({}, POINTS, OF_POINTS, at(1, 1), 12), null)
  assert.equal(chosen(FIGURE, [{ ...CELLS[0], z: [] }], OF_CELLS, at(0, 0), 0), null)
  assert.equal(chosen(FIGURE, POINTS, [], at(1, 1), 12), null)
})

const event = (place, pointerType) => ({ clientX: 500 + place[0], clientY: 300 + place[1], pointerType })

/** A chart that is pointed at, and what it was told. */
function pointed (traces, targets, { mayPoint = true, scale = 1 } = {}) {
  const told = []
  const picture = Object.assign({ style: {}, getBoundingClientRect: () => ({ left: 500, top: 300 }) }, FIGURE)
  followPointer({ picture, traces, chart: { targets, scale }, connection: { mayPoint, point: (knobs) => told.push(knobs) } })
  return {
    told,
    picture,
    click: (place, type = 'mouse') => picture.onclick(event(place, type)),
    move: (place, type = 'mouse') => picture.onpointermove(event(place, type))
  }
}

test('a point is chosen by a click, and the pointer says that it can be', () => {
  const { told, picture, click, move } = pointed(POINTS, OF_POINTS)
  move(at(1, 1))
  assert.deepEqual([picture.style.cursor, told], ['pointer', []])
  click(at(1, 1))
  move(at(4, 1))
  click(at(4, 1))
  assert.deepEqual([picture.style.cursor, told], ['', [{ example: 11 }]])
})

test('a finger reaches farther, and on a projector everybody does', () => {
  const near = at(1, 3)
  for (const [type, scale, expected] of [['mouse', 1, 0], ['touch', 1, 1], ['mouse', 2, 1]]) {
    const { told, click } = pointed(POINTS, OF_POINTS, { scale })
    click(near, type)
    assert.equal(told.length, expected, `${type} ${scale}`)
  }
})

test('a cell is chosen when a mouse is there, by a finger when it taps', () => {
  const { told, move, click } = pointed(CELLS, OF_CELLS)
  move(at(0, 0), 'touch')
  assert.deepEqual(told, [])
  move(at(0, 0))
  click(at(3, 2), 'touch')
  assert.deepEqual(told, [{ channel: 0, example: 7 }, { channel: 1, example: 8 }])
})

test('where pointing turns nothing, there is nothing to be seen of it', () => {
  const { told, picture, click, move } = pointed(POINTS, OF_POINTS, { mayPoint: false })
  picture.getBoundingClientRect = mock.fn()
  move(at(1, 1))
  click(at(1, 1))
  assert.deepEqual([picture.style.cursor, told], ['', []])
})
