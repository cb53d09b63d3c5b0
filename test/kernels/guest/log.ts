import type { Mode } from '../report.ts'

export interface InterfaceRecord {
  readonly attach: Mode | null
  readonly reason?: string
}

/** What the agent's log says of an interface. @throws if it says nothing */
export function interfaceIn(log: string, name: string): InterfaceRecord {
  for (const line of log.split('\n').filter((each) => each.startsWith('{'))) {
    const { msg, fields } = JSON.parse(line) as { msg: string; fields?: InterfaceRecord & { name?: string } }
    if (msg === 'interface' && fields?.name === name) return fields
  }
  throw new Error(`nothing about ${name} in the log:\n${log}`)
}
