import { expect, test } from 'vitest';
import { type Bench, summaryTable } from '../../bench/bench.ts';

const bench = (name: string, at: 'most' | 'least', value: number, unit: string): Bench => ({
  name,
  what: '',
  unit,
  limit: { at, value },
  measure: () => Promise.reject(new Error('not here')),
});

test('the table of all figures: met, missed, met by a limit that was measured beside it, and not measured', () => {
  const lines = summaryTable([
    { bench: bench('ready', 'most', 2, 's'), figure: { value: 1.31549, details: [] } },
    { bench: bench('scale', 'least', 95, '%'), figure: { value: 94.9, details: [] } },
    { bench: bench('ack', 'most', 50, 'ms'), figure: { value: 60, limit: 75, details: [] } },
    { bench: bench('lost', 'most', 0, 'documents') },
  ]);
  expect(lines).toEqual([
    'name   value  limit                ok',
    'ready  1.315  at most 2 s          ✓ yes',
    'scale   94.9  at least 95 %        ✗ no',
    'ack       60  at most 75 ms        ✓ yes',
    'lost       –  at most 0 documents  ✗ not measured',
  ]);
});
