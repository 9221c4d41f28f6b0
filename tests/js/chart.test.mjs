import assert from 'node:assert/strict'
import test, { afterEach, beforeEach, mock } from 'node:test'

import { Element } from './page.mjs'

// Modules keep what is loaded once per page, so the page stands before they are imported.
const page = { createElement: (name) => new Element(name, page), head: new Element('head'), baseURI: 'http://here/', addEventListener () {} }
globalThis.document = page
const { Chart, reachOf } = await import('../../bnviz/ui/live/chart.js')
const { connection } = await import('../../bnviz/ui/live/connection.js')

const array = (shape, ...values) => ({ shape, values: new Float32Array(values) })
const CONFIG = { depth: 2, gamma: 1 }
const RUN = { name: 'main', config: CONFIG, knobs: ['gamma'] }
const RIDGES = [{ kind: 'ridges', trace: 0, field: 'profile', at: [0], height: 1, skip_empty: false }]
const LOSS = [
  { kind: 'values', trace: 0, attribute: 'x', field: 'steps', at: [] },
  { kind: 'values', trace: 0, attribute: 'y', field: 'loss', at: [0] },
  { kind: 'numbers', trace: 1, parts: [['now', [], 'loss']], every: 1 }
]

globalThis.requestAnimationFrame = (act) => act()
let now, reacts, observed, paths, words, follows, hovered

/** A chart as Python describes it. */
const described = (more) => ({
  name: 'loss', alt: 'The loss over steps.', each_frame: false, over_time: true, scale: 1, dark_colours: { '#0072B2': '#56B4E9' },
  data: [{ type: 'scatter', x: [], y: [], line: { color: '#0072B2' } }, { type: 'scatter', mode: 'text', text: [] }],
  layout: { height: 200, margin: { l: 40, t: 30 }, xaxis: {}, yaxis: {} },
  bindings: LOSS, fields: ['steps', 'loss', 'now'], targets: [],
  table: [{ label: 'step', field: 'steps', at: [], format: 'step', words: [] }, { label: 'std', field: 'std', at: [], format: 'number', words: [] }],
  table_fields: ['steps', 'std'], narrow: { 'margin.l': 20, height: 300 }, narrow_below: 480, ...more
})

beforeEach(() => {
  now = 1000
  reacts = []
  observed = []
  paths = []
  words = { textContent: '' }
  follows = hovered = false
  mock.method(performance, 'now', () => now)
  mock.timers.enable({ apis: ['setTimeout'] })
  globalThis.getComputedStyle = () => ({ getPropertyValue: (name) => name === '--st-text-color' ? '#111111' : '' })
  globalThis.IntersectionObserver = class { constructor (tell) { observed.push(tell) } observe () {} disconnect () {} }
  globalThis.ResizeObserver = globalThis.IntersectionObserver
  page.createElement = (name) => {
    const element = new Element(name, page)
    if (name === 'canvas') element.getContext = () => ({ fillRect () {}, getImageData: () => ({ data: [255, 255, 255] }) })
    return element
  }
  page.head.append = (script) => script.onload() // Plotly is there at once
  globalThis.Plotly = {
    Plots: { resize: mock.fn() },
    purge: mock.fn(),
    react: async (picture, traces, layout, config) => {
      reacts.push({ traces, layout, config })
      const yaxis = { _id: 'y', c2p: (y) => y, _offset: 30, _length: 100, autorange: follows }
      picture._fullLayout = { xaxis: { _id: 'x', c2p: (x) => x, _offset: 40, _length: 500, autorange: true }, yaxis }
      picture.matches = (selector) => selector === ':hover' && hovered
      const path = { setAttribute: (_, d) => paths.push(d) }
      picture.querySelectorAll = () => traces.map(({ mode = 'lines', text }, index) => ({
        __data__: [{ trace: { index, mode, xaxis: 'x', yaxis: 'y' } }],
        querySelector: () => null,
        querySelectorAll: (selector) => {
          if (selector === '.js-line' && mode === 'lines') return [path]
          return selector === '.textpoint' ? text.map((_, i) => ({ __data__: { i }, querySelector: () => words })) : []
        }
      }))
    }
  }
})

afterEach(() => {
  mock.restoreAll()
  mock.timers.reset()
})

async function made (more) {
  const root = new Element('div', page)
  root.clientWidth = more?.width ?? 800
  connection({ name: 'main', socket: '/live/socket' }).begin() // the server has answered
  const chart = new Chart(root, { chart: described(more), run: RUN, plotlyUrl: '/plotly.js' })
  await chart.ready
  const live = connection({ name: 'main', socket: '/live/socket' })
  const ready = mock.method(live, 'ready', () => {})
  const draw = (arrays, header) => chart.draw({ header: { step: 7, knobs: { gamma: 2 }, ...header }, arrays, structure: chart.structure })
  return { root, chart, draw, ready }
}

const ridges = (...values) => ({ profile: array([1, 1, 2], ...values) })
const history = (...loss) => ({ steps: array([loss.length], ...loss.map((_, i) => 10 * i)), loss: array([1, loss.length], ...loss), now: array([1], loss.at(-1)) })

test('a frame is drawn, and the root says which', async () => {
  const { root, draw, chart } = await made()
  await draw(history(2, 1))
  const { traces, layout } = reacts.at(-1)
  assert.deepEqual([...traces[0].y], [2, 1])
  assert.deepEqual(traces[1].text, ['1'])
  assert.equal(layout.font.color, '#111111')
  assert.deepEqual(root.dataset, { testid: 'live-chart', chart: 'loss', step: 7, drawn: 1, knobs: '{"gamma":2}' })
  assert.equal(chart.picture.attributes.role, 'img')
  assert.equal(chart.picture.attributes['aria-label'], 'The loss over steps.')
})

test('Plotly is loaded once the server has answered, which then works while the page does', async () => {
  const live = connection({ name: 'slow', socket: '/live/socket' })
  const chart = new Chart(new Element('div', page), { chart: described(), run: { ...RUN, name: 'slow' }, plotlyUrl: '/plotly.js' })
  for (let i = 0; i < 10; i++) await Promise.resolve()
  assert.equal(reacts.length, 0)
  live.begin()
  await chart.ready
  assert.equal(reacts.length, 1)
})

test('what a frame does not hold stays as it was', async () => {
  const { chart, draw } = await made()
  await draw(history(2, 1))
  await draw({ now: array([1], 0.5) }, { step: 3, cursor: 3 })
  const { data } = chart.picture
  assert.deepEqual([...data[0].y], [2, 1])
  assert.deepEqual(data[1].text, ['0.5'])
})

test('an earlier step that is looked at is marked on charts over time, until it is not', async () => {
  const { root, draw } = await made()
  await draw(history(2, 1))
  assert.equal(root.ofClass('cursor'), undefined)
  const before = reacts.length
  await draw({}, { step: 120, cursor: 120 })
  assert.equal(root.ofClass('cursor').style.left, '160px')
  assert.equal(reacts.length, before, 'the picture itself is not drawn again')
  assert.equal(root.dataset.step, 120)
  await draw(history(2, 1), { cursor: null })
  assert.equal(root.ofClass('cursor'), undefined)
})

test('a chart of now has no cursor', async () => {
  const { root, draw } = await made({ over_time: false })
  await draw(history(2, 1), { cursor: 120 })
  assert.equal(root.ofClass('cursor'), undefined)
})

test('a frame of another run is not drawn', async () => {
  const { root, chart } = await made()
  await chart.draw({ header: { step: 1 }, arrays: history(1), structure: 'another' })
  assert.equal(root.dataset.drawn, undefined)
})

test('where axes stay, a frame is painted', async () => {
  const { root, chart, draw } = await made()
  await draw(history(2, 1))
  const before = reacts.length
  await draw(history(2, 1.25))
  now += 1e6
  await draw(history(2, 1.5))
  assert.equal(reacts.length, before)
  assert.deepEqual(paths, ['M0,2L10,1.25', 'M0,2L10,1.5'])
  assert.equal(root.dataset.drawn, 3)
  assert.deepEqual([...chart.picture.data[0].y], [2, 1.5])
})

test('words come four times a second, and the last ones in any case', async () => {
  const { draw } = await made()
  await draw(history(2, 3))
  now += 100
  await draw(history(2, 1))
  assert.equal(words.textContent, '')
  now += 250
  mock.timers.tick(250)
  assert.equal(words.textContent, '1')
  now += 250
  await draw(history(2, 0.5))
  assert.equal(words.textContent, '0.5')
})

const steps = (last) => ({ ...history(2, 1), steps: array([2], 0, last) })

test('Plotly draws when an axis of steps must reach farther, and then it reaches for some steps to come', async () => {
  const { draw } = await made()
  const before = reacts.length
  await draw(steps(100))
  assert.deepEqual(reacts.at(-1).layout.xaxis.autorangeoptions, { include: 112 })
  await draw(steps(112))
  assert.equal(reacts.length, before + 1)
  await draw(steps(113))
  assert.deepEqual(reacts.at(-1).layout.xaxis.autorangeoptions, { include: 128 })
  await draw(steps(20)) // the run was reset
  assert.deepEqual(reacts.at(-1).layout.xaxis.autorangeoptions, { include: 24 })
  assert.equal(reacts.length, before + 3)
})

test('where Plotly can be told the ends of the data, only axes are drawn, and the rest is painted', async () => {
  follows = true
  const { chart, draw } = await made()
  await draw(steps(100))
  const [x, y] = [10, 20].map((val) => ({ min: [{ val }], max: [{ val }] }))
  const [xaxis, yaxis] = ['xaxis', 'yaxis'].map((name) => Object.assign(chart.picture._fullLayout[name], { _name: name, c2l: (value) => value, _length: 500 }))
  chart.picture._fullData = [{ index: 0, type: 'scatter', xaxis: 'x', yaxis: 'y', _extremes: { x, y } }]
  chart.picture.layout = reacts.at(-1).layout
  const relayout = globalThis.Plotly.relayout = mock.fn(async () => { paths.length = 0 }) // it draws what it drew last
  const before = reacts.length
  await draw(steps(113))
  assert.deepEqual([xaxis, yaxis].map(({ _id: id }) => chart.picture._fullData[0]._extremes[id]), [
    { min: [{ val: 0 }], max: [{ val: 113 }] }, { min: [{ val: 1 }], max: [{ val: 2 }] }
  ])
  assert.equal(relayout.mock.callCount(), 1)
  assert.equal(chart.picture.layout.xaxis.autorangeoptions.include, 128)
  assert.deepEqual(paths, ['M0,2L113,1'])
  await draw(steps(128))
  assert.equal(relayout.mock.callCount(), 1, 'it reaches there')
  assert.equal(reacts.length, before)
})

test('axes have an animation frame of their own, and a figure that has gone by then is not drawn', async () => {
  const { chart, draw } = await made()
  const before = reacts.length
  let act
  mock.method(globalThis, 'requestAnimationFrame', (later) => { act = later })
  const first = draw(steps(100))
  for (let i = 0; i < 10; i++) await Promise.resolve()
  assert.equal(reacts.length, before)
  act()
  await first
  assert.equal(reacts.length, before + 1)
  const second = draw(steps(1000))
  for (let i = 0; i < 10; i++) await Promise.resolve()
  chart.remove()
  act()
  await second
  assert.equal(reacts.length, before + 1)
})

test('an axis of steps reaches as far as the last step, and at most a quarter farther', () => {
  assert.deepEqual([0, 1, 8, 9, 64, 65, 128, 129, 1000, 1025].map(reachOf), [8, 8, 8, 16, 64, 80, 128, 160, 1024, 1280])
})

test('an axis that follows its data is fitted anew every two seconds', async () => {
  follows = true
  const { draw } = await made()
  await draw(history(2, 1))
  const before = reacts.length
  now += 1999
  await draw(history(2, 1))
  assert.equal(reacts.length, before)
  now += 1
  await draw(history(2, 1))
  assert.equal(reacts.length, before + 1)
})

test('while somebody points at what Plotly labels, it draws', async () => {
  const { draw } = await made()
  const before = reacts.length
  hovered = true
  await draw(history(2, 1))
  assert.equal(reacts.length, before + 1)
  const data = [{ type: 'scatter', x: [0, 1, 2, 3, null], y: [], hoverinfo: 'skip' }]
  const other = await made({ over_time: false, bindings: RIDGES, fields: ['profile'], data })
  const then = reacts.length
  await other.draw(ridges(0, 255))
  assert.equal(reacts.length, then, 'ridges have no labels')
})

test('what was painted is drawn by Plotly when somebody comes to point at it, as it would label what it drew last', async () => {
  const { root, chart, draw } = await made()
  await draw(history(2, 1))
  await draw(history(2, 1.25))
  const before = reacts.length
  chart.picture.onpointerenter()
  assert.equal(reacts.length, before + 1)
  assert.deepEqual([...reacts.at(-1).traces[0].y], [2, 1.25])
  root.ofClass('table-button').onclick()
  chart.picture.onpointerenter()
  assert.equal(reacts.length, before + 1, 'the table is open')
})

test('the table asks for its numbers while it is open, and the picture rests', async () => {
  const { root, chart, draw, ready } = await made()
  assert.deepEqual(chart.fields, ['steps', 'loss', 'now'])
  root.ofClass('table-button').onclick()
  assert.deepEqual(chart.fields, ['steps', 'loss', 'now', 'std'])
  assert.deepEqual(ready.mock.calls.map(({ arguments: [again] }) => again), [true])
  const before = reacts.length
  await draw({ ...history(2, 1), std: array([2], 0.5, 0.25) })
  assert.equal(reacts.length, before)
  assert.equal(root.dataset.drawn, 1)
  const cells = root.ofClass('table').querySelectorAll('th, td').map((cell) => cell.textContent)
  assert.deepEqual(cells, ['step', 'std', '0', '0.5', '10', '0.25'])
  root.ofClass('table-button').onclick()
  await chart.ready
  assert.deepEqual(chart.fields, ['steps', 'loss', 'now'])
  assert.deepEqual([...reacts.at(-1).traces[0].y], [2, 1], 'the picture is of the frame that came meanwhile')
})

test('with the table open there is no cursor upon it, and it is back when the table is closed', async () => {
  const { root, chart, draw } = await made()
  await draw(history(2, 1), { cursor: 20 })
  root.ofClass('table-button').onclick()
  assert.equal(root.ofClass('cursor'), undefined)
  await draw({ ...history(2, 1), std: array([2], 1, 1) }, { cursor: 30 })
  assert.equal(root.ofClass('cursor'), undefined)
  root.ofClass('table-button').onclick()
  await chart.ready
  assert.equal(root.ofClass('cursor').style.left, '70px')
})

test('on a phone it has the layout of a phone, and the other when it is turned', async () => {
  const bindings = [...LOSS.slice(0, 2), { ...LOSS[2], wide_only: true }]
  const { root, chart, draw } = await made({ width: 340, bindings })
  await draw(history(2, 1))
  assert.deepEqual(reacts.at(-1).layout.margin, { l: 20, t: 30 })
  assert.equal(reacts.at(-1).layout.height, 300)
  assert.equal(root.style.minHeight, '300px')
  assert.deepEqual(reacts.at(-1).traces[1].text, [])
  root.clientWidth = 700
  observed[1]()
  await chart.ready
  assert.deepEqual(reacts.at(-1).layout.margin, { l: 40, t: 30 })
  assert.equal(reacts.at(-1).layout.height, 200)
  now += 300
  await draw(history(2, 1))
  assert.deepEqual(reacts.at(-1).traces[1].text, ['1'])
  assert.equal(globalThis.Plotly.Plots.resize.mock.callCount(), 1) // the width is not the layout's
  root.clientWidth = 720
  observed[1]()
  assert.equal(globalThis.Plotly.Plots.resize.mock.callCount(), 2)
})

test('on a dark page colours are those that show there', async () => {
  page.createElement = (name) => {
    const element = new Element(name, page)
    element.getContext = () => ({ fillRect () {}, getImageData: () => ({ data: [10, 10, 20] }) })
    return element
  }
  await made()
  assert.equal(reacts.at(-1).traces[0].line.color, '#56B4E9')
})

test('removed it draws no more', async () => {
  const { chart, draw } = await made()
  chart.remove()
  const before = reacts.length
  await draw(history(1))
  assert.equal(reacts.length, before)
  assert.equal(globalThis.Plotly.purge.mock.callCount(), 1)
})

test('a chart that can be pointed at turns knobs, and Plotly leaves it its clicks', async () => {
  const { chart, draw } = await made({ targets: [{ trace: 0, knob: 'gamma', values: [5, 6], along: 'points', hover: false }] })
  await draw(history(2, 1))
  assert.equal(reacts.at(-1).config.staticPlot, true)
  const point = mock.method(chart.connection, 'point', () => {})
  mock.getter(chart.connection, 'mayPoint', () => true)
  chart.picture.getBoundingClientRect = () => ({ left: 0, top: 0 })
  chart.picture.onclick({ clientX: 40 + 10, clientY: 30 + 1, pointerType: 'mouse' })
  assert.deepEqual(point.mock.calls.map(({ arguments: [knobs] }) => knobs), [{ gamma: 6 }])
  await made()
  assert.equal(reacts.at(-1).config.staticPlot, false)
})
