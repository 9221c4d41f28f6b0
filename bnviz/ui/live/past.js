// The past of a run as this page knows it: rows by step, and the one that is pinned as a ghost. It draws nothing.

export class Past {
  constructor () { this.forget() }

  /** Of another run; nothing of this one fits it. */
  forget () {
    this.clear()
    this.pinned = null
  }

  /** The run stands elsewhere than it did; what is pinned stays, to compare with. */
  clear (generation) {
    this.generation = generation
    this.rows = []
  }

  /** The steps at both ends, or null while nothing is there. */
  get ends () { return this.rows.length ? [this.rows[0].step, this.rows.at(-1).step] : null }

  /** Take in the rows of a message; steps that the server keeps no more are dropped. */
  take ({ header: { generation, kept } }, rows) {
    if (generation !== this.generation) this.clear(generation)
    const fresh = new Set(rows.map(({ step }) => step))
    const stays = new Set(kept)
    this.rows = [...this.rows.filter(({ step }) => stays.has(step) && !fresh.has(step)), ...rows]
      .toSorted((one, other) => one.step - other.step)
  }

  /** The last row at or before a step, else the first. */
  at (step) { return this.rows.findLast((row) => row.step <= step) ?? this.rows[0] ?? null }

  /** The neighbour of the row of a step, `by` rows on. */
  beside (step, by) {
    const place = this.rows.indexOf(this.at(step)) + by
    return this.rows[Math.min(Math.max(place, 0), this.rows.length - 1)] ?? null
  }

  /** Arrays with the ghost of the pinned row in place of the server's: `ghost/SITE`, and `FIELD_ghost`. */
  ghosted (arrays) {
    if (!this.pinned) return arrays
    const result = { ...arrays }
    for (const name of Object.keys(arrays)) {
      const shown = name.startsWith('ghost/') ? name.replace('ghost/', 'profile/') : name.match(/^(.*)_ghost$/)?.[1]
      const pinned = shown && this.pinned.arrays[shown]
      if (pinned) result[name] = pinned
    }
    return result
  }
}
