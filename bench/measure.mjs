// Measures one process: wall time, peak memory, exit code. Knows neither tools nor workloads.
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';

/**
 * How often a process is looked at: short beside its run so far, so that at most its last moments are missed, and no more
 * often, because every look takes time from what is measured.
 */
const MEMORY_EVERY_MS = 4;
const MEMORY_EVERY_SHARE = 0.02;
/** Settings of the caller for one of the tools, or for what they start, would make the runs differ. */
const FOREIGN_ENV = /^(MAKE|NINJA|NODE_|WRANGLE_|npm_|LC_)/;

/**
 * Runs `argv` in `cwd` with its output in `logFile`.
 * Shape: `{ ms, exit, peakKib }`: exit is a code or the name of a signal; the peak is that of this one process without
 * its children, undefined where the system has no `/proc`. Errors: rejects when the program cannot be started.
 */
export function runProcess(argv, cwd, logFile) {
  return new Promise((resolve, reject) => {
    const log = openSync(logFile, 'w');
    const startedAt = performance.now();
    const child = spawn(argv[0], argv.slice(1), { cwd, env: cleanEnv(), stdio: ['ignore', log, log] });
    closeSync(log);
    let peakKib;
    let timer;
    const look = () => {
      peakKib = readPeakKib(child.pid) ?? peakKib;
      timer = setTimeout(look, Math.max(MEMORY_EVERY_MS, MEMORY_EVERY_SHARE * (performance.now() - startedAt)));
    };
    look();
    child.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.once('exit', (code, signal) => {
      const ms = performance.now() - startedAt;
      clearTimeout(timer);
      resolve({ ms, exit: code ?? signal, peakKib });
    });
  });
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The last lines of a file, for a run that went wrong. */
export function tailOf(file, lines = 15) {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
}

/** In the locale and time zone that wrangle gives to stages: to set up a locale takes `head` longer than its work. */
function cleanEnv() {
  const own = Object.entries(process.env).filter(([name]) => !FOREIGN_ENV.test(name));
  return { ...Object.fromEntries(own), LANG: 'C.UTF-8', TZ: 'UTC' };
}

/** The kernel's own high-water mark. Undefined when the process is gone or there is no such file. */
function readPeakKib(pid) {
  try {
    const found = /^VmHWM:\s*(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return found ? Number(found[1]) : undefined;
  } catch {
    return undefined;
  }
}
