import assert from 'node:assert/strict'
import test, { afterEach, beforeEach, describe, mock } from 'node:test'

import { Element } from './page.mjs'

const page = { createElement: (name) => new Element(name, page), baseURI: 'http://here/', addEventListener () {}, removeEventListener () {} }
globalThis.document = page
globalThis.requestAnimationFrame = () => {}
globalThis.MutationObserver = class { observe () {} disconnect () {} }
globalThis.Option = class extends Element {
  constructor (text) {
    super('option')
    this.textContent = text
  }
}
const { Player } = await import('../../bnviz/ui/live/player.js')
const { connection } = await import('../../bnviz/ui/live/connection.js')

const live = connection({ name: 'main', socket: '/live/socket' })
const DATA = { run: { name: 'main', config: {}, knobs: [], labels: { none: 'No normalization' } }, knobs: {}, offers: ['new_seed', 'defaults'] }
const HEADER = { step: 1234, playing: true, speed: 60, rate: 60.4, device: 'cpu', diverged: {}, note: '', ghost: 0 }

let player, said, triggered

/** Shows the player a state, and whether a step of the past is looked at. */
function show (state, { header = {}, viewed = null, message = '' } = {}) {
  live.live = !['connecting', 'closed', 'full'].includes(state)
  live.header = { ...HEADER, ...header }
  live.viewed = viewed
  live.wanted = viewed && { step: viewed.step, by: 0 }
  live.tell(state, message)
}

/** What was said to the server by pressing a button. */
function press (name) {
  said = []
  player.buttons.children.find(({ dataset }) => dataset.act === name).onclick()
  return said.map(({ type }) => type)
}

const ROW = { step: 500, header: { step: 500, ghost: 3 }, arrays: {} }

beforeEach(() => {
  mock.timers.enable({ apis: ['setTimeout'] })
  said = []
  triggered = []
  mock.method(live, 'configure', () => {})
  mock.method(live, 'send', (message) => said.push(message))
  mock.method(live, 'ready', () => {})
  mock.method(live, 'restart', () => said.push({ type: 'restart' }))
  player = new Player(new Element('div', page), DATA, (name) => triggered.push(name))
})

test('what the page does not offer has no button', () => {
  const other = new Player(new Element('div', page), { ...DATA, offers: ['defaults'] }, () => {})
  const acts = new Set(other.buttons.children.map(({ dataset }) => dataset.act))
  other.remove()
  assert.deepEqual(['new-seed', 'defaults'].filter((act) => acts.has(act)), ['defaults'])
})

afterEach(() => {
  player.remove()
  live.leavePast()
  mock.restoreAll()
  mock.timers.reset()
})

test('it says how the run is', () => {
  show('running', { message: 'm' })
  assert.deepEqual([player.root.dataset.state, player.line.textContent], ['running', 'step 1,234, 60 steps/s on CPU'])
  assert.equal(player.message.textContent, 'Training. m')
  show('paused', { header: { playing: false, note: 'n', diverged: { none: { step: 7, place: 'layer 2' } } } })
  assert.equal(player.line.textContent, 'step 1,234 on CPU')
  assert.equal(player.message.textContent, 'Paused. No normalization: diverged at step 7, first in layer 2. n')
})

test('play and pause, step, reset', () => {
  show('running')
  assert.deepEqual(press('pause'), ['pause'])
  show('paused', { header: { playing: false } })
  assert.deepEqual([press('play'), press('step'), press('reset')], [['play'], ['step'], ['reset']])
  show('closed')
  assert.deepEqual(press('reset'), ['restart'])
})

test('where nothing can be played, it cannot be pressed', () => {
  for (const [state, expected] of [['running', [false, false]], ['waiting', [false, true]], ['restarting', [true, true]], ['closed', [true, true]]]) {
    show(state)
    assert.deepEqual([player.toggle.disabled, player.step.disabled], expected, state)
  }
})

test('from the past, play goes back to the run and plays', () => {
  show('paused', { header: { playing: false }, viewed: ROW })
  assert.equal(player.toggle.dataset.act, 'play')
  assert.deepEqual(press('play'), ['play'])
  assert.equal(live.lookingBack, false)
})

test('from the past, step goes back to the run and makes one', () => {
  show('paused', { header: { playing: false }, viewed: ROW })
  live.wasPlaying = true
  assert.deepEqual(press('step'), ['step'])
  assert.equal(live.lookingBack, false)
})

test('from the past, reset starts again as the run went before it was paused to look back', () => {
  for (const [playing, expected] of [[true, ['play', 'reset']], [false, ['reset']]]) {
    show('paused', { header: { playing: false }, viewed: ROW })
    live.wasPlaying = playing
    assert.deepEqual(press('reset'), expected)
    assert.equal(live.lookingBack, false)
  }
})

test('speeds go by their place in the list; a new seed and the defaults are the page\'s', () => {
  show('running')
  assert.equal(player.speed.children[player.speed.selectedIndex].textContent, '60 steps/s')
  player.speed.selectedIndex = player.speed.children.length - 1
  player.speed.onchange()
  assert.deepEqual(said, [{ type: 'speed', steps_per_second: null }])
  press('new-seed')
  press('defaults')
  assert.deepEqual(triggered, ['new_seed', 'defaults'])
})

test('a hand at a slider holds the turns of the panels that it does not wait for', () => {
  page.querySelector = () => ({ value: '1.5' })
  const hold = mock.method(live.turns, 'hold', () => {})
  const change = mock.method(live, 'change', () => {})
  new Player(new Element('div', page), { ...DATA, knobs: { gamma: { stops: null, implies: {} } } }, () => {}).remove()
  delete page.querySelector
  assert.deepEqual(change.mock.calls.map(({ arguments: [knobs] }) => knobs), [{ gamma: 1.5 }])
  assert.equal(hold.mock.callCount(), 1)
})

test('the link for those who watch is that of the page with the token to watch, and is copied', async () => {
  const copied = []
  globalThis.location = { href: 'http://here/lab/gradients?depth=3' }
  Object.defineProperty(globalThis, 'navigator', { configurable: true, value: { clipboard: { writeText: async (text) => copied.push(text) } } })
  live.watchToken = 'T_1'
  await player.share()
  assert.deepEqual(copied, ['http://here/lab/gradients?depth=3&token=T_1'])
  assert.match(player.message.textContent, /The link is copied/)
})

test('there is no link to a run that is not there', () => {
  live.watchToken = undefined
  show('running')
  assert.equal(player.watchLink.disabled, true, 'a server that has named no token')
  live.watchToken = 'T_1'
  for (const [state, disabled] of [['running', false], ['paused', false], ['restarting', false], ['connecting', true], ['full', true], ['closed', true]]) {
    show(state)
    assert.equal(player.watchLink.disabled, disabled, state)
  }
})

test('why nothing comes is said in place of what was said before, as long as it lasts', () => {
  show('restarting', { message: 'in another process' })
  for (const [silence, expected] of [['no answer', 'Restarting. no answer'], ['', 'Restarting. in another process']]) {
    live.status = { ...live.status, silence }
    live.notify()
    assert.equal(player.message.textContent, expected)
  }
})

test('where the browser does not let us copy, the link is shown', async () => {
  const shown = []
  globalThis.location = { href: 'http://here/' }
  globalThis.prompt = (_, link) => shown.push(link)
  Object.defineProperty(globalThis, 'navigator', { configurable: true, value: {} })
  live.watchToken = 'T_2'
  await player.share()
  assert.deepEqual(shown, ['http://here/?token=T_2'])
})

test('who only watches is not told to press what is not there', () => {
  show('closed', { message: 'it has ended' })
  assert.match(player.message.textContent, /Reset/)
  live.watch = 'T'
  page.querySelectorAll = () => []
  page.querySelector = () => null
  globalThis.location = { search: '?token=T' }
  player.update({ ...DATA, run: { ...DATA.run, watch: 'T' } }, () => {})
  assert.equal(player.root.dataset.watches, true)
  show('closed', { message: 'it has ended' })
  assert.match(player.message.textContent, /^Ended. it has ended/)
  live.watch = ''
  delete page.querySelector
  delete globalThis.location
})

describe('who only watches', () => {
  const CONFIG = { depth: 6, gamma: 1, layer: 'last' }
  let link, outputs, watching, reports

  const turn = (knobs, more) => show('running', { header: { knobs: { ...CONFIG, ...knobs } }, ...more })
  const told = () => outputs.map(({ textContent }) => textContent)

  beforeEach(() => {
    outputs = ['depth', 'gamma', 'layer'].map((setting) => ({ dataset: { setting }, textContent: '' }))
    page.querySelectorAll = () => outputs
    link = { search: '' }
    page.querySelector = () => link
    globalThis.location = { search: '?token=T&depth=6&panels=loss' }
    Object.assign(live, { watch: 'T', settings: CONFIG, query: { depth: ['6'] }, config: CONFIG, header: undefined })
    reports = []
    const data = { ...DATA, run: { ...DATA.run, watch: 'T', config: CONFIG }, looks: ['layer'] }
    watching = new Player(new Element('div', page), data, (name, value) => reports.push([name, value]))
  })

  afterEach(() => {
    watching.remove()
    delete page.querySelector
    delete globalThis.location
    Object.assign(live, { watch: '', settings: undefined })
  })

  test('is told each setting as it is, and of the past as it was', () => {
    turn({ gamma: 2.5 })
    assert.deepEqual(told(), ['6', '2.5', 'last'])
    turn({ gamma: 3 }, { viewed: { step: 500, header: { step: 500, ghost: 3, knobs: { gamma: 0.5 } }, arrays: {} } })
    assert.deepEqual(told(), ['6', '0.5', 'last'])
  })

  test('finds the link to a run of their own as the run stands, also while the past is looked at', () => {
    assert.equal(link.search, 'panels=loss&depth=6')
    const past = { step: 500, header: { step: 500, ghost: 3, knobs: { gamma: 0.5 } }, arrays: {} }
    turn({ gamma: 3 }, { viewed: past })
    assert.equal(link.search, 'panels=loss&depth=6&gamma=3')
  })

  test('has the page make its charts anew when a knob on which they depend stands still', () => {
    turn({ gamma: 2 })
    mock.timers.tick(60000)
    assert.deepEqual(reports, [])
    for (const layer of ['2', '3']) {
      turn({ layer })
      mock.timers.tick(400)
    }
    assert.deepEqual(reports, [])
    turn({ layer: '3', gamma: 4 })
    mock.timers.tick(100)
    assert.deepEqual(reports, [['report', { ...CONFIG, layer: '3', gamma: 4 }]])
    turn({ layer: '3', gamma: 5 })
    mock.timers.tick(60000)
    assert.equal(reports.length, 1)
  })
})
