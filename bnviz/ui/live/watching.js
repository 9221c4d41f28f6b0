// Watching somebody else's run: what may be said then, and where to go when it goes on with other settings.

export const WATCHING = new Set(['watch', 'ready', 'away', 'look', 'history'])

/** The address of the page that watches the same token with these settings; null where `search` draws the same already. */
export function movedTo (query, token, search) {
  const next = new URLSearchParams({ token })
  for (const [name, texts] of Object.entries(query)) for (const text of texts) next.append(name, text)
  return drawn(next.toString()) === drawn(search) ? null : next.toString()
}

/** What of an address decides how charts look: all but the seed, in whatever order. */
function drawn (search) {
  const parameters = new URLSearchParams(search)
  parameters.delete('seed')
  parameters.sort()
  return parameters.toString()
}
