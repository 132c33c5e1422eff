// Splits the JSON text on standard input into tokens, several copies of it on end, and writes how many there are and a
// checksum of them.
"use strict";
const fs = require("fs");

// EVOLVE-BLOCK-START
const KINDS = "{}[]:,";
const WORDS = [["true", 9], ["false", 10], ["null", 11]];
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

// Writes kind, start and end of each token, and returns how many there are; -(offset + 1) where none can start.
function tokenise(bytes, kinds, starts, ends) {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
  let count = 0, at = 0;
  while (at < text.length) {
    const letter = text[at];
    if (letter === " " || letter === "\n" || letter === "\r" || letter === "\t") {
      at++;
      continue;
    }
    let kind = KINDS.indexOf(letter) + 1, end = at + 1;
    if (letter === '"') {
      kind = 7;
      end = stringEnd(text, at);
    } else if (kind === 0) {
      const word = WORDS.find(([letters]) => text.startsWith(letters, at));
      NUMBER.lastIndex = at;
      if (word !== undefined) {
        kind = word[1];
        end = at + word[0].length;
      } else if (NUMBER.test(text)) {
        kind = 8;
        end = NUMBER.lastIndex;
      } else end = -1;
    }
    if (end < 0) return -(at + 1);
    kinds[count] = kind;
    starts[count] = at;
    ends[count++] = end;
    at = end;
  }
  return count;
}

function stringEnd(text, at) {
  for (let i = at + 1; i < text.length; i++) {
    const letter = text[i];
    if (letter === '"') return i + 1;
    if (letter < " ") return -1;
    if (letter === "\\") {
      ESCAPE.lastIndex = i;
      if (!ESCAPE.test(text)) return -1;
      i = ESCAPE.lastIndex - 1;
    }
  }
  return -1;
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
