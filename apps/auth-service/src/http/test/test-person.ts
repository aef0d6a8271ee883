/** Owns a person of whom everything is known that OpenID Connect Core §5.1 has a claim for. Does not own what a client is told. */

/** All of the scope `profile` but updated_at, which the row itself says. */
export const PROFILE = {
  name: 'Ada King Lovelace',
  given_name: 'Ada',
  family_name: 'Lovelace',
  middle_name: 'King',
  nickname: 'Ada',
  preferred_username: 'ada',
  profile: 'https://people.example.com/ada',
  picture: 'https://people.example.com/ada.png',
  website: 'https://ada.example.com/',
  gender: 'female',
  birthdate: '1815-12-10',
  zoneinfo: 'Europe/London',
  locale: 'en-GB',
};
export const EMAIL = { email: 'ada@example.com', email_verified: true };
export const PHONE = { phone_number: '+44 20 7946 0123', phone_number_verified: false };
export const ADDRESS = {
  address: {
    ...{ formatted: '12 St James Square\nLondon SW1Y 4JH', street_address: '12 St James Square', locality: 'London' },
    ...{ region: 'Greater London', postal_code: 'SW1Y 4JH', country: 'United Kingdom' },
  },
};
export const EVERYTHING = { ...PROFILE, ...EMAIL, ...PHONE, ...ADDRESS };
