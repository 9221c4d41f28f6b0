// Keys for the player: those that Streamlit does not use, and none that what has the focus uses itself.

const WIDGETS = new Set(['INPUT', 'SELECT', 'TEXTAREA', 'BUTTON', 'A', 'SUMMARY', 'DIV']) // Streamlit makes some of DIV

/** Whether the element with the focus has no use for a key. A button that was clicked keeps the focus. */
function leaves (element, key) {
  if (!element || !WIDGETS.has(element.tagName)) return true // the page itself, which a click on it puts the focus on
  const ours = Boolean(element.closest('.bnviz-player, .bnviz-chart'))
  const arrow = key.startsWith('Arrow')
  if (element.tagName === 'BUTTON') return key !== ' ' && (ours || !arrow)
  return ours && element.tagName !== 'SELECT' && !arrow // the timeline, a table
}

/** Call what a key stands for in `acts` ({key: function}); returns a function that stops. */
export function followKeys (acts) {
  const press = (event) => {
    if (!leaves(document.activeElement, event.key) || event.ctrlKey || event.metaKey || event.altKey || !Object.hasOwn(acts, event.key)) return
    event.preventDefault() // the page does not scroll
    acts[event.key]()
  }
  document.addEventListener('keydown', press)
  return () => document.removeEventListener('keydown', press)
}
