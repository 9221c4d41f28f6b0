import assert from 'node:assert/strict'
import test, { beforeEach } from 'node:test'

import { followSliders, shownValues, sliderValue } from '../../bnviz/ui/live/bridge.js'

const STOPS = [0.001, 0.01, 0.1, 1]
const KNOBS = { gamma: { stops: null, implies: { affine: 'held' } }, eps: { stops: STOPS, implies: {} }, affine: { stops: null, implies: {} } }

let sliders // knob: the input of its slider
let frames // what waits for the next animation frame
let observers // what waits for an input's attributes to change: {tell, inputs}

const frame = () => { for (const act of frames.splice(0)) act() }

/** A slider on the page: its input, in a container with the knob's name. */
function add (name, value) {
  const input = { value }
  input.closest = (selector) => {
    assert.equal(selector, `.st-key-${name}`)
    return { contains: (element) => element === input }
  }
  sliders[name] = input
  return input
}

beforeEach(() => {
  sliders = {}
  frames = []
  observers = []
  globalThis.MutationObserver = class {
    constructor (tell) { observers.push(Object.assign(this, { tell, inputs: [] })) }
    observe (input) { this.inputs.push(input) }
    disconnect () { this.inputs = [] }
  }
  globalThis.requestAnimationFrame = (act) => frames.push(act)
  globalThis.document = {
    activeElement: null,
    querySelector: (selector) => {
      const [, name] = /^\.st-key-(\w+) input\[type=range\]$/.exec(selector)
      return sliders[name] ?? null
    }
  }
})

function follow () {
  const heard = []
  const stop = followSliders(KNOBS, (knobs) => heard.push(knobs))
  return { heard, stop }
}

test('a linear slider shows its number', () => {
  assert.equal(sliderValue('2.05', null), 2.05)
  assert.equal(sliderValue('-3', null), -3)
  assert.equal(sliderValue('0', undefined), 0)
})

test('a logarithmic slider shows the index of a stop', () => {
  assert.deepEqual(['0', '2', '3'].map((text) => sliderValue(text, STOPS)), [0.001, 0.1, 1])
  assert.equal(sliderValue('4', STOPS), undefined)
})

test('the values shown are those of the sliders that are there', () => {
  add('gamma', '2.5')
  add('eps', '3')
  assert.deepEqual(shownValues(KNOBS), { gamma: 2.5, eps: 1 })
  sliders = {}
  assert.deepEqual(shownValues(KNOBS), {})
})

test('what a slider shows at first is told once', () => {
  add('gamma', '1')
  const { heard } = follow()
  for (let i = 0; i < 3; i++) frame()
  assert.deepEqual(heard, [{ gamma: 1 }])
})

test('a slider moved in the hand tells its value and what that implies, on each frame', () => {
  const gamma = add('gamma', '1')
  const eps = add('eps', '0')
  const { heard } = follow()
  heard.length = 0
  document.activeElement = gamma
  for (const value of ['1.5', '2']) {
    gamma.value = value
    frame()
  }
  frame()
  document.activeElement = eps
  eps.value = '2'
  frame()
  assert.deepEqual(heard, [{ gamma: 1.5, affine: 'held' }, { gamma: 2, affine: 'held' }, { eps: 0.1 }])
})

test('a slider that says it has changed is read at once', () => {
  const gamma = add('gamma', '1')
  const { heard, stop } = follow()
  heard.length = 0
  for (let i = 0; i < 3; i++) frame()
  const [observer] = observers
  assert.deepEqual(observer.inputs, [gamma])
  gamma.value = '1.5'
  observer.tell()
  assert.deepEqual(heard, [{ gamma: 1.5 }])
  frame()
  assert.equal(heard.length, 1)
  const other = add('gamma', '1.5') // drawn anew
  frame()
  assert.deepEqual(observer.inputs, [gamma, other])
  stop()
  assert.deepEqual(observer.inputs, [])
})

test('a slider that the page moves implies nothing', () => {
  const gamma = add('gamma', '1')
  const eps = add('eps', '0')
  const { heard } = follow()
  heard.length = 0
  gamma.value = '3'
  frame()
  document.activeElement = eps // something else is in the hand
  gamma.value = '4'
  frame()
  assert.deepEqual(heard, [{ gamma: 3 }, { gamma: 4 }])
})

test('a slider that comes later is followed from then on, and that it has the focus implies nothing', () => {
  const { heard } = follow()
  frame()
  assert.deepEqual(heard, [])
  document.activeElement = add('gamma', '2')
  frame()
  sliders.gamma.value = '2.5'
  frame()
  assert.deepEqual(heard, [{ gamma: 2 }, { gamma: 2.5, affine: 'held' }])
})

test('a slider that is drawn anew with its value tells nothing', () => {
  add('gamma', '2')
  const { heard } = follow()
  delete sliders.gamma
  frame()
  add('gamma', '2')
  frame()
  assert.deepEqual(heard, [{ gamma: 2 }])
})

test('a slider that shows no value of its knob tells nothing', () => {
  add('eps', '99')
  add('gamma', 'x')
  const { heard } = follow()
  frame()
  assert.deepEqual(heard, [])
})

test('following stops when told to', () => {
  const gamma = add('gamma', '1')
  const { heard, stop } = follow()
  heard.length = 0
  stop()
  gamma.value = '2'
  frame()
  frame()
  assert.deepEqual(heard, [])
  assert.deepEqual(frames, [])
})
