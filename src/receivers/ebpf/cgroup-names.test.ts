import { expect, test } from 'vitest'
import type { Cgroups } from '../../native/cgroups.ts'
import type { FlowColumns } from '../../native/generation.ts'
import { CgroupNames } from './cgroup-names.ts'

const flowsOf = (...numbers: number[]) =>
  ({ hooks: Uint32Array.from([0, ...numbers.map((number) => (number << 2) | 3)]) }) as unknown as FlowColumns
const treeOf = (tree: Record<string, number>): Cgroups => ({
  numbers: Uint32Array.from(Object.values(tree)),
  paths: Object.keys(tree),
})

function names(tree: () => Cgroups, top = '/') {
  let reads = 0
  const made = new CgroupNames(async () => {
    reads++
    return tree()
  }, top)
  return { made, reads: () => reads, name: (number: number) => made.value(made.id(number)) }
}

test.each([
  ['/', '/', '0::/'],
  ['/', '/kubepods.slice/a', '0::/kubepods.slice/a'],
  ['/kubepods.slice', '/a', '0::/kubepods.slice/a'],
  ['/kubepods.slice/', '/', '0::/kubepods.slice'],
])('below %s, %s is %s', async (top, path, whole) => {
  const { made, name } = names(() => treeOf({ [path]: 9 }), top)
  await made.learn(flowsOf(9))
  expect(name(9)).toBe(whole)
})

test('no socket has no name, a removed cgroup is unknown, and so are two with one number', async () => {
  const { made, name } = names(() => ({ numbers: Uint32Array.of(5, 6, 5), paths: ['/a', '/b', '/c'] }))
  await made.learn(flowsOf(5, 6, 7))
  expect([0, 5, 6, 7].map(name)).toEqual([undefined, 'unknown', '0::/b', 'unknown'])
})

test('the tree is read only for a number that is new', async () => {
  const { made, reads, name } = names(() => treeOf({ '/a': 5, '/b': 6 }))
  await made.learn(flowsOf())
  expect(reads()).toBe(0)
  for (const numbers of [[5], [5], [9], [9, 5], [6]]) await made.learn(flowsOf(...numbers))
  expect(reads()).toBe(3) // 5, 9 and 6
  expect(name(6)).toBe('0::/b')
})

test('ids are dense, whatever the numbers are', async () => {
  const { made } = names(() => treeOf({ '/a': 0x3fffffff, '/b': 500_000_000 }))
  await made.learn(flowsOf(0x3fffffff, 500_000_000))
  expect([0, 0x3fffffff, 500_000_000].map((number) => made.id(number)).toSorted()).toEqual([0, 1, 2])
})

test('a tree that cannot be read makes unknown names, once', async () => {
  const { made, name } = names(() => {
    throw new Error('EMFILE')
  })
  await expect(made.learn(flowsOf(5))).rejects.toThrow('EMFILE')
  expect(name(5)).toBe('unknown')
})
