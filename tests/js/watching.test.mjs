import assert from 'node:assert/strict'
import test, { afterEach, beforeEach, describe, mock } from 'node:test'

import { movedTo, ownOf, tellOwn, tellSettings } from '../../bnviz/ui/live/watching.js'
import { begin, CONFIG, end, KNOBS, LATER, made, opened, Panel, sockets } from './live_page.mjs'

const NAMES = ['depth', 'normalizers', 'gamma', 'seed']
const TURNED = ['gamma', 'seed']

beforeEach(begin)
afterEach(end)

const to = (query, search) => movedTo(query, search, NAMES, TURNED)

describe('where to go', () => {
  test('nowhere, when the charts would look the same', () => {
    assert.equal(to({ depth: ['3'], seed: ['4'] }, '?seed=1&token=T&depth=3&gamma=2'), null)
    assert.equal(to({ normalizers: ['none', 'layer'] }, '?token=T&normalizers=none&normalizers=layer&panels='), null)
  })

  test('to the settings of now, with the same token', () => {
    assert.equal(to({ depth: ['4'], normalizers: ['none', 'layer'] }, '?token=T&depth=3'), 'token=T&depth=4&normalizers=none&normalizers=layer')
    assert.equal(to({}, '?token=T&depth=3'), 'token=T')
  })

  test('what a page shows of a run stays', () => {
    assert.equal(to({ depth: ['4'] }, '?depth=3&panels=loss&panels=drift&token=T&projector=on'), 'panels=loss&panels=drift&token=T&projector=on&depth=4')
  })

  test('what stands in the address is encoded', () => assert.equal(to({ depth: ['x&y=1#'] }, ''), 'depth=x%26y%3D1%23'))
})

describe('the link to a run of one\'s own', () => {
  const joined = { query: { depth: ['3'], gamma: ['2'] }, settings: { depth: 3, normalizers: ['none', 'batch'], gamma: 2, seed: 0 } }
  const own = (knobs, search, run = joined) => ownOf({ ...run, knobs }, search, NAMES)

  test('is that of the run when it was joined, with what the page shows of it', () => {
    assert.equal(own({ gamma: 2 }, '?token=T&depth=3&panels=loss&panels=drift&defaults='), 'panels=loss&panels=drift&depth=3&gamma=2')
  })

  test('has the knobs as they stand since, and no others', () => {
    assert.equal(own({ gamma: 0.5, unknown: 'x' }, '?token=T&depth=3&gamma=2'), 'depth=3&gamma=0.5')
    assert.equal(own({ gamma: 1 }, '?token=T&depth=3&gamma=2'), 'depth=3&gamma=1', 'also put back')
  })

  test('has the seed of the run that came in its place', () => {
    const next = { query: { seed: ['1'] }, settings: { ...joined.settings, seed: 1 } }
    assert.equal(own({ gamma: 2 }, '?token=T&depth=3', next), 'seed=1')
  })

  test('is what the address asks for, where there is no such run', () => {
    assert.equal(ownOf({}, '?token=T&depth=3&panels=loss', []), 'depth=3&panels=loss')
  })

  test('names the defaults, and encodes what it names', () => {
    assert.equal(own({}, '?token=T', { query: {}, settings: {} }), 'defaults=')
    assert.equal(own({ gamma: '"><b>&x=1#' }, '?token=T'), 'depth=3&gamma=%22%3E%3Cb%3E%26x%3D1%23')
  })

  test('is told where it differs, and only where there is one', () => {
    const written = []
    const link = { get search () { return written.at(-1) ?? '?depth=3' }, set search (text) { written.push(`?${text}`) } }
    for (const found of [null, link]) {
      globalThis.document = { querySelector: (selector) => selector === 'a.bnviz-own' ? found : undefined }
      for (const parameters of ['depth=3', 'depth=4', 'depth=4']) tellOwn(parameters)
    }
    delete globalThis.document
    assert.deepEqual(written, ['?depth=4'])
  })
})

describe('who watches', () => {
  let live, socket

  const answer = (id = 'run 1', query = {}) => socket.say({ type: 'run', id, query, settings: { depth: 3 } })

  beforeEach(() => {
    live = made([new Panel('loss', { fields: ['loss'] })])
    live.configure({ ...CONFIG, source: 'training' }, KNOBS, {}, 'watch token')
    socket = sockets[0]
    socket.accept()
    globalThis.location = { search: '?token=watch+token' }
  })

  afterEach(() => { delete globalThis.location })

  test('asks for the run by its token, and for frames', () => {
    assert.deepEqual(socket.heard(), [{ type: 'watch', token: 'watch token', source: 'training' }])
    answer()
    assert.deepEqual([live.settings, live.query], [{ depth: 3 }, {}])
    assert.deepEqual(socket.heard().map(({ type }) => type), ['look', 'ready'])
    assert.equal(sessionStorage.getItem('bnviz.main'), null)
  })

  test('says nothing that would change the run', () => {
    answer()
    socket.heard()
    live.change({ gamma: 2 })
    for (const type of ['play', 'pause', 'step', 'reset', 'speed', 'continue', 'open']) live.send({ type })
    assert.deepEqual(socket.heard(), [])
  })

  test('follows the run to another seed, and forgets the rows of the one before', () => {
    answer()
    live.past.generation = 3
    socket.heard()
    socket.say({ type: 'moved', query: { seed: ['5'] } })
    assert.deepEqual(socket.heard().map(({ type }) => type), ['watch'])
    answer('run 2', { seed: ['5'] })
    assert.equal(live.past.generation, undefined)
    assert.equal(globalThis.location.search, '?token=watch+token')
  })

  test('keeps the rows of the same run, after a while without network', () => {
    answer()
    live.past.generation = 3
    live.open()
    answer()
    assert.equal(live.past.generation, 3)
  })

  test('follows the run to other settings by their address', () => {
    answer('run 1', { depth: ['9'] })
    assert.equal(globalThis.location.search, 'token=watch+token&depth=9')
  })

  test('is told when there is no such run, and does not ask again', () => {
    socket.end(4404, 'it may have ended')
    mock.timers.tick(LATER)
    assert.deepEqual(live.status, { state: 'closed', message: 'it may have ended' })
    assert.equal(sockets.length, 1)
  })
})

test('a page that controls a run which another page of its own replaced asks for one again', () => {
  const { live, socket } = opened()
  socket.say({ type: 'moved', query: { depth: ['9'] } })
  assert.equal(live.status.state, 'restarting')
  assert.equal(socket.heard('open').length, 1)
})

test('settings are told where they have a place, and rewritten only where they differ', () => {
  const places = { gamma: '1', eps: '1e-05', affine: 'learned', normalizers: 'none', depth: '6' }
  const outputs = Object.entries(places).map(([setting, textContent]) => ({ dataset: { setting }, textContent }))
  globalThis.document = { querySelectorAll: (selector) => selector === 'output[data-setting]' ? outputs : [] }
  tellSettings({ gamma: 2.5, eps: 0.00001, affine: 'held', normalizers: ['none', 'batch'], unknown: 1 })
  delete globalThis.document
  assert.deepEqual(outputs.map(({ textContent }) => textContent), ['2.5', '1e-05', 'held', 'none, batch', '6'])
})
