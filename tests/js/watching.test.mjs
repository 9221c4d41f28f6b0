import assert from 'node:assert/strict'
import test, { afterEach, beforeEach, describe, mock } from 'node:test'

import { movedTo } from '../../bnviz/ui/live/watching.js'
import { begin, CONFIG, end, KNOBS, LATER, made, opened, Panel, sockets } from './live_page.mjs'

const TURNED = ['gamma', 'seed']

beforeEach(begin)
afterEach(end)

describe('where to go', () => {
  test('nowhere, when the charts would look the same', () => {
    assert.equal(movedTo({ depth: ['3'], seed: ['4'] }, 'T', '?seed=1&token=T&depth=3&gamma=2', TURNED), null)
    assert.equal(movedTo({ normalizers: ['none', 'layer'] }, 'T', '?token=T&normalizers=none&normalizers=layer', TURNED), null)
  })

  test('to the settings of now, with the same token', () => {
    assert.equal(movedTo({ depth: ['4'], normalizers: ['none', 'layer'] }, 'T', '?token=T&depth=3', TURNED), 'token=T&depth=4&normalizers=none&normalizers=layer')
    assert.equal(movedTo({}, 'T', '?token=T&depth=3', TURNED), 'token=T')
  })

  test('what stands in the address is encoded', () => assert.equal(movedTo({ a: ['x&y=1#'] }, 'T', '', TURNED), 'token=T&a=x%26y%3D1%23'))
})

describe('who watches', () => {
  let live, socket

  const answer = (id = 'run 1', query = {}) => socket.say({ type: 'run', id, query })

  beforeEach(() => {
    live = made([new Panel('loss', { fields: ['loss'] })])
    live.configure({ ...CONFIG }, KNOBS, {}, 'watch token')
    socket = sockets[0]
    socket.accept()
    globalThis.location = { search: '?token=watch+token' }
  })

  afterEach(() => { delete globalThis.location })

  test('asks for the run by its token, and for frames', () => {
    assert.deepEqual(socket.heard(), [{ type: 'watch', token: 'watch token' }])
    answer()
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
    assert.deepEqual(socket.heard(), [{ type: 'watch', token: 'watch token' }])
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
