#!/usr/bin/env node
// What `wrangle` starts: loads the command line with the code that V8 made of it when it was built. Copied to
// `dist/wrangle.cjs`. A Node of another version turns the made code down, and compiles as ever.
const { existsSync, readFileSync } = require('node:fs');
const { basename, join } = require('node:path');
const { setFlagsFromString } = require('node:v8');
const vm = require('node:vm');

// Most commands are over before optimised code pays for its making; this puts it off. And memory is not free to a
// process that forks: the heap grows by a little at a time, and is cleaned more often.
setFlagsFromString('--interrupt-budget=1000000');
setFlagsFromString('--heap-growing-percent=30');

const loaded = new Map();

function load(name) {
  if (loaded.has(name)) return loaded.get(name);
  const file = join(__dirname, `${name}.cjs`);
  let cachedData;
  try {
    cachedData = readFileSync(`${file}.cache`);
  } catch {
    // It was never made.
  }
  const wrapped = `(function (exports, require, module, __filename, __dirname, importPart) {${readFileSync(file, 'utf8')}\n})`;
  const script = new vm.Script(wrapped, { filename: file, cachedData });
  const part = { exports: {} };
  script.runInThisContext()(part.exports, require, part, file, __dirname, importPart);
  loaded.set(name, part.exports);
  // Set by the build: at the end, what a command needs of it is compiled.
  if (process.env.WRANGLE_CODE_CACHE === name) {
    process.once('exit', () => require('node:fs').writeFileSync(`${file}.cache`, script.createCachedData()));
  }
  return part.exports;
}

/** Code that is loaded like this cannot import by itself. */
function importPart(path) {
  const name = basename(path, '.js');
  return existsSync(join(__dirname, `${name}.cjs`)) ? Promise.resolve(load(name)) : import(path);
}

load('main');
