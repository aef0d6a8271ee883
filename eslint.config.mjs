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
  { sourceTag: 'tool:testbed', onlyDependOnLibsWithTags: [] },
  { sourceTag: 'tool:stack', onlyDependOnLibsWithTags: ['*'] },
  { sourceTag: 'tool:checks', onlyDependOnLibsWithTags: ['*'] },
];

const specs = ['**/*.spec.ts', '**/*.contract.ts', '**/test/**/*.ts', '**/testing/**/*.ts', '**/testing.ts'];
const testingEntries = {
  group: ['@latchkey/*/testing', '@latchkey/testbed', '**/testing.js', '**/testing/**', '**/test/**', '**/*.spec.js'],
  message: 'Product code may not import what exists for tests.',
};
const privateKeys = {
  group: ['@latchkey/tokens/issuing', '**/tokens/src/issuing*'],
  message: 'Private keys are out of reach of whoever only verifies (DESIGN: the guard may not import tokens/issuing).',
};
/** What no-restricted-imports does not see: import() and the ways back to CommonJS. Written with . for /, which esquery ends a pattern at. */
const dynamicTestingEntries = {
  selector: 'ImportExpression[source.value=/^@latchkey.(testbed$|[^.]+.testing$)|.testing(.js$|.)|.test.|.spec.js$/]',
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
const verifiersOnly = ['libs/resource-guard/**/*.ts', 'apps/resource-service/**/*.ts'];

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
      // Marked as deprecated by its authors to stand out: the demo speaks http to an issuer on this machine.
      '@typescript-eslint/no-deprecated': [
        'error',
        { allow: [{ from: 'package', package: 'openid-client', name: 'allowInsecureRequests' }] },
      ],
    },
  },
  {
    files: ['**/*.ts'],
    ignores: [...specs, 'tools/**'],
    rules: {
      'no-restricted-imports': ['error', { patterns: [testingEntries] }],
      'no-restricted-syntax': ['error', dynamicTestingEntries, ...opaqueImports],
    },
  },
  {
    files: verifiersOnly,
    ignores: specs,
    rules: {
      'no-restricted-imports': ['error', { patterns: [testingEntries, privateKeys] }],
      'no-restricted-syntax': ['error', dynamicTestingEntries, dynamicPrivateKeys, ...opaqueImports],
    },
  },
  {
    files: ['libs/{tokens,protocol}/src/**/*.ts'],
    ignores: specs,
    rules: {
      'no-restricted-globals': ['error', { name: 'process', message: 'Pass it in: this room is pure.' }],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'Pass the clock in: this room is pure.' },
      ],
    },
  },
);
