import { make } from './dom.browser.js';
import { renderInteractive } from './elements.browser.js';
import { renderRichText } from './rich-text.browser.js';
import { renderTextObject } from './text.browser.js';

/**
 * The blocks of a message. `view` gives people, channels, time zone and the present time;
 * `act(blockId, element, option, control)` is called for what is pressed.
 */
export function renderBlocks(message, view, act) {
  return message.blocks.map((block) => {
    const rendered = RENDERERS[block.type](block, view, (element, option, control) =>
      act(block.block_id, element, option, control),
    );
    rendered.dataset.block = block.block_id;
    if (message.failedPress?.blockId === block.block_id) rendered.append(warning(message.failedPress));
    return rendered;
  });
}

const RENDERERS = {
  header: (block) => make('h3', { class: 'block-header' }, block.text.text),
  divider: () => make('hr', { class: 'block-divider' }),
  section: renderSection,
  actions: (block, _view, act) =>
    make(
      'div',
      { class: 'block-actions' },
      block.elements.map((element) => renderInteractive(element, '', act)),
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

function renderSection(block, view, act) {
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
  const accessory = block.accessory ? renderAccessory(block.accessory, about, act) : undefined;
  return make('div', { class: 'block-section' }, body, accessory);
}

function renderAccessory(element, about, act) {
  return make(
    'div',
    { class: 'section-accessory' },
    element.type === 'image' ? imageNote(element) : renderInteractive(element, about, act),
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
