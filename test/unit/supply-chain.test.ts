/** What is installed is what was looked at: each package in one version, by its digest, running nothing of its own. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { type Component, isAgreed, notAgreed } from '../../.ci/supply-chain.ts';

type Locked = { readonly integrity?: string; readonly hasInstallScript?: true; readonly resolved?: string };
const root = path.join(import.meta.dirname, '../..');
const read = (name: string) => JSON.parse(readFileSync(path.join(root, name), 'utf8'));
const manifest: {
  readonly dependencies: { readonly [name: string]: string };
  readonly devDependencies: { readonly [name: string]: string };
  readonly allowScripts: object;
} = read('package.json');
const locked = Object.entries(
  read('package-lock.json').packages as { readonly [place: string]: Locked },
).filter(([place]) => place !== '');

test('every dependency is named in one version: no range, tag or address', () => {
  const all = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
  expect(all.length).toBeGreaterThan(20);
  expect(all.filter(([, version]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/u.test(version))).toEqual([]);
});

test('every package is locked by its digest, and says nothing of where it was fetched', () => {
  expect(locked.length).toBeGreaterThan(200);
  expect(locked.filter(([, { integrity = '' }]) => !integrity.startsWith('sha512-'))).toEqual([]);
  expect(locked.filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
});

test('whatever would run something when it is installed is named, allowed or not', () => {
  const scripted = locked.filter(([, { hasInstallScript }]) => hasInstallScript);
  const names = new Set(scripted.map(([place]) => place.replace(/^.*node_modules\//u, '')));
  expect(new Set(Object.keys(manifest.allowScripts))).toEqual(names);
});

test.each([
  ['MIT', true],
  ['(MIT OR GPL-3.0-only)', true],
  ['GPL-3.0-only OR AGPL-3.0-only', false],
  ['MIT AND CC0-1.0', true],
  ['MIT AND GPL-2.0-only', false],
  ['MIT OR (Apache-2.0 AND GPL-2.0-only)', false],
  ['UNLICENSED', false],
  ['SEE LICENSE IN LICENSE.md', false],
  ['', false],
])('%j is agreed to: %s', (expression, expected) => {
  expect(isAgreed(expression)).toBe(expected);
});

test('a package without a licence, or with another than it was excepted for, is told', () => {
  const of = (name: string, ...ids: string[]): Component => ({
    name,
    version: '1.0.0',
    licenses: ids.map((id) => ({ license: { id } })),
  });
  expect(
    notAgreed([of('a', 'MIT'), of('combine-errors'), of('@resvg/resvg-js-linux-x64-gnu', 'MPL-2.0')]),
  ).toEqual([]);
  expect(
    notAgreed([
      of('a'),
      of('b', 'MPL-2.0'),
      of('c', 'MIT', 'SSPL-1.0'),
      of('combine-errors', 'GPL-3.0-only'),
    ]),
  ).toEqual([
    'a@1.0.0: none',
    'b@1.0.0: MPL-2.0',
    'c@1.0.0: MIT, SSPL-1.0',
    'combine-errors@1.0.0: GPL-3.0-only',
  ]);
});
