import { blockProblems, VIEW_SURFACE } from './block-check.ts';
import { checkOneOf, checkShape, checkString, checkText, Problems } from './block-problems.ts';
import { elementsOf } from './elements.ts';
import { isObject, parseJsonObject } from './json-object.ts';
import { fillBlocks, type Refusal } from './message-content.ts';
import type { Block } from './workspace.ts';

/** Slack's limits of views, in characters and bytes. */
const LIMITS = { title: 24, button: 24, privateMetadata: 3000, id: 255, bytes: 250_000 } as const;

export type PlainText = { readonly type: 'plain_text'; readonly text: string; readonly emoji: boolean };

/** A view as an app wants it, checked and filled in. */
export type ViewContent = {
  readonly type: 'modal' | 'home';
  readonly title: PlainText;
  readonly submit: PlainText | null;
  readonly close: PlainText | null;
  readonly blocks: readonly Block[];
  readonly privateMetadata: string;
  readonly callbackId: string;
  readonly externalId: string;
  readonly clearOnClose: boolean;
  readonly notifyOnClose: boolean;
};

/**
 * Checks a view argument.
 * @param raw the view as an object, or (in a form body) as JSON text.
 */
export function readView(raw: unknown, type: ViewContent['type']): ViewContent | Refusal {
  const view = typeof raw === 'string' ? parseJsonObject(raw) : raw;
  if (!isObject(view)) return refusal(['missing required field: view [json-pointer:]']);
  if (Buffer.byteLength(JSON.stringify(view)) > LIMITS.bytes)
    return { error: 'view_too_large', problems: [] };
  const found = viewProblems(view, type);
  return found.length > 0 ? refusal(found) : contentOf(view, type);
}

function refusal(problems: readonly string[]): Refusal {
  return { error: 'invalid_arguments', problems };
}

function viewProblems(view: Record<string, unknown>, type: ViewContent['type']): string[] {
  const problems = new Problems();
  const common = ['private_metadata', 'callback_id', 'external_id'];
  const ofModals = ['title', 'submit', 'close', 'clear_on_close', 'notify_on_close', 'submit_disabled'];
  checkOneOf(problems, '/view/type', view.type ?? 'none', [type]);
  checkShape(problems, '/view', view, {
    required: type === 'modal' ? ['blocks', 'title'] : ['blocks'],
    optional: type === 'modal' ? [...common, ...ofModals] : common,
  });
  checkText(problems, '/view/title', view.title, { max: LIMITS.title, plainOnly: true });
  for (const name of ['submit', 'close']) {
    checkText(problems, `/view/${name}`, view[name], { max: LIMITS.button, plainOnly: true });
  }
  if (view.private_metadata !== '') {
    checkString(problems, '/view/private_metadata', view.private_metadata, LIMITS.privateMetadata);
  }
  for (const name of ['callback_id', 'external_id']) {
    if (view[name] !== '') checkString(problems, `/view/${name}`, view[name], LIMITS.id);
  }
  if (view.blocks === undefined) return problems.found;
  if (!Array.isArray(view.blocks)) {
    problems.add('/view/blocks', 'must be an array');
    return problems.found;
  }
  return [...problems.found, ...blockProblems(view.blocks, VIEW_SURFACE), ...wholeProblems(view, type)];
}

/** What no block alone can be blamed for. */
function wholeProblems(view: Record<string, unknown>, type: ViewContent['type']): string[] {
  const problems = new Problems();
  const blocks = Array.isArray(view.blocks) ? view.blocks.filter(isObject) : [];
  const hasInput = blocks.some((block) => block.type === 'input');
  if (type === 'modal' && hasInput && view.submit === undefined) {
    problems.add('/view', 'missing required field: submit');
  }
  const focused = elementsOf(blocks).filter(({ element }) => element.focus_on_load === true);
  if (focused.length > 1) problems.add('/view', 'only one element can have `focus_on_load`');
  return problems.found;
}

function contentOf(view: Record<string, unknown>, type: ViewContent['type']): ViewContent {
  return {
    type,
    title: plain(view.title) ?? { type: 'plain_text', text: 'View Title', emoji: true },
    submit: plain(view.submit),
    close: plain(view.close),
    blocks: fillBlocks(Array.isArray(view.blocks) ? view.blocks : []),
    privateMetadata: text(view.private_metadata),
    callbackId: text(view.callback_id),
    externalId: text(view.external_id),
    clearOnClose: view.clear_on_close === true,
    notifyOnClose: view.notify_on_close === true,
  };
}

function plain(value: unknown): PlainText | null {
  if (!isObject(value)) return null;
  return { type: 'plain_text', text: text(value.text), emoji: value.emoji !== false };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
