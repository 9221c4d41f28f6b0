// A heatmap's picture, as Plotly makes it: where cells are all alike, a pixel for each, which the browser enlarges; else
// as many pixels as it takes on the page.

const ALIKE = 0.01 // of a cell
const MARGIN = 0.5 // of an axis's length; so far outside of it Plotly paints cells that differ

/** The edges of a heatmap's cells along 'x' or 'y', or null where there are too few or too many for the cells. */
export function edgesOf ({ z, transpose = false, ...trace }, letter) {
  const cells = (letter === 'y') === transpose ? z[0]?.length : z.length
  const values = Array.from(trace[letter])
  const last = values.length - 1
  if (!(cells > 1) || last + 1 < cells || last > cells || !values.every(Number.isFinite)) return null
  if (last === cells) return values
  const between = Array.from({ length: last }, (_, i) => (values[i] + values[i + 1]) / 2)
  return [1.5 * values[0] - 0.5 * values[1], ...between, 1.5 * values[last] - 0.5 * values[last - 1]]
}

/** Whether the cells between these edges have the same size. */
export function alike (edges) {
  const size = (edges.at(-1) - edges[0]) / (edges.length - 1)
  return edges.every((edge, i) => !i || Math.abs(edge - edges[i - 1] - size) <= ALIKE * Math.abs(size))
}

/** One side of the picture: its first pixel on the page, its length there and its own, and each cell's first and last. */
function side (axis, edges, together) {
  const places = edges.map((edge) => axis.c2p(edge))
  const [first, last] = [places[0], places.at(-1)].toSorted((one, other) => one - other)
  const cells = edges.length - 1
  const [start, end] = together ? [first, last] : [Math.max(-MARGIN * axis._length, first), Math.min((1 + MARGIN) * axis._length, last)]
  const length = Math.round(end - start)
  const pixels = together
    ? edges.map((_, i) => places[0] > places.at(-1) ? cells - i : i)
    : places.map((place) => Math.max(0, Math.min(Math.round(place - start), length)))
  return { start, length, own: together ? cells : length, span: (i) => pixels[i] < pixels[i + 1] ? [pixels[i], pixels[i + 1]] : [pixels[i + 1], pixels[i]] }
}

/** What gives a number its colour, [red, green, blue, alpha] up to 255; `scale` is Plotly's, [[place, '#rrggbb'], …]. */
export function colouring (scale, low, high) {
  const stops = scale.map(([place, colour]) => [low + place * (high - low), channels(colour)])
  return (value) => {
    if (!Number.isFinite(value)) return [0, 0, 0, 0]
    const found = stops.findIndex(([place]) => place > value)
    const next = Math.max(found < 0 ? stops.length - 1 : found, 1)
    const [[from, one], [to, other]] = stops.slice(next - 1, next + 1)
    const share = Math.max(0, Math.min((value - from) / (to - from), 1))
    const mixed = one.map((channel, i) => channel * (1 - share) + other[i] * share)
    return [...mixed.slice(0, 3).map(Math.round), Math.round(255 * mixed[3])]
  }
}

function channels (colour) {
  const [red, green, blue, alpha = 255] = colour.match(/[\da-f]{2}/gi).map((pair) => Number.parseInt(pair, 16))
  return [red, green, blue, alpha / 255]
}

/**
 * The attributes of the image of a heatmap on its axes; null where Plotly must draw it. `full` is what Plotly made of
 * the trace's attributes, `shared` the colour axis that it may have.
 */
export function imageOf (trace, full, xaxis, yaxis, shared) {
  const [xs, ys] = ['x', 'y'].map((letter) => edgesOf(trace, letter))
  if (full.xgap || full.ygap || !xs || !ys) return null
  const together = alike(xs) && alike(ys)
  const [across, down] = [side(xaxis, xs, together), side(yaxis, ys, together)]
  if (!(across.length > 0 && down.length > 0)) return null // nothing of it is near the page
  const { colorscale, low, high } = shared
    ? { colorscale: shared.colorscale, low: shared.cmin, high: shared.cmax }
    : { colorscale: full.colorscale, low: full.zmin, high: full.zmax }
  const colourOf = colouring(colorscale, low, high)
  const pixels = new Uint32Array(across.own * down.own)
  for (let j = 0; j < ys.length - 1; j++) {
    const [top, bottom] = down.span(j)
    if (top === bottom) continue
    const start = top * across.own
    for (let i = 0; i < xs.length - 1; i++) {
      const [left, right] = across.span(i)
      const colour = new Uint8ClampedArray(colourOf(trace.transpose ? trace.z[i][j] : trace.z[j][i]))
      pixels.fill(new Uint32Array(colour.buffer)[0], start + left, start + right)
    }
    for (let row = top + 1; row < bottom; row++) pixels.copyWithin(row * across.own, start, start + across.own)
  }
  const canvas = document.createElement('canvas')
  Object.assign(canvas, { width: across.own, height: down.own })
  canvas.getContext('2d').putImageData(new ImageData(new Uint8ClampedArray(pixels.buffer), across.own), 0, 0)
  return { x: across.start, y: down.start, width: across.length, height: down.length, href: canvas.toDataURL('image/png') }
}
