import { expect, test } from 'vitest'
import { parseOpenMetrics } from './openmetrics.ts'

const parse = (text: string) => parseOpenMetrics(Buffer.from(text))
const histogram = (lines: string) => `# TYPE h histogram\n${lines}# EOF\n`
const buckets = 'h_bucket{le="0.5"} 1\nh_bucket{le="+Inf"} 3\n'

test('reads families with their samples', () => {
  const text =
    '# HELP a_bytes said \\"so\\"\n# TYPE a_bytes counter\n# UNIT a_bytes bytes\n' +
    'a_bytes_total{b="c\\n\\"\\\\",d="ü}"} 1e+21\na_bytes_total 0\n# TYPE target info\ntarget_info 1\n' +
    `# TYPE h histogram\n${buckets}h_sum 1.5\nh_count 3\n# TYPE g gauge\ng NaN\n# EOF\n`

  expect(parse(text).map(({ samples, ...family }) => [family, samples.length])).toEqual([
    [{ name: 'a_bytes', type: 'counter', unit: 'bytes', help: 'said "so"' }, 2],
    [{ name: 'target', type: 'info', unit: '', help: '' }, 1],
    [{ name: 'h', type: 'histogram', unit: '', help: '' }, 4],
    [{ name: 'g', type: 'gauge', unit: '', help: '' }, 1],
  ])
  expect(parse(text)[0]?.samples[0]).toEqual({
    name: 'a_bytes_total',
    labels: { b: 'c\n"\\', d: 'ü}' },
    value: 1e21,
  })
})

test.each([
  ['nothing', '', 'does not end|# EOF'],
  ['no end', '# TYPE a gauge\na 1\n', '# EOF'],
  ['an end without a newline', '# EOF', 'does not end'],
  ['something after the end', '# EOF\na 1\n', '# EOF'],
  ['an end in the middle', '# EOF\n# EOF\n', 'neither'],
  ['a comment', '# what\n# EOF\n', 'neither'],
  ['an empty line', '# TYPE a gauge\n\na 1\n# EOF\n', 'not a sample'],
  ['a sample without a type', 'a 1\n# EOF\n', 'without a TYPE'],
  ['a counter without _total', '# TYPE a counter\na 1\n# EOF\n', 'not a sample of a'],
  ['a family _total', '# TYPE a_total counter\na_total 1\n# EOF\n', 'not a sample of a_total'],
  ['a gauge with _total', '# TYPE a gauge\na_total 1\n# EOF\n', 'not a sample of a'],
  ['a type that there is not', '# TYPE a untyped\na 1\n# EOF\n', 'a type'],
  ['TYPE twice', '# TYPE a gauge\n# TYPE a gauge\n# EOF\n', 'TYPE twice'],
  ['HELP after the samples', '# TYPE a gauge\na 1\n# HELP a x\n# EOF\n', 'after the samples'],
  ['a family in two parts', '# TYPE a gauge\n# TYPE b gauge\n# HELP a x\n# EOF\n', 'left already'],
  ['a unit that is not in the name', '# TYPE a gauge\n# UNIT a bytes\na 1\n# EOF\n', 'unit bytes'],
  ['a quote in HELP', '# TYPE a gauge\n# HELP a "x"\n# EOF\n', 'not escaped'],
  ['a strange escape', '# TYPE a gauge\na{b="\\t"} 1\n# EOF\n', 'not escaped'],
  ['a comma at the end', '# TYPE a gauge\na{b="c",} 1\n# EOF\n', 'not labels'],
  ['a label twice', '# TYPE a gauge\na{b="c",b="d"} 1\n# EOF\n', 'twice'],
  ['two blanks', '# TYPE a gauge\na  1\n# EOF\n', 'not a sample'],
  ['a timestamp', '# TYPE a gauge\na 1 2\n# EOF\n', 'not a sample'],
  ['an exemplar', '# TYPE a counter\na_total 1 # {} 1\n# EOF\n', 'not a sample'],
  ['a number of JavaScript', '# TYPE a gauge\na Infinity\n# EOF\n', 'not a number'],
  ['a series twice', '# TYPE a gauge\na{b="c",d="e"} 1\na{d="e",b="c"} 1\n# EOF\n', 'twice'],
  ['a total that is no number', '# TYPE a counter\na_total NaN\n# EOF\n', 'not 0 or more'],
  ['a total below 0', '# TYPE a counter\na_total -1\n# EOF\n', 'not 0 or more'],
  ['an info of 2', '# TYPE a info\na_info 2\n# EOF\n', 'not 1'],
  ['le outside of buckets', '# TYPE a gauge\na{le="1.0"} 1\n# EOF\n', 'le is for buckets'],
  ['a histogram without +Inf', histogram('h_bucket{le="0.5"} 1\nh_sum 1\nh_count 1\n'), '\\+Inf'],
  [
    'le as a whole number',
    histogram('h_bucket{le="1"} 1\nh_bucket{le="+Inf"} 1\nh_sum 1\nh_count 1\n'),
    'as a float',
  ],
  [
    'buckets that fall',
    histogram('h_bucket{le="0.5"} 2\nh_bucket{le="+Inf"} 1\nh_sum 1\nh_count 1\n'),
    'cumulative',
  ],
  [
    'buckets out of order',
    histogram('h_bucket{le="2.5"} 1\nh_bucket{le="0.5"} 1\nh_bucket{le="+Inf"} 1\nh_sum 1\nh_count 1\n'),
    'rise',
  ],
  ['another count', histogram(`${buckets}h_sum 1\nh_count 4\n`), 'count'],
  [
    'series that are mixed',
    histogram(
      `h_bucket{a="1",le="+Inf"} 1\nh_bucket{a="2",le="+Inf"} 1\nh_count{a="1"} 1\nh_count{a="2"} 1\n`,
    ),
    'not together',
  ],
  [
    'names that meet',
    '# TYPE a counter\na_total 1\n# TYPE a_total gauge\na_total 1\n# EOF\n',
    'may be of a too',
  ],
])('%s is refused', (_, text, message) => expect(() => parse(text)).toThrow(new RegExp(message)))

test('what is no UTF-8 is refused', () => {
  expect(() => parseOpenMetrics(Buffer.from('# TYPE a gauge\na{b="\xff"} 1\n# EOF\n', 'latin1'))).toThrow()
})
