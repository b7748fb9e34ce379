#!/usr/bin/env node
// What `wrangle` starts: loads the command line with the code that V8 made of it when it was built. Copied to
// `dist/wrangle.cjs`. A Node of another version turns the made code down, and compiles as ever.
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { setFlagsFromString } = require('node:v8');
const vm = require('node:vm');

// Most commands are over before optimised code pays for its making; this puts it off. And memory is not free to a
// process that forks: the heap grows by a little at a time, and is cleaned more often.
setFlagsFromString('--interrupt-budget=1000000');
setFlagsFromString('--heap-growing-percent=30');

const file = join(__dirname, 'main.cjs');
let cachedData;
try {
  cachedData = readFileSync(`${file}.cache`);
} catch {
  // It was never made.
}
const wrapped = `(function (exports, require, module, __filename, __dirname, importPart) {${readFileSync(file, 'utf8')}\n})`;
const script = new vm.Script(wrapped, { filename: file, cachedData });
// Code that is loaded like this cannot import by itself.
script.runInThisContext()(exports, require, module, file, __dirname, (part) => import(part));

// Set by the build: by now, what every command needs is compiled.
if (process.env.WRANGLE_CODE_CACHE) {
  process.once('exit', () =>
    require('node:fs').writeFileSync(process.env.WRANGLE_CODE_CACHE, script.createCachedData()),
  );
}
