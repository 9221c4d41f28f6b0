// As much of a page as charts touch: elements with children, attributes and styles, and what the browser tells them.

export class Element {
  constructor (name = 'div', page = { createElement: (inner) => new Element(inner, page) }) {
    Object.assign(this, { name, ownerDocument: page, children: [], attributes: {}, dataset: {}, clientWidth: 800, hidden: false })
    this.style = { setProperty: (key, value) => { this.style[key] = value } }
  }

  append (...children) {
    for (const child of children) {
      if (child instanceof Element) child.parent = this
      this.children.push(child)
    }
  }

  replaceChildren (...children) {
    this.children = []
    this.append(...children)
  }

  remove () { this.parent.children = this.parent.children.filter((child) => child !== this) }

  setAttribute (name, value) { this.attributes[name] = String(value) }

  get textContent () { return this.children.map((child) => child.textContent ?? child).join('') }

  set textContent (text) { this.children = [String(text)] }

  /** All elements within that have one of the names, in order. */
  querySelectorAll (names) {
    const within = this.children.filter((child) => child instanceof Element)
    return within.flatMap((child) => (names.split(', ').includes(child.name) ? [child] : []).concat(child.querySelectorAll(names)))
  }

  /** The first element within of a class. */
  ofClass (name) {
    const within = this.children.filter((child) => child instanceof Element)
    return within.find((child) => child.className === name) ?? within.map((child) => child.ofClass(name)).find(Boolean)
  }
}

// What a page has beside its elements, for scripts that use it without a test asking.
globalThis.addEventListener ??= () => {}
globalThis.sessionStorage ??= { getItem: () => null, setItem () {}, removeItem () {} }
