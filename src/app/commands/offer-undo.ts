import type { Logger } from '../../ports/logger.ts';
import type { Block, Reply } from '../../ports/reply.ts';
import type { NewUndo, UndoStore } from '../../ports/undo.ts';
import { buttons, duration, note, text } from '../replies/parts.ts';

type OfferDeps = { readonly undo: Pick<UndoStore, 'keep'>; readonly logger: Logger };

/** For how long a change can be taken back, in milliseconds. */
export const undoForMs = 600_000;

/** Puts the button that takes it back beside the others. What was done is done, also where that cannot be kept. */
export async function offerUndo(deps: OfferDeps, reply: Reply, undo: NewUndo): Promise<Reply> {
  try {
    const id = await deps.undo.keep(undo, undoForMs);
    return withButton(reply, id);
  } catch (error) {
    deps.logger.warn({ err: error }, 'what was done cannot be undone by a button');
    return reply;
  }
}

function withButton(reply: Reply, id: string): Reply {
  const action = { label: 'Undo', command: `undo ${id}` };
  const last = reply.blocks.findLastIndex(({ block }) => block === 'actions');
  const added = (block: Block): Block =>
    block.block === 'actions' ? buttons(...block.actions, action) : block;
  const blocks =
    last < 0
      ? [...reply.blocks, buttons(action)]
      : reply.blocks.map((block, i) => (i === last ? added(block) : block));
  return { ...reply, blocks: [...blocks, note(text(`Undo: within ${duration(undoForMs)}.`))] };
}
