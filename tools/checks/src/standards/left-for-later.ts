// Owns: the numbered requirements that nobody has begun, or only in part, and why. Does not own: which there are (docs/requirements).

const REGISTRATION = 'dynamic client registration is not built';
const FAPI = 'the FAPI 2.0 profile is not built';

const FAPI_ITEMS = Array.from({ length: 30 }, (_, index) => `F${index + 1}`).filter((item) => item !== 'F2');

export const LEFT_FOR_LATER: Readonly<Record<string, string>> = {
  R3: REGISTRATION,
  R13: 'the one response type is code, for which a nonce is not required',
  R38: 'an unknown kid of a client needs jwks_uri',
  R39: REGISTRATION,
  R40: REGISTRATION,
  R41: REGISTRATION,
  R42: 'sector_identifier_uri is not built',
  L5: 'front-channel logout is not built',
  L6: 'session management by iframe is not built',
  ...Object.fromEntries(FAPI_ITEMS.map((item) => [item, FAPI])),
};
