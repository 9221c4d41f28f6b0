import assert from 'node:assert/strict'
import test, { afterEach, beforeEach, mock } from 'node:test'

import { Element } from './page.mjs'

const page = { createElement: (name) => new Element(name, page), baseURI: 'http://here/', addEventListener () {} }
globalThis.document = page
const { Motion, placeAt, timeOf } = await import('../../bnviz/ui/live/motion.js')
const { connection } = await import('../../bnviz/ui/live/connection.js')

const STOPS = [1, 2, 3, 4]
const DATA = { run: { name: 'moved', socket: '/live/socket' }, knob: 'stage', stops: STOPS, step: 0.1, title: 'Play' }
const live = connection(DATA.run)

let now, frames, still, motion, places

/** So much later, an animation frame at a time. */
function pass (ms, every = 20) {
  for (const end = now + ms; now < end;) {
    now += every
    for (const act of frames.splice(0)) act()
  }
}

const press = () => motion.button.onclick()

beforeEach(() => {
  [now, frames, still, places] = [5000, [], false, []]
  mock.method(performance, 'now', () => now)
  mock.method(live, 'send', ({ knobs }) => { if (knobs) places.push(knobs.stage) })
  mock.timers.enable({ apis: ['setTimeout'] })
  globalThis.requestAnimationFrame = (act) => frames.push(act)
  globalThis.matchMedia = (query) => ({ matches: still && query === '(prefers-reduced-motion: reduce)' })
  Object.assign(live, { live: true, watch: '', knobs: { stage: 0 }, pointed: {} })
  motion = new Motion(new Element('div', page), DATA)
})

afterEach(() => {
  motion.remove()
  live.leavePast()
  mock.restoreAll()
  mock.timers.reset()
})

test('places and times are each other\'s reverse, with a rest at each stop', () => {
  assert.deepEqual([0, 999].map((ms) => placeAt(STOPS, ms)), [1, 1])
  assert.deepEqual([1700, 2400, 1e6].map((ms) => placeAt(STOPS, ms)), [1.5, 2, 4])
  assert.deepEqual([0, 1, 2, 4].map((place) => timeOf(STOPS, place)), [0, 0, 2400, 0])
  for (const place of [1.1, 2.5, 3.9]) assert.ok(Math.abs(placeAt(STOPS, timeOf(STOPS, place)) - place) < 1e-9)
})

test('it goes through all stops once, smoothly, and stays at the last', () => {
  press()
  assert.equal(motion.button.textContent, '❚❚')
  assert.deepEqual(places, [1])
  pass(7300)
  assert.deepEqual(places, places.toSorted((one, other) => one - other))
  assert.ok(Math.max(...places.slice(1).map((place, i) => place - places[i])) < 0.03, 'in small steps')
  assert.equal(live.knobs.stage, 4)
  assert.deepEqual(live.pointed, { stage: 4 }, 'which Streamlit is told')
  assert.equal(motion.button.textContent, '▶')
  assert.deepEqual(frames, [])
  press()
  assert.equal(live.knobs.stage, 1)
})

test('paused, it stays at a place of the slider, and goes on from there', () => {
  press()
  pass(1720)
  press()
  assert.equal(live.knobs.stage, 1.5)
  pass(1000)
  assert.equal(live.knobs.stage, 1.5)
  press()
  pass(40)
  assert.ok(live.knobs.stage > 1.5 && live.knobs.stage < 1.6)
})

test('who wants less motion sees one stop after the other', () => {
  still = true
  press()
  pass(7300)
  assert.deepEqual(places, STOPS)
})

test('it stops when the knob is in another\'s hand, which it leaves it', () => {
  press()
  pass(1500)
  live.slide({ stage: 3 })
  pass(3000)
  assert.equal(live.knobs.stage, 3)
  assert.equal(motion.button.textContent, '▶')
})

test('nothing is skipped in a page that was hidden', () => {
  press()
  pass(1500)
  const before = live.knobs.stage
  now += 60000
  pass(20)
  assert.ok(live.knobs.stage - before < 0.2)
})

test('whose run it is not, and who looks at the past, has nothing to press', () => {
  assert.equal(motion.button.disabled, false)
  live.watch = 'token'
  live.tell('running', '')
  assert.equal(motion.button.disabled, true)
  live.watch = ''
  live.wanted = { step: 3, by: 0 }
  live.tell('paused', '')
  assert.equal(motion.button.disabled, true)
})
