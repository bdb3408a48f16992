import cliProgress from 'cli-progress';

/**
 * One sign of life from a long step.
 * `step` names it for a person, `fraction` is 0 to 1 where the whole is known, `note` is a short detail.
 */
export interface ProgressEvent {
  readonly step: string;
  readonly fraction?: number;
  readonly note?: string;
}

export type OnProgress = (event: ProgressEvent) => void;

export interface ProgressRenderer {
  readonly onProgress: OnProgress;
  /** Ends a bar that is still on the screen. Safe to call twice. */
  stop(): void;
}

const BAR_TOTAL = 1_000;

function asLine(event: ProgressEvent): string {
  return event.note === undefined ? event.step : `${event.step}: ${event.note}`;
}

/** Plain lines: one per step, and one for each further note that carries no fraction. */
function createLineRenderer(stream: NodeJS.WritableStream): ProgressRenderer {
  let lastStep = '';
  let lastLine = '';
  return {
    onProgress(event) {
      const line = asLine(event);
      const isNew = event.fraction === undefined ? line !== lastLine : event.step !== lastStep;
      lastStep = event.step;
      if (!isNew) return;
      lastLine = line;
      stream.write(`${line}\n`);
    },
    stop() {},
  };
}

function createBarRenderer(stream: NodeJS.WriteStream): ProgressRenderer {
  let bar: cliProgress.SingleBar | undefined;
  let barStep = '';
  let lastLine = '';

  function stop(): void {
    bar?.stop();
    bar = undefined;
  }

  function startBar(step: string): cliProgress.SingleBar {
    stop();
    const started = new cliProgress.SingleBar({
      format: '{step} [{bar}] {percentage}% {note}',
      stream,
      // No signal handlers of its own, and so nothing that would have to be put back.
      hideCursor: false,
      barsize: 30,
      gracefulExit: false,
    });
    started.start(BAR_TOTAL, 0, { step, note: '' });
    barStep = step;
    return started;
  }

  return {
    onProgress(event) {
      if (event.fraction === undefined) {
        stop();
        const line = asLine(event);
        if (line !== lastLine) stream.write(`${line}\n`);
        lastLine = line;
        return;
      }
      if (bar === undefined || barStep !== event.step) bar = startBar(event.step);
      bar.update(Math.round(Math.min(1, event.fraction) * BAR_TOTAL), { note: event.note ?? '' });
    },
    stop,
  };
}

/** Shows progress to a person: a bar on a terminal, plain lines otherwise. Writes to `stream`, stderr by default. */
export function createProgressRenderer(stream: NodeJS.WriteStream = process.stderr): ProgressRenderer {
  return stream.isTTY ? createBarRenderer(stream) : createLineRenderer(stream);
}
