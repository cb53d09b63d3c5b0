import { choose, type Offer, preferences } from '../../http/accept.ts'
import type { Format } from './family.ts'

interface Offered extends Offer {
  readonly format: Format
}

const text: Offered = { type: 'text/plain', version: '0.0.4', format: 'text' }
const openMetrics: Offered = { type: 'application/openmetrics-text', version: '1.0.0', format: 'openmetrics' }

export interface Negotiated {
  readonly format: Format
  readonly contentType: string
}

/**
 * The format that a scraper likes best. Whatever it asks for, text 0.0.4 is the last resort: no scraper refuses that.
 *
 * @param accept header of the request
 * @param only text, where nothing else can be made
 * @see https://prometheus.io/docs/instrumenting/content_negotiation/
 */
export function negotiate(accept: string | undefined, only?: 'text'): Negotiated {
  const chosen = choose(preferences(accept), only ? [text] : [text, openMetrics])
  const { type, version, format } = chosen?.offer ?? text
  // Names here are letters, digits and underscores, which is what this scheme leaves of all others: whoever negotiates
  // names, as Prometheus 3 does, is told so. Older ones do not know the parameter.
  const escaping = chosen?.by.parameters.has('escaping') ? '; escaping=underscores' : ''
  return { format, contentType: `${type}; version=${version}; charset=utf-8${escaping}` }
}
