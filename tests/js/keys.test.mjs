import assert from 'node:assert/strict'
import test, { beforeEach } from 'node:test'

import { followKeys } from '../../bnviz/ui/live/keys.js'

const body = { tagName: 'BODY' }
let listeners, prevented, pressed, stop

/** An element with the focus; `place` is the class of the component around it, if it is in one of ours. */
const element = (tagName, place) => ({ tagName, closest: (selector) => place && selector.includes(place) ? {} : null })

beforeEach(() => {
  listeners = new Set()
  pressed = []
  prevented = 0
  globalThis.document = {
    body,
    activeElement: body,
    addEventListener: (_, listener) => listeners.add(listener),
    removeEventListener: (_, listener) => listeners.delete(listener)
  }
  const keys = [' ', '.', 'g', 'ArrowLeft']
  stop = followKeys(Object.fromEntries(keys.map((key) => [key, () => pressed.push(key)])))
})

const press = (key, more) => { for (const listener of listeners) listener({ key, preventDefault: () => prevented++, ...more }) }

/** Those of the keys that act while an element has the focus. */
function acting (focused) {
  document.activeElement = focused
  pressed = []
  for (const key of [' ', '.', 'g', 'ArrowLeft', 'x']) press(key)
  return pressed.join('')
}

test('keys act while nothing has the focus, and the page does not scroll', () => {
  assert.equal(acting(body), ' .gArrowLeft')
  assert.equal(acting(null), ' .gArrowLeft')
  assert.equal(prevented, 8)
})

test('a field, a slider and a menu keep every key', () => {
  for (const name of ['INPUT', 'TEXTAREA', 'SELECT', 'DIV']) assert.equal(acting(element(name)), '')
  assert.equal(acting(element('SELECT', '.bnviz-player')), '')
  assert.equal(prevented, 0)
})

test('a button that was clicked keeps the space alone, and among those of the page the arrows', () => {
  assert.equal(acting(element('BUTTON', '.bnviz-player')), '.gArrowLeft')
  assert.equal(acting(element('BUTTON', '.bnviz-chart')), '.gArrowLeft')
  assert.equal(acting(element('BUTTON')), '.g')
})

test('the timeline and a table keep the arrows', () => {
  assert.equal(acting(element('INPUT', '.bnviz-player')), ' .g')
  assert.equal(acting(element('DIV', '.bnviz-chart')), ' .g')
})

test('with a modifier a key is the browser’s, and after the goodbye all are', () => {
  for (const modifier of ['ctrlKey', 'metaKey', 'altKey']) press('g', { [modifier]: true })
  assert.deepEqual(pressed, [])
  stop()
  press('g')
  assert.deepEqual(pressed, [])
})
