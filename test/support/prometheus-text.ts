/** Prometheus' text format, read as its own parser would: series by name and labels. */
export type Sample = {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
};

const line = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/u;

export function samplesIn(text: string): readonly Sample[] {
  return text
    .split('\n')
    .filter((one) => one !== '' && !one.startsWith('#'))
    .map((one) => {
      const [, name, labels = '', value] = line.exec(one) ?? [];
      if (name === undefined) throw new Error(`no sample: ${one}`);
      const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/gu)];
      return {
        name,
        labels: Object.fromEntries(pairs.map(([, label = '', worth = '']) => [label, worth])),
        value: Number(value),
      };
    });
}

/** The value of the series with just these labels; undefined where there is none. */
export function sampleOf(text: string) {
  const samples = samplesIn(text);
  return (name: string, labels: Readonly<Record<string, string>> = {}): number | undefined => {
    const found = samples.filter((one) => one.name === name && isSame(one.labels, labels));
    if (found.length > 1) throw new Error(`${name} is there more than once`);
    return found[0]?.value;
  };
}

function isSame(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}
