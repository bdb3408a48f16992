import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createProgressRenderer, type ProgressEvent } from '../../../adapters/mongodb/embedded/progress.ts';

function render(isTTY: boolean, events: readonly ProgressEvent[]): string {
  const sink = new PassThrough();
  const stream = Object.assign(sink, { isTTY, columns: 120, cursorTo() {}, clearLine() {}, moveCursor() {} });
  const renderer = createProgressRenderer(stream as unknown as NodeJS.WriteStream);
  for (const event of events) renderer.onProgress(event);
  renderer.stop();
  renderer.stop();
  return String(sink.read() ?? '');
}

const events: ProgressEvent[] = [
  { step: 'Downloading', note: 'asking' },
  { step: 'Downloading', fraction: 0.1 },
  { step: 'Downloading', fraction: 0.5, note: '45 MB' },
  { step: 'Downloading', fraction: 1 },
  { step: 'Server', note: 'ready' },
];

describe('createProgressRenderer', () => {
  it('writes one plain line per step and note where there is no terminal', () => {
    expect(render(false, events)).toBe('Downloading: asking\nServer: ready\n');
  });

  it('writes a line for a step that only has fractions', () => {
    expect(render(false, [{ step: 'A', fraction: 0.1 }, { step: 'A', fraction: 0.2 }, { step: 'B' }])).toBe(
      'A\nB\n',
    );
  });

  it('draws a bar on a terminal and ends it before the next line', () => {
    const drawn = render(true, events);
    expect(drawn).toMatch(/Downloading \[.*\] 0%/);
    expect(drawn).toContain('100%');
    expect(drawn.trimEnd().endsWith('Server: ready')).toBe(true);
  });
});
