#!/usr/bin/env node
// What `wrangle` starts: loads the command line with the code that V8 made of it when it was built. Copied to
// `dist/wrangle.cjs`. A Node of another version turns the made code down, and compiles as ever.
const { existsSync, readFileSync } = require('node:fs');
const { basename, join } = require('node:path');
const vm = require('node:vm');

const loaded = new Map();
let isSettled = false;

function load(name) {
  if (loaded.has(name)) return loaded.get(name);
  const file = join(__dirname, `${name}.cjs`);
  let cachedData;
  try {
    cachedData = readFileSync(`${file}.cache`);
  } catch {
    // It was never made.
  }
  const script = new vm.Script(readFileSync(file, 'latin1'), { filename: file, cachedData });
  const part = { exports: {} };
  script.runInThisContext()(part.exports, require, part, file, __dirname, importPart);
  loaded.set(name, part.exports);
  // Set by the build: at the end, what a command needs of it is compiled.
  if (process.env.WRANGLE_CODE_CACHE?.split(',').includes(name)) {
    process.once('exit', () => require('node:fs').writeFileSync(`${file}.cache`, script.createCachedData()));
  }
  return part.exports;
}

/** Code that is loaded like this cannot import by itself. Whatever needs a part has more to do than to look. */
function importPart(path) {
  if (!isSettled) settle();
  const name = basename(path, '.js');
  return existsSync(join(__dirname, `${name}.cjs`)) ? Promise.resolve(load(name)) : import(path);
}

/**
 * Most commands are over before optimised code pays for its making, and so is what a build does once for each of a
 * thousand stages; this puts it off. And memory counts: the heap grows by a little at a time, and is cleaned more often.
 */
function settle() {
  isSettled = true;
  const { setFlagsFromString } = require('node:v8');
  setFlagsFromString('--interrupt-budget=3000000');
  setFlagsFromString('--heap-growing-percent=30');
}

load('main');
