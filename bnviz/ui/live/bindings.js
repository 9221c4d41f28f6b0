// Bindings: what a frame's numbers become in a figure's traces (see bnviz/charts/__init__.py). Nothing is computed
// here but places on the picture and words for numbers.

import { slice } from './wire.js'

const short = (value) => {
  const rounded = Number(value.toPrecision(2))
  const plain = rounded === 0 || (Math.abs(rounded) >= 0.01 && Math.abs(rounded) < 1000)
  return plain ? rounded.toString() : value.toExponential(1).replace('e+', 'e')
}

const share = (value) => value < 0.0005 ? '' : value < 0.01 ? '<1%' : `${Math.round(100 * value)}%`

export const FORMATS = {
  drift: (value) => !Number.isFinite(value) ? '–' : value > 0 && value < 0.001 ? '<0.001' : Number(value.toPrecision(2)).toString(),
  share_below: (value) => value < 0.0005 ? '' : `◂${share(value)}`,
  share_above: (value) => value < 0.0005 ? '' : `${share(value)}▸`,
  share_lost: (value) => value < 0.0005 ? '' : `${share(value)} not finite`,
  percent: (value) => Number.isFinite(value) ? `${(100 * value).toFixed(1)}%` : '–',
  loss: (value) => Number.isFinite(value) ? short(value) : Number.isNaN(value) ? '–' : '∞'
}

/** The trace attributes that a binding sets from a frame's arrays, or null when the frame does not hold them. */
export function bound (binding, arrays) {
  if (binding.kind === 'numbers') {
    const text = []
    for (const [field, at, format] of binding.parts) {
      const part = slice(arrays[field], at)
      if (!part) return null
      const last = part.values.length - 1
      part.values.forEach((value, i) => text.push((last - i) % binding.every ? '' : FORMATS[format](value)))
    }
    return { text }
  }
  const part = slice(arrays[binding.field], binding.at)
  if (!part) return null
  if (binding.kind === 'ridges') return { y: outlines(part, binding.height) }
  return { [binding.attribute]: part.values }
}

function outlines ({ shape: [rows, bins], values }, height) {
  const y = new Array(rows * (bins + 3))
  let place = 0
  for (let row = 0; row < rows; row++) {
    const line = row + 1
    y[place++] = line
    for (let bin = 0; bin < bins; bin++) y[place++] = line + height * values[row * bins + bin]
    y[place++] = line
    y[place++] = null
  }
  return y
}
