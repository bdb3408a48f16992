/** One figure: how it is measured, and what it must hold to. */
export type Figure = {
  readonly value: number;
  /** Raw numbers behind it, a line each, printed before the verdict. */
  readonly details: readonly string[];
  /** Where the limit depends on what was measured beside it; else that of the benchmark. */
  readonly limit?: number;
};

export type Bench = {
  readonly name: string;
  /** What is measured, in one sentence. */
  readonly what: string;
  readonly unit: string;
  readonly limit: { readonly at: 'most' | 'least'; readonly value: number };
  measure(): Promise<Figure>;
};

export function isMet({ limit }: Bench, figure: Figure): boolean {
  const bound = figure.limit ?? limit.value;
  return limit.at === 'most' ? figure.value <= bound : figure.value >= bound;
}

export function inOneLine({ name, unit, limit }: Bench, figure: Figure): string {
  const bound = rounded(figure.limit ?? limit.value);
  return `${name}: ${rounded(figure.value)} ${unit} (limit at ${limit.at} ${bound})`;
}

const rounded = (value: number): number => Math.round(value * 1_000) / 1_000;

/** The value below which `share` of the samples lie. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
