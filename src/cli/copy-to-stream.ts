/** A file to standard output, a device or a pipe. */
import { createReadStream, createWriteStream } from 'node:fs';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';

/** A reader that goes away has what it wanted. Errors: those of the disk. */
export async function copyToStream(from: string, to: string | NodeJS.WriteStream): Promise<void> {
  const target: Writable = typeof to === 'string' ? createWriteStream(to, { flags: 'a' }) : to;
  let problem: NodeJS.ErrnoException | undefined;
  let wake = () => {};
  target.on('error', (error) => {
    problem ??= error;
    wake();
  });
  for await (const chunk of createReadStream(from)) {
    if (problem !== undefined) break;
    if (target.write(chunk)) continue;
    await new Promise<void>((go) => {
      wake = go;
      target.once('drain', go);
    });
  }
  if (typeof to === 'string' && problem === undefined) {
    target.end();
    await finished(target);
  }
  if (problem !== undefined && problem.code !== 'EPIPE') throw problem;
}
