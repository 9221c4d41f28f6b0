import assert from 'node:assert/strict'
import test, { afterEach, beforeEach, mock } from 'node:test'

import { begin, CONFIG, end, LATER, made, opened, show, sockets } from './live_page.mjs'

const SOON = 5000 // ms until silence is noticed, and again until it is the end

/** So much later: in small steps, as a timer that is set meanwhile counts from the end of a step. */
function later (ms) {
  for (let passed = 0; passed < ms; passed += 250) mock.timers.tick(250)
}

beforeEach(begin)
afterEach(() => {
  delete globalThis.document
  end()
})

test('while frames come, nothing is asked', () => {
  const { socket } = opened()
  for (let step = 0; step < 20; step++) {
    later(SOON - 1000)
    show(socket, step)
  }
  assert.equal(socket.pings, 0)
})

test('a quiet server is asked every few seconds, and that is all as long as it answers', () => {
  const { live, socket } = opened()
  later(LATER)
  assert.ok(socket.pings >= 5 && socket.pings <= LATER / SOON)
  assert.deepEqual(socket.heard(), [])
  assert.equal(sockets.length, 1)
  assert.ok(live.live)
})

test('a line that has died without a word is made anew, with the token and the knobs as they stand', () => {
  const { live, socket } = opened()
  socket.deaf = true
  live.change({ gamma: 2 }) // which nobody hears
  later(2 * SOON - 1000)
  assert.equal(sockets.length, 1)
  later(2000)
  assert.equal(sockets.length, 2)
  assert.equal(live.status.state, 'connecting')
  assert.equal(socket.readyState, 2)
  sockets[1].accept()
  assert.deepEqual(sockets[1].heard(), [{ type: 'open', config: { ...CONFIG, gamma: 2 }, token: 'token 1' }])
  sockets[1].say({ type: 'run', token: 'token 1' })
  socket.end() // minutes later the browser gives it up as well
  later(LATER)
  assert.equal(sockets.length, 2)
  assert.ok(live.live)
})

test('an answer that comes late, as the server or the page was busy, is an answer', () => {
  const { live, socket } = opened()
  socket.deaf = true
  for (let i = 0; i < 5; i++) {
    later(2 * SOON - 1000)
    socket.say({ type: 'pong' })
  }
  assert.equal(sockets.length, 1)
  assert.ok(live.live)
})

test('while the rows of the past are on their way, it is patient', () => {
  const { live, socket } = opened()
  socket.deaf = true
  live.fetch()
  later(LATER)
  assert.equal(sockets.length, 1)
  later(SOON + 1000)
  assert.equal(sockets.length, 2)
})

test('an attempt that comes to nothing is followed by another', () => {
  made()
  later(2 * SOON + 1000)
  assert.equal(sockets[0].readyState, 2)
  assert.equal(sockets.length, 2)
})

test('without a run nothing is expected, and nothing asked', () => {
  const { live, socket } = opened()
  socket.deaf = true
  socket.say({ type: 'failed', message: 'RuntimeError: no' })
  later(LATER)
  assert.equal(socket.pings, 0)
  assert.equal(sockets.length, 1)
  assert.equal(live.status.state, 'closed')
})

test('a hidden page asks for nothing; seen again it asks at once, and makes a dead line anew', () => {
  const { live, socket } = opened()
  globalThis.document = { hidden: true }
  socket.deaf = true
  live.seen(true)
  later(LATER)
  assert.equal(socket.pings, 0)
  assert.equal(sockets.length, 1)
  document.hidden = false
  live.seen(false)
  assert.equal(socket.pings, 1)
  later(SOON + 1000)
  assert.equal(sockets.length, 2)
})

test('who has left asks for nothing', () => {
  const { live, socket } = opened()
  live.leave(live.panels, [...live.panels][0])
  later(LATER)
  assert.equal(socket.pings, 0)
  live.line.check()
  assert.equal(socket.pings, 0)
})

test('who watches asks too', () => {
  const live = made([])
  live.configure({ ...CONFIG }, [], {}, 'watch 1')
  sockets[0].accept()
  sockets[0].say({ type: 'run', id: 'identity' })
  later(SOON)
  assert.equal(sockets[0].pings, 1)
})
