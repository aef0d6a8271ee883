// Owns: which sections of which specifications a text names, and which numbered items of docs/requirements. Does not own: whose text it is.

export interface Citation {
  /** As the document calls it, whatever the text does: "RFC 6749", "OpenID Connect Core". */
  readonly specification: string;
  /** "3.1.2.1", "A" for an appendix; empty where the text names the whole. */
  readonly section: string;
}

/** How texts call a specification, and how the document does. The first that fits counts. */
const NAMES: readonly (readonly [pattern: string, name: string])[] = [
  ['RFC 6265bis', 'RFC 6265bis'],
  ['RFC 7523bis', 'RFC 7523bis'],
  ['RFC ?([0-9]{3,5})', 'RFC $1'],
  ['(?:OpenID Connect |OIDC )?RP-Initiated Logout(?: 1\\.0)?', 'OpenID Connect RP-Initiated Logout'],
  ['(?:OpenID Connect |OIDC )?Back-Channel Logout(?: 1\\.0)?|BCL(?= §)', 'OpenID Connect Back-Channel Logout'],
  ['(?:OpenID Connect |OIDC )?Front-Channel Logout(?: 1\\.0)?|FCL(?= §)', 'OpenID Connect Front-Channel Logout'],
  ['(?:OpenID Connect |OIDC )?Session Management(?: 1\\.0)?(?= §)', 'OpenID Connect Session Management'],
  ['OpenID Connect (?:Dynamic Client )?Registration|OIDC DCR', 'OpenID Connect Dynamic Client Registration'],
  ['OpenID Connect Discovery|OIDC Discovery|Discovery(?= §)', 'OpenID Connect Discovery'],
  ['OpenID Connect Core|OIDC Core|Core(?= §)', 'OpenID Connect Core'],
  ['OAuth (?:2\\.0 )?Form Post Response Mode|Form Post(?: Response Mode)?(?= §)', 'OAuth 2.0 Form Post Response Mode'],
  ['OAuth (?:2\\.0 )?Multiple Response Types?', 'OAuth 2.0 Multiple Response Types'],
  ['FAPI2-SP|FAPI 2\\.0 Security Profile', 'FAPI 2.0 Security Profile'],
  ['FAPI2-MS|FAPI 2\\.0 Message Signing', 'FAPI 2.0 Message Signing'],
  ['draft-ietf-httpapi-ratelimit-headers(?:-[0-9]+)?', 'draft-ietf-httpapi-ratelimit-headers'],
  ['Content Security Policy Level 3|CSP Level 3', 'Content Security Policy Level 3'],
  ['Fetch standard|Fetch(?=,)', 'Fetch standard'],
  ['WCAG 2\\.2', 'WCAG 2.2'],
  // Documents of the house: their sections are none of a standard's.
  ['DESIGN|STYLE|TOOLCHAIN', ''],
];

const PATTERN = new RegExp(
  [
    ...NAMES.map(([pattern]) => `(?<![A-Za-z])(?:${pattern})`),
    '(?:§§?|(?:, )?Appendix )\\s?([0-9]+(?:\\.[0-9]+)*|[A-Z](?:\\.[0-9]+)*)',
  ]
    .map((pattern) => `(${pattern})`)
    .join('|'),
  'g',
);

const nameOf = (words: string): string => {
  for (const [pattern, name] of NAMES) {
    const match = new RegExp(`^(?:${pattern.replaceAll(/\(\?=[^)]*\)/g, '')})$`).exec(words);
    if (match !== null) return name.replace('$1', match[1] ?? '');
  }
  return '';
};

/** A section belongs to the specification that was named last: "RFC 6749 §4.1 and §5.2". */
export function citationsOf(text: string): readonly Citation[] {
  const found: Citation[] = [];
  let specification = '';
  let named = true;
  const nameTheWhole = (): void => {
    if (!named && specification !== '') found.push({ specification, section: '' });
  };
  for (const match of text.matchAll(PATTERN)) {
    const section = match.at(-1);
    if (section === undefined) {
      nameTheWhole();
      [specification, named] = [nameOf(match[0]), false];
    } else if (specification !== '') {
      named = true;
      found.push({ specification, section });
    }
  }
  nameTheWhole();
  return unique(found, ({ specification: name, section }) => `${name} §${section}`);
}

/** R1 … of the requirements, those that there are. */
export const itemsOf = (text: string, known: ReadonlySet<string>): readonly string[] =>
  unique(
    [...text.matchAll(/(?<![\w-])[RLPFVAK][0-9]{1,2}(?![\w-])/g)]
      .map(([item]) => item)
      .filter((item) => known.has(item)),
    (item) => item,
  );

const unique = <Value>(values: readonly Value[], key: (value: Value) => string): readonly Value[] => [
  ...new Map(values.map((value) => [key(value), value])).values(),
];
