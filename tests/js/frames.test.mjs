import assert from 'node:assert/strict'
import test, { afterEach, beforeEach, describe, mock } from 'node:test'

import { floats } from './frames.mjs'
import { begin, end, LATER, nextFrame, opened, Panel, show } from './live_page.mjs'

beforeEach(begin)
afterEach(end)

/** Arrays of a frame with these fields. */
const arraysOf = (...fields) => Object.fromEntries(fields.map((field) => [field, floats([1], [1])]))

/** Frames with just the fields that were asked for, one every `pause` ms; the fields asked for each time. */
async function played (panels, count, pause) {
  let now = 0
  mock.method(performance, 'now', () => now)
  const { live, socket } = opened(panels)
  live.ready(true)
  const asked = []
  for (let step = 0; step < count; step++) {
    const { fields } = socket.heard('ready').at(-1)
    asked.push(fields)
    now += pause
    socket.show({ step }, Object.fromEntries(fields.map((field) => [field, floats([1], [step])])))
    await nextFrame()
  }
  mock.restoreAll()
  return asked
}

describe('frames', () => {
  test('a frame is drawn in the next animation frame, and the next is asked for at once', async () => {
    const panel = new Panel('drift', { eachFrame: true })
    const { live, socket } = opened([panel])
    show(socket, 5)
    assert.deepEqual(panel.drawn, [])
    assert.deepEqual(socket.heard(), [{ type: 'ready', fields: ['drift'], again: false }])
    await nextFrame()
    assert.deepEqual(socket.heard(), [])
    assert.equal(panel.drawn.length, 1)
    assert.deepEqual(panel.drawn[0].arrays.drift.values, new Float32Array([5]))
    assert.equal(live.header.step, 5)
    assert.equal(live.status.state, 'running')
  })

  test('a page without animation frames soon asks for nothing, and goes on when it has them again', async () => {
    const [panel, loss] = [new Panel('drift', { eachFrame: true }), new Panel('loss')]
    const { socket } = opened([panel, loss])
    show(socket, 5)
    assert.equal(socket.heard('ready').length, 1)
    show(socket, 6)
    mock.timers.tick(LATER)
    show(socket, 7)
    assert.deepEqual(socket.heard('ready').length, 1, 'for the panel in turn')
    await nextFrame()
    assert.deepEqual(panel.drawn.map(({ header }) => header.step), [7])
    assert.equal(socket.heard('ready').length, 1)
  })

  test('a panel in turn whose frame was passed by a newer one draws it all the same, each its own step', async () => {
    let now = 0
    mock.method(performance, 'now', () => now)
    const panels = [new Panel('ridges', { eachFrame: true }), new Panel('loss'), new Panel('accuracy')]
    const { live, socket } = opened(panels)
    live.ready(true)
    socket.show({ step: 1 }, arraysOf('ridges', 'loss', 'accuracy'))
    await nextFrame()
    socket.show({ step: 2 }, arraysOf('ridges', 'loss'))
    socket.show({ step: 3 }, arraysOf('ridges', 'accuracy'))
    socket.show({ step: 4 }, arraysOf('ridges', 'loss'))
    socket.show({ step: 5 }, arraysOf('ridges'))
    now += 60
    await nextFrame()
    const drawn = () => panels.map((panel) => panel.drawn.slice(1).map(({ header }) => header.step))
    assert.deepEqual(drawn(), [[5], [4], [3]])
    socket.show({ step: 6 }, arraysOf('ridges'))
    await nextFrame()
    assert.deepEqual(drawn(), [[5, 6], [4], [3]], 'once')
    mock.restoreAll()
  })

  test('what was passed before a run went back is drawn no more', async () => {
    const panels = [new Panel('ridges', { eachFrame: true }), new Panel('loss')]
    const { live, socket } = opened(panels)
    live.ready(true)
    socket.show({ step: 1, generation: 1 }, arraysOf('ridges', 'loss'))
    await nextFrame()
    socket.show({ step: 2, generation: 1 }, arraysOf('ridges', 'loss'))
    socket.show({ step: 3, generation: 1 }, arraysOf('ridges'))
    socket.show({ step: 0, generation: 2 }, arraysOf('ridges'))
    await nextFrame()
    assert.deepEqual(panels.map((panel) => panel.drawn.slice(1).map(({ header }) => header.step)), [[0], []])
  })

  test('listeners hear of each frame', async () => {
    const { live, socket } = opened()
    const seen = []
    live.join(live.listeners, () => seen.push([live.status.state, live.status.message, live.header.step]))
    socket.show({ step: 3, state: 'waiting', message: 'no variance' })
    await nextFrame()
    assert.deepEqual(seen, [['waiting', 'no variance', 3]])
  })

  test('one is drawn at a time, and of those that come meanwhile the newest', async () => {
    const panel = new Panel('drift', { eachFrame: true })
    const { socket } = opened([panel])
    let done
    panel.busy = new Promise((resolve) => { done = resolve })
    show(socket, 1)
    await nextFrame()
    assert.equal(socket.heard('ready').length, 1)
    show(socket, 2)
    await nextFrame()
    assert.equal(socket.heard('ready').length, 1)
    show(socket, 3)
    await nextFrame()
    assert.deepEqual(panel.drawn.map(({ header }) => header.step), [1])
    assert.deepEqual(socket.heard(), []) // while one waits to be drawn, no other is asked for
    panel.busy = undefined
    done()
    await nextFrame()
    await nextFrame()
    assert.deepEqual(panel.drawn.map(({ header }) => header.step), [1, 3])
    assert.equal(socket.heard('ready').length, 1)
  })

  test('a panel that fails does not stop the frames', async () => {
    const panel = new Panel('drift', { eachFrame: true })
    const { socket } = opened([panel])
    panel.busy = Promise.reject(new Error('cannot draw'))
    show(socket, 1)
    await nextFrame()
    panel.busy = undefined
    show(socket, 2)
    await nextFrame()
    assert.deepEqual(panel.drawn.map(({ header }) => header.step), [1, 2])
  })

  test('only the fields of visible charts are asked for', () => {
    const [seen, hidden] = [new Panel('drift', { eachFrame: true }), new Panel('below', { eachFrame: true, seen: false })]
    const { live, socket } = opened([seen, hidden, new Panel('loss', { seen: false })])
    live.ready()
    assert.deepEqual(socket.heard('ready').map(({ fields }) => fields), [['drift']])
    hidden.seen = true
    live.ready(true)
    assert.deepEqual(socket.heard(), [{ type: 'ready', fields: ['drift', 'below'], again: true }])
  })

  test('some charts are drawn on each frame and the others in turn, all of them', async () => {
    const panels = [new Panel('ridges', { eachFrame: true }), new Panel('loss'), new Panel('accuracy'), new Panel('surface')]
    const asked = await played(panels, 40, 100)
    const turns = asked.filter((fields) => fields.length === 2)
    assert.equal(panels[0].drawn.length, 40)
    for (let i = 20; i < 40; i++) assert.equal(asked.slice(i - 2, i + 1).flat().length, 4, 'with every third one, where frames are rare')
    for (let i = 3; i < turns.length; i++) assert.deepEqual(turns[i], turns[i - 3])
  })

  test('when frames come fast, those in turn keep their pace and leave the others room', async () => {
    const panels = [new Panel('ridges', { eachFrame: true }), new Panel('loss'), new Panel('accuracy')]
    await played(panels, 30, 20) // 600 ms: a turn every 60 ms
    assert.deepEqual(panels.map(({ drawn }) => drawn.length), [30, 5, 5])
  })

  test('a slow panel has its turn no more often than it says, and the others keep theirs', async () => {
    const slow = Object.assign(new Panel('words'), { every: 300 })
    const panels = [new Panel('ridges', { eachFrame: true }), slow, new Panel('loss')]
    await played(panels, 75, 20) // a second and a half
    const times = slow.drawn.map(({ header }) => 20 * header.step)
    assert.ok(times.length >= 3)
    for (let i = 1; i < times.length; i++) assert.ok(times[i] - times[i - 1] >= 300)
    assert.ok(panels[2].drawn.length >= 15)
  })

  test('a slow panel is asked for also when no frame comes any more, and not before its time', async () => {
    let now = 0
    mock.method(performance, 'now', () => now)
    const slow = Object.assign(new Panel('words'), { every: 700 })
    const { live, socket } = opened([slow])
    live.ready(true)
    socket.show({ step: 1 }, { words: floats([1], [1]) })
    await nextFrame()
    assert.deepEqual(socket.heard('ready').at(-1).fields, [])
    now += 699
    mock.timers.tick(699)
    assert.deepEqual(socket.heard('ready'), [])
    now += 1
    mock.timers.tick(1)
    assert.deepEqual(socket.heard('ready').at(-1).fields, ['words'])
    mock.restoreAll()
  })

  test('charts in turn are asked for also when no frame comes any more', async () => {
    let now = 0
    mock.method(performance, 'now', () => now)
    const panels = [new Panel('ridges', { eachFrame: true }), new Panel('loss'), new Panel('accuracy')]
    const { live, socket } = opened(panels)
    live.ready(true)
    socket.show({ step: 1 }, { ridges: floats([1], [1]) })
    await nextFrame()
    assert.deepEqual(socket.heard('ready').at(-1).fields, ['ridges'])
    now += 60
    mock.timers.tick(60)
    assert.equal(socket.heard('ready').at(-1).fields.length, 2)
    mock.restoreAll()
  })

  test('a frame goes to the charts whose fields it holds', async () => {
    const panels = [new Panel('loss'), new Panel('accuracy')]
    await played(panels, 4, 100)
    const [loss, accuracy] = panels.map(({ drawn }) => drawn.map(({ header }) => header.step))
    assert.equal(loss.length, 2)
    assert.equal(accuracy.length, 2)
    assert.deepEqual([...loss, ...accuracy].toSorted(), [0, 1, 2, 3])
  })

  test('a chart that has gone is not drawn', async () => {
    const panel = new Panel('drift', { eachFrame: true })
    const { live, socket } = opened([panel, new Panel('below', { eachFrame: true })])
    show(socket, 1)
    live.leave(live.panels, panel)
    await nextFrame()
    assert.deepEqual(panel.drawn, [])
  })
})
