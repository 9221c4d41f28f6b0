// The pulse of a socket: whether the other side is still there. A connection can die without a word (a laptop that
// slept, a gateway that forgot it), and then nothing would ever come again, not even a goodbye.

const TICK = 1000 // ms
const QUIET = 5 // ticks without a word, after which the server is asked for one
const PATIENCE = 5 // ticks that the answer may take
const PATIENCE_FOR_MUCH = 60 // as nothing is heard of megabytes until they are whole

/**
 * Counts ticks and not seconds: when the page was busy or the laptop slept, that is one tick, and what has come
 * meanwhile is heard before the next. It calls `ask` for a word, and `giveUp` when none comes; `much` says whether megabytes are on their way.
 */
export class Pulse {
  constructor (ask, giveUp, much) {
    Object.assign(this, { ask, giveUp, much, quiet: 0 })
  }

  start () {
    this.stop()
    this.quiet = 0
    this.next()
  }

  next () { this.timer = setTimeout(() => this.tick(), TICK) }

  stop () {
    clearTimeout(this.timer)
    this.timer = undefined
  }

  heard () { this.quiet = 0 }

  /** Ask now: the network may have gone and come. */
  check () {
    if (this.timer === undefined) return
    this.quiet = QUIET
    this.ask()
  }

  tick () {
    this.next()
    this.quiet++
    if (this.quiet === QUIET) this.ask()
    else if (this.quiet >= QUIET + (this.much() ? PATIENCE_FOR_MUCH : PATIENCE)) this.giveUp()
  }
}
