// Reporting: what Streamlit cannot hear from its own widgets is told to it, until it knows. A slider's value is lost
// with Streamlit's socket, which does not repeat it; and a knob that was turned by pointing has moved no slider.

const FIRST_WAIT = 1000 // ms; Streamlit's socket comes back about when ours does, and what is said before is lost
const MOST = 5 // attempts, each after twice the time
const REST = 300 // ms without another choice, after which a hand that points rests

export class Reporting {
  /** `report` tells Streamlit knobs. */
  constructor (connection, report) {
    Object.assign(this, { connection, report, begun: false, cut: false, timers: {} })
    connection.whenPointed = () => this.later('pointed', () => connection.pointed, REST)
  }

  /** To be called whenever the status changed: once the run is back after a cut, look whether all was reported. */
  look () {
    const { live, status: { state } } = this.connection
    if (state === 'connecting') this.cut = this.begun
    else if (live) {
      this.begun = true
      if (!this.cut) return
      this.cut = false
      this.later('cut', () => this.connection.unreported ? this.connection.knobs : {}, FIRST_WAIT)
    }
  }

  /** Tell after a while what `untold` gives then, and again after longer ones, until that is nothing. */
  later (why, untold, wait, attempt = 1) {
    clearTimeout(this.timers[why])
    this.timers[why] = setTimeout(() => {
      const knobs = { ...untold() }
      if (!Object.keys(knobs).length) return
      this.connection.told = knobs
      this.report(knobs)
      if (attempt < MOST) this.later(why, untold, FIRST_WAIT * 2 ** attempt, attempt + 1)
    }, wait)
  }

  stop () { for (const timer of Object.values(this.timers)) clearTimeout(timer) }
}
