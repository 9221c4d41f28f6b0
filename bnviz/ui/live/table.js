// The numbers behind a chart as a table, for who does not see the picture or wants to read a value. It is there only
// while it is open, so that it costs nothing else.

import { FORMATS, part } from './bindings.js'

const ROWS = 40 // more would not be read
const EVERY = 500 // ms between two refreshes

/** Head and rows of words of a table's columns, or null when the arrays do not hold them all. */
export function wordsOf (columns, arrays) {
  const cells = columns.map(({ words, field, at, format }) => {
    if (words.length) return words
    if (!arrays[field]) return null
    return Array.from(part(arrays[field], at)?.values ?? [], (value) => FORMATS[format](value)) // of no points: no rows
  })
  if (cells.includes(null)) return null
  const rows = thinned(Math.max(...cells.map((column) => column.length)))
  return { head: columns.map(({ label }) => label), rows: rows.map((row) => cells.map((column) => column[row] ?? '')) }
}

/** At most so many of the numbers 0 … count − 1: the last, and every so many before it. */
export function thinned (count, most = ROWS) {
  const every = Math.max(1, Math.ceil(count / most))
  return Array.from({ length: Math.ceil(count / every) }, (_, i) => (count - 1) % every + every * i)
}

export class Table {
  /** A button at the corner of `root` that shows the table in place of `picture`; `toggled` is called after. */
  constructor (root, picture, toggled) {
    Object.assign(this, { picture, toggled, open: false, shown: -Infinity })
    this.button = root.ownerDocument.createElement('button')
    this.button.type = 'button'
    this.button.className = 'table-button'
    this.button.onclick = () => this.toggle()
    this.place = root.ownerDocument.createElement('div')
    this.place.className = 'table'
    this.place.tabIndex = 0 // so that the keyboard can scroll it
    this.place.setAttribute('role', 'region')
    root.append(this.button, this.place)
    this.say()
  }

  describe (columns, caption) {
    Object.assign(this, { columns, caption })
    this.place.setAttribute('aria-label', `Table: ${caption}`)
    this.place.replaceChildren()
    this.shown = -Infinity
  }

  toggle () {
    this.open = !this.open
    this.shown = -Infinity
    if (!this.open) this.place.replaceChildren()
    this.say()
    this.toggled()
  }

  say () {
    this.button.textContent = this.open ? 'Picture' : 'Table'
    this.button.title = this.open ? 'Show the picture again' : 'Show the numbers of this chart as a table'
    this.button.setAttribute('aria-expanded', String(this.open))
    this.place.hidden = !this.open
    this.picture.style.visibility = this.open ? 'hidden' : ''
  }

  /** Write a frame's numbers, unless others were written just before: then these come when it is time. */
  show (arrays) {
    if (!this.open) return
    this.arrays = arrays
    const wait = this.shown + EVERY - performance.now()
    if (wait <= 0) this.write()
    else this.later ??= setTimeout(() => this.write(), wait)
  }

  write () {
    this.rest()
    const words = this.open && wordsOf(this.columns, this.arrays)
    if (!words) return // the next frame will hold them
    this.shown = performance.now()
    const cells = this.place.querySelectorAll('th, td')
    const texts = [...words.head, ...words.rows.flat()]
    if (cells.length !== texts.length) this.build(words)
    else cells.forEach((cell, i) => { if (cell.textContent !== texts[i]) cell.textContent = texts[i] })
  }

  build ({ head, rows }) {
    const make = (name, ...children) => {
      const element = this.place.ownerDocument.createElement(name)
      element.append(...children) // strings become text
      return element
    }
    const heading = (scope, text) => {
      const cell = make('th', text)
      cell.scope = scope
      return cell
    }
    const body = rows.map(([first, ...others]) => make('tr', heading('row', first), ...others.map((text) => make('td', text))))
    const line = make('tr', ...head.map((text) => heading('col', text)))
    this.place.replaceChildren(make('table', make('caption', this.caption), make('thead', line), make('tbody', ...body)))
  }

  /** Nothing more is to come. */
  rest () {
    clearTimeout(this.later)
    this.later = undefined
  }
}
