// The tab: a name that loading the page again keeps, and copying the tab does not.

const KEY = 'bnviz.tab'

/**
 * The name of this tab, for as long as the page is open. It is in the tab's storage only from when the page goes until
 * the next one comes: a copy of the tab begins with a copy of the storage, and finds no name there.
 */
export function takeName () {
  const name = sessionStorage.getItem(KEY) ?? Math.random().toString(36).slice(2)
  const forget = () => sessionStorage.removeItem(KEY)
  forget()
  addEventListener('pagehide', () => sessionStorage.setItem(KEY, name))
  addEventListener('pageshow', forget) // a page may come back as it was
  return name
}
