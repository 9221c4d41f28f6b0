// A heatmap's picture: a pixel for each cell, which the browser enlarges, as Plotly makes it where cells are all alike.

const ALIKE = 0.01 // of a cell; with larger differences Plotly draws each cell by itself

/** The edges of a heatmap's cells along 'x' or 'y', or null where the cells are not alike. */
export function edgesOf ({ z, transpose = false, ...trace }, letter) {
  const cells = (letter === 'y') === transpose ? z[0]?.length : z.length
  const values = trace[letter]
  const last = values.length - 1
  const size = (values[last] - values[0]) / last
  if (!(cells > 1) || last + 1 < cells || last > cells) return null
  for (let i = 0; i < last; i++) if (!(Math.abs(values[i + 1] - values[i] - size) <= ALIKE * Math.abs(size))) return null
  if (last === cells) return Array.from(values)
  const between = Array.from({ length: last }, (_, i) => (values[i] + values[i + 1]) / 2)
  return [1.5 * values[0] - 0.5 * values[1], ...between, 1.5 * values[last] - 0.5 * values[last - 1]]
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
  const [xs, ys] = [[xaxis, 'x'], [yaxis, 'y']].map(([axis, letter]) => edgesOf(trace, letter)?.map((edge) => axis.c2p(edge)))
  if (!full._islinear || full.xgap || full.ygap || !xs || !ys) return null
  const [left, right] = [xs[0], xs.at(-1)].toSorted((one, other) => one - other)
  const [top, bottom] = [ys[0], ys.at(-1)].toSorted((one, other) => one - other)
  const columns = xs.length - 1
  const rows = ys.length - 1
  const { colorscale, low, high } = shared
    ? { colorscale: shared.colorscale, low: shared.cmin, high: shared.cmax }
    : { colorscale: full.colorscale, low: full.zmin, high: full.zmax }
  const colourOf = colouring(colorscale, low, high)
  const canvas = document.createElement('canvas')
  Object.assign(canvas, { width: columns, height: rows })
  const context = canvas.getContext('2d', { willReadFrequently: true })
  const pixels = context.createImageData(columns, rows)
  for (let row = 0; row < rows; row++) {
    const j = ys[0] > ys.at(-1) ? rows - 1 - row : row // values mostly go up, and pixels down
    for (let column = 0; column < columns; column++) {
      const i = xs[0] > xs.at(-1) ? columns - 1 - column : column
      pixels.data.set(colourOf(trace.transpose ? trace.z[i][j] : trace.z[j][i]), 4 * (row * columns + column))
    }
  }
  context.putImageData(pixels, 0, 0)
  return { x: left, y: top, width: Math.round(right - left), height: Math.round(bottom - top), href: canvas.toDataURL('image/png') }
}
