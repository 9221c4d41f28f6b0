// Frames: the next one is asked for while the last one is drawn. While somebody looks back, rows of the past are drawn
// in place of live frames.

import { LookingBack } from './lookback.js'
import { TURN_EVERY, Turns } from './turns.js'

/** The frames of a connection. It sends by `send` as long as the run is there (`live`), and says how it is by `tell`. */
export class Frames extends LookingBack {
  panels = new Set() // {fields, eachFrame, every, visible(), draw(frame)}
  turns = new Turns()
  header = null // of the newest frame
  next = null // the live frame to be drawn next
  drawing = false
  asked = false // whether a frame was asked for that has not come
  passed = new Map() // panels in turn and the frame for each that a newer one passed before it was drawn

  receive (frame) {
    if (!this.live) return // of a run before
    if (frame.header.generation !== this.past.generation) { // reset, or gone back
      this.past.clear(frame.header.generation)
      this.leavePast()
      this.passed.clear()
    }
    this.asked = false
    this.turns.frame(performance.now())
    const passed = this.next
    this.next = { ...frame, structure: this.structure }
    if (passed) this.keep(passed)
    else this.ready()
    this.schedule()
  }

  /** Keep a frame that a newer one has passed for the panels whose turn it was: the newer one does not hold theirs. */
  keep (passed) {
    for (const panel of this.panels) {
      if (!panel.eachFrame && this.holds(passed, panel)) this.passed.set(panel, passed)
    }
  }

  /** There is nothing to draw any more. */
  drop () {
    this.next = this.row = null
    this.passed.clear()
  }

  /**
   * Draw in the page's next animation frame. The next frame is asked for when one comes, and made meanwhile; but not
   * while one waits to be drawn, so that a hidden page, which has no animation frames, soon asks for nothing. A row of
   * the past comes before a live frame, which then fills only the panels that show nothing yet.
   */
  schedule () {
    if (this.drawing || !(this.row ?? this.next)) return
    this.drawing = true
    requestAnimationFrame(async () => {
      const frame = this.row ?? this.next // null when what was to be drawn is there no more
      if (this.row) this.row = null
      else this.next = null
      try {
        if (frame && !frame.past && !this.asked) this.ready()
        if (frame && this.live) await this.draw(frame)
      } finally {
        this.drawing = false
        this.schedule()
      }
    })
  }

  async draw (frame) {
    if (frame.past) this.notify() // it says nothing of how the run is now
    else {
      this.header = frame.header
      this.tell(this.header.state, this.header.message)
    }
    let filled = false
    for (const panel of this.panels) {
      const from = this.draws(frame, panel) ? frame : frame.past ? null : this.passed.get(panel)
      this.passed.delete(panel)
      try {
        if (!from || !panel.visible() || !this.draws(from, panel)) continue
        await panel.draw({ ...from, arrays: this.past.ghosted(from.arrays) })
        filled = true
      } catch (error) { // the other panels go on
        console.error(error)
      }
    }
    if (filled && this.viewed && !frame.past) this.view(this.viewed)
  }

  /** A row of the past is for all panels, each takes what it finds; while one is looked at, live frames fill new panels. */
  draws (frame, panel) {
    if (frame.past) return panel.drawn !== 0 || this.holds(frame, panel)
    return this.holds(frame, panel) && !(this.viewed && panel.drawn)
  }

  holds ({ header: { texts = {} }, arrays }, { fields }) {
    return fields.every((field) => field in arrays || field in texts)
  }

  /** Ask for a frame: the charts that are drawn on each, and one of the others in turn; `again` even if nothing is new. */
  ready (again = false) {
    if (!this.live || globalThis.document?.hidden) return // a hidden page watches nothing
    if (again) this.look()
    if (this.viewed) {
      const fields = [...this.panels].filter((panel) => panel.drawn === 0).flatMap((panel) => panel.fields)
      if (again) this.view(this.viewed)
      return this.ask(fields, fields.length > 0 && again)
    }
    const visible = [...this.panels].filter((panel) => panel.visible())
    const others = visible.filter((panel) => !panel.eachFrame)
    const asked = visible.filter((panel) => panel.eachFrame)
    const { turns, wait } = this.turns.take(others, performance.now(), again, asked.length ? undefined : TURN_EVERY)
    asked.push(...turns)
    if (wait !== null) this.turnTimer ??= setTimeout(() => { this.turnTimer = undefined; this.ready() }, wait)
    this.ask(asked.flatMap((panel) => panel.fields), again)
  }

  ask (fields, again) {
    this.asked = true
    this.send({ type: 'ready', fields: [...new Set(fields)], again })
  }

  /** Tell the server which fields all panels show, so that it keeps them of each step. */
  look () {
    if (!this.live) return
    const fields = [...new Set([...this.panels].flatMap((panel) => panel.fields))].toSorted()
    if (this.looked === fields.join()) return
    this.looked = fields.join()
    this.send({ type: 'look', fields })
  }
}
