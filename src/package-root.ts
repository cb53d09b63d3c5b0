/** The directory of package.json: one above src/, and one above dist/, where the bundle of this lies. */
export const packageRoot = new URL('../', import.meta.url)
