// @ts-check
/**
 * A spec's text: read, filled in, and where in it something is wrong.
 */

/** What is wrong with a chart, in words for whoever wrote its spec. */
export class SpecError extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = "SpecError";
  }
}

/**
 * @param {string} text
 * @param {string} address where it comes from, for the message
 * @returns {{[key: string]: any}}
 * @throws {SpecError} which says the line
 */
export function parseSpec(text, address) {
  let spec;
  try {
    spec = JSON.parse(text);
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    const { line, column } = placeOf(said, text);
    const what = said.replace(/^JSON\.parse: /, "").replace(/ (in JSON )?at (position|line).*$/s, "");
    const excerpt = text.split("\n")[line - 1]?.trim().slice(0, 80) ?? "";
    throw new SpecError(`${address}, line ${line}, column ${column}: ${what}; found: ${excerpt}`);
  }
  if (typeof spec !== "object" || spec === null || Array.isArray(spec)) {
    throw new SpecError(`${address}, line 1: a spec is an object {…}; found ${text.trim().slice(0, 40)}`);
  }
  checkMarks(spec, text, address);
  return spec;
}

/**
 * Where JSON.parse stumbled: engines say it as a position, as line and column, or not at all where
 * the text ends too early.
 *
 * @param {string} said
 * @param {string} text
 */
function placeOf(said, text) {
  // Where it ends too early, the last line that has something is the one to mend.
  const lines = text.trimEnd().split("\n");
  const last = { line: lines.length, column: lines[lines.length - 1].length + 1 };
  const named = /line (\d+) column (\d+)/.exec(said);
  if (named !== null) {
    const [line, column] = [Number(named[1]), Number(named[2])];
    return line > lines.length ? last : { line, column };
  }
  const position = /position (\d+)/.exec(said);
  if (position === null) return last;
  const before = text.slice(0, Number(position[1])).split("\n");
  if (before.length > lines.length) return last;
  return { line: before.length, column: before[before.length - 1].length + 1 };
}

const marks = [
  "arc", "area", "bar", "boxplot", "circle", "errorband", "errorbar", "geoshape", "image", "line",
  "point", "rect", "rule", "square", "text", "tick", "trail",
]; // prettier-ignore

/**
 * Vega-Lite draws nothing, without a word, where a mark is misspelled.
 *
 * @param {any} spec
 * @param {string} text
 * @param {string} address
 */
function checkMarks(spec, text, address) {
  if (typeof spec !== "object" || spec === null) return;
  if (spec.mark !== undefined) {
    const mark = typeof spec.mark === "object" ? spec.mark?.type : spec.mark;
    if (!marks.includes(mark)) {
      const line = lineOf(text, String(mark));
      throw new SpecError(
        `${address}, line ${line}: "${mark}" is no mark; Vega-Lite has ${marks.join(", ")}`,
      );
    }
  }
  for (const key of ["layer", "hconcat", "vconcat", "concat"]) {
    if (Array.isArray(spec[key])) for (const part of spec[key]) checkMarks(part, text, address);
  }
  checkMarks(spec.spec, text, address);
}

/** The first line that has this string as JSON writes it. @param {string} text @param {string} word */
export function lineOf(text, word) {
  const at = text.indexOf(JSON.stringify(word));
  return text.slice(0, Math.max(0, at)).split("\n").length;
}

/**
 * The spec with values in the place of "{name}" in its strings; a string that is nothing else
 * becomes the value itself, of any type; one that is undefined takes the key out. Names that have
 * no value stay.
 *
 * @template Part
 * @param {Part} part
 * @param {{[name: string]: unknown}} values
 * @returns {Part}
 */
export function fillSpec(part, values) {
  /** @param {any} item @returns {any} */
  const fill = (item) => {
    if (typeof item === "string") {
      const only = /^\{(\w+)\}$/.exec(item);
      if (only !== null && Object.hasOwn(values, only[1])) return fillSpec(values[only[1]], {});
      return item.replace(/\{(\w+)\}/g, (whole, name) =>
        Object.hasOwn(values, name) ? String(values[name]) : whole,
      );
    }
    if (Array.isArray(item)) return item.map(fill);
    if (typeof item !== "object" || item === null) return item;
    const filled = Object.entries(item).map(([key, value]) => [key, fill(value)]);
    return Object.fromEntries(filled.filter(([, value]) => value !== undefined));
  };
  return fill(part);
}
