import type { ProcessorFactory } from '../../pipeline/component.ts'
import { type CardinalityLimitConfig, schema, validate } from './config.ts'
import { createCardinalityLimit } from './processor.ts'

export const cardinalityLimit = {
  kind: 'processor',
  type: 'cardinality_limit',
  stability: 'alpha',
  schema,
  validate,
  create: createCardinalityLimit,
} satisfies ProcessorFactory<CardinalityLimitConfig>
