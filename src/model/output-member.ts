/** What expressions see of an output's contents, by name; see `OutputView`. */
export const OUTPUT_MEMBERS = ['size_bytes', 'sha256', 'text', 'json', 'rows'] as const;
export type OutputMember = (typeof OUTPUT_MEMBERS)[number];

export function isOutputMember(name: string): name is OutputMember {
  return (OUTPUT_MEMBERS as readonly string[]).includes(name);
}
