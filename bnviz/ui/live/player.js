// The player: play, pause, step, speed, reset, new seed, defaults, and a line that says how the run is.

import { followSliders, shownValues } from './bridge.js'
import { connection } from './connection.js'
import { addButton, write } from './dom.js'
import { followKeys } from './keys.js'
import { Reporting } from './reporting.js'
import { Timeline } from './timeline.js'
import { ownOf, tellOwn, tellSettings } from './watching.js'

const SPEEDS = [[1, '1 step/s'], [5, '5 steps/s'], [20, '20 steps/s'], [60, '60 steps/s'], [200, '200 steps/s'], [null, 'as fast as it goes']]

const NOTE_FOR = 5000 // ms
const STANDS_AFTER = 500 // ms, a knob that somebody else turns

const WORDS = {
  connecting: 'Connecting …',
  running: 'Training',
  paused: 'Paused',
  still: '',
  waiting: 'Waiting',
  diverged: 'Diverged: no network has a finite loss any more',
  restarting: 'Restarting',
  full: 'The server is full',
  closed: 'Ended; press Reset for a new run'
}

export class Player {
  constructor (root, data, setTriggerValue) {
    this.root = root
    this.root.dataset.testid = 'live-player'
    this.connection = connection(data.run)
    this.build(data.offers)
    this.timeline = new Timeline(this.root, this.connection)
    this.reporting = new Reporting(this.connection, (knobs) => this.trigger('report', knobs))
    this.show = this.show.bind(this)
    this.connection.join(this.connection.listeners, this.show)
    this.update(data, setTriggerValue)
    this.stopFollowing = followSliders(data.knobs, (knobs) => {
      this.connection.turns.hold(performance.now())
      this.connection.slide(knobs)
    })
    this.stopKeys = followKeys({
      ' ': () => this.toggle.click(),
      '.': () => this.step.click(),
      ArrowLeft: () => this.timeline.move(-1),
      ArrowRight: () => this.timeline.move(1),
      l: () => this.timeline.live.click(),
      g: () => this.timeline.pin.click(),
      n: () => this.timeline.go.click()
    })
  }

  update ({ run, knobs, looks = [] }, setTriggerValue) {
    this.looks = looks // knobs on which charts depend
    this.looked ??= looks.map((name) => run.config[name]).join() // as they stood when the page was last told, or is about to be
    this.labels = run.labels
    this.trigger = (name, value = Date.now()) => setTriggerValue(name, value)
    this.root.dataset.watches = Boolean(run.watch)
    this.root.dataset.still = run.trains === false // then there is nothing to play
    this.connection.configure(run.config, run.knobs, shownValues(knobs), run.watch)
    this.show()
  }

  /** Make the buttons; of New seed and Defaults those that the page `offers`. */
  build (offers) {
    this.buttons = document.createElement('div')
    this.buttons.className = 'buttons'
    const button = (...more) => addButton(this.buttons, ...more)
    const tell = (type, more) => this.connection.send({ type, ...more })
    this.root.setAttribute('role', 'group')
    this.root.setAttribute('aria-label', 'Player')
    this.toggle = button('play', '▶ Play', 'Play or pause (space)', () => {
      if (this.connection.lookingBack) this.connection.backToLive(true)
      else tell(this.isPlaying() ? 'pause' : 'play')
    })
    this.step = button('step', 'Step', 'Make one step and stop (.)', () => {
      if (this.connection.lookingBack) this.connection.backToLive(false)
      tell('step')
    })
    this.speed = document.createElement('select')
    this.speed.title = 'Steps per second'
    this.speed.setAttribute('aria-label', 'Speed')
    this.speed.append(...SPEEDS.map(([, text]) => new Option(text)))
    this.speed.selectedIndex = -1 // until a frame says
    this.speed.onchange = () => tell('speed', { steps_per_second: SPEEDS[this.speed.selectedIndex][0] })
    this.buttons.append(this.speed)
    button('reset', 'Reset', 'Start again from step 0 with the same seed and the knobs as they stand', () => {
      if (this.connection.status.state === 'closed') return this.connection.restart()
      if (this.connection.lookingBack) this.connection.backToLive()
      tell('reset')
    })
    if (offers.includes('new_seed')) button('new-seed', 'New seed', 'Start anew with other weights, another split of the data and another order', () => this.trigger('new_seed'))
    if (offers.includes('defaults')) button('defaults', 'Defaults', 'Put every setting back to where the page opens, but the panels that are shown', () => this.trigger('defaults'))
    this.watchLink = button('share', 'Watch link', 'Copy a link with which others watch this run; they can change nothing of it', () => this.share())
    this.line = document.createElement('span')
    this.line.className = 'line'
    this.line.setAttribute('aria-live', 'off')
    this.message = document.createElement('span')
    this.message.className = 'message'
    this.message.setAttribute('role', 'status')
    this.buttons.append(this.line, this.message)
    this.root.append(this.buttons)
  }

  /**
   * Tell the page how somebody else's run stands: all settings as words, the link to them as one's own, and for its
   * charts those on which they depend.
   */
  follow () {
    const { header, viewed, settings, query, config } = this.connection
    tellOwn(ownOf({ query, settings, knobs: header?.knobs }, location.search, settings ? Object.keys(config) : []))
    tellSettings({ ...settings, ...(viewed?.header ?? header)?.knobs })
    const looks = header && this.looks.map((name) => header.knobs[name]).join()
    if (!header || looks === this.looked) return
    this.looked = looks
    clearTimeout(this.waits)
    this.waits = setTimeout(() => this.trigger('report', this.connection.header.knobs), STANDS_AFTER)
  }

  /** Copy the link for those who watch; where the browser does not let us, show it. */
  async share () {
    const link = new URL(location.href)
    link.searchParams.set('token', this.connection.watchToken)
    try {
      await navigator.clipboard.writeText(link.href)
      this.note = 'The link is copied'
      setTimeout(() => { this.note = ''; this.show() }, NOTE_FOR)
    } catch {
      globalThis.prompt('Copy this link:', link.href)
    }
    this.show()
  }

  isPlaying () { return this.connection.header?.playing ?? true }

  show () {
    const { status: { state, message, silence }, header, viewed } = this.connection
    this.root.dataset.state = state
    const plays = this.isPlaying() && !viewed
    write(this.toggle, plays ? '❚❚ Pause' : '▶ Play')
    this.toggle.dataset.act = plays ? 'pause' : 'play'
    if (header && document.activeElement !== this.speed) {
      this.speed.selectedIndex = SPEEDS.findIndex(([speed]) => speed === header.speed)
    }
    const live = ['running', 'paused', 'waiting'].includes(state)
    this.toggle.disabled = !live
    this.step.disabled = !live || state === 'waiting'
    this.watchLink.disabled = !this.connection.live || !this.connection.watchToken
    write(this.line, header ? `step ${header.step.toLocaleString('en')}${state === 'running' ? pace(header) : ''} on ${header.device.toUpperCase()}` : '')
    const word = state === 'closed' && this.connection.watch ? 'Ended' : WORDS[state]
    write(this.message, [word, silence || message, diverged(header, this.labels), header?.note, this.note].filter(Boolean).join('. '))
    this.timeline.show()
    if (this.connection.watch) this.follow()
    else this.reporting.look()
  }

  remove () {
    this.reporting.stop()
    clearTimeout(this.waits)
    this.stopFollowing()
    this.stopKeys()
    this.connection.leave(this.connection.listeners, this.show)
  }
}

function pace ({ rate }) {
  return rate ? `, ${rate < 10 ? rate.toFixed(1) : Math.round(rate)} steps/s` : ''
}

function diverged (header, labels) {
  return Object.entries(header?.diverged ?? {})
    .map(([arm, { step, place }]) => `${labels[arm] ?? arm}: diverged at step ${step}, first in ${place}`).join('; ')
}
