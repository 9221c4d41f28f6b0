// The timeline: a bar over the recorded steps that moves every chart, and what can be done with a step of the past.

import { addButton, write } from './dom.js'

export class Timeline {
  constructor (parent, connection) {
    this.connection = connection
    this.root = document.createElement('div')
    this.root.className = 'timeline'
    this.bar = document.createElement('input')
    Object.assign(this.bar, { type: 'range', min: 0, max: 0, value: 0, title: 'Look back: drag to any recorded step (← and →)' })
    this.bar.setAttribute('aria-label', 'Recorded steps')
    this.bar.oninput = () => this.look(Number(this.bar.value))
    this.bar.onpointerdown = () => { this.held = true }
    this.bar.onpointerup = this.bar.onpointercancel = () => { this.held = false; this.show() }
    this.bar.onkeydown = (event) => {
      const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key]
      if (!by) return
      event.preventDefault() // by rows, not by steps
      this.move(by)
    }
    this.place = document.createElement('span')
    this.place.className = 'place'
    this.root.append(this.bar, this.place)
    const button = (...more) => addButton(this.root, ...more)
    this.live = button('live', 'Live', 'Back to where the run stands (L)', () => connection.backToLive())
    this.pin = button('pin', 'Pin', 'Pin this step: its distributions stay as the dashed outline behind all others (G)', () => connection.togglePin())
    this.go = button('continue', 'Continue from here', 'Go back to this step and train on from it, with the knobs as they stand now (N)', () => connection.continueHere())
    this.ghost = document.createElement('span')
    this.ghost.className = 'ghost'
    this.root.append(this.ghost)
    parent.append(this.root)
  }

  /** Look at a step; at the right end it is the run itself. */
  look (step) {
    if (step < Number(this.bar.max)) this.connection.lookBack(step)
    else if (this.connection.lookingBack) this.connection.backToLive(false)
  }

  /** One recorded row to the left or to the right. */
  move (by) {
    const { viewed, header } = this.connection
    if (!header || (by > 0 && !viewed)) return
    if (by > 0 && viewed === this.connection.past.rows.at(-1)) this.connection.backToLive(false)
    else this.connection.lookBack(viewed?.step ?? header.step, by)
  }

  show () {
    const { header, viewed, live, past } = this.connection
    const now = header?.step ?? 0
    const usable = live && now > 0
    this.bar.max = now
    if (!this.held) this.bar.value = viewed?.step ?? now
    this.bar.disabled = !usable
    this.live.disabled = !viewed
    this.go.disabled = !viewed
    this.pin.disabled = !live
    this.pin.setAttribute('aria-pressed', String(Boolean(past.pinned)))
    write(this.pin, past.pinned ? 'Unpin' : 'Pin')
    this.root.dataset.viewed = viewed ? viewed.step : 'live'
    write(this.place, viewed ? `step ${viewed.step.toLocaleString('en')} of ${now.toLocaleString('en')}` : 'live')
    this.bar.setAttribute('aria-valuetext', this.place.textContent)
    const ghost = past.pinned ? `pinned step ${past.pinned.step.toLocaleString('en')}` : (viewed?.header ?? header)?.ghost?.toLocaleString('en')
    write(this.ghost, ghost ? `dashed: ${past.pinned ? '' : 'step '}${ghost}` : '')
  }
}
