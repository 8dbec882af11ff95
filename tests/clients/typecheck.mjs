// Which members of recorded JSON does the TypeScript compiler refuse?
//
// stdin:  {"<name>": {"type", "values": [...]}}; a type is written as TypeScript and may name api (@slack/web-api),
//         types (@slack/types) and bolt (@slack/bolt), Unset<T, K>: T, whose K may be missing, and
//         Opaque<T, K>: T, whose K may be any object
// stdout: {"<name>": ["path: what the compiler said", ...]}
//
// Every value is written out as a literal of its type. What the compiler refuses is noted, taken away, and the
// rest is tried again until it passes: so a wrong member hides no other one.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";

// Response types carry `[key: string]: unknown`, which would allow anything, and enums, which allow no literal.
const PLAIN = `
import type * as api from "@slack/web-api";
import type * as types from "@slack/types";
import type * as bolt from "@slack/bolt";
type Unset<T, K extends keyof T> = Omit<T, K> & Partial<Pick<T, K>>;
type Opaque<T, K extends keyof T> = Omit<T, K> & Record<K, object>;
type Named<T> = { [K in keyof T as string extends K ? never : number extends K ? never : K]: Plain<T[K]> };
type Plain<T> =
  T extends string ? (string extends T ? string : \`\${T}\`)
  : T extends readonly (infer U)[] ? Plain<U>[]
  : T extends object ? ([keyof Named<T>] extends [never] ? { [K in keyof T]: Plain<T[K]> } : Named<T>)
  : T;
`;
const FILE = fileURLToPath(new URL("./recorded.ts", import.meta.url)); // never written: it lives in memory
const OPTIONS = { strict: true, noEmit: true, skipLibCheck: true, types: [], module: ts.ModuleKind.NodeNext };

const cases = Object.entries(JSON.parse(readFileSync(0, "utf8")));
const found = Object.fromEntries(cases.map(([name]) => [name, new Set()]));
const values = cases.flatMap(([name, { type, values }]) => values.map((value) => ({ name, type, value })));

const host = ts.createCompilerHost(OPTIONS);
const readSource = host.getSourceFile.bind(host);
const sources = new Map();
let program;
for (let passed = false; !passed; ) {
  const text = [
    PLAIN,
    ...values.map(({ type, value }, at) => `const v${at}: Plain<${type}> = ${JSON.stringify(value)};`),
  ].join("\n");
  host.getSourceFile = (file, version) => {
    if (file === FILE) return ts.createSourceFile(file, text, version, true);
    if (!sources.has(file)) sources.set(file, readSource(file, version));
    return sources.get(file);
  };
  const exists = ts.sys.fileExists;
  host.fileExists = (file) => file === FILE || exists(file);
  program = ts.createProgram([FILE], OPTIONS, host, program);
  const source = program.getSourceFile(FILE);
  const diagnostics = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
  const refused = diagnostics.map((diagnostic) => place(source, diagnostic));
  for (const { at, path, message } of refused) {
    if (at === undefined) throw new Error(message);
    found[values[at].name].add(`${path.map((step) => (typeof step === "number" ? "[]" : step)).join(".")}: ${message}`);
  }
  // the last ones of a list first, so that the places of the others stay right
  const removable = refused.filter(({ path }) => path.length).reverse();
  for (const { at, path } of removable) remove(values[at].value, path);
  passed = removable.length === 0;
}
const sorted = Object.entries(found).map(([name, messages]) => [name, [...messages].sort()]);
process.stdout.write(JSON.stringify(Object.fromEntries(sorted)));

// Which value a diagnostic speaks of, and where in it.
function place(source, diagnostic) {
  const text = ts.flattenDiagnosticMessageText(diagnostic.messageText, " ");
  const message = inShort(text);
  let node = smallestAt(source, diagnostic.start);
  const path = [];
  for (; node && !ts.isVariableDeclaration(node); node = node.parent) {
    if (ts.isPropertyAssignment(node)) path.unshift(node.name.text);
    else if (node.parent && ts.isArrayLiteralExpression(node.parent)) path.unshift(node.parent.elements.indexOf(node));
  }
  return { at: node ? Number(node.name.text.slice(1)) : undefined, path, message: node ? message : text };
}

// The compiler names types at length, and differently from version to version.
function inShort(text) {
  if (text.includes("may only specify known properties")) return "unknown";
  const missing = text.match(/Property '(\w+)' is missing/) ?? text.match(/missing the following properties.*?: (.*)/);
  if (missing) return `misses ${missing[1]}`;
  const given = text.match(/^Type '"?(.*?)"?' (?:is not assignable|has no properties in common)/);
  return given ? `not ${given[1]}` : text;
}

function smallestAt(node, position) {
  let smallest = node;
  ts.forEachChild(node, (child) => {
    if (child.getStart() <= position && position < child.end) smallest = smallestAt(child, position);
  });
  return smallest;
}

function remove(value, path) {
  const owner = path.slice(0, -1).reduce((inside, step) => inside?.[step], value);
  const last = path[path.length - 1];
  if (Array.isArray(owner)) owner.splice(last, 1);
  else if (owner) delete owner[last];
}
