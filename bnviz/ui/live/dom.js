// Small things done to the page's elements.

/** Set an element's text where it differs: what has not changed is not announced again. */
export function write (element, text) {
  if (element.textContent !== text) element.textContent = text
}

/** Add a button to `parent`, named by `act` for styles and tests. */
export function addButton (parent, act, text, title, onclick) {
  const element = document.createElement('button')
  Object.assign(element, { type: 'button', textContent: text, title, onclick })
  element.dataset.act = act
  parent.append(element)
  return element
}
