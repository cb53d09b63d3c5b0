import { expect, test } from 'vitest'
import { attributes, collapseOrder } from './attributes.ts'

test('each bounded attribute, and no other, has its place among those that collapse', () => {
  const bounded = attributes.filter((attribute) => attribute.bounded).map(({ name }) => name)

  expect(collapseOrder.toSorted()).toEqual(bounded.sort())
})
