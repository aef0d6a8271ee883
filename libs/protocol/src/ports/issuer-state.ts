/** Owns the port that answers the issuer's generation (revocation of kind `issuer` raises it). */
export interface IssuerState {
  generation(): Promise<number>;
}
