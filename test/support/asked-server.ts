// A server on loopback that writes down when it was asked, and by how many at once.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface Asked {
  /** Milliseconds, of the wall clock. */
  readonly atMs: number;
  /** How many waited for an answer then, this one included. */
  readonly atOnce: number;
}

export interface AskedServer {
  readonly asked: readonly Asked[];
  /** A command of bash that asks and prints the answer: of all that can ask, what starts soonest. */
  readonly command: string;
}

/** Every answer takes that long. Ends with the test. */
export async function serveAsked(answerMs: number): Promise<AskedServer> {
  const asked: Asked[] = [];
  let open = 0;
  const server = createServer((_request, response) => {
    asked.push({ atMs: Date.now(), atOnce: ++open });
    setTimeout(() => {
      open--;
      response.end('page');
    }, answerMs);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { asked, command: `exec 3<>/dev/tcp/127.0.0.1/${port}; printf 'GET / HTTP/1.0\r\n\r\n' >&3; cat <&3` };
}
