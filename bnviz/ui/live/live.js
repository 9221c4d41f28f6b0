// The component that Streamlit mounts. It is called again whenever the data or the theme changes, and its goodbye may
// come while it is in use: the same root stays as long as one call has not said goodbye.

import { Chart } from './chart.js'
import { Motion } from './motion.js'
import { Player } from './player.js'
import { Text } from './text.js'

const VIEWS = { chart: Chart, motion: Motion, player: Player, text: Text }
const mounted = new WeakMap() // the element that Streamlit gives: {view, calls}

export default function live ({ data: [data], parentElement, setTriggerValue }) {
  let place = mounted.get(parentElement)
  if (!place) {
    const root = document.createElement('div')
    root.className = `bnviz-${data.kind}`
    parentElement.append(root)
    const view = new VIEWS[data.kind](root, data, setTriggerValue)
    place = { root, view, calls: 0 }
    mounted.set(parentElement, place)
  } else {
    place.view.update(data, setTriggerValue)
  }
  place.calls++
  return () => {
    place.calls--
    setTimeout(() => {
      if (place.calls || !mounted.has(parentElement)) return
      mounted.delete(parentElement)
      place.view.remove()
      place.root.remove()
    })
  }
}
