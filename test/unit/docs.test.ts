/** What the documents say about commands, settings, rights, scopes and figures is what the code has. */
import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { problemStatuses } from '../../adapters/api/problems.ts';
import { livePath, readyPath } from '../../adapters/http/server.ts';
import { neededScopes } from '../../adapters/slack/manifest.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { commands } from '../../src/app/commands/registry.ts';
import { worstSkewSeconds } from '../../src/app/doctor/clock-check.ts';
import { readConfig, settingNames } from '../../src/config.ts';
import { failureRules } from '../../src/domain/failure.ts';
import { workerDownAfterMs } from '../../src/domain/incident.ts';
import { psaKindWords, psaRights, type ReadKind } from '../../src/domain/psa-rights.ts';
import { defaultSettings } from '../../src/ports/settings.ts';
import { documents, fileLinks, readDocument, tableUnder, unquoted } from '../support/documents.ts';

describe('commands in docs/using.md', () => {
  const rows = tableUnder(readDocument('docs/using.md'), ['command', 'role', 'written', 'what it does']);
  const told = rows.map(([name = '', role = '', usage = '']) => ({
    name: unquoted(name),
    role,
    usage: unquoted(usage),
  }));
  const shown = commands.filter(({ hidden }) => !hidden);

  test.each(shown.map(({ name, role, usage }) => [name, { name, role, usage }] as const))(
    '%s: role and grammar',
    (name, command) => {
      expect(told.filter((row) => row.name === name)).toEqual([command]);
    },
  );

  test('no command is told that there is not', () => {
    const names = new Set<string>(shown.map(({ name }) => name));
    expect(told.map(({ name }) => name).filter((name) => !names.has(name))).toEqual([]);
  });

  test('every row says what it does', () => {
    expect(rows.filter(([, , , what]) => !what)).toEqual([]);
  });
});

describe('settings', () => {
  /** Read where the embedded server is looked for, which is no matter of the schema. */
  const beside = ['CWSYNC_MONGOD'];
  const all = [...settingNames, ...beside].toSorted();
  const example = [...readDocument('.env.example').matchAll(/^([A-Z][A-Z_]+)=(.*)$/gmu)];
  const rows = tableUnder(readDocument('docs/operate.md'), ['setting', 'default', 'what it is']);

  test('.env.example has every setting once, and no other', () => {
    expect(example.map(([, name]) => name).toSorted()).toEqual(all);
  });

  test('docs/operate.md has every setting once, and no other', () => {
    expect(rows.map(([name = '']) => unquoted(name)).toSorted()).toEqual(all);
  });

  test('the values of .env.example are the defaults', () => {
    const env = Object.fromEntries(example.map(([, name = '', value = '']) => [name, value]));
    expect(readConfig(env)).toEqual(readConfig({}));
  });

  test('the defaults of docs/operate.md are those of .env.example', () => {
    const values = new Map(example.map(([, name = '', value = '']) => [name, value]));
    const differing = rows.filter(([name = '', fallback = '']) => {
      const value = values.get(unquoted(name)) ?? '';
      return value !== '' && value !== fallback;
    });
    expect(differing).toEqual([]);
  });
});

test('docs/api.md tells every error of the HTTP API by its status and code, and no other', () => {
  const rows = tableUnder(readDocument('docs/api.md'), ['status', 'code', 'when']);
  const told = rows.map(([status, code = '']) => ({ code: unquoted(code), status: Number(status) }));
  expect(told.toSorted(byCode)).toEqual(problemStatuses.toSorted(byCode));
});
const byCode = (a: { readonly code: string }, b: { readonly code: string }) => (a.code < b.code ? -1 : 1);

test('docs/operate.md tells every failure as it is told to people, and no other', () => {
  const headings = ['code', 'side', 'scope', 'heals', 'what it is', 'what to do'];
  const heals = { yes: 'by itself', no: 'not by itself', unknown: 'perhaps' };
  const expected = Object.entries(failureRules).map(([code, rule]) => [
    `\`${code}\``,
    rule.side,
    rule.scope,
    heals[rule.heals],
    rule.what,
    rule.next,
  ]);
  expect(tableUnder(readDocument('docs/operate.md'), headings)).toEqual(expected);
});

describe('rights in docs/connectwise.md', () => {
  const rows = tableUnder(readDocument('docs/connectwise.md'), [
    'right (module › action)',
    'cwsync reads by it',
    'why',
  ]);
  const kinds = Object.keys(psaRights) as ReadKind[];
  const byRight = Map.groupBy(kinds, (kind) => psaRights[kind]);

  test('each right once, with the kinds that need it', () => {
    const expected = [...byRight].map(([right, needing]) => [
      right,
      needing.map((kind) => psaKindWords[kind]).toSorted(),
    ]);
    const told = rows.map(([right = '', reads = '']) => [right, reads.split(', ').toSorted()]);
    expect(told.toSorted(byFirst)).toEqual(expected.toSorted(byFirst));
  });

  test('each with its reason', () => {
    expect(rows.filter(([, , why]) => !why)).toEqual([]);
  });
});

function byFirst([a]: readonly unknown[], [b]: readonly unknown[]): number {
  return String(a) < String(b) ? -1 : 1;
}

describe('docs/slack.md', () => {
  test('gives a reason for each scope of the manifest, and for no other', () => {
    const rows = tableUnder(readDocument('docs/slack.md'), ['scope', 'for']);
    const told = rows.flatMap(([scopes = '']) => scopes.split(', ').map(unquoted));
    expect(told.toSorted()).toEqual([...neededScopes()]);
  });
});

describe('figures and names', () => {
  const operate = readDocument('docs/operate.md');

  test('when the worker counts as dead, and clocks as apart', () => {
    expect(operate).toContain(`showed itself within ${workerDownAfterMs / 60_000} minutes`);
    expect(operate).toContain(`a difference of more than ${worstSkewSeconds} s`);
  });

  test('what is set unless somebody sets it otherwise', () => {
    const read = readConfig({});
    if (!read.ok) throw new Error('the defaults are refused');
    const { timings, schedule, requests } = read.config;
    const using = readDocument('docs/using.md');
    expect(using).toContain(`starts ${timings.coolDownMs / 60_000} minutes later at the earliest`);
    expect(using).toContain(`about every ${schedule.comprehensiveMs / 3_600_000} hours, and`);
    expect(using).toContain(`about every ${schedule.miscMs / 3_600_000} hours or by`);
    expect(using).toContain(`${defaultSettings.autoDisableDays} days after the project was closed`);
    expect(using).toContain(`Entries are kept for ${defaultSettings.retentionDays} days`);
    const asked = `At most ${requests?.perSecond} requests a second and ${requests?.atOnce} at once`;
    expect(readDocument('docs/connectwise.md')).toContain(asked);
  });

  test('the health endpoints', () => {
    for (const endpoint of [livePath, readyPath]) expect(operate).toContain(`\`GET ${endpoint}\``);
  });

  test.each(documents)('every npm script that %s names exists', (file) => {
    const named = [...readDocument(file).matchAll(/npm run (?:--silent )?([a-z:]+)/gu)].map(
      ([, name]) => name,
    );
    const missing = named.filter((name) => !(name && name in packageJson.scripts));
    expect(missing).toEqual([]);
  });

  test.each(documents)('every file that %s links to exists', (file) => {
    expect(fileLinks(file).filter((target) => !existsSync(target))).toEqual([]);
  });

  test.each(documents)('%s keeps to the width of a line but in tables', (file) => {
    const long = readDocument(file)
      .split('\n')
      .filter((line) => line.length > 120 && !line.trim().startsWith('|'));
    expect(long).toEqual([]);
  });
});
