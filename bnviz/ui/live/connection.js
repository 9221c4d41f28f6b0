// One connection per run of a page, shared by its player and its charts: which run is asked for, and what the server says.

import { Frames } from './frames.js'
import { Line, LONGEST_WAIT } from './line.js'
import { takeName } from './tab.js'
import { movedTo, WATCHING } from './watching.js'
import { unpack } from './wire.js'

const FINAL_CODES = new Set([1008, 4400, 4403, 4404])
const FULL = 1013

/** All of a config that is not a knob, as one string to compare. */
export function structureOf (config, knobNames) {
  return JSON.stringify(Object.entries(config).filter(([name]) => !knobNames.includes(name)))
}

export class Connection extends Frames {
  constructor (name, url, tab, plays) {
    super()
    this.name = name
    this.tab = tab // a copied tab keeps the token, but is another one
    this.plays = plays // whether a first run does, which has no last one to go on as
    this.line = new Line(url, this, JSON.stringify({ type: 'ping' }))
    this.listeners = new Set() // called when the status or the newest frame changed
    this.status = { state: 'connecting', message: '' } // and `silence`, why nothing comes, as long as nothing does
    this.config = null // as Streamlit last asked for it
    this.knobs = {} // as last sent or asked for
    this.pointed = {} // those turned by pointing, which Streamlit does not know yet
    this.told = {} // what it was told last
    this.whenPointed = () => {}
    this.seq = 0
    this.begun = new Promise((resolve) => { this.begin = resolve }) // when the server has answered, or cannot
    this.asking = 0 // runs asked for that the server has not answered yet
    this.live = false // whether the last one asked for is there
  }

  /**
   * What Streamlit asks for now. A new structure opens a new run; else the knobs that differ are sent, unless the
   * sliders (`shown`: knob to value) already show something newer: then a rerun with that is still to come.
   */
  configure (config, knobNames, shown = {}, watch = '') {
    const before = this.config
    this.config = config
    this.watch = watch // the token of somebody else's run
    this.knobNames = knobNames
    const structure = structureOf(config, knobNames)
    const asked = Object.fromEntries(knobNames.map((name) => [name, config[name]]))
    if (structure !== this.structure) {
      // A slider that shows what was asked for before may lag behind: what it shows can be impossible in this structure.
      const moved = Object.fromEntries(Object.entries(shown).filter(([name, value]) => value !== before?.[name]))
      this.structure = structure
      this.knobs = { ...asked, ...moved }
      this.pointed = {}
      if (this.line.open) this.open()
      else if (!this.line.waits) this.line.connect()
      return
    }
    for (const [name, value] of Object.entries(this.pointed)) if (value === config[name]) delete this.pointed[name]
    if (Object.entries(shown).every(([name, value]) => value === config[name])) {
      this.change({ ...asked, ...this.pointed })
    }
  }

  /** Whether knobs stand elsewhere than Streamlit knows. */
  get unreported () { return this.knobNames.some((name) => this.knobs[name] !== this.config[name]) }

  /** Turn knobs; what already stands as asked is not sent again. */
  change (knobs) {
    const news = Object.entries(knobs).filter(([name, value]) => this.knobs[name] !== value)
    if (!news.length) return
    Object.assign(this.knobs, knobs)
    this.send({ type: 'change', knobs: Object.fromEntries(news), seq: ++this.seq })
  }

  /** Turn knobs as sliders show them, but not back: what was pointed at may reach its slider after the next choice. */
  slide (knobs) {
    const late = ([name, value]) => name in this.pointed && value === this.told[name]
    const moved = Object.entries(knobs).filter((knob) => !late(knob))
    for (const [name] of moved) delete this.pointed[name]
    this.change(Object.fromEntries(moved))
  }

  /** Whether pointing turns knobs: not those of somebody else's run, nor of now while the past is looked at. */
  get mayPoint () { return this.live && !this.watch && !this.lookingBack }

  /** Turn knobs elsewhere than at their sliders. They stand so until Streamlit, which is told, says so too. */
  point (knobs) {
    if (!this.mayPoint || Object.entries(knobs).every(([name, value]) => this.knobs[name] === value)) return
    Object.assign(this.pointed, knobs)
    this.turns.hold(performance.now())
    this.change(knobs)
    this.whenPointed()
  }

  send (message) {
    if (this.watch && !WATCHING.has(message.type)) return
    if (this.line.open && this.expects) this.line.send(JSON.stringify(message))
  }

  /** Whether words of the server are to come: not where there is no run, and none was asked for. */
  get expects () { return this.live || this.asking > 0 }

  opened () { this.open() }

  heard (data) {
    if (typeof data === 'string') {
      this.hear(JSON.parse(data))
      return this.begin()
    }
    const frame = unpack(data)
    if (frame.header.type === 'history') this.receiveRows(data, frame)
    else this.receive(frame)
  }

  /** The line has ended; whether it is to be made anew. */
  ended (code, reason) {
    this.begin()
    this.asking = 0
    if (FINAL_CODES.has(code)) this.halt('closed', reason || 'The server closed the connection.')
    else if (!this.gone) this.halt(code === FULL ? 'full' : 'connecting', code === FULL ? reason : '')
    return !FINAL_CODES.has(code) && !this.gone
  }

  /** Ask for the run that this tab had, or for a new one when the server knows it no more. */
  open () {
    if (!this.line.open) return this.line.connect()
    this.line.later()
    this.live = false
    this.drop()
    this.fetching = false
    this.looked = undefined
    this.asking++
    if (this.watch) return this.send({ type: 'watch', token: this.watch, source: this.config.source })
    const { speed } = this.header ?? {} // a new run goes on as the last one went
    const playing = this.lookingBack ? this.wasPlaying : this.header?.playing ?? this.plays
    const token = sessionStorage.getItem(this.key)
    const fresh = !this.token && followed() // a link asks for a run of its own; only who loads the page again goes on
    this.send({ type: 'open', config: { ...this.config, ...this.knobs }, token, page: this.tab, playing, speed, ...(fresh && { fresh }) })
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
    if (!hidden) this.line.check()
  }

  get key () { return `bnviz.${this.name}` }

  hear (message) {
    if (message.type === 'run') {
      this.line.succeed()
      const token = message.token ?? message.id // who watches is told no token
      if (token !== this.token) { // else the same run, after a while without network
        this.past.forget()
        this.pinning = false
        this.leavePast()
      }
      this.token = token
      if (!this.watch) sessionStorage.setItem(this.key, token)
      this.watchToken = message.watch
      this.settings = message.settings // of somebody else's run, when it was joined,
      this.query = message.query // and as an address asks for them
      this.asking = Math.max(this.asking - 1, 0)
      if (message.query) this.follow(message.query)
      this.live = !this.asking // or another one has been asked for since
      if (!this.live) return
      this.notify()
      this.ready(true)
      if (this.pinning || (this.lookingBack && !this.viewed)) this.fetch() // the rows were lost on their way
    } else if (message.type === 'full') {
      this.asking = Math.max(this.asking - 1, 0)
      if (this.asking) return
      this.halt('full', message.message)
      this.line.later(() => this.reopen(), LONGEST_WAIT)
    } else if (message.type === 'failed' && message.opened === false) { // in answer to the asking
      this.asking = Math.max(this.asking - 1, 0)
      if (this.asking) return
      this.structure = undefined // what was missing may be there when the page asks for the same again
      this.halt('closed', message.message)
    } else if (this.live && message.type === 'restarting') { // the same run; the next frame says how it stands
      this.tell('restarting', message.message)
    } else if (message.type === 'moved' && this.watch) { // the run that is watched goes on with other settings
      this.open()
    } else if (this.live && message.type === 'silent') { // until there is a frame, or nothing to say any more
      this.status = { ...this.status, silence: message.message } // what was said before is true still
      this.notify()
    } else if (this.live && ['lost', 'moved'].includes(message.type)) {
      this.halt('restarting', 'The run has ended and starts anew.')
      this.reopen()
    } else if (this.live && message.type === 'failed') {
      this.halt('closed', message.message)
    }
  }

  /** Make the page anew where its charts would differ from those of the run that is watched. */
  follow (query) {
    const search = movedTo(query, location.search, Object.keys(this.config), [...this.knobNames, 'seed'])
    if (search) location.search = search
  }

  /** There is no run now, and why. */
  halt (state, message) {
    this.live = false
    this.drop()
    this.tell(state, message)
  }

  /** Give up the run and ask for a new one. */
  restart () {
    sessionStorage.removeItem(this.key)
    this.open()
  }

  tell (state, message) {
    this.status = { state, message }
    this.notify()
  }

  /** Let all who listen look again. */
  notify () { for (const listener of this.listeners) listener() }

  /** Join a panel or a listener; the last one to leave closes the socket. */
  join (set, member) {
    this.gone = false
    set.add(member)
    this.look()
    if (this.line.down && this.status.state !== 'closed') this.line.connect()
  }

  leave (set, member) {
    set.delete(member)
    this.turns.forget(member)
    this.passed.delete(member)
    setTimeout(() => { // a page that is drawn anew comes back at once
      this.look()
      if (this.panels.size || this.listeners.size) return
      this.gone = true
      this.line.hangUp()
    }, 500)
  }
}

/** Whether the page was opened by an address or a link, and not loaded again. */
function followed () {
  return ['navigate', 'back_forward'].includes(performance.getEntriesByType?.('navigation')[0]?.type)
}

const connections = new Map()
let tab

/** The connection of a run by its name, made when first asked for, to the address of its `socket`. */
export function connection ({ name, socket, plays }) {
  if (!connections.has(name)) {
    const url = new URL(socket, document.baseURI)
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
    tab ??= takeName()
    const made = new Connection(name, url.href, tab, plays)
    document.addEventListener('visibilitychange', () => made.seen(document.hidden))
    addEventListener('online', () => made.line.check())
    connections.set(name, made)
  }
  return connections.get(name)
}
