import { randomBytes } from 'node:crypto';
import { blockProblems, MESSAGE_SURFACE } from './block-check.ts';
import { isInteractiveType } from './block-elements.ts';
import { isObject } from './json-object.ts';
import type { Block } from './workspace.ts';

const MOST_TEXT_CHARACTERS = 40_000;

export type Content = { readonly text: string; readonly blocks: readonly Block[] };

/** Why Slack refuses a message: its error code and, for blocks, what is wrong where. */
export type Refusal = { readonly error: string; readonly problems: readonly string[] };

/**
 * Checks what an app wants to say and fills in what Slack fills in: missing block and action ids, `emoji`
 * and `verbatim`.
 * @param raw `text`, and `blocks` as an array or (in a form body) as JSON text.
 */
export function readContent(raw: { text?: unknown; blocks?: unknown }): Content | Refusal {
  const text = typeof raw.text === 'string' ? raw.text : '';
  const blocks = readBlocks(raw.blocks);
  if (blocks === undefined) return refusal('invalid_blocks_format');
  if (text.length > MOST_TEXT_CHARACTERS) return refusal('msg_too_long');
  const problems = blockProblems(blocks, MESSAGE_SURFACE);
  if (problems.length > 0) return { error: 'invalid_blocks', problems };
  if (text.trim() === '' && blocks.length === 0) return refusal('no_text');
  return { text, blocks: fillBlocks(blocks) };
}

export function isRefusal<T extends object>(content: T | Refusal): content is Refusal {
  return 'error' in content;
}

function refusal(error: string): Refusal {
  return { error, problems: [] };
}

/** Blocks as an array or as JSON text; undefined when they are neither. */
export function readBlocks(value: unknown): readonly unknown[] | undefined {
  if (value === undefined || value === null || value === '') return [];
  if (typeof value !== 'string') return Array.isArray(value) ? value : undefined;
  try {
    const parsed: unknown = JSON.parse(value);
    return Array.isArray(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** Checked blocks with what Slack fills in: missing block and action ids, `emoji` and `verbatim`. */
export function fillBlocks(blocks: readonly unknown[]): Block[] {
  return blocks.map(fillBlock);
}

function fillBlock(block: unknown): Block {
  const filled = fill(block);
  if (!isObject(filled) || typeof filled.type !== 'string') throw new TypeError('block was not checked');
  const id = typeof filled.block_id === 'string' ? filled.block_id : shortId();
  return { ...filled, type: filled.type, block_id: id };
}

function fill(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fill);
  if (!isObject(value)) return value;
  const copy = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, fill(inner)]));
  if (copy.type === 'plain_text') return { emoji: true, ...copy };
  if (copy.type === 'mrkdwn') return { verbatim: false, ...copy };
  if (isInteractiveType(copy.type)) return { action_id: shortId(), ...copy };
  return copy;
}

function shortId(): string {
  return randomBytes(4).toString('base64url');
}
