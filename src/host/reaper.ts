// Ends the processes of a wrangle that was killed. Knows nothing of stages, only of process groups.
import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import type { GroupWatch } from './child.ts';

/**
 * Told of groups on its stdin. When that ends and groups are left, wrangle died without a chance to stop them:
 * TERM, a second, KILL, and then it waits for them, because it may hold the lock of the workspace. The wait has an
 * end, for members that hang in the kernel, and does not count zombies, where there is a way to tell: both may stay
 * for ever. The fields of /proc/N/stat after the command's name are state, parent, group, and the 18th is the number of
 * threads: as long as there are others, the end of the first one makes no zombie.
 */
const SCRIPT = `
trap '' HUP INT QUIT TERM PIPE
groups=' '
while read -r verb group; do
  case $verb in
    add) groups="$groups$group " ;;
    del) groups="\${groups%% "$group" *} \${groups#* "$group" }" ;;
  esac
done
signal() { for group in $groups; do kill -s "$1" -- "-$group"; done 2>/dev/null; }
alive() { for group in $groups; do kill -s 0 -- "-$group" && members "$group" && return 0; done 2>/dev/null; return 1; }
members() {
  [ -r /proc/self/stat ] || return 0
  for stat in /proc/[0-9]*/stat; do
    read -r line <"$stat" || continue
    set -- "$1" \${line##*) }
    [ "$4" = "$1" ] && [ "$2" != X ] && { [ "$2" != Z ] || [ "\${19}" -gt 1 ]; } && return 0
  done
  return 1
}
await() { turns=$1; while alive && [ "$turns" -gt 0 ]; do sleep 0.1; turns=$((turns - 1)); done; }
signal TERM
await 10
signal KILL
await 100
`;

/** A small shell beside wrangle; one for all its processes. */
export class Reaper implements GroupWatch {
  readonly #inheritFd: () => number | undefined;
  readonly #groups = new Set<number>();
  #helper: ChildProcess | undefined;

  /** `inheritFd`: a descriptor that stays open until all groups are gone, such as that of a lock. */
  constructor(inheritFd: () => number | undefined) {
    this.#inheritFd = inheritFd;
  }

  /** To be called before a process starts: one that nobody watches would outlive a wrangle that is killed just then. */
  start(): void {
    if (this.#helper) return;
    this.#helper = this.#spawn();
    // The one before was killed; what it watched over is watched over by this one.
    for (const group of this.#groups) this.#tell(`add ${group}\n`);
  }

  add(group: number): void {
    this.#groups.add(group);
    this.#tell(`add ${group}\n`);
  }

  delete(group: number): void {
    this.#groups.delete(group);
    this.#tell(`del ${group}\n`);
  }

  /** Resolves once the helper has ended, and with it its hold on the descriptor. */
  async close(): Promise<void> {
    const helper = this.#helper;
    this.#helper = undefined;
    if (!helper || helper.pid === undefined || helper.exitCode !== null || helper.signalCode !== null) return;
    await new Promise<void>((resolve) => {
      helper.ref();
      helper.once('exit', () => resolve());
      helper.stdin?.end();
    });
  }

  #spawn(): ChildProcess {
    const fd = this.#inheritFd();
    const helper = spawn('/bin/sh', ['-c', SCRIPT], {
      // A session of its own: a terminal that is closed must not take it along.
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore', ...(fd === undefined ? [] : [fd])],
      cwd: '/',
      env: { PATH: '/usr/bin:/bin' },
    });
    // Without it wrangle works as before; only a kill -9 then leaves processes behind, until the next build.
    helper.on('error', ignore);
    helper.on('exit', (_code, signal) => {
      if (this.#helper !== helper) return;
      this.#helper = undefined;
      // Killed: what runs must not wait for the next process to be watched over again.
      if (signal && this.#groups.size > 0) this.start();
    });
    helper.stdin?.on('error', ignore);
    // It waits for wrangle, so wrangle must not wait for it.
    helper.unref();
    // A pipe to a child is a socket, whatever its declared type says.
    (helper.stdin as Socket | null)?.unref();
    return helper;
  }

  #tell(line: string): void {
    const stdin = this.#helper?.stdin;
    if (stdin?.writable) stdin.write(line);
  }
}

function ignore(): void {
  // See where it is used.
}
