// Turns: which of the panels that are not drawn on each frame are drawn with the next.

export const TURN_EVERY = 50 // ms between two panels, or three frames where these are rare: a server with many runs has more to do
export const PAUSE = 500 // ms without a frame that are a pause, and say nothing of how fast frames come
export const REST = 150 // ms without a move after which a hand rests
export const HELD_EVERY = 1000 // ms between two panels until then: each makes the frame that the hand waits for a late one
export const HELD_FRAMES = 60 // and so many frames at least, where these take long
export const HELD_MOST = 2000 // ms, however long they take

export class Turns {
  constructor () {
    this.last = -Infinity // when a panel had its turn last
    this.gap = 0 // ms between two frames, on the average
    this.framed = -Infinity // when a frame came last
    this.newest = Infinity // likewise; until one has come, any panel may have a turn
    this.held = -Infinity // when a hand moved a slider last
    this.had = new Map() // when each of them had its turn
  }

  /** A frame has come. */
  frame (now) {
    const gap = now - this.framed
    this.framed = this.newest = now
    if (gap <= PAUSE) this.gap += (gap - this.gap) / 4
  }

  get heldEvery () { return Math.min(Math.max(HELD_EVERY, HELD_FRAMES * this.gap), HELD_MOST) }

  /** A hand moves a slider. */
  hold (now) { this.held = now }

  /**
   * The panels whose turn it is: those that show nothing yet, and the one that has waited longest; with `again` one at
   * once. `wait` is the time in ms until another one is to have a turn, null where all have had one since the newest
   * frame came: they show what is there.
   */
  take (panels, now, again = false, every = Math.max(TURN_EVERY, 3 * this.gap)) {
    const turnOf = (panel) => this.had.get(panel) ?? -Infinity
    const rare = Math.max(1, this.gap / TURN_EVERY) // text is as rare as frames are
    const due = (panel) => again || panel.drawn === 0 ? -Infinity : turnOf(panel) + (panel.every ?? 0) * rare
    const waiting = panels.filter((panel) => again || panel.drawn === 0 || turnOf(panel) <= this.newest)
      .toSorted((one, other) => turnOf(one) - turnOf(other))
    const held = now < this.held + REST
    const free = held ? Math.min(this.held + REST, this.last + this.heldEvery) : this.last + every
    const open = again || free <= now
    const first = open && waiting.find((panel) => due(panel) <= now)
    const turns = waiting.filter((panel) => panel.drawn === 0 || panel === first)
    if (turns.length) this.last = now
    for (const panel of turns) this.had.set(panel, now)
    const others = waiting.filter((panel) => !turns.includes(panel))
    const next = turns.length ? now + every : free
    const wait = others.length ? Math.max(next, Math.min(...others.map(due))) - now : null
    return { turns, wait }
  }

  forget (panel) { this.had.delete(panel) }
}
