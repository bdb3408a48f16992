/** The picture of a report, drawn as in production: what it shows as SVG, and what comes of it as PNG. */
import { expect, it } from 'vitest';
import { pngOf, svgOf } from '../../adapters/charts/draw.ts';
import { pictures } from '../../adapters/charts/pictures.ts';
import type { Chart, Series } from '../../src/ports/pictures.ts';
import { RecordingLogger } from '../support/recording-logger.ts';

const series = (name: string, tone: Series['tone'], ...values: Series['values']): Series => ({
  name,
  tone,
  values,
});
const chart: Chart = {
  title: 'Syncs of Büro & <Umzug>, last 3 days',
  subtitle: 'Mon 23 Nov to Wed 25 Nov 2026, 14:05 (Europe/Berlin).',
  days: ['Mon 23', 'Tue 24', 'Wed 25'],
  panels: [
    {
      title: 'Syncs by result and kind',
      form: 'stacked',
      series: [
        series('Delta, completed', 'usual', null, 900, 12),
        series('Delta, failed', 'grave', null, 41, 0),
      ],
    },
    { title: 'Failed syncs', form: 'stacked', series: [series('A', 'mild', 0, 0, 0)], empty: 'None failed.' },
    {
      title: 'How long',
      form: 'lines',
      series: [series('Half of them', 'usual', 1.2, null, 3), series('95 of 100', 'other', 9, null, 44.4)],
    },
    {
      title: 'Busiest minute',
      form: 'stacked',
      series: [series('Requests', 'usual', 12_000, 31, 0)],
      limit: { name: 'Budget: 480 a minute', value: 480 },
    },
  ],
};

it('has every name and number, and tells series apart by pattern as well as by colour', () => {
  const svg = svgOf(chart);
  const texts = [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/gu)].map(([, words = '']) => words);
  for (const words of [
    'Syncs of Büro &amp; &lt;Umzug&gt;, last 3 days',
    chart.subtitle,
    ...chart.days,
    ...chart.panels.flatMap(({ title, series: all }) => [title, ...all.map(({ name }) => name)]),
    '?',
    '941',
    '12',
    'None failed.',
    '12 k',
    'Budget: 480 a minute',
  ])
    expect(texts).toContain(words);
  const sizes = [...svg.matchAll(/font-size:(\d+)px|font-size="(\d+)"/gu)].map(([, a, b]) => Number(a ?? b));
  expect(Math.min(...sizes)).toBeGreaterThanOrEqual(12);
  expect(svg.match(/<pattern /gu)?.length ?? 0).toBeGreaterThanOrEqual(2);
  expect(svg).toMatch(/fill="#ffffff"|fill:#ffffff|fill="#fff"/u);
});

it('is a PNG of its size, the same each time, drawn beside everything else; none that takes too long', async () => {
  const logger = new RecordingLogger();
  const bytes = Buffer.from(await pictures({ logger, withinMs: 25_000 }).draw(chart));
  expect(bytes.subarray(0, 8)).toEqual(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]));
  expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20)]).toEqual([1_000, 838]);
  expect(bytes.length).toBeGreaterThan(30_000);
  expect(bytes.length).toBeLessThan(1_000_000);
  expect(Buffer.from(pngOf(svgOf(chart))).equals(bytes)).toBe(true);

  const never = new URL('data:text/javascript,setInterval(() => {}, 1000)');
  const hurried = pictures({ logger, withinMs: 20, waitingAtMost: 1, thread: never });
  const asked = await Promise.allSettled([1, 2, 3].map(() => hurried.draw(chart)));
  expect(asked.map((result) => result.status === 'rejected' && String(result.reason.message))).toEqual([
    'the picture was not drawn in time',
    'the picture was not drawn in time',
    'too many pictures are asked for at once',
  ]);
});
