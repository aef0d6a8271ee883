/** Owns the list of what every grant may use. */
import type { ApiStore } from '../ports/api.js';
import type { ClaimsStore } from '../ports/claims-store.js';
import type { Ephemeral } from '../ports/ephemeral.js';
import type { GrantStore } from '../ports/grant.js';
import type { IssuerState } from '../ports/issuer-state.js';
import type { MacKeys } from '../ports/mac-keys.js';
import type { PairwiseSubjects } from '../ports/pairwise-subjects.js';
import type { ProtocolSettings } from '../settings.js';

export interface GrantParts {
  readonly settings: ProtocolSettings;
  readonly apis: ApiStore;
  readonly grants: GrantStore;
  readonly claims: ClaimsStore;
  readonly ephemeral: Ephemeral;
  readonly issuerState: IssuerState;
  readonly macKeys: MacKeys;
  readonly pairwise: PairwiseSubjects;
  nowSeconds(): number;
}
