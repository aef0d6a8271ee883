/** Owns the words that stand in the OpenAPI document once, for all operations of a kind. Does not own those of one operation. */

export const INTRODUCTION = `What an operator does with clients, APIs, people, keys and revocations.

**Access.** An access token by \`client_credentials\`, with \`resource\` set to the address of this API. Each operation names its scope.

**Faults.** Problem details (RFC 9457). A 400 names every fault at once, each by a JSON Pointer; a member that is not known is one.

**Lists.** \`limit\` and \`after\`; an answer's \`next\` is the next request's \`after\`. The order stays while rows come and go.

**Changes.** \`If-Match\` with the \`ETag\` that was read: nothing is written over what nobody has read. \`Idempotency-Key\` on what
creates: one effect, however often it is sent. Any other method than those named here is answered with 405 and \`Allow\`.

**Revocation.** Whatever takes something away says which revocation it left. With \`Prefer: wait=N\` the answer comes when every guard
has applied it.`;

/** In the order of admin-api.md. */
export const TAGS: ReadonlyMap<string, string> = new Map([
  ['clients', 'Whoever may ask for tokens (RFC 7591 names), and their secrets.'],
  ['apis', 'Protected APIs: the audience of tokens, their scopes, and the secret that an API may share.'],
  ['users', 'The accounts of people.'],
  ['grants', 'What a person has allowed a client: one for each redeemed code.'],
  ['consents', 'What a person has allowed each client so far.'],
  ['sessions', 'Who is logged in.'],
  ['revocations', 'What is refused everywhere although it is signed and has not expired, and who has heard of it.'],
  ['guards', 'Every process that guards an API, and how fresh its knowledge is.'],
  ['keys', 'The keys that sign: listed, rotated, killed.'],
  ['audit', 'Who did what to what, from where, with which outcome.'],
  ['audit-events', 'Who did what to what, from where, with which outcome.'],
  ['tokens', 'What a guard would say of a token now, and why.'],
]);
