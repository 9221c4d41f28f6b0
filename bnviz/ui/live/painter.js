// Paints new numbers into a drawn Plotly figure without asking Plotly: where axes stay, all that Plotly would compute
// anew (some 20 ms) comes out the same, but for the places of points, the colours of cells and the words. New figures
// and whatever is not known here are Plotly's.

import { imageOf } from './heatmap.js'

const FAR = 1e4 // px; nothing is to be seen there, and browsers reckon with small numbers
const NEAR = 1 // px that a line may reach over the end of an axis
const PAINTED = new Set(['x', 'y', 'z', 'text', 'error_y.array'])

/** An axis's name in a layout: x2 -> xaxis2. */
export const axisName = (id) => `${id[0]}axis${id.slice(1)}`

/** Places along an axis in pixels; NaN where a number has none. */
export function placesOn (axis, values) {
  return Array.from(values, (value) => Math.max(-FAR, Math.min(axis.c2p(value) ?? NaN, FAR)))
}

/** The SVG paths of the pieces of a polyline; a place that is not a number lifts the pen. */
export function piecesOf (xs, ys) {
  const pieces = []
  let piece = ''
  for (let i = 0; i < ys.length; i++) {
    if (Number.isNaN(xs[i]) || Number.isNaN(ys[i])) {
      if (piece) pieces.push(piece)
      piece = ''
    } else {
      piece += `${piece ? 'L' : 'M'}${xs[i]},${ys[i]}`
    }
  }
  return piece ? [...pieces, piece] : pieces
}

/** Whether an axis that follows its data holds these places; what lies beyond the axis's own limits it need not. */
export function holds (axis, places) {
  const { autorange, autorangeoptions: { clipmin, clipmax } = {}, _length: length } = axis
  if (!autorange) return true
  const [first, last] = clipmin === undefined ? [-FAR, FAR] : placesOn(axis, [clipmin, clipmax]).toSorted((one, other) => one - other)
  return places.every((place) => {
    const shown = Math.max(first, Math.min(place, last))
    return Number.isNaN(shown) || (shown >= -NEAR && shown <= length + NEAR)
  })
}

/**
 * Draw new values of traces into the figure. `changed` holds their attributes by the trace's index; texts are drawn if
 * `worded`. False when the figure is not as expected or an axis must move: then nothing is drawn, and Plotly must do it.
 */
export function paint (figure, traces, changed, worded) {
  const drawn = tracesOf(figure)
  const marks = new Map() // of traces painted so far, by their groups
  const edits = []
  for (const [index, attributes] of changed) {
    if (!drawn.has(index) || attributes.some((name) => !PAINTED.has(name))) return false
    const mark = { ...drawn.get(index), ...traces[index] } // what is drawn of it, and what is to be
    if (attributes.includes('text')) {
      if (worded && !words(mark, edits)) return false
    } else if (mark.full.type === 'heatmap') {
      if (!heatmap(figure, mark, edits)) return false
    } else {
      const before = marks.get(mark.group.previousElementSibling)
      if (!placed(figure, mark) || !PARTS.every((part) => part(mark, edits, before))) return false
      marks.set(mark.group, mark)
    }
  }
  for (const [element, name, value] of edits) {
    if (name === 'href') element.setAttributeNS('http://www.w3.org/1999/xlink', name, value)
    else if (name !== 'text') element.setAttribute(name, value)
    else if (element.textContent !== value) element.textContent = value
  }
  figure.data = traces // which Plotly draws when it is zoomed or gets another size
  return true
}

/** The groups of a figure's traces, and what Plotly made of the traces' attributes. */
function tracesOf (figure) {
  const found = new Map()
  for (const group of figure.querySelectorAll('.scatterlayer > .trace, .heatmaplayer > .hm')) {
    const full = group.__data__?.[0]?.trace
    if (full) found.set(full.index, { group, full })
  }
  return found
}

/** The axes of a trace, or null where they are not drawn. */
function axesOf (figure, { xaxis, yaxis }) {
  const axes = [xaxis, yaxis].map((id) => figure._fullLayout?.[axisName(id)])
  return axes.every((axis) => axis?.c2p) ? axes : null
}

/** Give a trace the places of its points; false when there are no axes, or they do not hold them. */
function placed (figure, mark) {
  const { x, y, full, error_y: { array } = {} } = mark
  const [xaxis, yaxis] = axesOf(figure, full) ?? []
  if (!xaxis) return false
  mark.xs = placesOn(xaxis, x)
  mark.ys = placesOn(yaxis, y)
  if (array) {
    mark.tops = placesOn(yaxis, y.map((value, i) => value + array[i]))
    mark.feet = placesOn(yaxis, y.map((value, i) => value - array[i]))
  }
  return holds(xaxis, mark.xs) && [mark.ys, mark.tops, mark.feet].every((places) => !places || holds(yaxis, places))
}

// Parts of a trace. Each adds its edits, [element, attribute, value], or is false where Plotly must draw.

function lines (mark, edits) {
  const paths = mark.group.querySelectorAll('.js-line') // one for each piece between gaps
  mark.pieces = mark.full.mode.includes('lines') ? piecesOf(mark.xs, mark.ys) : []
  paths.forEach((path, i) => edits.push([path, 'd', i ? '' : mark.pieces.join('')]))
  return paths.length > 0 || mark.pieces.length === 0
}

function fills ({ group, full: { fill = 'none' }, pieces }, edits, before) {
  if (fill === 'none') return true
  const path = (fill === 'toself' ? group : before?.group)?.querySelector('.js-fill')
  if (!path) return false
  if (fill === 'toself') {
    edits.push([path, 'd', pieces.map((piece) => `${piece}Z`).join('')])
    return true
  }
  const [back, ...more] = piecesOf(before.xs.toReversed(), before.ys.toReversed())
  edits.push([path, 'd', `${pieces[0]}${back?.replace('M', 'L')}`])
  return fill === 'tonexty' && pieces.length === 1 && back && !more.length
}

function points ({ group, full, xs, ys }, edits) {
  const waiting = new Set(full.mode.includes('markers') ? [...xs.keys()].filter((i) => !Number.isNaN(xs[i] + ys[i])) : [])
  for (const mark of group.querySelectorAll('.point')) {
    const { i } = mark.__data__
    const place = waiting.delete(i) ? [xs[i], ys[i]] : [-FAR, -FAR] // one without a place waits out of sight for the next
    edits.push([mark, 'transform', `translate(${place})`])
  }
  return waiting.size === 0
}

function bars ({ group, full, xs, tops, feet }, edits) {
  if (!full.error_y?.visible) return true
  const { width } = full.error_y
  return [...group.querySelectorAll('.errorbar')].every((bar) => {
    const { i } = bar.__data__
    const path = bar.querySelector('.yerror')
    if (path) edits.push([path, 'd', `M${xs[i] - width},${tops[i]}h${2 * width}m${-width},0V${feet[i]}m${-width},0h${2 * width}`])
    return Boolean(path) !== Number.isNaN(xs[i] + tops[i] + feet[i])
  })
}

function heatmap (figure, mark, edits) {
  const { group, full } = mark
  const [xaxis, yaxis] = axesOf(figure, full) ?? []
  const image = group.querySelector('image')
  const made = xaxis && image && imageOf(mark, full, xaxis, yaxis, figure._fullLayout[full.coloraxis])
  if (!made || !holds(xaxis, [made.x, made.x + made.width])) return false
  for (const [name, value] of Object.entries(made)) edits.push([image, name, value])
  return true
}

function words ({ group, full, text }, edits) {
  const places = [...group.querySelectorAll('.textpoint')]
  for (const place of places) {
    const word = text[place.__data__.i]
    edits.push([place.querySelector('text'), 'text', full.texttemplate ? full.texttemplate.replace('%{text}', () => word) : word])
  }
  return places.length === text.length
}

const PARTS = [lines, fills, points, bars]
