import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { ProgRun } from './prog-run.ts'

/** CACHE_MAX_FLOWS of their agent; the maps of features that are off by default are as small as can be. */
const entries = {
  aggregated_flows: 5000,
  additional_flow_metrics: 5000,
  dns_flows: 1,
  ipsec_ingress_map: 1,
  ipsec_egress_map: 1,
}

/**
 * NetObserv's shipped object as their agent loads it with its defaults: no sampling, no filter, none of the optional
 * features (the object's own constants are these defaults), maps not pinned.
 *
 * @returns the reason where it cannot be had here
 */
export function loadNetobserv(): ProgRun | { readonly reason: string } {
  const { status, stdout, stderr } = spawnSync(fileURLToPath(new URL('netobserv/get', import.meta.url)), {
    encoding: 'utf8',
  })
  if (status !== 0) return { reason: stderr.trim().split('\n').at(-1) || 'bench/netobserv/get failed' }
  return new ProgRun(stdout.trim(), ['tc_ingress_flow_parse', 'tc_egress_flow_parse'], entries)
}
