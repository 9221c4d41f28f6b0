// Watching somebody else's run: what may be said then, and where to go when it goes on with other settings.

export const WATCHING = new Set(['watch', 'ready', 'away', 'look', 'history', 'ping'])

/**
 * The address of the page that watches the same token with these settings; null where `search` draws the same already.
 * `turned` are the names of what changes while charts stay: knobs and the seed.
 */
export function movedTo (query, token, search, turned) {
  const next = new URLSearchParams({ token })
  for (const [name, texts] of Object.entries(query)) for (const text of texts) next.append(name, text)
  return drawn(next.toString(), turned) === drawn(search, turned) ? null : next.toString()
}

/** What of an address decides how charts look, in whatever order it stands there. */
function drawn (search, turned) {
  const parameters = new URLSearchParams(search)
  for (const name of turned) parameters.delete(name)
  parameters.sort()
  return parameters.toString()
}
