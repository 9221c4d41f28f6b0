// The line to the server: a socket that is made anew when it ends or falls silent.

import { Pulse } from './pulse.js'

const FIRST_WAIT = 250
export const LONGEST_WAIT = 4000

/**
 * Tells its `owner` what becomes of it: `opened()`, `heard(data)`, and `ended(code, reason)`, which says whether it is
 * to be made anew. Only while the owner `expects` words, and somebody looks, is their absence an end; `fetching` says
 * that they may be long. The server answers a `ping` at once.
 */
export class Line {
  constructor (url, owner, ping) {
    Object.assign(this, { url, owner, ping, wait: FIRST_WAIT })
    this.pulse = new Pulse(() => this.ask(), () => this.giveUp(), () => owner.fetching)
  }

  get open () { return this.socket?.readyState === 1 }

  get opening () { return this.socket?.readyState === 0 }

  /** Whether it is to be made anew after a while. */
  get waits () { return this.retry !== undefined }

  /** Whether there was a socket, and none is to come. */
  get down () { return this.socket?.readyState > 1 && !this.waits }

  connect () {
    this.later()
    if (this.opening) return
    const socket = new WebSocket(this.url)
    const ifMine = (act) => (event) => { if (socket === this.socket) act(event) } // not the late goodbye of an earlier one
    socket.binaryType = 'arraybuffer'
    socket.onopen = ifMine(() => this.owner.opened())
    socket.onmessage = ifMine(({ data }) => {
      this.pulse.heard()
      this.owner.heard(data)
    })
    socket.onclose = ifMine(({ code, reason }) => this.end(code, reason))
    this.socket = socket
    this.pulse.start()
  }

  send (text) { this.socket.send(text) }

  end (code, reason) {
    this.pulse.stop()
    if (!this.owner.ended(code, reason)) return
    this.later(() => this.connect(), this.wait)
    this.wait = Math.min(2 * this.wait, LONGEST_WAIT)
  }

  /** All is well: should it end, it is made anew soon. */
  succeed () { this.wait = FIRST_WAIT }

  /** Whether silence would tell anything. */
  get listens () { return this.opening || (this.owner.expects && !globalThis.document?.hidden) }

  ask () { if (this.open && this.listens) this.send(this.ping) }

  /** Nothing has come for long: it is dead, though nobody has said so. */
  giveUp () {
    if (!this.listens) return this.pulse.heard()
    const { socket } = this
    this.socket = undefined // so that its goodbye, which may come minutes later, is not heard
    socket.close()
    this.end()
  }

  /** Look whether it is still there: the network may have gone and come. */
  check () { this.pulse.check() }

  hangUp () {
    this.later()
    this.pulse.stop()
    this.socket?.close()
  }

  /** Do something after a while, in place of what was to be done; without an `act`, nothing. */
  later (act, wait) {
    clearTimeout(this.retry)
    this.retry = act && setTimeout(() => { this.retry = undefined; act() }, wait)
  }
}
