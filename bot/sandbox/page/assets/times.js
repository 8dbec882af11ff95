// Times as a person says them.

import { locale, say } from "./words.js";

export const clockTime = (ts) =>
  new Intl.DateTimeFormat(locale(), { hour: "numeric", minute: "2-digit" }).format(ts * 1000);

export const fullTime = (ts) =>
  new Intl.DateTimeFormat(locale(), { dateStyle: "full", timeStyle: "short" }).format(ts * 1000);

export function dayOf(ts) {
  const daysAgo = Math.round((midnight(Date.now()) - midnight(ts * 1000)) / 86_400_000);
  if (daysAgo < 2) return say(daysAgo ? "yesterday" : "today");
  return new Intl.DateTimeFormat(locale(), { dateStyle: "full" }).format(ts * 1000);
}

// A moment as Slack writes it for a `format` with {date_short_pretty}, {time} and their like in it.
export const inFormat = (format, ts) =>
  format.replace(/\{(\w+)\}/g, (token, name) => MOMENTS[name]?.(ts) ?? token);

const written = (options) => (ts) => new Intl.DateTimeFormat(locale(), options).format(ts * 1000);
const pretty = (otherwise) => (ts) => {
  const days = Math.round((midnight(ts * 1000) - midnight(Date.now())) / 86_400_000);
  if (Math.abs(days) > 1) return otherwise(ts);
  return new Intl.RelativeTimeFormat(locale(), { numeric: "auto" }).format(days, "day");
};
const day = { year: "numeric", day: "numeric" };
const DATES = {
  date: written({ ...day, month: "long" }),
  date_short: written({ ...day, month: "short" }),
  date_long: written({ dateStyle: "full" }),
};
const MOMENTS = {
  ...DATES,
  ...Object.fromEntries(Object.entries(DATES).map(([name, each]) => [`${name}_pretty`, pretty(each)])),
  date_num: (ts) => new Intl.DateTimeFormat("sv").format(ts * 1000), // 2026-11-21
  time: clockTime,
  time_secs: written({ timeStyle: "medium" }),
  ago: howLongAgo,
};

const midnight = (milliseconds) => new Date(milliseconds).setHours(0, 0, 0, 0);

// "just now", "5 minutes ago", or the time of day
export function howLongAgo(ts) {
  const minutes = Math.floor((Date.now() / 1000 - ts) / 60);
  if (minutes < 1) return say("justNow");
  if (minutes < 60) return new Intl.RelativeTimeFormat(locale()).format(-minutes, "minute");
  return dayOf(ts) === say("today") ? clockTime(ts) : `${dayOf(ts)} ${clockTime(ts)}`;
}

export function size(bytes) {
  const [unit, by] = bytes < 1000 ? ["byte", 1] : bytes < 1e6 ? ["kilobyte", 1e3] : ["megabyte", 1e6];
  const format = { style: "unit", unit, unitDisplay: "narrow", maximumFractionDigits: by === 1e6 ? 1 : 0 };
  return new Intl.NumberFormat(locale(), format).format(bytes / by);
}
