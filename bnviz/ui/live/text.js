// A live text: lines that the engine words, as paragraphs or as a list. Nothing is worded here.

import { connection } from './connection.js'

export class Text {
  constructor (root, data) {
    this.root = root
    this.root.dataset.testid = 'live-text'
    this.drawn = 0
    this.every = 500 // ms, where it has its turn; text that changes faster cannot be read
    this.update(data)
  }

  update ({ run, field, title, eachFrame = false }) {
    this.fields = [field]
    this.eachFrame = eachFrame // of numbers that a hand moves
    this.root.dataset.text = field
    this.root.setAttribute('role', 'region')
    this.root.setAttribute('aria-label', title)
    if (!this.connection) {
      this.connection = connection(run)
      this.connection.join(this.connection.panels, this)
    }
    this.connection.ready(true)
  }

  visible () { return true }

  draw ({ header }) {
    const text = header.texts?.[this.fields[0]]
    if (text === undefined) return
    this.drawn++
    this.root.dataset.step = header.step // of which it is true, while the charts may be a moment ahead
    if (text === this.shown) return
    this.shown = text
    this.root.replaceChildren(...text.split('\n').map((line) => {
      const element = document.createElement('p')
      element.textContent = line
      return element
    }))
  }

  remove () { this.connection.leave(this.connection.panels, this) }
}
