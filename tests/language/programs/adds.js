const text = require("fs").readFileSync(0, "utf8");
const numbers = text.split(/\s+/).filter(Boolean).map(Number);
console.log(numbers.reduce((total, number) => total + number, 0));
