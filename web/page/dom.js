// @ts-check
/** Elements from data. Text becomes text nodes and nothing else. */

/**
 * An element with attributes and children; null children are left out.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string | number | boolean | null | undefined>} [attributes] true: without a value; false or null: not there
 * @param {...(Node | string | null | undefined)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

/** @param {string} name a symbol of icons.svg */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const use = document.createElementNS(SVG, "use");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `/web/icons.svg#${name}`);
  svg.append(use);
  return svg;
}

/**
 * The one element that must be there.
 *
 * @template {Element} [T=HTMLElement]
 * @param {ParentNode} root
 * @param {string} selector
 * @returns {T}
 */
export function find(root, selector) {
  const element = root.querySelector(selector);
  if (!element) throw new Error(`The page has no ${selector}.`);
  return /** @type {T} */ (/** @type {unknown} */ (element));
}

/**
 * The element marked with `data-part`.
 *
 * @template {Element} [T=HTMLElement]
 * @param {ParentNode} root
 * @param {string} name
 * @returns {T}
 */
export function part(root, name) {
  return find(root, `[data-part="${name}"]`);
}

/**
 * Shows a text where there is one, hides the element where there is none.
 *
 * @param {HTMLElement} element
 * @param {string} text
 */
export function say(element, text) {
  element.textContent = text;
  element.hidden = text === "";
}

/**
 * Makes `nodes` the children, in order, moving as little as possible.
 *
 * @param {Element} parent
 * @param {Element[]} nodes
 */
export function arrange(parent, nodes) {
  const wanted = new Set(nodes);
  for (const child of [...parent.children]) if (!wanted.has(child)) child.remove();
  let at = parent.firstElementChild;
  for (const node of nodes) {
    if (node === at) at = at.nextElementSibling;
    else parent.insertBefore(node, at);
  }
}

const HUES = 8;

/**
 * A round sign for a person: the first letter on a colour that stays the same for the name.
 *
 * @param {string} name
 */
export function avatar(name) {
  const sign = h("span", { class: "avatar", "aria-hidden": "true" });
  dress(sign, name);
  return sign;
}

/** @param {HTMLElement} sign @param {string} name */
export function dress(sign, name) {
  let sum = 0x811c9dc5;
  for (const letter of name) sum = Math.imul(sum ^ (letter.codePointAt(0) ?? 0), 0x01000193);
  sign.className = `avatar hue-${(sum >>> 16) % HUES}`;
  sign.textContent = (Array.from(name.trim())[0] ?? "?").toLocaleUpperCase();
}

/**
 * Says a problem beside the field that it is about, or that it is solved.
 *
 * @param {ParentNode} root
 * @param {string} name of the part that describes the field
 * @param {string} text empty: solved
 */
export function complain(root, name, text) {
  const element = part(root, name);
  say(element, text);
  const field = root.querySelector(`[aria-describedby~="${element.id}"]`);
  if (text) field?.setAttribute("aria-invalid", "true");
  else field?.removeAttribute("aria-invalid");
}

/** Says which of the links is where one is, and shows it where they do not all fit; once all is laid out. @param {Iterable<Element>} links @param {(link: Element) => boolean} isHere */
export function point(links, isHere) {
  for (const link of links) {
    if (!isHere(link)) link.removeAttribute("aria-current");
    else {
      link.setAttribute("aria-current", "page");
      requestAnimationFrame(() => link.scrollIntoView({ block: "nearest", inline: "center" }));
    }
  }
}
