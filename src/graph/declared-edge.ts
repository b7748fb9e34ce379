/** An edge, and where in its consumer's declaration it comes from. */
import type { Edge } from '../model/graph.ts';

export interface DeclaredEdge extends Edge {
  readonly pointer: readonly (string | number)[];
}
