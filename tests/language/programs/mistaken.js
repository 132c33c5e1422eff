const text = require("fs").readFileSync(0, "utf8");
const numbers = text.split(/\s+/);
let total = numbers[0] + ;
console.log(total);
