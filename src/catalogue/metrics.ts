import { type AttributeName, ownerAttributes } from './attributes.ts'
import { tcpMetrics } from './tcp-metrics.ts'

/**
 * What the value of a row does to its series (PointBatch.values):
 *
 * - `counter`: is added to the total, which only grows
 * - `updowncounter`: is a part of what there is now: the rows of an interval are added up, and replace those of the
 *   same receiver's interval before; a series that has no row in it is 0
 * - `gauge`: replaces the value
 * - `histogram`: is one observation
 */
export type Instrument = Metric['instrument']

interface Described {
  /** OpenTelemetry name: no unit and no `total` in it. */
  readonly name: string
  /** UCUM. */
  readonly unit: string
  readonly description: string
  /** What its series are told apart by, unless the configuration says otherwise. */
  readonly attributes: readonly AttributeName[]
  /** What else the configuration may ask for. */
  readonly optIn: readonly AttributeName[]
}

export type Metric = Described &
  (
    | { readonly instrument: 'counter' | 'updowncounter' | 'gauge' }
    /** Upper bounds, inclusive, rising, in the metric's unit; what is above the last has a bucket too. */
    | { readonly instrument: 'histogram'; readonly buckets: readonly number[] }
  )

const edge = ['network.transport', 'network.type', 'netsonde.estimated'] as const
const edgeOptIn = [
  'source.address',
  'source.port',
  'destination.address',
  'destination.port',
  'netsonde.service.address',
  'netsonde.service.port',
  'network.interface.name',
  'source.mac',
  'destination.mac',
  ...ownerAttributes,
  'netsonde.flow.direction.evidence',
] as const

/** The only place where metrics are named. Exporters, configuration and documentation read it. */
const table = [
  {
    name: 'netsonde.flow.io',
    unit: 'By',
    instrument: 'counter',
    description:
      'Bytes on the wire, by sender and receiver: frames from the Ethernet header on, without the FCS (at sockets: IP packets)',
    attributes: [...edge, 'netsonde.flow.direction'],
    optIn: edgeOptIn,
  },
  {
    name: 'netsonde.flow.packets',
    unit: '{packet}',
    instrument: 'counter',
    description:
      'Packets on the wire, by sender and receiver: segments, where the kernel carries several as one',
    attributes: [...edge, 'netsonde.flow.direction'],
    optIn: edgeOptIn,
  },
  {
    name: 'netsonde.flow.count',
    unit: '{flow}',
    instrument: 'counter',
    description: 'Connections seen for the first time; the source is the client where it is known',
    attributes: edge,
    optIn: edgeOptIn,
  },
  {
    name: 'netsonde.flow.unreachable',
    unit: '{packet}',
    instrument: 'counter',
    description:
      'Packets that did not arrive, as ICMP told their sender; by sender and receiver of those packets',
    attributes: [...edge, 'error.type'],
    optIn: ['source.address', 'source.port', 'destination.address', 'destination.port'],
  },
  {
    name: 'netsonde.capture.packets',
    unit: '{packet}',
    instrument: 'counter',
    description: 'Packets seen, by what became of them; the outcomes add up to netsonde.capture.seen.packets',
    attributes: ['outcome', 'reason'],
    optIn: [],
  },
  {
    name: 'netsonde.capture.io',
    unit: 'By',
    instrument: 'counter',
    description:
      'Bytes seen, by what became of their packets; the outcomes add up to netsonde.capture.seen.io',
    attributes: ['outcome', 'reason'],
    optIn: [],
  },
  {
    name: 'netsonde.capture.seen.packets',
    unit: '{packet}',
    instrument: 'counter',
    description: 'Packets that passed the hooks, counted at the door',
    attributes: [],
    optIn: [],
  },
  {
    name: 'netsonde.capture.seen.io',
    unit: 'By',
    instrument: 'counter',
    description: 'Bytes that passed the hooks, counted before any packet is told from another',
    attributes: [],
    optIn: [],
  },
  {
    name: 'netsonde.capture.coverage',
    unit: '1',
    instrument: 'gauge',
    description:
      'Share of the packets to be accounted that was: accounted / (seen - repeated - filtered - not_ip), in the last interval with traffic',
    attributes: [],
    optIn: [],
  },
  {
    name: 'netsonde.nat.connections',
    unit: '{connection}',
    instrument: 'gauge',
    description:
      'Connections that the node translates (NAT) and that are counted once, under the untranslated source and the real destination',
    attributes: [],
    optIn: [],
  },
  {
    name: 'netsonde.nat.unresolved',
    unit: '{connection}',
    instrument: 'counter',
    description:
      'New connections that were held back for an interval because conntrack did not know them, and were then handed on as they are; ICMP errors that there was no room to note',
    attributes: [],
    optIn: [],
  },
  {
    name: 'netsonde.nat.forgotten',
    unit: '{connection}',
    instrument: 'counter',
    description:
      'Translated connections that were forgotten because there were more than max_flows: what they still send is not joined',
    attributes: [],
    optIn: [],
  },
  {
    name: 'netsonde.capture.relative_error',
    unit: '1',
    instrument: 'gauge',
    description:
      'With sampling: relative standard error of the bytes estimated for the last interval with traffic, all connections together. sqrt((1 - 1/N) x sum of bytes²) / sum of bytes, over the sampled packets as the kernel carries them',
    attributes: [],
    optIn: [],
  },
  {
    name: 'netsonde.capability',
    unit: '{feature}',
    instrument: 'gauge',
    description:
      'What the agent can use here and, if it cannot, why: 1 for the state that a feature is in, 0 for one that it was in',
    attributes: ['feature', 'state', 'reason'],
    optIn: [],
  },
  {
    name: 'netsonde.exporter.items',
    unit: '{point}',
    instrument: 'counter',
    description: 'Points that an exporter sent, by what became of them',
    attributes: ['exporter', 'outcome'],
    optIn: [],
  },
  {
    name: 'netsonde.exporter.errors',
    unit: '{request}',
    instrument: 'counter',
    description: 'Requests of an exporter that failed; nothing is lost by it as long as a later one arrives',
    attributes: ['exporter', 'error.type'],
    optIn: [],
  },
  {
    name: 'netsonde.series.active',
    unit: '{series}',
    instrument: 'updowncounter',
    description:
      'Series that a metric has, with those that ended and that not every exporter has delivered yet',
    attributes: ['metric'],
    optIn: [],
  },
  {
    name: 'netsonde.series.overflowed',
    unit: '{point}',
    instrument: 'counter',
    description:
      'Sums of an interval that were counted in an `other` series, because the limit of the metric is reached',
    attributes: ['metric'],
    optIn: [],
  },
  {
    name: 'netsonde.series.collapsed',
    unit: '{point}',
    instrument: 'counter',
    description:
      'Of those, the ones for which even the reserve of `other` series was too small to keep all bounded attributes',
    attributes: ['metric'],
    optIn: [],
  },
  {
    name: 'netsonde.series.unacknowledged',
    unit: '{series}',
    instrument: 'counter',
    description: 'Series that ended and went before every exporter had delivered their last value',
    attributes: ['metric'],
    optIn: [],
  },
  ...tcpMetrics,
] as const satisfies readonly Metric[]

export type MetricName = (typeof table)[number]['name']
export const metrics: readonly (Metric & { readonly name: MetricName })[] = table
export const metricByName: ReadonlyMap<string, Metric & { readonly name: MetricName }> = new Map(
  table.map((metric) => [metric.name, metric]),
)
