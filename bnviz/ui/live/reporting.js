// Reporting: what a slider was set to is told to Streamlit once, when it is released. If that is lost with Streamlit's
// socket, the run trains with a value that neither the address nor the other controls know of; Streamlit does not repeat it.

const FIRST_WAIT = 1000 // ms; Streamlit's socket comes back about when ours does, and what is said before is lost
const MOST = 5 // attempts, each after twice the time

export class Reporting {
  /** `report` tells Streamlit the knobs as they stand. */
  constructor (connection, report) {
    Object.assign(this, { connection, report, begun: false, cut: false })
  }

  /** To be called whenever the status changed: once the run is back after a cut, look whether all was reported. */
  look () {
    const { live, status: { state } } = this.connection
    if (state === 'connecting') this.cut = this.begun
    else if (live) {
      this.begun = true
      if (!this.cut) return
      this.cut = false
      this.stop()
      this.later(0)
    }
  }

  later (attempts) {
    if (attempts === MOST) return
    this.timer = setTimeout(() => {
      if (!this.connection.unreported) return
      this.report(this.connection.knobs)
      this.later(attempts + 1)
    }, FIRST_WAIT * 2 ** attempts)
  }

  stop () { clearTimeout(this.timer) }
}
