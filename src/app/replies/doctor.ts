import type { Health } from '../../ports/health-checks.ts';
import type { Block, Reply } from '../../ports/reply.ts';
import { buttons, count, name as nameOf, note, paragraph, strong, text } from './parts.ts';

/** As `src/app/doctor/run-checks.ts` has them. */
export type CheckedView = {
  readonly name: string;
  readonly ok: Health;
  readonly words: string;
  readonly next?: string;
};

/** A sign and a word: colour says nothing to some. */
export const healthWords: { readonly [health in Health]: string } = {
  pass: '✓ OK',
  warn: '⚠ Look at',
  fail: '✗ Failed',
};

/** One sentence over all of them. */
export function doctorSummary(checked: readonly CheckedView[]): string {
  const failed = checked.filter(({ ok }) => ok === 'fail').length;
  const warned = checked.filter(({ ok }) => ok === 'warn').length;
  if (failed === 0 && warned === 0) return `All ${checked.length} checks are well.`;
  const parts = [
    ...(failed > 0 ? [`${count(failed, 'check')} failed`] : []),
    ...(warned > 0 ? [`${count(warned, 'check')} to look at`] : []),
  ];
  return `${parts.join(', ')}, of ${checked.length}.`;
}

/** What failed comes first. */
export function doctorReply(checked: readonly CheckedView[]): Reply {
  const summary = doctorSummary(checked);
  const inOrder = (['fail', 'warn', 'pass'] as const).flatMap((health) =>
    checked.filter(({ ok }) => ok === health),
  );
  return {
    summary,
    blocks: [
      { block: 'heading', text: 'Doctor' },
      paragraph(text(summary)),
      ...inOrder.flatMap(checkBlocks),
      buttons({ label: 'Check again', command: 'doctor' }),
    ],
  };
}

function checkBlocks({ name, ok, words, next }: CheckedView): readonly Block[] {
  // A channel's name or ConnectWise's own words may be among them.
  const line = paragraph(strong(`${healthWords[ok]}: ${name}`), text(' – '), nameOf(words));
  return next === undefined ? [line] : [line, note(text(next))];
}
