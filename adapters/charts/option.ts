/**
 * A chart as the drawing library is told of it. What must be told apart differs in colour (Okabe and Ito's, which
 * people who do not see all colours can tell apart), in lightness, and in its pattern or the shape of its points; the
 * background is part of the picture, so that it reads the same in light and dark windows.
 */

import type { BarSeriesOption, LineSeriesOption } from 'echarts/charts';
import type {
  GridComponentOption,
  LegendComponentOption,
  MarkLineComponentOption,
  TitleComponentOption,
} from 'echarts/components';
import type { ComposeOption } from 'echarts/core';
import type { Chart, Panel, Series, Tone } from '../../src/ports/pictures.ts';
import { type Box, boxesOf, pictureWidth } from './layout.ts';

export type Option = ComposeOption<
  | BarSeriesOption
  | LineSeriesOption
  | GridComponentOption
  | LegendComponentOption
  | TitleComponentOption
  | MarkLineComponentOption
>;

const ink = '#1b1f24';
const subtle = '#4b535d';
const faint = '#d5d9de';
export const fontFamily = 'Inter';

type Look = {
  readonly color: string;
  readonly decal: object;
  /** Of a line, which has no border to set it off. */
  readonly line: string;
  readonly symbol: string;
};
const lines = (rotation: number, gap: number) => ({
  symbol: 'rect',
  color: 'rgba(0, 0, 0, 0.45)',
  dashArrayX: [1, 0],
  dashArrayY: [2, gap],
  rotation,
});
const looks: { readonly [tone in Tone]: Look } = {
  usual: { color: '#0072b2', decal: { symbol: 'none' }, line: '#0072b2', symbol: 'circle' },
  other: {
    color: '#8ecdf2',
    decal: {
      symbol: 'circle',
      color: 'rgba(0, 0, 0, 0.55)',
      dashArrayX: [
        [6, 6],
        [0, 6, 6, 0],
      ],
      dashArrayY: [6, 0],
      symbolSize: 0.5,
    },
    line: '#9c4a00',
    symbol: 'triangle',
  },
  mild: { color: '#f0b429', decal: lines(Math.PI / 4, 5), line: '#8a6100', symbol: 'diamond' },
  grave: { color: '#d1480f', decal: lines(-Math.PI / 4, 3), line: '#d1480f', symbol: 'rect' },
};

/** Numbers stand above the bars of so many days; of more there is no room for them. */
const daysWithNumbers = 10;

export function optionOf(chart: Chart): Option {
  const boxes = boxesOf(chart.panels.length);
  const placed = chart.panels.map((panel, n) => ({ panel, n, box: boxes[n] ?? boxes[0] }));
  const shown = placed.flatMap(({ panel, n, box }) => (box ? [{ panel, n, box }] : []));
  return {
    animation: false,
    backgroundColor: '#ffffff',
    textStyle: { fontFamily, color: ink, fontSize: 13 },
    title: [headline(chart), ...shown.flatMap(({ panel, box }) => titlesOf(panel, box))],
    legend: shown.map(({ panel, box }) => legendOf(panel, box)),
    grid: shown.map(({ box }) => gridOf(box)),
    xAxis: shown.map(({ n }) => ({
      type: 'category' as const,
      gridIndex: n,
      data: [...chart.days],
      axisTick: { show: false },
      axisLine: { lineStyle: { color: subtle } },
      axisLabel: { color: subtle, fontSize: 12, hideOverlap: true },
    })),
    yAxis: shown.map(({ panel, n }) => ({
      type: 'value' as const,
      gridIndex: n,
      min: 0,
      ...scaleOf(panel),
      axisLabel: { color: subtle, fontSize: 12, formatter: shortNumber },
      splitLine: { lineStyle: { color: faint } },
    })),
    series: shown.flatMap(({ panel, n }) => seriesOf(panel, n, chart.days.length)),
  };
}

/** Nothing stands at the very top, and an empty diagram is no flat line at its bottom. */
function scaleOf(panel: Panel): { readonly max: number; readonly interval: number } {
  const highest = Math.max(0, ...heightsOf(panel));
  const top = Math.max(highest * 1.15, (panel.limit?.value ?? 0) * 1.2);
  if (top === 0) return { max: 1, interval: 1 };
  const third = top / 3;
  const unit = 10 ** Math.floor(Math.log10(third));
  const interval = unit * ([1, 2, 2.5, 5, 10].find((step) => third <= step * unit) ?? 10);
  return { max: Math.ceil(top / interval) * interval, interval };
}

function heightsOf({ form, series }: Panel): readonly number[] {
  const known = series.map(({ values }) => values.map((value) => value ?? 0));
  if (form === 'lines') return known.flat();
  return (known[0] ?? []).map((_, day) => known.reduce((sum, values) => sum + (values[day] ?? 0), 0));
}

function shortNumber(value: number): string {
  if (value >= 1_000_000) return `${trimmed(value / 1_000_000)} M`;
  return value >= 10_000 ? `${trimmed(value / 1_000)} k` : trimmed(value);
}

const trimmed = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: 1 });

function headline({ title, subtitle }: Chart) {
  return {
    text: title,
    subtext: subtitle,
    left: 20,
    top: 16,
    padding: 0,
    itemGap: 6,
    textStyle: {
      color: ink,
      fontSize: 20,
      fontWeight: 600 as const,
      width: pictureWidth - 40,
      overflow: 'truncate' as const,
    },
    subtextStyle: { color: subtle, fontSize: 13 },
  };
}

function titlesOf({ title, empty }: Panel, { left, top, width, height }: Box) {
  const own = {
    text: title,
    left,
    top,
    padding: 0,
    textStyle: { color: ink, fontSize: 15, fontWeight: 600 as const },
  };
  if (empty === undefined) return [own];
  const middle = { left: left + width / 2, top: top + height / 2, textAlign: 'center' as const };
  return [
    own,
    { ...middle, text: empty, textStyle: { color: subtle, fontSize: 13, fontWeight: 400 as const } },
  ];
}

function legendOf({ series }: Panel, { left, top }: Box) {
  return {
    left,
    top: top + 21,
    padding: 0,
    itemGap: 14,
    itemWidth: 22,
    itemHeight: 13,
    selectedMode: false as const,
    textStyle: { color: ink, fontSize: 13 },
    data: series.map(({ name }) => name),
  };
}

function gridOf({ left, top, width, height }: Box) {
  return { left: left + 48, top: top + 50, width: width - 52, height: height - 76 };
}

function seriesOf(panel: Panel, n: number, days: number): (BarSeriesOption | LineSeriesOption)[] {
  const drawn = panel.series.map((series) => (panel.form === 'lines' ? lineOf(series, n) : barOf(series, n)));
  const extra = panel.form === 'stacked' ? totalsOf(panel, n, days) : [];
  return [...drawn, ...extra, ...limitOf(panel, n)];
}

const axes = (n: number) => ({ xAxisIndex: n, yAxisIndex: n });

function barOf({ name, tone, values }: Series, n: number): BarSeriesOption {
  const { color, decal } = looks[tone];
  return {
    type: 'bar',
    name,
    ...axes(n),
    stack: `panel ${n}`,
    barMaxWidth: 56,
    barCategoryGap: '30%',
    itemStyle: { color, decal, borderColor: ink, borderWidth: 0.5 },
    data: values.map(shownOf),
  };
}

/** Nothing is drawn of nothing, not even its border. */
const shownOf = (value: number | null): number | '-' => (value === null || value === 0 ? '-' : value);

function lineOf({ name, tone, values }: Series, n: number): LineSeriesOption {
  const { line: color, symbol } = looks[tone];
  return {
    type: 'line',
    name,
    ...axes(n),
    symbol,
    symbolSize: 8,
    lineStyle: { color, width: 2.5, type: tone === 'usual' ? 'solid' : 'dashed' },
    itemStyle: { color, borderColor: ink, borderWidth: 0.5 },
    data: values.map((value) => value ?? '-'),
  };
}

/** The sum above each bar. */
function totalsOf(panel: Panel, n: number, days: number): LineSeriesOption[] {
  if (days > daysWithNumbers || panel.empty !== undefined) return [];
  const isKnown = (day: number) => panel.series.some(({ values }) => values[day] !== null);
  return [
    {
      type: 'line',
      ...axes(n),
      symbolSize: 0.01,
      lineStyle: { width: 0 },
      label: {
        show: true,
        position: 'top',
        distance: 4,
        color: ink,
        fontSize: 12,
        formatter: ({ dataIndex, value }) =>
          isKnown(dataIndex) && typeof value === 'number' ? shortNumber(value) : '?',
      },
      data: [...heightsOf(panel)],
    },
  ];
}

function limitOf({ limit }: Panel, n: number): LineSeriesOption[] {
  if (!limit) return [];
  return [
    {
      type: 'line',
      ...axes(n),
      data: [],
      markLine: {
        silent: true,
        symbol: 'none',
        lineStyle: { color: ink, width: 1.5, type: [6, 4] },
        label: { position: 'insideEndTop', color: ink, fontSize: 12, formatter: limit.name },
        data: [{ yAxis: limit.value }],
      },
    },
  ];
}
