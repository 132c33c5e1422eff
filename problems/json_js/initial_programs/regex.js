// Splits the JSON text on standard input into tokens, several copies of it on end, and writes how many there are and a
// checksum of them.
"use strict";
const fs = require("fs");

// EVOLVE-BLOCK-START
const TOKEN = /[ \t\n\r]*(?:([{}[\]:,])|("(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)|(true)|(false)|(null))/y;
const SPACE = /[ \t\n\r]*/y;

// Writes kind, start and end of each token, and returns how many there are; -(offset + 1) where none can start.
function tokenise(bytes, kinds, starts, ends) {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
  let count = 0, at = 0;
  for (;;) {
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(text);
    if (found === null) break;
    at = TOKEN.lastIndex;
    const group = found.findIndex((part, index) => index > 0 && part !== undefined);
    kinds[count] = group === 1 ? "{}[]:,".indexOf(found[1]) + 1 : group + 5;
    starts[count] = at - found[group].length;
    ends[count++] = at;
  }
  SPACE.lastIndex = at;
  SPACE.exec(text);
  return SPACE.lastIndex === text.length ? count : -(SPACE.lastIndex + 1);
}
// EVOLVE-BLOCK-END

// The first line says how many copies; the rest is the text. Copies end with a line end.
const given = fs.readFileSync(0);
const end = given.indexOf(10);
const copies = Number(given.subarray(0, end).toString());
const text = given.subarray(end + 1);
const bytes = new Uint8Array(copies * text.length);
for (let copy = 0; copy < copies; copy++) bytes.set(text, copy * text.length);
const kinds = new Uint8Array(bytes.length + 1);
const starts = new Uint32Array(bytes.length + 1);
const ends = new Uint32Array(bytes.length + 1);
const count = tokenise(bytes, kinds, starts, ends);
let low = 0, high = 0;
for (let i = 0; i < count; i++) {
  low = (Math.imul(low, 31) + Math.imul(kinds[i], 0x9e3779b1) + starts[i]) | 0;
  high = (Math.imul(high, 33) + ends[i]) | 0;
}
console.log(count, low >>> 0, high >>> 0);
