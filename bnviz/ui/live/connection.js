// One socket per run of a page, shared by its player and its charts. Opens, reconnects, and asks for the next frame
// while the last one is drawn. While somebody looks back, rows of the past are drawn in place of live frames.

import { LookingBack } from './lookback.js'
import { Turns } from './turns.js'
import { movedTo, WATCHING } from './watching.js'
import { unpack } from './wire.js'

const FIRST_WAIT = 250
const LONGEST_WAIT = 4000
const FINAL_CODES = new Set([1008, 4400, 4403, 4404])
const FULL = 1013

/** All of a config that is not a knob, as one string to compare. */
export function structureOf (config, knobNames) {
  return JSON.stringify(Object.entries(config).filter(([name]) => !knobNames.includes(name)))
}

export class Connection extends LookingBack {
  constructor (name, url) {
    super()
    this.name = name
    this.page = Math.random().toString(36).slice(2) // a copied tab keeps the token, but is another page
    this.url = url
    this.panels = new Set() // {fields, eachFrame, every, visible(), draw(frame)}
    this.listeners = new Set() // called when the status or the newest frame changed
    this.status = { state: 'connecting', message: '' }
    this.header = null // of the newest frame
    this.config = null // as Streamlit last asked for it
    this.knobs = {} // as last sent or asked for
    this.seq = 0
    this.wait = FIRST_WAIT
    this.turns = new Turns()
    this.next = null // the live frame to be drawn next
    this.drawing = false
    this.asked = false // whether a frame was asked for that has not come
    this.lost = false // whether a frame was not drawn that the server takes for seen
    this.begun = new Promise((resolve) => { this.begin = resolve }) // when the server has answered, or cannot
    this.asking = 0 // runs asked for that the server has not answered yet
    this.live = false // whether the last one asked for is there
  }

  /**
   * What Streamlit asks for now. A new structure opens a new run; else the knobs that differ are sent, unless the
   * sliders (`shown`: knob to value) already show something newer: then a rerun with that is still to come.
   */
  configure (config, knobNames, shown = {}, watch = '') {
    this.config = config
    this.watch = watch // the token of somebody else's run
    this.knobNames = knobNames
    const structure = structureOf(config, knobNames)
    if (structure !== this.structure) {
      this.structure = structure
      this.knobs = { ...Object.fromEntries(knobNames.map((name) => [name, config[name]])), ...shown }
      if (this.socket?.readyState === 1) this.open()
      else if (this.socket?.readyState !== 0 && !this.retry) this.connect()
    } else if (Object.entries(shown).every(([name, value]) => value === config[name])) {
      this.change(Object.fromEntries(knobNames.map((name) => [name, config[name]])))
    }
  }

  /** Turn knobs; what already stands as asked is not sent again. */
  change (knobs) {
    const news = Object.entries(knobs).filter(([name, value]) => this.knobs[name] !== value)
    if (!news.length) return
    Object.assign(this.knobs, knobs)
    this.send({ type: 'change', knobs: Object.fromEntries(news), seq: ++this.seq })
  }

  send (message) {
    if (this.watch && !WATCHING.has(message.type)) return
    if (this.socket?.readyState === 1 && (this.live || this.asking)) this.socket.send(JSON.stringify(message))
  }

  connect () {
    this.later()
    this.asking = 0
    const socket = new WebSocket(this.url)
    socket.binaryType = 'arraybuffer'
    this.socket = socket
    socket.onopen = () => { if (socket === this.socket) this.open() }
    socket.onmessage = ({ data }) => {
      if (socket !== this.socket) return
      if (typeof data === 'string') {
        this.hear(JSON.parse(data))
        return this.begin()
      }
      const frame = unpack(data)
      if (frame.header.type === 'history') this.receiveRows(data, frame)
      else this.receive(frame)
    }
    socket.onclose = ({ code, reason }) => {
      this.begin()
      if (socket !== this.socket) return // a late goodbye of an earlier socket
      this.asking = 0
      if (FINAL_CODES.has(code)) return this.halt('closed', reason || 'The server closed the connection.')
      if (this.gone) return
      if (code === FULL) this.halt('full', reason)
      else this.halt('connecting', '')
      this.later(() => { if (!this.gone) this.connect() }, this.wait)
      this.wait = Math.min(2 * this.wait, LONGEST_WAIT)
    }
  }

  /** Ask for the run that this tab had, or for a new one when the server knows it no more. */
  open () {
    if (this.socket?.readyState !== 1) return this.connect()
    this.later()
    this.live = false
    this.next = this.row = null
    this.fetching = false
    this.looked = undefined
    this.asking++
    if (this.watch) return this.send({ type: 'watch', token: this.watch })
    const { speed } = this.header ?? {} // a new run goes on as the last one went
    const playing = this.lookingBack ? this.wasPlaying : this.header?.playing
    const token = sessionStorage.getItem(this.key)
    const fresh = !this.token && followed() // a link asks for a run of its own; only who loads the page again goes on
    this.send({ type: 'open', config: { ...this.config, ...this.knobs }, token, page: this.page, playing, speed, ...(fresh && { fresh }) })
  }

  /** Open when somebody looks: a hidden page must not hold a place on the server. */
  reopen () {
    if (!globalThis.document?.hidden) return this.open()
    document.addEventListener('visibilitychange', () => this.reopen(), { once: true })
  }

  /** The page was hidden or is seen again. */
  seen (hidden) {
    if (hidden) this.send({ type: 'away' })
    else this.ready(true)
  }

  get key () { return `bnviz.${this.name}` }

  hear (message) {
    if (message.type === 'run') {
      this.wait = FIRST_WAIT
      const token = message.token ?? message.id // who watches is told no token
      if (token !== this.token) { // else the same run, after a while without network
        this.past.forget()
        this.pinning = false
        this.leavePast()
      }
      this.token = token
      if (!this.watch) sessionStorage.setItem(this.key, token)
      this.watchToken = message.watch
      this.asking = Math.max(this.asking - 1, 0)
      if (message.query) this.follow(message.query)
      this.live = !this.asking // or another one has been asked for since
      if (!this.live) return
      this.ready(true)
      if (this.pinning || (this.lookingBack && !this.viewed)) this.fetch() // the rows were lost on their way
    } else if (message.type === 'full') {
      this.asking = Math.max(this.asking - 1, 0)
      if (this.asking) return
      this.halt('full', message.message)
      this.later(() => this.reopen(), LONGEST_WAIT)
    } else if (message.type === 'failed' && message.opened === false) { // in answer to the asking
      this.asking = Math.max(this.asking - 1, 0)
      if (this.asking) return
      this.structure = undefined // what was missing may be there when the page asks for the same again
      this.halt('closed', message.message)
    } else if (this.live && message.type === 'restarting') { // the same run; the next frame says how it stands
      this.tell('restarting', message.message)
    } else if (message.type === 'moved' && this.watch) { // the run that is watched goes on with other settings
      this.open()
    } else if (this.live && ['lost', 'moved'].includes(message.type)) {
      this.halt('restarting', 'The run has ended and starts anew.')
      this.reopen()
    } else if (this.live && message.type === 'failed') {
      this.halt('closed', message.message)
    }
  }

  /** Make the page anew where its charts would differ from those of the run that is watched. */
  follow (query) {
    const search = movedTo(query, this.watch, location.search, [...this.knobNames, 'seed'])
    if (search) location.search = search
  }

  /** Try again after a while; without an `act`, no more. */
  later (act, wait) {
    clearTimeout(this.retry)
    this.retry = act && setTimeout(() => { this.retry = undefined; act() }, wait)
  }

  /** There is no run now, and why. */
  halt (state, message) {
    this.live = false
    this.next = this.row = null
    this.tell(state, message)
  }

  receive (frame) {
    if (!this.live) return // of a run before
    if (frame.header.generation !== this.past.generation) { // reset, or gone back
      this.past.clear(frame.header.generation)
      this.leavePast()
    }
    this.asked = false
    const passed = this.next
    this.next = { ...frame, structure: this.structure }
    if (passed) this.giveBack(passed)
    else this.ready()
    this.schedule()
  }

  /** Panels in turn whose fields a frame held that is not drawn, as a newer one has come, have their turn again. */
  giveBack (passed) {
    const lost = (panel) => !panel.eachFrame && this.holds(passed, panel) && !this.holds(this.next, panel)
    for (const panel of this.panels) {
      if (!lost(panel)) continue
      this.turns.forget(panel)
      this.lost = true
    }
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
    if (!frame.past) this.header = frame.header
    this.tell(this.header.state, this.header.message)
    const drawn = { ...frame, arrays: this.past.ghosted(frame.arrays) }
    let filled = false
    for (const panel of this.panels) {
      try {
        if (!panel.visible() || !this.draws(frame, panel)) continue
        await panel.draw(drawn)
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
    const { turns, wait } = this.turns.take(others, performance.now(), again)
    asked.push(...turns)
    if (wait !== null) this.turnTimer ??= setTimeout(() => { this.turnTimer = undefined; this.ready() }, wait)
    this.ask(asked.flatMap((panel) => panel.fields), again)
  }

  ask (fields, again) {
    this.asked = true
    this.send({ type: 'ready', fields: [...new Set(fields)], again: again || this.lost })
    this.lost = false
  }

  /** Tell the server which fields all panels show, so that it keeps them of each step. */
  look () {
    if (!this.live) return
    const fields = [...new Set([...this.panels].flatMap((panel) => panel.fields))].toSorted()
    if (this.looked === fields.join()) return
    this.looked = fields.join()
    this.send({ type: 'look', fields })
  }

  /** Give up the run and ask for a new one. */
  restart () {
    sessionStorage.removeItem(this.key)
    if (this.socket?.readyState === 1) this.open()
    else this.connect()
  }

  tell (state, message) {
    this.status = { state, message }
    for (const listener of this.listeners) listener()
  }

  /** Join a panel or a listener; the last one to leave closes the socket. */
  join (set, member) {
    this.gone = false
    set.add(member)
    this.look()
    if (this.socket?.readyState > 1 && !this.retry && this.status.state !== 'closed') this.connect()
  }

  leave (set, member) {
    set.delete(member)
    this.turns.forget(member)
    setTimeout(() => { // a page that is drawn anew comes back at once
      this.look()
      if (this.panels.size || this.listeners.size) return
      this.gone = true
      this.later()
      this.socket?.close()
    }, 500)
  }
}

/** Whether the page was opened by an address or a link, and not loaded again. */
function followed () {
  return ['navigate', 'back_forward'].includes(performance.getEntriesByType?.('navigation')[0]?.type)
}

const connections = new Map()

/** The connection of a run by its name, made when first asked for. */
export function connection (name) {
  if (!connections.has(name)) {
    const url = new URL('/live/socket', document.baseURI)
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
    const made = new Connection(name, url.href)
    document.addEventListener('visibilitychange', () => made.seen(document.hidden))
    connections.set(name, made)
  }
  return connections.get(name)
}
