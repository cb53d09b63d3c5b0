import { strict as assert } from 'node:assert'
import { release } from 'node:os'
import { runAgent } from '../../kernel/agent.ts'
import type { Path } from '../../kernel/network.ts'
import type { Attached, Mode } from '../report.ts'
import { interfaceIn } from './log.ts'

const defaults = `
receivers: {ebpf: {}}
exporters: {prometheus: {}}
service: {pipelines: {metrics: {receivers: [ebpf], exporters: [prometheus]}}}
`

/** Starts the agent with all its defaults and returns how the log says that it attached. */
export async function starts(net: Path): Promise<Attached> {
  await using agent = await runAgent(net.router, defaults)
  const { attach, reason } = interfaceIn(agent.process.output(), net.toClient.interface)

  assert(attach, `not attached: ${reason}`)
  assert.equal(
    attach,
    bestOf(release()),
    `${release()}: attached by ${attach}: ${reason ?? 'no reason given'}`,
  )
  if (attach === 'tc') assert.match(reason ?? '', /TCX.*needs 6\.6.*clsact/)
  else assert.equal(reason, undefined)
  return { how: attach, ...(reason !== undefined && { reason }) }
}

/** TCX came with 6.6: a newer kernel on which it is not taken is a fault, not a lack. */
function bestOf(kernel: string): Mode {
  const [major = 0, minor = 0] = kernel.split('.').map(Number)
  return major > 6 || (major === 6 && minor >= 6) ? 'tcx' : 'tc'
}
