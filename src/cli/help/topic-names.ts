/** What `wrangle help TOPIC` knows, each in a few words. The pages are in `topics/`. */
export const TOPICS = {
  pipelines: 'how a pipeline is written',
  caching: 'what makes a stage run again, and what does not',
  'fan-out': 'one stage for many values or items',
  selecting: 'which stages a command is about',
  selectors: 'tags, patterns, and what leads to a stage',
  params: 'values that are set from outside',
  secrets: 'passwords and tokens',
  watching: 'building again at each change',
  plugins: 'stage types from packages, and commands of their own',
  'exit-codes': 'what the shell learns',
  environment: 'variables that are read, and those that stages get',
  json: 'documents for programs',
  recovery: 'kills, rollback and resume',
  troubleshooting: 'what to do when something is odd',
} as const;

export type Topic = keyof typeof TOPICS;

export function isTopic(word: string | undefined): word is Topic {
  return word !== undefined && Object.hasOwn(TOPICS, word);
}
