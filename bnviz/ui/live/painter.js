// Moves the lines of a drawn Plotly figure without asking Plotly: where axes stay and only heights change, all that
// Plotly would compute anew on each frame (some 20 ms) comes out the same. Axes, text and new figures are Plotly's.

const isGap = (y) => y === null || Number.isNaN(y)

/** The SVG path of a polyline; a null or a NaN in `ys` lifts the pen. `closed` joins each piece to its start. */
export function pathOf (xs, ys, toX, toY, closed) {
  let path = ''
  let down = false
  for (let i = 0; i < ys.length; i++) {
    if (isGap(ys[i])) {
      if (down && closed) path += 'Z'
      down = false
    } else {
      path += `${down ? 'L' : 'M'}${toX(xs[i]).toFixed(1)},${toY(ys[i]).toFixed(1)}`
      down = true
    }
  }
  return down && closed ? path + 'Z' : path
}

/** Draw the traces' new `y` into the figure; false when it is not drawn as expected, and Plotly must do it. */
export function paint (figure, traces, changed) {
  const groups = new Map()
  for (const group of figure.querySelectorAll('.scatterlayer > .trace')) {
    const trace = group.__data__?.[0]?.trace
    if (trace) groups.set(trace.index, { group, trace })
  }
  const work = []
  for (const index of changed) {
    const { group, trace } = groups.get(index) ?? {}
    if (trace && !group.querySelectorAll('.js-line').length && traces[index].y.every(isGap)) continue // empty as before
    const xaxis = figure._fullLayout?.[axisName(trace?.xaxis)]
    const yaxis = figure._fullLayout?.[axisName(trace?.yaxis)]
    const lines = group?.querySelectorAll('.js-line') // one for each piece between gaps
    if (!lines?.length || !xaxis?.c2p || !yaxis?.c2p) return false
    work.push({ group, lines, xaxis, yaxis, xs: traces[index].x, ys: traces[index].y })
  }
  for (const { group, lines, xaxis, yaxis, xs, ys } of work) {
    const toX = (value) => xaxis.c2p(value)
    const toY = (value) => yaxis.c2p(value)
    const all = pathOf(xs, ys, toX, toY, false)
    lines.forEach((line, i) => line.setAttribute('d', i ? '' : all))
    group.querySelector('.js-fill')?.setAttribute('d', pathOf(xs, ys, toX, toY, true))
  }
  return true
}

const axisName = (id) => id && `${id[0]}axis${id.slice(1)}` // x2 -> xaxis2
