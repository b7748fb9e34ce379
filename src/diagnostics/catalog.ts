/**
 * Every diagnostic there is: one function for each code, in a file for each subject. Knows words, not how mistakes are
 * found. `docs/diagnostics.md` has a line for each.
 */
export * from './catalog/expressions.ts';
export * from './catalog/fan-out.ts';
export * from './catalog/files.ts';
export * from './catalog/graph.ts';
export * from './catalog/keys.ts';
export * from './catalog/matrix.ts';
export * from './catalog/params.ts';
export * from './catalog/paths.ts';
export * from './catalog/plugins.ts';
export * from './catalog/selectors.ts';
export * from './catalog/stages.ts';
export * from './catalog/types.ts';
export * from './catalog/votes.ts';
export * from './catalog/yaml.ts';
