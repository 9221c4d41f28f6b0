import assert from 'node:assert/strict'
import test, { afterEach, beforeEach, describe, mock } from 'node:test'

import { Connection, connection, structureOf } from '../../bnviz/ui/live/connection.js'
import { floats } from './frames.mjs'
import { begin, CONFIG, end, KNOBS, LATER, made, nextFrame, opened, Panel, show, sockets, stillOpen } from './live_page.mjs'

const addEventListener = () => {} // of a page that stays in sight

beforeEach(begin)
afterEach(end)

describe('opening', () => {
  test('it opens with the config, without a token at first', () => {
    const live = made()
    assert.equal(sockets.length, 1)
    const [socket] = sockets
    assert.equal(socket.url, 'ws://here/live/socket')
    assert.equal(socket.binaryType, 'arraybuffer')
    assert.deepEqual(socket.sent, [])
    socket.accept()
    assert.deepEqual(socket.heard(), [{ type: 'open', config: CONFIG, token: null }])
    assert.equal(live.status.state, 'connecting')
  })

  test('it asks for frames when the run is there', () => {
    made([new Panel('drift', { fields: ['a', 'b'], eachFrame: true }), new Panel('loss', { fields: ['b', 'c'] })])
    sockets[0].accept()
    sockets[0].heard()
    sockets[0].say({ type: 'run', token: 'token 1' })
    assert.deepEqual(sockets[0].heard(), [{ type: 'look', fields: ['a', 'b', 'c'] }, { type: 'ready', fields: ['a', 'b', 'c'], again: true }])
  })

  test('it says when the server has answered, or cannot', async () => {
    const told = []
    const live = made()
    live.begun.then(() => told.push('answered'))
    sockets[0].accept()
    await nextFrame()
    assert.deepEqual(told, [])
    sockets[0].say({ type: 'full', message: 'm' })
    await nextFrame()
    assert.deepEqual(told, ['answered'])
    const other = new Connection('other', 'ws://here/live/socket', 'tab')
    other.begun.then(() => told.push('not there'))
    other.configure({ ...CONFIG }, KNOBS)
    sockets[1].end()
    await nextFrame()
    assert.deepEqual(told, ['answered', 'not there'])
  })

  test('the token is kept in the tab under the name of the run', () => {
    opened()
    assert.equal(sessionStorage.getItem('bnviz.main'), 'token 1')
    const other = new Connection('other', 'ws://here/live/socket', 'tab')
    other.configure({ ...CONFIG }, KNOBS)
    sockets[1].accept()
    assert.equal(sockets[1].heard('open')[0].token, null)
    const again = new Connection('main', 'ws://here/live/socket', 'tab') // the tab was loaded again
    again.configure({ ...CONFIG }, KNOBS)
    sockets[2].accept()
    assert.equal(sockets[2].heard('open')[0].token, 'token 1')
  })

  test('knobs turned before the socket is open are part of what it opens with', () => {
    const live = made()
    live.change({ gamma: 2, affine: 'held' })
    sockets[0].accept()
    assert.deepEqual(sockets[0].heard(), [{ type: 'open', config: { ...CONFIG, gamma: 2, affine: 'held' }, token: null }])
  })

  test('there is one connection for each name, on the socket of the page', () => {
    globalThis.document = { baseURI: 'https://here:1/covariate_shift?gamma=2', addEventListener }
    const socket = '/lab/live/socket'
    const live = connection({ name: 'one', socket })
    assert.equal(connection({ name: 'one', socket }), live)
    assert.notEqual(connection({ name: 'two', socket }), live)
    assert.equal(live.line.url, 'wss://here:1/lab/live/socket')
    globalThis.document = { baseURI: 'http://here/', addEventListener }
    assert.equal(connection({ name: 'three', socket }).line.url, 'ws://here/lab/live/socket')
  })

  test('the structure of a config is all but its knobs', () => {
    assert.equal(structureOf(CONFIG, KNOBS), structureOf({ ...CONFIG, gamma: 3, affine: 'held' }, KNOBS))
    assert.notEqual(structureOf(CONFIG, KNOBS), structureOf({ ...CONFIG, depth: 7 }, KNOBS))
  })
})

describe('reconnecting', () => {
  test('it connects again with growing waits, with the knobs as they stand and its token', () => {
    const { live } = opened()
    live.change({ gamma: 2 })
    const waits = []
    for (let i = 0; i < 8; i++) {
      sockets.at(-1).end()
      assert.equal(live.status.state, 'connecting')
      const count = sockets.length
      let waited = 0
      while (sockets.length === count && waited < LATER) {
        mock.timers.tick(1)
        waited++
      }
      waits.push(waited)
    }
    assert.ok(waits[0] > 0)
    for (let i = 1; i < waits.length; i++) assert.ok(waits[i] >= waits[i - 1])
    assert.ok(waits[3] > waits[0])
    assert.ok(waits.at(-1) < 10000 && waits.at(-1) === waits.at(-2)) // but not for ever longer
    sockets.at(-1).accept()
    assert.deepEqual(sockets.at(-1).heard(), [{ type: 'open', config: { ...CONFIG, gamma: 2 }, token: 'token 1' }])
    sockets.at(-1).say({ type: 'run', token: 'token 1' })
    sockets.at(-1).end()
    mock.timers.tick(waits[0])
    assert.equal(sockets.length, 10) // success makes the wait short again
  })

  test('the late goodbye, words and frames of an older socket are ignored', async () => {
    const { live, socket } = opened()
    live.leave(live.panels, [...live.panels][0])
    mock.timers.tick(LATER) // closing, but not closed yet
    const panel = new Panel('drift', { eachFrame: true })
    live.join(live.panels, panel)
    assert.equal(sockets.length, 2)
    sockets[1].accept()
    sockets[1].say({ type: 'run', token: 'token 2' })
    sockets[1].heard()
    socket.say({ type: 'failed', message: 'old' })
    socket.show({ step: 5 }, { drift: floats([1], [1]) })
    socket.end(1008, 'old')
    mock.timers.tick(LATER)
    await nextFrame()
    assert.equal(sockets.length, 2)
    assert.deepEqual(panel.drawn, [])
    assert.equal(live.status.state, 'connecting') // nothing new has been heard
    live.change({ gamma: 2 })
    assert.equal(sockets[1].heard('change').length, 1) // and it is still in use
  })

  test('a panel that joins while it waits to reconnect does not make a second socket', () => {
    const { live, socket } = opened()
    socket.end()
    live.join(live.panels, new Panel('loss'))
    mock.timers.tick(LATER)
    assert.equal(stillOpen().length, 1)
    assert.equal(stillOpen()[0], live.line.socket)
  })

  test('a restart while it waits to reconnect does not either', () => {
    const { live, socket } = opened()
    socket.end()
    live.restart()
    mock.timers.tick(LATER)
    assert.equal(stillOpen().length, 1)
    assert.equal(stillOpen()[0], live.line.socket)
  })

  test('the last one to leave closes the socket, and it stays closed', () => {
    const { live, socket } = opened()
    const listener = () => live
    live.join(live.listeners, listener)
    live.leave(live.panels, [...live.panels][0])
    mock.timers.tick(LATER)
    assert.equal(socket.readyState, 1)
    live.leave(live.listeners, listener)
    mock.timers.tick(LATER)
    assert.equal(socket.readyState, 2)
    socket.end(1000)
    mock.timers.tick(LATER)
    assert.equal(sockets.length, 1)
    live.join(live.listeners, listener)
    assert.equal(sockets.length, 2) // until somebody comes again
  })

  test('who comes back at once finds the socket as it was', () => {
    const { live, socket } = opened()
    const [panel] = live.panels
    live.leave(live.panels, panel)
    live.join(live.panels, panel)
    mock.timers.tick(LATER)
    assert.equal(socket.readyState, 1)
    assert.equal(sockets.length, 1)
  })

  test('turned away because too many pages are open, it says so and tries again', () => {
    const { live, socket } = opened()
    socket.end(1013, '5 pages are open already.')
    assert.deepEqual(live.status, { state: 'full', message: '5 pages are open already.' })
    mock.timers.tick(LATER)
    assert.equal(sockets.length, 2)
  })

  for (const code of [1008, 4400, 4403]) {
    test(`after ${code} it is closed, with the reason, and does not connect again`, () => {
      const { live, socket } = opened()
      const told = []
      live.join(live.listeners, () => told.push(live.status))
      socket.end(code, 'a reason')
      mock.timers.tick(LATER)
      assert.equal(sockets.length, 1)
      assert.deepEqual(told, [{ state: 'closed', message: 'a reason' }])
      live.restart()
      assert.equal(sockets.length, 2)
      sockets[1].accept()
      assert.equal(sockets[1].heard('open')[0].token, null)
    })
  }

  test('closed without a reason says something all the same', () => {
    const { live, socket } = opened()
    socket.end(4400)
    assert.ok(live.status.message.length > 10)
  })
})

describe('changes', () => {
  test('a change is sent at once, with a number that rises', () => {
    const { live, socket } = opened()
    live.change({ gamma: 2, affine: 'held' })
    live.change({ gamma: 2.5, affine: 'held' })
    live.change({ beta: 1 })
    const sent = socket.heard()
    assert.deepEqual(sent.map(({ type, knobs }) => ({ type, knobs })), [
      { type: 'change', knobs: { gamma: 2, affine: 'held' } },
      { type: 'change', knobs: { gamma: 2.5 } },
      { type: 'change', knobs: { beta: 1 } }
    ])
    for (let i = 1; i < sent.length; i++) assert.ok(sent[i].seq > sent[i - 1].seq)
    assert.ok(Number.isInteger(sent[0].seq) && sent[0].seq > 0)
  })

  test('what already stands is not sent again', () => {
    const { live, socket } = opened()
    live.change({ gamma: 1 })
    live.change({ gamma: 2 })
    live.change({ gamma: 2 })
    assert.equal(socket.heard().length, 1)
  })

  test('knobs that a rerun has changed are sent', () => {
    const { live, socket } = opened()
    live.configure({ ...CONFIG, affine: 'held', beta: 2 }, KNOBS, { gamma: 1 })
    const [{ type, knobs }] = socket.heard()
    assert.deepEqual({ type, knobs }, { type: 'change', knobs: { affine: 'held', beta: 2 } })
    live.configure({ ...CONFIG, affine: 'held', beta: 2 }, KNOBS, { gamma: 1 })
    assert.deepEqual(socket.heard(), [])
  })

  test("a rerun's older value does not undo a newer one of a slider", () => {
    const { live, socket } = opened()
    live.change({ gamma: 2, affine: 'held' }) // the thumb goes on
    live.change({ gamma: 3 })
    socket.heard()
    live.configure({ ...CONFIG, gamma: 2, affine: 'held' }, KNOBS, { gamma: 3, beta: 0 }) // the rerun is behind
    assert.deepEqual(socket.heard(), [])
    assert.equal(live.knobs.gamma, 3)
    live.configure({ ...CONFIG, gamma: 3, affine: 'held' }, KNOBS, { gamma: 3, beta: 0 }) // it has come up
    assert.deepEqual(socket.heard(), [])
    assert.deepEqual(live.knobs, { gamma: 3, beta: 0, affine: 'held' })
  })

  test('a new structure does not undo it either', () => {
    const { live, socket } = opened()
    live.change({ gamma: 3, affine: 'held' })
    socket.heard()
    live.configure({ ...CONFIG, depth: 7 }, KNOBS, { gamma: 3, beta: 0 })
    const [{ config }] = socket.heard('open')
    assert.equal(config.depth, 7)
    assert.equal(config.gamma, 3)
  })
})

describe('a new structure', () => {
  test('opens anew on the same socket, with its token', () => {
    const { live, socket } = opened()
    live.configure({ ...CONFIG, depth: 7, gamma: 2 }, KNOBS)
    assert.deepEqual(socket.heard(), [{ type: 'open', config: { ...CONFIG, depth: 7, gamma: 2 }, token: 'token 1' }])
    socket.say({ type: 'run', token: 'token 2' })
    assert.equal(sessionStorage.getItem('bnviz.main'), 'token 2')
    assert.equal(socket.heard('ready').length, 1)
    assert.equal(sockets.length, 1)
  })

  test('frames of the old one are dropped until the new run is there', async () => {
    const panel = new Panel('drift', { eachFrame: true })
    const { live, socket } = opened([panel])
    live.configure({ ...CONFIG, depth: 7 }, KNOBS)
    socket.show({ step: 50 }, { drift: floats([1], [1]) })
    await nextFrame()
    assert.deepEqual(panel.drawn, [])
    assert.equal(live.header, null)
    socket.say({ type: 'run', token: 'token 2' })
    socket.show({ step: 1 }, { drift: floats([1], [1]) })
    await nextFrame()
    assert.deepEqual(panel.drawn.map(({ header }) => header.step), [1])
    assert.equal(panel.drawn[0].structure, structureOf({ ...CONFIG, depth: 7 }, KNOBS))
  })

  test('a frame of the old one that was about to be drawn is not', async () => {
    const panel = new Panel('drift', { eachFrame: true })
    const { live, socket } = opened([panel])
    socket.show({ step: 50 }, { drift: floats([1], [1]) })
    live.configure({ ...CONFIG, depth: 7 }, KNOBS)
    await nextFrame()
    assert.deepEqual(panel.drawn, [])
    socket.say({ type: 'run', token: 'token 2' })
    show(socket, 1)
    await nextFrame()
    assert.deepEqual(panel.drawn.map(({ header }) => header.step), [1]) // and the new run is drawn
  })

  test('one that is asked for while the socket is opening is what it opens with', () => {
    const live = made()
    live.configure({ ...CONFIG, depth: 7 }, KNOBS)
    assert.equal(sockets.length, 1)
    sockets[0].accept()
    assert.deepEqual(sockets[0].heard('open').map(({ config }) => config.depth), [7])
  })

  test('one that is asked for while it waits to reconnect too', () => {
    const { live, socket } = opened()
    socket.end()
    live.configure({ ...CONFIG, depth: 7 }, KNOBS)
    mock.timers.tick(LATER)
    assert.equal(sockets.length, 2)
    sockets[1].accept()
    assert.deepEqual(sockets[1].heard('open').map(({ config }) => config.depth), [7])
  })
})

describe('what the server says', () => {
  test('restarting: it says so, and goes on with the same run when its next frame comes', () => {
    const { live, socket } = opened()
    socket.say({ type: 'restarting', message: 'in another process' })
    assert.deepEqual(live.status, { state: 'restarting', message: 'in another process' })
    assert.deepEqual(socket.heard('open'), [])
    assert.equal(live.token, 'token 1')
    assert.ok(live.live)
  })

  test('silent: it says why nothing comes, until something does', () => {
    const { live, socket } = opened()
    const { state } = live.status
    socket.say({ type: 'silent', message: 'no answer' })
    assert.deepEqual(live.status, { state, message: '', silence: 'no answer' })
    live.notify() // as for what is done on the page meanwhile
    assert.equal(live.status.silence, 'no answer')
    socket.say({ type: 'silent', message: '' })
    assert.deepEqual(live.status, { state, message: '', silence: '' })
    assert.ok(live.live)
  })

  test('silent, and no longer: what else was said stays', () => {
    const { live, socket } = opened()
    for (const message of ['no answer', '']) {
      socket.say({ type: 'restarting', message: 'in another process' })
      socket.say({ type: 'silent', message })
      assert.deepEqual(live.status, { state: 'restarting', message: 'in another process', silence: message })
    }
  })

  test('silent: a frame, and the end of the run, say otherwise', async () => {
    const { live, socket } = opened()
    socket.say({ type: 'silent', message: 'no answer' })
    socket.show({ step: 4 }, { drift: floats([1], [1]) })
    await nextFrame()
    assert.deepEqual(live.status, { state: 'running', message: '' })
    socket.say({ type: 'silent', message: 'no answer' })
    socket.end()
    assert.deepEqual(live.status, { state: 'connecting', message: '' })
  })

  test('who listens hears at once that the run is there, before its first frame', () => {
    const live = made()
    const heard = []
    live.join(live.listeners, () => heard.push([live.live, live.watchToken]))
    sockets[0].accept()
    sockets[0].say({ type: 'run', token: 'token 1', watch: 'watch 1' })
    assert.deepEqual(heard.at(-1), [true, 'watch 1'])
  })

  test('lost: it says so and opens again', () => {
    const { live, socket } = opened()
    live.change({ gamma: 2 })
    socket.heard()
    socket.say({ type: 'lost', message: '' })
    assert.equal(live.status.state, 'restarting')
    assert.deepEqual(socket.heard(), [{ type: 'open', config: { ...CONFIG, gamma: 2 }, token: 'token 1' }])
    socket.say({ type: 'run', token: 'token 2' })
    assert.equal(socket.heard('ready').length, 1)
  })

  test('full: it tells, and asks again after a while', () => {
    const live = made()
    const [socket] = sockets
    socket.accept()
    socket.heard()
    socket.say({ type: 'full', message: 'all are taken' })
    assert.deepEqual(live.status, { state: 'full', message: 'all are taken' })
    assert.deepEqual(socket.heard(), [])
    mock.timers.tick(LATER)
    assert.equal(socket.heard('open').length, 1)
    socket.say({ type: 'run', token: 'token 1' })
    assert.equal(socket.heard('ready').length, 1)
  })

  test('full: nothing but to open is asked for: the server closes on who asks without a run', () => {
    const live = made()
    const [socket] = sockets
    socket.accept()
    socket.say({ type: 'full', message: 'all are taken' })
    socket.heard()
    live.ready(true) // a chart came into sight
    live.change({ gamma: 2 }) // a slider was moved
    live.send({ type: 'reset' }) // a button was pressed
    assert.deepEqual(socket.heard(), [])
    mock.timers.tick(LATER)
    assert.equal(socket.heard('open')[0].config.gamma, 2)
  })

  test('failed: it tells why, and is silent until it is restarted', () => {
    const { live, socket } = opened()
    socket.say({ type: 'failed', message: 'RuntimeError: no' })
    assert.deepEqual(live.status, { state: 'closed', message: 'RuntimeError: no' })
    live.ready(true)
    live.change({ gamma: 2 })
    mock.timers.tick(LATER)
    assert.deepEqual(socket.heard(), [])
    live.restart()
    assert.deepEqual(socket.heard(), [{ type: 'open', config: { ...CONFIG, gamma: 2 }, token: null }])
  })

  test('failed in answer to the asking: it tells why, and asks again when the page does, also for the same', () => {
    const live = made()
    const [socket] = sockets
    socket.accept()
    socket.heard()
    socket.say({ type: 'failed', message: 'no table', opened: false })
    assert.deepEqual(live.status, { state: 'closed', message: 'no table' })
    live.ready(true)
    live.change({ gamma: 2 })
    mock.timers.tick(LATER)
    assert.deepEqual(socket.heard(), [])
    live.configure(CONFIG, KNOBS) // the same file was chosen again
    assert.equal(socket.heard('open').length, 1)
    socket.say({ type: 'run', token: 'token 1' })
    assert.equal(socket.heard('ready').length, 1)
    live.configure(CONFIG, KNOBS)
    assert.deepEqual(socket.heard('open'), [])
  })

  test('failed in answer to an earlier asking is passed over', () => {
    const { live, socket } = opened()
    live.configure({ ...CONFIG, depth: 7 }, KNOBS)
    live.configure({ ...CONFIG, depth: 8 }, KNOBS)
    socket.say({ type: 'failed', message: 'no table', opened: false })
    assert.notEqual(live.status.state, 'closed')
    socket.say({ type: 'run', token: 'token 2' })
    assert.equal(socket.heard('ready').length, 1)
  })

  test('the failure of a run that has been left is no answer to the asking', () => {
    const { live, socket } = opened()
    live.configure({ ...CONFIG, depth: 7 }, KNOBS)
    socket.say({ type: 'failed', message: 'RuntimeError: no' })
    assert.notEqual(live.status.state, 'closed')
    socket.say({ type: 'run', token: 'token 2' })
    assert.equal(socket.heard('ready').length, 1)
  })

  for (const [words, state] of [['failed', 'closed'], ['lost', 'restarting'], ['full', 'full']]) {
    test(`${words}: a frame that was still to be drawn does not say otherwise`, async () => {
      const { live, socket } = opened()
      socket.show({ step: 4 }, { drift: floats([1], [1]) })
      socket.say({ type: words, message: 'm' })
      await nextFrame()
      assert.equal(live.status.state, state)
    })
  }

  test('a broken connection: neither', async () => {
    const { live, socket } = opened()
    socket.show({ step: 4 }, { drift: floats([1], [1]) })
    socket.end()
    await nextFrame()
    assert.equal(live.status.state, 'connecting')
  })
})

describe('what a page goes through', () => {
  test('a new structure after the end of a connection asks for a run again', () => {
    const { live, socket } = opened()
    socket.end(4400, 'no')
    assert.equal(live.status.state, 'closed')
    live.configure({ ...CONFIG, depth: 7 }, KNOBS)
    sockets.at(-1).accept()
    assert.equal(sockets.at(-1).heard('open')[0].config.depth, 7)
  })

  test('who leaves while the server is full and comes back later gets a run that is drawn', () => {
    const panel = new Panel('drift', { eachFrame: true })
    const live = made([panel])
    sockets[0].accept()
    sockets[0].say({ type: 'full', message: 'full' })
    live.leave(live.panels, panel)
    mock.timers.tick(LATER)
    assert.equal(sockets[0].readyState, 2)
    live.join(live.panels, panel)
    assert.equal(sockets.length, 2)
    sockets[1].accept()
    assert.equal(sockets[1].heard('open').length, 1)
    sockets[1].say({ type: 'run', token: 'token 2' })
    assert.equal(sockets[1].heard('ready').length, 1)
  })

  test('a hidden page whose run was dropped asks for a new one when it is seen', () => {
    const { socket } = opened()
    let seen
    globalThis.document = { hidden: true, addEventListener: (_, act) => { seen = act } }
    socket.say({ type: 'lost', message: '' })
    assert.deepEqual(socket.heard('open'), [])
    document.hidden = false
    seen()
    assert.equal(socket.heard('open').length, 1)
    delete globalThis.document
  })

  test('a page that is hidden says so and asks for a frame when it is seen again', () => {
    const { live, socket } = opened()
    live.seen(true)
    assert.deepEqual(socket.heard(), [{ type: 'away' }])
    live.seen(false)
    assert.equal(socket.heard('ready')[0].again, true)
  })

  test('a first run may be one that stands until somebody presses Play; the next goes on as it went', async () => {
    const live = new Connection('main', 'ws://here/live/socket', 'tab', false)
    live.join(live.listeners, () => {})
    live.configure({ ...CONFIG }, KNOBS)
    const [socket] = sockets
    socket.accept()
    assert.equal(socket.heard('open')[0].playing, false)
    socket.say({ type: 'run', token: 'token 1', watch: 'watch 1' })
    socket.show({ step: 1, playing: true, speed: 5 })
    await nextFrame()
    live.configure({ ...CONFIG, depth: 7 }, KNOBS)
    assert.equal(socket.heard('open')[0].playing, true)
  })

  test('a new run goes on as the last one went', async () => {
    const { live, socket } = opened()
    socket.show({ step: 1, playing: false, speed: 5 })
    await nextFrame()
    live.configure({ ...CONFIG, depth: 7 }, KNOBS)
    const [{ playing, speed }] = socket.heard('open')
    assert.deepEqual([playing, speed], [false, 5])
  })
})

const gammas = (socket) => socket.heard('change').map(({ knobs: { gamma } }) => gamma)

describe('pointing', () => {
  test('what is pointed at is sent once, and whoever tells Streamlit hears of it', () => {
    const { live, socket } = opened()
    live.whenPointed = mock.fn()
    live.point({ gamma: 2, beta: 0 })
    live.point({ gamma: 2 })
    assert.deepEqual(socket.heard('change'), [{ type: 'change', knobs: { gamma: 2 }, seq: 1 }])
    assert.equal(live.whenPointed.mock.callCount(), 1)
  })

  test('a rerun that does not know of it yet does not undo it', () => {
    const { live, socket } = opened()
    live.point({ gamma: 2 })
    live.configure({ ...CONFIG, beta: 1 }, KNOBS, { gamma: 1, beta: 1 })
    assert.deepEqual(socket.heard('change').map(({ knobs }) => knobs), [{ gamma: 2 }, { beta: 1 }])
    live.configure({ ...CONFIG, beta: 1, gamma: 2 }, KNOBS, { gamma: 2, beta: 1 }) // now it does
    live.configure({ ...CONFIG, gamma: 1 }, KNOBS, { gamma: 1, beta: 0 }) // put back
    assert.deepEqual(socket.heard('change').map(({ knobs }) => knobs), [{ gamma: 1, beta: 0 }])
  })

  test('a slider that only now shows an earlier choice does not undo the next one, a hand on it does', () => {
    const { live, socket } = opened()
    live.point({ gamma: 2 })
    live.told = { gamma: 2 }
    live.point({ gamma: 3 })
    live.slide({ gamma: 2 })
    assert.deepEqual(gammas(socket), [2, 3])
    assert.deepEqual(live.pointed, { gamma: 3 })
    live.slide({ gamma: 4, affine: 'held' })
    assert.deepEqual(gammas(socket), [4])
    assert.deepEqual(live.pointed, {})
  })

  test('another run knows nothing of it', () => {
    const { live } = opened()
    live.point({ gamma: 2 })
    live.configure({ ...CONFIG, depth: 3 }, KNOBS)
    assert.deepEqual([live.pointed, live.knobs.gamma], [{}, 1])
  })

  test('who watches points at nothing, nor who looks at the past, nor where there is no run', () => {
    const { live, socket } = opened()
    live.watch = 'token'
    live.point({ gamma: 2 })
    live.watch = ''
    live.wanted = { step: 3, by: 0 }
    live.point({ gamma: 2 })
    live.wanted = null
    live.live = false
    live.point({ gamma: 2 })
    assert.deepEqual([live.pointed, live.knobs.gamma, socket.heard()], [{}, 1, []])
    live.live = true
    live.point({ gamma: 2 })
    assert.deepEqual(gammas(socket), [2])
  })
})

test('in a new structure a slider that lags behind does not undo what the server mended', () => {
  const { live, socket } = opened()
  live.configure({ ...CONFIG, gamma: 7 }, KNOBS, { gamma: 7 })
  socket.heard()
  live.configure({ ...CONFIG, gamma: 3, depth: 7 }, KNOBS, { gamma: 7, eps: 0.5 })
  const [{ config }] = socket.heard('open')
  assert.deepEqual([config.gamma, config.eps], [3, 0.5], 'one that a hand has moved since is newer')
})
