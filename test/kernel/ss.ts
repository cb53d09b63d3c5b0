import type { Namespace } from './network.ts'

/** What `ss -ti` says of the one established connection with the port: times in seconds. */
export interface Ss {
  readonly rtt: number
  readonly rttVariation: number
  readonly rttMin: number
  readonly retransmits: number
  /** Segments. */
  readonly unacknowledged: number
  readonly sent: number
  readonly outOfOrder: number
  readonly spurious: number
}

/** @param filter as `dport = :5201` */
export async function ss(namespace: Namespace, filter: string): Promise<Ss> {
  const text = await namespace.run('ss', '-tinHO', 'state', 'established', filter)
  const number = (pattern: RegExp) => Number(pattern.exec(text)?.[1] ?? 0)
  if (!/\brtt:/.test(text)) throw new Error(`not one connection: ${text}`)
  return {
    rtt: number(/ rtt:([\d.]+)/) / 1000,
    rttVariation: number(/ rtt:[\d.]+\/([\d.]+)/) / 1000,
    rttMin: number(/ minrtt:([\d.]+)/) / 1000,
    unacknowledged: number(/ unacked:(\d+)/),
    retransmits: number(/ retrans:\d+\/(\d+)/),
    sent: number(/ data_segs_out:(\d+)/),
    outOfOrder: number(/ rcv_ooopack:(\d+)/),
    spurious: number(/ dsack_dups:(\d+)/),
  }
}

/** The local port of the one established connection that the filter finds. */
export async function localPort(namespace: Namespace, filter: string): Promise<number> {
  const text = await namespace.run('ss', '-tnHO', 'state', 'established', filter)
  return Number(/:(\d+) /.exec(text)?.[1])
}

/** The counters of the namespace's stack since it was made, by nstat. */
export async function nstat(namespace: Namespace): Promise<Record<string, number>> {
  const text = await namespace.run('nstat', '-asz', '--json')
  return (JSON.parse(text) as { kernel: Record<string, number> }).kernel
}
