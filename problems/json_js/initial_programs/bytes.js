// Splits the JSON text on standard input into tokens, several copies of it on end, and writes how many there are and a
// checksum of them.
"use strict";
const fs = require("fs");

// EVOLVE-BLOCK-START
const isDigit = (byte) => byte >= 48 && byte <= 57;
const isHex = (byte) => isDigit(byte) || ((byte | 32) >= 97 && (byte | 32) <= 102);

// Writes kind, start and end of each token, and returns how many there are; -(offset + 1) where none can start.
function tokenise(bytes, kinds, starts, ends) {
  const length = bytes.length;
  let count = 0, at = 0;
  while (at < length) {
    const byte = bytes[at];
    if (byte === 32 || byte === 10 || byte === 13 || byte === 9) {
      at++;
      continue;
    }
    let kind = 0, end = at + 1;
    switch (byte) {
      case 123: kind = 1; break;
      case 125: kind = 2; break;
      case 91: kind = 3; break;
      case 93: kind = 4; break;
      case 58: kind = 5; break;
      case 44: kind = 6; break;
      case 34: kind = 7; end = stringEnd(bytes, at); break;
      case 116: kind = 9; end = word(bytes, at, "true"); break;
      case 102: kind = 10; end = word(bytes, at, "false"); break;
      case 110: kind = 11; end = word(bytes, at, "null"); break;
      default: kind = 8; end = numberEnd(bytes, at);
    }
    if (end < 0) return -(at + 1);
    kinds[count] = kind;
    starts[count] = at;
    ends[count++] = end;
    at = end;
  }
  return count;
}

function stringEnd(bytes, at) {
  for (let i = at + 1; i < bytes.length; i++) {
    const byte = bytes[i];
    if (byte === 34) return i + 1;
    if (byte < 32) return -1;
    if (byte !== 92) continue;
    const escaped = bytes[++i];
    if (escaped === 117) {
      for (let j = 1; j <= 4; j++) if (!isHex(bytes[i + j])) return -1;
      i += 4;
    } else if (!'"\\/bfnrt'.includes(String.fromCharCode(escaped))) return -1;
  }
  return -1;
}

function numberEnd(bytes, at) {
  let i = bytes[at] === 45 ? at + 1 : at;
  if (!isDigit(bytes[i])) return -1;
  if (bytes[i] === 48) i++;
  else while (isDigit(bytes[i])) i++;
  if (bytes[i] === 46 && isDigit(bytes[i + 1])) {
    i += 2;
    while (isDigit(bytes[i])) i++;
  }
  if ((bytes[i] | 32) === 101) {
    const sign = bytes[i + 1] === 43 || bytes[i + 1] === 45 ? 1 : 0;
    if (isDigit(bytes[i + 1 + sign])) {
      i += 2 + sign;
      while (isDigit(bytes[i])) i++;
    }
  }
  return i;
}

function word(bytes, at, letters) {
  for (let i = 1; i < letters.length; i++) if (bytes[at + i] !== letters.charCodeAt(i)) return -1;
  return at + letters.length;
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
