// A live chart: a Plotly figure that stays, and bindings that feed it.

import { bound } from './bindings.js'
import { connection, structureOf } from './connection.js'
import { paint } from './painter.js'

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
    this.drawn = 0
    this.onScreen = true
    this.observer = new IntersectionObserver((entries) => {
      const before = this.onScreen
      this.onScreen = entries.at(-1).isIntersecting
      if (this.onScreen && !before) this.connection?.ready(true)
    })
    this.observer.observe(root)
    this.sizes = new ResizeObserver(() => { if (this.reacted) globalThis.Plotly.Plots.resize(this.root) })
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
      this.fields = chart.fields
      this.root.dataset.testid = 'live-chart'
      this.root.dataset.chart = chart.name
      this.root.setAttribute('role', 'img')
      this.root.setAttribute('aria-label', chart.alt)
      this.root.style.minHeight = `${chart.layout.height}px`
    }
    this.layout = themed(this.chart.layout, this.theme)
    this.ready = plotly(plotlyUrl).then(() => this.react())
    this.ready.catch((error) => { this.root.textContent = `The chart cannot be drawn: ${error.message}. Reload the page.` })
    if (!this.connection) {
      this.connection = connection(run.name)
      this.connection.join(this.connection.panels, this)
    }
    this.connection.ready(true)
  }

  visible () { return this.onScreen && this.fields.length > 0 }

  async draw ({ header, arrays, structure }) {
    if (structure !== this.structure) return // the figure of another run, about to be replaced
    await this.ready
    if (structure !== this.structure) return
    const traces = this.traces.map((trace) => ({ ...trace }))
    const lines = []
    for (const binding of this.chart.bindings) {
      const values = bound(binding, arrays)
      if (values === null) return
      Object.assign(traces[binding.trace], values)
      if (binding.kind === 'ridges') lines.push(binding.trace)
    }
    this.traces = traces
    const onlyLines = this.eachFrame && performance.now() - this.reacted < TEXT_EVERY
    if (onlyLines && paint(this.root, traces, lines)) {
      this.later ??= setTimeout(() => this.react(), TEXT_EVERY)
    } else {
      await this.react()
    }
    this.root.dataset.step = header.step
    this.root.dataset.drawn = ++this.drawn
    this.root.dataset.knobs = JSON.stringify(header.knobs)
  }

  /** All of the figure, by Plotly. */
  async react () {
    clearTimeout(this.later)
    this.later = undefined
    if (this.removed) return
    await globalThis.Plotly.react(this.root, this.traces, this.layout, CONFIG)
    this.reacted = performance.now()
  }

  remove () {
    this.removed = true
    clearTimeout(this.later)
    this.observer.disconnect()
    this.sizes.disconnect()
    this.connection.leave(this.connection.panels, this)
    globalThis.Plotly?.purge(this.root)
  }
}

function themeOf (element) {
  const style = getComputedStyle(element)
  const value = (name, otherwise) => style.getPropertyValue(name).trim() || otherwise
  return {
    text: value('--st-text-color', '#31333f'),
    grid: value('--st-border-color-light', value('--st-border-color', '#dddddd')),
    font: value('--st-font', 'sans-serif'),
    background: value('--st-background-color', '#ffffff')
  }
}

/** A figure's text with the colours that show on this theme's background. */
function coloured (figure, darkColours, { background }) {
  if (!isDark(background)) return figure
  return Object.entries(darkColours).reduce((text, [light, dark]) => text.replaceAll(light, dark), figure)
}

function isDark (colour) {
  const context = document.createElement('canvas').getContext('2d')
  context.fillStyle = colour
  context.fillRect(0, 0, 1, 1)
  const [red, green, blue] = context.getImageData(0, 0, 1, 1).data
  return 0.3 * red + 0.59 * green + 0.11 * blue < 128
}

function themed (layout, theme) {
  const result = { ...layout, font: { ...layout.font, color: theme.text, family: theme.font } }
  for (const name of Object.keys(layout)) {
    if (/^[xy]axis/.test(name)) {
      result[name] = { ...layout[name], gridcolor: theme.grid, zerolinecolor: theme.grid, linecolor: theme.grid }
    }
  }
  result.hoverlabel = { bgcolor: theme.background, font: { color: theme.text } }
  return result
}
