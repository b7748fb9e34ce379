/** A bug in wrangle, never a user's mistake. The command line ends with 70 on it. */
export class InternalError extends Error {
  override readonly name = 'InternalError';

  constructor(message: string, options?: ErrorOptions) {
    super(`Internal error: ${message}`, options);
  }
}
