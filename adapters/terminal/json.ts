/**
 * A reply as JSON for scripts, in one line. The form is a promise (docs/operate.md): fields may be added, none goes
 * away and none changes its meaning within a version.
 */
import type { Block, Reply } from '../../src/ports/reply.ts';

export type JsonAnswer = {
  readonly version: 1;
  /** Whether what was asked for was done; the same as exit code 0. */
  readonly ok: boolean;
  readonly summary: string;
  /** As in `src/ports/reply.ts`; times are ISO 8601 in UTC. */
  readonly blocks: readonly Block[];
  readonly file?: {
    readonly name: string;
    readonly title: string;
    readonly mediaType: string;
    /** The content, base64. */
    readonly base64: string;
  };
};

/** What JSON leaves as it is, though a terminal may be steered by it. */
const notEscaped = /[\u007f-\u009f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/gu;

export function renderJson(reply: Reply, ok: boolean): string {
  const { summary, blocks, file } = reply;
  const answer: JsonAnswer = {
    version: 1,
    ok,
    summary,
    blocks,
    ...(file
      ? {
          file: {
            name: file.name,
            title: file.title,
            mediaType: file.mediaType,
            base64: Buffer.from(file.content).toString('base64'),
          },
        }
      : {}),
  };
  return JSON.stringify(answer).replace(
    notEscaped,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
