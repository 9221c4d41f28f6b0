import assert from 'node:assert/strict'
import test, { afterEach, beforeEach } from 'node:test'

import { followKeys } from '../../bnviz/ui/live/keys.js'

let done, stop, listeners

/** An element that may have the focus, inside our player or elsewhere on the page. */
const element = (tagName, inside) => ({ tagName, closest: (selector) => inside && selector.includes(inside) ? {} : null })

/** Press a key; whether the page was kept from using it too. */
function press (key, more = {}) {
  let kept = false
  for (const listen of listeners) listen({ key, preventDefault: () => { kept = true }, ...more })
  return kept
}

beforeEach(() => {
  done = []
  listeners = new Set()
  globalThis.document = {
    body: {},
    addEventListener: (_, listen) => listeners.add(listen),
    removeEventListener: (_, listen) => listeners.delete(listen)
  }
  document.activeElement = document.body
  stop = followKeys(Object.fromEntries([' ', '.', 'ArrowLeft', 'n'].map((key) => [key, () => done.push(key)])))
})

afterEach(() => { delete globalThis.document })

test('a click on the page puts the focus on what is no widget, and keys still do what they stand for', () => {
  document.activeElement = element('MAIN')
  assert.equal(press('.'), true)
  document.activeElement = element('SECTION')
  assert.equal(press(' '), true)
  assert.deepEqual(done, ['.', ' '])
})

test('keys do what they stand for, and the page does not scroll', () => {
  for (const key of [' ', '.', 'ArrowLeft', 'n']) assert.equal(press(key), true)
  document.activeElement = null
  press('n')
  assert.deepEqual(done, [' ', '.', 'ArrowLeft', 'n', 'n'])
})

test('other keys are left to the page', () => {
  for (const key of ['x', 'Enter', 'toString', 'constructor', '__proto__', '']) assert.equal(press(key), false)
  assert.deepEqual(done, [])
})

test('with a modifier they are the browser\'s', () => {
  for (const modifier of ['ctrlKey', 'metaKey', 'altKey']) assert.equal(press('n', { [modifier]: true }), false)
  assert.deepEqual(done, [])
})

test('while something has the focus that uses keys itself, they are left to it', () => {
  for (const [tag, inside] of [['INPUT', null], ['TEXTAREA', null], ['SELECT', null], ['DIV', null], ['SELECT', '.bnviz-player']]) {
    document.activeElement = element(tag, inside)
    for (const key of [' ', '.', 'ArrowLeft', 'n']) assert.equal(press(key), false, `${tag} ${key}`)
  }
  assert.deepEqual(done, [])
})

test('a button presses itself with the space bar, and leaves the other keys; an arrow moves among others\' tabs', () => {
  document.activeElement = element('BUTTON', '.bnviz-player')
  assert.deepEqual([' ', '.', 'ArrowLeft', 'n'].map((key) => press(key)), [false, true, true, true])
  document.activeElement = element('BUTTON', null)
  assert.deepEqual([' ', '.', 'ArrowLeft', 'n'].map((key) => press(key)), [false, true, false, true])
})

test('the timeline moves by its own arrows, and leaves the other keys', () => {
  document.activeElement = element('INPUT', '.bnviz-player')
  assert.deepEqual([' ', '.', 'ArrowLeft', 'n'].map((key) => press(key)), [true, true, false, true])
})

test('it can be stopped', () => {
  stop()
  assert.equal(press('n'), false)
  assert.equal(listeners.size, 0)
})
