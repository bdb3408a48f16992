import { renderBlock } from './blocks.browser.js';
import { putInOrder } from './dom.browser.js';

/**
 * Shows a view's blocks (a modal's or the Home tab's) in a place. A block that did not change keeps its element; what
 * was typed stays where block and action ids stay, as in Slack.
 * `hands`: {act(blockId, element, pressed, control), ask(blockId, element, query)}.
 */
export function showSurface(place, surface, view, hands) {
  const typed = place.surfaceId === surface.id ? readTyped(place) : [];
  const focus = place.surfaceId === surface.id ? focused(place) : undefined;
  const old = new Map([...place.children].map((element) => [element.dataset.key, element]));
  place.surfaceId = surface.id;
  const blocks = surface.blocks.map((block) => {
    const key = [view.person, surface.id, surface.errors[block.block_id] ?? '', JSON.stringify(block)].join(
      ' ',
    );
    const kept = old.get(key);
    if (kept) return kept;
    const entered = (blockId, element) => entryOf(surface, typed, blockId, element);
    const element = renderBlock(block, surface, view, { ...hands, entered });
    element.dataset.key = key;
    return element;
  });
  putInOrder(place, blocks);
  refocus(place, focus);
}

/** Forgets what was shown, and what was typed there. */
export function clearSurface(place, ...instead) {
  place.surfaceId = undefined;
  place.replaceChildren(...instead);
}

/** What a field shows: what was typed here, else what the server knows of, else (undefined) its own first value. */
function entryOf(surface, typed, blockId, element) {
  const known = surface.entered[blockId]?.[element.action_id];
  const options = known && [known.selected_option, known.selected_options].flat().filter(Boolean);
  const here = typed.find((entry) => entry.blockId === blockId && entry.actionId === element.action_id);
  if (here) return { value: here.value, options: here.options };
  if (!known || known.type !== element.type) return {};
  const [value] = Object.entries(known)
    .filter(([name]) => name !== 'type')
    .map(([, held]) => held);
  return { value: plainEntry(value), options };
}

/** What the person changed here, with the choices of external menus. */
function readTyped(place) {
  return [...place.querySelectorAll('[data-touched]')].map((root) => ({
    blockId: root.fieldBlock,
    actionId: root.fieldAction,
    value: root.readField(),
    options: root.chosenOptions?.(),
  }));
}

function plainEntry(value) {
  if (Array.isArray(value)) return value.map(plainEntry);
  return value?.value ?? value;
}

function focused(place) {
  const control = document.activeElement;
  const root = control?.closest('[data-field]');
  if (!root || !place.contains(root)) return undefined;
  return { block: root.fieldBlock, action: root.fieldAction, start: control.selectionStart };
}

function refocus(place, focus) {
  if (!focus || place.contains(document.activeElement)) return;
  const roots = [...place.querySelectorAll('[data-field]')];
  const root = roots.find((other) => other.fieldBlock === focus.block && other.fieldAction === focus.action);
  const control = root?.matches('input, select, textarea')
    ? root
    : root?.querySelector('input, select, button');
  control?.focus();
  if (typeof focus.start === 'number') control?.setSelectionRange?.(focus.start, focus.start);
}
