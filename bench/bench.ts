/** One figure: how it is measured, and what it must hold to. */
export type Figure = {
  readonly value: number;
  /** Raw numbers behind it, a line each, printed before the verdict. */
  readonly details: readonly string[];
  /** Where the limit depends on what was measured beside it; else that of the benchmark. */
  readonly limit?: number;
};

/** How long the long ones run, where not as they are meant to: for a look in between. */
export type Lengths = {
  readonly days?: number;
  readonly hours?: number;
  readonly projects?: number;
  /** How far the clock is moved at a time. */
  readonly stepMinutes?: number;
};

export type Bench = {
  readonly name: string;
  /** What is measured, in one sentence. */
  readonly what: string;
  readonly unit: string;
  readonly limit: { readonly at: 'most' | 'least'; readonly value: number };
  measure(lengths: Lengths): Promise<Figure>;
};

export function isMet({ limit }: Bench, figure: Figure): boolean {
  const bound = figure.limit ?? limit.value;
  return limit.at === 'most' ? figure.value <= bound : figure.value >= bound;
}

export function inOneLine({ name, unit, limit }: Bench, figure: Figure): string {
  const bound = rounded(figure.limit ?? limit.value);
  return `${name}: ${rounded(figure.value)} ${unit} (limit at ${limit.at} ${bound})`;
}

export type Measured = {
  readonly bench: Bench;
  /** Absent where it could not be measured. */
  readonly figure?: Figure;
};

/** The figures as a table, a line each: name, value, limit, and whether it is met. */
export function summaryTable(measured: readonly Measured[]): readonly string[] {
  const rows = measured.map(({ bench, figure }) => [
    bench.name,
    figure ? String(rounded(figure.value)) : '–',
    `at ${bench.limit.at} ${rounded(figure?.limit ?? bench.limit.value)} ${bench.unit}`,
    okWord(bench, figure),
  ]);
  const table = [['name', 'value', 'limit', 'ok'], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  return table.map((row) =>
    row
      .map((cell, column) =>
        column === 1 ? cell.padStart(widths[1] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  '),
  );
}

function okWord(bench: Bench, figure: Figure | undefined): string {
  if (!figure) return '✗ not measured';
  return isMet(bench, figure) ? '✓ yes' : '✗ no';
}

const rounded = (value: number): number => Math.round(value * 1_000) / 1_000;

/** The value below which `share` of the samples lie. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
