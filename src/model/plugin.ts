/** What a plugin package declares: its manifest with everything looked up and checked. Reading one runs no code. */
import type { Json } from '../util/canonical-json.ts';

export interface Plugin {
  /** The key in `.wranglerrc.yaml`; the part before the slash of its stage types. */
  readonly name: string;
  /** Of its `package.json`. */
  readonly version: string;
  /** Absolute path of the package folder. */
  readonly dir: string;
  readonly found: PluginPlace;
  /** Of the files that make up its code, and its dependencies. */
  readonly code_digest: string;
  readonly types: readonly StageType[];
}

/** How the line in the settings led to the package. */
export interface PluginPlace {
  /** As it is written there. */
  readonly ref: string;
  /** A path to its folder, or the name of a package in a `node_modules`. */
  readonly by: 'folder' | 'package';
  /** Where its files really are, absolute, when the package folder is a link or lies behind one. */
  readonly linked_to?: string;
}

export interface StageType {
  /** `tabular/profile` */
  readonly name: string;
  readonly plugin: string;
  readonly plugin_version: string;
  /** Absolute path of the package folder. */
  readonly dir: string;
  readonly description: string;
  /** As declared: files are relative to `dir`. */
  readonly run: { readonly node: string } | { readonly argv: readonly string[] };
  /** JSON Schema of `with`. */
  readonly params: { readonly [key: string]: Json };
  /** The port `*` stands for every port that is not named. */
  readonly inputs: { readonly [port: string]: PortDeclaration };
  readonly outputs: { readonly [port: string]: PortDeclaration };
  /** Its command, `wrangle NAME`; absent when it asks for none. */
  readonly command?: string;
  readonly platform: 'any' | 'native';
  /** One process serves many requests. */
  readonly worker: boolean;
  /** Takes several items of a fan-out in one request. */
  readonly batch: boolean;
  /** The type's own number; part of `code`. */
  readonly version: number;
  /** What `code` is compared by: the package's code and dependencies, and what its manifest says of this type. */
  readonly code_digest: string;
}

export interface PortDeclaration {
  readonly description?: string;
  readonly kind: 'file' | 'folder';
  readonly media: readonly string[];
  /** JSON Schema of the contents, already read. */
  readonly schema?: Json;
  readonly optional: boolean;
  /** Takes a list of paths. */
  readonly many: boolean;
}
