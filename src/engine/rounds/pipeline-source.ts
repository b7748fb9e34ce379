/** What a pipeline is made from, while it is watched: loaded anew where that changed, and kept where it cannot be. */
import { canonicalJson } from '../../util/canonical-json.ts';
import { isCurrent, loadFrontEnd } from '../front-end.ts';
import type { FrontEnd, Loaded } from '../loaded.ts';
import type { EnginePorts } from '../ports.ts';
import type { Invalid } from '../requests.ts';
import type { Hints, RoundRequest } from './round.ts';
import { SourcePaths } from './source-paths.ts';

type Ready = Extract<Loaded, { ok: true }>;

export class PipelineSource {
  readonly #ports: EnginePorts;
  readonly #dir: string;
  #loaded: Ready | undefined;
  /** What was kept for later commands. */
  #stored: Ready | undefined;
  /** Of what was loaded last, with or without success. */
  #paths = new SourcePaths([]);
  /** Of the request with which it was loaded. */
  #params = '';

  /** `dir`: of the workspace, absolute. */
  constructor(ports: EnginePorts, dir: string) {
    this.#ports = ports;
    this.#dir = dir;
  }

  /** Of what could be loaded last. */
  get frontEnd(): FrontEnd | undefined {
    return this.#loaded?.frontEnd;
  }

  /** Where its changes are seen. */
  get folders(): readonly string[] {
    return this.#paths.folders;
  }

  /** Whether it is made from what is at the path. */
  concerns(path: string): boolean {
    return this.#paths.concern(path);
  }

  /** Whether what was loaded is what would be loaded now. */
  isCurrent(): boolean {
    return this.#loaded !== undefined && isCurrent(this.#ports, this.#loaded.origin);
  }

  /** For later commands; once. */
  store(): void {
    if (this.#stored !== this.#loaded) this.#loaded?.store();
    this.#stored = this.#loaded;
  }

  /** What the pipeline is now. Until it can be loaded again the last one that could stays. `adopt` gets each new one. */
  async load(
    request: RoundRequest,
    hints: Hints,
    adopt: (frontEnd: FrontEnd) => void,
  ): Promise<'kept' | 'new' | Invalid> {
    const params = canonicalJson(request.params as never);
    const isOther = params !== this.#params;
    const isAsked =
      isOther || hints === 'everything' || this.#paths.isBroken || [...hints].some((path) => this.concerns(path));
    if (this.#loaded && !isAsked) return 'kept';
    this.#params = params;
    if (!isOther && !this.#paths.isBroken && this.isCurrent()) return 'kept';
    for (;;) {
      const loaded = await loadFrontEnd(this.#ports, this.#dir, request);
      const sources = loaded.ok ? loaded.origin.sources : loaded.sources;
      if (loaded.ok) {
        this.#loaded = loaded;
        this.#paths = new SourcePaths(loaded.origin.sources);
        adopt(loaded.frontEnd);
      } else this.#paths = new SourcePaths([...(this.#loaded?.origin.sources ?? []), ...sources], 'broken');
      await request.onLoaded();
      // From here on changes are told of, so whatever was read before must still be so.
      const env = loaded.ok ? loaded.origin.env : {};
      if (!request.signal.aborted && !isCurrent(this.#ports, { sources, env })) continue;
      return loaded.ok ? 'new' : { status: 'invalid', mistakes: loaded.mistakes };
    }
  }
}
