// The field at the bottom of a page: it grows, counts, sends on Enter, and stops what it started.

const form = document.querySelector("#composer");
const question = document.querySelector("#question");
const send = document.querySelector("#send");
const count = document.querySelector("#count");
const notice = document.querySelector("#notice");
const limit = Number(question.dataset.limit);

let running = null; // AbortController of the answer that is coming in

export const isRunning = () => running !== null;

/** An answer is to come in; its signal is aborted by the stop button. */
export function begin() {
  running = new AbortController();
  notice.textContent = "";
  show();
  return running.signal;
}

export function end() {
  running = null;
  show();
}

/** Say why no answer came, and give the question back. */
export function giveBack(text, words) {
  notice.textContent = words;
  if (!question.value) question.value = text;
  fit();
}

/** Call *ask* with each question that is sent. */
export function onQuestion(ask) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = question.value.trim();
    if (running || send.disabled || !text) return;
    question.value = "";
    ask(text);
  });
}

/** Follows growing text, unless the reader has scrolled up to something else. */
export function keepInView(change) {
  const page = document.documentElement;
  const atEnd = page.scrollHeight - innerHeight - scrollY < 120;
  change();
  if (atEnd) toEnd();
}

export function toEnd() {
  scrollTo({ top: document.documentElement.scrollHeight });
}

function show() {
  send.toggleAttribute("data-stops", running !== null);
  // Enter in the field must not stop what it started.
  send.type = running ? "button" : "submit";
  fit();
}

/** The field grows with its text; near the limit it shows how much is left. */
function fit() {
  question.style.height = "auto";
  question.style.height = `${question.scrollHeight}px`;
  const length = [...question.value.trim()].length;
  count.textContent = length > limit * 0.8 ? `${length} / ${limit} 字` : "";
  count.toggleAttribute("data-over", length > limit);
  send.disabled = !running && (length === 0 || length > limit);
}

send.addEventListener("click", (event) => {
  if (!running) return;
  // The button is one that sends again before this click ends, and would send the question given back.
  event.preventDefault();
  running.abort();
});

question.addEventListener("input", () => {
  notice.textContent = "";
  fit();
});
question.addEventListener("keydown", (event) => {
  // While an input method is open, Enter chooses a word; Safari says so only with keyCode 229.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  form.requestSubmit();
});

fit();
if (matchMedia("(hover: hover)").matches) question.focus({ preventScroll: true });
