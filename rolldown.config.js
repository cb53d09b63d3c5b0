/**
 * Bundles the agent (dist/main.js) and the library (dist/index.js). Run from the sources, the agent takes 40 MB more:
 * Node keeps the compiler that takes the types off, and all of the packages' own text.
 */
export default {
  input: { main: 'src/cli/main.ts', index: 'src/index.ts' },
  platform: 'node',
  // Others load it with require(), and there may be one instance only.
  external: ['@grpc/grpc-js'],
  output: {
    dir: 'dist',
    cleanDir: true,
    format: 'esm',
    // Names stay as they are, for stack traces.
    minify: { mangle: false, compress: true, codegen: { removeWhitespace: true } },
  },
}
