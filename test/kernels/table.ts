import { table } from '../../scripts/markdown.ts'
import { parts } from './parts.ts'
import type { Report, Topic } from './report.ts'

/** Cells of a line of the table; the first begins with the kernel, as `5.10`. */
export type Row = readonly string[]

const head: Row = [
  'kernel',
  'attached by',
  'table of packets',
  'bytes and packets',
  'over other links',
  'after SIGTERM',
  'after kill -9',
  "TCP's cases",
  'RTT and retransmits',
  "TCP's programs",
  'missing',
]
const UNTRIED = '**not tried**'
const modes = { tcx: 'TCX', tc: 'clsact' } as const

/**
 * @param report undefined: the guest gave none
 * @param before the row as it is: what was not tried this time stays, if the kernel is still the same
 */
export function rowOf(kernel: string, report: Report | undefined, before: Row = []): Row {
  if (!report) return [kernel, '**did not run**', ...head.slice(2).map(() => '')]
  const { attached, outcomes, release } = report
  const answer = (topic: Topic, good: string) => {
    const looked = outcomes.filter((each) => each.topic === topic)
    const failed = looked.filter(({ error }) => error !== undefined).map(({ title }) => title)
    if (failed.length > 0) return `**fails**: ${failed.join('; ')}`
    return looked.length > 0 ? good : UNTRIED
  }
  const row = [
    `${kernel} (${release})`,
    answer('starts', attached ? modes[attached.how] : ''),
    answer('packets', 'all rows'),
    answer('wire', "the wire's"),
    answer('links', "the wire's"),
    answer('left', 'nothing left'),
    answer('killed', 'nothing stays'),
    answer('tcp_cases', 'all rows'),
    answer('tcp_health', "ss's, nstat's"),
    answer('tcp_programs', 'all, or all but one'),
    attached ? (attached.reason ?? '') : UNTRIED,
  ]
  const isSame = before[0] === row[0]
  return row.map((cell, i) =>
    cell === UNTRIED ? (isSame && before[i]) || (i < row.length - 1 ? UNTRIED : '') : cell,
  )
}

/** The rows of a page by their kernel. */
export function rowsIn(page: string): Map<string, Row> {
  return new Map(
    [...page.matchAll(/^\| ((\d+\.\d+)\b.*) \|$/gm)].map(([, cells = '', kernel = '']) => [
      kernel,
      cells.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('\\|', '|')),
    ]),
  )
}

/** @param order the kernels that the table is to have; those without a row are left out */
export function pageOf(rows: ReadonlyMap<string, Row>, order: readonly string[]): string {
  const known = order.map((kernel) => rows.get(kernel)).filter((row) => row !== undefined)
  return `# Kernels

\`npm run test:kernels\` boots Debian's kernels in qemu, runs the agent on each between a client and a server, and writes this table. \`npm run test:kernels -- 5.10 7.2\` tries some of them; a part before them (${parts.map((part) => `\`${part}\``).join(', ')}) tries only that and leaves the other cells; \`short\` is for a quick look and writes none. It needs x86-64, and installs what else is missing by apt if it runs as root.

${table([head, ...known])}

- **attached by**: what \`attach: auto\` chose. **missing**: why not better, in the words of the log.
- **table of packets**: test/packets, each row cut at every length, through the parser in the kernel by BPF_PROG_TEST_RUN, else over AF_PACKET on a veth or a TUN.
- **bytes and packets** of \`/metrics\`, each way, by TCP and UDP, over IPv4 and IPv6: the counters of links that carry single segments, while the agent sees super-packets (GSO). At the interface to the client, at the one to the server, and at both; by each mode that the kernel has, and at the sockets of both ends (\`attach: cgroup\`; IP packets). \`seen\` is the sum of the outcomes in each scrape.
- **over other links**: the same for VLAN tags (one, and two with 802.1ad outside), GRE with IP and with Ethernet inside, IPIP, 6in4, VXLAN, Geneve and WireGuard, each seen on the link below it and on the device itself, and for SCTP.
- **after SIGTERM** no program, map, link, filter or qdisc is there that was not before.
- **after kill -9** traffic goes on. TCX leaves nothing; what clsact leaves is removed by the next start.
- **TCP's cases**: every row of the truth table of [TCP](tcp.md), from sockets and from packets alone, IPv4 and IPv6, and ICMP for UDP.
- **RTT and retransmits**, with their types, of connections that live, over 20 ms of netem and with its losses: those of \`ss -ti\` of the same sockets and of \`nstat\` at the same moment; times without room; a connection from before the start.
- **TCP's programs**: all load, and with each of them refused in turn the others do, and what is missing is what the table of [TCP](tcp.md) says.

The last three are tests of the host ([tcp-truth](../test/kernel/tcp-truth.test.ts), [unreachable](../test/kernel/unreachable.test.ts), [tcp-health](../test/kernel/tcp-health.test.ts), [tcp-refused](../test/kernel/tcp-refused.test.ts)), run in the guest.
`
}
