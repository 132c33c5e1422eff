import * as fs from "fs";

const total: number = fs.readFileSync(0, "utf8");
console.log(total);
