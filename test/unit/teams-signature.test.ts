import { expect, test } from 'vitest';
import { signer } from '../../adapters/teams/signature.ts';

const what = ['f1', 'tenant', 'user'];
const until = 600_000;
const { sign, valid } = signer('a secret', 'forms');
const signature = sign(what, until);

test('is good until its time is over', () => {
  expect(valid(what, until, signature, 0)).toBe(true);
  expect(valid(what, until, signature, until - 1)).toBe(true);
  expect(valid(what, until, signature, until)).toBe(false);
  expect(valid(what, Number.NaN, signature, 0)).toBe(false);
});

test.each<[string, readonly string[], number, string]>([
  ['another form', ['f2', 'tenant', 'user'], until, signature],
  ['another person', ['f1', 'tenant', 'vera'], until, signature],
  ['words that are parted elsewhere', ['f1', 'tenantu', 'ser'], until, signature],
  ['a later time', what, until + 1, signature],
  ['a signature that is cut', what, until, signature.slice(1)],
  ['none', what, until, ''],
  ['one of another use', what, until, signer('a secret', 'files').sign(what, until)],
  ['one of another secret', what, until, signer('another secret', 'forms').sign(what, until)],
])('is worth nothing for %s', (_, signed, time, given) => {
  expect(valid(signed, time, given, 0)).toBe(false);
});
