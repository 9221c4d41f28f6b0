import assert from 'node:assert/strict'
import test, { afterEach, beforeEach, describe, mock } from 'node:test'

import { bytes, floats, pack, packRows } from './frames.mjs'
import { begin, CONFIG, end, KNOBS, LATER, nextFrame, opened, Panel, show, sockets } from './live_page.mjs'

beforeEach(begin)
afterEach(end)

const NOW = 20

/** The message with rows of these steps, each of which holds its own number. */
const rowsOf = (steps, { generation = 1, kept = steps, arrays = (step) => ({ drift: floats([1], [step]) }) } = {}) =>
  packRows({ generation, kept }, steps.map((step) => [step, pack({ step, ghost: 0, knobs: {} }, arrays(step))]))

/** A page that has drawn step 20 of a run that plays, of which every fifth step is kept. */
async function running (panels = [new Panel('drift', { eachFrame: true })]) {
  const { live, socket } = opened(panels)
  const answer = async (steps = [0, 5, 10, 15, 20], more = {}) => {
    socket.onmessage({ data: rowsOf(steps, more) })
    await nextFrame()
  }
  const frame = async (header = {}, arrays = { drift: floats([1], [header.step ?? NOW]) }) => {
    socket.show({ step: NOW, generation: 1, playing: true, speed: 60, ...header }, arrays)
    await nextFrame()
  }
  await frame()
  socket.heard()
  return { live, socket, panel: panels[0], answer, frame, said: () => socket.heard().map(({ type }) => type) }
}

/** The same, looking at step 10 of a paused run. */
async function lookingBack (panels) {
  const page = await running(panels)
  page.live.lookBack(10)
  await page.frame({ playing: false, state: 'paused' })
  await page.answer()
  page.socket.heard()
  assert.equal(page.live.viewed.step, 10)
  return page
}

const steps = (panel) => panel.drawn.map(({ header }) => header.step)

describe('taking hold of the timeline', () => {
  test('it pauses the run and asks for the rows, once', async () => {
    const { live, socket } = await running()
    live.lookBack(12)
    live.lookBack(11)
    live.lookBack(7)
    assert.deepEqual(socket.heard(), [{ type: 'pause' }, { type: 'history', after: -1 }])
    assert.equal(live.viewed, null)
  })

  test('when the rows have come, the last step that was wanted is drawn, with a cursor', async () => {
    const { live, panel, answer } = await running()
    live.lookBack(17)
    live.lookBack(7)
    await answer()
    assert.equal(live.viewed.step, 5)
    assert.deepEqual(steps(panel), [NOW, 5])
    assert.equal(panel.drawn[1].header.cursor, 5)
    assert.deepEqual(panel.drawn[1].arrays.drift.values, new Float32Array([5]))
  })

  test('from then on rows are drawn without a word to the server, the newest that is wanted', async () => {
    const { live, socket, panel } = await lookingBack()
    live.lookBack(0)
    live.lookBack(16)
    await nextFrame()
    assert.deepEqual(steps(panel).slice(-1), [15])
    assert.deepEqual(socket.heard(), [])
  })

  test('the first key to the left shows the row before, though the rows come only then', async () => {
    const { live, panel, answer } = await running()
    live.lookBack(NOW, -1)
    await answer()
    assert.equal(panel.drawn.at(-1).header.step, 15)
    live.lookBack(15, -1)
    await nextFrame()
    assert.equal(panel.drawn.at(-1).header.step, 10)
  })

  test('presses of a key while the rows are on their way add up', async () => {
    const { live, answer } = await running()
    for (let i = 0; i < 3; i++) live.lookBack(NOW, -1)
    await answer()
    assert.equal(live.viewed.step, 5)
  })

  test('keys stop at the first row', async () => {
    const { live } = await lookingBack()
    for (const expected of [5, 0, 0]) {
      live.lookBack(live.viewed.step, -1)
      assert.equal(live.viewed.step, expected)
    }
  })

  test('the second time only the rows since are asked for', async () => {
    const { live, socket, frame, answer } = await lookingBack()
    live.backToLive()
    await frame({ step: 32 })
    socket.heard()
    live.lookBack(25)
    assert.deepEqual(socket.heard('history'), [{ type: 'history', after: 19 }])
    await answer([20, 30, 32], { kept: [0, 10, 20, 30, 32] })
    assert.equal(live.viewed.step, 20)
    assert.deepEqual(live.past.rows.map(({ step }) => step), [0, 10, 20, 30, 32])
  })

  test('without a run, or before its first frame, there is no past', () => {
    const { live, socket } = opened()
    live.lookBack(5)
    socket.show({ step: 4, generation: 1 }, { drift: floats([1], [1]) })
    socket.say({ type: 'failed', message: 'no' })
    live.lookBack(0)
    assert.deepEqual(socket.heard('history'), [])
    assert.equal(live.lookingBack, false)
  })
})

describe('live frames while somebody looks back', () => {
  test('one that was on its way is not drawn, and the row stays', async () => {
    const { live, panel, frame } = await lookingBack()
    await frame({ step: 21, state: 'paused', playing: false, message: 'm' })
    assert.deepEqual(steps(panel).slice(-1), [10])
    assert.deepEqual([live.header.step, live.status.state, live.status.message], [21, 'paused', 'm'])
  })

  test('a row says nothing of how the run is now', async () => {
    const { live, panel, socket } = await lookingBack()
    socket.say({ type: 'silent', message: 'no answer' })
    const { drawn: { length } } = panel
    live.lookBack(5)
    await nextFrame()
    assert.equal(panel.drawn.length, length + 1)
    assert.equal(live.status.silence, 'no answer')
  })

  test('one that comes in one breath with the rows does not displace the row', async () => {
    const { live, socket, panel } = await running()
    live.lookBack(10)
    socket.onmessage({ data: rowsOf([0, 5, 10, 15, 20]) })
    socket.show({ step: 21, generation: 1, state: 'paused', playing: false }, { drift: floats([1], [21]) })
    await nextFrame()
    await nextFrame()
    assert.deepEqual(steps(panel), [NOW, 10])
    assert.equal(live.header.step, 21)
  })

  test('one that waited to be drawn when the row was chosen does not displace it either', async () => {
    const { live, socket, panel } = await running()
    live.lookBack(10)
    socket.show({ step: 21, generation: 1 }, { drift: floats([1], [21]) })
    socket.onmessage({ data: rowsOf([0, 5, 10, 15, 20]) })
    await nextFrame()
    await nextFrame()
    assert.equal(panel.drawn.at(-1).header.step, 10)
  })

  test('the page goes on asking for a frame, of nothing: the run is watched, and told to nobody', async () => {
    const { socket, frame } = await lookingBack()
    await frame({ state: 'paused', playing: false })
    assert.deepEqual(socket.heard(), [{ type: 'ready', fields: [], again: false }])
    await frame({ state: 'paused', playing: false }, {})
    assert.deepEqual(socket.heard(), [{ type: 'ready', fields: [], again: false }])
  })

  test('there is always one frame asked for, whenever the row was chosen', async () => {
    const { live, socket } = await running() // which has asked for the frame that comes now
    live.lookBack(10)
    socket.show({ step: 21, generation: 1 }, { drift: floats([1], [21]) })
    socket.onmessage({ data: rowsOf([0, 5, 10, 15, 20]) })
    for (let i = 0; i < 3; i++) await nextFrame()
    assert.equal(socket.heard('ready').length, 1)
  })

  test('a hidden page asks for nothing, though it looks back', async () => {
    const { live, socket, frame } = await lookingBack()
    globalThis.document = { hidden: true }
    live.seen(true)
    await frame({ state: 'paused', playing: false })
    live.ready(true)
    assert.deepEqual(socket.heard(), [{ type: 'away' }])
    document.hidden = false
    live.seen(false)
    assert.equal(socket.heard('ready').length, 1)
    delete globalThis.document
  })

  test('another generation ends the looking back: the run stands elsewhere', async () => {
    const { live, panel, frame, said } = await lookingBack()
    await frame({ step: 0, generation: 2 })
    assert.deepEqual([live.viewed, live.lookingBack, live.past.rows.length], [null, false, 0])
    assert.deepEqual(steps(panel).slice(-1), [0])
    assert.deepEqual(said(), ['ready'])
  })

  test('rows that were asked for before another generation are not mixed with its own', async () => {
    const { live, frame, answer } = await lookingBack()
    live.backToLive()
    await frame({ step: 3, generation: 2 })
    live.lookBack(2)
    await answer([0, 3], { generation: 2 })
    assert.deepEqual(live.past.rows.map(({ step }) => step), [0, 3])
    assert.equal(live.viewed.step, 0)
  })
})

/** A panel that counts what it has drawn, as charts do. */
class Chart extends Panel {
  constructor (...more) {
    super(...more)
    this.frames = []
    this.drawn = 0
  }

  draw (frame) {
    this.frames.push(frame)
    this.drawn++
  }
}

describe('panels while somebody looks back', () => {
  test('a row goes to all that are in sight, each takes what it finds', async () => {
    const [ridges, loss, hidden] = [new Chart('drift', { eachFrame: true }), new Chart('loss'), new Chart('below', { seen: false })]
    const { live, frame, answer } = await running([ridges, loss, hidden])
    await frame({}, { drift: floats([1], [1]), loss: floats([1], [1]) })
    const before = [ridges, loss, hidden].map(({ drawn }) => drawn)
    live.lookBack(10)
    await answer()
    assert.deepEqual([ridges, loss, hidden].map(({ drawn }, i) => drawn - before[i]), [1, 1, 0])
  })

  test('one that comes into sight is drawn the row', async () => {
    const hidden = new Panel('below', { seen: false })
    const { live } = await lookingBack([new Panel('drift', { eachFrame: true }), hidden])
    hidden.seen = true
    live.ready(true)
    await nextFrame()
    assert.deepEqual(steps(hidden), [10])
  })

  test('one that is opened and finds its numbers in the row is drawn that', async () => {
    const { live, socket } = await lookingBack()
    const added = new Chart('drift')
    live.join(live.panels, added)
    live.ready(true)
    await nextFrame()
    assert.deepEqual(added.frames.map(({ header }) => header.step), [10])
    assert.equal(live.viewed.step, 10)
    assert.ok(socket.heard('ready').length > 0)
  })

  test('one that does not is filled by a live frame, and then marked where the others look', async () => {
    const { live, socket, panel, frame } = await lookingBack()
    const before = panel.drawn.length
    const added = new Chart('loss')
    live.join(live.panels, added)
    live.ready(true)
    await nextFrame()
    assert.deepEqual(added.frames, [])
    assert.deepEqual(socket.heard('ready').at(-1), { type: 'ready', fields: ['loss'], again: true })
    await frame({ step: 21, state: 'paused' }, { loss: floats([1], [2]) })
    await nextFrame()
    assert.deepEqual(added.frames.map(({ header }) => header.cursor ?? 'live'), ['live', 10])
    assert.ok(steps(panel).slice(before).every((step) => step === 10))
    await frame({ step: 21, state: 'paused' }, {})
    assert.deepEqual(socket.heard('ready').at(-1).fields, [])
  })

  test('all of them are looked at, in sight or not, and none that has gone', async () => {
    const [ridges, hidden] = [new Panel('drift', { eachFrame: true }), new Panel('below', { seen: false, fields: ['below', 'above'] })]
    const { live, socket } = opened([ridges, hidden])
    live.ready(true)
    assert.deepEqual(socket.heard('look'), []) // it has said so when the run was there
    const added = new Panel('loss')
    live.join(live.panels, added)
    assert.deepEqual(socket.heard('look'), [{ type: 'look', fields: ['above', 'below', 'drift', 'loss'] }])
    live.leave(live.panels, hidden)
    assert.deepEqual(socket.heard('look'), [])
    mock.timers.tick(LATER)
    assert.deepEqual(socket.heard('look'), [{ type: 'look', fields: ['drift', 'loss'] }])
  })

  test('of one that is drawn anew there is nothing to say', () => {
    const { live, socket } = opened()
    const [panel] = live.panels
    live.leave(live.panels, panel)
    live.join(live.panels, panel)
    mock.timers.tick(LATER)
    assert.deepEqual(socket.heard('look'), [])
  })
})

describe('back to the run', () => {
  test('it plays again when it did, and shows where it stands', async () => {
    const { live, socket, panel, frame } = await lookingBack()
    live.backToLive()
    assert.deepEqual(socket.heard(), [{ type: 'play' }, { type: 'ready', fields: ['drift'], again: true }])
    assert.equal(live.viewed, null)
    await frame({ step: 22 })
    assert.equal(panel.drawn.at(-1).header.step, 22)
  })

  test('it stays paused when it was', async () => {
    const { live, frame, answer, said } = await running()
    await frame({ playing: false, state: 'paused' })
    said()
    live.lookBack(5)
    await answer()
    said()
    live.backToLive()
    assert.deepEqual(said(), ['ready'])
  })

  test('a row that was still to be drawn is not, and live frames are', async () => {
    const { live, panel, frame } = await lookingBack()
    live.lookBack(0)
    live.backToLive()
    await nextFrame()
    await frame({ step: 22 })
    assert.deepEqual(steps(panel).slice(-2), [10, 22])
  })

  test('who is back before the rows have come looks at nothing when they do', async () => {
    const { live, panel, answer } = await running()
    live.lookBack(5)
    live.backToLive()
    await answer()
    assert.equal(live.viewed, null)
    assert.deepEqual(steps(panel), [NOW])
  })

  test('on from here: it says from where, and live frames are drawn', async () => {
    const { live, socket, panel, frame } = await lookingBack()
    live.continueHere()
    assert.deepEqual(socket.heard(), [{ type: 'continue', step: 10 }, { type: 'ready', fields: ['drift'], again: true }])
    await frame({ step: 10, generation: 2, state: 'restarting' })
    assert.deepEqual([panel.drawn.at(-1).header.step, live.status.state, live.past.rows.length], [10, 'restarting', 0])
    live.continueHere() // nothing is looked at
    assert.deepEqual(socket.heard('continue'), [])
  })
})

/** The socket breaks off, the page connects again, and the server answers. */
function reconnected (token) {
  sockets.at(-1).end()
  mock.timers.tick(LATER)
  const socket = sockets.at(-1)
  socket.accept()
  const open = socket.heard('open')[0]
  socket.say({ type: 'run', token })
  return { socket, open }
}

describe('the network and the run while somebody looks back', () => {
  test('the same run: the rows are kept, and the same one is looked at', async () => {
    const { live, panel } = await lookingBack()
    const { socket } = reconnected('token 1')
    await nextFrame()
    assert.deepEqual([live.viewed.step, live.past.rows.length], [10, 5])
    assert.equal(panel.drawn.at(-1).header.step, 10)
    assert.deepEqual(socket.heard().map(({ type, fields }) => [type, fields]), [['look', ['drift']], ['ready', []]])
  })

  test('another run: rows and pin are forgotten, and it goes on as the last one went before it was paused to look back', async () => {
    const { live } = await lookingBack()
    live.togglePin()
    const { open } = reconnected('token 2')
    assert.deepEqual([live.viewed, live.lookingBack, live.past.rows.length, live.past.pinned], [null, false, 0, null])
    assert.notEqual(open.playing, false)
  })

  test('rows that were lost on their way are asked for again', async () => {
    const { live } = await running()
    live.lookBack(10)
    const { socket } = reconnected('token 1')
    assert.deepEqual(socket.heard('history'), [{ type: 'history', after: -1 }])
    socket.onmessage({ data: rowsOf([0, 5, 10]) })
    assert.equal(live.viewed.step, 10)
  })

  test('so are those of a pin', async () => {
    const { live } = await running()
    live.togglePin()
    const { socket } = reconnected('token 1')
    assert.equal(socket.heard('history').length, 1)
    socket.onmessage({ data: rowsOf([0, 20]) })
    assert.equal(live.past.pinned.step, 20)
  })

  test('the run ends: nothing more is drawn of it, and the new one plays', async () => {
    const { live, socket, panel } = await lookingBack()
    live.lookBack(0)
    socket.say({ type: 'lost', message: '' })
    const [{ playing }] = socket.heard('open')
    assert.notEqual(playing, false)
    await nextFrame()
    assert.deepEqual(steps(panel).slice(-1), [10])
    socket.say({ type: 'run', token: 'token 2' })
    assert.equal(live.lookingBack, false)
    assert.deepEqual(socket.heard('ready').map(({ fields }) => fields), [['drift']])
  })

  test('rows of a run that was left are passed over', async () => {
    const { live, answer } = await running()
    live.lookBack(10)
    live.configure({ ...CONFIG, depth: 7 }, KNOBS)
    await answer()
    assert.deepEqual([live.viewed, live.past.rows.length], [null, 0])
  })

  test('a frame that is given up before it is drawn does not stop the drawing', async () => {
    const { live, socket, panel } = await running()
    show(socket, 21)
    live.configure({ ...CONFIG, depth: 7 }, KNOBS)
    await nextFrame()
    socket.say({ type: 'run', token: 'token 2' })
    show(socket, 1)
    await nextFrame()
    assert.deepEqual(steps(panel), [NOW, 1])
  })
})

const profiles = (step) => ({ drift: floats([1], [step]), 'profile/activation': bytes([3], [step, 255, 0]) })
const ghosted = (panel) => [...panel.drawn.at(-1).arrays['ghost/activation'].values]

describe('a pinned step', () => {
  const live20 = { drift: floats([1], [1]), 'ghost/activation': bytes([3], [7, 7, 7]) }

  test('its distributions stand in for the ghost of every frame, until it is let go', async () => {
    const { live, panel, frame, answer } = await running()
    live.lookBack(10)
    await answer([0, 5, 10, 15, 20], { arrays: profiles })
    live.togglePin()
    assert.equal(live.past.pinned.step, 10)
    live.backToLive()
    await frame({}, live20)
    assert.deepEqual(ghosted(panel), [10, 255, 0])
    await frame({ generation: 2 }, live20) // also when the run stands elsewhere: it is there to compare with
    assert.deepEqual(ghosted(panel), [10, 255, 0])
    live.togglePin()
    await frame({ generation: 2 }, live20)
    assert.deepEqual(ghosted(panel), [7, 7, 7])
  })

  test('of a run that is not looked back at, it is the step of now', async () => {
    const { live, socket, panel, frame, answer } = await running()
    live.togglePin()
    assert.deepEqual(socket.heard(), [{ type: 'history', after: -1 }]) // and the run goes on
    await answer([0, 20], { arrays: profiles })
    assert.equal(live.past.pinned.step, 20)
    assert.equal(live.viewed, null)
    assert.equal(socket.heard('ready')[0].again, true) // a paused run shows it too
    await frame({}, live20)
    assert.deepEqual(ghosted(panel), [20, 255, 0])
  })

  test('pressed again before the row has come, nothing is pinned', async () => {
    const { live, answer } = await running()
    live.togglePin()
    live.togglePin()
    await answer()
    assert.equal(live.past.pinned, null)
  })

  test('pinned while the past is looked at, the row is drawn again with it', async () => {
    const { live, panel } = await lookingBack()
    const before = panel.drawn.length
    live.togglePin()
    await nextFrame()
    assert.deepEqual(steps(panel).slice(before), [10])
  })
})
