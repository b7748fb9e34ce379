/** The most memory that one process had at once: this one, or one that it started. Needs `/proc`, as Linux has it. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

export interface PeakMemory {
  /** Takes processes into account that may be gone later. */
  readonly look: () => void;
  /** Since it was opened, in bytes, of the processes that were there at a look; undefined where the system does not say. */
  readonly bytes: () => number | undefined;
}

export function openPeakMemory(): PeakMemory {
  try {
    // What this process had before is forgotten (proc_pid_clear_refs(5)).
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {
    // Then its own figure is that of its whole life.
  }
  let peak: number | undefined;
  const look = () => {
    for (const pid of family()) {
      const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(read(`${pid}/status`))?.[1];
      if (kilobytes !== undefined) peak = Math.max(peak ?? 0, Number(kilobytes) * 1024);
    }
  };
  return {
    look,
    bytes: () => {
      look();
      return peak;
    },
  };
}

/** This process and all below it. */
function family(): number[] {
  const parents = new Map<number, number>();
  try {
    for (const name of readdirSync('/proc')) {
      const parent = /^\d+$/.test(name) ? /\) \w (\d+)/.exec(read(`${name}/stat`))?.[1] : undefined;
      if (parent !== undefined) parents.set(Number(name), Number(parent));
    }
  } catch {
    return [];
  }
  return [...parents.keys()].filter((pid) => {
    let at: number | undefined = pid;
    while (at !== undefined && at !== process.pid) at = parents.get(at);
    return at !== undefined;
  });
}

function read(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, 'latin1');
  } catch {
    return '';
  }
}
