import { make } from './dom.browser.js';
import { renderPressable } from './elements.browser.js';
import { isField, renderField } from './fields.browser.js';
import { renderRichText } from './rich-text.browser.js';
import { renderTextObject } from './text.browser.js';

/**
 * The blocks of a message or view (`holder`). `view` gives people, channels, time zone and the present time.
 * `hands`: {act(blockId, element, pressed, control) for what is pressed or chosen, ask(blockId, element, query) for
 * the options of an external menu, entered(blockId, element) what a field shows instead of its own first value}.
 */
export function renderBlocks(holder, view, hands) {
  return holder.blocks.map((block) => renderBlock(block, holder, view, hands));
}

export function renderBlock(block, holder, view, hands) {
  const rendered = RENDERERS[block.type](block, view, { ...hands, wrong: holder.errors?.[block.block_id] });
  rendered.dataset.block = block.block_id;
  if (holder.failedPress?.blockId === block.block_id) rendered.append(warning(holder.failedPress));
  return rendered;
}

/** An element beside a section, among actions, or (with `input`) in an input block. */
function renderElement(element, block, view, hands, naming, input) {
  const act = (pressedElement, pressed, control) =>
    hands.act(block.block_id, pressedElement, pressed, control);
  if (!isField(element)) return renderPressable(element, naming.name ?? '', act);
  const tells = !input || block.dispatch_action === true;
  const { value, options } = hands.entered?.(block.block_id, element) ?? {};
  return renderField(element, {
    ...naming,
    blockId: block.block_id,
    view,
    value,
    options,
    isOptional: block.optional === true,
    tell: (pressed, control) => tells && act(element, pressed, control),
    ask: (query) => hands.ask(block.block_id, element, query),
  });
}

let lastId = 0;

function renderInput(block, view, hands) {
  lastId += 1;
  const id = (part) => `input-${lastId}-${part}`;
  const optional = block.optional ? make('span', { class: 'optional' }, ' (optional)') : undefined;
  const label = make('span', { class: 'input-label', id: id('label') }, block.label.text, optional);
  const hint = block.hint ? make('p', { class: 'hint', id: id('hint') }, block.hint.text) : undefined;
  const wrong = hands.wrong
    ? make('p', { class: 'input-error', id: id('error'), role: 'alert' }, `⚠ ${hands.wrong}`)
    : undefined;
  const noteIds = [wrong && id('error'), hint && id('hint')].filter(Boolean).join(' ');
  const naming = { labelId: id('label'), noteIds, isWrong: wrong !== undefined };
  const field = renderElement(block.element, block, view, hands, naming, true);
  return make('div', { class: 'block-input' }, label, field, wrong, hint);
}

const RENDERERS = {
  header: (block) => make('h3', { class: 'block-header' }, block.text.text),
  divider: () => make('hr', { class: 'block-divider' }),
  section: renderSection,
  input: renderInput,
  actions: (block, view, hands) =>
    make(
      'div',
      { class: 'block-actions' },
      block.elements.map((element) => renderElement(element, block, view, hands, {})),
    ),
  context: (block, view) =>
    make(
      'div',
      { class: 'block-context' },
      block.elements.map((element) =>
        element.type === 'image' ? imageNote(element) : textSpan(element, view),
      ),
    ),
  image: (block) =>
    make(
      'figure',
      { class: 'block-image' },
      block.title ? make('figcaption', {}, block.title.text) : undefined,
      imageNote(block),
    ),
  rich_text: renderRichText,
};

function renderSection(block, view, hands) {
  const text = block.text
    ? make('div', { class: 'section-text' }, renderTextObject(block.text, view))
    : undefined;
  const fields = block.fields
    ? make(
        'div',
        { class: 'section-fields' },
        block.fields.map((field) => make('div', {}, renderTextObject(field, view))),
      )
    : undefined;
  const body = make('div', { class: 'section-body' }, text, fields);
  const about = (body.textContent ?? '').trim().slice(0, 80);
  const accessory = block.accessory ? renderAccessory(block, view, hands, about) : undefined;
  return make('div', { class: 'block-section' }, body, accessory);
}

function renderAccessory(block, view, hands, about) {
  const { accessory } = block;
  return make(
    'div',
    { class: 'section-accessory' },
    accessory.type === 'image'
      ? imageNote(accessory)
      : renderElement(accessory, block, view, hands, { name: about }),
  );
}

function textSpan(object, view) {
  return make('span', {}, renderTextObject(object, view));
}

/** Pictures are not fetched: the page loads nothing from elsewhere. */
function imageNote(image) {
  return make(
    'span',
    { class: 'image-note', role: 'img', 'aria-label': image.alt_text },
    `▨ ${image.alt_text}`,
  );
}

const FAILURES = {
  operation_timeout: 'cwsync did not answer in time. Try again.',
  dispatch_failed: 'cwsync could not be reached. Try again.',
};

function warning(failedPress) {
  const text = FAILURES[failedPress.error];
  return make(
    'p',
    { class: 'press-failed', role: 'alert' },
    make('span', { 'aria-hidden': 'true' }, '⚠ '),
    text,
  );
}
