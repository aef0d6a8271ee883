// A jest reporter that leaves the figures of one project in a folder, for `npm test` to add up. Does not print.
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export default class JestResults {
  constructor(globalConfig, { folder }) {
    this.folder = folder;
    this.project = globalConfig.rootDir;
  }

  onRunComplete(_contexts, results) {
    // A spec file that could not even be loaded has run no test, and is a failure all the same.
    const unloadable = results.testResults.filter(
      (file) => file.testExecError !== undefined && file.numFailingTests === 0,
    );
    const figures = {
      project: this.project,
      passed: results.numPassedTests,
      failed: results.numFailedTests + unloadable.length,
      skipped: results.numPendingTests + results.numTodoTests,
      failures: results.testResults.flatMap((file) => [
        ...(file.testExecError === undefined
          ? []
          : [`${file.testFilePath}: could not run\n${file.failureMessage ?? ''}`]),
        ...file.testResults
          .filter((test) => test.status === 'failed')
          .map((test) => `${file.testFilePath}: ${test.fullName}\n${test.failureMessages.join('\n')}`),
      ]),
    };
    writeFileSync(join(this.folder, `${randomUUID()}.json`), JSON.stringify(figures));
  }
}
