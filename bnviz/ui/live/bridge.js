// Streamlit reports a slider when it is released; the bridge reads it as soon as it shows another value, so that the
// network feels it while the thumb is down. What a slider shows is the truth about its knob: a rerun's older value never
// undoes it.

const inputOf = (name) => document.querySelector(`.st-key-${name} input[type=range]`)

/** The value that a slider's input stands for: a stop of a logarithmic slider, or the number itself. */
export function sliderValue (text, stops) {
  return stops ? stops[Number(text)] : Number(text)
}

/** What the sliders of `knobs` that are on the page show: knob to value. */
export function shownValues (knobs) {
  const inputs = Object.entries(knobs).map(([name, { stops }]) => [name, inputOf(name), stops])
  return Object.fromEntries(inputs.filter(([, input]) => input)
    .map(([name, input, stops]) => [name, sliderValue(input.value, stops)]))
}

/**
 * Follow the sliders of `knobs` ({name: {stops, implies}}) and call `change` with what moved. A slider that is in
 * the hand (held, or with the keyboard's focus) also sets what its knob implies. Returns a function that stops.
 */
export function followSliders (knobs, change) {
  const last = {}
  let going = true
  const look = () => {
    for (const [name, { stops, implies }] of Object.entries(knobs)) {
      const input = inputOf(name)
      if (!input) continue
      if (!watched.has(input)) {
        watched.add(input)
        observer.observe(input, { attributes: true })
      }
      if (input.value === last[name]) continue
      const moved = name in last && input.closest(`.st-key-${name}`).contains(document.activeElement)
      last[name] = input.value
      const value = sliderValue(input.value, stops)
      if (value !== undefined && !Number.isNaN(value)) change({ [name]: value, ...(moved ? implies : {}) })
    }
  }
  const watched = new WeakSet()
  const observer = new MutationObserver(look) // at once, where the next animation frame would come up to 16 ms later
  const lookOn = () => { // for sliders that are drawn anew, and for values that no attribute tells
    if (!going) return
    look()
    requestAnimationFrame(lookOn)
  }
  lookOn()
  return () => {
    going = false
    observer.disconnect()
  }
}
