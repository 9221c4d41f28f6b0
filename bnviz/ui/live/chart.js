// A live chart: a Plotly figure that stays, bindings that feed it, and a table of the same numbers.

import { moveAxes } from './axes.js'
import { bound, put, same, valueAt } from './bindings.js'
import { connection, structureOf } from './connection.js'
import { Cursor } from './cursor.js'
import { axisName, paint } from './painter.js'
import { followPointer } from './pointing.js'
import { Table } from './table.js'
import { coloured, themed, themeOf } from './theme.js'

const TEXT_EVERY = 250 // ms; numbers that change faster cannot be read
const AXES_EVERY = 2000 // ms after which an axis that follows its data is fitted to them, also where they need less
const CONFIG = { displayModeBar: false, scrollZoom: false, doubleClick: 'reset' }
const SAME = new Set(['values', 'matrix']) // kinds of bindings whose values may be those that are drawn

/** How far an axis of steps reaches: it moves on by eighths of a power of two, and not with each frame. */
export function reachOf (step) {
  const part = Math.max(2 ** Math.ceil(Math.log2(step)) / 8, 8)
  return Math.max(Math.ceil(step / part), 1) * part
}

/** The attributes that bindings set, by trace. */
function attributesOf (bindings) {
  const all = new Map()
  for (const { kind, trace, attribute } of bindings) {
    const name = attribute ?? { numbers: 'text', ridges: 'y' }[kind]
    all.set(trace, [...(all.get(trace) ?? []), name])
  }
  return all
}

let loading
/** Plotly from our own server, once per page. */
export function plotly (url) {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement('script')
    script.src = url
    script.onload = () => resolve(globalThis.Plotly)
    script.onerror = () => { loading = undefined; reject(new Error(`cannot load ${url}`)) }
    document.head.append(script)
  })
  return loading
}

export class Chart {
  constructor (root, data) {
    this.root = root
    this.picture = document.createElement('div')
    this.picture.setAttribute('role', 'img')
    this.picture.onpointerenter = () => this.pointedAt()
    followPointer(this)
    root.append(this.picture)
    this.cursor = new Cursor(root, this.picture)
    this.note = document.createElement('div')
    this.note.className = 'note'
    this.note.textContent = 'Not recorded at this step: the panel was opened later'
    root.append(this.note)
    this.absent(false)
    this.table = new Table(root, this.picture, () => this.toggled())
    this.drawn = 0
    this.onScreen = true
    this.observer = new IntersectionObserver((entries) => {
      const before = this.onScreen
      this.onScreen = entries.at(-1).isIntersecting
      if (this.onScreen && !before) this.connection?.ready(true)
    })
    this.observer.observe(root)
    this.sizes = new ResizeObserver(() => this.resize())
    this.sizes.observe(root)
    this.update(data)
  }

  /** A new figure, a new theme, or both. */
  update ({ chart, run, plotlyUrl }) {
    this.theme = themeOf(this.root)
    this.structure = structureOf(run.config, run.knobs)
    const figure = coloured(JSON.stringify(chart), chart.dark_colours, this.theme)
    if (figure !== this.figure) {
      this.figure = figure
      this.chart = chart = JSON.parse(figure)
      this.traces = chart.data
      this.eachFrame = chart.each_frame
      this.labelled = chart.data.some(({ hoverinfo }) => hoverinfo !== 'skip')
      this.texts = new Map(chart.bindings.filter(({ kind }) => kind === 'numbers').map(({ trace }) => [trace, ['text']]))
      this.all = attributesOf(chart.bindings)
      this.steps = chart.bindings.filter(({ attribute }) => chart.over_time && attribute === 'x')
        .map(({ trace }) => ({ trace, axis: axisName(chart.data[trace].xaxis ?? 'x') }))
      this.root.dataset.testid = 'live-chart'
      this.root.dataset.chart = chart.name
      this.root.style.setProperty('--bnviz-scale', chart.scale)
      this.picture.setAttribute('aria-label', chart.alt)
      this.cursor.move(null)
      this.fit()
    }
    this.layout = themed(this.fitted, this.theme)
    if (!this.connection) {
      this.connection = connection(run)
      this.connection.join(this.connection.panels, this)
    }
    // A frame is asked for first: it is made while the page is busy with Plotly, for half a second or more.
    this.ready = this.connection.begun.then(() => plotly(plotlyUrl)).then(() => this.react())
    this.ready.catch((error) => { this.picture.textContent = `The chart cannot be drawn: ${error.message}. Reload the page.` })
    this.connection.ready(true)
  }

  /** The layout for the width that there is. */
  fit () {
    this.narrow = this.root.clientWidth < this.chart.narrow_below
    const changes = this.narrow ? Object.entries(this.chart.narrow) : []
    this.fitted = changes.reduce((layout, [path, value]) => put(layout, path, value), this.chart.layout)
    this.root.style.minHeight = `${this.fitted.height}px`
    this.table.describe(this.chart.table, this.chart.alt)
  }

  resize () {
    if (!this.reacted || !this.root.clientWidth) return
    if (this.root.clientWidth < this.chart.narrow_below === this.narrow) {
      globalThis.Plotly.Plots.resize(this.picture)?.then?.(() => this.cursor.draw())
    } else {
      this.fit()
      this.layout = themed(this.fitted, this.theme)
      this.ready = this.react().then(() => globalThis.Plotly.Plots.resize(this.picture)) // the width is not its layout's
      if (this.table.open) this.connection.ready(true)
    }
  }

  /** What it asks for: what its picture is bound to, and the table's while that is open. */
  get fields () {
    return this.table.open ? [...new Set([...this.chart.fields, ...this.chart.table_fields])] : this.chart.fields
  }

  visible () { return this.onScreen && this.fields.length > 0 }

  /** The table was opened or closed: it wants its numbers, or the picture was not drawn meanwhile. */
  toggled () {
    if (!this.table.open && this.reacted) this.ready = this.react()
    this.cursor.move(this.table.open ? null : this.looked)
    this.connection.ready(true)
  }

  /** Whether what is drawn is not of the step that is looked at: it pales, and a note says so. */
  absent (isAbsent) {
    this.note.hidden = !isAbsent
    this.picture.style.opacity = isAbsent ? 0.15 : ''
  }

  async draw ({ header, arrays, structure, past }) {
    if (structure !== this.structure) return // the figure of another run, about to be replaced
    await this.ready
    if (structure !== this.structure) return
    const { momentary, over_time: overTime } = this.chart
    const lacks = past ? momentary.some((field) => !(field in arrays)) : this.connection.viewed
    this.absent(Boolean(lacks && !overTime))
    if (past && lacks && !overTime) return
    const traces = this.traces.slice()
    const changed = new Map() // the attributes of each trace that this frame sets
    for (const binding of this.chart.bindings) {
      const values = binding.wide_only && this.narrow ? { text: [] } : bound(binding, arrays)
      if (values === null) continue // the past that is looked at: its curves stay
      for (const [path, value] of Object.entries(values)) {
        if (SAME.has(binding.kind) && same(valueAt(traces[binding.trace], path), value)) continue
        traces[binding.trace] = put(traces[binding.trace], path, value)
        changed.set(binding.trace, [...(changed.get(binding.trace) ?? []), path])
      }
    }
    this.traces = traces
    this.looked = this.chart.over_time ? header.cursor : null
    if (this.table.open) {
      this.table.show(arrays)
    } else {
      if (changed.size) await this.show(changed)
      this.cursor.move(this.looked)
    }
    this.root.dataset.step = header.step
    this.root.dataset.drawn = ++this.drawn
    this.root.dataset.knobs = JSON.stringify(header.knobs)
  }

  /**
   * Painted where that is enough; else axes must move, or somebody points at what Plotly labels. That takes longest, and
   * so has an animation frame of its own. Words that come too soon after others are written a little later.
   */
  async show (changed) {
    const now = performance.now()
    const worded = now - this.worded >= TEXT_EVERY
    const settled = this.reach() === this.reached && !(this.follows && now - this.ranged >= AXES_EVERY)
    if (this.read() || !settled || !paint(this.picture, this.traces, changed, worded)) return this.move()
    if (worded) this.worded = now
    else if (this.texts.size) this.later ??= setTimeout(() => { this.later = undefined; this.show(this.texts) }, TEXT_EVERY)
  }

  /** Whether somebody points at what Plotly labels. */
  read () { return this.labelled && this.picture.matches(':hover') }

  /** Before Plotly labels points or zooms: it knows only what it drew itself. */
  pointedAt () {
    if (this.reacted && this.labelled && !this.table.open) this.ready = this.react()
  }

  /** Let the axes follow, and paint all of the figure anew; where that is not enough, all of it by Plotly. */
  async move () {
    const { figure } = this
    await new Promise((resolve) => requestAnimationFrame(resolve))
    if (this.removed || figure !== this.figure) return
    const reached = this.reach()
    const moved = !this.read() && await moveAxes(this.picture, this.traces, this.steps.map(({ axis }) => axis), reached)
    if (!moved || !paint(this.picture, this.traces, this.all, true)) return this.react()
    this.drawnTo(reached)
  }

  /** How far its axes of steps reach. */
  reach () { return reachOf(Math.max(0, ...this.steps.map(({ trace }) => this.traces[trace].x.at(-1) ?? 0))) }

  /** All of the figure, by Plotly. */
  async react () {
    if (this.removed) return
    const reached = this.reach()
    const wide = this.steps.reduce((layout, { axis }) => put(layout, `${axis}.autorangeoptions`, { include: reached }), this.layout)
    // What is pointed at gets clicks, and the fingers that scroll, only where Plotly does not take hold of them.
    const config = { ...CONFIG, staticPlot: this.chart.targets.length > 0 }
    await globalThis.Plotly.react(this.picture, this.traces, wide, config)
    this.reacted = true
    this.drawnTo(reached)
  }

  /** All is drawn, on axes that fit. */
  drawnTo (reached) {
    clearTimeout(this.later)
    this.later = undefined
    this.reached = reached
    this.ranged = this.worded = performance.now()
    this.follows = Object.values(this.picture._fullLayout).some((axis) => axis?._id?.startsWith('y') && axis.autorange)
    this.cursor.draw()
  }

  remove () {
    this.removed = true
    clearTimeout(this.later)
    this.table.rest()
    this.observer.disconnect()
    this.sizes.disconnect()
    this.connection.leave(this.connection.panels, this)
    globalThis.Plotly?.purge(this.picture)
  }
}
