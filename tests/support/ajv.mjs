// The second opinion: ajv, another implementation in another language, judges lines of JSON.
// {"schema": …} is learned and answered by its number; {"by": number, "value": …} by true or false.
import { createInterface } from "node:readline";
import ajv2020 from "ajv/dist/2020.js";
import formats from "ajv-formats";

const Ajv = ajv2020.default ?? ajv2020;
const addFormats = formats.default ?? formats;
const learned = [];

for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  if ("schema" in asked) {
    // Our annotations are no keywords of JSON Schema, which is all that strict mode would mind.
    const ajv = new Ajv({ strict: false });
    addFormats(ajv);
    learned.push(ajv.compile(asked.schema));
    process.stdout.write(`${learned.length - 1}\n`);
  } else {
    process.stdout.write(`${learned[asked.by](asked.value)}\n`);
  }
}
