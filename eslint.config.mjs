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
    onlyDependOnLibsWithTags: ['room:tokens', 'room:protocol', 'room:resource-guard', 'tool:testbed'],
  },
  {
    sourceTag: 'door:resource-service',
    onlyDependOnLibsWithTags: ['room:tokens', 'room:resource-guard', 'tool:testbed'],
  },
  { sourceTag: 'tool:testbed', onlyDependOnLibsWithTags: [] },
  { sourceTag: 'tool:stack', onlyDependOnLibsWithTags: ['*'] },
  { sourceTag: 'tool:checks', onlyDependOnLibsWithTags: ['*'] },
];

const specs = ['**/*.spec.ts', '**/*.contract.ts', '**/test/**/*.ts', '**/testing/**/*.ts', '**/testing.ts'];
const testingEntries = {
  group: ['@latchkey/*/testing', '@latchkey/testbed'],
  message: 'Product code may not import what exists for tests.',
};
const privateKeys = {
  group: ['@latchkey/tokens/issuing', '**/tokens/src/issuing*'],
  message: 'Private keys are out of reach of whoever only verifies (DESIGN: the guard may not import tokens/issuing).',
};
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
    },
  },
  {
    files: ['**/*.ts'],
    ignores: [...specs, 'tools/**'],
    rules: { 'no-restricted-imports': ['error', { patterns: [testingEntries] }] },
  },
  {
    files: verifiersOnly,
    ignores: specs,
    rules: { 'no-restricted-imports': ['error', { patterns: [testingEntries, privateKeys] }] },
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
