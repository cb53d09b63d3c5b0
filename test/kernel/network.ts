import { line, sh } from './shell.ts'

let count = 0

/** A network namespace that goes with its handle. */
export class Namespace implements AsyncDisposable {
  /** The one that this process is in, which stays. */
  static readonly own = new Namespace()
  /** `undefined`: this process's own. */
  readonly name: string | undefined

  private constructor(name?: string) {
    this.name = name
  }

  static async create(label: string): Promise<Namespace> {
    const name = `netsonde-${process.pid}-${++count}-${label}`
    await line(`ip netns add ${name}`)
    const namespace = new Namespace(name)
    await namespace.ip('link set lo up')
    return namespace
  }

  /** The words that make a command run inside, keeping /sys: `ip netns exec` would hide bpffs. */
  get enter(): readonly [command: string, ...args: string[]] {
    return this.name ? ['nsenter', `--net=/run/netns/${this.name}`] : ['env']
  }

  run(command: string, ...args: string[]): Promise<string> {
    const [enter, ...into] = this.enter
    return sh(enter, ...into, command, ...args)
  }

  ip(words: string): Promise<string> {
    return this.run('ip', ...words.split(' '))
  }

  sysctl(...settings: string[]): Promise<string> {
    return this.run('sysctl', '-q', '-w', ...settings)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.name) await line(`ip netns del ${this.name}`)
  }
}

/** One end of a link. */
export interface End {
  readonly namespace: Namespace
  readonly interface: string
  readonly mac: string
  readonly ipv4: string
  readonly ipv6: string
}

/**
 * A veth between two namespaces on which nothing moves by itself: neighbours are permanent, and there is no multicast,
 * no duplicate address detection, no router solicitation. `subnet` is the third byte of 10.0.x.1 and .2.
 */
export async function link(
  [near, nearName]: [Namespace, string],
  [far, farName]: [Namespace, string],
  subnet: number,
): Promise<[End, End]> {
  if (!near.name) throw new Error('the near end goes into a namespace of its own')
  await far.ip(`link add ${farName} type veth peer name ${nearName} netns ${near.name}`)
  return await join([near, nearName], [far, farName], subnet)
}

/** Gives the two ends of what links them addresses and each other's as neighbours. */
export async function join(
  [near, nearName]: [Namespace, string],
  [far, farName]: [Namespace, string],
  subnet: number,
): Promise<[End, End]> {
  const ends = [await quiet(near, nearName, subnet, 1), await quiet(far, farName, subnet, 2)] as [End, End]
  for (const [here, there] of [ends, ends.toReversed()] as [End, End][])
    for (const address of [there.ipv4, there.ipv6])
      await here.namespace.ip(
        `neigh replace ${address} lladdr ${there.mac} dev ${here.interface} nud permanent`,
      )
  return ends
}

async function quiet(namespace: Namespace, name: string, subnet: number, host: number): Promise<End> {
  const mac = `02:00:00:00:${subnet.toString(16).padStart(2, '0')}:0${host}`
  const ipv4 = `10.0.${subnet}.${host}`
  const ipv6 = `fd00:${subnet}::${host}`
  await namespace.sysctl(
    `net.ipv6.conf.${name}.accept_dad=0`,
    `net.ipv6.conf.${name}.addr_gen_mode=1`,
    `net.ipv6.conf.${name}.router_solicitations=0`,
    `net.ipv6.conf.${name}.accept_ra=0`,
    // Group reports go out at once and not again (RFC 3810 6.1), so that quiet comes soon.
    `net.ipv6.conf.${name}.mldv1_unsolicited_report_interval=1`,
    `net.ipv6.conf.${name}.mldv2_unsolicited_report_interval=1`,
  )
  await namespace.ip(`link set dev ${name} address ${mac} multicast off arp off`)
  await namespace.ip(`addr add ${ipv4}/24 dev ${name}`)
  await namespace.ip(`addr add ${ipv6}/64 dev ${name} nodad`)
  await namespace.ip(`link set dev ${name} up`)
  return { namespace, interface: name, mac, ipv4, ipv6 }
}

export interface Counters {
  readonly packets: number
  readonly bytes: number
}

/** What arrived at an interface and left by it, by its link counters. */
export async function counted({ namespace, interface: name }: End): Promise<{ rx: Counters; tx: Counters }> {
  const [link] = JSON.parse(await namespace.ip(`-j -s link show dev ${name}`)) as [
    { stats64: { rx: Counters; tx: Counters } },
  ]
  return link.stats64
}

/** What arrived at an interface: the wire's only where the sender's side has no TSO and no GSO. */
export async function received(end: End): Promise<Counters> {
  const { packets, bytes } = (await counted(end)).rx
  return { packets, bytes }
}

/** Makes the link leave this end as single packets, as on a wire, so that the far end's counters tell the truth. */
export async function segmenting(end: End, far: End): Promise<void> {
  await end.namespace.run('ethtool', '-K', end.interface, 'tso', 'off', 'gso', 'off')
  await far.namespace.run('ethtool', '-K', far.interface, 'gro', 'off')
}

export interface Path extends AsyncDisposable {
  readonly client: End
  readonly server: End
  readonly router: Namespace
  /** The router's ends of the links. */
  readonly toClient: End
  readonly toServer: End
  /** What the client and the server got from the router, packet by packet. */
  wire(): Promise<{ toServer: Counters; toClient: Counters }>
}

const BACKLOG = 'net.core.netdev_max_backlog'

/**
 * Lets each CPU queue more received packets than any test sends at once, for the time being: what that queue drops has
 * passed the hooks and never comes to the wire. The setting is the whole machine's.
 */
export async function deepBacklog(): Promise<AsyncDisposable> {
  const before = (await sh('sysctl', '-n', BACKLOG)).trim()
  await sh('sysctl', '-q', '-w', `${BACKLOG}=${Math.max(Number(before), 100_000)}`)
  return {
    async [Symbol.asyncDispose]() {
      await sh('sysctl', '-q', '-w', `${BACKLOG}=${before}`)
    },
  }
}

/**
 * client - router - server. Client and server send super-packets (TSO), so that the router's hooks see those; on its
 * far side each link of the router carries single packets, whose counters are the truth.
 *
 * @param subnets of the two links. Others may use the same ones at the same time, in namespaces of their own
 */
export async function path(subnets: readonly [number, number] = [1, 2]): Promise<Path> {
  await using stack = new AsyncDisposableStack()
  stack.use(await deepBacklog())
  const [clientSpace, router, serverSpace] = [
    stack.use(await Namespace.create('client')),
    stack.use(await Namespace.create('router')),
    stack.use(await Namespace.create('server')),
  ]
  await router.sysctl('net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1')
  const [client, toClient] = await link([clientSpace, 'eth0'], [router, 'client0'], subnets[0])
  const [server, toServer] = await link([serverSpace, 'eth0'], [router, 'server0'], subnets[1])
  for (const [end, via] of [
    [client, toClient],
    [server, toServer],
  ] as const) {
    await end.namespace.ip(`route add default via ${via.ipv4}`)
    await end.namespace.ip(`-6 route add default via ${via.ipv6}`)
    await segmenting(via, end)
  }
  const kept = stack.move()
  return {
    client,
    server,
    router,
    toClient,
    toServer,
    wire: async () => ({ toServer: await received(server), toClient: await received(client) }),
    [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose](),
  }
}
