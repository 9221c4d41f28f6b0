import assert from 'node:assert/strict'
import test from 'node:test'

import { HELD_EVERY, HELD_FRAMES, HELD_MOST, PAUSE, REST, Turns, TURN_EVERY } from '../../bnviz/ui/live/turns.js'

const panels = (...every) => every.map((ms, place) => ({ name: place, every: ms, drawn: 1 }))
const names = ({ turns }) => turns.map(({ name }) => name)

/** Turns of panels that have all had one at 0 ms, one after the other. */
function going (...every) {
  const turns = new Turns()
  const them = panels(...every)
  for (const panel of them) turns.had.set(panel, 0)
  turns.last = 0
  return { take: (now, again) => turns.take(them, now, again), turns, them }
}

test('one after the other, and none before its time', () => {
  const { take } = going(0, 0, 0)
  assert.deepEqual(take(TURN_EVERY - 1), { turns: [], wait: 1 })
  assert.deepEqual([1, 2, 3, 4].map((turn) => names(take(turn * TURN_EVERY))), [[0], [1], [2], [0]])
})

test('where frames are rare, every third one has a turn; a pause says nothing of that', () => {
  const { take, turns } = going(0, 0, 0)
  for (let now = 100; now <= 3000; now += 100) turns.frame(now)
  turns.last = 3000
  assert.deepEqual([3290, 3300, 3590, 3600, 3900].map((now) => names(take(now))), [[], [0], [], [1], [2]])
  turns.frame(3001 + PAUSE)
  assert.deepEqual([4190, 4200].map((now) => names(take(now))), [[], [0]])
  for (let now = 4210; now <= 4500; now += 10) turns.frame(now)
  turns.last = 4500
  assert.deepEqual(names(take(4500 + TURN_EVERY)), [1])
})

test('a slow panel has its own pace, and does not keep the others waiting', () => {
  const { take } = going(500, 0)
  assert.deepEqual(names(take(400)), [1])
  assert.deepEqual([499, 500, 600, 900, 999, 1100].map((now) => names(take(now))), [[1], [], [0], [1], [1], [0]])
})

test('a slow panel is as rare as frames are', () => {
  const { take, turns } = going(500)
  for (let now = 100; now <= 6000; now += 2 * TURN_EVERY) turns.frame(now)
  turns.had.set(turns.had.keys().next().value, 5900)
  turns.last = 5900
  assert.deepEqual([6800, 6950].map((now) => names(take(now))), [[], [0]])
})

test('when another has had its turn, a slow panel is waited for: no frame may come of a run that stands', () => {
  const { take } = going(500, 0, 0)
  assert.deepEqual([100, 480].map((now) => [names(take(now)), take(now).wait]), [[[1], TURN_EVERY], [[2], TURN_EVERY]])
})

test('what shows nothing yet is drawn at once, all of it', () => {
  const { take, them } = going(0, 0, 500)
  for (const panel of them) panel.drawn = 0
  assert.deepEqual(names(take(1)).toSorted(), [0, 1, 2])
})

test('asked again, one has a turn at once; where there are none, there is nothing to wait for', () => {
  const { take } = going(500, 0)
  assert.equal(take(1, true).turns.length, 1)
  assert.deepEqual(new Turns().take([], 5), { turns: [], wait: null })
})

test('while a hand moves a slider the others wait for it to rest, or for a second', () => {
  const { take, turns } = going(0, 0)
  for (let now = 0; now < HELD_EVERY; now += 30) {
    turns.hold(now)
    assert.deepEqual(take(now), { turns: [], wait: Math.min(REST, HELD_EVERY - now) })
  }
  turns.hold(HELD_EVERY)
  assert.deepEqual(names(take(HELD_EVERY)), [0])
  const rests = HELD_EVERY + REST
  assert.deepEqual(take(rests - 1), { turns: [], wait: 1 })
  assert.deepEqual(names(take(rests)), [1])
})

test('where frames take long, the others wait for more of them while a hand moves, but not for ever', () => {
  for (const [gap, wait] of [[10, HELD_EVERY], [25, HELD_FRAMES * 25], [400, HELD_MOST]]) {
    const { turns } = going(0)
    for (let now = gap; now <= 100 * gap; now += gap) turns.frame(now)
    assert.ok(Math.abs(turns.heldEvery - wait) < 1)
  }
})

test('while a hand moves a slider, what shows nothing yet is drawn all the same, and what is asked again', () => {
  const { take, turns, them } = going(0, 0)
  turns.hold(1)
  assert.equal(take(1, true).turns.length, 1)
  them[1].drawn = 0
  assert.deepEqual(names(take(2)), [1])
})

test('when no frame comes any more, all have a turn once, a slow one too', () => {
  const { turns, them } = going(0, 0, 500)
  turns.had.set(them[0], 900).set(them[1], 950).set(them[2], 600)
  turns.last = 950
  turns.frame(990)
  const shown = []
  let now = 1000
  for (;;) { // the server answers nothing: it has shown what is there
    const found = turns.take(them, now)
    shown.push(...names(found))
    if (found.wait === null) break
    now += found.wait
  }
  assert.deepEqual(shown.toSorted(), [0, 1, 2])
  assert.ok(now < 2000)
  turns.frame(now + 1) // until there is something new
  assert.equal(turns.take(them, now + 600).turns.length, 1)
})

test('what has gone is forgotten', () => {
  const { turns, them } = going(0)
  turns.forget(them[0])
  assert.equal(turns.had.size, 0)
})
