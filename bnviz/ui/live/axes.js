// Moves the axes of a drawn Plotly figure that follow their data. Plotly keeps the ends of each trace's data; given the
// new ones it reckons the ranges as ever and draws the axes, in half the time that a whole figure takes.

import { edgesOf } from './heatmap.js'
import { axisName } from './painter.js'

const NONE = { min: [], max: [] } // of a trace that was empty
const FARTHEST = 1e-4 * Number.MAX_VALUE // as Plotly

/**
 * Let the axes that follow their data hold the traces' new values; those of `steps` reach to `reached` at least. The
 * traces have to be painted afterwards: Plotly has put back what it drew last. False, with nothing moved, when no axis
 * follows or an end is not known.
 */
export async function moveAxes (figure, traces, steps, reached) {
  const { _fullData: drawn = [], _fullLayout: axes, layout } = figure
  const following = new Set()
  const ends = []
  for (const full of drawn) {
    for (const letter of ['x', 'y']) {
      const axis = axes[axisName(full[`${letter}axis`])]
      if (!axis?.autorange) continue
      following.add(axis._name)
      const found = endsOf(full, axis, valuesOf(traces[full.index], letter))
      if (!found) return false
      ends.push(...found)
    }
  }
  if (!following.size) return false
  for (const [end, value] of ends) end.val = value
  for (const name of steps) layout[name].autorangeoptions.include = reached
  const asked = {}
  for (const name of following) {
    const { title } = axes[name]
    asked[`${name}.autorange`] = true
    // A vertical axis' title stands beside its numbers, whose width may change: named, it is placed anew.
    if (name.startsWith('y') && title?.text) asked[`${name}.title.standoff`] = title.standoff
  }
  await globalThis.Plotly.relayout(figure, asked)
  return true
}

/** What of a trace lies on an axis of x or y, or null where that is not known. */
const valuesOf = (trace, letter) => trace.type === 'heatmap' ? edgesOf(trace, letter) : trace[letter]

/** The ends of a trace on an axis with their new values, or null where they are not one at each side, as with bars. */
function endsOf ({ error_y: bars, _extremes: extremes }, axis, values) {
  const { min, max } = extremes?.[axis._id] ?? NONE
  let low = Infinity
  let high = -Infinity
  if (!values) return null
  for (const value of values) {
    const place = axis.c2l(value)
    if (!(Math.abs(place) < FARTHEST)) continue
    low = Math.min(low, place)
    high = Math.max(high, place)
  }
  if (low > high) return min.length || max.length ? null : []
  if (bars?.visible || min.length !== 1 || max.length !== 1) return null
  return [[min[0], low], [max[0], high]]
}
