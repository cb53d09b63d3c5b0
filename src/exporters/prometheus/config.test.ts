import { expect, test } from 'vitest'
import { configOf } from '../../../test/contract/config-of.ts'
import { type PrometheusConfig, schema, validate } from './config.ts'

const of = (written: object) => validate(configOf(schema, written) as PrometheusConfig)

test('labels that Prometheus takes are accepted', () => {
  expect(of({ const_labels: { cluster: 'west', _x1: '' } })).toEqual([])
})

test.each([
  ['k8s.cluster', 'is not a label of Prometheus: letters, digits and _ only, no digit first'],
  ['1a', 'is not a label of Prometheus: letters, digits and _ only, no digit first'],
  ['__name__', 'begins with __, which Prometheus keeps for itself'],
  ['le', 'is taken: series have it from the bound of a bucket'],
  ['network_transport', 'is taken: series have it from network.transport'],
])('the label %s %s', (name, message) => {
  expect(of({ const_labels: { [name]: 'x' } })).toEqual([[`const_labels::${name}`, message]])
})

test('who may ask is checked too', () => {
  expect(of({ allow: ['x'] })).toEqual([['allow::0', expect.stringContaining('"x" is not an address')]])
})
