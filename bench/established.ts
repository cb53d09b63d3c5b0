import { join } from 'node:path'
import type { Figure, Figures } from './figures.ts'
import { loadNetobserv } from './netobserv.ts'
import type { packets } from './packets.ts'
import { build, ProgRun } from './prog-run.ts'
import { bestOf } from './rounds.ts'

const REPEAT = 100_000

/** What the programs cost for a packet of an established connection, by BPF_PROG_TEST_RUN. */
export async function establishedFigures(folder: string): Promise<Figures> {
  using stack = new DisposableStack()
  const load = (path: string, ...programs: string[]) => stack.use(new ProgRun(join(build, path), programs))
  const subject = (object: ProgRun, program: string, packet: keyof typeof packets) => () =>
    object.run(program, REPEAT, join(folder, packet))

  const flow = load('flow.bpf.o', 'flow_ingress', 'flow_egress')
  const ours = {
    empty: subject(load('bench/empty.bpf.o', 'empty'), 'empty', 'ipv4'),
    floor: subject(load('bench/floor.bpf.o', 'floor_ipv4'), 'floor_ipv4', 'ipv4'),
    v4_ingress: subject(flow, 'flow_ingress', 'ipv4'),
    v4_egress: subject(flow, 'flow_egress', 'ipv4'),
    v6_ingress: subject(flow, 'flow_ingress', 'ipv6'),
    v6_egress: subject(flow, 'flow_egress', 'ipv6'),
    vlan_ingress: subject(flow, 'flow_ingress', 'vlan'),
    vlan_egress: subject(flow, 'flow_egress', 'vlan'),
  }
  const passing = load('bench/passing.bpf.o', 'flow_ingress')
  const loaded = loadNetobserv()
  const theirs = loaded instanceof ProgRun ? stack.use(loaded) : undefined
  const best = await bestOf({
    ...ours,
    passing: subject(passing, 'flow_ingress', 'stamped'),
    awaited: subject(passing, 'flow_ingress', 'awaited'), // after the data that it is to acknowledge
    netobserv_ingress: theirs && subject(theirs, 'tc_ingress_flow_parse', 'ipv4'),
    netobserv_egress: theirs && subject(theirs, 'tc_egress_flow_parse', 'ipv4'),
  })

  const mean = (ingress: number, egress: number) => (ingress + egress) / 2 - best.empty
  const floor = best.floor - best.empty
  const v4 = mean(best.v4_ingress, best.v4_egress)
  const v6 = mean(best.v6_ingress, best.v6_egress)
  const vlan = mean(best.vlan_ingress, best.vlan_egress)
  const netobserv = mean(best.netobserv_ingress, best.netobserv_egress)

  const ns = (value: number, about: string): Figure => ({ value, unit: 'ns', about })
  const times = (value: number, about: string, reach?: number): Figure => ({
    value,
    unit: 'x',
    about,
    ...(reach !== undefined && { reach }),
  })
  const known = (figure: Figure): Figure =>
    'reason' in loaded ? { ...figure, value: null, about: `not measured: ${loaded.reason}` } : figure
  return {
    kernel_empty_ns: ns(best.empty, 'a call of an empty program, which is subtracted below'),
    kernel_floor_ns: ns(floor, 'floor: Ethernet, IPv4, ports, one look-up'),
    kernel_v4_ns: ns(v4, 'a packet of an established IPv4 connection, mean of ingress and egress'),
    kernel_passing_ns: ns(
      best.passing - best.empty,
      'the same with timestamps, of no socket of this node, between two samples of its round trip',
    ),
    kernel_round_trip_ns: ns(
      best.awaited - best.empty,
      'a packet of it that is looked at, for it may acknowledge the sample',
    ),
    kernel_v6_ns: ns(v6, 'the same of IPv6'),
    kernel_vlan_ns: ns(vlan, 'the same of IPv4 behind a VLAN tag'),
    kernel_netobserv_ns: known(ns(netobserv, "the IPv4 packet through NetObserv's programs")),
    kernel_v4_vs_floor: times(v4 / floor, 'IPv4 against the floor', 2.5),
    kernel_v6_vs_floor: times(v6 / floor, 'IPv6 against the IPv4 floor', 3),
    kernel_vlan_vs_floor: times(vlan / floor, 'IPv4 behind a VLAN tag against the floor'),
    kernel_v4_vs_netobserv: known(times(v4 / netobserv, 'IPv4 against NetObserv', 0.4)),
  }
}
