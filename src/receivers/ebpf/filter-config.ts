import picomatch from 'picomatch'
import { keyHint } from '../../config/check.ts'
import { parseCidr } from '../../config/cidr.ts'
import type { Setting } from '../../config/formats.ts'
import { quote, Refused, refuseAll } from '../../config/refused.ts'
import { protocolsOf } from '../flows/names.ts'

/** What a packet must have to fit: all that is named. */
export interface FilterEntry {
  /** Of either end: `10.0.0.0/8`, `192.0.2.1`, `fd00::/8`. */
  readonly cidr?: string
  /** Of either end. */
  readonly port?: number
  /** As network.transport: a name, or a number of IP's protocols. */
  readonly transport?: string | number
  /** Glob of the interfaces where the packet is seen. */
  readonly interface?: string
}

export const MAX_ENTRIES = 32

/** Each throws what is wrong with a value. */
const keys: Readonly<Record<keyof FilterEntry, (value: unknown) => void>> = {
  cidr(value) {
    if (typeof value === 'string' && parseCidr(value)) return
    throw new Refused(
      `${quote(value)} is not an address or a network`,
      'write it as 10.0.0.0/8, 192.0.2.1 or fd00::/8',
    )
  },
  port(value) {
    if (Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= 65535) return
    throw new Refused(`${quote(value)} is not a port`, 'accepted: a whole number from 1 to 65535')
  },
  transport(value) {
    if (protocolsOf(String(value)).length > 0) return
    throw new Refused(
      `${quote(value)} is not a transport`,
      'accepted: tcp, udp, sctp, icmp, or a protocol number from 0 to 255',
    )
  },
  interface(value) {
    if (typeof value === 'string' && value !== '') {
      picomatch.makeRe(value)
      return
    }
    throw new Refused(`${quote(value)} is not a glob`, 'write it as eth* or en?')
  },
}

/** A list of filters: `[{cidr: 10.0.0.0/8, port: 443, transport: tcp, interface: eth*}]`. */
export function filterList({ doc }: { readonly doc: string }): Setting<readonly FilterEntry[]> {
  return { doc, default: [], format: checkList } as unknown as Setting<readonly FilterEntry[]>
}

function checkList(written: unknown): void {
  if (!Array.isArray(written))
    throw new Refused(`${quote(written)} is not a list`, 'write [{cidr: 10.0.0.0/8, transport: tcp}]')
  if (written.length > MAX_ENTRIES)
    throw new Refused(`has ${written.length} filters`, `accepted: up to ${MAX_ENTRIES}`)
  refuseAll(written.flatMap((entry, i) => problemsOf(entry, `${i}`)))
}

function problemsOf(entry: unknown, index: string): Refused[] {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry))
    return [
      new Refused(`${quote(entry)} is not a filter`, 'write {cidr: 10.0.0.0/8, transport: tcp}', [index]),
    ]
  const written = Object.entries(entry)
  if (written.length === 0)
    return [new Refused('fits everything', `name at least one of ${Object.keys(keys).join(', ')}`, [index])]
  return written.flatMap(([key, value]) => {
    if (!Object.hasOwn(keys, key))
      return [new Refused('is not a key here', keyHint(key, Object.keys(keys)), [index, key], true)]
    try {
      keys[key as keyof FilterEntry](value)
      return []
    } catch (error) {
      const { message, hint } = error as Refused
      return [new Refused(message, hint, [index, key])]
    }
  })
}
