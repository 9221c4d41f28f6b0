// Watching somebody else's run: what may be said then, where to go when it goes on with other settings, what the page
// tells of its settings, and the link to them as a run of one's own.

import { write } from './dom.js'

export const WATCHING = new Set(['watch', 'ready', 'away', 'look', 'history', 'ping'])

/**
 * The parameters of the page with these settings in place of those in `search`; null where the same is drawn already.
 * `names` are those of all settings, `turned` of those that change while charts stay: knobs and the seed.
 */
export function movedTo (query, search, names, turned) {
  const next = asking(query, search, names)
  return drawn(next.toString(), turned) === drawn(search, turned) ? null : next.toString()
}

/** The parameters in `search` with those of `query` in place of all of these names. */
function asking (query, search, names) {
  const next = new URLSearchParams(search)
  for (const name of names) next.delete(name)
  for (const [name, texts] of Object.entries(query)) for (const text of texts) next.append(name, text)
  return next
}

/**
 * The parameters of the page that opens a run as this one stands as one's own: `query` and `settings` are the run's when
 * it was joined, `knobs` stand as they do now, `names` are those of all settings that are known of it.
 */
export function ownOf ({ query = {}, settings = {}, knobs = {} }, search, names) {
  const turned = names.filter((name) => name in settings && name in knobs && String(knobs[name]) !== String(settings[name]))
  const now = { ...query, ...Object.fromEntries(turned.map((name) => [name, [String(knobs[name])]])) }
  return asking(now, search, [...names, 'token', 'defaults']).toString() || 'defaults=' // as bnviz/ui/address.py names them
}

/** Let the link to a run of one's own ask for these parameters. */
export function tellOwn (parameters) {
  const link = document.querySelector('a.bnviz-own')
  if (link && link.search !== `?${parameters}`) link.search = parameters
}

/** What of an address decides how charts look, in whatever order it stands there. */
function drawn (search, turned) {
  const parameters = new URLSearchParams(search)
  for (const name of turned) parameters.delete(name)
  parameters.sort()
  return parameters.toString()
}

/** Let the page say what these settings are, wherever it names one in place of a control. */
export function tellSettings (settings) {
  for (const output of document.querySelectorAll('output[data-setting]')) {
    const value = settings[output.dataset.setting]
    if (value === undefined || Number(output.textContent) === value) continue // 1e-05 is 0.00001
    write(output, [value].flat().join(', '))
  }
}
