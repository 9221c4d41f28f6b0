// Keys for the player: those that Streamlit does not use, and none while a widget has the focus.

/** Call what a key stands for in `acts` ({key: function}); returns a function that stops. */
export function followKeys (acts) {
  const press = (event) => {
    const free = !document.activeElement || document.activeElement === document.body
    if (!free || event.ctrlKey || event.metaKey || event.altKey || !Object.hasOwn(acts, event.key)) return
    event.preventDefault() // the page does not scroll
    acts[event.key]()
  }
  document.addEventListener('keydown', press)
  return () => document.removeEventListener('keydown', press)
}
