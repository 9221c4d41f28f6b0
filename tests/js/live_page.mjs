// The browser's side of a socket, without a browser: sockets that note what is sent, animation frames, and panels.

import assert from 'node:assert/strict'
import { mock } from 'node:test'

import { Connection } from '../../bnviz/ui/live/connection.js'
import { floats, pack } from './frames.mjs'

export const KNOBS = ['gamma', 'beta', 'affine']
export const CONFIG = { depth: 6, dataset: 'digits', gamma: 1, beta: 0, affine: 'learned' }
export const LATER = 60000 // ms, longer than anything waits

export const sockets = [] // every socket that was made, in order
const frames = [] // what waits for the next animation frame

class FakeSocket {
  constructor (url) {
    this.url = url
    this.readyState = 0
    this.sent = []
    this.pings = 0
    this.deaf = false // whether nothing is answered any more
    sockets.push(this)
  }

  send (text) {
    assert.equal(this.readyState, 1, 'sent on a socket that is not open')
    const { page, ...message } = JSON.parse(text)
    if (message.type === 'ping') {
      this.pings++
      return this.deaf || this.say({ type: 'pong' })
    }
    assert.equal(page, message.type === 'open' ? 'tab' : undefined)
    if (message.playing === true && message.speed === 60) { // how a run starts unless the one before went otherwise
      delete message.playing
      delete message.speed
    }
    this.sent.push(message)
  }

  close () { this.readyState = 2 }

  // what the server and the network do

  accept () {
    this.readyState = 1
    this.onopen()
  }

  say (message) { this.onmessage({ data: JSON.stringify(message) }) }

  show (header, arrays = {}) { this.onmessage({ data: pack({ state: 'running', message: '', ...header }, arrays) }) }

  end (code = 1006, reason = '') {
    this.readyState = 3
    this.onclose({ code, reason })
  }

  /** What was sent since it was last asked, of one type or of all. */
  heard (type) {
    const found = this.sent.filter((message) => !type || message.type === type)
    this.sent = []
    return found
  }
}

export class Panel {
  constructor (name, { eachFrame = false, fields = [name], seen = true } = {}) {
    Object.assign(this, { name, eachFrame, fields, seen, drawn: [] })
  }

  visible () { return this.seen }

  draw (frame) {
    this.drawn.push(frame)
    return this.busy
  }
}

/** The next animation frame, and all that follows at once; what fails in it fails the test. */
export async function nextFrame () {
  for (const act of frames.splice(0)) act()
  for (let i = 0; i < 10; i++) await Promise.resolve()
}

/** A new page: to be called before each test. */
export function begin () {
  sockets.length = frames.length = 0
  const kept = new Map()
  globalThis.WebSocket = FakeSocket
  globalThis.addEventListener = () => {}
  globalThis.requestAnimationFrame = (act) => frames.push(act)
  globalThis.sessionStorage = {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => kept.set(key, String(value)),
    removeItem: (key) => kept.delete(key)
  }
  mock.timers.enable({ apis: ['setTimeout'] })
}

/** To be called after each test. */
export const end = () => mock.timers.reset()

/** A connection with panels, asked for a config; its socket is not open yet. */
export function made (panels = [new Panel('drift', { eachFrame: true })]) {
  const live = new Connection('main', 'ws://here/live/socket', 'tab')
  for (const panel of panels) live.join(live.panels, panel)
  live.configure({ ...CONFIG }, KNOBS)
  return live
}

/** A connection whose run is open, and its socket. */
export function opened (panels) {
  const live = made(panels)
  const [socket] = sockets
  socket.accept()
  socket.say({ type: 'run', token: 'token 1', watch: 'watch 1' })
  socket.heard()
  return { live, socket }
}

/** A frame of a step comes. */
export const show = (socket, step) => socket.show({ step }, { drift: floats([1], [step]) })

export const stillOpen = () => sockets.filter((socket) => socket.readyState < 2)
