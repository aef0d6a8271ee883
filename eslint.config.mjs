import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

/** The arrows of the house: a room may import only the rooms named beside it. */
const depConstraints = [
  {
    sourceTag: 'room:tokens',
    onlyDependOnLibsWithTags: ['tool:testbed'],
    bannedExternalImports: ['@nestjs/*', 'typeorm*', '*fastify*', 'pg'],
  },
  {
    sourceTag: 'room:protocol',
    onlyDependOnLibsWithTags: ['room:tokens', 'tool:testbed'],
    bannedExternalImports: ['@nestjs/*', 'typeorm*', 'redis*', '@redis/*', '*fastify*', 'pg'],
  },
  {
    sourceTag: 'room:resource-guard',
    onlyDependOnLibsWithTags: ['room:tokens', 'tool:testbed'],
    bannedExternalImports: ['typeorm*', 'pg'],
  },
  {
    sourceTag: 'door:auth-service',
    onlyDependOnLibsWithTags: ['room:tokens', 'room:protocol', 'room:resource-guard', 'room:process', 'tool:testbed'],
  },
  {
    sourceTag: 'door:resource-service',
    onlyDependOnLibsWithTags: ['room:tokens', 'room:resource-guard', 'room:process', 'tool:testbed'],
  },
  {
    sourceTag: 'room:process',
    onlyDependOnLibsWithTags: ['tool:testbed'],
    bannedExternalImports: ['typeorm*', 'pg', 'redis*'],
  },
  {
    sourceTag: 'room:admin-client',
    onlyDependOnLibsWithTags: [],
    bannedExternalImports: ['@nestjs/*', 'typeorm*', '*redis*', '*fastify*', 'pg'],
  },
  { sourceTag: 'tool:testbed', onlyDependOnLibsWithTags: [] },
  { sourceTag: 'tool:stack', onlyDependOnLibsWithTags: ['*'] },
  { sourceTag: 'tool:checks', onlyDependOnLibsWithTags: ['*'] },
  { sourceTag: 'tool:bench', onlyDependOnLibsWithTags: ['*'] },
  { sourceTag: 'tool:chaos', onlyDependOnLibsWithTags: ['tool:stack', 'tool:testbed'] },
];

const specs = ['**/*.spec.ts', '**/*.contract.ts', '**/test/**/*.ts', '**/testing/**/*.ts', '**/testing.ts'];
const testingEntries = {
  group: [
    '@latchkey/*/testing',
    '@latchkey/*/contracts',
    '@latchkey/testbed',
    '**/testing.js',
    '**/testing/**',
    '**/test/**',
    '**/*.spec.js',
  ],
  message: 'Product code may not import what exists for tests.',
};
const privateKeys = {
  group: ['@latchkey/tokens/issuing', '**/tokens/src/issuing*'],
  message: 'Private keys are out of reach of whoever only verifies (DESIGN: the guard may not import tokens/issuing).',
};
const ENVIRONMENT = 'Only apps/*/src/config.ts reads the environment (DESIGN §1); pass the setting in.';
const LOGGED = 'Nothing prints: log through the logger that is passed in.';
const PURE = 'Pass it in: this room is pure (DESIGN §1).';
const PURE_CLOCK = 'Pass the clock in: this room is pure (DESIGN §1).';

/** Ways round the globals: the same things as modules, and by way of the global object. */
const machineModules = [
  { name: 'node:process', message: ENVIRONMENT },
  { name: 'process', message: ENVIRONMENT },
  { name: 'node:console', message: LOGGED },
  { name: 'console', message: LOGGED },
];
const clockModules = [
  { name: 'node:perf_hooks', message: PURE_CLOCK },
  { name: 'perf_hooks', message: PURE_CLOCK },
];
const globalObjects = ['globalThis', 'global', 'window', 'self'].map((name) => ({
  name,
  message: 'Everything global can be had from here; name what is meant.',
}));
const processEnvironment = [{ object: 'process', property: 'env', message: ENVIRONMENT }];
const ambient = [{ name: 'console', message: LOGGED }, ...globalObjects];
/** Timers are allowed in the pure rooms: who owns a connection or a refresh waits, but by the clock that is passed in. */
const ambientOfPureRooms = [
  ...ambient,
  { name: 'process', message: PURE },
  { name: 'performance', message: PURE_CLOCK },
];
const impureProperties = [
  { object: 'Date', property: 'now', message: PURE_CLOCK },
  { object: 'Math', property: 'random', message: 'Randomness is node:crypto; what need not be secret is passed in.' },
];
const dynamicMachineModules = [
  { selector: 'ImportExpression[source.value=/^(node:)?process$/]', message: ENVIRONMENT },
  { selector: 'ImportExpression[source.value=/^(node:)?console$/]', message: LOGGED },
];
const readsOfTheClock = [
  { selector: 'ImportExpression[source.value=/^(node:)?perf_hooks$/]', message: PURE_CLOCK },
  { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: PURE_CLOCK },
  { selector: 'CallExpression[callee.name="Date"]', message: PURE_CLOCK },
];

/** What no-restricted-imports does not see: import() and the ways back to CommonJS. Written with . for /, which esquery ends a pattern at. */
const dynamicTestingEntries = {
  selector:
    'ImportExpression[source.value=/^@latchkey.(testbed$|[^.]+.(testing|contracts)$)|.testing(.js$|.)|.test.|.spec.js$/]',
  message: testingEntries.message,
};
const dynamicPrivateKeys = {
  selector: 'ImportExpression[source.value=/tokens.(src.)?issuing/]',
  message: privateKeys.message,
};
const opaqueImports = [
  {
    selector: 'ImportExpression[source.type!="Literal"]',
    message: 'An import that is computed passes every fence; name what is imported.',
  },
  { selector: 'TSImportEqualsDeclaration', message: 'import = require() passes the fences; use import.' },
  { selector: 'ImportSpecifier[imported.name="createRequire"]', message: 'require() passes the fences; use import.' },
  { selector: 'CallExpression[callee.name="require"]', message: 'require() passes the fences; use import.' },
];
const fencedSyntax = [dynamicTestingEntries, ...dynamicMachineModules, ...opaqueImports];

export default tseslint.config(
  { ignores: ['**/dist', '**/coverage', '**/node_modules', '**/*.mjs', '**/*.cjs', '**/*.js'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { '@nx': nx },
    rules: {
      '@nx/enforce-module-boundaries': ['error', { depConstraints, banTransitiveDependencies: true }],
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/consistent-type-assertions': [
        'error',
        { assertionStyle: 'as', objectLiteralTypeAssertions: 'never' },
      ],
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { fixStyle: 'inline-type-imports', prefer: 'type-imports', disallowTypeAnnotations: false },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      // Marked as deprecated by its authors to stand out: demo and specs speak http to an issuer on this machine.
      '@typescript-eslint/no-deprecated': [
        'error',
        {
          allow: [
            { from: 'package', package: 'openid-client', name: 'allowInsecureRequests' },
            { from: 'package', package: 'oauth4webapi', name: 'allowInsecureRequests' },
          ],
        },
      ],
    },
  },
  {
    files: ['**/*.ts'],
    ignores: [...specs, 'tools/**'],
    rules: {
      'no-restricted-imports': ['error', { paths: machineModules, patterns: [testingEntries] }],
      'no-restricted-syntax': ['error', ...fencedSyntax],
      'no-restricted-globals': ['error', ...ambient],
      'no-restricted-properties': ['error', ...processEnvironment],
    },
  },
  {
    files: ['apps/*/src/config.ts'],
    rules: { 'no-restricted-properties': 'off' },
  },
  {
    files: ['apps/resource-service/**/*.ts'],
    ignores: specs,
    rules: {
      'no-restricted-imports': ['error', { paths: machineModules, patterns: [testingEntries, privateKeys] }],
      'no-restricted-syntax': ['error', ...fencedSyntax, dynamicPrivateKeys],
    },
  },
  {
    files: ['libs/{tokens,protocol,resource-guard}/src/**/*.ts'],
    ignores: specs,
    rules: {
      'no-restricted-imports': ['error', { paths: [...machineModules, ...clockModules], patterns: [testingEntries] }],
      'no-restricted-syntax': ['error', ...fencedSyntax, ...readsOfTheClock],
      'no-restricted-globals': ['error', ...ambientOfPureRooms],
      'no-restricted-properties': ['error', ...impureProperties],
    },
  },
  {
    files: ['libs/resource-guard/**/*.ts'],
    ignores: specs,
    rules: {
      'no-restricted-imports': [
        'error',
        { paths: [...machineModules, ...clockModules], patterns: [testingEntries, privateKeys] },
      ],
      'no-restricted-syntax': ['error', ...fencedSyntax, ...readsOfTheClock, dynamicPrivateKeys],
    },
  },
  {
    // The one place of the guard that reads the clocks of the machine.
    files: ['libs/resource-guard/src/machine-clock.ts'],
    rules: {
      'no-restricted-globals': ['error', ...ambient, { name: 'process', message: PURE }],
      'no-restricted-properties': 'off',
    },
  },
);
