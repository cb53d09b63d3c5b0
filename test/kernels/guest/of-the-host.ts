import type { Topic } from '../report.ts'
import type { TestFile } from './tests.ts'

const of = (topic: Topic, ...names: string[]): TestFile[] => names.map((file) => ({ topic, file }))

const truth = of('tcp_cases', 'tcp-truth')

/** Files of test/kernel whose outcome is up to the kernel, by the part of a run. */
export const testsOfTheHost = {
  short: truth,
  tcp: [
    ...truth,
    ...of('tcp_cases', 'unreachable'),
    ...of('tcp_health', 'tcp-health'),
    ...of('tcp_programs', 'tcp-refused'),
  ],
}
