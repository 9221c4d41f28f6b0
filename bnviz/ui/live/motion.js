// Motion: a button that moves a knob from stop to stop, once, as a hand would move its slider.

import { connection } from './connection.js'
import { addButton, write } from './dom.js'

const REST = 1000 // ms at each stop
const MOVE = 1400 // ms to the next
const LONGEST = 100 // ms of one animation frame, though it took longer: nothing is skipped in a page that was hidden

/** The place along `stops` after so many ms; without `smooth`, from stop to stop at once. */
export function placeAt (stops, ms, smooth = true) {
  const passed = Math.min(Math.floor(ms / (REST + MOVE)), stops.length - 1)
  const [from, to] = [stops[passed], stops[passed + 1] ?? stops[passed]]
  const share = Math.max(0, ms - passed * (REST + MOVE) - REST) / MOVE
  return smooth ? from + (to - from) * (1 - Math.cos(Math.PI * Math.min(share, 1))) / 2 : from
}

/** After how many ms a place is reached; that of the first stop from places before it, and from the last one. */
export function timeOf (stops, place) {
  const passed = stops.findLastIndex((stop) => stop <= place)
  if (passed < 0 || passed === stops.length - 1) return 0
  const share = Math.acos(1 - 2 * (place - stops[passed]) / (stops[passed + 1] - stops[passed])) / Math.PI
  return passed * (REST + MOVE) + (share && REST + share * MOVE)
}

export class Motion {
  constructor (root, data) {
    this.root = root
    this.root.dataset.testid = 'live-motion'
    this.connection = connection(data.run)
    this.show = this.show.bind(this)
    this.button = addButton(root, 'move', '', '', () => this.toggle())
    this.connection.join(this.connection.listeners, this.show)
    this.update(data)
  }

  update ({ knob, stops, step, title }) {
    Object.assign(this, { knob, stops, step })
    this.button.title = title
    this.button.setAttribute('aria-label', title)
    this.show()
  }

  get place () { return this.connection.knobs[this.knob] }

  toggle () {
    if (this.moving) return this.stop()
    this.moving = true
    this.smooth = !globalThis.matchMedia('(prefers-reduced-motion: reduce)').matches
    this.time = timeOf(this.stops, this.place)
    this.go(placeAt(this.stops, this.time, this.smooth))
    this.tick(performance.now())
    this.show()
  }

  tick (before) {
    requestAnimationFrame(() => {
      if (!this.moving) return
      if (this.place !== this.last || !this.connection.mayPoint) return this.end() // it is in another's hand
      const now = performance.now()
      this.time += Math.min(now - before, LONGEST)
      this.go(placeAt(this.stops, this.time, this.smooth))
      if (this.last === this.stops.at(-1)) this.end()
      else this.tick(now)
    })
  }

  go (place) {
    this.connection.point({ [this.knob]: place })
    this.last = place
  }

  /** Stay at the nearest place of the slider. */
  stop () {
    this.go(Number((Math.round(this.last / this.step) * this.step).toFixed(10)))
    this.end()
  }

  end () {
    this.moving = false
    this.show()
  }

  show () {
    this.button.disabled = !this.connection.mayPoint
    write(this.button, this.moving ? '❚❚' : '▶')
  }

  remove () {
    if (this.moving) this.stop()
    this.connection.leave(this.connection.listeners, this.show)
  }
}
