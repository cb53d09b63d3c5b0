import { expect, test } from 'vitest'
import { validate } from './config.ts'

const choose = (name: string, ...attributes: string[]) =>
  validate({
    default_limit: 1,
    max_stale: 0,
    max_unacknowledged: 0,
    metrics: { [name]: { enabled: true, attributes, limit: undefined } },
  })

test.each<[string, string[], [string, string][]]>([
  ['netsonde.flow.io', ['network.transport', 'source.address'], []],
  ['netsonde.capture.packets', ['outcome'], []],
  [
    'netsonde.flow.io',
    ['network.type', 'source.adress'],
    [
      [
        'metrics::netsonde.flow.io::attributes::1',
        expect.stringMatching(/^"source.adress" is not .* netsonde.flow.io; did you mean "source.address"\?/),
      ],
    ],
  ],
  [
    'netsonde.capture.packets',
    ['source.address', 'network.type'], // attributes of other metrics
    [
      [
        'metrics::netsonde.capture.packets::attributes::0',
        '"source.address" is not an attribute of netsonde.capture.packets; accepted: outcome, reason',
      ],
      ['metrics::netsonde.capture.packets::attributes::1', expect.stringContaining('"network.type" is not')],
    ],
  ],
  [
    'netsonde.capture.coverage',
    ['outcome'],
    [[expect.any(String), '"outcome" is not an attribute of netsonde.capture.coverage; it has none']],
  ],
])('%s by %s', (name, attributes, problems) => expect(choose(name, ...attributes)).toEqual(problems))

test('every wrong attribute of every metric is told', () => {
  const wrong = { enabled: true, attributes: ['a', 'b'], limit: undefined }
  const metrics = { 'netsonde.flow.io': wrong, 'netsonde.flow.count': wrong }

  expect(validate({ default_limit: 1, max_stale: 0, max_unacknowledged: 0, metrics })).toHaveLength(4)
})
