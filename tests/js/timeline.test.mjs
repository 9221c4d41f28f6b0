import assert from 'node:assert/strict'
import test, { afterEach, beforeEach, mock } from 'node:test'

import { Past } from '../../bnviz/ui/live/past.js'
import { Timeline } from '../../bnviz/ui/live/timeline.js'
import { Element } from './page.mjs'

const row = (step) => ({ step, header: { step, ghost: step / 2 }, arrays: {} })

let connection, timeline

beforeEach(() => {
  globalThis.document = { createElement: (name) => new Element(name, document) }
  const past = new Past()
  past.take({ header: { generation: 1, kept: [0, 500, 1000, 1234] } }, [0, 500, 1000, 1234].map(row))
  connection = {
    header: { step: 1234, ghost: 12 }, live: true, viewed: null, past, get lookingBack () { return Boolean(this.viewed) },
    ...Object.fromEntries(['lookBack', 'backToLive', 'togglePin', 'continueHere'].map((name) => [name, mock.fn()]))
  }
  timeline = new Timeline(new Element('div', document), connection)
  timeline.show()
})

afterEach(() => { delete globalThis.document })

/** What the connection was asked to do, with what. */
function asked () {
  const found = ['lookBack', 'backToLive', 'togglePin', 'continueHere']
    .flatMap((name) => connection[name].mock.calls.map(({ arguments: given }) => [name, ...given]))
  for (const name of ['lookBack', 'backToLive', 'togglePin', 'continueHere']) connection[name].mock.resetCalls()
  return found
}

function view (step) {
  connection.viewed = connection.past.at(step)
  timeline.show()
}

function drag (step) {
  timeline.bar.value = step
  timeline.bar.oninput()
}

/** Press a key on the bar; whether the bar was kept from using it itself. */
function press (key) {
  let kept = false
  timeline.bar.onkeydown({ key, preventDefault: () => { kept = true } })
  return kept
}

test('it stands at the right end while the run is live', () => {
  const { bar, root, live, go, pin, place, ghost } = timeline
  assert.deepEqual([bar.max, bar.value, bar.disabled], [1234, 1234, false])
  assert.deepEqual([live.disabled, go.disabled, pin.disabled], [true, true, false])
  assert.deepEqual([root.dataset.viewed, place.textContent, ghost.textContent], ['live', 'live', 'dashed: step 12'])
})

test('it stands at the step that is looked at, and says which', () => {
  view(500)
  const { bar, root, live, go, place, ghost } = timeline
  assert.deepEqual([bar.max, bar.value], [1234, 500])
  assert.deepEqual([live.disabled, go.disabled], [false, false])
  assert.deepEqual([root.dataset.viewed, place.textContent, ghost.textContent], [500, 'step 500 of 1,234', 'dashed: step 250'])
})

test('step 0 is a step like any other', () => {
  view(0)
  assert.deepEqual([timeline.bar.value, timeline.root.dataset.viewed, timeline.live.disabled], [0, 0, false])
})

test('without a run, or before its first step, it cannot be taken hold of', () => {
  connection.live = false
  timeline.show()
  assert.deepEqual([timeline.bar.disabled, timeline.pin.disabled], [true, true])
  connection.live = true
  connection.header = { step: 0, ghost: 0 }
  timeline.show()
  assert.deepEqual([timeline.bar.disabled, timeline.pin.disabled], [true, false])
  connection.header = null
  timeline.show()
  assert.deepEqual([timeline.bar.max, timeline.ghost.textContent], [0, ''])
})

test('dragging looks back, and at the right end it is the run itself', () => {
  drag(700)
  assert.deepEqual(asked(), [['lookBack', 700]])
  view(500)
  drag(1234)
  assert.deepEqual(asked(), [['backToLive', false]])
})

test('a click at the right end of a live run is nothing', () => {
  drag(1234)
  assert.deepEqual(asked(), [])
})

test('the thumb stays in the hand while the row is another step, and goes there when it is let go', () => {
  timeline.bar.onpointerdown()
  drag(700)
  view(500)
  assert.equal(timeline.bar.value, 700)
  timeline.bar.onpointerup()
  assert.equal(timeline.bar.value, 500)
})

test('arrow keys on the bar move by rows', () => {
  assert.equal(press('ArrowLeft'), true)
  assert.deepEqual(asked(), [['lookBack', 1234, -1]])
  view(500)
  press('ArrowDown')
  press('ArrowRight')
  press('ArrowUp')
  assert.deepEqual(asked(), [['lookBack', 500, -1], ['lookBack', 500, 1], ['lookBack', 500, 1]])
  assert.equal(press('Home'), false) // the bar's own
  assert.deepEqual(asked(), [])
})

test('from the last row one more to the right is the run itself, and a live run has nothing to its right', () => {
  timeline.move(1)
  assert.deepEqual(asked(), [])
  view(1234)
  timeline.move(1)
  assert.deepEqual(asked(), [['backToLive', false]])
})

test('the buttons', () => {
  timeline.live.onclick()
  timeline.pin.onclick()
  timeline.go.onclick()
  assert.deepEqual(asked(), [['backToLive'], ['togglePin'], ['continueHere']])
})

test('a pinned step is named, and can be let go', () => {
  connection.past.pinned = row(500)
  timeline.show()
  assert.deepEqual([timeline.pin.textContent, timeline.pin.attributes['aria-pressed']], ['Unpin', 'true'])
  assert.equal(timeline.ghost.textContent, 'dashed: pinned step 500')
  connection.past.pinned = null
  timeline.show()
  assert.deepEqual([timeline.pin.textContent, timeline.pin.attributes['aria-pressed']], ['Pin', 'false'])
})
