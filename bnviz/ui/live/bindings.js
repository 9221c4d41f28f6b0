// Bindings: what a frame's numbers become in a figure's traces (see bnviz/charts/bindings.py). Nothing is computed
// here but places on the picture and words for numbers.

import { slice } from './wire.js'

// In place of no text at all, whose element Plotly takes away and then no longer finds: it would lose others with it.
export const BLANK = '\u200b'

const PEAK = 255 // of histograms and surfaces, which come as bytes
const FAR_BELOW = -99 // where 0 stands on a logarithmic axis: below all that is shown

const short = (value, digits = 2) => {
  const rounded = Number(value.toPrecision(digits))
  const plain = rounded === 0 || (Math.abs(rounded) >= 0.01 && Math.abs(rounded) < 1000)
  return plain ? rounded.toString() : value.toExponential(digits - 1).replace('e+', 'e')
}

const or = (words) => (value) => Number.isFinite(value) ? words(value) : Number.isNaN(value) ? '–' : value > 0 ? '∞' : '−∞'
const share = (value) => value < 0.0005 ? '' : value < 0.01 ? '<1%' : `${Math.round(100 * value)}%`
const marked = (value, words) => value >= 0.01 ? `${Math.round(100 * value)}% ${words}` : '' // also when it is not a number

export const FORMATS = {
  number: or((value) => short(value, 3)),
  decimals: or((value) => value.toFixed(3).replace('-', '−')), // comparable with one another
  step: (value) => value.toString(),
  drift: (value) => !Number.isFinite(value) ? '–' : value > 0 && value < 0.001 ? '<0.001' : Number(value.toPrecision(2)).toString(),
  loss: (value) => Number.isFinite(value) ? short(value) : Number.isNaN(value) ? '–' : '∞',
  percent: (value) => Number.isFinite(value) ? `${(100 * value).toFixed(1)}%` : '–',
  peak: (value) => `${Math.round(100 * value / PEAK)}%`,
  share_below: (value) => value < 0.0005 ? '' : `◂${share(value)}`,
  share_above: (value) => value < 0.0005 ? '' : `${share(value)}▸`,
  share_lost: (value) => value < 0.0005 ? '' : `${share(value)} not finite`,
  share_dead: (value) => marked(value, 'dead'),
  share_saturated: (value) => marked(value, 'saturated')
}

/** The part of an array at the leading places `at`: an index, one from the end, or a share of the way along. */
export function part (array, at) {
  let found = array
  for (const place of at) {
    const size = found?.shape[0]
    const index = Number.isInteger(place) ? place + (place < 0 ? size : 0) : Math.round(place * (size - 1))
    found = index >= 0 ? slice(found, [index]) : undefined
  }
  return found
}

/** The trace attributes that a binding sets from a frame's arrays, by path, or null when the frame does not hold them. */
export function bound (binding, arrays) {
  if (binding.kind === 'numbers') {
    const text = []
    for (const [field, at, format] of binding.parts) {
      const found = part(arrays[field], at)
      if (!found) return null
      const last = found.values.length - 1
      found.values.forEach((value, i) => text.push((last - i) % binding.every ? BLANK : FORMATS[format](value) || BLANK))
    }
    return { text }
  }
  const found = part(arrays[binding.field], binding.at)
  if (!found) return null
  if (binding.kind === 'ridges') return { y: outlines(found, binding) }
  if (binding.kind === 'matrix') return { [binding.attribute]: rowsOf(found, binding.log) }
  return { [binding.attribute]: found.values }
}

/** A copy of `object` with `value` at a path of names and numbers, as 'marker.color'; what is off the path is shared. */
export function put (object, path, value) {
  const dot = path.indexOf('.')
  const copy = Array.isArray(object) ? [...object] : { ...object }
  if (dot < 0) copy[path] = value
  else copy[path.slice(0, dot)] = put(copy[path.slice(0, dot)], path.slice(dot + 1), value)
  return copy
}

/** What stands at such a path; undefined where nothing does. */
export const valueAt = (object, path) => path.split('.').reduce((inner, name) => inner?.[name], object)

/** Whether two lists, of numbers or of rows of them, hold the same. */
export const same = (one, other) => one?.length === other.length &&
  other.every((value, i) => ArrayBuffer.isView(value) ? same(one[i], value) : Object.is(value, one[i]))

function rowsOf ({ shape: [rows, columns], values }, log) {
  const placed = log ? values.map((value) => value === 0 ? FAR_BELOW : Math.log10(value)) : values
  return Array.from({ length: rows }, (_, row) => placed.subarray(row * columns, (row + 1) * columns))
}

function outlines ({ shape: [rows, bins], values }, { height, skip_empty: skip }) {
  const y = new Array(rows * (bins + 3)).fill(null)
  for (let row = 0; row < rows; row++) {
    const line = row + 1
    const first = row * bins
    if (skip && !values.subarray(first, first + bins).some((value) => value > 0)) continue
    let place = row * (bins + 3)
    y[place++] = line
    for (let bin = 0; bin < bins; bin++) y[place++] = line + height * values[first + bin] / PEAK
    y[place] = line
  }
  return y
}
