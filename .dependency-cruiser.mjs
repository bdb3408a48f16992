/**
 * Who may import whom. The table stands in docs/architecture.md; test/integration/boundaries.test.ts plants one
 * breach of each rule and expects it to be caught.
 */
const from = (path, extra = {}) => ({ path, ...extra });
const ownModules = '^(src|adapters|jobs|demo|bench|test)/';

/** Files of ours below `path` may import files of ours below `allowed` only. */
function only(name, path, allowed, pathNot) {
  return {
    name,
    severity: 'error',
    from: from(path, pathNot ? { pathNot } : {}),
    to: { path: ownModules, pathNot: allowed },
  };
}

const adapters = [
  'slack',
  'teams',
  'connectwise',
  'mongodb',
  'bullmq',
  'telemetry',
  'terminal',
  'api',
  'charts',
];

export default {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    only('domain-stands-alone', '^src/domain/', '^src/domain/'),
    {
      name: 'domain-uses-no-package',
      severity: 'error',
      from: from('^src/domain/'),
      to: { dependencyTypes: ['npm', 'npm-dev', 'core'] },
    },
    only('ports-know-domain', '^src/ports/', '^src/(domain|ports)/'),
    only('app-knows-domain-and-ports', '^src/app/', '^src/(domain|ports|app)/'),
    only('config-knows-domain', '^src/config\\.ts$', '^src/domain/'),
    ...adapters.map((name) =>
      only(`adapter-${name}`, `^adapters/${name}/`, `^(src/(domain|ports)/|adapters/(http|${name})/)`),
    ),
    only('adapter-http', '^adapters/http/', '^(src/(domain|ports)/|adapters/http/)'),
    only('jobs-know-the-worker-runtime', '^jobs/', '^src/bootstrap/worker-runtime\\.ts$'),
    {
      name: 'nobody-imports-jobs',
      severity: 'error',
      from: from('^(src|adapters|demo|bench|jobs)/'),
      to: { path: '^jobs/' },
    },
    only('demo-connectwise-stands-alone', '^demo/connectwise/', '^demo/connectwise/'),
    only('demo-slack-stands-alone', '^demo/slack/', '^demo/slack/'),
    only('demo-teams-stands-alone', '^demo/teams/', '^demo/teams/'),
    {
      name: 'only-the-root-sees-adapters',
      severity: 'error',
      from: from('^src/', { pathNot: '^src/bootstrap/' }),
      to: { path: '^adapters/' },
    },
    {
      name: 'nothing-imports-tests-or-the-demo',
      severity: 'error',
      from: from('^(src|adapters|jobs)/'),
      to: { path: '^(test|demo|bench)/' },
    },
    {
      name: 'no-dev-package-in-the-product',
      severity: 'error',
      from: from('^(src|adapters|jobs)/'),
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // TypeScript 7 has no programming interface yet that dependency-cruiser could parse with.
    parser: 'swc',
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.mjs', '.json'],
      conditionNames: ['import', 'node', 'types', 'default'],
    },
  },
};
