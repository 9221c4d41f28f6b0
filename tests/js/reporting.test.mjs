import assert from 'node:assert/strict'
import test, { afterEach, beforeEach, mock } from 'node:test'

import { begin, CONFIG, end, KNOBS, nextFrame, opened, show, sockets } from './live_page.mjs'
import { Reporting } from '../../bnviz/ui/live/reporting.js'

let live, reports, reporting

/** So much later: in small steps, as a timer that is set meanwhile counts from the end of a step. */
function later (ms) {
  for (let passed = 0; passed < ms; passed += 100) mock.timers.tick(100)
}

async function cutAndMend () {
  sockets.at(-1).end()
  mock.timers.tick(250)
  sockets.at(-1).accept()
  sockets.at(-1).say({ type: 'run', token: 'token 1' })
  await drawn()
}

function drawn () {
  show(sockets.at(-1), 1)
  return nextFrame()
}

beforeEach(async () => {
  begin()
  live = opened().live
  reports = []
  reporting = new Reporting(live, (knobs) => reports.push({ ...knobs }))
  live.join(live.listeners, () => reporting.look())
  await drawn()
})
afterEach(end)

test('what was turned during a cut is reported until Streamlit knows it', async () => {
  live.change({ gamma: 2, affine: 'held' })
  await cutAndMend()
  later(3500)
  assert.deepEqual(reports, [1, 2].map(() => ({ gamma: 2, beta: 0, affine: 'held' })))
  live.configure({ ...CONFIG, gamma: 2, affine: 'held' }, KNOBS, { gamma: 2 })
  later(60000)
  assert.equal(reports.length, 2)
})

test('where it never hears, that is given up', async () => {
  live.change({ gamma: 2 })
  await cutAndMend()
  later(120000)
  assert.equal(reports.length, 5)
})

test('what Streamlit knows is not reported, nor what is turned without a cut', async () => {
  await cutAndMend()
  later(60000)
  live.change({ gamma: 2 })
  await drawn()
  later(60000)
  assert.deepEqual(reports, [])
})

test('a player that has gone reports nothing', async () => {
  live.change({ gamma: 2 })
  await cutAndMend()
  reporting.stop()
  later(60000)
  assert.deepEqual(reports, [])
})

test('what was pointed at is told once the hand rests, and until Streamlit knows it', () => {
  live.point({ gamma: 2 })
  later(200)
  live.point({ gamma: 3 })
  later(200)
  assert.deepEqual(reports, [])
  later(100)
  assert.deepEqual(reports, [{ gamma: 3 }])
  later(2000)
  assert.equal(reports.length, 2)
  live.configure({ ...CONFIG, gamma: 3 }, KNOBS)
  later(120000)
  assert.equal(reports.length, 2)
})

test('what was pointed at and then set by its slider is not told: the slider tells it', () => {
  live.point({ gamma: 2, beta: 1 })
  live.slide({ gamma: 3 })
  later(300)
  assert.deepEqual(reports, [{ beta: 1 }])
})
