import { Counter, type Histogram, type Registry } from 'prom-client'

/** The name of a metric, what it counts, and where it is read. */
interface Definition {
  readonly name: string
  readonly help: string
  readonly registers: readonly Registry[]
}

/** Times of one label value: how many in each bucket and beyond the last, and their sum in seconds. */
interface Times {
  readonly counts: number[]
  sum: number
}

/**
 * A histogram of times by one label, for what each request does: prom-client's own makes several objects and texts for each
 * observation, and writes the bounds of its buckets as texts.
 */
export class TimeHistogram {
  readonly name: string
  readonly help: string
  readonly type = 'histogram'
  readonly aggregator = 'sum'
  private readonly label: string
  /** The upper bounds of the buckets, in seconds. */
  private readonly bounds: readonly number[]
  private readonly times = new Map<string, Times>()

  constructor({ name, help, registers, label, bounds }: Definition & { label: string; bounds: readonly number[] }) {
    this.name = name
    this.help = help
    this.label = label
    this.bounds = bounds
    for (const registry of registers) registry.registerMetric(this as unknown as Histogram)
  }

  observe(value: string, seconds: number): void {
    const times = this.of(value)
    const bucket = this.bounds.findIndex((bound) => seconds <= bound)
    const index = bucket < 0 ? this.bounds.length : bucket
    times.counts[index] = (times.counts[index] ?? 0) + 1
    times.sum += seconds
  }

  /** The times of a label value; shows it in the metrics from now on. */
  of(value: string): Times {
    const known = this.times.get(value)
    if (known) return known
    const times = { counts: [...this.bounds, Infinity].map(() => 0), sum: 0 }
    this.times.set(value, times)
    return times
  }

  /** Called by prom-client. */
  async get() {
    const { name, help, type, aggregator } = this
    return {
      name,
      help,
      type,
      aggregator,
      values: [...this.times].flatMap(([value, times]) => this.lines(value, times)),
    }
  }

  private lines(value: string, { counts, sum }: Times) {
    const labels = { [this.label]: value }
    let count = 0
    const buckets = [...this.bounds, '+Inf'].map((le, index) => {
      count += counts[index] ?? 0
      return { metricName: `${this.name}_bucket`, labels: { le, ...labels }, value: count }
    })
    return [
      ...buckets,
      { metricName: `${this.name}_sum`, labels, value: sum },
      { metricName: `${this.name}_count`, labels, value: count },
    ]
  }
}

/** Counts requests by route and status. prom-client's own counter makes a text for each request; this one when it is read. */
export class RequestCounter {
  private readonly counts = new Map<string, Map<number, number>>()

  constructor({ name, help, registers }: Definition) {
    const { counts } = this
    void new Counter({
      name,
      help,
      labelNames: ['route', 'status'],
      registers: [...registers],
      collect() {
        this.reset()
        for (const [route, ofRoute] of counts) for (const [status, count] of ofRoute) this.inc({ route, status }, count)
      },
    })
  }

  inc(route: string, status: number, by = 1): void {
    let ofRoute = this.counts.get(route)
    if (!ofRoute) this.counts.set(route, (ofRoute = new Map()))
    ofRoute.set(status, (ofRoute.get(status) ?? 0) + by)
  }
}
