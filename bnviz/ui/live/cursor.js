// The step that a person looks at, as a vertical line on charts over time. It lies upon Plotly's picture: a line of
// Plotly's own would be a layout change with each move.

/** Where the line stands in each panel of a drawn figure, in pixels; none in panels that do not reach the step. */
export function cursorPlaces (figure, step) {
  const { _fullLayout: layout } = figure
  if (!layout) return []
  const axes = Object.keys(layout).filter((name) => /^xaxis\d*$/.test(name)).map((name) => layout[name])
  return axes.filter((axis) => axis.visible !== false && axis.c2p).flatMap((axis) => {
    const upright = layout[`yaxis${axis.anchor?.slice(1) ?? ''}`]
    const place = axis.c2p(step)
    if (!upright || !(place >= -0.5 && place <= axis._length + 0.5)) return []
    return [{ left: axis._offset + place, top: upright._offset, height: upright._length }]
  })
}

export class Cursor {
  constructor (root, figure) {
    Object.assign(this, { root, figure, lines: [], step: null })
  }

  /** Stand at a step, or be gone where it is no number. */
  move (step) {
    this.step = typeof step === 'number' ? step : null
    this.draw()
  }

  /** Draw it anew: the axes may have moved. */
  draw () {
    const places = this.step === null ? [] : cursorPlaces(this.figure, this.step)
    while (this.lines.length > places.length) this.lines.pop().remove()
    while (this.lines.length < places.length) {
      const line = this.root.ownerDocument.createElement('div')
      line.className = 'cursor'
      this.root.append(line)
      this.lines.push(line)
    }
    places.forEach(({ left, top, height }, i) => {
      Object.assign(this.lines[i].style, { left: `${left}px`, top: `${top}px`, height: `${height}px` })
    })
  }
}
