/** yaml-language-server, as an editor runs it: over stdin and stdout, with no editor. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { onTestFinished } from 'vitest';

const require = createRequire(import.meta.url);
const SERVER = require.resolve('yaml-language-server/bin/yaml-language-server');
/** No list of schemas from the network. */
const SETTINGS = { validate: true, completion: true, hover: true, schemaStore: { enable: false } };

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
}

export interface Completion {
  readonly label: string;
  readonly documentation?: string | { readonly value: string };
}

export class LanguageServer {
  readonly #child: ChildProcess;
  readonly #waiting: { readonly wants: (message: Message) => boolean; readonly resolve: (message: Message) => void }[] =
    [];
  #unread = Buffer.alloc(0);
  #id = 0;

  /** It ends with the test. `folder` is where the editor was opened. */
  static async start(folder: string): Promise<LanguageServer> {
    const server = new LanguageServer(folder);
    onTestFinished(() => void server.#child.kill());
    const capabilities = { workspace: { configuration: true }, textDocument: { completion: {} } };
    await server.#ask('initialize', { processId: process.pid, rootUri: pathToFileURL(folder).href, capabilities });
    server.#send({ method: 'initialized', params: {} });
    server.#send({ method: 'workspace/didChangeConfiguration', params: { settings: { yaml: SETTINGS } } });
    return server;
  }

  private constructor(folder: string) {
    this.#child = spawn(process.execPath, [SERVER, '--stdio'], { cwd: folder, stdio: ['pipe', 'pipe', 'inherit'] });
    this.#child.stdout?.on('data', (chunk: Buffer) => this.#read(chunk));
  }

  /** Opens a document and gives what is wrong with it: `line: message`, lines from 1. */
  async open(path: string, text: string): Promise<string[]> {
    const uri = pathToFileURL(path).href;
    const told = this.#wait(
      ({ method, params }) => method === 'textDocument/publishDiagnostics' && (params as { uri: string }).uri === uri,
    );
    this.#send({
      method: 'textDocument/didOpen',
      params: { textDocument: { uri, languageId: 'yaml', version: 1, text } },
    });
    const { diagnostics } = (await told).params as {
      diagnostics: { message: string; range: { start: { line: number } } }[];
    };
    return diagnostics.map(({ message, range }) => `${range.start.line + 1}: ${message}`);
  }

  /** At a place in an open document; `line` from 1, `column` from 0. */
  async complete(path: string, line: number, column: number): Promise<Completion[]> {
    const textDocument = { uri: pathToFileURL(path).href };
    const position = { line: line - 1, character: column };
    const result = await this.#ask('textDocument/completion', { textDocument, position });
    return (result as { items: Completion[] }).items;
  }

  async #ask(method: string, params: object): Promise<unknown> {
    const id = ++this.#id;
    const answer = this.#wait((message) => message.id === id && message.method === undefined);
    this.#send({ id, method, params });
    return (await answer).result;
  }

  #wait(wants: (message: Message) => boolean): Promise<Message> {
    return new Promise((resolve) => this.#waiting.push({ wants, resolve }));
  }

  #send(message: object): void {
    const text = JSON.stringify({ jsonrpc: '2.0', ...message });
    this.#child.stdin?.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
  }

  #read(chunk: Buffer): void {
    this.#unread = Buffer.concat([this.#unread, chunk]);
    for (;;) {
      const head = this.#unread.indexOf('\r\n\r\n');
      const length = Number(/Content-Length: (\d+)/i.exec(this.#unread.toString('latin1', 0, Math.max(head, 0)))?.[1]);
      if (head < 0 || this.#unread.length < head + 4 + length) return;
      const text = this.#unread.toString('utf8', head + 4, head + 4 + length);
      this.#unread = this.#unread.subarray(head + 4 + length);
      this.#take(JSON.parse(text) as Message);
    }
  }

  #take(message: Message): void {
    // It asks the editor for its settings; anything else it asks is answered with nothing.
    if (message.method !== undefined && message.id !== undefined) {
      const { items = [] } = (message.params ?? {}) as { items?: { section: string }[] };
      const result =
        message.method === 'workspace/configuration'
          ? items.map(({ section }) => (section === 'yaml' ? SETTINGS : {}))
          : null;
      this.#send({ id: message.id, result });
    }
    const at = this.#waiting.findIndex(({ wants }) => wants(message));
    if (at >= 0) this.#waiting.splice(at, 1)[0]?.resolve(message);
  }
}
