/**
 * An element with attributes and children; strings become text nodes, so nothing said in a message is ever
 * read as HTML. Attributes with the value undefined or false are left out.
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false)
      element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children.flat().filter((child) => child !== undefined && child !== null));
  return element;
}

/** Touches only what is new or gone: an element that is taken out and put back loses the focus. */
export function putInOrder(list, wanted) {
  const staying = new Set(wanted);
  for (const element of [...list.children]) {
    if (!staying.has(element)) element.remove();
  }
  for (const [index, element] of wanted.entries()) {
    if (list.children[index] !== element) list.insertBefore(element, list.children[index] ?? null);
  }
}
