/** What the documents say of metrics is what there is; and the alert rules are such that Prometheus takes them. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parser } from '@prometheus-io/lezer-promql';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { allMetrics, type MetricDefinition } from '../../adapters/telemetry/metric-table.ts';
import { workerDownAfterMs } from '../../src/domain/incident.ts';
import { awayAfterMs } from '../../src/ports/liveness.ts';
import { readDocument, tableUnder, unquoted } from '../support/documents.ts';

test('docs/operate.md has every metric once as it is, and no other', () => {
  const rows = tableUnder(readDocument('docs/operate.md'), ['metric', 'type', 'labels', 'what it is']);
  const told = rows.map(([name = '', type, labels, what]) => [unquoted(name), type, labels, what]);
  const expected = allMetrics.map(({ name, type, labels, help }) => [name, type, labelWords(labels), help]);
  expect(told).toEqual(expected);
});

function labelWords(labels: MetricDefinition['labels']): string {
  return Object.entries(labels)
    .map(([label, values]) => `\`${label}\`${values === 'any' ? '' : `: ${values.join(', ')}`}`)
    .join('; ');
}

test.each(allMetrics.map((metric) => [metric.name, metric] as const))(
  '%s is named by convention',
  (name, metric) => {
    expect(name).toMatch(/^(?:cwsync|process)_[a-z][a-z\d]*(?:_[a-z\d]+)*$/u);
    expect(name.endsWith('_total')).toBe(metric.type === 'counter');
    // Base units: a span in seconds, a size in bytes, a share from 0 to 1.
    expect(name).not.toMatch(/_(?:ms|milliseconds|minutes|kb|mb|percent)(?:_|$)/u);
    if (metric.type === 'histogram') expect(name).toMatch(/_seconds$/u);
    expect(metric.help).toMatch(/^\S.*\.$/u);
  },
);

const ruleFile = z.strictObject({
  groups: z.array(
    z.strictObject({
      name: z.string().regex(/^cwsync-[a-z]+$/u),
      rules: z.array(
        z.strictObject({
          alert: z.string().regex(/^Cwsync[A-Z]\w+$/u),
          expr: z.string().min(1),
          for: z
            .string()
            .regex(/^\d+[mh]$/u)
            .optional(),
          labels: z.strictObject({ severity: z.enum(['critical', 'warning']) }),
          annotations: z.strictObject({
            summary: z.string().regex(/\.$/u),
            description: z.string().regex(/\.$/u),
          }),
        }),
      ),
    }),
  ),
});
const file = path.join(import.meta.dirname, '../../docs/alert-rules.yaml');
const { groups } = ruleFile.parse(parse(readFileSync(file, 'utf8')));
const rules = groups.flatMap((group) => group.rules);

describe('docs/alert-rules.yaml', () => {
  test('each alert and each group is there once', () => {
    const names = [...rules.map(({ alert }) => alert), ...groups.map(({ name }) => name)];
    expect(new Set(names).size).toBe(names.length);
    expect(rules.length).toBeGreaterThan(15);
  });

  test.each(rules.map((rule) => [rule.alert, rule] as const))(
    '%s: of metrics and labels that there are',
    (_name, rule) => {
      const { broken, selectors, groupings } = partsOf(rule.expr);
      expect(broken, 'no expression of Prometheus').toEqual([]);
      expect(selectors.length).toBeGreaterThan(0);
      for (const selector of selectors) expect(problemsOf(selector), selector.name).toEqual([]);
      const labels = new Set(selectors.flatMap(({ metric }) => Object.keys(metric?.labels ?? {})));
      // Those that Prometheus itself puts on, and the bounds of a histogram.
      for (const given of ['instance', 'job', 'le']) labels.add(given);
      const used = [rule.annotations.summary, rule.annotations.description].flatMap((words) =>
        [...words.matchAll(/\$labels\.(\w+)/gu)].map(([, label = '']) => label),
      );
      expect([...groupings, ...used].filter((label) => !labels.has(label))).toEqual([]);
      // What a summary names must be left of what was added up.
      expect(used.filter((label) => !groupings.includes(label))).toEqual([]);
    },
  );

  test('what counts as silent is what counts as silent elsewhere', () => {
    const exprOf = (name: string) => rules.find(({ alert }) => alert === name)?.expr;
    expect(exprOf('CwsyncWorkerSilent')).toMatch(new RegExp(`> ${workerDownAfterMs / 1_000}$`, 'u'));
    expect(exprOf('CwsyncBotSilent')).toMatch(new RegExp(`> ${awayAfterMs / 1_000}$`, 'u'));
  });

  test.each([
    ['a metric that there is not', 'max(cwsync_nothing) > 1'],
    ['a label that it has not', 'cwsync_projects{kind="active"} > 1'],
    ['a value that it never has', 'cwsync_projects{state=~"active|gone"} > 1'],
    ['a histogram as a number', 'cwsync_run_duration_seconds > 1'],
  ])('the check sees %s', (_name, expr) => {
    const { broken, selectors } = partsOf(expr);
    expect(broken).toEqual([]);
    expect(selectors.flatMap(problemsOf)).not.toEqual([]);
  });

  test.each(['max(cwsync_projects', 'sum by (cwsync_projects) > ', 'cwsync_projects{state=active} > 1'])(
    'the check sees what is no expression: %s',
    (expr) => {
      expect(partsOf(expr).broken).not.toEqual([]);
    },
  );
});

type Matcher = { readonly label: string; readonly operator: string; readonly value: string };
type Selector = {
  readonly name: string;
  readonly metric: MetricDefinition | undefined;
  readonly matchers: Matcher[];
};

/** What an expression reads, by Prometheus' own grammar. */
function partsOf(expr: string) {
  const broken: string[] = [];
  const selectors: Selector[] = [];
  const groupings: string[] = [];
  parser.parse(expr).iterate({
    enter({ type, node, from, to }) {
      const text = expr.slice(from, to);
      if (type.isError) broken.push(`at ${from}`);
      if (type.name === 'VectorSelector') {
        const name = /^\w+/u.exec(text)?.[0] ?? '';
        selectors.push({ name, metric: metricOf(name), matchers: matchersIn(text) });
      }
      if (type.name === 'GroupingLabels' && node.parent?.type.name === 'AggregateModifier') {
        groupings.push(...text.replace(/[()\s]/gu, '').split(','));
      }
    },
  });
  return { broken, selectors, groupings };
}

function metricOf(name: string): MetricDefinition | undefined {
  const base = name.replace(/_(?:bucket|sum|count)$/u, '');
  return allMetrics.find((metric) =>
    metric.type === 'histogram' ? base !== name && metric.name === base : metric.name === name,
  );
}

function matchersIn(selector: string): Matcher[] {
  const found = [...selector.matchAll(/(\w+)(=~|!~|!=|=)"([^"]*)"/gu)];
  return found.map(([, label = '', operator = '', value = '']) => ({ label, operator, value }));
}

function problemsOf({ name, metric, matchers }: Selector): readonly string[] {
  if (!metric) return [`there is no ${name}`];
  return matchers.flatMap(({ label, operator, value }) => {
    const known = metric.labels[label];
    if (known === undefined) return [`it has no label ${label}`];
    const values = operator.endsWith('~') ? value.split('|') : [value];
    return values
      .filter((one) => known !== 'any' && !known.includes(one))
      .map((one) => `${label} is never ${one}`);
  });
}
