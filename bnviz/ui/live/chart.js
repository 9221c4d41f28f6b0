// A live chart: a Plotly figure that stays, bindings that feed it, and a table of the same numbers.

import { bound, put } from './bindings.js'
import { connection, structureOf } from './connection.js'
import { Cursor } from './cursor.js'
import { paint } from './painter.js'
import { Table } from './table.js'
import { coloured, themed, themeOf } from './theme.js'

const TEXT_EVERY = 250 // ms; numbers that change faster cannot be read
const CONFIG = { displayModeBar: false, scrollZoom: false, doubleClick: 'reset' }

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
      this.root.dataset.testid = 'live-chart'
      this.root.dataset.chart = chart.name
      this.root.style.setProperty('--bnviz-scale', chart.scale)
      this.picture.setAttribute('aria-label', chart.alt)
      this.cursor.move(null)
      this.fit()
    }
    this.layout = themed(this.fitted, this.theme)
    this.ready = plotly(plotlyUrl).then(() => this.react())
    this.ready.catch((error) => { this.picture.textContent = `The chart cannot be drawn: ${error.message}. Reload the page.` })
    if (!this.connection) {
      this.connection = connection(run.name)
      this.connection.join(this.connection.panels, this)
    }
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
    const lines = []
    let changed = false
    for (const binding of this.chart.bindings) {
      const values = binding.wide_only && this.narrow ? { text: [] } : bound(binding, arrays)
      if (values === null) continue // the past that is looked at: its curves stay
      for (const [path, value] of Object.entries(values)) traces[binding.trace] = put(traces[binding.trace], path, value)
      if (binding.kind === 'ridges') lines.push(binding.trace)
      changed = true
    }
    this.traces = traces
    this.looked = this.chart.over_time ? header.cursor : null
    if (this.table.open) {
      this.table.show(arrays)
    } else {
      if (changed) await this.show(traces, lines)
      this.cursor.move(this.looked)
    }
    this.root.dataset.step = header.step
    this.root.dataset.drawn = ++this.drawn
    this.root.dataset.knobs = JSON.stringify(header.knobs)
  }

  /** The lines at once where only they matter, and all of the figure a little later; else all of it now. */
  async show (traces, lines) {
    const onlyLines = this.eachFrame && performance.now() - this.reacted < TEXT_EVERY
    if (onlyLines && paint(this.picture, traces, lines)) {
      this.later ??= setTimeout(() => this.react(), TEXT_EVERY)
    } else {
      await this.react()
    }
  }

  /** All of the figure, by Plotly. */
  async react () {
    clearTimeout(this.later)
    this.later = undefined
    if (this.removed) return
    await globalThis.Plotly.react(this.picture, this.traces, this.layout, CONFIG)
    this.reacted = performance.now()
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
