// Prints "N passed, N failed" from vitest's report; a run without a report counts as one failure.
import { readFileSync } from 'node:fs';

let passed = 0;
let failed = 1;
try {
  const report = JSON.parse(readFileSync(process.argv[2], 'utf8'));
  passed = report.numPassedTests;
  const brokenFiles = report.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  );
  failed = report.numFailedTests + brokenFiles.length;
} catch {
  console.error('no test report: the checks before the tests failed');
}
console.log(`${passed} passed, ${failed} failed`);
