// Pointing: a mark of a chart that is pointed at turns knobs, as the chart's targets say (bnviz/charts/pointing.py).
// Plotly's own events would tell of what it drew itself, and not of what has been painted since.

import { edgesOf } from './heatmap.js'
import { axisName, placesOn } from './painter.js'

const REACH = 12 // px around a point
const FINGER = 24 // likewise

/** Where along its columns or rows a place in pixels is, by the cells' edges; −1 beside them. */
function cellAt (edges, place) {
  return edges.findIndex((edge, i) => i > 0 && (edges[i - 1] <= place) !== (edge <= place)) - 1
}

/** What of a trace is at a place of the figure: {points} with their distance, {columns, rows}, or null. */
function markAt (figure, trace, [across, down], reach) {
  const [xaxis, yaxis] = ['x', 'y'].map((letter) => figure._fullLayout?.[axisName(trace[`${letter}axis`] ?? letter)])
  if (!xaxis?.c2p || !yaxis?.c2p) return null
  const [left, top] = [across - xaxis._offset, down - yaxis._offset]
  if (trace.type === 'heatmap') {
    const [columns, rows] = [[xaxis, 'x', left], [yaxis, 'y', top]]
      .map(([axis, letter, place]) => cellAt(placesOn(axis, edgesOf(trace, letter) ?? []), place))
    return columns < 0 || rows < 0 ? null : { columns, rows, distance: 0 }
  }
  const [xs, ys] = [placesOn(xaxis, trace.x), placesOn(yaxis, trace.y)]
  let nearest = null
  xs.forEach((x, points) => {
    const distance = Math.hypot(x - left, ys[points] - top)
    if (distance <= (nearest?.distance ?? reach)) nearest = { points, distance }
  })
  return nearest
}

/** The knobs that the mark nearest to a place of the figure chooses, {name: value}; null where none is within reach. */
export function chosen (figure, traces, targets, place, reach) {
  let nearest = null
  for (const trace of new Set(targets.map((target) => target.trace))) {
    const mark = markAt(figure, traces[trace], place, reach)
    if (mark && !(nearest?.distance <= mark.distance)) nearest = { ...mark, trace }
  }
  if (!nearest) return null
  const own = targets.filter(({ trace }) => trace === nearest.trace)
  const knobs = Object.fromEntries(own.map(({ knob, values, along }) => [knob, values[nearest[along]] ?? null]))
  return Object.values(knobs).includes(null) ? null : knobs
}

/** Let a chart's picture be pointed at. */
export function followPointer (chart) {
  const { picture } = chart
  const at = ({ clientX, clientY, pointerType }) => {
    const { chart: { targets, scale }, traces, connection } = chart
    if (!targets.length || !connection.mayPoint) return null
    const { left, top } = picture.getBoundingClientRect()
    const reach = scale * (pointerType === 'mouse' ? REACH : FINGER)
    return chosen(picture, traces, targets, [clientX - left, clientY - top], reach)
  }
  picture.onclick = (event) => {
    const knobs = at(event)
    if (knobs) chart.connection.point(knobs)
  }
  picture.onpointermove = (event) => {
    if (event.pointerType === 'touch') return // that scrolls the page
    const knobs = at(event)
    picture.style.cursor = knobs ? 'pointer' : ''
    if (knobs && chart.chart.targets.some(({ hover }) => hover)) chart.connection.point(knobs)
  }
}
