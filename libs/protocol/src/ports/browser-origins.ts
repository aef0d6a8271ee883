/** Owns the port that tells of which origins scripts may read our answers. Does not own which origins a client has. */

export interface BrowserOrigins {
  /**
   * Which of these an enabled public client has, as things stand now: one indexed read, however many are asked for.
   * @param origins each as `isWebOrigin` wants it
   * @throws Unavailable
   */
  registeredAmong(origins: readonly string[]): Promise<ReadonlySet<string>>;
}
