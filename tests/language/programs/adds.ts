import * as fs from "fs";

const words: string[] = fs.readFileSync(0, "utf8").split(/\s+/).filter((word) => word.length > 0);
const total: number = words.map(Number).reduce((sum, number) => sum + number, 0);
console.log(total);
