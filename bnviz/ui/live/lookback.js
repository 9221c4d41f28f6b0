// Looking back: rows of the past in place of live frames, a row as the ghost of all others, and going on from one.

import { Past } from './past.js'
import { unpackRows } from './wire.js'

/** What a connection can do with the past of its run. It sends by `send`, asks by `ready`, draws by `schedule`. */
export class LookingBack {
  past = new Past()
  viewed = null // the row of the past that is looked at
  wanted = null // {step, by} as asked for, also while rows are on their way
  row = null // the row to be drawn next
  fetching = false // whether rows are on their way
  pinning = false // whether the row of now is to be pinned when it comes

  /** Whether a step of the past is looked at, or wanted. */
  get lookingBack () { return this.wanted !== null }

  /** Show the row of the past at a step, or the one `by` rows beside it; the run pauses meanwhile. */
  lookBack (step, by = 0) {
    if (!this.live || !this.header) return
    if (!this.lookingBack) {
      this.wasPlaying = this.header.playing
      this.send({ type: 'pause' })
      this.fetch()
    }
    this.wanted = { step, by: by && (this.wanted?.by ?? 0) + by } // presses of a key while rows are on their way add up
    if (!this.fetching || this.viewed) this.viewWanted() // else when the rows have come
  }

  viewWanted () {
    const { step, by } = this.wanted
    const row = by ? this.past.beside(step, by) : this.past.at(step)
    if (row) this.view(row)
  }

  view (row) {
    this.wanted = { step: row.step, by: 0 }
    this.viewed = row
    this.row = { header: { ...row.header, cursor: row.step }, arrays: row.arrays, structure: this.structure, past: true }
    this.notify()
    this.schedule()
  }

  /** Ask for the rows that are not here yet. */
  fetch () {
    if (this.fetching || !this.live) return
    this.fetching = true
    this.send({ type: 'history', after: (this.past.ends?.[1] ?? 0) - 1 })
  }

  receiveRows (data, message) {
    if (!this.live) return
    this.fetching = false
    this.past.take(message, unpackRows(data, message))
    if (this.pinning) this.pin(this.past.at(Infinity))
    if (this.lookingBack) this.viewWanted()
    this.notify()
  }

  /** Back to the run as it stands. */
  backToLive (play = this.wasPlaying) {
    this.leavePast()
    if (play) this.send({ type: 'play' })
    this.ready(true)
    this.notify()
  }

  leavePast () { this.viewed = this.wanted = this.row = null }

  /** Pin a row, the one looked at or that of now, as the ghost of all others; once more lets it go. */
  togglePin () {
    if (this.past.pinned || this.pinning) return this.pin(null)
    if (this.viewed) return this.pin(this.viewed)
    this.pinning = true
    this.fetch()
  }

  pin (row) {
    this.pinning = false
    this.past.pinned = row
    this.notify()
    if (this.viewed) this.view(this.viewed)
    else this.ready(true)
  }

  /** Let the run go on from the step that is looked at. */
  continueHere () {
    if (!this.viewed) return
    this.send({ type: 'continue', step: this.viewed.step })
    this.backToLive(false)
  }
}
