/** What can be tried of a kernel by itself, in the order in which all of it is. */
export const parts = ['agent', 'links', 'tcp'] as const
export type Part = (typeof parts)[number]

/** A little of each: what CI runs. */
export const SHORT = 'short'

export const isPart = (word: string): boolean => word === SHORT || parts.some((part) => part === word)
